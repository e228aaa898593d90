# SPDX-License-Identifier: BSD-2-Clause
"""Builds and runs cmocka programs, shows what fails, counts.

    unit.py [--coverage PERCENT] [--cases REGEX] [--jobs N] --build COMMAND GROUP SOURCE...

Each source is one program, build/GROUP/NAME, that the command makes. With --coverage the programs are built for gcov:
the line coverage of lib/ is printed, and less than PERCENT fails. With --cases only what is meant is built and run,
one process a test (test/unit/chosen.c). UNDER in the environment is what runs programs of another machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cases import meant
from tally import record

TIMEOUT = 300
UNDER = shlex.split(os.environ.get("UNDER", ""))
TEST = re.compile(r"^static void (\w+)\(void \*\*", re.MULTILINE)


def chosen(source: Path, group: str, regex: str) -> list[str]:
    """The tests of a program that are meant; [""]: all of them."""
    if not regex:
        return [""]
    tests = TEST.findall(source.read_text(encoding="utf-8"))
    name = f"{source.parent.name}/{source.stem}"
    found = [test for test in tests if meant(regex, group, f"{name}:{test}")]
    return [""] if found == tests else found


def run_program(program: Path, test: str = "") -> tuple[int, int, int]:
    """(passed, failed, skipped) of one program, or of one test in it; TAP is what cmocka prints."""
    env = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "UKILOAD_TEST": test}
    try:
        done = subprocess.run([*UNDER, program], env=env, capture_output=True, text=True, errors="replace",
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
    if done.returncode and not failed or passed + failed + skipped == 0 and not test:
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


def timed(program: Path, tests: list[str]) -> tuple[tuple[int, ...], float]:
    """What the tests of a program came to, and the seconds they took."""
    begin = time.monotonic()
    results = [run_program(program, test) for test in tests]
    return tuple(sum(column) for column in zip(*results, strict=True)), time.monotonic() - begin


def run_all(tree: Path, wanted: dict[Path, list[str]], jobs: int) -> tuple[tuple[int, ...], dict[str, float]]:
    """The sums, and the seconds of each program."""
    with ThreadPoolExecutor(jobs) as pool:
        done = list(pool.map(lambda item: timed(tree / item[0].stem, item[1]), wanted.items()))
    took = {f"{source.parent.name}/{source.stem}": seconds for source, (_, seconds) in zip(wanted, done, strict=True)}
    return tuple(sum(column) for column in zip(*(counts for counts, _ in done), strict=True)), took


def main() -> int:
    parser = argparse.ArgumentParser(prog="unit.py")
    parser.add_argument("group")
    parser.add_argument("--coverage", type=float)
    parser.add_argument("--cases", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", required=True)
    parser.add_argument("sources", nargs="+", type=Path)
    args = parser.parse_args()
    tree = Path("build") / args.group
    wanted = {source: tests for source in args.sources if (tests := chosen(source, args.group, args.cases))}
    if not wanted:
        return 0
    made = subprocess.run([*shlex.split(args.build), *(str(tree / source.stem) for source in wanted)], check=False)
    if made.returncode:
        record(args.group, 0, 1)
        return 1
    for old in tree.rglob("*.gcda"):
        old.unlink()
    (passed, failed, skipped), took = run_all(tree, wanted, args.jobs)
    failed += skipped  # nothing here may be skipped
    closing = f"{args.group}: {passed} passed, {failed} failed in {len(wanted)} programs"
    if args.coverage is not None and not args.cases:
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
    record(args.group, passed, failed, took=took)
    print(closing)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
