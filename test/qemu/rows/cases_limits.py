# SPDX-License-Identifier: BSD-2-Clause
"""More than anybody has: files in a folder, images, addons, folders in each other, characters in a path."""

from __future__ import annotations

from lab import cache
from .case import BASE, Booted, Case, Machine, Refused, own, standing

DEEP = "/EFI/" + "/".join(f"{i:02}-{'d' * 24}" for i in range(7)) + "/image.efi"


def _crowded(m: Machine) -> None:
    """1000 files beside the image, of names for which mtools does not take minutes."""
    m.chain.files |= {f"/EFI/Linux/n{i}.txt": "x" for i in range(1000)}
    m.addon(standing("a"), "loglevel=3")


def _images(m: Machine) -> None:
    """One more than are tried; each comes before the good one."""
    small = m.image(kernel="addon257", uname="6.12", initrd=cache.stored(b"initrd" * 100), sign=None,
                    osrel="ID=ukiload-test\nVERSION_ID=9\n")
    m.chain.files |= {f"/EFI/Linux/a{i:02}.efi": small for i in range(65)}


def _addons(m: Machine) -> None:
    small = m.addon(standing("a000"), "loglevel=3")
    m.chain.files |= {standing(f"a{i:03}"): small for i in range(129)}


def _deep(m: Machine) -> None:
    m.uki(DEEP, cmdline=f"{BASE} deep=1")
    m.addon(own("a", DEEP), "loglevel=3")
    m.request(f"ukiload.uki={DEEP}")


def _too_deep(m: Machine) -> None:
    m.request(f"ukiload.uki={DEEP.replace('d', 'd' * 3)}")


CASES = [
    Case("limit_files", _crowded, Booted(line=f"{BASE} loglevel=3", admitted=[standing("a")])),
    Case("limit_images", _images, Refused("none of the best 64 UKIs in \\EFI\\Linux can be started")),
    Case("limit_addons", _addons, Refused(
        "\\EFI\\Linux\\good.efi has more than 128 addons, the limit: remove some from \\loader\\addons")),
    Case("limit_deep", _deep, Booted(uki=DEEP, line=f"{BASE} deep=1 loglevel=3", admitted=[own("a", DEEP)],
                                     last={"result": "started"})),
    Case("limit_path", _too_deep, Refused(
        "ukiload.uki takes: a path from the root of the volume, or PARTUUID=UUID/PATH", then="reset")),
]
