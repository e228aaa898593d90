# SPDX-License-Identifier: BSD-2-Clause
"""Counts tests over all kinds of them.

    tally.py run GROUP -- COMMAND...       run a command that is one test
    tally.py junit GROUP FILE --status N   count what pytest wrote; N is its exit status
    tally.py sum [--status N] GROUP...     all results, and the closing line

A group is one file, build/results/GROUP.txt: passed, failed, skipped. A group named to `sum` that left no
file did not come to its end and counts as failed. Every skip is a failure unless its reason begins with
"optional:".
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

RESULTS = Path("build/results")


def record(group: str, passed: int, failed: int, skipped: int = 0) -> None:
    """Leaves the numbers of a group where `sum` finds them."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{group}.txt").write_text(f"{passed} {failed} {skipped}\n", encoding="ascii")


def run(group: str, command: list[str]) -> int:
    status = subprocess.run(command, check=False).returncode
    record(group, int(status == 0), int(status != 0))
    return status


def junit(group: str, path: Path, status: int) -> int:
    passed = failed = skipped = 0
    required = []
    cases = ElementTree.parse(path).iter("testcase") if path.exists() else []
    for case in cases:
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
    if status and not failed:
        failed = 1
    record(group, passed, failed, skipped)
    print(f"{group}: {passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


def total(groups: list[str], status: int, quiet: bool) -> int:
    """Prints every group and the closing line; the groups named are those that must have left a result."""
    names = [*groups, *sorted({path.stem for path in RESULTS.glob("*.txt")} - {*groups})]
    sums = [0, 0, 0]
    for name in names:
        path = RESULTS / f"{name}.txt"
        numbers = [int(word) for word in path.read_text(encoding="ascii").split()] if path.exists() else [0, 1, 0]
        if not quiet:
            late = "" if path.exists() else "  (did not come to its end)"
            print(f"  {name:16} {numbers[0]:5} passed {numbers[1]:4} failed {numbers[2]:4} skipped{late}")
        sums = [old + new for old, new in zip(sums, numbers, strict=True)]
    if status and not sums[1]:
        sums[1] = 1  # a step stopped before it could count
    print(f"{sums[0]} passed, {sums[1]} failed, {sums[2]} skipped")
    return int(sums[1] > 0)


def main() -> int:
    if sys.argv[1:2] == ["run"] and sys.argv[3:4] == ["--"]:
        return run(sys.argv[2], sys.argv[4:])
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
