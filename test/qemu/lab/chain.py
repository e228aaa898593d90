# SPDX-License-Identifier: BSD-2-Clause
"""Firmware, shim, systemd-boot and what they boot, put together by one call."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import boot_images, firmware, keys, varstore, vm
from .arch import Arch
from .chip import Chip
from .console import Console
from .disk import Content, Disk
from .monitor import Monitor
from .varstore import BS, GLOBAL, NV, RT


@dataclass
class BootEntry:
    """A Boot#### entry. `path` is on the ESP; `data` becomes the LoadOptions of what is started."""

    path: str
    data: bytes | str = b""
    title: str = "test"
    partition: int = 1

    def option(self, disk: Disk, arch: Arch) -> bytes:
        """EFI_LOAD_OPTION; text becomes UCS-2 as efibootmgr -u writes it."""
        data = varstore.ucs2(self.data) if isinstance(self.data, str) and self.data else self.data
        return varstore.load_option(self.title, disk.device_path(arch.named(self.path), self.partition),
                                    data if isinstance(data, bytes) else b"")


@dataclass
class Chain:
    """A machine about to be switched on. Fill it in, then boot().

    firmware  by its name in lab.firmware: ovmf13, or aavmf13 for arm64, ...
    trust     shim161, shim158, db, off, off-shim161, off-shim158 (see lab.firmware)
    sdboot    252, 257, 254 and 262 (if fetched), or None: then `second` is what shim or firmware starts
    files     ESP: path -> bytes, text or a file;  xbootldr: the same for a second partition
    entry     pattern of the default entry of systemd-boot (loader.conf `default`)
    boot      Boot#### entries by number; boot_order and boot_next choose among them
    variables (name, vendor GUID) -> (attributes, data), put into the flash before the start
    """

    name: str
    firmware: str = "ovmf13"
    trust: str = "shim161"
    sdboot: str | None = "257"
    files: dict[str, Content] = field(default_factory=dict)
    xbootldr: dict[str, Content] | None = None
    entry: str | None = None
    loader_conf: str = ""
    second: Path | None = None
    mok: tuple[str, ...] = ("mok",)
    db: tuple[str, ...] = ()
    dbx: tuple[bytes, ...] = ()
    mokx: tuple[bytes, ...] = ()
    validation: bool = True
    variables: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    boot_entries: dict[int, BootEntry] = field(default_factory=dict)
    boot_order: tuple[int, ...] = ()
    boot_next: int | None = None
    esp_mib: int = 160
    edit_disk: Callable[[Disk], None] | None = None  # what mtools cannot make: damage, see lab.fat

    # as in vm.Machine
    timeout: float = 120
    follow_resets: bool = False
    until: str | None = None
    grace: float = 1.0
    tpm: bool = False
    tpm_until: str | None = None
    tpm_ends: Callable[[Chip], None] = Chip.fail
    smbios11: list[str] = field(default_factory=list)
    serial: bool = True
    script: str | None = None
    fake_clock: bool = False
    cpu: str | None = None  # None: the architecture's
    memory_mib: int = 1024
    read_speed: int = 0
    unreadable: list[int] = field(default_factory=list)  # edit_disk may say which
    bus: str = "virtio"
    extra_args: list[str] = field(default_factory=list)
    on_serial: Callable[[str], None] | None = None
    operator: Callable[[Console], None] | None = None
    screens: dict[str, str] = field(default_factory=dict)
    on_tick: Callable[[Monitor], None] | None = None

    # The disk of the run, for on_serial.
    disk: Disk | None = None

    @property
    def arch(self) -> Arch:
        """What the machine is; names of boot programs in `files` and `boot_entries` become those of it."""
        return firmware.FIRMWARE[self.firmware].arch

    @property
    def key(self) -> str:
        """The test key that this chain trusts: sign with it what shall boot."""
        return firmware.TRUST[self.trust].key

    @property
    def run_dir(self) -> Path:
        """Where everything of this run lies, also afterwards."""
        return keys.BUILD / "qemu" / "run" / self.name

    def var(self, name: str, data: bytes | str, guid: str = varstore.UKILOAD,
            attributes: int = NV | BS | RT) -> None:
        """Put a variable into the flash; text becomes UCS-2 with NUL."""
        raw = varstore.ucs2(data) if isinstance(data, str) else data
        self.variables[name, guid] = (attributes, raw)

    def boot(self) -> vm.Result:
        """Build disk and flash, run, report. Nothing is kept of an earlier run of the same name."""
        return self.again(*self.make())

    def make(self, folder: Path | None = None) -> tuple[Disk, Path]:
        """Disk and flash of a machine that was never switched on; folder: what is on its ESP, instead of `files`."""
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.run_dir.mkdir(parents=True)
        path = self.run_dir / "disk.img"
        if folder:
            disk = Disk.create_from(path, folder, esp_mib=self.esp_mib)
        else:
            disk = Disk.create(path, self._esp(), xbootldr=self.xbootldr, esp_mib=self.esp_mib)
        if self.edit_disk:
            self.edit_disk(disk)
        self.disk = disk
        return disk, self._flash(disk)

    def again(self, disk: Disk, vars_file: Path) -> vm.Result:
        """Switch the machine on with the disk and flash an earlier result has: the next boot."""
        machine = vm.Machine(firmware.FIRMWARE[self.firmware], vars_file, disk, self.run_dir)
        for name in ("timeout", "follow_resets", "until", "grace", "tpm", "tpm_until", "tpm_ends", "smbios11", "serial",
                     "script", "fake_clock", "cpu", "memory_mib", "bus", "read_speed", "unreadable", "extra_args",
                     "on_serial", "operator", "screens", "on_tick"):
            setattr(machine, name, getattr(self, name))
        return vm.run(machine)

    def _esp(self) -> Mapping[str, Content]:
        trust = firmware.TRUST[self.trust]
        files: dict[str, Content] = {}
        loader = self.second
        if self.sdboot:
            loader = boot_images.bootloader(self.sdboot, trust.key, trust.secure_boot, trust.shim is not None,
                                            self.arch)
            default = f"default {self.entry}\n" if self.entry else ""
            files["/loader/loader.conf"] = f"timeout 0\n{default}{self.loader_conf}"
        if trust.shim:
            files["/EFI/BOOT/BOOTX64.EFI"] = boot_images.image(trust.shim, self.arch)
            files["/EFI/BOOT/mmx64.efi"] = boot_images.image(trust.shim.replace("shim", "mm"), self.arch)
        if loader:
            files["/EFI/BOOT/grubx64.efi" if trust.shim else "/EFI/BOOT/BOOTX64.EFI"] = loader
        return {self.arch.named(path): content for path, content in {**files, **self.files}.items()}

    def _flash(self, disk: Disk) -> Path:
        store = firmware.prepare(firmware.FIRMWARE[self.firmware], firmware.TRUST[self.trust], mok=self.mok,
                                 db=self.db, dbx=self.dbx, mokx=self.mokx, validation=self.validation)
        for number, item in self.boot_entries.items():
            store.set(f"Boot{number:04X}", GLOBAL, item.option(disk, self.arch))
        if self.boot_order:
            store.set("BootOrder", GLOBAL, struct.pack(f"<{len(self.boot_order)}H", *self.boot_order))
        if self.boot_next is not None:
            store.set("BootNext", GLOBAL, struct.pack("<H", self.boot_next))
        for (name, guid), (attributes, data) in self.variables.items():
            store.set(name, guid, data, attributes)
        path = self.run_dir / "vars.fd"
        store.write(path)
        return path
