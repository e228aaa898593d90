# SPDX-License-Identifier: BSD-2-Clause
"""What `load` says of PCRs."""

from __future__ import annotations

from pathlib import Path

from machine import Machine


def said(m: Machine) -> dict[str, str]:
    """PCR -> what becomes of it."""
    done = m("load", "debian.efi", "--dry-run", "--json")
    assert done.code == 0, done.err
    return {f"PCR {number}": change["text"] for number, change in done.json["pcrs"].items()}


def test_words_before_the_dashes_are_not_what_pcr_11_and_12_tell(tmp_path: Path) -> None:
    """With a `--` in the image's line the kernel's line is not the stub's, and PCR 11 and 12 do not tell."""
    m = Machine(tmp_path)
    m.standing("log", "loglevel=5")
    assert "PCR 9" not in said(m)
    m.uki("debian.efi", cmdline="console=ttyS0 -- splash")
    assert "PCR 11 and 12 do not" in said(m)["PCR 9"]
    assert said(m)["PCR 12"].startswith("differs")
    (m.esp / "loader/addons/log.addon.efi").unlink()
    assert "PCR 9" not in said(m)
