# SPDX-License-Identifier: BSD-2-Clause
"""Where a C source can be broken: each check deleted or inverted, each operand of a check left out.

No parser: the sources keep to the style of the house, and a place that is found wrongly does not compile and is not
counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SKIPPED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:\\\n|[^\n])*',
                      re.DOTALL | re.MULTILINE)
_IF = re.compile(r"\bif \(")
_JOIN = re.compile(r"&&|\|\|")
_FUNCTION = re.compile(r"^[A-Za-z_][\w \*]*?\b(\w+)\([^;{}]*?\) \{$", re.MULTILINE)


@dataclass(frozen=True)
class Site:
    """One change of a file: bytes [start, end) become text."""

    file: str
    function: str
    start: int
    end: int
    text: str
    line: int
    was: str
    nth: int = 1

    @property
    def name(self) -> str:
        """What stays the same while lines move: file, function, the text that is there and what it becomes; and which
        one, where a function has the same more than once."""
        which = f" (no. {self.nth})" if self.nth > 1 else ""
        return f"{self.file}: {self.function}: {self.was} -> {self.text.strip()}{which}"


def blanked(source: str) -> str:
    """The source with comments, strings and directives turned into blanks, at the same places."""
    return _SKIPPED.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), source)


def _closing(code: str, at: int) -> int:
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return i
    return -1


def _right(code: str, at: int) -> int:
    """The end of the operand that begins at `at`."""
    depth = 0
    for i in range(at, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth < 0:
                return i
        elif depth == 0 and (code[i] in ";?:," or code.startswith(("&&", "||"), i)):
            return i
    return len(code)


def _left(code: str, at: int) -> int:
    """The beginning of the operand that ends at `at`; -1 if another operand stands before it."""
    depth = 0
    for i in range(at - 1, 0, -1):
        if code[i] in ")]}":
            depth += 1
        elif code[i] in "([{":
            depth -= 1
            if depth < 0:
                return i + 1
        elif depth == 0 and code[i - 1:i + 1] in ("&&", "||"):
            return -1
        elif depth == 0 and (code[i] in ";?:,"
                             or (code[i] == "=" and code[i - 1] in " +-*/%&|^" and code[i + 1] == " ")):
            return i + 1
        elif depth == 0 and code.startswith("return ", i) and not code[i - 1].isalnum():
            return i + len("return ")
    return -1


def _function_at(functions: list[tuple[int, str]], at: int) -> str:
    return next((name for start, name in reversed(functions) if start <= at), "")


def find(file: str, source: str) -> list[Site]:
    """Every place of one source, each with a name of its own."""
    seen: Counter[str] = Counter()
    named = []
    for site in sorted(_found(file, source), key=lambda site: site.start):
        seen[site.name] += 1
        named.append(replace(site, nth=seen[site.name]))
    return named


def _found(file: str, source: str) -> Iterator[Site]:
    code = blanked(source)
    functions = [(m.start(), m[1]) for m in _FUNCTION.finditer(code)]

    def site(start: int, end: int, text: str) -> Site:
        was = " ".join(source[start:end].split())
        return Site(file, _function_at(functions, start), start, end, text, source.count("\n", 0, start) + 1, was)

    for match in _IF.finditer(code):
        start, end = match.end(), _closing(code, match.end() - 1)
        yield site(start, end, "0")
        yield site(start, end, f"!({' '.join(source[start:end].split())})")
    for match in _JOIN.finditer(code):
        neutral = "1" if match[0] == "&&" else "0"
        start, end = match.end(), _right(code, match.end())
        yield site(start, end, f" {neutral}")
        before = _left(code, match.start())
        if before >= 0:
            yield site(before, match.start(), f"{neutral} ")


SWITCH = "mutate_at"  # the variable that says which place is broken: 0, none


def switched(source: str, numbers: dict[Site, int]) -> str:
    """The source with all of these places in it, each broken only while SWITCH has its number."""
    pieces: list[tuple[int, int, str]] = []
    for site, number in numbers.items():
        length = site.end - site.start
        constant = {"0": f"({SWITCH} != {number} && (", "1": f"({SWITCH} == {number} || ("}
        before = constant.get(site.text.strip(), f"(({SWITCH} == {number}) ^ !!(")
        pieces += [(site.start, -length, before), (site.end, length, "))")]
    # Where several begin, the longest is outside; where one ends and another begins, the end comes first; where several
    # end, the shortest is inside.
    pieces.sort(key=lambda piece: (piece[0], piece[1] < 0, piece[1]))
    done, at = f"extern int {SWITCH}; ", 0
    for start, _, text in pieces:
        done, at = done + source[at:start] + text, start
    return done + source[at:]
