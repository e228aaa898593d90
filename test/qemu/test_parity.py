# SPDX-License-Identifier: BSD-2-Clause
"""Runs the table of parity.py: each image by its own stub, and by ukiload in the stub's role."""

from __future__ import annotations

import pytest

import parity
from case import Combination
from parity import Boot, Row
from lab.tpm import Event

ROWS = parity.rows()


def _shown(events: list[Event]) -> str:
    return "\n".join(f"    {event}" for event in events)


def _same_events(ours: Boot, stock: Boot) -> None:
    """PCR 4 is for what was loaded, and that is looked at by itself."""
    for number in (n for n in range(24) if n != 4):
        got, want = ours.pcr(number), stock.pcr(number)
        assert got == want, f"PCR {number}:\n{_shown(got)}\ninstead of\n{_shown(want)}"


def _same_images(ours: Boot, stock: Boot) -> None:
    """Everything is loaded in the same order, ukiload before the UKI; the stock boot has the addon of the word."""
    got, want = [event.sha256 for event in ours.pcr(4)], [event.sha256 for event in stock.pcr(4)]
    assert got.count(ours.images[parity.LAUNCHER]) == 1
    got.remove(ours.images[parity.LAUNCHER])
    for path in set(stock.images) - set(ours.images):
        want.remove(stock.images[path])
    assert got == want, f"PCR 4:\n{_shown(ours.pcr(4))}\ninstead of\n{_shown(stock.pcr(4))}"


def _same_variables(ours: Boot, stock: Boot) -> None:
    got, want = ({name: data for name, data in boot.variables.items() if name not in parity.NAMES} for boot in (ours, stock))
    assert got == want
    assert ours.text("StubInfo").startswith("ukiload ")
    assert ours.text("StubInfo").endswith(f" as {stock.text('StubInfo')}")
    assert ours.number("StubFeatures") == (stock.number("StubFeatures") & ~parity.NOT_DONE) | parity.ADDED


def _same_system(ours: Boot, want: Boot) -> None:
    assert ours.cmdline == want.cmdline
    assert ours.files == want.files
    assert ours.output == want.output


def _took_the_role(ours: Boot) -> None:
    assert ours.status["result"] == ["started"] and ours.status["handoff"] == ["kernel"], ours.status
    assert ours.status["cmdline"] == [ours.cmdline]


@pytest.mark.parametrize("where, row", ROWS, ids=[f"{where}-{row.name}" for where, row in ROWS])
def test_row(where: Combination, row: Row) -> None:
    """Nobody can tell the two boots apart but by what the row names."""
    stock = parity.observe(f"{row.name}-stock", where, row.entry, row.prepare, *filter(None, [row.stock]))
    assert not stock.status, "ukiload ran in the stock boot"
    assert row.sanity(stock), "the stock boot lacks what this row is about"
    ours = parity.observe(f"{row.name}-ours", where, parity.ARMED, row.prepare, *filter(None, [row.ours]))
    _took_the_role(ours)
    want = row.differs(stock)
    _same_system(ours, want)
    _same_events(ours, want)
    _same_variables(ours, stock)
