# SPDX-License-Identifier: BSD-2-Clause
"""Breaks each property of a good image, one at a time, and sees the gate name it.

    gate_selftest.py ARCH IMAGE
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pefile

import gate

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mk"))
from tally import record  # noqa: E402

Break = Callable[[pefile.PE], bytes | None]


def section(pe: pefile.PE, name: bytes) -> pefile.SectionStructure:
    return next(s for s in pe.sections if s.Name.rstrip(b"\0") == name)


def setting(owner: Callable[[pefile.PE], object], field: str, change: Callable[[int], int]) -> Break:
    """A break that changes one field of a header."""
    def apply(pe: pefile.PE) -> None:
        target = owner(pe)
        setattr(target, field, change(getattr(target, field)))
    return apply


def file_header(pe: pefile.PE) -> object:
    return pe.FILE_HEADER


def optional(pe: pefile.PE) -> object:
    return pe.OPTIONAL_HEADER


def named(name: bytes) -> Callable[[pefile.PE], object]:
    return lambda pe: section(pe, name)


def directory(index: int) -> Callable[[pefile.PE], object]:
    return lambda pe: pe.OPTIONAL_HEADER.DATA_DIRECTORY[index]


def renamed(old: bytes, new: bytes) -> Break:
    def apply(pe: pefile.PE) -> None:
        section(pe, old).Name = new.ljust(8, b"\0")
    return apply


def patched(name: bytes, offset: int, new: bytes) -> Break:
    """Other bytes in a section; a negative offset counts from the end of its padding."""
    def apply(pe: pefile.PE) -> bytes:
        found = section(pe, name)
        data = bytearray(pe.write())
        start = found.PointerToRawData + (offset if offset >= 0 else found.SizeOfRawData + offset)
        data[start:start + len(new)] = new
        return bytes(data)
    return apply


def in_headers(pe: pefile.PE) -> bytes:
    data = bytearray(pe.write())
    data[pe.OPTIONAL_HEADER.SizeOfHeaders - 1] = 1
    return bytes(data)


BREAKS: tuple[tuple[str, str, Break], ...] = (
    ("machine", "another machine", setting(file_header, "Machine", lambda old: old ^ 0xFF)),
    ("kind", "a boot service driver", setting(optional, "Subsystem", lambda _: 11)),
    ("kind", "RELOCS_STRIPPED", setting(file_header, "Characteristics", lambda old: old | gate.RELOCS_STRIPPED)),
    ("nx", "no NX_COMPAT", setting(optional, "DllCharacteristics", lambda old: old & ~gate.NX_COMPAT)),
    ("nx", "no DYNAMIC_BASE", setting(optional, "DllCharacteristics", lambda old: old & ~gate.DYNAMIC_BASE)),
    ("alignment", "512 byte sections", setting(optional, "SectionAlignment", lambda _: 0x200)),
    ("alignment", "a section inside a page", setting(named(b".sbat"), "VirtualAddress", lambda old: old + 0x10)),
    ("names", "two .reloc", renamed(b".osrel", b".reloc")),
    ("names", "no .sbat", renamed(b".sbat", b".sbax")),
    ("names", "no .ukipol", renamed(b".ukipol", b".ukipo")),
    ("names", "no .osrel", renamed(b".osrel", b".data2")),
    ("access", "writable code", setting(named(b".text"), "Characteristics", lambda old: old | gate.WRITE)),
    ("access", "executable policy", setting(named(b".ukipol"), "Characteristics", lambda old: old | gate.EXECUTE)),
    ("sizes", "an empty section", setting(named(b".osrel"), "Misc_VirtualSize", lambda _: 0)),
    ("sizes", "more in memory than in the file", setting(named(b".sbat"), "Misc_VirtualSize", lambda _: 0xF00)),
    ("sizes", "padding that is not NUL", patched(b".sbat", -1, b"x")),
    ("file_gaps", "a gap in the file", setting(named(b".sbat"), "PointerToRawData", lambda old: old + 0x200)),
    ("file_gaps", "a byte after the last section", lambda pe: pe.write() + b"\0"),
    ("memory_gaps", "a gap in memory", setting(named(b".ukipol"), "VirtualAddress", lambda old: old + 0x1000)),
    ("memory_gaps", "SizeOfImage too large", setting(optional, "SizeOfImage", lambda old: old + 0x1000)),
    ("reloc", "a directory beside .reloc", setting(directory(5), "VirtualAddress", lambda old: old + 4)),
    ("reloc", "a real relocation", patched(b".reloc", 8, b"\x10\xa0")),
    ("reloc", "a page outside of the image", patched(b".reloc", 0, b"\0\0\0\x80")),
    ("directories", "a debug directory", setting(directory(6), "Size", lambda _: 28)),
    ("symbols", "a symbol table", setting(file_header, "NumberOfSymbols", lambda _: 1)),
    ("symbols", "COFF relocations", setting(named(b".text"), "NumberOfRelocations", lambda _: 1)),
    ("entry", "an entry point in .sbat",
     lambda pe: setattr(pe.OPTIONAL_HEADER, "AddressOfEntryPoint", section(pe, b".sbat").VirtualAddress)),
    ("timestamp", "a time stamp", setting(file_header, "TimeDateStamp", lambda _: 1700000000)),
    ("file_size", "more than 160 KiB", lambda pe: pe.write() + bytes(gate.MAX_SIZE)),
    ("spare_headers", "something behind the section table", in_headers),
    ("sbat", "an .sbat of nobody", patched(b".sbat", 0, b"sbax")),
    ("osrel", "an .osrel without ID", patched(b".osrel", 0, b"XX=")),
    ("format", "not a PE image", lambda _: b"MZ"),
)


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: gate_selftest.py ARCH IMAGE", file=sys.stderr)
        return 2
    arch, good = sys.argv[1], Path(sys.argv[2]).read_bytes()
    failed = [f"the good image: {sentences}" for sentences in gate.judge(good, arch).values()]
    for name, what, apply in BREAKS:
        pe = pefile.PE(data=good, fast_load=True)
        bad = bytes(apply(pe) or pe.write())
        if name not in gate.judge(bad, arch):
            failed.append(f"{what}: nothing said about {name}")
    tried = {name for name, _, _ in BREAKS}
    failed += [f"no test breaks {check.__name__}" for check in gate.CHECKS
               if check.__name__.removeprefix("check_") not in tried]
    for line in failed:
        print(f"gates: {line}", file=sys.stderr)
    record("gates", len(BREAKS) + 1 - len(failed), len(failed))
    print(f"gates: {len(gate.CHECKS)} properties, broken in {len(BREAKS)} ways, {len(failed)} not seen")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
