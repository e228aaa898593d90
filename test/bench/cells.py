# SPDX-License-Identifier: BSD-2-Clause
"""What is counted: one boot of an emulated PC from power-on to the first process (or to the first instruction of a
kernel that does nothing), by QEMU's instruction clock.

Nothing of this machine is in such a number, and two equal boots differ by what Linux does with chance: less than 0.1 %.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "qemu"))

# pylint: disable=wrong-import-position
from lab import LOADER, BootEntry, Chain, addon, boot_images, cache, guest, keys, sign, uki  # noqa: E402
from lab.arch import AA64, X64, Arch  # noqa: E402
from lab.monitor import Monitor  # noqa: E402
from rows.machine import embed_policy  # noqa: E402

MIB = 1 << 20
LINE = "console=ttyS0 quiet"
WORDS = "crashkernel=64M"
IMAGE, LAUNCHER, LAUNCHED = "/EFI/Linux/image.efi", "/EFI/Linux/ukiload.efi", "\\EFI\\Linux\\ukiload.efi"
ARM_TICK = 16  # instructions: the timer of arm64 counts at 62.5 MHz, and an instruction takes a nanosecond
COMMAND = "-icount shift=0,sleep=off -rtc clock=vm,base=2026-01-01 -accel tcg,thread=single"


@dataclass(frozen=True)
class Cell:
    """One boot.

    way: `stock` (systemd-boot starts the UKI), `ukiload` (systemd-boot starts ukiload), `next` (BootNext: shim does)
    pinned: a request that pins the image's digest;  kernel: `tiny` ends the count where Linux would begin
    images: UKIs in the folder, of which this one is the first;  rules: of ukiload's policy, 0 for the default one
    """

    way: str
    mib: int
    trust: str = "shim161"
    stub: str = "stub257"
    addons: int = 1
    pinned: bool = False
    kernel: str = "kernel612"
    line: str = LINE
    images: int = 1
    rules: int = 0
    arch: Arch = X64

    @property
    def name(self) -> str:
        """A name of its own."""
        parts = [self.way, self.mib, self.trust, self.stub, self.addons, self.pinned, self.kernel]
        parts += [f"line{len(self.line)}"] if self.line != LINE else []
        parts += [f"images{self.images}"] if self.images != 1 else []
        parts += [f"rules{self.rules}"] if self.rules else []
        parts += [self.arch.name] if self.arch != X64 else []
        return "-".join(str(part) for part in parts)


@dataclass(frozen=True)
class Count:
    """What a cell came to."""

    size: int  # of the UKI in bytes
    instructions: int
    handoff: str


def image(cell: Cell, key: str) -> Path:
    """A UKI of about that size. The filling is an initrd's file that does not compress, as modules do not."""
    small = uki(cmdline=cell.line, sign=key, stub=cell.stub, kernel=cell.kernel, arch=cell.arch).stat().st_size
    filling = random.Random(cell.mib).randbytes(max(0, cell.mib * MIB - small))
    archive = guest.cpio({"filling": (0o100644, filling)})
    made = archive + bytes(-len(archive) % 4) + guest.initrd(cell.kernel, arch=cell.arch).read_bytes()
    return uki(cmdline=cell.line, sign=key, stub=cell.stub, kernel=cell.kernel, initrd=cache.stored(made, "initrd"),
               arch=cell.arch)


def built(arch: Arch = X64) -> Path:
    """ukiload as it was built; what it was made from, ukiload.elf, lies beside it."""
    other = os.environ.get("UKILOAD_EFI") if arch == X64 else None
    return Path(other or keys.BUILD / arch.name / f"ukiload{arch.efi}.efi")


def launcher(key: str, rules: int = 0, arch: Arch = X64) -> Path:
    """ukiload, signed; the first rule of its policy is what the cells' addons need, the others match nothing."""
    if not rules:
        return sign(built(arch), key)
    lines = ["@version 1", f"{WORDS.partition('=')[0]}=*", *(f"word{number}=*" for number in range(1, rules))]
    return sign(embed_policy("\n".join([*lines, ""]), arch), key)


def machine(cell: Cell, file: Path) -> Chain:
    """The PC of a cell. Two cells that differ in `way` alone have the same disk."""
    chain = Chain(f"count-{cell.name}", firmware="ovmf13" if cell.arch == X64 else "aavmf13", trust=cell.trust,
                  fake_clock=True, timeout=7200, esp_mib=cell.images * cell.mib + 64,
                  extra_args=["-m", str(1024 + 4 * cell.mib)])
    chain.files = {IMAGE: file, LAUNCHER: launcher(chain.key, cell.rules, cell.arch)}
    chain.files |= {f"/EFI/Linux/a{number:03}.efi": file for number in range(1, cell.images)}  # which come after it
    for number in range(cell.addons):
        words = WORDS if cell.addons == 1 else f"console=ttyS{number % 4}"
        chain.files[f"/loader/addons/a{number:03}.addon.efi"] = addon(words, sign=chain.key, arch=cell.arch)
    chain.var("LoaderEntryDefault", "image.efi" if cell.way == "stock" else "ukiload.efi", guid=LOADER)
    pin = f" ukiload.sha256={hashlib.sha256(file.read_bytes()).hexdigest()}" if cell.pinned else ""
    if cell.way == "next":
        chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data=f"{LAUNCHED} ukiload.oneshot")
        chain.boot_next = 7
    if cell.way == "next" or cell.pinned:
        via = "0007" if cell.way == "next" else "loader"
        chain.var("UkiloadRequest", f"ukiload.id=count ukiload.via={via} ukiload.uki=\\EFI\\Linux\\image.efi{pin}")
    return chain


def boot_image(name: str) -> Path:
    """A boot program of the lab."""
    return boot_images.image(name)


def bootloader() -> Path:
    """systemd-boot as the chains through shim have it."""
    return boot_images.bootloader("257", "mok", True, True)


def count(cell: Cell, extra: Sequence[str] = (), on_tick: Callable[[Monitor], None] | None = None) -> Count:
    """Boot it; extra: further words for QEMU; on_tick: as in lab.vm.Machine."""
    chain = machine(cell, file := image(cell, "db" if cell.trust == "db" else "mok"))
    chain.extra_args += extra
    chain.on_tick = on_tick
    result = chain.boot()
    status = result.report.status
    started = status.get("result") == ["started"] if cell.way != "stock" else not status
    if not started or result.report.ticks == 0:
        raise AssertionError(f"{cell}: not the boot that was to be counted: {result.report.cmdline}, {status}")
    result.disk.path.unlink()
    ticks = result.report.ticks * (ARM_TICK if cell.arch == AA64 else 1)
    return Count(file.stat().st_size, ticks, status.get("handoff", ["-"])[0])
