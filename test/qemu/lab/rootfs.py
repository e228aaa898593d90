# SPDX-License-Identifier: BSD-2-Clause
"""A real Debian system to boot: systemd as PID 1, udev, dbus, login, bootctl, and ukiload as `make install` leaves it.

The packages are unpacked (see debs.py), so what their maintainer scripts would do stands here. root has no password.
The disk has the ESP on /dev/vda1; this file system is /dev/vdb, without a partition table.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import boot_images, cache, debs, keys, switch_root

MODULES = ("drivers/block/virtio_blk", "fs/efivarfs/efivarfs", "fs/nls/nls_cp437", "fs/nls/nls_ascii", "fs/fat/fat",
           "fs/fat/vfat")
CMDLINE = "console=ttyS0 root=/dev/vdb rw quiet no_timer_check"

# Documents, languages, Perl, and what only an installer wants: an emulated disk is not the place for them.
_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl", "usr/share/perl5",
             "usr/share/i18n", "usr/lib/locale",
             "usr/lib/x86_64-linux-gnu/perl", "usr/lib/x86_64-linux-gnu/perl-base", "usr/lib/x86_64-linux-gnu/gconv",
             "usr/lib/udev/hwdb.d",
             "usr/lib/systemd/boot", "var/lib/dpkg")

_PAM = {"auth": "pam_unix.so nullok", "account": "pam_unix.so", "password": "pam_unix.so", "session": "pam_unix.so"}
_FILES = {
    "etc/environment": "",
    "etc/default/locale": "",
    "etc/fstab": "/dev/vdb / ext4 defaults 0 0\n/dev/vda1 /boot/efi vfat umask=0077 0 0\n",
    "etc/hostname": "debian\n",
    "etc/hosts": "127.0.0.1 localhost debian\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
    "etc/passwd": "root::0:0:root:/root:/bin/bash\nmessagebus:x:100:101::/nonexistent:/usr/sbin/nologin\n"
                  "systemd-network:x:998:998::/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    **{f"etc/pam.d/common-{kind}": f"{kind} required {rest}\n" for kind, rest in _PAM.items()},
    "etc/pam.d/common-session-noninteractive": "session required pam_unix.so\n",
}
_GROUPS = ("messagebus:x:101:", "systemd-network:x:998:", "systemd-journal:x:102:", "render:x:103:", "sgx:x:104:",
           "kvm:x:105:", "input:x:106:")
# Nothing here has users to sysusers, a first boot, a network, other disks or a swap. What is left is what orders a
# boot.
_MASKED = ("systemd-firstboot.service", "systemd-sysusers.service", "systemd-binfmt.service",
           "systemd-pcrphase.service",
           "systemd-pcrphase-sysinit.service", "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
           "systemd-tmpfiles-clean.timer", "systemd-random-seed.service", "proc-sys-fs-binfmt_misc.automount",
           "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
           "sys-kernel-config.mount", "sys-fs-fuse-connections.mount", "modprobe@.service",
           "systemd-modules-load.service", "kmod-static-nodes.service", "getty@.service", "getty-static.service",
           "kexec.service", "kexec-load.service", "systemd-boot-update.service", "systemd-machine-id-commit.service",
           "systemd-tmpfiles-setup-dev.service",
           "systemd-journal-flush.service", "systemd-sysctl.service", "systemd-remount-fs.service",
           "systemd-tmpfiles-setup.service", "systemd-user-sessions.service", "systemd-initctl.socket",
           "systemd-fsckd.socket", "systemd-journald-audit.socket", "systemd-ask-password-console.path",
           "systemd-ask-password-wall.path")
# Fences that systemd puts around its own services are not what is tested, and seconds of each boot under emulation.
_OWN = ("systemd-udevd.service", "systemd-journald.service", "systemd-logind.service")
_FENCES = re.compile("^(SystemCall|Restrict|Protect|Private|IPAddress|DeviceAllow|Memory|LockPers).*\n", re.MULTILINE)
# Rules for what is here, and run for the devices that a unit waits for or ukictl looks at.
_RULES = ("50-udev-default.rules", "60-block.rules", "60-persistent-storage.rules", "99-systemd.rules")
_DEVICES = "/sys/class/block/vda /sys/class/block/vda1 /sys/class/block/vdb /sys/class/tty/ttyS0"
_TRIGGER = f"[Service]\nExecStart=\nExecStart=udevadm trigger --action=add {_DEVICES}\n"
_GENERATORS = ("cryptsetup", "integritysetup", "veritysetup", "hibernate-resume", "rc-local", "run", "system-update",
               "sysv", "debug")


def initrd() -> Path:
    """Of Debian 13's kernel."""
    release = boot_images.kernel_release("kernel612")
    home = debs.tree("trixie") / f"usr/lib/modules/{release}/kernel"
    return switch_root.initrd({Path(name).name: home / f"{name}.ko.xz" for name in MODULES})


