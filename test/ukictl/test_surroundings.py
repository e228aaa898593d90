# SPDX-License-Identifier: BSD-2-Clause
"""What comes with ukictl: help, units, man pages."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import POLICY, ROOT, UKICTL, ukictl
from lab.packages import VERSION
from machine import Machine

# In the order of `ukictl --help`.
VERBS = re.findall(r"row\((\w+)\)", (ROOT / "ukictl/verb/verb.h").read_text(encoding="utf-8"))
# What is typed while something burns fits a screen. These need not; the last three have their own part of the manual.
LONG = ("plan", "predict", "verify", "policy", "kexec", "addon")


def test_every_verb_is_known() -> None:
    """That the list above is one."""
    assert len(VERBS) > 15 and set(LONG) < set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_fits_a_screen(verb: str) -> None:
    """80x24, and on stdout."""
    done = ukictl(verb, "--help")
    assert done.code == 0 and done.err == ""
    lines = done.out.splitlines()
    assert lines[0].startswith(f"usage: ukictl {verb}")
    if verb not in LONG:
        assert len(lines) <= 24
        assert max(len(line) for line in lines) <= 80, max(lines, key=len)


def test_help_names_every_verb() -> None:
    """Those that are there and no others."""
    done = ukictl("--help")
    assert re.findall(r"^  ([a-z]+) ", done.out, re.M) == list(VERBS)
    assert len(done.out.splitlines()) <= 24
    assert max(map(len, done.out.splitlines())) <= 80
    assert ukictl().code == 2
    assert ukictl("frobnicate").code == 2
    assert ukictl("-x").code == 2


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in LONG[3:]])
def test_man_page_has_every_option(verb: str) -> None:
    """What --help names stands in ukictl(8), too."""
    page = (ROOT / "man/ukictl.8").read_text(encoding="utf-8")
    for option in set(re.findall(r"--([a-z][a-z-]+)", ukictl(verb, "--help").out)):
        assert f"Fl -{option}" in page, option
    assert re.search(rf"^\.It Cm {verb}$", page, re.M)


def _told(lines: str) -> set[str]:
    return set(re.findall(r"Fl -([a-z][a-z-]+)", lines))


def _synopses() -> dict[str, set[str]]:
    """The options of each verb, as the manual's synopsis has them; "addon list" is a verb."""
    page = (ROOT / "man/ukictl.8").read_text(encoding="utf-8")
    host = "".join(re.findall(r"^\.It (.*)", page.partition(".Ss Host options")[2].partition(".Ss ")[0], re.M))
    found = dict[str, set[str]]()
    for lines in re.split(r"^\.Nm$", page.partition(".Sh DESCRIPTION")[0], flags=re.M)[1:]:
        named = re.match(r"\n\.Cm (policy |addon |)(.*)", lines)
        for verb in named[2].split(" | ") if named else ():
            found[named[1] + verb] = _told(lines) | (_told(host) if "host options" in lines else set())
            if "plan's options" in lines:
                found[verb] = (found[verb] | found["plan"]) - {"refusals"}
    return found


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("policy", "addon")] + [
    f"policy {verb}" for verb in ("check", "lint", "embed", "suggest", "show")] + [
    f"addon {verb}" for verb in ("make", "install", "list", "show", "remove", "promote")])
def test_the_synopsis_has_the_options_of_each_verb(verb: str) -> None:
    """Those of --help, and no other."""
    rows = [line for line in ukictl(*verb.split(), "--help").out.splitlines() if line.startswith("  -")]
    takes = {name for row in rows for name in re.findall(r"(?:^|  |, )--([a-z][a-z-]+)", row)}
    assert takes == _synopses()[verb]


