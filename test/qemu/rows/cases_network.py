# SPDX-License-Identifier: BSD-2-Clause
"""ukiload from a network: it has no volume then, and only a request that names a partition leads to a UKI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab import BootEntry, boot_images, firmware, varstore, web
from lab.arch import Arch
from lab.disk import ESP_PARTUUID, Disk
from .case import BASE, GOOD, Booted, Case, Combination, Machine, backslashed, standing

CARD, MAC = 0x10, "52:54:00:12:34:56"
NO_VOLUME = "ukiload was not started from a file system: start it from the ESP, or name the UKI with its partition"


@dataclass
class NetworkEntry(BootEntry):
    """A Boot#### entry for the network card: PciRoot(0)/Pci(16,0)/MAC()/IPv4()."""

    def option(self, disk: Disk, arch: Arch) -> bytes:
        """See BootEntry; there is no path on a disk."""
        path = (b"\x02\x01\x0c\0\xd0\x41\x03\x0a\0\0\0\0" + bytes([1, 1, 6, 0, 0, CARD])
                + b"\x03\x0b\x25\0" + bytes.fromhex(MAC.replace(":", "")).ljust(32, b"\0") + b"\1"
                + b"\x03\x0c\x1b\0" + bytes(23))
        data = varstore.ucs2(self.data) if isinstance(self.data, str) and self.data else b""
        return varstore.load_option(self.title, path, data)


def _copy(image: Path, to: Path) -> None:
    to.write_bytes(image.read_bytes())


def _network(m: Machine, words: str = "") -> None:
    """A TFTP server has ukiload, behind shim where the machine trusts that. The disk comes next."""
    folder = m.chain.run_dir / "tftp"
    shim = firmware.TRUST[m.chain.trust].shim

    def serve(_disk: Disk) -> None:
        folder.mkdir()
        files: dict[str, Path] = {"first.efi": m.launcher_image()}
        if shim:
            files = {"first.efi": boot_images.image(shim, m.arch), m.arch.named("grubx64.efi"): m.launcher_image()}
        for name, content in files.items():
            _copy(content, folder / name)

    m.chain.edit_disk = serve
    m.chain.extra_args += ["-netdev", f"user,id=net,restrict=on,tftp={folder},bootfile=first.efi",
                           "-device", f"virtio-net-pci,netdev=net,mac={MAC},addr={CARD:#x},romfile="]
    m.chain.boot_entries[7] = NetworkEntry("", words, "network")
    m.chain.boot_order = (7, 1, 2)
    m.addon(standing("quiet"), "loglevel=5")


def _alone(m: Machine) -> None:
    _network(m)


def _named(m: Machine) -> None:
    """Armed for that very entry."""
    _network(m)
    m.request(f"ukiload.uki=PARTUUID={ESP_PARTUUID}{GOOD}", via="0007")


def _uki_url(m: Machine) -> None:
    """systemd-boot 258 and later fetch an image by HTTP. Not under shim 16, which refuses what such a start asks for
    (BootPolicy)."""
    m.chain.trust, m.chain.sdboot = "db", "262"
    m.uki()
    m.addon(standing("quiet"), "loglevel=5")
    file = m.chain.run_dir / "ukiload.efi"
    m.chain.edit_disk = lambda _disk: _copy(m.launcher_image(), file)
    m.chain.extra_args += ["-netdev", f"user,id=net,restrict=on,{web.args(file)}",
                           "-device", f"virtio-net-pci,netdev=net,mac={MAC},romfile="]
    m.chain.files["/loader/entries/far.conf"] = (f"title far\nuki-url http://{web.ADDRESS}/ukiload.efi\n"
                                                 f"options ukiload.uki=PARTUUID={ESP_PARTUUID}{GOOD}\n")
    m.chain.entry = "far.conf"


DB = Combination(trust="db")

CASES = [
    Case("network_alone", _alone, Booted(
        line=f"{BASE} loglevel=5", admitted=[standing("quiet")],
        status={"earlier": f"an earlier start of ukiload in this boot came to nothing: {NO_VOLUME}.*"},
        shown=[NO_VOLUME]), also=(DB,)),
    Case("network_named", _named, Booted(
        line=f"{BASE} loglevel=5", admitted=[standing("quiet")], status={"volume": f"PARTUUID={ESP_PARTUUID}"},
        last={"id": "one", "result": "started"}, shown=[backslashed(GOOD)]), also=(DB,)),
    Case("network_uki_url", _uki_url, Booted(
        line=f"{BASE} loglevel=5", admitted=[standing("quiet")], status={"volume": f"PARTUUID={ESP_PARTUUID}"})),
]
