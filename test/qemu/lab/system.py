# SPDX-License-Identifier: BSD-2-Clause
"""Debian 12, 13 or sid as they are installed, to boot and to type at: the one way to a real system of any release.

    from lab import system

    def administer(console):
        system.log_in(console)                    # up, every unit well, Secure Boot on
        console.run("dpkg -i /media/ukiload.deb")
        console.send("systemctl poweroff")

    chain = system.machine("trixie-install", "trixie", administer, media={"ukiload.deb": file})
    result = chain.boot()

Everything of the system is its release's own and made by its own tools: mmdebstrap runs dpkg with every maintainer
script in the new root. What stands in for an installer is in _CONFIGURED below: root has no password, and what only
makes a boot slow under emulation is masked. systemd-boot is the release's too; ESP, shim and the first UKI (the
release's stub and kernel, and an initrd that only mounts the root) are made here.

The disk has the ESP on /dev/vda1 (/boot/efi); the root is /dev/vdb, without a partition table; /dev/vdc (/media) has
what a test brings. A system is built once, in two minutes, and lies in the cache until `debs.py --refresh`: what it
consists of is not asked of a mirror again.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import bootstrap, switch_root
from .chain import BootEntry, Chain
from .console import Console
from .disk import Content, Disk
from .uki import Profile, as_file, uki


@dataclass(frozen=True)
class Debian:
    """A release, and what of it a machine with ukiload has."""

    suite: str
    name: str  # as people say
    systemd: str
    libraries: tuple[str, ...]  # what ukictl is linked with, for dpkg -i; the others have one name everywhere


RELEASES = {item.suite: item for item in (
    Debian("bookworm", "Debian 12", "252", ("libefiboot1", "libssl3", "usr-is-merged")),
    Debian("trixie", "Debian 13", "257", ("libefiboot1t64", "libssl3t64")),
    Debian("sid", "Debian sid", "262", ("libefiboot1t64", "libssl3t64")),
)}

_PACKAGES = ("systemd-sysv", "udev", "dbus", "libpam-systemd", "systemd-boot", "kexec-tools", "kmod",
             "linux-image-cloud-amd64", "libjson-c5", "sbsigntool", "efibootmgr", "mokutil")
CMDLINE = "console=ttyS0 root=/dev/vdb rw quiet no_timer_check"
_SIZE_MIB = 1024
_ESP_MIB = 300

# Slow under emulation, and nothing to this machine: timers of apt and of disks, file systems that nobody mounts, a
# terminal that it has not.
_MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
           "e2scrub_reap.service", "fstrim.timer", "systemd-tmpfiles-clean.timer", "getty@tty1.service",
           "systemd-binfmt.service", "systemd-boot-update.service", "dev-hugepages.mount", "dev-mqueue.mount",
           "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount")
_CONFIGURED = {
    "etc/fstab": "/dev/vdb / ext4 defaults 0 0\n/dev/vda1 /boot/efi vfat umask=0077 0 0\n/dev/vdc /media ext4 ro 0 0\n",
    "etc/hostname": "debian\n",
    "etc/hosts": "127.0.0.1 localhost debian\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
}

_INITRD_MODULES = ("virtio_blk", "virtio_pci", "ext4")

# mmdebstrap's hook: $1 is the root. Its own settings (no documents) go, so that what a test installs is whole.
_FINISH = """set -eu
cd "$1"
rm -f etc/dpkg/dpkg.cfg.d/99mmdebstrap etc/apt/apt.conf.d/99mmdebstrap initrd.img* boot/initrd.img*
chroot . passwd -q -d root
update=lib/systemd/systemd-update-done # or the first boot does again what dpkg has done
[ ! -x $update ] || chroot . /$update
mkdir -p boot/efi
chroot . dpkg-query -W >OUT/packages
cp boot/vmlinuz-* OUT/
mkdir OUT/modules
(cd usr/lib/modules/* && cp modules.dep OUT/modules/ && tar -c kernel | tar -x -C OUT/modules)
cp -ax . OUT/root # without what is mounted there
PATH=/usr/sbin:/sbin:$PATH
mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -E root_owner=0:0 -L root -d OUT/root OUT/root.ext4 SIZEM
rm -r OUT/root
"""


@dataclass(frozen=True)
class System:
    """A system as it lies in the cache."""

    debian: Debian
    folder: Path

    @property
    def root(self) -> Path:
        """Its file system, of which a machine gets a copy."""
        return self.folder / "root.ext4"

    @property
    def kernel(self) -> Path:
        """vmlinuz-RELEASE."""
        return next(self.folder.glob("vmlinuz-*"))

    def _modules(self) -> dict[str, Path]:
        """What the initrd loads, in this order: name -> file. What is built in is not among them."""
        needs: dict[str, list[str]] = {}
        where: dict[str, Path] = {}
        for line in (self.folder / "modules/modules.dep").read_text().splitlines():
            file, _, others = line.partition(":")
            name = Path(file).name.partition(".")[0]
            needs[name] = [Path(other).name.partition(".")[0] for other in others.split()]
            where[name] = self.folder / "modules" / file
        # depmod lists what a module needs so that the last is to be loaded first.
        order = [other for name in _INITRD_MODULES if name in needs for other in (*reversed(needs[name]), name)]
        return {name: where[name] for name in order}

    def initrd(self) -> Path:
        """One that leads to it."""
        return switch_root.initrd(self._modules())

    def uki(self, *, cmdline: str = CMDLINE, sign: str = "mok", version: int = 1, signed_kernel: bool = False,
            profiles: Sequence[Profile] = ()) -> Path:
        """A UKI of the release's stub and kernel that boots it; signed_kernel: with Debian's own signature."""
        return uki(cmdline=cmdline, kernel=self.kernel, stub=f"stub{self.debian.systemd}", initrd=self.initrd(),
                   sign=sign, signed_kernel=signed_kernel, profiles=profiles,
                   osrel=f'ID=debian\nNAME="Debian"\nPRETTY_NAME="{self.debian.name}"\nVERSION_ID={version}\n')


def machine(name: str, suite: str, operator: Callable[[Console], None], *, packages: tuple[str, ...] = (),
            media: Mapping[str, Content] | None = None, trust: str = "shim161") -> Chain:
    """A machine under Secure Boot with that release on it.

    boot() starts it and hands the serial line to the operator, who switches it off. Firmware and systemd-boot start
    \\EFI\\Linux\\debian.efi. Resets are followed; what was written is there after a power-off too (chain.again).
    packages: more of the release's. media: what lies in /media. All else of lab.Chain can be changed before boot().
    """
    made = system(suite, packages)
    chain = Chain(name, trust=trust, sdboot=made.debian.systemd, entry="debian.efi", follow_resets=True, timeout=1800,
                  esp_mib=_ESP_MIB, operator=operator)
    chain.files["/EFI/Linux/debian.efi"] = made.uki(sign=chain.key)
    chain.boot_entries[1], chain.boot_order = BootEntry("/EFI/BOOT/BOOTX64.EFI", title="Linux Boot Manager"), (1,)
    root, brought = chain.run_dir / "root.ext4", chain.run_dir / "media.ext4"

    def add_disks(_esp: Disk) -> None:
        _quiet(["cp", "--reflink=auto", "--sparse=always", str(made.root), str(root)])
        _media(brought, media or {})

    chain.edit_disk = add_disks
    chain.extra_args = ["-drive", f"file={root},format=raw,if=virtio,cache=unsafe",
                        "-drive", f"file={brought},format=raw,if=virtio,readonly=on"]
    return chain


def log_in(console: Console) -> None:
    """Wait for a system that is up as it should be, and sit down at it."""
    console.login()
    code, state = console.run("systemctl is-system-running --wait", 300)
    assert code == 0 and state == "running", console.run("systemctl --failed; journalctl -b -p err")[1]


def system(suite: str, packages: tuple[str, ...] = ()) -> System:
    """A release with these packages more; built where it is not in the cache."""
    debian = RELEASES[suite]
    wanted = (*_PACKAGES, *debian.libraries, *packages)
    told = (wanted, _CONFIGURED, _MASKED, _FINISH, _SIZE_MIB)
    return System(debian, bootstrap.cached("systems", suite, told, lambda out: _build(suite, wanted, out)))


def _build(suite: str, packages: tuple[str, ...], out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="ukiload-") as work:
        configured, finish = Path(work, "configured.tar"), Path(work, "finish.sh")
        configured.write_bytes(_configured())
        finish.write_text(_FINISH.replace("OUT", str(out)).replace("SIZE", str(_SIZE_MIB)))
        Path(work).chmod(0o755)
        bootstrap.run(suite, packages, [f"tar-in {configured} /", f'sh {finish} "$1"'])


def _configured() -> bytes:
    """What an installer would have written, as a tar."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, text in _CONFIGURED.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
        for unit in _MASKED:
            entry = tarfile.TarInfo(f"etc/systemd/system/{unit}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "/dev/null"
            tar.addfile(entry)
    return raw.getvalue()


def _media(out: Path, files: Mapping[str, Content]) -> None:
    with tempfile.TemporaryDirectory(prefix="ukiload-") as work:
        for name, content in files.items():
            target = Path(work, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(as_file(content).read_bytes())
        size = sum(file.stat().st_size for file in Path(work).rglob("*") if file.is_file())
        _quiet(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0", "-d", work, str(out),
                f"{size // 1048576 * 5 // 4 + 8}M"])


def _quiet(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}"})
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
