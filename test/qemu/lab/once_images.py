# SPDX-License-Identifier: BSD-2-Clause
"""Images of which one loader, or one address, makes something else than another, and such as shim alone refuses; with
the sentence that host and firmware say. Not signed."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from . import pe_edit
from .pe_edit import RAW_OFF, RAW_SIZE, VADDR, VSIZE
from .pe_fields import row
from .small_images import addon, assemble, optional_header

HIGH, LOW, HIGHLOW, DIR64 = 1, 2, 3, 10
Change = Callable[[bytearray], None]


def blocks(page: int, *entries: int) -> bytes:
    """One block of base relocations, padded to a multiple of 4."""
    words = [*entries, *([0] if len(entries) % 2 else [])]
    return struct.pack(f"<LL{len(words)}H", page, 8 + 2 * len(words), *words)


def directory(number: int, name: str, size: int) -> Change:
    """A data directory that is a section."""
    return lambda data: struct.pack_into("<LL", data, optional_header(data) + 112 + 8 * number,
                                         pe_edit.section(bytes(data), name).vaddr, size)


def relocated(words: str, where: str, kind: int, *offsets: int) -> bytes:
    """An addon whose relocations hit a section, at these places."""
    sections = [(".sbat", b"sbat,1,SBAT Version,sbat,1,x\n"), (".reloc", bytes(8 + 2 * (len(offsets) + 1)))]
    data = bytearray(addon(words, *sections))
    table = blocks(pe_edit.section(bytes(data), where).vaddr, *(kind << 12 | at for at in offsets))
    place = pe_edit.section(bytes(data), ".reloc")
    data[place.raw_off : place.raw_off + len(table)] = table
    pe_edit.set_field(".reloc", VSIZE, len(table))(data)
    directory(5, ".reloc", len(table))(data)
    return bytes(data)


# where it is loaded elsewhere than its signer said: log_buf_len=1M, init=/bin/sh
WORDS = "log_buf_len=1M,aaaaaaaaaaaaaaa"
TEXT = WORDS.index("aaaa")
HIT = "has a base relocation at "
ELSEWHERE = "whose content would depend on where it is loaded: make it anew with a tool that writes none there"
FLAGS = "has section .cmdline with flags by which some loaders leave it out"

ADDONS: dict[str, tuple[Callable[[], bytes], str]] = {
    "words": (lambda: relocated(WORDS, ".cmdline", HIGHLOW, *range(TEXT, TEXT + 12, 4)),
              f"in section .cmdline, {ELSEWHERE}"),
    "words16": (lambda: relocated(WORDS, ".cmdline", HIGH, TEXT, TEXT + 2), f"in section .cmdline, {ELSEWHERE}"),
    "sbat": (lambda: relocated("log_buf_len=1M", ".sbat", DIR64, 0), f"in section .sbat, {ELSEWHERE}"),
    "code": (lambda: relocated("log_buf_len=1M", ".text", LOW, 0), f"in section .text, {ELSEWHERE}"),
    "beyond": (lambda: _edit(relocated("log_buf_len=1M", ".text", 0, 0), _page(0x7FFFF000)),
               "outside of the image, which firmware takes at one"),
    "unread": (lambda: _edit(addon("log_buf_len=1M"), row(".cmdline", 36, 0x40)), FLAGS),
    "discard": (lambda: _edit(addon("log_buf_len=1M"), row(".cmdline", 36, 0x42000040)), FLAGS),
    "zeroed": (lambda: _edit(addon("log_buf_len=1M"), row(".cmdline", 36, 0x400000C0)), FLAGS),
    "resource": (lambda: _edit(addon("log_buf_len=1M"), directory(2, ".text", 16)),
                 "has data directory 2, which an addon must not have"),
}


def _edit(image: bytes, *changes: Change) -> bytes:
    data = bytearray(image)
    for change in changes:
        change(data)
    return bytes(data)


def _page(address: int) -> Change:
    return lambda data: pe_edit.put(data, pe_edit.section(bytes(data), ".reloc").raw_off, address)


UKIS = (".cmdline", ".osrel", ".initrd", ".linux")


def hit_section(name: str) -> Change:
    """The first relocation of the stub, all of which are in .rodata, into another section."""
    def change(data: bytearray) -> None:
        table = pe_edit.section(bytes(data), ".reloc")
        pe_edit.put(data, table.raw_off, pe_edit.section(bytes(data), name).vaddr)
        pe_edit.put(data, table.raw_off + 8, DIR64 << 12, 2)
    return change


EMPTY = 'is refused by shim: its section ".odd" has no bytes inside of the image: leave it out'


def empty_section(image: Path) -> bytes:
    """A section without bytes, as `ukify --section=.odd:@empty` writes it."""
    return assemble(image.read_bytes(), [(".odd", b"")])


SHIM_REFUSES: dict[str, tuple[Change, str]] = {
    "b-rows": (lambda data: pe_edit.put(data, optional_header(data) - 18, len(pe_edit.sections(bytes(data))) + 1, 2),
               'is refused by shim: its section "" has no bytes inside of the image'),
    "c-file-alignment": (lambda data: pe_edit.put(data, optional_header(data) + 36, 1),
                         "is refused by shim: its FileAlignment is 1"),
    "d-headers": (lambda data: (row(".odd", RAW_SIZE, 0)(data), row(".odd", RAW_OFF, 0)(data)),
                  'is refused by shim: its section ".odd" lies in the headers, or has no data'),
}


PADDED = "is refused by shim: there are bytes behind its certificate table, be they zeros"


def padded(image: Path) -> bytes:
    """As ukify 257.0 makes it: VirtualSize of .linux is its kernel's SizeOfImage, so that zeros follow the kernel's
    certificate table."""
    data = bytearray(image.read_bytes())
    linux = pe_edit.section(bytes(data), ".linux")
    kernel = data[linux.raw_off : linux.raw_off + linux.raw_size]
    size = struct.unpack_from("<L", kernel, optional_header(kernel) + 56)[0]
    assert size > linux.raw_size
    end = struct.unpack_from("<L", data, optional_header(data) + 56)[0]
    pe_edit.set_field(".linux", VSIZE, size)(data)
    pe_edit.set_field(".linux", VADDR, end)(data)
    pe_edit.put(data, optional_header(data) + 56, -(-(end + size) // 4096) * 4096)
    return bytes(data)
