# SPDX-License-Identifier: BSD-2-Clause
"""Power is cut while a reload is on its way, and the next power-on always ends in a booted system whose variables
`status` can read.

A run is measured first: how long `load` takes (three in a row, each in place of the one before), the way through
firmware to ukiload, and the reloaded boot. In a second one QEMU is stopped (SIGSTOP) at points spread evenly over these
three, and what disk and flash hold then is copied: what a power cut leaves. Each copy is switched on. `make check`
takes 10 points, `make soak` 100.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab import Chain, Result, addon
from lab.disk import Disk
from lab.monitor import Monitor
from .reload_machine import BASE, KDUMP, MOUNT_ESP, reload_machine

# One worker has all points, for they are of one run.
pytestmark = pytest.mark.xdist_group("power")
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


@dataclass(frozen=True)
class Cut:
    """What was on disk and in flash at a point."""

    disk: Disk
    flash: Path


class Watch:
    """A run, and when each part of it began."""

    def __init__(self, name: str) -> None:
        self.seen: dict[str, float] = {}
        self.chain = _chain(name)
        self.chain.on_serial = self._read

    def _read(self, text: str) -> None:
        for part, marker in (*PARTS.items(), ("end", END)):
            if part not in self.seen and len(re.findall(marker, text)) >= (2 if part == "end" else 1):
                self.seen[part] = time.monotonic()

    def lengths(self) -> dict[str, float]:
        """Seconds of each part in a run to its end."""
        result = self.chain.boot()
        assert [report.cmdline for report in result.reports] == [BASE, f"{BASE} {KDUMP}"], result.tail()
        assert result.reports[0].output == ["load", "exec"], result.reports[0].output
        result.disk.path.unlink()
        names = [*PARTS, "end"]
        return {part: self.seen[after] - self.seen[part] for part, after in zip(names, names[1:], strict=False)}


class Cutter(Watch):
    """The same, cut at each point as soon as its part has lasted for so long."""

    def __init__(self, name: str, lengths: dict[str, float]) -> None:
        super().__init__(name)
        self.cuts: dict[tuple[str, float], Cut] = {}
        self._lengths = lengths
        # A reloaded system that came up sooner than the first time still waits for its last points.
        self.chain.script = CUT_SCRIPT.replace("&& exit", "&& { echo up; sleep 600; }", 1)
        self.chain.until, self.chain.grace = "@@out up", 5 + lengths["reloaded"] / 2
        self._stood = dict.fromkeys(PARTS, 0.0)  # seconds of each part in which nothing ran
        self.chain.on_tick = self._look

    def _look(self, monitor: Monitor) -> None:
        for part, over in _points():
            if (part, over) not in self.cuts and part in self.seen and \
                    time.monotonic() - self.seen[part] - self._stood[part] >= self._lengths[part] * over:
                begin = time.monotonic()
                with monitor.standing_still():
                    self.cuts[part, over] = self._copy(f"{part}-{over:.3f}")
                for begun in self.seen.keys() & self._stood:
                    self._stood[begun] += time.monotonic() - begin

    def _copy(self, name: str) -> Cut:
        assert self.chain.disk
        folder = self.chain.run_dir
        return Cut(self.chain.disk.copy(folder / f"{name}.img"),
                   Path(shutil.copy(folder / "vars.fd", folder / f"{name}.fd")))


@pytest.fixture(name="cuts", scope="module")
def _cuts() -> Iterator[dict[tuple[str, float], Cut]]:
    """All of a run."""
    cutter = Cutter("power-cut", Watch("power-uncut").lengths())
    result = cutter.chain.boot()
    assert set(cutter.cuts) == set(_points()), f"not all points were reached: {sorted(cutter.cuts)}\n{result.tail()}"
    result.disk.path.unlink()
    yield cutter.cuts
    for cut in cutter.cuts.values():
        cut.disk.path.unlink(missing_ok=True)


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
def test_a_power_cut_leaves_a_machine_that_boots(part: str, over: float, cuts: dict[tuple[str, float], Cut]) -> None:
    """At this point of this part."""
    chain = _chain(f"power-{part}-{over:.3f}")
    chain.script = AFTER_SCRIPT
    chain.run_dir.mkdir(parents=True, exist_ok=True)
    cut = cuts[part, over]
    _judge(chain.again(cut.disk, cut.flash))
    cut.disk.path.unlink()
