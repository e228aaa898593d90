# SPDX-License-Identifier: BSD-2-Clause
"""ukiload from a network: it has no volume then, and only a request that names a partition leads to a UKI; but for a
whole disk that firmware fetched, which is a volume like any other. What a server does wrong is not ukiload's to judge:
it is not started, and the default boots."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lab import LOADER, BootEntry, boot_images, firmware, varstore, web
from lab.arch import Arch
from lab.disk import ESP_PARTUUID, Disk
from .case import BASE, GOOD, Booted, Case, Combination, Machine, Refused, backslashed, picked, standing

CARD, MAC = 0x10, "52:54:00:12:34:56"
NO_VOLUME = "ukiload was not started from a file system: start it from the ESP, or name the UKI with its partition"
NAMED = f"ukiload.uki=PARTUUID={ESP_PARTUUID}{GOOD}"
DB = Combination(trust="db")
FAR, FAR_LINE = "/EFI/Linux/far.efi", "console=ttyS0 quiet far=1"


@dataclass
class NetworkEntry(BootEntry):
    """A Boot#### entry for the network card: PciRoot(0)/Pci(16,0)/MAC()/IPv4(), and Uri() if `path` is one."""

    def option(self, disk: Disk, arch: Arch) -> bytes:
        """See BootEntry; there is no path on a disk."""
        path = (b"\x02\x01\x0c\0\xd0\x41\x03\x0a\0\0\0\0" + bytes([1, 1, 6, 0, 0, CARD])
                + b"\x03\x0b\x25\0" + bytes.fromhex(MAC.replace(":", "")).ljust(32, b"\0") + b"\1"
                + b"\x03\x0c\x1b\0" + bytes(23))
        if self.path:
            path += struct.pack("<BBH", 3, 24, 4 + len(self.path)) + self.path.encode()
        data = varstore.ucs2(self.data) if isinstance(self.data, str) and self.data else b""
        return varstore.load_option(self.title, path, data)


# --- what lies on the server --------------------------------------------------------------------

def _copy(image: Path, to: Path) -> None:
    to.write_bytes(image.read_bytes())


def _programs(m: Machine) -> dict[str, Path]:
    """ukiload, behind shim where the machine trusts that, which asks for its second stage where it came from."""
    shim = firmware.TRUST[m.chain.trust].shim
    if not shim:
        return {"first.efi": m.launcher_image()}
    return {"first.efi": boot_images.image(shim, m.arch), m.arch.named("grubx64.efi"): m.launcher_image()}


def _whole_disk(m: Machine, to: Path) -> None:
    """A disk to be fetched: ukiload where removable media have it, a UKI, an addon."""
    files = {"/EFI/BOOT/BOOTX64.EFI": m.launcher_image(), FAR: m.image(cmdline=FAR_LINE),
             standing("far"): m.addon(standing("far"), "loglevel=5")}
    del m.chain.files[standing("far")]
    Disk.create(to, {m.arch.named(name): content for name, content in files.items()}, esp_mib=34)


# --- machines -----------------------------------------------------------------------------------

def _served(m: Machine, server: Callable[[Path], str], disk: bool = False) -> None:
    """A network card, and a folder on its network, which is filled when the disk is there."""
    folder = m.chain.run_dir / "served"

    def serve(_disk: Disk) -> None:
        folder.mkdir()
        if disk:
            _whole_disk(m, folder / "disk.img")
        for name, content in _programs(m).items():
            _copy(content, folder / name)

    m.chain.edit_disk = serve
    m.chain.extra_args += ["-netdev", f"user,id=net,restrict=on,{server(folder)}",
                           "-device", f"virtio-net-pci,netdev=net,mac={MAC},addr={CARD:#x},romfile="]
    m.addon(standing("quiet"), "loglevel=5")


def _tftp(m: Machine) -> None:
    """Firmware boots from the card first. The disk comes next."""
    _served(m, lambda folder: f"tftp={folder},bootfile=first.efi")
    m.chain.boot_entries[7] = NetworkEntry("", title="network")
    m.chain.boot_order = (7, 1, 2)


def _tftp_named(m: Machine) -> None:
    """Armed for that very entry."""
    _tftp(m)
    m.request(NAMED, via="0007")


