# SPDX-License-Identifier: BSD-2-Clause
"""Damage PE images in ways that no tool would: Microsoft "PE Format", COFF header and section table."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import boot_images, cache

VSIZE, VADDR, RAW_SIZE, RAW_OFF = 8, 12, 16, 20  # in a section's header


@dataclass(frozen=True)
class Section:
    """A row of the section table; `header` is where it stands in the file."""

    name: str
    header: int
    vsize: int
    vaddr: int
    raw_size: int
    raw_off: int


def sections(data: bytes) -> list[Section]:
    """The section table of a file."""
    coff = struct.unpack_from("<L", data, 0x3C)[0] + 4
    count, optional = struct.unpack_from("<H", data, coff + 2)[0], struct.unpack_from("<H", data, coff + 16)[0]
    found = []
    for number in range(count):
        at = coff + 20 + optional + 40 * number
        name = data[at : at + 8].rstrip(b"\0").decode()
        found.append(Section(name, at, *struct.unpack_from("<4L", data, at + 8)))
    return found


def section(data: bytes, name: str) -> Section:
    """The first section of that name."""
    return next(item for item in sections(data) if item.name == name)


def edited(image: Path, change: Callable[[bytearray], None], *, sign: str | None) -> Path:
    """A copy with a change; sign: the key that signs the result (of an unsigned image), None leaves it alone."""
    data = bytearray(image.read_bytes())
    change(data)
    out = cache.stored(bytes(data), "edited.efi")
    return boot_images.sign(out, sign) if sign else out


def put(data: bytearray, at: int, value: int, size: int = 4) -> None:
    """A little-endian number."""
    data[at : at + size] = value.to_bytes(size, "little")


def flip(name: str) -> Callable[[bytearray], None]:
    """One bit in the middle of a section."""
    def change(data: bytearray) -> None:
        item = section(bytes(data), name)
        data[item.raw_off + min(item.vsize, item.raw_size) // 2] ^= 1
    return change


def set_machine(machine: int) -> Callable[[bytearray], None]:
    """Another machine type."""
    return lambda data: put(data, struct.unpack_from("<L", data, 0x3C)[0] + 4, machine, 2)


def set_field(name: str, field: int, value: int) -> Callable[[bytearray], None]:
    """A number in a section's header."""
    return lambda data: put(data, section(bytes(data), name).header + field, value)


def rename(name: str, to: str) -> Callable[[bytearray], None]:
    """Another name for a section."""
    def change(data: bytearray) -> None:
        at = section(bytes(data), name).header
        data[at : at + 8] = to.encode().ljust(8, b"\0")
    return change


def overlap_in_file(first: str, second: str) -> Callable[[bytearray], None]:
    """Both sections are the same bytes of the file."""
    return lambda data: put(data, section(bytes(data), first).header + RAW_OFF, section(bytes(data), second).raw_off)


def overlap_in_memory(first: str, second: str) -> Callable[[bytearray], None]:
    """The first section reaches into the second one's place."""
    def change(data: bytearray) -> None:
        one, two = section(bytes(data), first), section(bytes(data), second)
        put(data, one.header + VSIZE, two.vaddr - one.vaddr + 1)
    return change
