# SPDX-License-Identifier: BSD-2-Clause
"""Changes of single fields of a PE image, as the tables name them: offsets of Microsoft "PE Format"."""

from __future__ import annotations

import struct
from collections.abc import Callable

from . import boot_images, cache, pe_edit
from .pe_edit import RAW_OFF, RAW_SIZE, VADDR, VSIZE
from .small_images import optional_header

Change = Callable[[bytearray], None]
_SECURITY = 112 + 8 * 4  # in the optional header of PE32+


def bytes_at(at: int, content: bytes) -> Change:
    """Other bytes."""
    def change(data: bytearray) -> None:
        data[at : at + len(content)] = content
    return change


def coff(at: int, size: int, value: int) -> Change:
    """A field of the COFF header, counted from the signature PE."""
    return lambda data: pe_edit.put(data, optional_header(data) - 24 + at, value, size)


def optional(at: int, size: int, value: int) -> Change:
    """A field of the optional header."""
    return lambda data: pe_edit.put(data, optional_header(data) + at, value, size)


def row(name: str, at: int, value: int) -> Change:
    """A field in the row of a section."""
    return lambda data: pe_edit.put(data, pe_edit.section(bytes(data), name).header + at, value)


def move_header(to: int) -> Change:
    """e_lfanew."""
    return lambda data: pe_edit.put(data, 0x3C, to)


def rename_raw(name: str, to: bytes) -> Change:
    """Another name, of any bytes."""
    return lambda data: bytes_at(pe_edit.section(bytes(data), name).header, to.ljust(8, b"\0"))(data)


def spoil(name: str, content: bytes, where: Callable[[bytearray], int] = lambda data: 0) -> Change:
    """Other bytes in a section; where: in what the section holds."""
    def change(data: bytearray) -> None:
        item = pe_edit.section(bytes(data), name)
        inside = data[item.raw_off : item.raw_off + item.raw_size]
        bytes_at(item.raw_off + where(inside), content)(data)
    return change


def _table(data: bytearray) -> tuple[int, int]:
    at, size = struct.unpack_from("<LL", data, optional_header(data) + _SECURITY)
    return int(at), int(size)


def flip_signature(at: int) -> Change:
    """One bit of the certificate table, counted from its beginning or its end."""
    def change(data: bytearray) -> None:
        start, size = _table(data)
        data[start + (at if at >= 0 else size + at)] ^= 1
    return change


def security(start: int | None, size: int) -> Change:
    """The entry of the certificate table; None: where it is."""
    def change(data: bytearray) -> None:
        at = optional_header(data) + _SECURITY
        struct.pack_into("<LL", data, at, _table(data)[0] if start is None else start, size)
    return change


def append(content: bytes, grow: int = 0) -> Change:
    """More at the end of the file; grow: the table counts that much of it."""
    def change(data: bytearray) -> None:
        start, size = _table(data)
        data += content
        struct.pack_into("<LL", data, optional_header(data) + _SECURITY, start, size + grow)
    return change


APPENDED = {"1": (b"x",), "8": (bytes(8),), "512": (b"x" * 512,), "in_table": (bytes(8), 8), "1_in_table": (b"x", 1),
            "certificate": (struct.pack("<LHH", 16, 0x200, 2) + bytes(8), 16),
            "other_kind": (struct.pack("<LHH", 16, 0x200, 1) + bytes(8), 16)}


def digest_of(data: bytes) -> bytes:
    """Authenticode's SHA-256; of nothing where the headers cannot be found."""
    try:
        return boot_images.authenticode(cache.stored(data, "plain.efi"))
    except struct.error:
        return bytes(32)


def _into(first: str, second: str) -> Change:
    """The first section's address is the second one's."""
    return lambda data: row(first, VADDR, pe_edit.section(bytes(data), second).vaddr)(data)


def _relative(name: str, field: int, add: int) -> Change:
    def change(data: bytearray) -> None:
        at = pe_edit.section(bytes(data), name).header + field
        pe_edit.put(data, at, (struct.unpack_from("<L", data, at)[0] + add) & 0xFFFFFFFF)
    return change


SECTION_FIELDS = {
    "overlap_file": pe_edit.overlap_in_file(".initrd", ".cmdline"),
    "overlap_memory": pe_edit.overlap_in_memory(".cmdline", ".initrd"),
    "overlap_same_address": _into(".cmdline", ".osrel"), "overlap_text": _into(".cmdline", ".text"),
    **{f"{name}_{what}": change for name in ("cmdline", "initrd", "linux") for what, change in {
        "address_0": row(f".{name}", VADDR, 0), "address_odd": _relative(f".{name}", VADDR, 1),
        "address_beyond": row(f".{name}", VADDR, 0x7FFFF000), "offset_beyond": row(f".{name}", RAW_OFF, 0x7FFFFE00),
        "offset_headers": row(f".{name}", RAW_OFF, 512), "offset_odd": _relative(f".{name}", RAW_OFF, 1),
        "raw_none": row(f".{name}", RAW_SIZE, 0), "raw_more": _relative(f".{name}", RAW_SIZE, 512),
        "raw_less": _relative(f".{name}", RAW_SIZE, -512), "size_none": row(f".{name}", VSIZE, 0),
        "size_more": _relative(f".{name}", VSIZE, 0x600), "size_huge": row(f".{name}", VSIZE, 0xFFFFFFFF)}.items()},
    "text_writable": row(".text", 36, 0xE0000020), "text_not_executable": row(".text", 36, 0x40000040),
    "linux_flags_none": row(".linux", 36, 0),
}