def _http(m: Machine, name: str = "first.efi", words: str = "", disk: bool = False) -> None:
    """An entry of firmware's that it has to fetch."""
    _served(m, web.args, disk)
    m.chain.boot_entries[7] = NetworkEntry(web.url(name), words, "network")
    m.chain.boot_order = (7, 1, 2)


def _http_named(m: Machine) -> None:
    _http(m)
    m.request(NAMED, via="0007")


def _http_refused(m: Machine) -> None:
    """The entry's own words are the request. Not behind shim, which takes them for the name of its second stage."""
    m.chain.trust = "db"
    m.uki()
    _http(m, words=f"{NAMED} init=/bin/sh")


def _http_bad(m: Machine) -> None:
    """Armed for the first; firmware tries them all."""
    _http_named(m)
    ways = ("gone", "cut/first", "moved/first", "changed/first")
    m.chain.boot_entries |= {7 + i: NetworkEntry(web.url(f"{way}.efi"), title="bad") for i, way in enumerate(ways)}
    m.chain.boot_order = (7, 8, 9, 10, 1, 2)


def _http_disk(m: Machine) -> None:
    """Nothing is named: ukiload looks at the disk that it came from."""
    m.chain.trust = "db"
    m.uki()
    _http(m, "disk.img", disk=True)


def _uki_url(m: Machine, words: str = NAMED) -> None:
    """systemd-boot 258 and later fetch an image by HTTP. Not under shim 16, which refuses what such a start asks for
    (BootPolicy)."""
    m.chain.trust, m.chain.sdboot = "db", "262"
    m.uki()
    _served(m, web.args)
    m.chain.files["/loader/entries/ukiload-far.conf"] = (f"title far\nuki-url {web.url('first.efi')}\n"
                                                         f"options {words}\n")
    m.chain.entry = "ukiload-far.conf"


def _uki_url_once(m: Machine) -> None:
    """The default is the ukiload on the disk, and a request was armed for one start of that entry."""
    _uki_url(m)
    m.chain.entry = "ukiload.efi"
    m.chain.var("LoaderEntryOneShot", "ukiload-far.conf", guid=LOADER)
    m.addon(picked("shell"), "init=/bin/sh")
    m.request(f"{NAMED} ukiload.addon=shell")


QUIET = Booted(line=f"{BASE} loglevel=5", admitted=[standing("quiet")])
PARTITION = {"volume": f"PARTUUID={ESP_PARTUUID}"}
NAMED_STARTED = replace(QUIET, status=PARTITION, last={"id": "one", "result": "started"}, shown=[backslashed(GOOD)])
FORBIDDEN = 'the request\'s words "init=/bin/sh" are refused: "init=/bin/sh" refused: sensitive (control of PID 1)'


def _then_default(why: str) -> Booted:
    """What the network brought was refused; the default goes through the ukiload on the disk, which tells."""
    return replace(QUIET, status={"earlier": f".*came to nothing: {re.escape(why)}.*"}, shown=[why])


CASES = [
    Case("network_alone", _tftp, _then_default(NO_VOLUME), also=(DB,)),
    Case("network_named", _tftp_named, NAMED_STARTED, also=(DB,)),
    Case("network_http_named", _http_named, NAMED_STARTED, also=(DB,)),
    Case("network_http_refused", _http_refused, _then_default(FORBIDDEN)),
    Case("network_http_disk", _http_disk, Booted(line=f"{FAR_LINE} loglevel=5", uki=FAR, admitted=[standing("far")])),
    # Firmware has nothing to start; the ukiload on the disk finds a request that was not armed for it.
    Case("network_http_bad", _http_bad, replace(
        QUIET, status={"request": "stale, not executed: it was armed for another Boot#### entry.*"},
        last={"id": "one", "result": "stale"}, shown=[f"failed to load Boot{n:04X}" for n in range(7, 11)])),
    Case("network_uki_url", _uki_url, replace(QUIET, status=PARTITION)),
    Case("network_uki_url_refused", lambda m: _uki_url(m, f"{NAMED} init=/bin/sh"), Refused(FORBIDDEN)),
    Case("network_uki_url_once_refused", _uki_url_once, Refused(
        "shell.addon.efi, which the request names, is refused", then="reset", line=f"{BASE} loglevel=5",
        last={"id": "one"})),
]