@pytest.mark.parametrize("unit", ["ukiload-confirm.service", "ukiload-report.service", "ukiload-update.service"])
def test_systemd_accepts_the_units_and_their_commands_are_verbs(unit: str, tmp_path: Path) -> None:
    """systemd accepts them, and the commands are verbs."""
    text = (ROOT / "units" / unit).read_text(encoding="utf-8")
    text = text.replace("@bindir@", str(Path(UKICTL).resolve().parent)).replace("@version@", VERSION)
    for verb in re.findall(r"/ukictl ([a-z]+)", text):
        assert verb in VERBS
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not there")
    shutil.copy(ROOT / "units/ukiload-report.service", tmp_path)
    (tmp_path / unit).write_text(text, encoding="utf-8")
    done = subprocess.run([verify, "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True,
                          check=False)
    assert unit not in done.stderr, done.stderr


@pytest.mark.parametrize(("code", "ends", "marked"), [(0, 0, True), (6, 0, True), (8, 0, False), (9, 0, False),
                                                     (1, 1, False)])
def test_the_updating_unit_marks_what_is_done(code: int, ends: int, marked: bool, tmp_path: Path) -> None:
    """An ESP that is not mounted in this boot, and NVRAM without room, are no failures, and tried again."""
    text = (ROOT / "units/ukiload-update.service").read_text(encoding="utf-8").replace("\\\n", "")
    text = text.replace("@bindir@", str(tmp_path)).replace("/var/lib/ukiload", str(tmp_path / "state"))
    command = re.search(r"^ExecStart=(.*)$", text, re.M)
    assert command
    (tmp_path / "ukictl").write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    (tmp_path / "ukictl").chmod(0o755)
    done = subprocess.run(shlex.split(command[1].replace("$$", "$")), check=False)
    assert (done.returncode, (tmp_path / "state/version-@version@").exists()) == (ends, marked)


def test_the_updating_unit_runs_for_each_build_of_a_package() -> None:
    """A distribution that builds the same version again, with a patch, has a new image to bring to the ESP."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    for words, version in ((["PACKAGE_VERSION=0.3-2.fc1~a+b"], "0.3-2.fc1~a+b"), ([], VERSION)):
        done = subprocess.run(["make", "-C", ROOT, "-n", "install", *words], capture_output=True, text=True, check=True,
                              env=env)
        assert f"s,@version@,{version}," in done.stdout
    for recipe in ("debian/rules", "packaging/ukiload.spec", "packaging/PKGBUILD"):
        assert "PACKAGE_VERSION=" in (ROOT / recipe).read_text(encoding="utf-8")


@pytest.mark.parametrize("recipe", ["debian/docs", "packaging/ukiload.spec", "packaging/PKGBUILD"])
def test_each_package_has_the_pictures_that_readme_shows(recipe: str) -> None:
    """Whatever their kind is."""
    kinds = set(re.findall(r"\]\(doc/\S+\.(png|svg)\)", (ROOT / "README.md").read_text(encoding="utf-8")))
    text = (ROOT / recipe).read_text(encoding="utf-8")
    assert kinds and all(f"doc/*.{kind}" in text for kind in kinds)


@pytest.mark.parametrize(("file", "pattern"), [
    ("NEWS", r"ukiload (.*)"), ("debian/changelog", r"ukiload \((.*?)\)"), ("packaging/PKGBUILD", r"pkgver=(.*)"),
    ("packaging/ukiload.spec", r"Version: +(.*)"), ("packaging/ukiload.spec", r"\* .* - (.*)-1")])
def test_the_version_is_one(file: str, pattern: str) -> None:
    """The Makefile's, wherever a format wants it again."""
    assert re.findall(f"^{pattern}", (ROOT / file).read_text(encoding="utf-8"), re.M)[0] == VERSION


@pytest.mark.parametrize("page", ["ukictl.8", "ukictl-json.5", "ukiload.7", "ukiload-policy.5"])
def test_a_linter_accepts_the_manual_pages(page: str) -> None:
    """A linter's opinion."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(ROOT / "man" / page)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_could_not_be_printed_is_no_success() -> None:
    """A policy that was to go to a file on a full disk. A closed output is wanted so."""
    for words in (("policy", "show", POLICY), ("--help",), ("list", "--help"), ("--version",)):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run([UKICTL, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 1 and "what was to be printed could not be written: No space left" in done.stderr
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", UKICTL, *words], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_system_without_proc_is_told_so(tmp_path: Path) -> None:
    """A rescue's chroot: not that the ESP is not mounted, or that an image that lies there should be copied there."""
    m = Machine(tmp_path)
    for words in (("list", "--root", m.root), ("load", "debian", "--root", m.root), ("plan",), ("policy", "show")):
        command = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh", UKICTL, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if "Operation not permitted" in done.stderr:
            pytest.skip("only root can have another /proc")
        assert done.returncode == 1 and "ukictl: /proc is not mounted" in done.stderr, done


@pytest.mark.parametrize("words", [("list", "--root", "LONG"), ("load", "LONG"), ("LONG",), ("list", "--LONG"),
                                   ("policy", "show", "LONG"), ("verify", "LONG"), ("addon", "show", "/LONG")])
def test_a_name_of_any_length_gets_an_answer(words: tuple[str, ...], tmp_path: Path) -> None:
    for size in (600, 4000, 5000, 17000, 100000):
        typed = [word.replace("LONG", "a" * size) for word in words]
        said = ukictl(*typed, *(("--root", tmp_path) if len(words) < 3 else ()))
        assert said.code in (1, 2, 8) and said.err.startswith("ukictl: ") and len(said.err) > 30, (size, said)
