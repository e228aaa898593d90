# SPDX-License-Identifier: BSD-2-Clause
"""Does a firmware image satisfy firmware, shim, strict NX mapping and packagers?

    gate.py ARCH IMAGE      0 and one line if it does; 1 and a sentence for each broken property if not

Every build of the image passes through here. The rules are those of the PE format as EDK2 and shim 16
apply it, plus what this project promises about its image (size, reproducibility, sections). The image
is judged as it is built, before it is signed. gate_selftest.py breaks each property and looks on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pefile

MAX_SIZE = 160 * 1024
PAGE = 0x1000
MACHINES = {"x86_64": 0x8664, "aarch64": 0xAA64}
SUBSYSTEM_EFI_APPLICATION = 10
NX_COMPAT, DYNAMIC_BASE = 0x0100, 0x0040
RELOCS_STRIPPED, EXECUTABLE, DLL = 0x0001, 0x0002, 0x2000
EXECUTE, READ, WRITE = 0x20000000, 0x40000000, 0x80000000
BASERELOC = 5
HEADER_SIZE = 40
SPARE_HEADERS = 4
ACCESS = {
    ".text": READ | EXECUTE, ".rodata": READ, ".data": READ | WRITE, ".sbat": READ, ".osrel": READ,
    ".reloc": READ, ".ukipol": READ,
}
NEEDED = (".text", ".sbat", ".osrel", ".reloc", ".ukipol")

Check = Callable[["Image"], Iterator[str]]


class Image:
    """A parsed image; sections by position, because names may repeat in a broken one."""

    def __init__(self, data: bytes, arch: str) -> None:
        self.data = data
        self.arch = arch
        self.pe = pefile.PE(data=data, fast_load=True)
        self.file = self.pe.FILE_HEADER
        self.optional = self.pe.OPTIONAL_HEADER
        self.sections = [(s.Name.rstrip(b"\0").decode("latin-1"), s) for s in self.pe.sections]

    def text(self, name: str) -> bytes | None:
        """What a reader of the section gets: exactly VirtualSize bytes."""
        for found, section in self.sections:
            if found == name:
                start = section.PointerToRawData
                return self.data[start:start + section.Misc_VirtualSize]
        return None

    def directory(self, index: int) -> tuple[int, int]:
        entry = self.optional.DATA_DIRECTORY[index]
        return entry.VirtualAddress, entry.Size


def page_up(value: int) -> int:
    return (value + PAGE - 1) & ~(PAGE - 1)


def check_machine(image: Image) -> Iterator[str]:
    want = MACHINES[image.arch]
    if image.file.Machine != want:
        yield f"the machine is {image.file.Machine:#x}, but {image.arch} is {want:#x}"


def check_kind(image: Image) -> Iterator[str]:
    flags = image.file.Characteristics
    if image.optional.Magic != 0x20B or image.optional.Subsystem != SUBSYSTEM_EFI_APPLICATION:
        yield "it is not a PE32+ image of subsystem EFI application"
    if flags & RELOCS_STRIPPED or flags & DLL or not flags & EXECUTABLE:
        yield f"the file characteristics {flags:#x} must have EXECUTABLE, not DLL, not RELOCS_STRIPPED"


def check_nx(image: Image) -> Iterator[str]:
    want = NX_COMPAT | DYNAMIC_BASE
    if image.optional.DllCharacteristics & want != want:
        yield f"DllCharacteristics {image.optional.DllCharacteristics:#x} lack NX_COMPAT or DYNAMIC_BASE"


def check_alignment(image: Image) -> Iterator[str]:
    if image.optional.SectionAlignment != PAGE:
        yield f"SectionAlignment is {image.optional.SectionAlignment:#x}, not 4 KiB"
    for name, section in image.sections:
        if section.VirtualAddress % PAGE:
            yield f"{name} begins at {section.VirtualAddress:#x}, not at a page of its own"


def check_names(image: Image) -> Iterator[str]:
    names = [name for name, _ in image.sections]
    for name in NEEDED:
        if names.count(name) != 1:
            yield f"there must be exactly one {name}, not {names.count(name)}"
    for name in sorted(set(names)):
        if name not in ACCESS:
            yield f"section {name!r} does not belong here"
        elif names.count(name) > 1 and name not in NEEDED:
            yield f"there is more than one {name}"


def check_access(image: Image) -> Iterator[str]:
    for name, section in image.sections:
        access = section.Characteristics & (READ | WRITE | EXECUTE)
        if access & WRITE and access & EXECUTE:
            yield f"{name} is writable and executable"
        elif name in ACCESS and access != ACCESS[name]:
            yield f"{name} has access {access:#x} instead of {ACCESS[name]:#x}"


def check_sizes(image: Image) -> Iterator[str]:
    for name, section in image.sections:
        size, raw = section.Misc_VirtualSize, section.SizeOfRawData
        if size == 0:
            yield f"{name} is empty: shim refuses such an image"
        elif not 0 <= raw - size < image.optional.FileAlignment:
            yield f"{name} has {raw} bytes in the file for {size} in memory: more than padding"
        elif any(image.data[section.PointerToRawData + size:section.PointerToRawData + raw]):
            yield f"{name} is padded with something else than NUL"


def check_file_gaps(image: Image) -> Iterator[str]:
    end = image.optional.SizeOfHeaders
    for name, section in image.sections:
        if section.PointerToRawData != end:
            yield f"{name} begins at file offset {section.PointerToRawData:#x}, but {end:#x} is where it must"
        end = section.PointerToRawData + section.SizeOfRawData
    if len(image.data) != end:
        yield f"the file has {len(image.data)} bytes, but the last section ends at {end}"


def check_memory_gaps(image: Image) -> Iterator[str]:
    end = page_up(image.optional.SizeOfHeaders)
    for name, section in image.sections:
        if section.VirtualAddress != end:
            yield f"{name} begins at address {section.VirtualAddress:#x}, but {end:#x} is where it must"
        end = page_up(section.VirtualAddress + section.Misc_VirtualSize)
    if image.optional.SizeOfImage != end:
        yield f"SizeOfImage is {image.optional.SizeOfImage:#x}, but the last section ends at {end:#x}"


def check_reloc(image: Image) -> Iterator[str]:
    here = [(s.VirtualAddress, s.Misc_VirtualSize) for name, s in image.sections if name == ".reloc"]
    if image.optional.NumberOfRvaAndSizes <= BASERELOC or image.directory(BASERELOC) not in here:
        yield "the base relocation directory is not what .reloc is"
    block = image.text(".reloc") or b""
    if len(block) != 12 or int.from_bytes(block[4:8], "little") != 12 or any(block[8:]):
        yield ".reloc must be one block of 12 bytes that relocates nothing"
    elif not 0 < int.from_bytes(block[:4], "little") < image.optional.SizeOfImage:
        yield ".reloc names a page outside of the image: EDK2 refuses that"


def check_directories(image: Image) -> Iterator[str]:
    for index in range(min(image.optional.NumberOfRvaAndSizes, len(image.optional.DATA_DIRECTORY))):
        if index != BASERELOC and image.directory(index) != (0, 0):
            yield f"data directory {index} is in use; only base relocations (5) may be"


def check_symbols(image: Image) -> Iterator[str]:
    if image.file.PointerToSymbolTable or image.file.NumberOfSymbols:
        yield "there is a symbol table: sbverify warns, and tools disagree about the digest"
    for name, section in image.sections:
        if section.NumberOfRelocations or section.PointerToRelocations or section.NumberOfLinenumbers:
            yield f"{name} has COFF relocations or line numbers"


def check_entry(image: Image) -> Iterator[str]:
    entry = image.optional.AddressOfEntryPoint
    inside = [name for name, s in image.sections
              if s.VirtualAddress <= entry < s.VirtualAddress + s.Misc_VirtualSize]
    if inside != [".text"]:
        yield f"the entry point {entry:#x} must be in .text alone, not in {', '.join(inside) or 'no section'}"


def check_timestamp(image: Image) -> Iterator[str]:
    if image.file.TimeDateStamp:
        yield f"the time stamp is {image.file.TimeDateStamp}, not 0: builds would differ"


def check_file_size(image: Image) -> Iterator[str]:
    if len(image.data) > MAX_SIZE:
        yield f"it has {len(image.data)} bytes, more than {MAX_SIZE}"


def check_spare_headers(image: Image) -> Iterator[str]:
    table = image.optional.get_file_offset() + image.file.SizeOfOptionalHeader
    end = table + HEADER_SIZE * image.file.NumberOfSections
    rest = image.data[end:image.optional.SizeOfHeaders]
    if len(rest) < SPARE_HEADERS * HEADER_SIZE or any(rest):
        yield f"there is no empty room for {SPARE_HEADERS} more section headers, which packagers need"


def check_sbat(image: Image) -> Iterator[str]:
    lines = (image.text(".sbat") or b"").split(b"\n")
    if not lines[0].startswith(b"sbat,1,") or lines[-1] or not any(l.startswith(b"ukiload,") for l in lines):
        yield ".sbat must begin with the sbat line, name ukiload and end with a newline"


def check_osrel(image: Image) -> Iterator[str]:
    keys = [line.split(b"=")[0] for line in (image.text(".osrel") or b"").splitlines()]
    if not {b"ID", b"PRETTY_NAME", b"VERSION_ID"} <= set(keys):
        yield ".osrel lacks ID, PRETTY_NAME or VERSION_ID: systemd-boot would show no entry"


CHECKS: tuple[Check, ...] = (
    check_machine, check_kind, check_nx, check_alignment, check_names, check_access, check_sizes,
    check_file_gaps, check_memory_gaps, check_reloc, check_directories, check_symbols, check_entry,
    check_timestamp, check_file_size, check_spare_headers, check_sbat, check_osrel,
)


def judge(data: bytes, arch: str) -> dict[str, list[str]]:
    """Broken properties: the name of the check and its sentences."""
    try:
        image = Image(data, arch)
    except pefile.PEFormatError as error:
        return {"format": [f"it is not a PE image: {error}"]}
    found = {check.__name__.removeprefix("check_"): list(check(image)) for check in CHECKS}
    return {name: sentences for name, sentences in found.items() if sentences}


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[1] not in MACHINES:
        print(f"usage: gate.py {'|'.join(MACHINES)} IMAGE", file=sys.stderr)
        return 2
    path = Path(sys.argv[2])
    data = path.read_bytes()
    broken = judge(data, sys.argv[1])
    for sentences in broken.values():
        for sentence in sentences:
            print(f"gate: {path.name}: {sentence}", file=sys.stderr)
    if broken:
        return 1
    print(f"gate: {path.name}: {len(CHECKS)} properties hold, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
