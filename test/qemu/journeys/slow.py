# SPDX-License-Identifier: BSD-2-Clause
"""Firmware resets a machine whose loader is silent for five minutes. For `make soak`: reading takes longer."""

from __future__ import annotations

from rows.case import BASE, Booted, Case, Combination, Machine, Result, run
from rows.cases_slow import percentages, slow

SIZE, SPEED = 270_000_000, 500_000  # a busy host loses ticks of the emulated timer, and the watchdog waits longer


def _prepare(m: Machine) -> None:
    slow(m, SIZE, SPEED)


def _told(result: Result) -> None:
    steps = percentages(result, SPEED)
    assert len(steps) > 100 and steps == sorted(steps) and steps[-1] == 100, steps
    assert result.resets == 0


def test_reading_for_longer_than_the_watchdog_waits_is_told_and_boots() -> None:
    """No shim and no Secure Boot: an emulated machine takes as long again to hash such an image."""
    run(Case("slow_watchdog", _prepare, Booted(line=BASE, check=_told)), Combination(trust="off"))
