# SPDX-License-Identifier: BSD-2-Clause
"""doc/performance.md: the tables and two pictures of the last run; the text around the marks is written by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE, GROWTH, SHARES = "performance.md", "performance-ratio.svg", "performance-owners.svg"
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8d6a9f", "#b08900", "#6c757d")


@dataclass(frozen=True)
class Ratio:
    """Two chains that boot the same files."""

    label: str
    mib: int
    addons: int
    stock: int  # instructions
    ours: int

    @property
    def ratio(self) -> float:
        """1 is as much as the stock chain."""
        return self.ours / self.stock


@dataclass(frozen=True)
class Share:
    """What one owner executed in each chain."""

    owner: str
    stock: int
    ours: int


@dataclass(frozen=True)
class Phase:
    """A step of a start."""

    said: str
    instructions: int


@dataclass(frozen=True)
class Grown:
    """Two chains where there is more of something."""

    what: str
    value: int
    stock: int
    ours: int


@dataclass(frozen=True)
class Need:
    """What two chains read (operations, bytes), and MiB of memory with which they still boot."""

    mib: int
    stock_reads: tuple[int, int]
    our_reads: tuple[int, int]
    stock_memory: int
    our_memory: int


@dataclass(frozen=True)
class Host:
    """A command on the host: seconds of the processor, as a ratio to openssl's, bytes of memory beyond the file."""

    name: str
    mib: int
    own: float
    system: float
    ratio: float
    beyond: int


@dataclass(frozen=True)
class Run:
    """All that one run of the bench found."""

    ways: Sequence[Ratio]
    addons: Sequence[Ratio]
    addon_shares: Sequence[Share]
    shares: Sequence[Share]
    phases: Sequence[Phase]
    grown: Sequence[Grown]
    needs: Sequence[Need]
    host: Sequence[Host]


def write(folder: Path, run: Run) -> None:
    """Put a run into the document."""
    _put(folder, {"ways": _ways(run.ways), "addons": _addons(run.addons), "owners": _shares(run.shares),
                  "phases": _phases(run.phases), "growth": _grown(run.grown), "needs": _needs(run.needs),
                  "host": _host(run.host)})
    write_addon_shares(folder, run.addon_shares)
    (folder / GROWTH).write_text(_ratio_picture(run.ways))
    (folder / SHARES).write_text(_owners_picture(run.shares))


def write_addon_shares(folder: Path, rows: Sequence[Share]) -> None:
    """Put that one table into the document."""
    _put(folder, {"addon-owners": _shares(rows)})


def _put(folder: Path, tables: Mapping[str, str]) -> None:
    file = folder / PAGE
    text = file.read_text()
    for name, table in tables.items():
        text = _replaced(text, name, table)
    file.write_text(text)


def write_host(folder: Path, rows: Sequence[Host]) -> None:
    """What ukictl costs alone."""
    _put(folder, {"host": _host(rows)})


def _replaced(text: str, name: str, table: str) -> str:
    """The text with another table in the place of that name."""
    place = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert place, f"{PAGE} has no place for the table {name}"
    return text[:place.start(1)] + table + text[place.end(1):]


def _ways(rows: Sequence[Ratio]) -> str:
    sizes = list(dict.fromkeys(row.mib for row in rows))
    head = " | ".join(f"{mib} MiB: stock | ukiload | ratio" for mib in sizes)
    lines = [f"| | {head} |", "|---" * (1 + 3 * len(sizes)) + "|"]
    for label in dict.fromkeys(row.label for row in rows):
        found = {row.mib: row for row in rows if row.label == label}
        cut = " | ".join(f"{row.stock / 1e6:.0f} | {row.ours / 1e6:.0f} | {row.ratio:.4f}" if row else "| |"
                         for row in map(found.get, sizes))
        lines.append(f"| {label} | {cut} |")
    return "\n".join(lines) + "\n"


def _addons(rows: Sequence[Ratio]) -> str:
    lines = ["| addons | stock | ukiload | difference | ratio |", "|---|---|---|---|---|"]
    lines += [f"| {row.addons} | {row.stock / 1e6:.0f} | {row.ours / 1e6:.0f} | {(row.ours - row.stock) / 1e6:+.0f} "
              f"| {row.ratio:.4f} |" for row in rows]
    return "\n".join(lines) + "\n"


