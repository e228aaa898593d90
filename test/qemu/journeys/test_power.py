# SPDX-License-Identifier: BSD-2-Clause
"""Power is cut while a reload is on its way, and the next power-on always ends in a booted system whose variables
`status` can read.

An uncut run is measured first: how long `load` takes (three in a row, each in place of the one before), the way through
firmware to ukiload, and the reloaded boot. Then QEMU is killed at points spread evenly over these three. `make check`
takes 10 points, `make soak` 100.
"""

from __future__ import annotations

import json
import os
import re
import time

import pytest
from lab import Chain, Result, addon
from .reload_machine import BASE, KDUMP, MOUNT_ESP, reload_machine

POINTS = 100 if os.environ.get("SOAK") else 10

# What begins a part of the run, on the serial line.
PARTS = {"load": r"@@out load", "exec": r"@@out exec", "reloaded": r"ukiload \S+: boots a Unified"}
END = "@@end"

CUT_SCRIPT = f"grep -q crashkernel /proc/cmdline && exit\n{MOUNT_ESP}" + """
ukictl install --esp-path /efi --image /efi/ukiload-new.efi >/dev/null || echo "install: $?"
echo load
ukictl load debian.efi --esp-path /efi --addon kdump >/dev/null || echo "first: $?"
ukictl load debian.efi --esp-path /efi >/dev/null || echo "second: $?"
ukictl load debian.efi --esp-path /efi --addon kdump >/dev/null || echo "third: $?"
umount /efi
echo exec; touch /reboot
"""
AFTER_SCRIPT = MOUNT_ESP + """
ukictl status --esp-path /efi --json; echo "status: $?"
ukictl unload --esp-path /efi --quiet; echo "unload: $?"
ukictl load debian.efi --esp-path /efi --addon kdump --quiet; echo "load: $?"
ukictl status --esp-path /efi --quiet; echo "again: $?"
umount /efi
"""


def _chain(name: str) -> Chain:
    chain = reload_machine(name)
    chain.files["/EFI/ukiload/addons/kdump.addon.efi"] = addon(KDUMP, sign=chain.key)
    chain.script = CUT_SCRIPT
    return chain


@pytest.fixture(name="lengths", scope="module")
def _lengths() -> dict[str, float]:
    """Seconds of each part in a run that nobody cuts."""
    seen: dict[str, float] = {}
    chain = _chain(f"power-uncut-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}")

    def watch(text: str) -> None:
        for part, marker in (*PARTS.items(), ("end", END)):
            if part not in seen and len(re.findall(marker, text)) >= (2 if part == "end" else 1):
                seen[part] = time.monotonic()

    chain.on_serial = watch
    result = chain.boot()
    assert [report.cmdline for report in result.reports] == [BASE, f"{BASE} {KDUMP}"], result.tail()
    assert result.reports[0].output == ["load", "exec"], result.reports[0].output
    names = [*PARTS, "end"]
    return {part: seen[after] - seen[part] for part, after in zip(names, names[1:], strict=False)}


def _points() -> list[tuple[str, float]]:
    """Part and how much of it is over, alternating."""
    each = -(-POINTS // len(PARTS))
    return [(part, (number + 0.5) / each) for number in range(each) for part in PARTS][:POINTS]


def _judge(result: Result) -> None:
    report = result.report
    assert result.ended == "off" and len(result.reports) == 1, result.tail()
    assert report.cmdline in (BASE, f"{BASE} {KDUMP}"), report.cmdline
    told = dict(line.split(": ", 1) for line in report.output if not line.startswith((" ", "{", "}")))
    status = json.loads("\n".join(line for line in report.output if line.startswith((" ", "{", "}"))))
    assert told["status"] in ("0", "3"), report.output
    armed, last = status["armed"]["state"], status["last"]["outcome"]
    if status["boot"]["through_ukiload"]:
        assert armed == "no" and last == "started", status  # one request, one boot
    else:
        # Armed and not taken is stale by now. A request of which the pointer is missing leads nowhere.
        assert armed in ("no", "stale", "incomplete"), status
        assert last in ("none", "hung"), status
    # ukictl takes whatever is there and goes on.
    assert (told["unload"], told["load"], told["again"]) == ("0", "0", "0"), report.output


@pytest.mark.parametrize(("part", "over"), _points(),
                         ids=lambda value: value if isinstance(value, str) else f"{value:.3f}")
def test_a_power_cut_leaves_a_machine_that_boots(part: str, over: float, lengths: dict[str, float]) -> None:
    """At this point of this part."""
    chain = _chain(f"power-{part}-{over:.3f}")
    chain.until, chain.grace = PARTS[part], lengths[part] * over
    cut = chain.boot()
    assert cut.ended == "until", f"the power was not cut: {cut.ended}"
    chain.until, chain.grace, chain.script = None, 1.0, AFTER_SCRIPT
    result = chain.again(cut.disk, cut.vars_file)
    _judge(result)
    result.disk.path.unlink()
