# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what ukiload costs, beside the stock chain that does the same.

    bench.py [--sizes MIB...] [--addons N...] [--keep] [--write]

Prints for each way of starting a UKI how many instructions an emulated PC executes from power-on to the first process,
and as a ratio to its stock chain; then whose instructions those are. See cells.py for how they are counted.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import cells
import owners
import page
from cells import Cell, Count

OUT = cells.keys.BUILD / "bench"
SIZES, ADDONS = [16, 64], [1, 8, 64]
WAYS = (  # what it is called, the cell, its stock cell
    ("stub handoff, nothing pinned", Cell("ukiload", 0), Cell("stock", 0)),
    ("stub handoff, image pinned", Cell("ukiload", 0, pinned=True), Cell("stock", 0)),
    ("BootNext, shim, ukiload", Cell("next", 0), Cell("stock", 0)),
    ("kernel handoff, stub 252", Cell("ukiload", 0, stub="stub252"), Cell("stock", 0, stub="stub252")),
    ("key in db, no shim", Cell("ukiload", 0, trust="db"), Cell("stock", 0, trust="db")),
)


class Counts:
    """Counts each cell once; with `keep`, takes what an earlier run counted with the same ukiload."""

    def __init__(self, keep: bool) -> None:
        self.file = OUT / "counts.json"
        self.launcher = hashlib.sha256(cells.launcher("mok").read_bytes()).hexdigest()[:16]
        self.known: dict[str, list[object]] = json.loads(self.file.read_text()) if keep and self.file.exists() else {}

    def of(self, cell: Cell) -> Count:
        """The count of a cell."""
        name = cell.name if cell.way == "stock" else f"{cell.name}-{self.launcher}"
        if name not in self.known:
            self.known[name] = list(dataclasses.astuple(cells.count(cell)))
            self.file.write_text(json.dumps(self.known, indent=1))
        size, instructions, handoff = self.known[name]
        return Count(int(str(size)), int(str(instructions)), str(handoff))


def say(line: str) -> None:
    """One line, at once: the next may take minutes."""
    print(f"bench: {line}", flush=True)


def ratio(counts: Counts, label: str, cell: Cell, stock: Cell) -> page.Ratio:
    """One line of the table."""
    row = page.Ratio(label, cell.mib, cell.addons, counts.of(stock).instructions, counts.of(cell).instructions)
    say(f"{label:30} {cell.mib:4} MiB {cell.addons:3} addons "
        f"{row.stock / 1e6:10.1f} {row.ours / 1e6:10.1f} {row.ratio:8.4f}")
    return row


def ways(counts: Counts, sizes: Sequence[int]) -> list[page.Ratio]:
    """Each way, each size."""
    return [ratio(counts, label, dataclasses.replace(cell, mib=mib), dataclasses.replace(stock, mib=mib))
            for mib in sizes for label, cell, stock in WAYS]


def addons(counts: Counts, mib: int, numbers: Sequence[int]) -> list[page.Ratio]:
    """The same with more addons, which the stock chain applies as well."""
    return [ratio(counts, "stub handoff, standing addons", Cell("ukiload", mib, addons=number),
                  Cell("stock", mib, addons=number)) for number in numbers]


def shares(mib: int) -> list[page.Share]:
    """Whose instructions: each boot once more, block by block."""
    images = {"ukiload": cells.launcher("mok"), "shim": cells.boot_image("shim161"), "systemd-boot": cells.bootloader(),
              "systemd-stub": cells.boot_image("stub257")}
    plugin, found = owners.plugin(OUT), []
    for cell in (Cell("stock", mib), Cell("ukiload", mib)):
        file = OUT / f"blocks-{cell.way}.txt"
        cells.count(cell, extra=["-plugin", f"{plugin},out={file}"])
        found.append(owners.Owners(owners.blocks(file), images))
        file.unlink()
    rows = [page.Share(name, found[0].total[name], found[1].total[name])
            for name in ("firmware", "shim", "systemd-boot", "ukiload", "systemd-stub", "Linux")]
    inner = found[1].functions("ukiload", cells.built().with_name("ukiload.elf")).most_common(6)
    rows += [page.Share(f"ukiload: {name}", 0, instructions) for name, instructions in inner]
    for row in rows:
        say(f"{row.owner:30} {row.stock / 1e6:10.1f} {row.ours / 1e6:10.1f} {(row.ours - row.stock) / 1e6:+8.1f}")
    return rows


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="MIB", help="of the UKI (16 64)")
    parser.add_argument("--addons", type=int, nargs="*", default=ADDONS, metavar="N", help="standing addons (1 8 64)")
    parser.add_argument("--keep", action="store_true", help="take what an earlier run counted with the same ukiload")
    parser.add_argument("--write", action="store_true", help="write doc/performance.md and its pictures")
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    counts = Counts(args.keep)
    say(f"qemu-system-x86_64 {cells.COMMAND}; millions of instructions: stock, ukiload, ratio")
    run = page.Run(ways(counts, args.sizes), addons(counts, args.sizes[0], args.addons), shares(args.sizes[0]))
    if args.write:
        page.write(Path(cells.ROOT) / "doc", run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
