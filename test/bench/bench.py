# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what ukiload costs, beside the stock chain that does the same.

Counts the instructions that an emulated PC executes from power-on to the first process: systemd-boot starts a
UKI with a signed addon, and systemd-boot starts ukiload, which starts the same UKI with the same addon. QEMU's
clock is the instruction counter (-icount), so that no load of this machine and no luck is in the numbers; two
equal runs differ by less than 0.3 %. Two sizes of UKI give what each further byte costs. Both chains run under
Secure Boot through shim, without a TPM, which would add the same hashing to both.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "qemu"))

# pylint: disable=wrong-import-position
from lab import LOADER, Chain, addon, initrd, keys, sign, uki  # noqa: E402

MIB = 1 << 20
LINE = "console=ttyS0 quiet"
ADDON = "crashkernel=64M"
COMMAND = "-icount shift=0,sleep=off -rtc clock=vm,base=2026-01-01 -accel tcg,thread=single"


def image(mib: int) -> Path:
    """A UKI of about that size. The filling is an initrd's file that does not compress, as modules do not."""
    small = uki(cmdline=LINE, sign="mok").stat().st_size
    filling = random.Random(mib).randbytes(max(0, mib * MIB - small))
    return uki(cmdline=LINE, sign="mok", initrd=initrd(extra={"filling": filling}))


def launcher() -> Path:
    """ukiload, signed."""
    return sign(Path(os.environ.get("UKILOAD_EFI") or keys.BUILD / "x86_64" / "ukiloadx64.efi"), "mok")


@dataclass(frozen=True)
class Count:
    """One boot."""

    size: int  # of the UKI in bytes
    instructions: int


def boot(size: int, file: Path, entry: str) -> Count:
    """Instructions until /init runs, with `entry` as what systemd-boot starts. Nothing else differs."""
    chain = Chain(f"bench-{entry.removesuffix('.efi')}-{size}", fake_clock=True, timeout=3600,
                  esp_mib=size + 64, extra_args=["-m", "2048"])
    chain.var("LoaderEntryDefault", entry, guid=LOADER)
    chain.files = {"/EFI/Linux/image.efi": file, "/EFI/Linux/ukiload.efi": launcher(),
                   "/loader/addons/kdump.addon.efi": addon(ADDON, sign=chain.key)}
    result = chain.boot()
    report = result.report
    if report.cmdline != f"{LINE} {ADDON}" or bool(report.status) != (entry == "ukiload.efi"):
        raise AssertionError(f"the boot is not the one that was to be counted: {report.cmdline}, {report.status}")
    result.disk.path.unlink()
    return Count(file.stat().st_size, report.ticks)


def slope(counts: list[Count]) -> float:
    """Instructions for one more byte of UKI."""
    first, last = counts[0], counts[-1]
    return (last.instructions - first.instructions) / (last.size - first.size)


def row(label: str, stock: float, ours: float, form: str) -> str:
    """A line of the table."""
    return f"  {label:22} {stock:{form}} {ours:{form}}   {100 * (ours - stock) / stock:+7.2f} %"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 128], metavar="MIB", help="of the UKI (16 128)")
    sizes = parser.parse_args().sizes
    print("bench: instructions from power-on to the first process, millions", flush=True)
    print(f"bench: qemu-system-x86_64 {COMMAND}", flush=True)
    print(f"  {'UKI':22} {'stock':>10} {'ukiload':>10}", flush=True)
    stock, ours = [], []
    for size in sizes:
        file = image(size)
        stock.append(boot(size, file, "image.efi"))
        ours.append(boot(size, file, "ukiload.efi"))
        print(row(f"{file.stat().st_size / MIB:.1f} MiB", stock[-1].instructions / 1e6, ours[-1].instructions / 1e6,
                  "10.1f"), flush=True)
    if len(sizes) > 1:
        print(row("instructions per byte", slope(stock), slope(ours), "10.2f"))
    print("  What does not grow with the size:"
          " shim verifies ukiload, and the addon twice, and the screen is written to.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
