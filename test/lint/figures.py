# SPDX-License-Identifier: BSD-2-Clause
"""How large and how entangled the rooms are: `test/lint/figures.py [FOLDER...]`; of lib, efi and ukictl.

A file is a source with the header of its name. An arrow leads to another file of the same folder tree of which it
includes the header or names a function. They are counted as one meets them: in one folder, and between the folders
beside each other.
"""

from __future__ import annotations

import re
import statistics
import sys
from pathlib import Path

import circles
import functions

INCLUDED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def arrows(top: Path, sources: dict[Path, str]) -> set[tuple[Path, Path]]:
    """From file to file, both without their suffix and from `top` on."""
    found = {(path, other) for path, others in circles.calls(
        {path: text for path, text in sources.items() if path.suffix == ".c"}).items() for other in others}
    for path, text in sources.items():
        for name in INCLUDED.findall(text):
            found |= {(path, other) for other in (top / name, path.parent / name) if other in sources}
    short = {path: path.relative_to(top).with_suffix("") for path in sources}
    return {(short[a], short[b]) for a, b in found if short[a] != short[b]}


def told(lengths: list[int]) -> str:
    lengths = sorted(lengths)
    most = lengths[len(lengths) * 9 // 10]
    return f"{len(lengths)} functions, median {statistics.median(lengths):.0f}, p90 {most}, max {lengths[-1]}"


def tell(top: Path) -> list[int]:
    """Returns how long its functions are."""
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(top.rglob("*.[ch]"))}
    lengths = [f.lines for text in sources.values() for f in functions.find(text)]
    found = arrows(top, sources)
    rooms = sorted({path.parent for pair in found for path in pair})
    counted = {room: sum(a.parent == b.parent == room for a, b in found) for room in rooms
               if room != Path() or len(rooms) == 1}
    if len(rooms) > 1:
        counted[Path("between them")] = len({(a.parts[0], b.parts[0]) for a, b in found if a.parts[0] != b.parts[0]})
    calls = circles.calls({path: text for path, text in sources.items() if path.suffix == ".c"})
    longest = max(text.count("\n") for text in sources.values())
    print(f"{top}: {len(sources)} files, the longest has {longest} lines; {told(lengths)}; "
          f"{len(circles.circles(calls))} circles of files")
    print("    arrows: " + ", ".join(f"{room} {n}" for room, n in counted.items()))
    return lengths


if __name__ == "__main__":
    every = [length for folder in sys.argv[1:] or ("lib", "efi", "ukictl") for length in tell(Path(folder))]
    print(f"together: {told(every)}")
