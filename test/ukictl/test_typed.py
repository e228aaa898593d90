# SPDX-License-Identifier: BSD-2-Clause
"""What people type: options before the verb, kexec's habits, slips of the finger."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ukictl
from machine import Machine


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(("typed", "said"), [
    (("stauts",), 'there is no verb "stauts": did you mean "status"?'),
    (("laad", "debian"), 'there is no verb "laad": did you mean "load"?'),
    (("frobnicate",), 'there is no verb "frobnicate"; see ukictl --help'),
    (("-q",), '"-q" is no option that can stand alone; see ukictl --help'),
    (("load", "--apend=x", "debian"),
     '"--apend" is no option of this verb: did you mean "--append"?; see ukictl load --help'),
    (("load", "--bogus"), '"--bogus" is no option of this verb; see ukictl load --help'),
    (("exec", "-q"), '"-q" is no option of this verb; see ukictl exec --help'),
    (("load", "--append"), '"--append" wants a value behind it; see ukictl load --help'),
    (("policy", "embed", "-o"), '"-o" wants a value behind it; see ukictl policy embed --help'),
    (("status", "--dry-run=yes"), '"--dry-run=yes" is an option that takes no value; see ukictl status --help'),
    (("policy", "xcheck", "x"),
     '"policy" wants a verb behind it: check, lint, embed, suggest or show; did you mean "check"?; see ukictl policy '
     '--help'),
])
def test_what_was_meant_is_asked(typed: tuple[str, ...], said: str) -> None:
    done = ukictl(*typed)
    assert (done.code, done.out, done.err) == (2, "", f"ukictl: {said}\n")
    done = ukictl(*typed, "--json") if typed[-1] not in ("--append", "-o") else ukictl(typed[0], "--json", *typed[1:])
    assert done.code == 2 and done.json["error"] == said and done.json["exit"] == 2


def test_options_of_every_verb_may_stand_before_it(m: Machine) -> None:
    for words in (("--json", "--root", m.root, "list"), (f"--root={m.root}", "list", "--json"),
                  ("--root", m.root, "--json", "list")):
        assert [image["image"] for image in ukictl(*words).json["images"]] == ["\\EFI\\Linux\\debian.efi"]
    assert ukictl("--root", m.root, "-l", "debian", "--dry-run").code == 0
    assert ukictl("--json", "policy", "show", m.image).json["policy"]
    assert ukictl("policy", "--json", "show", m.image).json["policy"]
    assert ukictl("--root", m.root).code == 2


def test_help_and_version_are_found_by_each_habit() -> None:
    for verb in ("load", "exec"):
        assert ukictl("help", verb).out == ukictl(verb, "--help").out
    assert ukictl("help", "policy", "check").out == ukictl("policy", "check", "--help").out
    assert ukictl("help").out == ukictl("--help").out == ukictl("-h").out
    assert ukictl("help", "laad").err == 'ukictl: there is no verb "laad": did you mean "load"?\n'
    assert ukictl("-v").out == ukictl("-V").out == ukictl("--version").out


def test_kexecs_letters_together_mean_what_they_mean_to_kexec(m: Machine) -> None:
    """Of load and force the last one counts; a panic kernel is refused with the way that there is."""
    reboots = "systemctl reboot"
    for words, runs in ((("-l", "-f"), True), (("-lf",), True), (("-f", "-l"), False), (("-fl",), False),
                        (("-f",), True), (("--load", "--force"), True), (("-la",), False)):
        done = m(*words, "debian", "--dry-run")
        assert done.code == 0 and (reboots in done.out) == runs, (words, done)
    done = m("-p", "debian")
    assert done.code == 2 and "use kexec -p" in done.err and "see ukictl" not in done.err
    assert m("--load-panic", "debian").err.startswith("ukictl: --load-panic: a panic kernel cannot come")
