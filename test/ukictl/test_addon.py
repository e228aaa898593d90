# SPDX-License-Identifier: BSD-2-Clause
"""ukictl addon make: what it writes, as other people's tools read it. Without a verb it is meant, as in version 0.2."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pefile
import pytest
from conftest import POLICY, uki, ukictl
from lab import keys
from machine import Machine


def sections(path: Path) -> dict[str, bytes]:
    """Name -> VirtualSize bytes, by pefile."""
    pe = pefile.PE(str(path))
    return {s.Name.rstrip(b"\0").decode(): s.get_data()[:s.Misc_VirtualSize] for s in pe.sections}


def test_every_section_is_as_asked_and_the_bytes_are_the_same_again(tmp_path: Path) -> None:
    """Every section as asked; the same words give the same bytes."""
    out, again = tmp_path / "a.addon.efi", tmp_path / "b.addon.efi"
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"abcde")
    two.write_bytes(b"fgh")
    words = ["addon", "--cmdline", "console=ttyS0 debug", "--uname", "6.1.0", "--initrd", one, "--initrd", two, "-o"]
    assert ukictl(*words, out).out == f"{out}: written, not signed\n"
    assert ukictl(*words, again, "--json").json == {"file": str(again), "written": True, "signed": False, "notes": [],
                                                    "ukictl": 1}
    assert out.read_bytes() == again.read_bytes()
    found = sections(out)
    assert found[".cmdline"] == b"console=ttyS0 debug"
    assert found[".uname"] == b"6.1.0"
    assert found[".initrd"] == b"abcde\0\0\0fgh"
    assert found[".sbat"].startswith(b"sbat,1,")
    assert b"\nuki-addon,1," in found[".sbat"]
    assert len(found[".sbat"]) % 512 == 0
    assert sorted(os.listdir(tmp_path)) == ["a.addon.efi", "b.addon.efi", "one", "two"]


@pytest.mark.parametrize(("name", "machine"), [("x86_64", 0x8664), ("aarch64", 0xAA64)])
def test_the_header_is_what_shim_and_strict_firmware_want(tmp_path: Path, name: str, machine: int) -> None:
    """What shim and strict firmware look at."""
    out = tmp_path / "a.addon.efi"
    assert ukictl("addon", "--cmdline", "quiet", "--machine", name, "-o", out).code == 0
    pe = pefile.PE(str(out))
    assert pe.FILE_HEADER.Machine == machine
    assert pe.OPTIONAL_HEADER.Subsystem == 10
    assert pe.OPTIONAL_HEADER.DllCharacteristics & 0x100
    assert pe.OPTIONAL_HEADER.SectionAlignment == 4096


def test_a_signed_addon_is_accepted_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """sbverify accepts it, plan admits it, nothing else is left behind."""
    out = tmp_path / "a b;c.addon.efi"
    done = ukictl("addon", "--cmdline", "crashkernel=256M", "-o", out, "--sign-key", keys.key_file("mok"),
                  "--sign-cert",
                  keys.cert_file("mok"), "--json")
    assert done.code == 0
    assert done.json["signed"] is True
    subprocess.run(["sbverify", "--cert", keys.cert_file("mok"), out], check=True, capture_output=True)
    assert os.listdir(tmp_path) == [out.name]
    fine = tmp_path / "kdump.addon.efi"
    out.rename(fine)
    assert ukictl("plan", uki(), "--policy", POLICY, "--addon", fine, "--esp-path", tmp_path).code == 0


def test_given_lines_replace_the_default_sbat(tmp_path: Path) -> None:
    """Given lines replace the default."""
    own, out = tmp_path / "sbat", tmp_path / "a.addon.efi"
    own.write_text("sbat,1,x,sbat,1,x\nmine,7,x,x,1,x\n")
    assert ukictl("addon", "--cmdline", "quiet", "--sbat", own, "-o", out).code == 0
    assert sections(out)[".sbat"].rstrip(b"\0").decode() == own.read_text()


@pytest.mark.parametrize(("words", "code"), [
    (["--cmdline", "quiet"], 2), (["-o", "x.addon.efi"], 2), (["--cmdline", "quiet", "-o", "x.efi"], 2),
    (["--cmdline", "", "-o", "x.addon.efi"], 2), (["--cmdline", "quiet", "--machine", "vax", "-o", "x.addon.efi"], 2),
    (["--cmdline", "quiet", "--sign-key", "k", "-o", "x.addon.efi"], 2),
    (["--cmdline", "a=\"b c\"", "-o", "x.addon.efi"], 7), (["--cmdline", "a=x,initrd=/x", "-o", "x.addon.efi"], 7),
    (["--cmdline", "debug -- single", "-o", "x.addon.efi"], 7), (["--cmdline", "a\1b", "-o", "x.addon.efi"], 7),
    (["--cmdline", "x" * 4097, "-o", "x.addon.efi"], 5), (["--initrd", "/nowhere", "-o", "x.addon.efi"], 1),
    (["--cmdline", "quiet", "-o", "/nowhere/x.addon.efi"], 1),
    (["--cmdline", "quiet", "--sign-key", "/nowhere", "--sign-cert", "/nowhere", "-o", "x.addon.efi"], 1),
    (["--cmdline", "quiet", "-o", "x.addon.efi", "more"], 2), (["make"], 2),
    (["--cmdline", "quiet", "--unsigned", "--sign-key", "k", "--sign-cert", "c", "-o", "x.addon.efi"], 2),
    (["--cmdline", "@/nowhere", "-o", "x.addon.efi"], 1),
])
def test_what_is_refused_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str],
                                        code: int) -> None:
    """Nothing is written then."""
    monkeypatch.chdir(tmp_path)
    done = ukictl("addon", *words)
    assert done.code == code
    assert done.err
    assert os.listdir(tmp_path) == []


def test_without_sbsign_the_package_is_named(tmp_path: Path) -> None:
    """Said in words, not as a number."""
    done = ukictl("addon", "--cmdline", "quiet", "-o", tmp_path / "a.addon.efi", "--sign-key", "k", "--sign-cert", "c",
                  env={"PATH": "/nowhere"})
    assert done.code == 1
    assert "install sbsigntool" in done.err


def test_programs_of_root_are_found_with_the_path_of_somebody(tmp_path: Path) -> None:
    """Which `su` leaves to root: kdump-config lies in /usr/sbin. Without a PATH the usual one is meant."""
    tool = tmp_path / "sbsign"
    tool.write_text(f'#!/bin/sh\necho "$PATH" >{tmp_path}/path\nPATH=/usr/bin:/bin exec sbsign "$@"\n')
    tool.chmod(0o755)
    words = ("addon", "--cmdline", "quiet", "-o", tmp_path / "a.addon.efi", "--sign-key", keys.key_file("db"),
             "--sign-cert", keys.cert_file("db"))
    assert ukictl(*words, env={"PATH": str(tmp_path)}).code == 0
    assert (tmp_path / "path").read_text() == f"{tmp_path}:/usr/sbin:/sbin\n"
    assert ukictl(*words, env={"PATH": ""}).code == 0


@pytest.mark.parametrize("line", ["#note", "quiet foo,bar", "--", "a=x,dtb=y", "x" * 250, "a" + " b" * 64,
                                  "crashkernel=" + "1" * 1020, "caf\u00e9=1", "a=$b"])
def test_words_that_no_policy_can_admit_are_not_written(tmp_path: Path, line: str) -> None:
    """Whatever a policy says: a name that no rule has, a byte, too much."""
    done = ukictl("addon", "make", "--cmdline", line, "-o", tmp_path / "a.addon.efi")
    assert done.code == 7 and "no policy can admit it" in done.err, done
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("line", ["init=/bin/sh", "loglevel=7 loglevel=8", "a" + "".join(f" b{n}" for n in range(63))])
def test_words_that_some_policy_admits_are_written(tmp_path: Path, line: str) -> None:
    """What the installed one says is another question, and there is none here."""
    out = tmp_path / "a.addon.efi"
    done = ukictl("addon", "make", "--cmdline", line, "--unsigned", "-o", out, "--esp-path", tmp_path)
    assert (done.code, done.out) == (0, f"{out}: written, not signed\n"), done


def test_what_the_installed_policy_lacks_is_named(tmp_path: Path) -> None:
    """Word by word, with the rule; what is denied has none."""
    machine, out = Machine(tmp_path), tmp_path / "a.addon.efi"
    machine.policy("quiet\nloglevel=?\ncrashkernel=* repeat\n!usbcore.*\n")
    line = "quiet init=/bin/sh loglevel=7 loglevel=8 crashkernel=1G usbcore.x=1 foo"
    done = machine("addon", "make", "--cmdline", line, "-o", out, "--json")
    assert done.code == 0 and out.exists()
    rules = [note.partition("the rule that is missing: ")[2] for note in done.json["notes"]]
    assert rules == ["init=/bin/sh sensitive", "loglevel=8 repeat", "", "foo"], done.json
    machine.policy("quiet\nloglevel=? repeat\ncrashkernel=* repeat\n" + "\n".join(filter(None, rules)) + "\n")
    again = machine("addon", "make", "--cmdline", "init=/bin/sh loglevel=7 loglevel=8 foo", "-o", out)
    assert "note" not in again.out, again.out


def test_a_file_and_newlines_are_words_beside_each_other(tmp_path: Path) -> None:
    """As ukify has @FILE, and as the stub reads newlines."""
    (tmp_path / "words").write_text("quiet\ndebug\n")
    for given in (f"@{tmp_path}/words", "quiet\ndebug"):
        out = tmp_path / "a.addon.efi"
        assert ukictl("addon", "make", "--cmdline", given, "-o", out).code == 0
        assert sections(out)[".cmdline"] == b"quiet debug"


def test_the_machines_own_key_signs(tmp_path: Path) -> None:
    """Where install finds it; --unsigned leaves it, --dry-run writes nothing."""
    machine, out = Machine(tmp_path), tmp_path / "a.addon.efi"
    (machine.root / "etc").mkdir()
    (machine.root / "etc/ukiload.conf").write_text(f"SecureBootPrivateKey={keys.key_file('db')}\n"
                                                   f"SecureBootCertificate={keys.cert_file('db')}\n")
    words = ["addon", "make", "--cmdline", "crashkernel=256M", "-o", out]
    assert "would be written, signed with /etc/ukiload.conf" in machine(*words, "--dry-run").out and not out.exists()
    assert machine(*words, "--unsigned", "--json").json["signed"] is False
    assert machine(*words).out.startswith(f"{out}: written, signed with /etc/ukiload.conf (")
    subprocess.run(["sbverify", "--cert", keys.cert_file("db"), out], check=True, capture_output=True)
