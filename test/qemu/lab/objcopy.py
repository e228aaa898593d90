# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images as people made them before ukify: objcopy adds sections to a stub.

Where each section goes must be computed, and the recipe that everybody copies does so with gawk's
strtonum(). Another awk has no such function, prints nothing, and the sections start at address 0:
over those of the stub. objcopy does not mind, and neither does sbsign.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import boot_images, cache
from .uki import Content, as_file

ALIGNMENT = 0x1000  # SectionAlignment of systemd's stubs


def image(sections: Sequence[tuple[str, Content]], *, stub: str = "stub252", sign: str | None = "mok",
          awk: str = "gawk") -> Path:
    """An image of a stub and these sections, in this order; awk: whose arithmetic decides where they go."""
    base = boot_images.image(stub)
    start = 0 if awk == "mawk" else _end(base)
    words: list[str] = []
    inputs: list[Path | bytes | str] = ["objcopy", base, awk]
    for name, content in sections:
        file = as_file(content)
        start += ALIGNMENT - start % ALIGNMENT  # as the recipe has it: a whole page more where none is needed
        words += ["--add-section", f"{name}={file}", "--change-section-vma", f"{name}={start:#x}"]
        inputs += [name, file]
        start += file.stat().st_size

    def make(out: Path) -> None:
        _run(["objcopy", *words, str(base), str(out)])

    made = cache.build("objcopy.efi", inputs, make)
    return boot_images.sign(made, sign) if sign else made


def _run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _end(stub: Path) -> int:
    """Where the last section of the stub ends; objdump adds the image's base, which objcopy takes off again."""
    rows = [line.split() for line in _run(["objdump", "-h", str(stub)]).splitlines()]
    size, address = next((row[2], row[3]) for row in reversed(rows) if len(row) == 7 and row[0].isdigit())
    return int(size, 16) + int(address, 16)
