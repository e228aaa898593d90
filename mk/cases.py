# SPDX-License-Identifier: BSD-2-Clause
"""pytest plugin: --cases=REGEX runs only the tests whose id matches (make check-qemu CASES=...)."""

from __future__ import annotations

import re

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", default="", help="regular expression that must match somewhere in the test's id")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = re.compile(config.getoption("--cases"))
    left_out = [item for item in items if not wanted.search(item.nodeid)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if wanted.search(item.nodeid)]