def _shares(rows: Sequence[Share]) -> str:
    lines = ["| | stock | ukiload | difference |", "|---|---|---|---|"]
    lines += [f"| {row.owner} | {row.stock / 1e6:.1f} | {row.ours / 1e6:.1f} | {(row.ours - row.stock) / 1e6:+.1f} |"
              for row in rows]
    return "\n".join(lines) + "\n"


def _phases(rows: Sequence[Phase]) -> str:
    lines = ["| | millions of instructions |", "|---|---|"]
    lines += [f"| {row.said} | {row.instructions / 1e6:.1f} |" for row in rows]
    return "\n".join(lines) + "\n"


def _grown(rows: Sequence[Grown]) -> str:
    lines = ["| | | stock | ukiload | difference |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.value} | {row.stock / 1e6:.1f} | {row.ours / 1e6:.1f} "
              f"| {(row.ours - row.stock) / 1e6:+.1f} |" for row in rows]
    return "\n".join(lines) + "\n"


def _needs(rows: Sequence[Need]) -> str:
    lines = ["| | reads: stock | ukiload | MiB read: stock | ukiload | smallest memory: stock | ukiload |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        (some, first), (more, second) = row.stock_reads, row.our_reads
        lines.append(f"| {row.mib} MiB | {some} | {more} | {first / (1 << 20):.2f} | {second / (1 << 20):.2f} "
                     f"| {row.stock_memory} MiB | {row.our_memory} MiB |")
    return "\n".join(lines) + "\n"


def _host(rows: Sequence[Host]) -> str:
    sizes = list(dict.fromkeys(row.mib for row in rows))
    head = " | ".join(f"{mib} MiB: seconds | ratio | beyond the file" for mib in sizes)
    lines = [f"| | {head} |", "|---" * (1 + 3 * len(sizes)) + "|"]
    for name in dict.fromkeys(row.name for row in rows):
        cut = [f"{row.own:.2f} + {row.system:.2f} | {row.ratio:.2f} | "
               + ("" if row.beyond < 0 else f"{row.beyond / (1 << 20):.0f} MiB") for row in rows if row.name == name]
        lines.append(f"| `{name}` | {' | '.join(cut)} |")
    return "\n".join(lines) + "\n"


# --- pictures -----------------------------------------------------------------------------------

def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="12">\n<rect width="{width}" height="{height}" fill="white"/>\n')
    return head + "\n".join(parts) + "\n</svg>\n"


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'


def _ratio_picture(rows: Sequence[Ratio]) -> str:
    """A bar for each way and size, from 1 to its ratio."""
    reach = max(0.05, *(abs(row.ratio - 1) for row in rows))
    middle, room = 460.0, 200.0
    parts = [_text(20, 20, "instructions of a boot as a ratio to the stock chain; the line is 1"),
             f'<line x1="{middle}" y1="30" x2="{middle}" y2="{40 + 22 * len(rows)}" stroke="black"/>']
    for number, row in enumerate(rows):
        y, length = 36 + 22 * number, (row.ratio - 1) / reach * room
        parts.append(f'<rect x="{min(middle, middle + length):.1f}" y="{y}" width="{max(1.0, abs(length)):.1f}" '
                     f'height="14" fill="{COLOURS[0 if length <= 0 else 1]}"/>')
        parts += [_text(20, y + 12, f"{row.label}, {row.mib} MiB"), _text(740, y + 12, f"{row.ratio:.4f}", "end")]
    return _svg(760, 50 + 22 * len(rows), parts)


def _owners_picture(rows: Sequence[Share]) -> str:
    """Two bars, one for each chain, cut by owner."""
    whole = [row for row in rows if ":" not in row.owner]
    total = max(sum(row.stock for row in whole), sum(row.ours for row in whole))
    parts = [_text(20, 20, "whose instructions a boot's are, in thousands of millions")]
    for line, (label, of) in enumerate((("stock", lambda row: row.stock), ("ukiload", lambda row: row.ours))):
        x, y = 90.0, 40 + 46 * line
        parts.append(_text(80, y + 20, label, "end"))
        for colour, row in zip(COLOURS, whole, strict=False):
            width = of(row) / total * 640
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="32" fill="{colour}"/>')
            x += width
    for number, (colour, row) in enumerate(zip(COLOURS, whole, strict=False)):
        x, y = 90 + 220 * (number % 3), 150 + 22 * (number // 3)
        parts += [f'<rect x="{x}" y="{y - 11}" width="12" height="12" fill="{colour}"/>',
                  _text(x + 18, y, f"{row.owner} {row.stock / 1e9:.2f}, {row.ours / 1e9:.2f}")]
    return _svg(760, 190, parts)
