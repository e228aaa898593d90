# SPDX-License-Identifier: BSD-2-Clause
"""UKIs, good and bad: who signed them, what was damaged after that, what was wrong before, and what is in them."""

from __future__ import annotations

import hashlib
import struct
import subprocess
from collections.abc import Callable

from lab import keys, pe_edit, varstore
from lab.pe_fields import (APPENDED, SECTION_FIELDS, Change, append, bytes_at, coff, digest_of, flip_signature,
                           move_header,
                           optional, rename_raw, row, security, spoil)
from lab.small_images import CMDLINE, kernel, optional_header, sections_of_uki, signed, uki
from .ask import PATH, Box, Case, good


def _image(name: str, make: Callable[[], bytes]) -> Case:
    def prepare(box: Box) -> None:
        box.files[PATH] = make()
    return Case(name, prepare)


def _changed(data: bytes, change: Change) -> bytes:
    copy = bytearray(data)
    change(copy)
    return bytes(copy)


def _damaged(name: str, change: Change) -> Case:
    """Changed after it was signed."""
    return _image(name, lambda: _changed(good(), change))


def _cut(name: str, size: Callable[[bytes], int]) -> Case:
    def make() -> bytes:
        whole = good()
        return whole[:size(whole)]
    return _image(name, make)


def _formed(name: str, change: Change) -> Case:
    """Changed before it is signed, as far as sbsign takes it: what it does not take is vouched for by its digest in
    db."""
    def prepare(box: Box) -> None:
        data = _changed(uki(), change)
        try:
            box.files[PATH] = signed(data, "db")
        except subprocess.CalledProcessError:
            box.files[PATH], box.good = data, varstore.signature_list(keys.OWNER, sha256=digest_of(data))
    return Case(name, prepare)


def _holding(name: str, *more: tuple[str, bytes], profile: str | None = None, stub: str = "stub257",
             **changes: bytes | None) -> Case:
    """With other sections than the good one."""
    def prepare(box: Box) -> None:
        box.files[PATH] = signed(uki(*more, stub=stub, **changes), "db")
        box.profile = profile
    return Case(name, prepare)


# --- who signed them ------------------------------------------------------------------------------

def _trusted(name: str, keys_: tuple[str, ...], *, db: tuple[str, ...] = (), dbx: tuple[str, ...] = (),
             by_digest: str = "",
             secure_boot: bool = True) -> Case:
    """db, dbx: certificates that are in there too; by_digest: and the image's digest."""
    def prepare(box: Box) -> None:
        box.files[PATH] = signed(uki(), *keys_)
        box.secure_boot = secure_boot
        digest = varstore.signature_list(keys.OWNER, sha256=digest_of(box.files[PATH]))
        box.good = b"".join(varstore.signature_list(keys.OWNER, cert=keys.der(name))
                            for name in db) + (digest if "+" in by_digest else b"")
        box.dbx = b"".join(varstore.signature_list(keys.OWNER, cert=keys.der(name))
                           for name in dbx) + (digest if "-" in by_digest else b"")
    return Case(f"trust_{name}", prepare)


TRUST = [
    _trusted("db", ("db",)),
    _trusted("unsigned", ()),
    _trusted("unknown", ("unknown",)),
    _trusted("db_then_unknown", ("db", "unknown")),
    _trusted("unknown_then_db", ("unknown", "db")),
    _trusted("db_twice", ("db", "db")),
    _trusted("three", ("unknown", "mok", "db")),
    _trusted("vendor", ("vendor",)),
    _trusted("vendor_in_db", ("vendor",), db=("vendor",)),
    _trusted("vendor_in_dbx", ("vendor",), dbx=("vendor",)),
    _trusted("vendor_in_both", ("vendor",), db=("vendor",), dbx=("vendor",)),
    _trusted("good_then_revoked", ("db", "vendor"), dbx=("vendor",)),
    _trusted("revoked_then_good", ("vendor", "db"), dbx=("vendor",)),
    _trusted("good_and_revoked_in_both", ("db", "vendor"), db=("vendor",), dbx=("vendor",)),
    _trusted("digest_in_db", (), by_digest="+"),
    _trusted("digest_in_db_unknown", ("unknown",), by_digest="+"),
    _trusted("digest_in_dbx", ("db",), by_digest="-"),
    _trusted("digest_in_dbx_unsigned", (), by_digest="-"),
    _trusted("digest_in_both", (), by_digest="+-"),
    _trusted("digest_in_db_revoked", ("vendor",), dbx=("vendor",), by_digest="+"),
    _trusted("off_unsigned", (), secure_boot=False),
    _trusted("off_unknown", ("unknown",), secure_boot=False),
    _trusted("off_revoked", ("db",), by_digest="-", secure_boot=False),
]

