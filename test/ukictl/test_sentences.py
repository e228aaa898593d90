# SPDX-License-Identifier: BSD-2-Clause
"""Refusals can be found. Those of the QEMU table as its rows expect them; conftest asks the same of every sentence that
ukictl says when it fails in these tests."""

from __future__ import annotations

import re

import sentences
from rows import table
from rows.expected import Refused


def _expected() -> list[str]:
    """Every reason that a row of the table expects."""
    found = set()
    for _, _, result in table.rows():
        if isinstance(result, Refused):
            found.add(result.reason)
        for reasons in (result.refused, result.skipped, getattr(result, "left_out", {})):
            found.update(reasons.values())
    return sorted(found)


def test_a_refusal_that_a_row_expects_leads_to_its_rule() -> None:
    expected = _expected()
    assert len(expected) > 100
    assert not [why for why in map(sentences.fault, expected) if why]


def test_what_is_wrong_with_a_policy_leads_to_its_rule() -> None:
    """Each sentence of the unit test, which has all of them."""
    source = (sentences.ROOT / "test/unit/test_policy.c").read_text(encoding="utf-8")
    said = {literal.replace('\\"', '"') for literal in re.findall(r'"(policy line (?:[^"\\]|\\.)*)"', source)}
    assert len(said) > 30
    assert not [why for why in map(sentences.fault, said) if why]


def test_what_is_not_constant_is_seen() -> None:
    assert sentences.pieces('\\EFI\\a.efi: "init=x" refused: denied by policy line 3 of the UKI') == [
        "refused", "denied by policy line", "of the UKI"]
    assert sentences.fault('a.efi: "x" is no sentence that anybody says')
    assert sentences.fault('"a" "b"')
    assert "places have it" in sentences.fault("is damaged: section .linux")
