# SPDX-License-Identifier: BSD-2-Clause
"""What a terminal gets: lines that fit, verdict, reason and next step on lines of their own, colour where it is
wanted. What is no terminal gets whole lines."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from conftest import UKICTL, put
from lab import boot_images
from machine import Machine

COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def _started(words: list[str], env: dict[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    """ukictl with a terminal for both streams, and the other end of it."""
    fd, terminal = pty.openpty()
    process = subprocess.Popen([UKICTL, *words], stdin=terminal, stdout=terminal, stderr=terminal, env=env,
                               start_new_session=True)
    os.close(terminal)
    return process, fd


def on_terminal(m: Machine, *words: object, **env: str) -> str:
    """Both streams, as a terminal of 60 columns gets them."""
    wanted = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    wanted |= {"TERM": "xterm", "COLUMNS": "60", **env}
    process, fd = _started([*map(str, words), "--root", str(m.root)], wanted)
    said = b""
    while True:
        try:
            part = os.read(fd, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        said += part
    os.close(fd)
    process.wait()
    return said.decode().replace("\r\n", "\n")


def test_a_refusal_is_verdict_reason_and_next_step(m: Machine) -> None:
    put(boot_images.image("kernel612"), m.esp / "EFI/Linux/vmlinuz")
    said = on_terminal(m, "load", "vmlinuz")
    plain = COLOUR.sub("", said)
    assert plain.startswith("ukictl: refused for its format\n        ")
    assert re.search(r"/vmlinuz\s+is a kernel,\s+not a UKI\nnext:   build one around it with ukify build\n$", plain)
    assert said.startswith("\x1b[1;31mukictl: refused for its format\x1b[0m\n")
    done = m("load", "vmlinuz")
    assert done.err.count("\n") == 1 and "\x1b" not in done.err
    assert done.err.endswith("is a kernel, not a UKI: build one around it with ukify build\n")


def test_a_command_has_a_line_of_its_own(m: Machine) -> None:
    """Whole, and as it is to be typed, however narrow the terminal is."""
    for words, commands in ((("--append", "crashkernel=256M"), 2), (("--append", "init=/bin/sh"), 1)):
        lines = COLOUR.sub("", on_terminal(m, "load", "debian", *words)).splitlines()
        assert len([line for line in lines if line.startswith("          ukictl ")]) == commands, lines


@pytest.mark.parametrize("words", [("load", "debian", "--append", "init=/bin/sh quiet"), ("plan", "debian"), ("list",),
                                   ("verify", "debian"), ("status",), ("load", "debian", "--dry-run")])
def test_no_line_is_wider_than_the_terminal(m: Machine, words: tuple[str, ...]) -> None:
    """But for a word that is wider; and all the words are there, in order."""
    m.pool("kdump", "crashkernel=512M")
    plain = COLOUR.sub("", on_terminal(m, *words))
    wide = [line for line in plain.splitlines() if len(line) > 60 and len(line.split()[-1]) < 40]
    assert wide == []
    if words[0] in ("plan", "list", "verify", "status"):
        assert plain.split() == m(*words).out.split()


def test_colour_is_for_terminals_that_want_it(m: Machine) -> None:
    m.standing("bad", "init=/bin/sh")
    m.uki("strange.efi", sign="unknown")
    assert "\x1b[32mstarts\x1b[0m" in on_terminal(m, "plan", "debian")
    listed = on_terminal(m, "list")
    for verdict in (r"\\debian\.efi: \x1b\[32mstarts\x1b", r"\\strange\.efi:\s\x1b\[31mrefused\x1b\[0m: ",
                    r"bad\.addon\.efi:\s+\x1b\[31mrefused\x1b\[0m: "):
        assert re.search(verdict, listed), listed
    for term in ("", "dumb"):
        assert on_terminal(m, "load", "nothing", TERM=term) == m("load", "nothing").err
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        for words in (("plan", "debian"), ("load", "nothing")):
            assert "\x1b" not in on_terminal(m, *words, **env), env
    assert "\x1b[1;31m" in on_terminal(m, "load", "nothing", NO_COLOR="")
    assert re.search(r"armed\S* +\S* no\n", on_terminal(m, "status")), "nothing is wrong with that"
    assert "\x1b" not in on_terminal(m, "plan", "debian", "--json")


def test_hostile_names_stay_text_on_a_terminal(m: Machine) -> None:
    """Wrapped or not: the only control characters are ours."""
    image = (m.esp / "EFI/Linux/debian.efi").read_bytes()
    for name in ("a\x1b[2J; run me", "b\nnext: run me", "c: use \x1b[31m red", "d" + "\u202e" * 30):
        (m.esp / "EFI/Linux" / (name + ".efi")).write_bytes(image)
    for words in (("list",), ("load", str(m.esp / "EFI/Linux/a\x1b[2J; run me.efi")), ("load", "b\nnext: run me")):
        plain = COLOUR.sub("", on_terminal(m, *words).replace("\x1b[2J", "forged"))
        assert [c for c in plain if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")] == []
        assert "forged" not in plain and "\nnext: run me" not in plain


def test_who_waits_longer_than_a_second_sees_how_far_it_is(tmp_path: Path) -> None:
    """On a terminal; the line goes when the step has ended."""
    large = tmp_path / "large.efi"
    large.touch()
    os.truncate(large, 256 << 20)
    process, fd = _started(["verify", *[str(large)] * 99], {**os.environ, "TERM": "xterm", "COLUMNS": "80"})
    said = b""
    while b"%" not in said or b"refused" not in said.partition(b"%")[2]:
        said += os.read(fd, 1 << 12)
    process.kill()
    process.wait()
    os.close(fd)
    shown, _, rest = said.partition(b"%")
    assert re.search(rb"\r\x1b\[Klarge\.efi \d+$", shown)
    assert re.match(rb"(\r\x1b\[Klarge\.efi \d+%)*\r\x1b\[K\S*large\.efi:\s", rest)