# --- damaged afterwards ---------------------------------------------------------------------------

FLIPS = [
    *(_damaged(f"flip{name.replace('.', '_')}", pe_edit.flip(name))
      for name in (".text", ".rodata", ".data", ".sbat", ".sdmagic", ".reloc", ".osrel", ".cmdline", ".uname",
                   ".initrd", ".linux")),
    _damaged("flip_dos_header", bytes_at(2, b"\x01")),
    _damaged("flip_time_stamp", coff(8, 4, 1)),
    _damaged("flip_checksum", optional(64, 4, 0x12345)),
    _damaged("flip_section_flags", row(".initrd", 36, 0x42000040)),
    _damaged("flip_padding",
             lambda data: bytes_at(pe_edit.section(bytes(data), ".osrel").raw_off + 500, b"\x01")(data)),
    *(_damaged(f"flip_signature_{at}", flip_signature(at)) for at in (0, 4, 6, 8, 20, 90, 600, -300, -20)),
    *(_damaged(f"append_{name}", append(*how)) for name, how in APPENDED.items()),
    _damaged("signature_table_gone", security(0, 0)),
    _damaged("signature_table_beyond", security(None, 0x100000)),
    _damaged("signature_table_short", security(None, 16)),
    _damaged("signature_table_empty", security(None, 8)),
]


def _end_of(name: str, less: int) -> Callable[[bytes], int]:
    def size(data: bytes) -> int:
        item = pe_edit.section(data, name)
        return item.raw_off + item.raw_size - less
    return size


CUT = [
    *(_cut(f"cut_at_{size}", lambda _, size=size: size) for size in (0, 1, 2, 63, 64, 90, 300, 560, 1024, 1536)),
    *(_cut(f"cut_in{name.replace('.', '_')}", _end_of(name, 1)) for name in (".text", ".cmdline", ".initrd", ".linux")),
    *(_cut(f"cut_{less}_from_end", lambda data, less=less: len(data) - less) for less in (1, 7, 8, 512, 1500)),
    _cut("cut_signature", lambda data: _end_of(".linux", 0)(data)),
]

# --- wrong from the beginning ---------------------------------------------------------------------

# Not here: another ImageBase, or no relocations. The stub's own addresses are wrong then, as they would be by any
# change of its code.

