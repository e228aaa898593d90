# SPDX-License-Identifier: BSD-2-Clause
"""The text on a display. Firmware draws it in cells of 8 by 19 pixels on black; which picture is which character is
learnt from a text that is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT = 8, 19
_MODES = ((80, 25), (80, 50), (100, 31), (128, 40), (160, 42), (240, 56))  # of EDK2's graphics console


class Font:
    """Pictures of characters."""

    def __init__(self) -> None:
        self._characters = {0: " "}

    def learn(self, cells: Sequence[int], line: str) -> None:
        """A line of a display and what it says; one picture is one character, and each has its own."""
        assert len(line) <= len(cells), f"{line!r} is longer than the display is wide"
        for cell, character in zip(cells, line.ljust(len(cells)), strict=True):
            known = self._characters.setdefault(cell, character)
            assert known == character, f"{known!r} is seen where {character!r} should be, in {line!r}"
        assert len(set(self._characters.values())) == len(self._characters), f"a character has two pictures in {line!r}"

    def text(self, cells: Sequence[int]) -> str:
        """What a line says."""
        return "".join(self._characters.get(cell, "\ufffd") for cell in cells).rstrip()


class Screen:
    """A picture of a display (PPM). Raises ValueError while it is not whole."""

    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        head, _, self._pixels = data.partition(b"\n255\n")
        self._width, self._height = map(int, head.split()[1:])
        if len(self._pixels) != 3 * self._width * self._height:
            raise ValueError(f"{file} is not whole")

    def lines(self, columns: int, rows: int) -> list[list[int]]:
        """The picture in each cell of a text mode, which stands in the middle."""
        left, top = (self._width - columns * WIDTH) // 2, (self._height - rows * HEIGHT) // 2
        return [[self._cell(left + x * WIDTH, top + y * HEIGHT) for x in range(columns)] for y in range(rows)]

    def _cell(self, left: int, top: int) -> int:
        bits = 0
        for y in range(top, top + HEIGHT):
            start = 3 * (y * self._width + left)
            row = self._pixels[start : start + 3 * WIDTH]
            bits <<= WIDTH
            if any(row):
                bits |= sum(1 << x for x in range(WIDTH) if any(row[3 * x : 3 * x + 3]))
        return bits

    def modes(self) -> list[tuple[int, int]]:
        """Columns and rows that it may have."""
        whole = (self._width // WIDTH, self._height // HEIGHT)
        return [mode for mode in (*_MODES, whole) if mode[0] <= whole[0] and mode[1] <= whole[1]]

    def read(self, font: Font, begins: str) -> list[str]:
        """The text, up to the last line that is not empty, in the mode in which it begins so; none if there is none."""
        for columns, rows in self.modes():
            left, top = (self._width - columns * WIDTH) // 2, (self._height - rows * HEIGHT) // 2
            first = [self._cell(left + x * WIDTH, top) for x in range(len(begins))]
            if font.text(first) == begins.rstrip():
                lines = [font.text(cells) for cells in self.lines(columns, rows)]
                while lines and not lines[-1]:
                    lines.pop()
                return lines
        return []
