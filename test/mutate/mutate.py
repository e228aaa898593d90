# SPDX-License-Identifier: BSD-2-Clause
"""Breaks lib/ and efi/ one check at a time and tells what no test notices.

    mutate.py [--jobs N] [--sample N] [--only REGEX] [--no-bench] [ROOM...]      rooms: lib, efi
    mutate.py --check                                                            does explained.txt fit the sources?

Every `if` is deleted and inverted, every operand of && and || left out. What lib/ becomes is run by the unit tests and,
where they notice nothing and --no-bench was not given, by the bench; what efi/ becomes by the bench, but for MACHINES.
Survivors are printed, and more than MOST of all that are not explained in explained.txt is a failure.
explained.txt has a line a survivor, `FILE: FUNCTION: WAS -> BECOMES`, and under it, indented, why no test can notice.
`(no. 2)` behind it: the second place of that function where the same stands.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sites
from trees import Tree, bench_tree, unit_tree

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("explained.txt")
ROOMS = ["lib", "efi"]
MOST = 0.02
MACHINES = ("efi/mem.c", "efi/cvm.c")  # not in the bench: libc's own functions, and what asks the processor


def explained() -> dict[str, str]:
    """The survivors that are known, each with what stands under it."""
    known, name = {}, ""
    for line in EXPLAINED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            name, known[line] = line, ""
        elif name:
            known[name] += line.strip()
    return known


def check() -> list[str]:
    """What is explained and stands nowhere in the sources, or has no reason."""
    places, known = {site.name for site in wanted(ROOMS, "", 0)}, explained()
    return ([f"there is no such place: {name}" for name in known if name not in places]
            + [f"no reason: {name}" for name in known if not known[name]])


def wanted(rooms: list[str], only: str, sample: int) -> list[sites.Site]:
    """The places to try, in an order that is the same each time."""
    found: list[sites.Site] = []
    for room in rooms:
        for name in sorted(str(path.relative_to(ROOT)) for path in (ROOT / room).glob("*.c")):
            path = ROOT / name
            found += [site for site in sites.find(name, path.read_text(encoding="utf-8"))
                      if name not in MACHINES and re.search(only, site.name)]
    if sample and sample < len(found):
        found = random.Random(1).sample(found, sample)
    return found


def judge(site: sites.Site, trees: list[Tree]) -> str:
    """What the first tree that notices anything says."""
    return next((verdict for tree in trees if (verdict := tree.judge(site)) != "survived"), "survived")


def run(found: list[sites.Site], jobs: int, bench: bool) -> Iterator[tuple[sites.Site, str]]:
    """Every place with what became of it, as they come."""
    rooms = {site.file.split("/")[0] for site in found}
    benches = [bench_tree(ROOT)] if bench or "efi" in rooms else []
    trees = {"lib": ([unit_tree(ROOT)] if "lib" in rooms else []) + (benches if bench else []), "efi": benches}
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda site: (site, judge(site, trees[site.file.split("/")[0]])), found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutate.py")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=0, help="try only N of them, the same N each time")
    parser.add_argument("--only", default="", help="regular expression that must match in a survivor's line")
    parser.add_argument("--no-bench", action="store_true", help="lib/ by the unit tests alone")
    parser.add_argument("rooms", nargs="*", default=ROOMS)
    parser.add_argument("--check", action="store_true", help="break nothing")
    args = parser.parse_args()
    faults = check()
    for fault in faults:
        print(f"{EXPLAINED.relative_to(ROOT)}: {fault}")
    if args.check:
        return int(bool(faults))
    known, started = explained(), time.monotonic()
    count = {"killed": 0, "survived": 0, "invalid": 0}
    new = 0
    for site, verdict in run(wanted(args.rooms, args.only, args.sample), args.jobs, not args.no_bench):
        count[verdict] += 1
        if verdict == "survived" and site.name not in known:
            new += 1
            print(f"{site.file}:{site.line}: survived: {site.name}", flush=True)
        elif verdict == "killed" and site.name in known:
            print(f"{site.file}:{site.line}: explained, and yet a test notices: {site.name}", flush=True)
    tried = count["killed"] + count["survived"]
    print(f"mutate: {tried} mutants in {time.monotonic() - started:.0f} s, {count['killed']} killed, "
          f"{count['survived']} survived, {new} of them not explained ({100 * new / max(tried, 1):.1f} %); "
          f"{count['invalid']} did not compile")
    return int(bool(faults) or new > MOST * tried)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"mutate: {error}\n{error.stderr}")
