# SPDX-License-Identifier: BSD-2-Clause
"""UKIs: which are started, with which profile, and why others are not."""

from __future__ import annotations

import gzip
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path

from lab import LOADER, Profile, Result, authenticode, boot_images, cache, fat, pe_edit, sign, uki
from lab.arch import AA64, X64, Arch
from lab.disk import Disk
from .case import BASE, GOOD, Booted, Case, Combination, Machine, Refused, backslashed, own, picked, standing

# In headers.
MACHINE = {X64: 0x8664, AA64: 0xAA64}
UNTRUSTED = "is not signed by a key that this machine trusts, or is revoked"
CHANGED = "was changed after it was signed, or is damaged: its signature does not fit its bytes"
NEWER = "ID=ukiload-test\nVERSION_ID=9\nPRETTY_NAME=\"newer image\"\n"  # sorts before the good UKI


def _small(m: Machine, *, sign_with: str | None = "", **how: object) -> Path:
    """A UKI that sorts before the good one and is never meant to run: its kernel is a small EFI program, so that
    shim is quick with it."""
    words = {"kernel": "addon257", "uname": "6.12", "initrd": cache.stored(b"initrd" * 100), "osrel": NEWER,
             "cmdline": BASE, "sign": m.key if sign_with == "" else sign_with, "arch": m.arch, **how}
    return uki(**words)  # type: ignore[arg-type]


def _linux(name: str) -> str:
    return f"/EFI/Linux/{name}.efi"


# --- trust ----------------------------------------------------------------------------------------

def _flipped(m: Machine) -> None:
    """One UKI for each section, with one bit of it changed after signing; and one with a changed header."""
    image = _small(m)
    for item in pe_edit.sections(image.read_bytes()):
        m.chain.files[_linux(f"a{item.name}")] = pe_edit.edited(image, pe_edit.flip(item.name), sign=None)
    m.chain.files[_linux("a-header")] = pe_edit.edited(image, pe_edit.set_field(".initrd", 36, 0x44000040), sign=None)


FLIPPED = ["-header", ".text", ".sbat", ".sdmagic", ".osrel", ".cmdline", ".uname", ".initrd", ".linux"]


def _flipped_expected(c: Combination) -> Booted:
    names = FLIPPED + ([".rodata", ".data", ".reloc"] if c.arch == AA64 else [])  # whatever the stub has
    return Booted(skipped={_linux(f"a{name}"): CHANGED for name in names})


def _untrusted(m: Machine) -> None:
    revoked = _small(m, cmdline="revoked=1")
    m.chain.files |= {
        _linux("a-unsigned"): _small(m, sign_with=None),
        _linux("b-unknown-key"): _small(m, sign_with="unknown"),
        _linux("c-dbx"): revoked,
        _linux("d-mokx"): _small(m, cmdline="revoked=2"),
        _linux("e-sbat"): _small(m, sbat="sbat,1,SBAT Version,sbat,1,x\ngrub,1,Free Software Foundation,grub,2.06,x\n"),
    }
    m.chain.dbx = (authenticode(revoked),)
    m.chain.mokx = (authenticode(_small(m, cmdline="revoked=2")),)


def _only_unsigned(m: Machine) -> None:
    m.uki(sign=None)


def _only_revoked(m: Machine) -> None:
    m.chain.dbx = (authenticode(m.uki()),)


# --- form -----------------------------------------------------------------------------------------

ODD = _linux("Büro groß_2.0~20261101")


def _odd_name(m: Machine) -> None:
    """Characters beyond ASCII, a blank, and a "~" that makes no alias: systemd-boot starts it."""
    m.chain.files[ODD] = m.chain.files.pop(GOOD)
    m.addon(own("a", ODD), "loglevel=3")


