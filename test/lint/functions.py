# SPDX-License-Identifier: BSD-2-Clause
"""Where the functions of a C file begin and end.

No C parser: comments, strings and preprocessor lines are blanked, then a block in braces at the outermost
level is a function if a parameter list stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/"                                    # comments
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"           # strings and characters
    r"|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*",                      # preprocessor, continued lines too
    re.DOTALL | re.MULTILINE)
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


@dataclass(frozen=True)
class Function:
    """One definition; `lines` counts from its first line to the closing brace."""

    name: str
    line: int
    lines: int


def blanked(source: str) -> str:
    """The source without what may hide a brace; every newline stays."""
    return TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def find(source: str) -> Iterator[Function]:
    code = blanked(source)
    depth = 0
    head = opened = 0  # where the text before the outermost brace begins, and that brace
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        if match[0] == "{":
            if depth == 0:
                opened = at
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                yield from _function(code, head, opened, at)
                head = at + 1
        elif depth == 0:
            head = at + 1


def _function(code: str, head: int, opened: int, closed: int) -> Iterator[Function]:
    before = code[head:opened]
    name = NAME.search(re.sub(r"__attribute__\s*\(\(.*?\)\)", lambda m: " " * len(m[0]), before, flags=re.DOTALL))
    if name is None or "=" in before:
        return
    start = head + len(before) - len(before.lstrip())
    first = code.count("\n", 0, start) + 1
    last = code.count("\n", 0, closed) + 1
    yield Function(name[1], first, last - first + 1)
