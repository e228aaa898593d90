# SPDX-License-Identifier: BSD-2-Clause
"""Small images, made without ukify: hundreds of them in a few seconds, and such as no tool would make."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from . import boot_images, cache, pe_edit

# Name with its dot, and content.
Sections = Sequence[tuple[str, bytes]]

OSREL = b"ID=ukiload-test\nVERSION_ID=1\n"
CMDLINE = b"console=ttyS0 quiet"
RELEASE = "6.12.0-test"
_READ_DATA = 0x40000040  # characteristics: initialised data, readable
_FILE, _PAGE = 512, 4096  # alignments of systemd's stubs from 254 on


def optional_header(data: bytes) -> int:
    """Where it begins."""
    return int(struct.unpack_from("<L", data, 0x3C)[0]) + 24


def kernel() -> bytes:
    """The tiny one."""
    return boot_images.image("tiny").read_bytes()


def _without_symbols(image: bytes) -> bytearray:
    """Old stubs have a symbol table behind their sections, and what no section holds no signature should cover; ukify
    cuts it off too."""
    data = bytearray(image[:max(item.raw_off + item.raw_size for item in pe_edit.sections(image))])
    data[optional_header(image) - 12 : optional_header(image) - 4] = bytes(8)
    return data


def assemble(base: bytes, sections: Sections) -> bytes:
    """The image with more sections behind its own."""
    data = _without_symbols(base)
    optional = optional_header(data)
    for name, content in sections:
        table = pe_edit.sections(bytes(data))
        header = table[-1].header + 40
        assert header + 40 <= struct.unpack_from("<L", data, optional + 60)[0], "no room in the headers"
        vaddr = -(-max(item.vaddr + item.vsize for item in table) // _PAGE) * _PAGE
        data += bytes(-len(data) % _FILE)
        raw_size = -(-len(content) // _FILE) * _FILE
        struct.pack_into("<8s4L12xL", data, header, name.encode(), len(content), vaddr, raw_size,
                         len(data) if raw_size else 0, _READ_DATA)
        data += content.ljust(raw_size, b"\0")
        pe_edit.put(data, optional - 18, len(table) + 1, 2)
        pe_edit.put(data, optional + 56, -(-(vaddr + len(content)) // _PAGE) * _PAGE)
    return bytes(data)


def sections_of_uki(**changes: bytes | None) -> list[tuple[str, bytes]]:
    """Of the good UKI, by name without the dot; None leaves one out, and what it has not comes behind."""
    have: dict[str, bytes | None] = {"osrel": OSREL, "cmdline": CMDLINE, "uname": RELEASE.encode(),
                                     "initrd": b"initrd" * 100,
                                     "linux": kernel(), **changes}
    return [(f".{name}", content) for name, content in have.items() if content is not None]


def uki(*more: tuple[str, bytes], stub: str = "stub257", **changes: bytes | None) -> bytes:
    """A UKI that is not signed; `more` comes last, as profiles do."""
    return assemble(boot_images.image(stub).read_bytes(), [*sections_of_uki(**changes), *more])


def addon(words: str | bytes | None, *more: tuple[str, bytes]) -> bytes:
    """An addon that is not signed."""
    line = words.encode() if isinstance(words, str) else words
    sections = [] if line is None else [(".cmdline", line)]
    return assemble(boot_images.image("addon257").read_bytes(), [*sections, *more])


def signed(data: bytes, *names: str) -> bytes:
    """The image signed with these keys, one after the other."""
    path = cache.stored(data, "plain.efi")
    for name in names:
        path = boot_images.sign(path, name)
    return path.read_bytes()
