# SPDX-License-Identifier: BSD-2-Clause
"""File systems that are damaged, each by another seed: whatever ukiload finds there, it ends, and what it starts is a
signed image with words that the policy allows.

The damage is to folders and to chains of clusters, of everything but the three programs that lead to ukiload. Where a
machine does not come to an end, firmware itself may not: then systemd-boot, which starts the UKI without ukiload, must
hang on the same disk. 20 seeds, with SOAK=1 500.
"""

from __future__ import annotations

import os
import random

import pytest

from lab import Result, fat
from lab.disk import Disk
from lab.monitor import Monitor
from rows.case import BASE, GOOD, LAUNCHER, NEXT, Machine, make_machine, own, standing, switch_on

# Without SOAK two of those are left out in which firmware runs in a ring for ever; one, 4, stays.
SEEDS = range(500) if "SOAK" in os.environ else [seed for seed in range(22) if seed not in (13, 16)]
SPARED = ("/EFI/BOOT/BOOTX64.EFI", "/EFI/BOOT/grubx64.efi", LAUNCHER)
SECOND = "/EFI/Linux/second.efi"
FOREIGN = "foreign=1"  # what nobody signed has it in its line
DENIED = "init=/bin/sh denied=1"  # signed; no policy allows it, and a stub that is started without ukiload takes it
LINES = {f"{start} {words}".rstrip() for start in (BASE, f"{BASE} second=1")
         for words in ("", "loglevel=3", "crashkernel=64M", "loglevel=3 crashkernel=64M")} | {NEXT}
# Seconds of a processor. A boot takes 1, a refusal 3, and firmware tries three entries; a disk on which it hangs takes
# all, twice.
MOST = 30 if "SOAK" in os.environ else 12


def _fill(m: Machine) -> None:
    """Two images with addons and what belongs to nobody: each name leads somewhere that matters."""
    m.uki(SECOND, cmdline=f"{BASE} second=1")
    m.addon(standing("a"), "loglevel=3")
    m.addon(own("b"), "crashkernel=64M")
    m.uki("/EFI/Linux/unsigned.efi", cmdline=f"{BASE} {FOREIGN}", sign=None)
    m.addon("/EFI/other/not-here.addon.efi", FOREIGN, sign=None)
    m.addon(own("unsigned"), f"loglevel=4 {FOREIGN}", sign=None)
    m.addon(own("denied"), DENIED)
    m.chain.files |= {f"/EFI/Linux/note-{i}.txt": b"x" * 700 * i for i in range(3)}


def _machine(seed: int, entry: str) -> Machine:
    m = make_machine(f"damaged-{seed}-{entry.partition('.')[0]}", linux=False)
    _fill(m)
    m.chain.entry, m.chain.on_tick = entry, _look

    def damage(disk: Disk) -> None:
        volume = fat.Fat(disk)
        volume.damage(random.Random(seed), SPARED)
        volume.save()

    m.chain.edit_disk = damage
    return m


def _look(monitor: Monitor) -> None:
    if monitor.busy > MOST:
        raise TimeoutError


def _run(machine: Machine) -> Result | None:
    """None if it comes to no end."""
    try:
        result = switch_on(machine)
    except TimeoutError:
        return None
    return None if result.ended == "timeout" else result


def _judge(result: Result) -> None:
    assert FOREIGN not in "".join(item.cmdline for item in result.reports), result.tail()
    for item in result.reports:
        # Where nothing is left of its entry, systemd-boot starts another one: a UKI without ukiload.
        assert item.cmdline in LINES or not item.status, item.cmdline
    assert result.booted or result.ended == "stuck", f"{result.ended}\n{result.tail()}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_file_system_is_no_way_to_start_what_is_not_trusted(seed: int) -> None:
    """One of its two images boots, or what firmware has next, or nothing; and there is an end."""
    machine, stock = _machine(seed, "ukiload.efi"), _machine(seed, "good.efi")
    if result := _run(machine):
        _judge(result)
    else:
        assert not _run(stock), f"the stock chain does not hang here: {machine.chain.run_dir}"
    for chain in (machine.chain, stock.chain):
        if chain.disk:
            chain.disk.path.unlink()
