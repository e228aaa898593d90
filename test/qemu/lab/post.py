# SPDX-License-Identifier: BSD-2-Clause
"""Firmware's first second, kept: a machine goes on from where another one was that had the same flash and the same
hardware, and had not yet read a byte from a disk. What lies on the disk cannot have mattered until there.

What is kept is QEMU's migration stream: memory, devices and flash. A machine with a TPM has a second process with a
state of its own, one that counts instructions must count them all, and a script or more hardware is one machine's
alone: these start from power-on. So does every reset.
"""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import cache
from .monitor import Monitor

if TYPE_CHECKING:
    from .vm import Machine


class Post:
    """Of one machine, whose QEMU was not started yet.

    words: QEMU's, so that it goes on from what was kept; none if nothing was.
    """

    def __init__(self, machine: Machine, words: Sequence[str], sockets: Path) -> None:
        self._kept = _name(machine, words, sockets)
        self._known = bool(self._kept and self._kept.exists())
        self.words = ["-incoming", f"exec:cat {shlex.quote(str(self._kept))}"] if self._known else []

    def begin(self, serial: Path, monitor: Monitor) -> None:
        """Go on from there, or keep what others will go on from. Most machines are the only ones of their kind: kept
        is what comes a second time."""
        if self._known:
            while monitor.ask("query-status")["status"] == "inmigrate":
                time.sleep(0.01)
            monitor.ask("cont")
        elif self._kept and self._kept.with_suffix(".met").exists():
            keep(self._kept, serial, monitor)
        elif self._kept:
            self._kept.with_suffix(".met").touch()


def _name(machine: Machine, words: Sequence[str], sockets: Path) -> Path | None:
    alone = machine.tpm or machine.fake_clock or machine.script is not None or machine.extra_args
    if alone or not machine.serial or machine.operator:
        return None
    told = " ".join(words).replace(str(machine.run_dir), "").replace(str(sockets), "")
    size = str(machine.disk.path.stat().st_size)
    emulator = Path(shutil.which(words[0]) or "")
    return cache.named("post", [told, size, machine.vars_file, machine.code.code_file, emulator])


def keep(kept: Path, serial: Path, monitor: Monitor) -> None:
    """At firmware's first output, if no disk was read until then."""
    stop_at = time.monotonic() + 30
    while not os.path.getsize(serial):
        if time.monotonic() > stop_at:
            return
        time.sleep(0.005)
    monitor.ask("stop")
    if not any(disk["stats"]["rd_operations"] for disk in monitor.ask("query-blockstats")):
        new = kept.with_suffix(f".{os.getpid()}")
        monitor.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        monitor.ask("migrate", uri=f"exec:cat >{shlex.quote(str(new))}")
        while (status := monitor.ask("query-migrate")["status"]) not in ("completed", "failed"):
            time.sleep(0.01)
        if status == "completed":
            new.rename(kept)
    monitor.ask("cont")
