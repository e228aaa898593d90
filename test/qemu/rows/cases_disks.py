# SPDX-License-Identifier: BSD-2-Clause
"""Where the volume lies: on another disk than the ESP, named by its partition; and on each kind of disk."""

from __future__ import annotations

from collections.abc import Callable

from lab import media
from lab.disk import ESP_PARTUUID, Disk
from lab.large_blocks import with_large_blocks
from .case import BASE, GOOD, Booted, Case, Combination, Machine, Refused, picked, standing

FAR = "/EFI/Linux/far.efi"
FAR_LINE = f"{BASE} far=1"
FAR_PARTUUID = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
NAMED = f"ukiload.uki=PARTUUID={FAR_PARTUUID}{FAR}"


def _second_disk(m: Machine, partuuid: str = FAR_PARTUUID, **how: str) -> None:
    """A UKI and addons on a disk of its own, which firmware sees behind the first."""
    files = {FAR: m.image(cmdline=FAR_LINE, **how)}
    for path, words in {standing("quiet"): "loglevel=5", picked("kdump"): "crashkernel=64M"}.items():
        m.addon(path, words)
        files[path] = m.chain.files.pop(path)
    m.addon(standing("esp"), "debug")  # is not for it
    image = m.chain.run_dir / "second.img"

    def make(_first: Disk) -> None:
        Disk.create(image, files, esp_mib=64).name(partuuid)

    m.chain.edit_disk = make
    m.chain.extra_args += ["-drive", f"file={image},format=raw,if=virtio,cache=unsafe"]


def _named(m: Machine, **how: str) -> None:
    _second_disk(m, **how)
    m.request(f"{NAMED} ukiload.addon=kdump")


def _named_by_entry(m: Machine) -> None:
    _second_disk(m)
    m.chain.files["/loader/entries/far.conf"] = f"title far\nlinux /EFI/Linux/ukiload.efi\noptions {NAMED}\n"
    m.chain.entry = "far.conf"


def _not_named(m: Machine) -> None:
    _second_disk(m)
    del m.chain.files["/EFI/Linux/good.efi"]


def _unknown(m: Machine) -> None:
    _second_disk(m)
    m.request(NAMED.replace("bbbb", "aaaa"))


def _twice(m: Machine) -> None:
    _second_disk(m, partuuid=ESP_PARTUUID)
    m.request(NAMED.replace(FAR_PARTUUID, ESP_PARTUUID))


def _on(bus: str, shape: Callable[[Disk], None] | None = None) -> Callable[[Machine], None]:
    def prepare(m: Machine) -> None:
        m.chain.bus, m.chain.edit_disk = bus, shape
        m.chain.esp_mib = 64
        m.next_os = False  # whose entry names a GPT partition
        m.addon(standing("quiet"), "loglevel=5")

    return prepare


def _large_blocks(m: Machine) -> None:
    """The UKI lies on XBOOTLDR, whose entry ukiload itself reads from the table."""
    _on("4kn", with_large_blocks)(m)
    m.chain.xbootldr = {path: m.chain.files.pop(path) for path in (GOOD, standing("quiet"))}


def _cloned(m: Machine) -> None:
    """A second disk that is the first one's copy, with the same GUIDs: ESP and XBOOTLDR are those of the disk that
    firmware started, and what changed on the other one is not looked at."""
    m.chain.esp_mib = 64
    m.addon(standing("quiet"), "loglevel=5")
    m.chain.xbootldr = {path: m.chain.files.pop(path) for path in (GOOD, standing("quiet"))}
    image = m.chain.run_dir / "second.img"

    def make(first: Disk) -> None:
        first.copy(image).remove(standing("quiet"), 2)

    m.chain.edit_disk = make
    m.chain.extra_args += ["-drive", f"file={image},format=raw,if=virtio,cache=unsafe"]


FAR_BOOTED = Booted(uki=FAR, line=f"{FAR_LINE} loglevel=5 crashkernel=64M",
                    admitted=[standing("quiet"), picked("kdump")], status={"volume": f"PARTUUID={FAR_PARTUUID}"},
                    last={"id": "one", "result": "started"})
ON_BUS = Booted(line=f"{BASE} loglevel=5", admitted=[standing("quiet")])

CASES = [
    Case("disks_named", _named, FAR_BOOTED, also=(Combination(trust="db"),)),
    Case("disks_named_stub252", lambda m: _named(m, stub="stub252"), FAR_BOOTED),
    Case("disks_named_by_entry", _named_by_entry, Booted(
        uki=FAR, line=f"{FAR_LINE} loglevel=5", admitted=[standing("quiet")],
        status={"volume": f"PARTUUID={FAR_PARTUUID}"})),
    Case("disks_not_named", _not_named, Refused("there is no UKI")),
    Case("disks_unknown", _unknown, Refused(
        f"PARTUUID={FAR_PARTUUID.replace('bbbb', 'aaaa')} is no GPT partition with a file system that firmware can read",
        then="reset", line=f"{BASE} debug")),
    Case("disks_twice", _twice, Refused(f"PARTUUID={ESP_PARTUUID} is more than one partition", then="reset",
                                        line=f"{BASE} debug")),
    Case("disks_cloned", _cloned, ON_BUS),
    Case("disks_large_blocks", _large_blocks, ON_BUS),
    Case("disks_nvme", _on("nvme"), ON_BUS),
    Case("disks_sata", _on("sata"), ON_BUS, x64=True),
    Case("disks_usb_without_table", _on("usb", media.without_table), ON_BUS),
    Case("disks_mbr", _on("virtio", media.with_mbr), ON_BUS),
    Case("disks_cd", _on("cd", media.as_cd), ON_BUS, x64=True),
]
