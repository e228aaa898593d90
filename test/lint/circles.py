# SPDX-License-Identifier: BSD-2-Clause
"""Which file of C calls which, and the circles among them: what nobody can read, test or move one after the other."""

from __future__ import annotations

import re
from pathlib import Path

NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\n])*"', re.DOTALL)
DEFINED = re.compile(r"^(?!static)[a-zA-Z][\w \*]*?\b(\w+)\([^;{]*\)\s*\{", re.MULTILINE)


def calls(sources: dict[Path, str]) -> dict[Path, set[Path]]:
    """For each file the others that have a function which it names."""
    code = {path: NOT_CODE.sub("", source) for path, source in sources.items()}
    home = {name: path for path, text in code.items() for name in DEFINED.findall(text)}
    words = {path: set(re.findall(r"\w+", text)) for path, text in code.items()}
    return {path: {home[word] for word in words[path] & set(home)} - {path} for path in code}


def reached(graph: dict[Path, set[Path]], start: Path) -> set[Path]:
    """All that start leads to; start itself if it is in a circle."""
    seen: set[Path] = set()
    left = [start]
    while left:
        new = graph[left.pop()] - seen
        seen |= new
        left += new
    return seen


def circles(graph: dict[Path, set[Path]]) -> list[list[Path]]:
    """Each once, sorted."""
    reach = {path: reached(graph, path) for path in graph}
    found = {tuple(sorted(other for other in reach[path] if path in reach[other])) for path in graph}
    return [list(circle) for circle in sorted(found) if circle]
