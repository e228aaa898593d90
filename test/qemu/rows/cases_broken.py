# SPDX-License-Identifier: BSD-2-Clause
"""Parts that fail: damaged files, no folder, names as long as FAT takes, a clock without time. A disk that gives
errors and memory that is too small are in cases_images.py, damaged file systems in journeys/test_damaged.py."""

from __future__ import annotations

from lab import Result, cache
from lab.boot_images import MENU, MENU_ENTRY, UKILOAD
from .case import BASE, GOOD, Booted, Case, Machine, Refused, own, standing
from .cases_images import CHANGED, NEWER

HURT = "/EFI/Linux/hurt.efi"  # sorts before the good one
A_LONG_PATH = "its path is longer than 255 bytes"
MARK = b"what is signed"


def _hurt(m: Machine, change: bytes | None = None, cut: int | None = None) -> None:
    """What a request names, and when that was refused, the next start, a standing one, tries first."""
    initrd = cache.stored(bytes(1 << 20) + MARK.ljust(512) + bytes(1 << 20))
    data = m.uki(HURT, osrel=NEWER, initrd=initrd).read_bytes()
    m.chain.files[HURT] = data[:cut].replace(MARK, change or MARK)
    m.request("ukiload.uki=/EFI/Linux/hurt.efi")


def _skipped_next(why: str) -> Refused:
    def check(result: Result) -> None:
        noted = result.report.status.get("skipped", [])
        assert any("hurt.efi" in text and why in text for text in noted), noted

    return Refused(why, then="reset", last={"id": "one"}, check=check)


# --- folders and names ----------------------------------------------------------------------------

def _no_folder(m: Machine) -> None:
    m.launcher, m.chain.entry = UKILOAD, "ukiload.conf"
    m.chain.files[MENU] = MENU_ENTRY
    del m.chain.files[GOOD]


TOO_LONG = f"/EFI/Linux/{'t' * 243}.efi"  # FAT takes the name, EDK2's driver of FAT not the path
LONG = f"/EFI/Linux/{'n' * 230}.efi"  # nor that of an addon in the folder of this one


def _long_name(m: Machine) -> None:
    m.chain.files[LONG] = m.chain.files.pop(GOOD)
    m.addon(own("a", LONG), "loglevel=5")
    m.uki(TOO_LONG)


# --- machines -------------------------------------------------------------------------------------

def _clock(m: Machine) -> None:
    m.chain.extra_args += ["-rtc", "base=1970-01-01"]
    m.addon(standing("a"), "loglevel=5")


WITH_ADDON = Booted(line=f"{BASE} loglevel=5", admitted=[standing("a")])

CASES = [
    Case("broken_cut", lambda m: _hurt(m, cut=-65536), _skipped_next("has bytes that reach past the end of the file")),
    Case("broken_bytes", lambda m: _hurt(m, MARK.upper()), _skipped_next(CHANGED)),
    Case("broken_no_folder", _no_folder, Refused("there is no UKI (a file *.efi with .linux) in \\EFI\\Linux")),
    Case("broken_long_name", _long_name, Booted(
        uki=LONG, refused={own("a", LONG): A_LONG_PATH}, shown=[f"may be a UKI: {A_LONG_PATH}"])),
    Case("broken_clock", _clock, WITH_ADDON),
]
