# SPDX-License-Identifier: BSD-2-Clause
"""Host and firmware agree: what `ukictl load` accepts, firmware starts, with the line that load said.

Several hundred UKIs, addons and policies, good and bad, each on a machine of its own; the tables are the modules of
this room. What load refuses and firmware would start is allowed only if ALONE has it, with the reason. Each case is
asked with the keys in db and through two shims, which have rules of their own. `make check` runs three in twenty of
them with db and one in twenty through each shim, chosen by their names, and all that alone.py names; `make soak` runs
every one.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from . import addons, ask, images, lines, policies, trust
from .alone import ALONE

# Through the shims always asked as well: what they, or stubs under them, do otherwise than without.
ALWAYS = ("without_cmdline", "pe_sections_one_more", "pe_file_alignment_1", "empty_osrel", "profile_empty",
          "picked_uname_empty",
          "policy_form_empty", "trust_key_sha384", "kernel_signed_zeros_in_memory", "sbat_grub_old",
          "gap_digest_of_sections")
CASES = [*images.CASES, *lines.CASES, *addons.CASES, *policies.CASES, *trust.CASES]


def _sample(trust: str, case: ask.Case) -> bool:
    of_hundred, always = (15, ()) if trust == "db" else (5, ALWAYS)
    return zlib.crc32(case.name.encode()) % 100 < of_hundred or case.name in (*ALONE[trust], *always)


CHOSEN = [(trust, case) for trust in ask.TRUSTS for case in CASES if os.environ.get("SOAK") or _sample(trust, case)]


@pytest.mark.parametrize("trust, case", CHOSEN, ids=[f"{trust}-{case.name}" for trust, case in CHOSEN])
def test_host_and_firmware_agree(trust: str, case: ask.Case, tmp_path: Path) -> None:
    """One case, asked twice."""
    host, firmware = ask.ask_both(case, trust, tmp_path)
    said = f"\nload: {host}\nfirmware: {firmware}"
    if host.starts:
        assert firmware.starts, f"load accepts what firmware refuses{said}"
        assert firmware.line == host.line, f"the kernel got another line than load said{said}"
    alone = case.name in ALONE[trust]
    named = "names" if alone else "does not name"
    assert alone == (firmware.starts and not host.starts), f"alone.py {named} this case{said}"


def test_every_case_has_its_own_name_and_alone_names_no_other() -> None:
    """Names are unique, there are enough of them, and alone.py names none that is not there."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    assert len(CASES) >= 200
    assert not {name for alone in ALONE.values() for name in alone} - set(names)