HEADERS = {
    "machine_aarch64": coff(4, 2, 0xAA64), "machine_ia32": coff(4, 2, 0x14C), "machine_none": coff(4, 2, 0),
    "sections_none": coff(6, 2, 0), "sections_one_less": coff(6, 2, 10), "sections_one_more": coff(6, 2, 12),
    "sections_300": coff(6, 2, 300), "optional_size_more": coff(20, 2, 0x108), "optional_size_less": coff(20, 2, 0xE8),
    "characteristics_none": coff(22, 2, 0), "characteristics_dll": coff(22, 2, 0x2022),
    "characteristics_stripped": coff(22, 2, 0x23), "magic_pe32": optional(0, 2, 0x10B),
    "magic_rom": optional(0, 2, 0x107), "entry_none": optional(16, 4, 0), "entry_in_headers": optional(16, 4, 64),
    "entry_beyond": optional(16, 4, 0x7F000000), "alignment_512": optional(32, 4, 512),
    "alignment_none": optional(32, 4, 0), "alignment_3": optional(32, 4, 3), "alignment_8192": optional(32, 4, 8192),
    "file_alignment_1": optional(36, 4, 1), "file_alignment_none": optional(36, 4, 0),
    "file_alignment_4096": optional(36, 4, 4096), "file_alignment_2_17": optional(36, 4, 1 << 17),
    "image_size_none": optional(56, 4, 0), "image_size_small": optional(56, 4, 0x2000),
    "image_size_odd": optional(56, 4, 0x23001), "image_size_64m": optional(56, 4, 64 << 20),
    "image_size_2g": optional(56, 4, 0x7FFFF000), "image_size_4g": optional(56, 4, 0xFFFFF000),
    "headers_none": optional(60, 4, 0), "headers_small": optional(60, 4, 512), "headers_odd": optional(60, 4, 1535),
    "headers_large": optional(60, 4, 0x2000), "headers_huge": optional(60, 4, 0x7FFFFFFF),
    "subsystem_none": optional(68, 2, 0), "subsystem_windows": optional(68, 2, 3),
    "subsystem_driver": optional(68, 2, 11), "subsystem_runtime": optional(68, 2, 12),
    "subsystem_rom": optional(68, 2, 13), "not_nx": optional(70, 2, 0), "directories_5": optional(108, 4, 5),
    "directories_6": optional(108, 4, 6), "directories_4": optional(108, 4, 4), "directories_none": optional(108, 4, 0),
    "directories_17": optional(108, 4, 17), "reloc_beyond": optional(112 + 44, 4, 0x7FFFFFFF),
    "header_at_0": move_header(0), "header_at_60": move_header(60), "header_at_4g": move_header(0xFFFFFFF0),
    "no_mz": bytes_at(0, b"ZM"),
}

NAMES = {
    "name_tail": rename_raw(".initrd", b".a\0b"), "name_full": rename_raw(".initrd", b".initrd8"),
    "name_empty": rename_raw(".initrd", b""), "name_slash": rename_raw(".initrd", b"/4"),
    "name_unknown": rename_raw(".initrd", b".foo"), "name_upper": rename_raw(".linux", b".LINUX"),
    "name_profile_first": rename_raw(".text", b".profile"), "kernel_no_mz": spoil(".linux", b"no"),
    "kernel_arm": spoil(".linux", b"\x64\xaa", lambda data: optional_header(data) - 20),
    "kernel_version_0": spoil(".linux", b"\0\0", lambda data: optional_header(data) + 44),
}

FORMED = [_formed(f"pe_{name}", change) for name, change in {**HEADERS, **SECTION_FIELDS, **NAMES}.items()]

# --- what is in them ------------------------------------------------------------------------------

MISSING = [_holding(f"without_{name}", **{name: None}) for name in ("osrel", "cmdline", "uname", "initrd", "linux")]
TWICE = [_holding(f"twice_{name}", (f".{name}", dict(sections_of_uki()).get(f".{name}", b"again")))
         for name in ("linux", "cmdline", "osrel", "initrd", "uname", "sdmagic", "sbat", "splash")]
OTHERS = [_holding(f"has_{name}", (f".{name}", content)) for name, content in {
    "foo": b"bar", "dtb": b"no devicetree", "dtbauto": b"no devicetree", "hwids": bytes(64), "efifw": b"no firmware",
    "splash": b"BM, no picture",
    "ucode": b"\0" * 16, "pcrsig": b"{}", "pcrpkey": b"-----BEGIN PUBLIC KEY-----\n"}.items()]
EMPTY = [_holding(f"empty_{name}", **{name: b""}) for name in ("linux", "cmdline", "initrd", "osrel", "uname")]
LINES = [_holding(f"line_{name}", cmdline=line) for name, line in {
    "newline": CMDLINE + b"\n", "two_lines": CMDLINE + b"\nbase=1\n", "blanks": b"  " + CMDLINE + b"  a  b  ",
    "tab": CMDLINE + b"\tbase=1", "nul": CMDLINE + b"\0base=1", "nuls": CMDLINE + bytes(100),
    "high": CMDLINE + b" note=\xc3\xa4", "broken_utf8": CMDLINE + b" note=\xff\xfe",
    "control": CMDLINE + b" note=\x01\x1b", "quotes": CMDLINE + b' note="two words" base=1',
    "unbalanced": CMDLINE + b' note="two words', "dashes": CMDLINE + b" -- single", "only_blanks": b"   ",
    "only_nul": b"\0", "2047": CMDLINE + b" a=" + b"x" * 2025, "2048": CMDLINE + b" a=" + b"x" * 2026,
    "5000": CMDLINE + b" a=" + b"x" * 5000, "backslash": CMDLINE + b" a=\\x \\",
    "astral": CMDLINE + b" note=\xf0\x9f\x90\xa7"}.items()]


