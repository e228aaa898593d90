# SPDX-License-Identifier: BSD-2-Clause
"""CASES=REGEX: which tests of which layer are meant.

A test is called "GROUP ROOM/FILE:TEST", with the name that documents have for it: "unit unit/test_path:test_base",
"bench firmware/test_vars:test_get", "ukictl ukictl/test_verify:test_revoked", "qemu qemu/agree/test_agree:test_table",
"fuzz fuzz_policy". What is one test as a whole is called as its group: "lint", "gcc". The regular expression has to
match anywhere in that.

    cases.py REGEX GROUP NAME...     prints the names that are meant

It is a pytest plugin as well: --cases=REGEX --cases-group=GROUP.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def meant(regex: str, group: str, name: str = "") -> bool:
    """Whether this test of this group is meant."""
    return re.search(regex, f"{group} {name}".strip()) is not None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Words of pytest's command line."""
    parser.addoption("--cases", default="", help="regular expression that must match somewhere in the test's name")
    parser.addoption("--cases-group", default="qemu")


def _names(item: pytest.Item) -> str:
    """The name that documents have for a test, and pytest's own."""
    short = item.nodeid.removeprefix("test/").replace(".py::", ":")
    return f"{short} {item.nodeid}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves those that are meant."""
    regex, group = config.getoption("--cases"), config.getoption("--cases-group")
    chosen = [item for item in items if meant(regex, group, _names(item))]
    left_out = [item for item in items if item not in set(chosen)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen


def main() -> int:
    regex, group, *names = sys.argv[1:]
    print(*(name for name in names if meant(regex, group, name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
