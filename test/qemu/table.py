# SPDX-License-Identifier: BSD-2-Clause
"""The one table: every combination, every case, and what it must come to. `python3 test/qemu/table.py` prints it.

Every row runs on the reference; the smoke rows on every named combination. Where a combination decides
otherwise, an exception below, or the row itself, says how.
"""

from __future__ import annotations

import importlib

from case import REFERENCE, Booted, Case, Combination, Expected, Refused, Unbootable

COMBINATIONS = [Combination(firmware, trust, sdboot)
                for firmware in ("ovmf12", "ovmf13", "ovmf13nx")
                for trust in ("shim161", "shim158", "db", "off")
                for sdboot in ("252", "257")]

# Each holds CASES, a list of rows.
MODULES = ("cases_addons", "cases_policy", "cases_images", "cases_requests", "cases_starts", "cases_sidecars")


def _cases() -> list[Case]:
    found: list[Case] = []
    for name in MODULES:
        try:
            found += importlib.import_module(name).CASES
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    names = [case.name for case in found]
    assert len(set(names)) == len(names), f"two rows of one name: {sorted(n for n in names if names.count(n) > 1)}"
    return found


CASES = _cases()

# (combination pattern parts, what happens there instead); the first that fits counts.
EXCEPTIONS: list[tuple[dict[str, str], Expected]] = []


def expected(combination: Combination, case: Case) -> Expected:
    """What that row comes to on that combination."""
    for where, result in EXCEPTIONS:
        if all(getattr(combination, key) == value for key, value in where.items()):
            return result
    return case.expected(combination)


def rows() -> list[tuple[Combination, Case, Expected]]:
    """Everything that runs, the reference first."""
    found = [(REFERENCE, case, expected(REFERENCE, case)) for case in CASES]
    for combination in COMBINATIONS:
        if combination != REFERENCE:
            found += [(combination, case, expected(combination, case)) for case in CASES if case.smoke]
    return found


def _print() -> None:
    for combination, case, result in rows():
        print(f"{combination}-{case.name}")
        if isinstance(result, Booted):
            print(f"    boots {result.uki}: {result.line}")
            for path in result.admitted:
                print(f"    + {path}")
            for path, why in {**result.refused, **result.left_out, **result.skipped}.items():
                print(f"    - {path}: {why}")
        elif isinstance(result, Refused):
            print(f"    refused, then {result.then}: {result.reason}")
        elif isinstance(result, Unbootable):
            print(f"    does not reach ukiload: {result.why}")


if __name__ == "__main__":
    _print()
