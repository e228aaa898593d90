# SPDX-License-Identifier: BSD-2-Clause
"""Runs the table, one boot a row."""

from __future__ import annotations

import pytest

from . import case, table

ROWS = table.rows()


@pytest.mark.parametrize("row", ROWS, ids=[f"{combination}-{item.name}" for combination, item, _ in ROWS])
def test_row(row: tuple[case.Combination, case.Case, case.Expected]) -> None:
    """The machine does what its row says."""
    combination, item, expected = row
    if combination.missing:
        pytest.skip(combination.missing)
    case.run(item, combination, expected)
