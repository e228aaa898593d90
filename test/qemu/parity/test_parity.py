# SPDX-License-Identifier: BSD-2-Clause
"""Runs table.py: each image by its own stub, and by ukiload in the stub's role."""

from __future__ import annotations

import hashlib

import pytest

from lab import seal
from lab.tpm import Event
from rows.case import LAUNCHER, REFERENCE, Case, Combination, Refused, run
from . import table
from .boot import ADDED, NAMES, NOT_DONE, OLD_SEED, Boot, as_252, observe
from .table import Row

ROWS = table.rows()


def _shown(events: list[Event]) -> str:
    return "\n".join(f"    {event}" for event in events)


def _same_events(ours: Boot, stock: Boot, *but: int) -> None:
    """PCR 4 is for what was loaded, and that is looked at by itself."""
    for number in (n for n in range(24) if n != 4 and n not in but):
        got, want = ours.pcr(number), stock.pcr(number)
        assert got == want, f"PCR {number}:\n{_shown(got)}\ninstead of\n{_shown(want)}"


def _same_images(ours: Boot, stock: Boot) -> None:
    """Everything is loaded in the same order, but for ukiload, and addons that only one of the two boots has."""
    got, want = [event.sha256 for event in ours.pcr(4)], [event.sha256 for event in stock.pcr(4)]
    for path in {LAUNCHER, *(set(ours.images) - set(stock.images))}:
        got.remove(ours.images[path])
    for path in set(stock.images) - set(ours.images):
        want.remove(stock.images[path])
    instead = {digest: ours.images.get(path, digest) for path, digest in stock.images.items()}
    want = [instead.get(digest, digest) for digest in want]
    assert got == want, f"PCR 4:\n{_shown(ours.pcr(4))}\ninstead of\n{_shown(stock.pcr(4))}"


def _same_variables(ours: Boot, stock: Boot, info: str | None = None) -> None:
    got, want = ({name: data for name, data in boot.variables.items() if name not in NAMES} for boot in (ours, stock))
    assert got == want
    assert ours.text("StubInfo").startswith("ukiload ")
    assert ours.text("StubInfo").endswith(f" as {info or stock.text('StubInfo')}")
    assert ours.number("StubFeatures") == (stock.number("StubFeatures") & ~NOT_DONE) | ADDED


def _same_system(ours: Boot, want: Boot) -> None:
    assert ours.cmdline == want.cmdline
    assert ours.files == want.files
    assert ours.output == want.output
    assert len(ours.seed) == len(want.seed)
    assert OLD_SEED not in (ours.seed, want.seed), "the random seed is still the old one"


def _took_the_role(ours: Boot) -> None:
    assert ours.status["result"] == ["started"] and ours.status["handoff"] == ["kernel"], ours.status
    escaped = ours.cmdline.encode().decode("ascii", "backslashreplace")  # as UkiloadStatus has it
    assert ours.status["cmdline"] == [escaped]


@pytest.mark.parametrize("where, row", ROWS, ids=[f"{where}-{row.name}" for where, row in ROWS])
def test_row(where: Combination, row: Row) -> None:
    """Nobody can tell the two boots apart but by what the row names."""
    stock = observe(f"{row.name}-stock", where, row.entry, row.prepare, *filter(None, [row.stock]), linux=row.linux)
    assert not stock.status, "ukiload ran in the stock boot"
    assert row.sanity(stock), "the stock boot lacks what this row is about"
    assert stock.output == (row.output if row.linux else ())
    ours = observe(f"{row.name}-ours", where, row.armed, row.prepare, *filter(None, [row.ours]), linux=row.linux)
    _took_the_role(ours)
    want = row.differs(stock)
    _same_system(ours, want)
    _same_events(ours, want, *row.but)
    _same_images(ours, want)
    _same_variables(ours, want, row.info)
    if row.newer and where == REFERENCE:
        _as_newer_stub(ours, row)


def _as_newer_stub(ours: Boot, row: Row) -> None:
    """Where the image's own stub cannot do it: as a newer one does it with the same sections and addons."""
    assert row.newer
    newer = observe(f"{row.name}-newer", REFERENCE, row.entry, row.newer, *filter(None, [row.ours]),
                    linux=row.linux)
    assert not newer.status
    want, got = as_252(newer), as_252(ours)
    _same_system(got, want)
    _same_events(got, want)


def test_overlapping_sections_are_refused_with_what_made_them() -> None:
    """The recipe on a machine whose awk is mawk: nothing is started, and the sentence says what made such an image."""
    case = Case("parity_mawk", table.by_mawk, Refused(
        "overlap in memory", shown=["the objcopy recipe with mawk makes such images: use ukify or gawk"]))
    run(case, REFERENCE)


def test_a_sealed_secret_opens_in_the_role_of_the_stub() -> None:
    """What is sealed to a signed PCR 11 policy opens when ukiload took the stub's role, and only with that PCR 11."""
    for name, entry in (("stock", "good.efi"), ("ours", table.ARMED)):
        # 252 does not see the addon; ukiload has to take the stub's role for it.
        boot = observe(f"sealed-{name}", REFERENCE, entry, table.sealed, table.kdump, linux=True)
        assert boot.status.get("handoff") == (["kernel"] if name == "ours" else None)
        assert boot.output == (f"key {hashlib.sha256(seal.key_section()).hexdigest()}", f"opened {seal.SECRET}",
                               "moved on",
                               "command 0000016a ended with 000001c4"), f"{boot.output}\n{_shown(boot.pcr(11))}"
