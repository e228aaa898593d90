# SPDX-License-Identifier: BSD-2-Clause
"""Whose instructions those of a boot are: blocks.c says which blocks of instructions ran, and a block whose bytes stand
in one image says where that image lay. What lies in none of them is firmware, and in the upper half of the addresses
Linux.

A string instruction counts each of its rounds, and a block that was left early counts whole: the sums are some percent
more than QEMU's clock says, the same in every run.
"""

from __future__ import annotations

import bisect
import collections
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

KERNEL_HALF, FAR = 1 << 47, 1 << 36
LONG = 40  # bytes of a block that is enough to know an image by
SURE = 20  # blocks that must agree about where it lay
# Functions with which a step of a start begins, and what is done in it.
STEPS = {
    "efi_main": "says who it is, looks for shim, reads the request and its own policy",
    "locate_and_try": "finds the image",
    "reload_try": "reads the image",
    "gather_addons": "reads the addons",
    "plan_make": "judges the file",
    "trust_load": "LoadImage of the image",
    "plan_settle": "judges it as loaded, LoadImage of each addon",
    "handoff_stub_serve": "serves what the stub will see",
    "overlay_proof": "looks at it as the stub will, and starts it",
}


@dataclass(frozen=True)
class Block:
    """A block of instructions that ran."""

    at: int
    instructions: int  # all its runs together
    first: int  # instructions of all that ran before it
    code: bytes


def plugin(folder: Path) -> Path:
    """blocks.c, compiled."""
    made = folder / "blocks.so"
    source = Path(__file__).with_name("blocks.c")
    subprocess.run(["gcc", "-O2", "-fPIC", "-shared", "-o", str(made), str(source)], check=True)
    return made


def blocks(file: Path) -> list[Block]:
    """What the plugin wrote."""
    found = []
    for line in file.read_text().splitlines():
        at, size, runs, first, code = (line + " ").split(" ")[:5]
        found.append(Block(int(at, 16), int(size) * int(runs), int(first), bytes.fromhex(code)))
    return found


def loaded(data: bytes) -> bytes:
    """A PE file as it lies in memory."""
    pe = struct.unpack_from("<I", data, 0x3C)[0]
    count, optional = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
    memory = bytearray(struct.unpack_from("<I", data, pe + 24 + 56)[0])
    for number in range(count):
        size, at, raw_size, raw = struct.unpack_from("<IIII", data, pe + 24 + optional + 40 * number + 8)
        piece = data[raw:raw + min(size, raw_size)]
        memory[at:at + len(piece)] = piece
    return bytes(memory)


def places(ran: list[Block], image: bytes) -> Iterator[int]:
    """Where an image lay: each place that many blocks agree about."""
    votes: collections.Counter[int] = collections.Counter()
    for block in ran:
        if len(block.code) > LONG and block.at < FAR:
            at = image.find(block.code)
            if at >= 0 and image.find(block.code, at + 1) < 0:
                votes[block.at - at] += 1
    return (place for place, count in votes.most_common(4) if count > SURE)


class Owners:
    """Instructions by owner, and those of one image by where they lie in it."""

    def __init__(self, ran: list[Block], images: Mapping[str, Path]) -> None:
        memory = {name: loaded(path.read_bytes()) for name, path in images.items()}
        spans = [(place, place + len(data), name) for name, data in memory.items() for place in places(ran, data)]
        self.total: collections.Counter[str] = collections.Counter()
        self.inside: dict[str, collections.Counter[int]] = {name: collections.Counter() for name in images}
        self.began: dict[str, dict[int, int]] = {name: {} for name in images}  # where in the image -> first run
        for block in ran:
            owner = next(((name, block.at - low) for low, high, name in spans if low <= block.at < high), None)
            if owner:
                self.inside[owner[0]][owner[1]] += block.instructions
                began = self.began[owner[0]]
                began[owner[1]] = min(block.first, began.get(owner[1], block.first))
            self.total[owner[0] if owner else "Linux" if block.at >= KERNEL_HALF else "firmware"] += block.instructions

    def functions(self, name: str, elf: Path) -> collections.Counter[str]:
        """Instructions of one image by its functions."""
        symbols = Symbols(elf)
        found: collections.Counter[str] = collections.Counter()
        for at, instructions in self.inside[name].items():
            found[symbols.at(at)] += instructions
        return found

    def phases(self, name: str, elf: Path, after: str) -> list[tuple[str, int]]:
        """What all owners together executed from the first run of each of STEPS of an image to the next one's, the last
        to the first run of the image `after`. A step that did not run is left out."""
        symbols, first = Symbols(elf), {}
        for at, began in self.began[name].items():
            step = symbols.at(at)
            first[step] = min(began, first.get(step, began))
        marks = sorted((first[step], said) for step, said in STEPS.items() if step in first)
        ends = [*(mark for mark, _ in marks[1:]), min(self.began[after].values())]
        return [(said, end - mark) for (mark, said), end in zip(marks, ends, strict=True)]


class Symbols:
    """Where the functions of a program lie."""

    def __init__(self, elf: Path) -> None:
        told = subprocess.run(["nm", "-n", str(elf)], capture_output=True, text=True, check=True).stdout
        words = [line.split() for line in told.splitlines()]
        self._symbols = [(int(word[0], 16), word[2]) for word in words if word[1] in "tT"]
        self._starts = [at for at, _ in self._symbols]

    def at(self, address: int) -> str:
        """The function there."""
        return self._symbols[max(0, bisect.bisect_right(self._starts, address) - 1)][1]
