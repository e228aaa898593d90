# SPDX-License-Identifier: BSD-2-Clause
"""Firmware's first second, kept: a machine goes on from where another one was that had the same flash and the same
hardware, and had not yet read a byte from a disk. What lies on the disk cannot have mattered until there.

What is kept is QEMU's migration stream: memory, devices and flash. Variables that no firmware reads may differ. They
lie in one slot of the flash (lab.varstore), whose bytes are exchanged wherever they stand in the stream: in the flash
and in firmware's copy of it, which are of one layout whatever is in the slot. What a TPM holds is in the stream, too; a
script is for the system that comes, and read by nobody before. A machine that counts instructions must count them all,
and what more hardware does, or a person at the line, is one machine's alone: these start from power-on. So does every
reset.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import cache, varstore
from .monitor import Monitor

if TYPE_CHECKING:
    from .vm import Machine

# Three times as long until the first output as newer ones; with a TPM all do.
_SLOW = ("ovmf11", "ovmf12")


class Post:
    """Of one machine, whose QEMU was not started yet.

    words: QEMU's, so that it goes on from what was kept; none if nothing was.
    said: what firmware had said until there.
    """

    def __init__(self, machine: Machine, words: Sequence[str], sockets: Path) -> None:
        flash = machine.vars_file.read_bytes()
        found = slots(flash)
        self._slots = found if len(found) == 1 else []
        self._kept = _name(machine, words, sockets, flash, self._slots)
        self._known = bool(self._kept and self._kept.exists())
        self._slow = machine.tpm or machine.code.name in _SLOW
        self.words = ["-incoming", "exec:" + self._goes_on(flash, sockets)] if self._known else []
        self.said = (self._kept / "said").read_bytes() if self._kept and self._known else b""

    def _goes_on(self, flash: bytes, sockets: Path) -> str:
        """The command that gives the stream, with this machine's variables in it."""
        assert self._kept
        stream = f"exec <{shlex.quote(str(self._kept / 'stream'))}; "
        at = 0
        if self._slots:
            (begin, end), = self._slots
            (sockets / "slot").write_bytes(flash[begin:end])
            with open(self._kept / "stream", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as kept:
                for begin, end in slots(kept):
                    stream += f"head -c {begin - at}; cat {sockets}/slot; head -c {end - begin} >/dev/null; "
                    at = end
        return stream + "cat"

    def begin(self, serial: Path, monitor: Monitor) -> None:
        """Go on from there, or keep what others will go on from. Most machines are the only ones of their kind: kept
        is what comes a second time, and what would take long to make again."""
        if self._known:
            while monitor.ask("query-status")["status"] == "inmigrate":
                time.sleep(0.01)
            monitor.ask("cont")
        elif self._kept and (self._slow or self._kept.with_suffix(".met").exists()):
            keep(self._kept, serial, monitor, bool(self._slots))
        elif self._kept:
            self._kept.with_suffix(".met").touch()


def slots(where: bytes | mmap.mmap) -> list[tuple[int, int]]:
    """Where the slot begins and ends, each time that it is there; none if not each time as a whole."""
    begins, ends = ([match.start() for match in re.finditer(mark, where)]  # type: ignore[call-overload]
                    for mark in (re.escape(varstore.SLOT_BEGIN), re.escape(varstore.SLOT_END)))
    found = [(begin + len(varstore.SLOT_BEGIN), end) for begin, end in zip(begins, ends, strict=False)]
    whole = len(begins) == len(ends) and len({bytes(where[begin:end]) for begin, end in found}) == 1 \
        and found[0][1] - found[0][0] < varstore.SLOT_SIZE
    return found if whole else []


def _name(machine: Machine, words: Sequence[str], sockets: Path, flash: bytes,
          cut: list[tuple[int, int]]) -> Path | None:
    alone = machine.fake_clock or machine.extra_args or not machine.serial or machine.operator
    if alone:
        return None
    for begin, end in cut:
        flash = flash[:begin] + flash[end:]
    told = " ".join(words).replace(str(machine.run_dir), "").replace(str(sockets), "")
    size = str(machine.disk.path.stat().st_size)
    emulator = Path(shutil.which(words[0]) or "")
    return cache.named("post", [told, size, str(machine.tpm), flash, machine.code.code_file, emulator])


def keep(kept: Path, serial: Path, monitor: Monitor, slotted: bool = False) -> None:
    """At firmware's first output, if no disk was read until then; with a slot, if each copy of that is whole."""
    stop_at = time.monotonic() + 30
    while not os.path.getsize(serial):
        if time.monotonic() > stop_at:
            return
        time.sleep(0.005)
    monitor.ask("stop")
    if not any(disk["stats"]["rd_operations"] for disk in monitor.ask("query-blockstats")):
        with tempfile.TemporaryDirectory(dir=kept.parent, ignore_cleanup_errors=True) as folder:
            new = Path(folder)
            (new / "said").write_bytes(serial.read_bytes())
            monitor.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
            monitor.ask("migrate", uri=f"exec:cat >{shlex.quote(str(new / 'stream'))}")
            while (status := monitor.ask("query-migrate")["status"]) not in ("completed", "failed"):
                time.sleep(0.01)
            if status == "completed" and (not slotted or len(slots((new / "stream").read_bytes())) > 1):
                with contextlib.suppress(OSError):  # another worker was first
                    new.rename(kept)
    monitor.ask("cont")
