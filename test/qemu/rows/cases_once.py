# SPDX-License-Identifier: BSD-2-Clause
"""Judged once, used again: images that one loader, or one address, makes something else of than another; and those that
shim refuses although firmware takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab import boot_images, cache, pe_edit
from lab.once_images import ADDONS, ELSEWHERE, EMPTY, PADDED, SHIM_REFUSES, UKIS, empty_section, hit_section, padded
from .case import BASE, GOOD, REFERENCE, Booted, Case, Combination, Expected, Machine, Refused, standing

DB, OFF, SHIM158 = Combination(trust="db"), Combination(trust="off"), Combination(trust="shim158")
NEWER = 'ID=ukiload-test\nVERSION_ID=9\nPRETTY_NAME="newer image"\n'  # sorts before the good UKI


def _signed(m: Machine, data: bytes) -> Path:
    return boot_images.sign(cache.stored(data, "once.efi"), m.key)


# --- addons ---------------------------------------------------------------------------------------

def _addons(m: Machine) -> None:
    for name, (make, _) in ADDONS.items():
        m.chain.files[standing(name)] = _signed(m, make())
    m.addon(standing("zz-good"), "crashkernel=64M")


def _addons_by_kernel(m: Machine) -> None:
    m.uki(stub="stub252", kernel="kernel61")
    _addons(m)


ADDONS_REFUSED = Booted(line=f"{BASE} crashkernel=64M", admitted=[standing("zz-good")],
                        refused={standing(name): why for name, (_, why) in ADDONS.items()})


# --- UKIs -----------------------------------------------------------------------------------------

def _ukis(m: Machine) -> None:
    plain = m.uki("/EFI/Linux/a.efi", osrel=NEWER, sign=None)
    del m.chain.files["/EFI/Linux/a.efi"]
    for name in UKIS:
        m.chain.files[f"/EFI/Linux/a{name}.efi"] = pe_edit.edited(plain, hit_section(name), sign=m.key)


# --- what shim refuses ----------------------------------------------------------------------------

def _empty(m: Machine) -> None:
    m.chain.files[GOOD] = _signed(m, empty_section(m.uki(sign=None)))


def _empty_expected(c: Combination) -> Expected:
    return Refused(f"\\EFI\\Linux\\good.efi {EMPTY}") if c.trust.startswith("shim") else Booted()


def _empty_by_db(m: Machine) -> None:
    """shim 15.8 is only asked: db may vouch for what it refuses. 16.1 loads by itself."""
    m.chain.db = ("vendor",)
    m.chain.files[GOOD] = boot_images.sign(cache.stored(empty_section(m.uki(sign=None)), "once.efi"), "vendor")


def _shim_refuses(m: Machine) -> None:
    plain = m.uki("/EFI/Linux/b.efi", osrel=NEWER, sections={".odd": "odd"}, sign=None)
    del m.chain.files["/EFI/Linux/b.efi"]
    for name, (change, _) in SHIM_REFUSES.items():
        m.chain.files[f"/EFI/Linux/{name}.efi"] = pe_edit.edited(plain, change, sign=m.key)


def _linux_padded(stub: str) -> Callable[[Machine], None]:
    def prepare(m: Machine) -> None:
        m.chain.files[GOOD] = _signed(m, padded(m.uki(kernel="kernel612", signed_kernel=True, stub=stub, sign=None)))
    return prepare


def _padded_expected(c: Combination) -> Expected:
    return Refused(f"good.efi: the kernel inside {PADDED}") if c in (REFERENCE, Combination("aavmf13")) else Booted()


CASES = [
    Case("once_addons", _addons, ADDONS_REFUSED, also=(DB, SHIM158, OFF), x64=True),
    Case("once_addons_kernel", _addons_by_kernel, ADDONS_REFUSED, also=(DB,), x64=True),
    Case("once_ukis", _ukis,
         Booted(skipped={f"/EFI/Linux/a{name}.efi": f"in section {name}, {ELSEWHERE}" for name in UKIS}),
         also=(DB,), x64=True),
    Case("shim_empty_section", _empty, _empty_expected, also=(SHIM158, DB, OFF)),
    Case("shim_empty_by_db", _empty_by_db, lambda c: Booted() if c == SHIM158 else _empty_expected(c), also=(SHIM158,)),
    Case("shim_refuses", _shim_refuses,
         Booted(skipped={f"/EFI/Linux/{name}.efi": why for name, (_, why) in SHIM_REFUSES.items()}),
         also=(SHIM158,), x64=True),
    Case("linux_padded", _linux_padded("stub257"), _padded_expected, also=(SHIM158, DB, OFF)),
    Case("linux_padded_262", _linux_padded("stub262"), _padded_expected, also=(SHIM158, DB)),
]
