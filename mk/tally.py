# SPDX-License-Identifier: BSD-2-Clause
"""Counts tests over all kinds of them.

    tally.py run GROUP [--cases REGEX] -- COMMAND...   run a command that is one test, if it is meant
    tally.py junit GROUP FILE --status N               count what pytest wrote; N is its exit status
    tally.py sum [--status N] GROUP...                 all results, the slowest tests, and the closing line

A group is one file, build/results/GROUP.txt: passed, failed, skipped; then a line for each of its slowest tests. A
group named to `sum` that left no file did not come to its end and counts as failed. Every skip is a failure unless
its reason begins with "optional:".
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from cases import meant

RESULTS = Path("build/results")
SLOWEST = 10
NO_TESTS = 5  # pytest's exit status where --cases left none


def record(group: str, passed: int, failed: int, skipped: int = 0, took: Mapping[str, float] | None = None) -> None:
    """Leaves the numbers of a group where `sum` finds them; took: test -> seconds."""
    slowest = sorted((took or {}).items(), key=lambda item: -item[1])[:SLOWEST]
    lines = [f"{passed} {failed} {skipped}", *(f"{seconds:.1f} {name}" for name, seconds in slowest)]
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{group}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(group: str, regex: str, command: list[str]) -> int:
    """Runs a command that is one test."""
    if not meant(regex, group):
        return 0
    begin = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    record(group, int(status == 0), int(status != 0), took={group: time.monotonic() - begin})
    return status


def junit(group: str, path: Path, status: int) -> int:
    passed = failed = skipped = 0
    required = []
    took: dict[str, float] = {}
    cases = ElementTree.parse(path).iter("testcase") if path.exists() else []
    for case in cases:
        file = case.get("classname", "").removeprefix("test.").replace(".", "/")
        took[f"{file}:{case.get('name')}"] = float(case.get("time", 0))
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is None:
            passed += 1
        elif skip.get("message", "").startswith("optional:"):
            skipped += 1
        else:
            failed += 1
            required.append(f"{case.get('name')}: {skip.get('message')}")
    for line in required:
        print(f"{group}: a required case was skipped: {line}", file=sys.stderr)
    if status not in (0, NO_TESTS) and not failed:
        failed = 1
    record(group, passed, failed, skipped, took)
    print(f"{group}: {passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


def total(groups: list[str], status: int, quiet: bool) -> int:
    """Prints every group and the closing line; the groups named are those that must have left a result."""
    names = [*groups, *sorted({path.stem for path in RESULTS.glob("*.txt")} - {*groups})]
    sums = [0, 0, 0]
    took: list[tuple[float, str]] = []
    for name in names:
        path = RESULTS / f"{name}.txt"
        first, *slowest = path.read_text(encoding="utf-8").splitlines() if path.exists() else ["0 1 0"]
        numbers = [int(word) for word in first.split()]
        took += [(float(seconds), f"{name}: {test}") for seconds, test in (line.split(" ", 1) for line in slowest)]
        if not quiet:
            late = "" if path.exists() else "  (did not come to its end)"
            print(f"  {name:16} {numbers[0]:5} passed {numbers[1]:4} failed {numbers[2]:4} skipped{late}")
        sums = [old + new for old, new in zip(sums, numbers, strict=True)]
    if status and not sums[1] or not any(sums):
        sums[1] = 1  # a step stopped before it could count, or no test is called as CASES wants
    if not quiet:
        slowest = sorted(took, reverse=True)[:SLOWEST]
        print("The slowest:", *(f"{seconds:7.1f} s  {name}" for seconds, name in slowest), sep="\n  ")
    print(f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
    return int(sums[1] > 0)


def main() -> int:
    if sys.argv[1:2] == ["run"] and "--" in sys.argv:
        words, command = sys.argv[2 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
        return run(words[0], words[2] if words[1:2] == ["--cases"] else "", command)
    parser = argparse.ArgumentParser(prog="tally.py")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("junit")
    verb.add_argument("group")
    verb.add_argument("file", type=Path)
    verb.add_argument("--status", type=int, default=0)
    verb = verbs.add_parser("sum")
    verb.add_argument("groups", nargs="*")
    verb.add_argument("--status", type=int, default=0)
    verb.add_argument("--quiet", action="store_true", help="the closing line only")
    args = parser.parse_args()
    if args.verb == "junit":
        return junit(args.group, args.file, args.status)
    return total(args.groups, args.status, args.quiet)


if __name__ == "__main__":
    sys.exit(main())
