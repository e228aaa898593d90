# SPDX-License-Identifier: BSD-2-Clause
"""What the stub takes from beside a UKI besides addons: through ukiload it is what it is without."""

from __future__ import annotations

import hashlib

from lab import LOADER, Result, debs
from .case import BASE, GOOD, Booted, Case, Machine, own, standing

FOLDER = f"{GOOD}.extra.d"
SEED = bytes(range(32))


def _sidecars(m: Machine) -> None:
    m.chain.files |= {
        "/loader/credentials/everyone.cred": b"for every image",
        f"{FOLDER}/own.cred": b"for this image",
        f"{FOLDER}/tools.sysext.raw": b"a system extension" * 4000,  # more than one read
        f"{FOLDER}/settings.confext.raw": b"a configuration extension",
    }
    m.addon(standing("console"), "loglevel=5")
    m.addon(own("kdump"), "crashkernel=64M")


def _stock_has_the_same(m: Machine, through: Result) -> None:
    """The same disk, booted by systemd-boot without ukiload."""
    through.disk.put({"/loader/loader.conf": "timeout 0\ndefault good.efi\n"})
    stock = m.chain.again(through.disk, through.vars_file).report
    ours = through.report
    assert stock.text("LoaderEntrySelected", LOADER) == "good.efi" and not stock.status
    assert stock.cmdline == ours.cmdline
    assert (stock.files, stock.modes) == (ours.files, ours.modes)
    names = {path.rpartition("/")[2]: digest for path, digest in ours.files.items()}
    for path, data in m.chain.files.items():
        if isinstance(data, bytes) and path.startswith(("/loader/credentials/", FOLDER)):
            assert names[path.rpartition("/")[2]] == hashlib.sha256(data).hexdigest()


def _without_loader(m: Machine) -> None:
    m.chain.sdboot, m.launcher, m.chain.second = None, None, m.launcher_image()
    m.chain.extra_args = ["-device", "virtio-rng-pci"]  # the newest stub makes no secret without it


def _seed(m: Machine) -> None:
    """Without systemd-boot the stub refreshes the seed itself, and finds the ESP from the overlay's device path."""
    _without_loader(m)
    m.chain.files["/loader/random-seed"] = SEED


def _seed_is_new(result: Result) -> None:
    seed = result.disk.read("/loader/random-seed")
    assert len(seed) == len(SEED) and seed != SEED


def _secret(m: Machine) -> None:
    """The newest stub makes a file on the image's own volume, and derives the OS's secret from it: it writes through
    the overlay."""
    _without_loader(m)
    m.uki(stub="stub262")


def _secret_is_stored(result: Result) -> None:
    assert len(result.disk.read("/loader/boot-secret-mixin")) >= 32
    assert "/.extra/boot-secret" in result.report.files, result.report.files


def _stock_has_the_same_secret(m: Machine, through: Result) -> None:
    """The same stub started by shim: what was written through the overlay is what it reads from the disk."""
    through.disk.put({m.arch.named("/EFI/BOOT/grubx64.efi"): through.disk.read(GOOD)})
    stock = m.chain.again(through.disk, through.vars_file).report
    assert not stock.status and stock.files["/.extra/boot-secret"] == through.report.files["/.extra/boot-secret"]


CASES = [
    Case("sidecars_as_stock", _sidecars, Booted(
        line=f"{BASE} loglevel=5 crashkernel=64M", admitted=[standing("console"), own("kdump")]),
        after=_stock_has_the_same, linux=True),
    Case("sidecars_random_seed", _seed, Booted(check=_seed_is_new)),
]
if debs.tree("sid").exists():  # the newest systemd, where it could be fetched
    CASES.append(Case("sidecars_boot_secret", _secret, Booted(check=_secret_is_stored),
                      after=_stock_has_the_same_secret))
