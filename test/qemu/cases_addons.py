# SPDX-License-Identifier: BSD-2-Clause
"""Addons: where they lie, who signed them, in which order their words come."""

from __future__ import annotations

from case import BASE, Booted, Case, Machine, standing


def _standing(m: Machine) -> None:
    m.addon(standing("kdump"), "crashkernel=64M")
    m.addon(standing("shell"), "init=/bin/sh")


CASES = [
    Case("addon_standing", _standing, Booted(
        line=f"{BASE} crashkernel=64M",
        admitted=[standing("kdump")],
        refused={standing("shell"): '"init=/bin/sh" refused: sensitive'},
        status={"profile": "0", "handoff": "stub"})),
]
