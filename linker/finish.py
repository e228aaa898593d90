# SPDX-License-Identifier: BSD-2-Clause
"""Finish the PE header of a firmware image: what objcopy has no switch for.

    finish.py IMAGE

Sets NX_COMPAT, DYNAMIC_BASE and HIGH_ENTROPY_VA (strict firmware maps the image by its section flags
only then), clears what depends on the day and the tools, makes .reloc discardable, renews the checksum.
linker/gate.py judges the result.
"""

import sys

import pefile

HIGH_ENTROPY_VA = 0x0020
DYNAMIC_BASE = 0x0040
NX_COMPAT = 0x0100

MEM_DISCARDABLE = 0x02000000
ALIGN_MASK = 0x00F00000  # means something in object files only


def finish(path: str) -> None:
    with open(path, "rb") as file:
        pe = pefile.PE(data=file.read(), fast_load=True)
    pe.FILE_HEADER.TimeDateStamp = 0
    optional = pe.OPTIONAL_HEADER
    optional.DllCharacteristics = NX_COMPAT | DYNAMIC_BASE | HIGH_ENTROPY_VA
    optional.MajorLinkerVersion = 0
    optional.MinorLinkerVersion = 0
    for section in pe.sections:
        section.Characteristics &= ~ALIGN_MASK
        if section.Name.rstrip(b"\0") == b".reloc":
            section.Characteristics |= MEM_DISCARDABLE
    optional.CheckSum = pe.generate_checksum()
    image = pe.write()
    with open(path, "wb") as file:
        file.write(image)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: finish.py IMAGE")
    finish(sys.argv[1])
