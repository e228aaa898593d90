# SPDX-License-Identifier: BSD-2-Clause
"""The one table: every combination, every case, and what it must come to. `PYTHONPATH=test/qemu python3 -m rows.table`
prints it.

Every row runs on the reference; the smoke rows on every named combination. Where a combination decides
otherwise the row says how: its `expect` is then a function of the combination.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence

from .case import REFERENCE, Booted, Case, Combination, Expected, Refused

COMBINATIONS = [Combination(firmware, trust, sdboot)
                for firmware in ("ovmf12", "ovmf13", "ovmf13nx")
                for trust in ("shim161", "shim158", "db", "off")
                for sdboot in ("252", "257")]
# systemd-boot of Debian 12's backports and of sid: with the reference's firmware, in `make soak` with each.
COMBINATIONS += [Combination(firmware, trust, sdboot)
                 for firmware in (("ovmf12", "ovmf13", "ovmf13nx") if "SOAK" in os.environ else ("ovmf13",))
                 for trust in ("shim161", "db")
                 for sdboot in ("254", "262")]

# Machines for arm64, and what of them `make check` boots: with each kind of trust, each systemd-boot, each stub and
# handoff, Linux twice. `make soak` boots every row on the first, and the smoke rows on all.
ARM64: dict[Combination, Sequence[str]] = {
    Combination("aavmf13"): ["addon_signatures"],
    Combination("aavmf13", "shim161", "262"): ["overlay_file_own_262"],
    Combination("aavmf13", "db"): ["stub252_addon"],
    Combination("aavmf13", "db", "262"): [],
    Combination("aavmf13", "off"): ["addon_picked_refused"],
    Combination("aavmf13", "off", "262"): ["addon_order"],
    Combination("aavmf13nx"): ["addon_order"],
    Combination("aavmf13nx", "shim161", "262"): [],
}

# Firmware that is older or newer: which rows `make check` boots on it. `make soak` boots the smoke rows on all.
OTHERS: dict[Combination, Sequence[str]] = {
    Combination("ovmf11"): [],
    Combination("ovmf11", "db"): [],
    Combination("ovmfsid"): ["addon_order"],
    Combination("ovmfsidnx", "db", "262"): ["addon_order"],
    Combination("aavmf12"): [],
    Combination("aavmfsid"): ["addon_order"],
    Combination("aavmfsidnx", "db", "262"): [],
}
SAMPLED = {**ARM64, **OTHERS}

# Each holds CASES, a list of rows.
MODULES = ("cases_addons", "cases_policy", "cases_images", "cases_requests", "cases_starts", "cases_sidecars",
           "cases_trees",
           "cases_story", "cases_overlay", "cases_signing", "cases_once", "cases_place",
           "cases_disks", "cases_network", "cases_slow", "cases_broken", "cases_limits",
           "cases_tpm")


def _cases() -> list[Case]:
    found = [case for name in MODULES for case in importlib.import_module(f"{__package__}.{name}").CASES]
    names = [case.name for case in found]
    assert len(set(names)) == len(names), f"two rows of one name: {sorted(n for n in names if names.count(n) > 1)}"
    return found


CASES = _cases()


def _sampled(case: Case, combination: Combination) -> bool:
    if "SOAK" in os.environ and not case.x64:
        return case.smoke or combination == Combination("aavmf13")
    return case.name in SAMPLED[combination]


def rows() -> list[tuple[Combination, Case, Expected]]:
    """Everything that runs, the reference first."""
    found = [(REFERENCE, case) for case in CASES]
    everywhere = dict.fromkeys([*COMBINATIONS, *(combination for case in CASES for combination in case.also)])
    found += [(combination, case) for combination in everywhere if combination != REFERENCE
              for case in CASES if (case.smoke and combination in COMBINATIONS) or combination in case.also]
    found += [(combination, case) for combination in SAMPLED for case in CASES if _sampled(case, combination)]
    return [(combination, case, case.expected(combination)) for combination, case in found]


def _print() -> None:
    for combination, case, result in rows():
        print(f"{combination}-{case.name}")
        if isinstance(result, Booted):
            print(f"    boots {result.uki}: {result.line}")
            for path in result.admitted:
                print(f"    + {path}")
            for path, why in {**result.skipped, **result.refused, **result.left_out}.items():
                print(f"    - {path}: {why}")
        elif isinstance(result, Refused):
            print(f"    refused, then {result.then}: {result.reason}")


if __name__ == "__main__":
    _print()
