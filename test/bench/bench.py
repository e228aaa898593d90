# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what ukiload costs, beside the stock chain that does the same.

    bench.py [--sizes MIB...] [--addons N...] [--jobs N] [--keep] [--only-host] [--only-addons] [--write]

Prints for each way of starting a UKI how many instructions an emulated PC executes from power-on to the first process,
and as a ratio to its stock chain (cells.py says how they are counted); whose instructions those are, and in which step
of a start, and with many addons by functions of shim (owners.py); with what they grow, what is read, and with how much
memory it still boots (growth.py); and what ukictl costs (host.py).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence

import cells
import growth
import host
import owners
import page
from cells import Cell, Count

HOST_SIZES = (200, 800)
ARCHES = (cells.X64, cells.AA64)
OUT, DOC = cells.keys.BUILD / "bench", cells.ROOT / "doc"
SIZES, ADDONS = [16, 64, 200], [1, 8, 64]
WAYS = (  # what it is called, the cell, its stock cell
    ("stub handoff, nothing pinned", Cell("ukiload", 0), Cell("stock", 0)),
    ("stub handoff, image pinned", Cell("ukiload", 0, pinned=True), Cell("stock", 0)),
    ("BootNext, shim, ukiload", Cell("next", 0), Cell("stock", 0)),
    ("kernel handoff, stub 252", Cell("ukiload", 0, stub="stub252"), Cell("stock", 0, stub="stub252")),
    ("key in db, no shim", Cell("ukiload", 0, trust="db"), Cell("stock", 0, trust="db")),
)
ARM = Cell("ukiload", 16, arch=cells.AA64)
ARM_WAYS = (
    ("arm64, nothing pinned", ARM, dataclasses.replace(ARM, way="stock")),
    ("arm64, image pinned", dataclasses.replace(ARM, pinned=True), dataclasses.replace(ARM, way="stock")),
    ("arm64, key in db", dataclasses.replace(ARM, trust="db"), dataclasses.replace(ARM, way="stock", trust="db")),
)


class Counts:
    """Counts each cell once; with `keep`, takes what an earlier run counted with the same ukiload."""

    def __init__(self, keep: bool) -> None:
        self.file = OUT / "counts.json"
        self.launcher = {arch: hashlib.sha256(cells.built(arch).read_bytes()).hexdigest()[:16] for arch in ARCHES}
        self.known: dict[str, list[object]] = json.loads(self.file.read_text()) if keep and self.file.exists() else {}

    def _name(self, cell: Cell) -> str:
        return cell.name if cell.way == "stock" else f"{cell.name}-{self.launcher[cell.arch]}"

    def all(self, wanted: Iterable[Cell], jobs: int) -> None:
        """Count what is not known yet, the longest first."""
        left = sorted({cell for cell in wanted if self._name(cell) not in self.known}, key=lambda cell: -cell.mib)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for cell, count in zip(left, pool.map(cells.count, left), strict=True):
                self.known[self._name(cell)] = list(dataclasses.astuple(count))
                self.file.write_text(json.dumps(self.known, indent=1))

    def of(self, cell: Cell) -> Count:
        """The count of a cell."""
        self.all([cell], 1)
        size, instructions, handoff = self.known[self._name(cell)]
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


def ways(sizes: Sequence[int]) -> list[tuple[str, Cell, Cell]]:
    """Each way, each size; arm64 at the smallest."""
    return [*((label, dataclasses.replace(cell, mib=mib), dataclasses.replace(stock, mib=mib))
              for mib in sizes for label, cell, stock in WAYS), *ARM_WAYS]


def addons(mib: int, numbers: Sequence[int]) -> list[tuple[str, Cell, Cell]]:
    """The same with more addons, which the stock chain applies as well."""
    return [("stub handoff, standing addons", Cell("ukiload", mib, addons=number), Cell("stock", mib, addons=number))
            for number in numbers]


def observed(cell: Cell) -> owners.Owners:
    """A boot once more, block by block: whose instructions, and when."""
    images = {"ukiload": cells.launcher("mok"), "shim": cells.boot_image("shim161"), "systemd-boot": cells.bootloader(),
              "systemd-stub": cells.boot_image("stub257")}
    file = OUT / f"blocks-{cell.name}.txt"
    cells.count(cell, extra=["-plugin", f"{owners.plugin(OUT)},out={file}"])
    found = owners.Owners(owners.blocks(file), images)
    file.unlink()
    return found


def shares(stock: owners.Owners, ours: owners.Owners) -> list[page.Share]:
    """Whose instructions."""
    rows = [page.Share(name, stock.total[name], ours.total[name])
            for name in ("firmware", "shim", "systemd-boot", "ukiload", "systemd-stub", "Linux")]
    rows += [page.Share(f"ukiload: {name}", 0, instructions) for name, instructions in
             ours.functions("ukiload", cells.built().with_name("ukiload.elf")).most_common(6)]
    for row in rows:
        say(f"{row.owner:30} {row.stock / 1e6:10.1f} {row.ours / 1e6:10.1f} {(row.ours - row.stock) / 1e6:+8.1f}")
    return rows


