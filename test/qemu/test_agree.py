# SPDX-License-Identifier: BSD-2-Clause
"""Host and firmware agree: what `ukictl load` accepts, firmware starts, with the line that load said.

Several hundred UKIs, addons and policies, good and bad, each on a machine of its own; the tables are agree_*.py. What load refuses
and firmware would start is allowed only if ALONE has it, with the reason. `make check` runs two in ten of them, chosen by their
names, and all that agree_alone.py names; `make soak` runs every one.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

import agree
import agree_addons
import agree_images
import agree_lines
import agree_policies
from agree_alone import ALONE

CASES = [*agree_images.CASES, *agree_lines.CASES, *agree_addons.CASES, *agree_policies.CASES]


def _sample(case: agree.Case) -> bool:
    return zlib.crc32(case.name.encode()) % 10 < 2 or case.name in ALONE


CHOSEN = CASES if os.environ.get("SOAK") else [case for case in CASES if _sample(case)]


@pytest.mark.parametrize("case", CHOSEN, ids=[case.name for case in CHOSEN])
def test_agree(case: agree.Case, tmp_path: Path) -> None:
    """One case, asked twice."""
    host, firmware = agree.ask_both(case, tmp_path)
    said = f"\nload: {host}\nfirmware: {firmware}"
    if host.starts:
        assert firmware.starts, f"load accepts what firmware refuses{said}"
        assert firmware.line == host.line, f"the kernel got another line than load said{said}"
    assert (case.name in ALONE) == (firmware.starts and not host.starts), \
        f"ALONE {'names this case' if case.name in ALONE else 'does not name this case'}{said}"


def test_table() -> None:
    """Names are unique, there are enough of them, and agree_alone.py names none that is not there."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    assert len(CASES) >= 200
    assert not set(ALONE) - set(names)
