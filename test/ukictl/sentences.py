# SPDX-License-Identifier: BSD-2-Clause
"""Whether a refusal can be found: whoever searches the sources for the longest constant piece of what was said comes to
one place, the rule.

A sentence is clauses, joined by ": " or "; " or in parentheses, for a rule's clause is told by who asked the rule. What
changes from one machine to the next shows as such: it is quoted, a path or a file, a number, a word with a value, a
name of firmware's. The rest is constant, and stands in the sources as it is shown, between two such parts in one
literal.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lib", "efi", "ukictl")
TOGETHER = 6  # lines
WORDS = 3  # of a piece that has to be in the sources

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
# What libc says is not ours to be found.
_SYSTEM = "|".join(sorted({re.escape(os.strerror(n)) for n in range(1, 134)}, key=len, reverse=True))
_ARCHES = re.findall(r'{ PE_MACHINE_\w+, "(\w+)"', (ROOT / "lib/arch.c").read_text(encoding="utf-8"))
# What changes, and where a clause ends; in the order in which it is cut out.
_CHANGES = re.compile("|".join((
    r"see ukictl.* --help|" + _SYSTEM,
    r'"(?:[^"\\]|\\.)*"',
    r"`[^`]*`",
    r"\S*[\\/]\S*",  # a path
    r"(?<!\S)\.\w+|[\w.+~*-]+\.(?:efi|esl|conf|cred|extra\.d)\b",  # a section, a file
    r"\bthe kernel inside\b|\bas loaded\b|\bnot for this image\b",  # subjects as a file is; a verdict
    r"\bout of memory\b",  # said wherever memory is taken
    r"\bthe ESP(?: or XBOOTLDR)?\b|\bXBOOTLDR\b",
    r"\bBoot(?:[0-9A-F]{4}|#{4})|\b(?:Mok|Sbat|Ukiload|Loader)\w+|\bdbx?\b",
    r"\b[\w.-]+=\S*|\bukiload\.\w+",  # a word with a value, a key
    r"\b(?:" + "|".join(_ARCHES) + r")\b",
    r"\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}(?:-[0-9a-f]+)*\b|\b\d[\d.]*\b",
    r"[:;,]\s(?:(?:but|it|or)\s)?|[()]|[:;.,]$",
)))


def pieces(sentence: str) -> list[str]:
    """The constant pieces, as they come."""
    return [piece.strip() for piece in _CHANGES.split(sentence) if piece.strip()]


def _code(path: Path) -> list[str]:
    """Its lines, comments left empty."""
    source = path.read_text(encoding="utf-8")
    return re.sub(r'/\*.*?\*/|("(?:[^"\\]|\\.)*")', lambda match: match[1] or "\n" * match[0].count("\n"), source,
                  flags=re.DOTALL).splitlines()


@functools.cache
def _literals() -> list[tuple[Path, int, str]]:
    return [(path.relative_to(ROOT), number, literal.replace('\\"', '"'))
            for room in ROOMS for path in sorted((ROOT / room).rglob("*.[ch]"))
            for number, line in enumerate(_code(path), 1)
            for literal in _LITERAL.findall(line)]


@functools.cache
def places(piece: str) -> list[str]:
    """Where a search for it leads. Two wordings of one sentence that stand together are one place."""
    found: list[tuple[Path, int]] = []
    for path, number, literal in _literals():
        if piece in literal and not (found and found[-1][0] == path and number - found[-1][1] < TOGETHER):
            found.append((path, number))
    return [f"{path}:{number}" for path, number in found]


def fault(sentence: str) -> str:
    """Why the rule behind a sentence cannot be found; empty if it can."""
    found = pieces(sentence)
    if not found and re.search(_SYSTEM + "|out of memory", sentence):
        return ""
    if not found:
        return f"nothing of it is constant: {sentence}"
    for piece in found:
        if len(piece.split()) >= WORDS and not places(piece):
            return f"nowhere in the sources in one piece: {piece}"
    longest = max(found, key=len)
    at = places(longest)
    return "" if len(at) == 1 else f"{len(at)} places have it ({', '.join(at[:4])}): {longest}"


def main() -> int:
    """Of a file with a sentence a line, as the bench writes it: whether each can be found."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace").splitlines()
    said = sorted({line.strip() for line in lines})
    faults = sorted(filter(None, map(fault, filter(None, said))))
    print("".join(f"{why}\n" for why in faults) + f"{len(said)} sentences were told, {len(faults)} lead to no rule")
    return int(bool(faults) or not said)


if __name__ == "__main__":
    sys.exit(main())