def _malformed(m: Machine) -> None:
    """Validly signed, as far as that can be."""
    plain = _small(m, sign_with=None, sections={".odd": "twice", ".ukipol": "@version 1\n"})

    def add(name: str, change: Callable[[bytearray], None]) -> None:
        m.chain.files[_linux(name)] = pe_edit.edited(plain, change, sign=m.key)

    add("a-overlap", pe_edit.overlap_in_file(".initrd", ".cmdline"))
    add("b-memory", pe_edit.overlap_in_memory(".cmdline", ".initrd"))
    add("c-machine", pe_edit.set_machine(MACHINE[_other(m.arch)]))
    add("d-twice", pe_edit.rename(".odd", ".cmdline"))
    add("e-empty", pe_edit.set_field(".linux", pe_edit.VSIZE, 0))
    m.chain.files[_linux("f-beyond")] = pe_edit.edited(  # no tool signs that one
        _small(m), pe_edit.set_field(".initrd", pe_edit.RAW_SIZE, 0x7FFFFE00), sign=None)
    add("g-policy", pe_edit.rename(".odd", ".ukipol"))
    m.chain.files[_linux("h-kernel")] = pe_edit.edited(_small(m, sign_with=None), _spoil_kernel, sign=m.key)
    m.chain.files[_linux("h-packed")] = pe_edit.edited(_small(m, sign_with=None), _pack_kernel, sign=m.key)
    m.chain.files[_linux("i-cut")] = plain.read_bytes()[:-4096]
    m.chain.files[_linux("j-policy")] = _small(m, sections={".ukipol": "quiet\n"})


def _other(arch: Arch) -> Arch:
    return X64 if arch == AA64 else AA64


def _malformed_expected(c: Combination) -> Booted:
    machine = f"is for {_other(c.arch).name}, but this firmware is {c.arch.name}"
    return Booted(skipped={_linux(name): why for name, why in {**MALFORMED, "c-machine": machine}.items()})


def _spoil_kernel(data: bytearray) -> None:
    start = pe_edit.section(bytes(data), ".linux").raw_off
    data[start : start + 2] = b"no"


def _pack_kernel(data: bytearray) -> None:
    """ukify would unpack it."""
    linux = pe_edit.section(bytes(data), ".linux")
    packed = gzip.compress(bytes(data[linux.raw_off : linux.raw_off + linux.vsize]), mtime=0)
    data[linux.raw_off : linux.raw_off + len(packed)] = packed


MALFORMED = {
    "a-overlap": "overlap in the file", "b-memory": "overlap in memory",
    "d-twice": "has section .cmdline twice in one profile",
    "e-empty": "has no .linux section in this profile",
    "f-beyond": "section .initrd has bytes that reach past the end of the file",
    "g-policy": "has section .ukipol twice in one profile", "h-kernel": "does not begin with MZ",
    "h-packed": "EFI cannot start: it is compressed by gzip: take bzImage, Image or vmlinuz.efi of that build",
    "i-cut": "section .linux has bytes that reach past the end of the file",
    "j-policy": "the policy in it (.ukipol) is not valid: policy line 1",
}


# --- which one ------------------------------------------------------------------------------------

def _missing(m: Machine) -> None:
    del m.chain.files[GOOD]
    # what is no UKI is no reason to start it, whatever it is called
    m.chain.files["/EFI/Linux/a.addon.efi"] = m.addon("/EFI/Linux/b.addon.efi", "debug")
    m.chain.files["/EFI/Linux/systemd-bootx64.efi"] = m.boot_image("sdboot257")
    m.chain.files["/EFI/Linux/text.efi"] = "MZ, but no PE image"


def _named(path: str, *others: str) -> Callable[[Machine], None]:
    def prepare(m: Machine) -> None:
        m.chain.files["/EFI/Linux/loader.efi"] = m.boot_image("sdboot257")
        m.request(" ".join([f"ukiload.uki={path}", *others]))
    return prepare


def _named_elsewhere(m: Machine) -> None:
    m.uki("/EFI/Images/Deep/Rescue-Image.efi", cmdline=f"{BASE} rescue=1")
    m.addon("/EFI/Images/Deep/Rescue-Image.efi.extra.d/a.addon.efi", "loglevel=3")
    m.addon(own("not-for-this-one"), "log_buf_len=1M")
    m.request("ukiload.uki=/EFI/Images//Deep/rescue-image.EFI")


# --- profiles -------------------------------------------------------------------------------------

PROFILES = [Profile("ID=one\nTITLE=One", cmdline=f"{BASE} profile=1"), Profile("ID=two\nTITLE=Two")]


def _profile(words: str) -> Callable[[Machine], None]:
    def prepare(m: Machine) -> None:
        m.uki(profiles=PROFILES)
        m.addon(standing("a"), "loglevel=3")
        m.request(words)
    return prepare


def _profile_at(m: Machine) -> None:
    m.uki(profiles=PROFILES)
    m.addon(standing("a"), "loglevel=3")
    m.chain.var("UkiloadRequest", "@2 ukiload.id=one ukiload.via=loader")


