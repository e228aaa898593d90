# SPDX-License-Identifier: BSD-2-Clause
"""Whatever files, variables and arguments are called, the terminal gets text: no control character, no line that a name
has made up."""

from __future__ import annotations

import os
import subprocess
import unicodedata
from pathlib import Path

import pytest
from conftest import UKICTL
from lab.varstore import file_path_node, load_option
from machine import BS_RT, GLOBAL, UKILOAD, Machine, ucs2

EVIL = [b"a\x1b[2J", b"b\nc", b"d\xff", b"e\xc2\x9b31m", b"f\xe2\x80\xaeifg", b"g\xed\xa0\x80", b"h\xc0\xaf", b"i\x7f",
        b"j\r"]


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    m = Machine(tmp_path)
    image = (m.esp / "EFI/Linux/debian.efi").read_bytes()
    for name in EVIL:
        Path(os.fsdecode(os.fsencode(m.esp / "EFI/Linux") + b"/" + name + b".efi")).write_bytes(image)
    (m.esp / "EFI/Linux/Büro.efi").write_bytes(image)
    m.standing("log", "loglevel=3")
    for name in EVIL:
        Path(os.fsdecode(os.fsencode(m.esp / "loader/addons") + b"/" + name + b".addon.efi")).write_bytes(
            (m.esp / "loader/addons/log.addon.efi").read_bytes())
    return m


def said(m: Machine, *words: object, option: str = "--root") -> str:
    """All that it prints, which has to be text."""
    command = [os.fsencode(str(word)) for word in (UKICTL, *words, *([option, m.root] if option else []))]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    out = (done.stdout + done.stderr).decode()
    bad = [c for c in out if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert bad == [], (words, out)
    assert "\nc" not in out, "a newline in a name is no new line"
    return out


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_list_prints_hostile_names_as_text(m: Machine, more: tuple[str, ...]) -> None:
    """Names of images and addons; what is printable stays."""
    out = said(m, "list", *more)
    assert "Büro.efi" in out and "\\u001b[2J.efi" in out.replace("\\\\", "\\")


def test_every_verb_prints_a_hostile_name_as_text(m: Machine) -> None:
    """A file's name in plan, predict, verify and load, as result and as refusal."""
    paths = [os.fsdecode(os.fsencode(m.esp / "EFI/Linux") + b"/" + name + b".efi") for name in EVIL]
    for path in [*paths, str(m.esp / "EFI/Linux/\x1b[2J-missing.efi"), str(m.esp / "EFI/Linux/Büro.efi")]:
        said(m, "load", path)
        said(m, "load", path, "--json", "--dry-run")
        said(m, "plan", path, "--esp-path", m.esp, option="")
        said(m, "predict", path, "--esp-path", m.esp, option="")
        said(m, "verify", path, option="")
        said(m, "policy", "show", path, option="")
        said(m, "policy", "suggest", path, option="")


def test_hostile_arguments_are_printed_as_text(m: Machine) -> None:
    """Arguments that come out of a script."""
    for word in map(os.fsdecode, EVIL):
        said(m, "load", "debian", "--append", word)
        said(m, "load", "debian", "--profile", word)
        said(m, "load", word)
        said(m, "list", "--esp-path", m.esp / word)
        said(m, "policy", "check", m.installed, word, option="")
        said(m, word, option="")
        said(m, "install", "--image", m.image, "--shim", word)


def test_hostile_variables_are_printed_as_text(m: Machine) -> None:
    """What anybody with NVRAM access can write."""
    evil = "x\x1b[2J\n<3>forged"
    m.set("Boot0009", GLOBAL, load_option(evil, file_path_node("\\EFI\\tool.efi")))
    m.set("BootNext", GLOBAL, b"\x09\0")
    m.set("UkiloadStatus", UKILOAD,
          f"result=started\n{evil}=a\x1b[2J\ncmdline=\x1b]0;x\x07\n".encode() + b"stub=\xff\n", BS_RT)
    m.set("UkiloadLast", UKILOAD, f"id={evil}\nresult=\x1b[2J\nreason=\x1b[2J\xff\n".encode("latin-1"))
    m.set("UkiloadRequest", UKILOAD, ucs2("ukiload.uki=\x1b[2J"))
    for words in (("status",), ("status", "--json"), ("status", "--report"), ("load", "debian"), ("exec", "--dry-run"),
                  ("unload",),
                  ("confirm",), ("remove",)):
        assert "\n<3>forged" not in said(m, *words)
