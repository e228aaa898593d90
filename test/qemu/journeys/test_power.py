# SPDX-License-Identifier: BSD-2-Clause
"""Power is cut while a reload is on its way, and the next power-on always ends in a booted system whose variables
`status` can read.

What disk and flash hold is kept all along a run, ten times a second, while QEMU is stopped (SIGSTOP): it is what a
power cut leaves. Of that are taken points spread evenly over three parts: `load`, three in a row, each in place of the
one before, the way through firmware to ukiload, and the reloaded boot. Each is switched on, those that are the same
once. `make check` takes 10 points, `make soak` 100.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

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
    """What was on disk and in flash at a point; of a disk that was not written to there is one copy."""

    disk: Disk
    flash: bytes


class Run:
    """A reload, and what a power cut would have left of it."""

    def __init__(self) -> None:
        self._chain = _chain("power")
        self._chain.on_serial, self._chain.on_tick = self._read, self._keep
        self._began: dict[str, float] = {}  # a part, and the end of the last one
        self._stood = 0.0  # seconds in which nothing ran
        self._kept: list[tuple[float, Cut]] = []
        self._written = 0
        self._results: dict[Cut, Result] = {}
        result = self._chain.boot()
        assert [report.cmdline for report in result.reports] == [BASE, f"{BASE} {KDUMP}"], result.tail()
        assert result.reports[0].output == ["load", "exec"], result.reports[0].output
        first, last = self.cut("load", 0), self.cut("reloaded", 1)
        assert first.disk != last.disk and first.flash != last.flash, "what was written is not seen"
        result.disk.path.unlink()

    def _now(self) -> float:
        return time.monotonic() - self._stood

    def _read(self, text: str) -> None:
        for part, marker in (*PARTS.items(), ("end", END)):
            if part not in self._began and len(re.findall(marker, text)) >= (2 if part == "end" else 1):
                self._began[part] = self._now()

    def _keep(self, monitor: Monitor) -> None:
        if not self._began or "end" in self._began:
            return
        begin, now = time.monotonic(), self._now()
        with monitor.standing_still():
            self._kept.append((now, self._copy()))
        self._stood += time.monotonic() - begin

    def _copy(self) -> Cut:
        assert self._chain.disk
        folder, written = self._chain.run_dir, self._chain.disk.path.stat().st_mtime_ns
        last = self._kept[-1][1] if self._kept else None
        flash = (folder / "vars.fd").read_bytes()
        if last and written == self._written:
            return last if flash == last.flash else Cut(last.disk, flash)
        self._written = written
        return Cut(self._chain.disk.copy(folder / f"{len(self._kept)}.img"), flash)

    def cut(self, part: str, over: float) -> Cut:
        """What there was when so much of a part was over."""
        names = [*PARTS, "end"]
        begin, end = self._began[part], self._began[names[names.index(part) + 1]]
        return min(self._kept, key=lambda kept: abs(kept[0] - begin - over * (end - begin)))[1]

    def after(self, cut: Cut) -> Result:
        """The next power-on."""
        if cut not in self._results:
            chain = _chain(f"power-{len(self._results)}")
            chain.script = AFTER_SCRIPT
            chain.run_dir.mkdir(parents=True, exist_ok=True)
            flash = chain.run_dir / "vars.fd"
            flash.write_bytes(cut.flash)
            self._results[cut] = chain.again(cut.disk.copy(chain.run_dir / "disk.img"), flash)
            self._results[cut].disk.path.unlink()
        return self._results[cut]

    def forget(self) -> None:
        """Remove the disks."""
        for _, cut in self._kept:
            cut.disk.path.unlink(missing_ok=True)


@pytest.fixture(name="reload", scope="module")
def _reload() -> Iterator[Run]:
    """All points are of one run."""
    run = Run()
    yield run
    run.forget()


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
def test_a_power_cut_leaves_a_machine_that_boots(part: str, over: float, reload: Run) -> None:
    """At this point of this part."""
    _judge(reload.after(reload.cut(part, over)))
