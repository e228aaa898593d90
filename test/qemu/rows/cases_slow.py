# SPDX-License-Identifier: BSD-2-Clause
"""Slow media: a disk that gives so many bytes in a second."""

from __future__ import annotations

import re

from lab import Result
from .case import BASE, Booted, Case, Machine

SPEED = 2_000_000
_LINE = re.compile(r"\r  reading  (\d+) % of (\d+) MB, (\d+\.\d) MB/s *")


def slow(m: Machine, size: int, speed: int = SPEED, cmdline: str = BASE) -> None:
    """A UKI of that many bytes, most of which nothing looks at, on a slow disk."""
    m.uki(sections={".filling": bytes(size)}, cmdline=cmdline)
    m.chain.read_speed = speed
    m.chain.timeout = 120 + 2 * size // speed
    m.chain.esp_mib = 160 + size // 1_000_000
    m.chain.memory_mib += 3 * size // 1_000_000


def percentages(result: Result, speed: int = SPEED) -> list[int]:
    """What the line that tells of reading said, one after the other."""
    text = (result.run_dir / "serial.log").read_bytes().decode(errors="replace")  # with what ends its lines
    steps = list(_LINE.finditer(text))
    assert steps, "there is no line that says how far reading is"
    told = text[steps[0].start():steps[-1].end()]
    assert "\n" not in told and _LINE.sub("", told) == "", f"it is not one line, or has something else in it: {told!r}"
    assert text[steps[-1].end():].startswith("\r\n"), "it is not ended"
    # A busy host loses ticks of the emulated timer, and such a second is a long one.
    assert all(0.3 < float(step[3]) * 1e6 / speed < 4 for step in steps), told
    return [int(step[1]) for step in steps]


def _told(result: Result) -> None:
    steps = percentages(result)
    assert 3 <= len(steps) <= 8 and steps == sorted(set(steps)) and steps[-1] == 100, steps


def _silent(result: Result) -> None:
    assert "reading" not in result.raw, result.tail()


CASES = [
    Case("slow_disk", lambda m: slow(m, 10_000_000), Booted(line=BASE, check=_told)),
    Case("slow_disk_silent", lambda m: (slow(m, 4_000_000), m.request("ukiload.log=error"))[1],
         Booted(line=BASE, status={"id": "one"}, last={"id": "one", "result": "started"}, check=_silent)),
]