def _profiles(*texts: tuple[str, bytes]) -> tuple[tuple[str, bytes], ...]:
    return ((".profile", b"ID=main\n"), *texts)


SECOND = ((".profile", b"ID=two\nTITLE=Two\n"), (".cmdline", CMDLINE + b" profile=2"))
PROFILES = [
    _holding("profile_0", *_profiles(*SECOND), profile="0"),
    _holding("profile_1", *_profiles(*SECOND), profile="1"),
    _holding("profile_none_said", *_profiles(*SECOND)),
    _holding("profile_missing", *_profiles(*SECOND), profile="2"),
    _holding("profile_of_none", profile="1"),
    _holding("profile_zero_of_none", profile="0"),
    _holding("profile_999", *_profiles(*SECOND), profile="999"),
    _holding("profile_linux_only_there", *_profiles(*SECOND, (".linux", kernel())), linux=None, profile="1"),
    _holding("profile_linux_elsewhere", *_profiles(*SECOND, (".linux", kernel())), linux=None, profile="0"),
    _holding("profile_cmdline_twice", *_profiles(*SECOND, (".cmdline", b"again")), profile="1"),
    _holding("profile_other_broken", *_profiles(*SECOND, (".cmdline", b"again")), profile="0"),
    _holding("profile_own_linux", *_profiles(*SECOND, (".linux", kernel())), profile="1"),
    _holding("profile_empty", *_profiles((".profile", b"")), profile="1"),
    _holding("profile_policy_inside", *_profiles(*SECOND, (".ukipol", b"@version 1\n")), profile="0"),
]

def _gap(name: str, digest: Callable[[bytes], bytes]) -> Case:
    """A section that gave its bytes up: they are in no section, and the image is vouched for by a digest in db."""
    def prepare(box: Box) -> None:
        box.files[PATH] = _changed(uki(), row(".osrel", pe_edit.RAW_SIZE, 0))
        box.good = varstore.signature_list(keys.OWNER, sha256=digest(box.files[PATH]))
    return Case(name, prepare)


def _as_firmware(data: bytes) -> bytes:
    """EDK2 HashPeImage: headers, sections, and from the end as many bytes as were not counted."""
    optional_at = optional_header(data)
    headers = struct.unpack_from("<L", data, optional_at + 60)[0]
    rows = sorted((item for item in pe_edit.sections(data) if item.raw_size), key=lambda item: item.raw_off)
    hashed = data[:optional_at + 64] + data[optional_at + 68 : optional_at + 144] + data[optional_at + 152 : headers]
    hashed += b"".join(data[item.raw_off : item.raw_off + item.raw_size] for item in rows)
    return hashlib.sha256(hashed + data[headers + sum(item.raw_size for item in rows):]).digest()


STUBS = [
    _gap("gap_digest_of_file", digest_of),
    _gap("gap_digest_of_sections", _as_firmware),
    _holding("stub252", stub="stub252"),
    _holding("stub252_dtb", (".dtb", b"no devicetree"), stub="stub252"),
    _image("stub_unnamed", lambda: signed(_changed(uki(), rename_raw(".sdmagic", b".other")), "db")),
    _image("stub_99", lambda: signed(_changed(uki(), spoil(".sdmagic", b"99 ", lambda data: bytes(data).index(b"257"))),
                                     "db")),
    _image("stub_text", lambda: signed(_changed(uki(), spoil(".sdmagic", b"none")), "db")),
]

CASES = [*TRUST, *FLIPS, *CUT, *FORMED, *MISSING, *TWICE, *OTHERS, *EMPTY, *LINES, *PROFILES, *STUBS]