def _profile_options(m: Machine) -> None:
    m.uki(profiles=PROFILES)
    m.addon(standing("a"), "loglevel=3")
    m.chain.entry = "ukiload-one.conf"
    m.chain.files["/loader/entries/ukiload-one.conf"] = f"title one\nefi {m.launcher}\noptions @1\n"


def _stub_profile(number: str) -> Callable[[Result], None]:
    def check(result: Result) -> None:
        assert result.report.text("StubProfile", LOADER) == number
    return check


# --- stubs that know no addons --------------------------------------------------------------------

def _stub252(m: Machine) -> None:
    m.uki(stub="stub252", kernel="kernel61")
    m.addon(standing("shell"), "init=/bin/sh")  # hidden as anywhere


def _stub252_addon(m: Machine) -> None:
    m.uki(stub="stub252", kernel="kernel61")
    m.addon(standing("kdump"), "crashkernel=64M")


def _stub252_stub(m: Machine) -> None:
    _stub252_addon(m)
    m.request("ukiload.handoff=stub")


# CR, tab, newline and 0x7f, a no-break space, no UTF-8, beyond UCS-2, an overlong blank; and what /proc/cmdline has of
# it.
_STRANGE = b" a\tb\r\nc\x7fd n=\xc3\xa4\xc2\xa0-x bad=\xff\xfe! big=\xf0\x9f\x90\xa7! o=\xc0\xa0p end\n\n"
_AS_SEEN = BASE + " a b  c{}d n=\u00e4\u00a0-x bad=! big=! o= p end loglevel=3"


def _strange(stub: str, delete: str) -> Case:
    def prepare(m: Machine) -> None:
        m.uki(cmdline=BASE.encode() + _STRANGE, stub=stub)
        m.addon(standing("a"), b"\r\nloglevel=3\t\n\0\0")

    line = _AS_SEEN.format(delete)
    escaped = "".join(char if " " <= char <= "~" else "".join(f"\\x{byte:02x}" for byte in char.encode())
                      for char in line)
    return Case(f"line_strange_{stub}", prepare,
                Booted(line=line, admitted=[standing("a")], status={"cmdline": re.escape(escaped)}), linux=True)


def _older_kernel(m: Machine) -> None:
    m.uki(kernel="kernel61", signed_kernel=True)
    m.addon(standing("kdump"), "crashkernel=64M")


def _zboot(m: Machine) -> None:
    """What marks vmlinuz.efi of a kernel with EFI_ZBOOT (Linux, drivers/firmware/efi/libstub/zboot-header.S), which no
    release of Debian has: `zimg`, where the compressed kernel lies, and its kind, all in the DOS header."""
    def mark(data: bytearray) -> None:
        struct.pack_into("<4s4L8s", data, 4, b"zimg", 0x1000, 0x1000, 0, 0, b"zstd")

    m.uki(kernel=pe_edit.edited(boot_images.image("tiny", m.arch), mark, sign=None), uname=m.kernel_release,
          initrd=cache.stored(b"initrd" * 100))
    m.addon(standing("a"), "loglevel=3")


def _addon_machine(m: Machine) -> None:
    m.chain.files[standing("other")] = pe_edit.edited(m.addon(standing("other"), "debug", sign=None),
                                                      pe_edit.set_machine(MACHINE[_other(m.arch)]), sign=m.key)
    m.addon(picked("x"), "debug")


def _too_large(m: Machine) -> None:
    """There is room for the file, and not for the image beside it."""
    m.chain.memory_mib, m.chain.esp_mib = 192, 240
    m.uki("/EFI/Images/big.efi", initrd=cache.stored(random.Random(1).randbytes(64 << 20)))
    m.request("ukiload.uki=/EFI/Images/big.efi")


