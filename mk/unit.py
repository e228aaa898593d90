# SPDX-License-Identifier: BSD-2-Clause
"""Runs cmocka programs, shows what fails, counts.

    unit.py [--coverage PERCENT] GROUP PROGRAM...

With --coverage the programs are built for gcov: the line coverage of lib/ is printed, and less than
PERCENT fails.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from tally import record

TIMEOUT = 300


def run_program(program: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of one program; TAP is what cmocka prints."""
    env = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    try:
        done = subprocess.run([program], env=env, capture_output=True, text=True, errors="replace",
                              timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        print(f"{program.name}: no end after {TIMEOUT} s")
        return 0, 1, 0
    passed = failed = skipped = 0
    for line in done.stdout.splitlines():
        if re.match(r"ok \d+.*# SKIP", line):
            skipped += 1
        elif re.match(r"ok \d+", line):
            passed += 1
        elif re.match(r"not ok \d+", line):
            failed += 1
    if done.returncode and not failed or passed + failed + skipped == 0:
        failed += 1
        print(f"{program.name}: ended with status {done.returncode}, {passed} tests passed before")
    if failed or skipped:
        print(done.stdout + done.stderr)
    return passed, failed, skipped


def coverage(tree: Path) -> tuple[int, int, list[str]]:
    """(lines executed, lines, the files with lines left out) of lib/."""
    data = sorted(str(path) for path in tree.glob("lib/*.gcda"))
    report = subprocess.run(["gcov", "-n", *data], capture_output=True, text=True, check=True).stdout
    hit = lines = 0
    gaps = []
    for name, percent, count in re.findall(r"File '(lib/\S+)'\nLines executed:([\d.]+)% of (\d+)", report):
        covered = round(float(percent) * int(count) / 100)
        hit += covered
        lines += int(count)
        if covered < int(count):
            gaps.append(f"{name} {percent} % of {count}")
    return hit, lines, gaps


def main() -> int:
    parser = argparse.ArgumentParser(prog="unit.py")
    parser.add_argument("group")
    parser.add_argument("--coverage", type=float)
    parser.add_argument("programs", nargs="*", type=Path)
    args = parser.parse_args()
    if not args.programs:
        print(f"{args.group}: there are no test programs")
        record(args.group, 0, 1)
        return 1
    tree = args.programs[0].parent
    for old in tree.rglob("*.gcda"):
        old.unlink()
    results = [run_program(program) for program in args.programs]
    passed, failed, skipped = (sum(column) for column in zip(*results, strict=True))
    failed += skipped  # nothing here may be skipped
    closing = f"{args.group}: {passed} passed, {failed} failed in {len(results)} programs"
    if args.coverage is not None:
        hit, lines, gaps = coverage(tree)
        percent = 100 * hit / lines if lines else 0.0
        for gap in gaps:
            print(f"coverage: {gap}")
        closing += f"; line coverage of lib/: {percent:.1f} % of {lines} lines"
        if percent < args.coverage:
            failed += 1
            closing += f", less than the {args.coverage:g} % wanted"
        else:
            passed += 1
    record(args.group, passed, failed)
    print(closing)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
