# SPDX-License-Identifier: BSD-2-Clause
"""UKIs: which are started, and why others are not."""

from __future__ import annotations

from case import GOOD, Case, Machine, Refused


def _missing(m: Machine) -> None:
    del m.chain.files[GOOD]


CASES = [
    Case("uki_missing", _missing, Refused("there is no UKI (a file *.efi with .linux) in \\EFI\\Linux")),
]
