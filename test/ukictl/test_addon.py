# SPDX-License-Identifier: BSD-2-Clause
"""ukictl addon: what it writes, as other people's tools read it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pefile
import pytest
from conftest import POLICY, uki, ukictl
from lab import keys


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
    assert ukictl(*words, again, "--json").json == {"file": str(again), "signed": False}
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
    ([], 2), (["--cmdline", "quiet"], 2), (["-o", "x.addon.efi"], 2), (["--cmdline", "quiet", "-o", "x.efi"], 2),
    (["--cmdline", "", "-o", "x.addon.efi"], 2), (["--cmdline", "quiet", "--machine", "vax", "-o", "x.addon.efi"], 2),
    (["--cmdline", "quiet", "--sign-key", "k", "-o", "x.addon.efi"], 2),
    (["--cmdline", "a=\"b c\"", "-o", "x.addon.efi"], 7), (["--cmdline", "a=x,initrd=/x", "-o", "x.addon.efi"], 7),
    (["--cmdline", "debug -- single", "-o", "x.addon.efi"], 7), (["--cmdline", "a\nb", "-o", "x.addon.efi"], 7),
    (["--cmdline", "x" * 4097, "-o", "x.addon.efi"], 5), (["--initrd", "/nowhere", "-o", "x.addon.efi"], 1),
    (["--cmdline", "quiet", "-o", "/nowhere/x.addon.efi"], 1),
    (["--cmdline", "quiet", "--sign-key", "/nowhere", "--sign-cert", "/nowhere", "-o", "x.addon.efi"], 1),
    (["--cmdline", "quiet", "-o", "x.addon.efi", "more"], 2),
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
