# SPDX-License-Identifier: BSD-2-Clause
"""A page of doc/ as somebody reads it who types what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


class Page:
    """The indented lines of a page, in order; what is commented out there is for others."""

    def __init__(self, name: str) -> None:
        self._lines = self._read(Path(__file__).parents[3] / "doc" / name)

    @staticmethod
    def _read(page: Path) -> Iterator[str]:
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("    ") and not line.startswith("    #"):
                yield line.strip()

    def next(self, command: str) -> str:
        """The next command, which has to be this one (a regular expression)."""
        line = next(self._lines)
        assert re.fullmatch(command, line), f"{line}: the page says something else than what is tried here"
        return line

    def ended(self) -> bool:
        """Nothing of it is left untyped."""
        return not list(self._lines)