def _unreadable(*words: str) -> Callable[[Machine], None]:
    """The disk gives an error in the middle of the image that comes first; firmware reads more than it is asked for, so
    that middle is far from all else."""
    def prepare(m: Machine) -> None:
        def middle(disk: Disk) -> None:
            m.chain.unreadable = [fat.Fat(disk).sector(_linux("first"), size // 2)]

        size = m.uki(_linux("first"), osrel=NEWER, initrd=cache.stored(bytes(8 << 20))).stat().st_size
        m.chain.edit_disk = middle
        if words:
            m.request(" ".join(words))
    return prepare


STARTED = {"result": "started"}

CASES = [
    Case("uki_flipped", _flipped, _flipped_expected),
    Case("uki_untrusted", _untrusted, Booted(skipped={_linux(name): UNTRUSTED for name in (
        "a-unsigned", "b-unknown-key", "c-dbx", "d-mokx", "e-sbat")})),
    Case("uki_only_unsigned", _only_unsigned, Refused(f"{backslashed(GOOD)} {UNTRUSTED}"), also=(
        Combination(trust="shim158"), Combination(trust="shim158", sdboot="252"), Combination(trust="db"))),
    Case("uki_only_revoked", _only_revoked, Refused(f"{backslashed(GOOD)} {UNTRUSTED}")),
    Case("uki_malformed", _malformed, _malformed_expected),
    Case("uki_odd_name", _odd_name, Booted(uki=ODD, line=f"{BASE} loglevel=3", admitted=[own("a", ODD)])),
    Case("uki_missing", _missing, Refused("there is no UKI (a file *.efi with .linux) in \\EFI\\Linux")),
    Case("uki_named_elsewhere", _named_elsewhere, Booted(
        line=f"{BASE} rescue=1 loglevel=3", uki="/EFI/Images/Deep/Rescue-Image.efi",
        admitted=["/EFI/Images/Deep/Rescue-Image.efi.extra.d/a.addon.efi"], last=STARTED)),
    Case("uki_named_missing", _named("/EFI/Linux/gone.efi"), Refused(
        "\\EFI\\Linux\\gone.efi is not on the ESP: name a UKI that is there", then="reset")),
    Case("uki_named_no_linux", _named("/EFI/Linux/loader.efi"), Refused(
        "\\EFI\\Linux\\loader.efi has no .linux section: it is not a UKI", then="reset")),
    Case("uki_named_alias", _named("/EFI/Linux/GOOD~1.EFI"), Refused(
        "a part like NAME~1.EFI, which on FAT may be the short name of another file", then="reset")),
    Case("profile_request", _profile("ukiload.profile=1"), Booted(
        line=f"{BASE} profile=1 loglevel=3", admitted=[standing("a")], status={"profile": "1"}, last=STARTED,
        check=_stub_profile("1"))),
    Case("profile_request_at", _profile_at, Booted(
        line=f"{BASE} loglevel=3", admitted=[standing("a")], status={"profile": "2"}, last=STARTED,
        check=_stub_profile("2"))),
    Case("profile_missing", _profile("ukiload.profile=7"), Refused(
        "\\EFI\\Linux\\good.efi has no profile 7: it has 3 profiles, counted from 0", then="reset",
        line=f"{BASE} loglevel=3")),
    Case("profile_options", _profile_options, Booted(
        line=f"{BASE} profile=1 loglevel=3", admitted=[standing("a")], status={"profile": "1"},
        check=_stub_profile("1"))),
    Case("stub252", _stub252, Booted(
        refused={standing("shell"): '"init=/bin/sh" refused: sensitive (control of PID 1), no rule with that flag'},
        status={"stub": "systemd-stub 252.*"}),
         linux=True),
    Case("stub252_addon", _stub252_addon, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[standing("kdump")], status={"handoff": "kernel"}), linux=True),
    Case("stub252_handoff_stub", _stub252_stub, Refused(
        "kdump.addon.efi has to be applied, and the image's stub (systemd-stub 252", then="reset",
        line=f"{BASE} crashkernel=64M", shown=["but the request says ukiload.handoff=stub"])),
    _strange("stub252", "\x7f"),
    _strange("stub257", " "),
    Case("kernel61_signed", _older_kernel, Booted(line=f"{BASE} crashkernel=64M", admitted=[standing("kdump")]),
         linux=True),
    Case("kernel_zboot", _zboot, Booted(line=f"{BASE} loglevel=3", admitted=[standing("a")])),
    Case("unreadable", _unreadable(), Booted(
        skipped={_linux("first"): "could not be read to its end (device error)"})),
    Case("unreadable_requested", _unreadable("ukiload.uki=/EFI/Linux/first.efi"), Refused(
        "\\EFI\\Linux\\first.efi could not be read to its end (device error)", then="reset")),
    Case("memory_small", _too_large, Refused(
        "\\EFI\\Images\\big.efi has no room in memory beside its file", then="reset",
        shown=["MB are free: give the machine more memory, or take a smaller image"])),
    Case("addon_machine", _addon_machine, lambda c: Booted(
        left_out={standing("other"): f"is for {_other(c.arch).name}, the UKI for {c.arch.name}"})),
]