def addon_shares(number: int) -> list[page.Share]:
    """Whose instructions with that many addons, on a kernel that only reports; of shim also by function."""
    stock, ours = (observed(Cell(way, 1, addons=number, kernel="tiny")) for way in ("stock", "ukiload"))
    inside = [item.functions("shim", cells.boot_image("shim161")) for item in (stock, ours)]
    rows = [page.Share(name, stock.total[name], ours.total[name]) for name in ("firmware", "shim", "ukiload")]
    rows += [page.Share(f"shim: {name}", inside[0][name], counted) for name, counted in inside[1].most_common(8)]
    for row in rows:
        say(f"{row.owner:30} {row.stock / 1e6:10.1f} {row.ours / 1e6:10.1f} {(row.ours - row.stock) / 1e6:+8.1f}")
    return rows


def phases(ours: owners.Owners) -> list[page.Phase]:
    """What each step of ukiload's start makes everybody execute."""
    rows = [page.Phase(said, count) for said, count in
            ours.phases("ukiload", cells.built().with_name("ukiload.elf"), after="systemd-stub")]
    for row in rows:
        say(f"{row.instructions / 1e6:10.1f}  {row.said}")
    return rows


def grown(counts: Counts) -> list[page.Grown]:
    """With what a start grows."""
    rows = [page.Grown(item.what, item.value, counts.of(item.stock).instructions, counts.of(item.ours).instructions)
            for item in growth.series()]
    for row in rows:
        say(f"{row.what:30} {row.value:5} {row.stock / 1e6:10.2f} {row.ours / 1e6:10.2f} "
            f"{(row.ours - row.stock) / 1e6:+8.2f}")
    return rows


def needs(sizes: Sequence[int]) -> list[page.Need]:
    """Reads, and the smallest memory."""
    rows = []
    for mib, stock, ours in growth.pairs(sizes):
        read = growth.reads(stock), growth.reads(ours)
        rows.append(page.Need(mib, *((item.operations, item.bytes) for item in read),
                              growth.smallest_memory(stock), growth.smallest_memory(ours)))
        say(f"{mib:4} MiB reads {rows[-1].stock_reads} {rows[-1].our_reads} "
            f"smallest memory {rows[-1].stock_memory} {rows[-1].our_memory} MiB")
    return rows


def on_the_host(mibs: Sequence[int]) -> list[page.Host]:
    """Processor time and memory of ukictl."""
    rows = []
    for mib in mibs:
        base = 0.0
        for name, used, size in host.commands(mib):
            base = base or used.seconds
            rows.append(page.Host(name, mib, used.own, used.system, used.seconds / base, used.memory - size))
            say(f"{name:36} {mib:4} MiB {used.own:6.2f} s + {used.system:5.2f} s {rows[-1].ratio:6.2f} "
                f"{rows[-1].beyond / cells.MIB:8.1f} MiB beyond the file")
    return rows


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="MIB", help="of the UKI (16 64 200)")
    parser.add_argument("--addons", type=int, nargs="*", default=ADDONS, metavar="N", help="standing addons (1 8 64)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="boots at a time (processors)")
    parser.add_argument("--keep", action="store_true", help="take what an earlier run counted with the same ukiload")
    parser.add_argument("--only-host", action="store_true", help="only what ukictl costs")
    parser.add_argument("--only-addons", action="store_true", help="only by whom and where 64 addons are paid")
    parser.add_argument("--write", action="store_true", help="write doc/performance.md and its pictures")
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    if args.only_host:
        rows = on_the_host(HOST_SIZES)
        if args.write:
            page.write_host(Path(cells.ROOT) / "doc", rows)
        return 0
    if args.only_addons:
        rows = addon_shares(max(ADDONS))
        if args.write:
            page.write_addon_shares(DOC, rows)
        return 0
    counts = Counts(args.keep)
    say(f"qemu {cells.COMMAND}; millions of instructions: stock, ukiload, ratio")
    named, more = ways(args.sizes), addons(args.sizes[0], args.addons)
    points = [cell for item in growth.series() for cell in (item.stock, item.ours)]
    counts.all([*(cell for _, *both in (*named, *more) for cell in both), *points], args.jobs)
    table, added = ([ratio(counts, *item) for item in items] for items in (named, more))
    stock, ours = (observed(Cell(way, args.sizes[0])) for way in ("stock", "ukiload"))
    run = page.Run(table, added, addon_shares(max(ADDONS)), shares(stock, ours), phases(ours), grown(counts),
                   needs(args.sizes[:2]), on_the_host(HOST_SIZES))
    if args.write:
        page.write(DOC, run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
