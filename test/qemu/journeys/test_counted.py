# SPDX-License-Identifier: BSD-2-Clause
"""How often each byte of an image is touched: instructions from power-on to the kernel's first, less those of the stock
chain.

`make bench` counts whole boots of Linux; here the kernel is one that only reports, no shim hashes, and a further pass
over the image shows: 46 instructions a byte for a SHA-256 in C, 8 for a loop over bytes, 0.6 for a copy. What is there,
0.2, differs by 0.05 from run to run, and by 0.2 where others work on the same processors: Read follows the chain of
clusters, timers tick, and firmware looks at a disk without end until it has answered.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from cells import LINE, Cell, count  # noqa: E402  pylint: disable=wrong-import-position

# One worker has both handoffs, for the stock chain is counted once.
pytestmark = pytest.mark.xdist_group("counted")
SMALL, LARGE = 8, 40


@functools.cache
def slope(cell: Cell) -> tuple[float, str]:
    """Instructions for each further byte of the image, and the handoff."""
    small, large = count(replace(cell, mib=SMALL)), count(replace(cell, mib=LARGE))
    return (large.instructions - small.instructions) / (large.size - small.size), large.handoff


@pytest.mark.parametrize(("line", "handoff", "most"), [(LINE, "stub", 0.5), (f"{LINE} -- x", "kernel", 0.5)])
def test_no_byte_of_an_image_is_touched_more_often_than_its_handoff_needs(line: str, handoff: str, most: float) -> None:
    """Neither handoff makes a pass of its own: what the kernel handoff offers is compared as the kernel reads it."""
    stock, _ = slope(Cell("stock", 0, trust="db", kernel="tiny"))
    ours, taken = slope(Cell("ukiload", 0, trust="db", kernel="tiny", line=line))
    assert taken == handoff
    assert ours - stock < most, f"{ours - stock:.2f} instructions more for each byte of the image"
