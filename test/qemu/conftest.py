# SPDX-License-Identifier: BSD-2-Clause
"""What all QEMU tests need: keys and images are made before the first boot, by one process only."""

from __future__ import annotations

import pytest

from lab import keys


def pytest_configure(config: pytest.Config) -> None:
    """The workers of pytest-xdist would all make keys at once."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        keys.directory()


LONGEST = ("test_systemd.py", "test_power.py", "test_counted.py", "test_predict.py", "test_measured.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, or one worker would have it to itself at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
