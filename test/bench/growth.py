# SPDX-License-Identifier: BSD-2-Clause
"""With what a start grows: UKIs in the folder, rules of the policy, length of the line; then reads, and memory.

The kernel is one that only reports and the key is in db, so that nothing else is in the numbers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cells
from cells import Cell
from lab.monitor import Monitor

PLAIN = Cell("ukiload", 1, trust="db", kernel="tiny")
IMAGES, RULES, LINES = (1, 8, 64), (1, 16, 256), (10, 200, 2000)
STEP, MOST = 4, 1024  # MiB


@dataclass(frozen=True)
class Grown:
    """One point of a series: what grows, how much of it there is, and the two boots."""

    what: str
    value: int
    ours: Cell

    @property
    def stock(self) -> Cell:
        """The same machine without ukiload; its boot asks nobody for rules."""
        return replace(self.ours, way="stock", rules=0)


def series() -> list[Grown]:
    """All of them."""
    return [*(Grown("UKIs in the folder", n, replace(PLAIN, images=n)) for n in IMAGES),
            *(Grown("rules of the policy", n, replace(PLAIN, rules=n)) for n in RULES),
            *(Grown("bytes of the signed line", n, replace(PLAIN, line="x=".ljust(n, "x"))) for n in LINES)]


@dataclass(frozen=True)
class Reads:
    """What was asked of the disk until the kernel ran."""

    operations: int
    bytes: int


def reads(cell: Cell) -> Reads:
    """Of one boot."""
    seen, asked = Reads(0, 0), 0.0

    def look(monitor: Monitor) -> None:
        nonlocal seen, asked
        if time.monotonic() - asked > 0.2:  # an answer is a tick as well
            asked = time.monotonic()
            monitor.count_blocks()
        for item in monitor.blocks:
            stats = item.get("stats")
            if item.get("device") == "disk" and isinstance(stats, dict):
                seen = Reads(stats["rd_operations"], stats["rd_bytes"])

    cells.count(cell, on_tick=look)
    return seen


def _boots(cell: Cell, mib: int) -> bool:
    chain = cells.machine(cell, cells.image(cell, "db"))
    chain.name += f"-m{mib}"
    chain.fake_clock, chain.timeout, chain.until, chain.grace = False, 60, "(?i)refused|out of (memory|resources)", 0
    chain.extra_args = ["-m", str(mib)]
    result = chain.boot()
    result.disk.path.unlink()
    return result.booted


def smallest_memory(cell: Cell) -> int:
    """MiB of memory with which it still boots, to STEP."""
    low, high = 0, MOST // STEP
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _boots(cell, middle * STEP) else (middle, high)
    return high * STEP


def pairs(mibs: Sequence[int]) -> list[tuple[int, Cell, Cell]]:
    """Size, stock and ukiload."""
    return [(mib, replace(PLAIN, way="stock", mib=mib), replace(PLAIN, mib=mib)) for mib in mibs]