def image() -> Path:
    """The file system, made again when the packages, ukictl, ukiload or a unit change. Start it with `snapshot=on`."""
    installed = [keys.BUILD / "ukictl", keys.BUILD / "x86_64" / "ukiloadx64.efi", keys.ROOT / "Makefile",
                 *sorted((keys.ROOT / "units").iterdir())]
    return cache.build("ext4", ["rootfs", Path(__file__), _packages(), boot_images.image("kernel612"), *installed],
                       _make)


def _packages() -> str:
    """What is unpacked, by name and version."""
    stamp = debs.cache_dir() / "stamps" / "system" / "systemd-sysv"
    if not stamp.exists():
        raise debs.DebsError(f"the packages of a Debian system are not in {debs.tree('system')}: run test/deps.sh")
    return stamp.read_text()


def _make(out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="ukiload-") as folder:
        root = Path(folder) / "root"
        subprocess.run(["cp", "-a", str(debs.tree("system")), str(root)], check=True)
        for name in _LEFT_OUT:
            shutil.rmtree(root / name, ignore_errors=True)
        _configure(root)
        _install(root)
        out.unlink()
        # Whoever unpacked the packages: in the image all is root's.
        alone = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        subprocess.run([*alone, "mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum", "-E",
                        "root_owner=0:0", "-L", "root",
                        "-d", str(root), str(out), "320M"], check=True,
                       env={**os.environ, "PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})


def _configure(root: Path) -> None:
    master = (root / "usr/share/base-passwd/group.master").read_text()
    files: dict[str, str] = {**_FILES, "etc/group": master + "".join(line + "\n" for line in _GROUPS)}
    for name, text in files.items():
        (root / name).write_text(text)
    units = root / "etc/systemd/system"
    for name in _MASKED:
        (units / name).unlink(missing_ok=True)
        (units / name).symlink_to("/dev/null")
    for name in _OWN:
        unit = root / "usr/lib/systemd/system" / name
        unit.write_text(_FENCES.sub("", unit.read_text()))
    for rules in (root / "usr/lib/udev/rules.d").iterdir():
        if rules.name not in _RULES:
            rules.unlink()
    (units / "systemd-udev-trigger.service.d").mkdir()
    (units / "systemd-udev-trigger.service.d/lab.conf").write_text(_TRIGGER)
    generators = root / "etc/systemd/system-generators"
    generators.mkdir()
    for name in _GENERATORS:
        (generators / f"systemd-{name}-generator").symlink_to("/dev/null")
    (units / "default.target").symlink_to("/usr/lib/systemd/system/multi-user.target")
    (root / "boot/efi").mkdir()
    (root / "usr/bin/sh").symlink_to("bash")  # there is no dash
    (root / "var/lib/dpkg").mkdir()  # dpkg-divert writes there
    shutil.copy(boot_images.image("kernel612"), root / "boot/vmlinuz")


def _install(root: Path) -> None:
    """As a distribution's package would; no jobs of a make that may be above us."""
    clean = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-C", str(keys.ROOT), "install", f"DESTDIR={root}", "PREFIX=/usr"],
                          capture_output=True, text=True, check=False, env=clean)
    if done.returncode:
        raise RuntimeError(f"make install:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    for unit in ("ukiload-report.service", "ukiload-update.service"):
        (wants / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")
