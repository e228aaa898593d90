# SPDX-License-Identifier: BSD-2-Clause
"""doc/kdump.md on a real Debian 13 under Secure Boot: from a UKI without crashkernel= to the dump of a panic on disk.

For `make soak`. What is typed are the commands of the page. The initrd of the crash kernel is the lab's: what
kdump-tools makes of initramfs-tools takes minutes under emulation, and does no more.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from lab import keys, packages, system
from lab.chain import Chain
from lab.console import Console
from lab.disk import Disk
from .page import Page

PACKAGES = ("kdump-tools", "initramfs-tools", "makedumpfile")
MEMORY_MIB = 2048


def _debugfs(root: Path, *commands_: str) -> None:
    for command in commands_:
        subprocess.run(["/usr/sbin/debugfs", "-w", "-R", command, str(root)], check=True, capture_output=True)


def _crash_kernel_is_found(chain: Chain, made: system.System) -> None:
    """The links that kdump-tools makes, to the kernel and an initrd that leads to the root."""
    release = made.kernel.name.removeprefix("vmlinuz-")
    add_disks = chain.edit_disk
    assert add_disks

    def edit(esp: Disk) -> None:
        add_disks(esp)
        (chain.run_dir / "size").write_text("8\n")
        folder = "/var/lib/kdump"
        _debugfs(chain.run_dir / "root.ext4", f"write {made.initrd()} {folder}/initrd.img-{release}",
                 f"write {chain.run_dir / 'size'} {folder}/size_initrd.img-{release}",
                 f"symlink {folder}/initrd.img {folder}/initrd.img-{release}",
                 f"symlink {folder}/vmlinuz /boot/vmlinuz-{release}")

    chain.edit_disk = edit


def test_the_page_leads_from_a_uki_without_crashkernel_to_a_dump() -> None:
    """Each command of the page succeeds; the reservation is for one boot, then for every boot; the dump is there."""
    page = Page("kdump.md")
    seen: list[str] = []

    def administer(console: Console) -> None:
        system.log_in(console)
        assert console.ok("cat /proc/cmdline /sys/kernel/kexec_crash_size") == f"{system.CMDLINE}\n0"
        console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
        console.ok("ukictl install")
        console.ok(page.next("apt install kdump-tools").replace("apt install", "dpkg -s"))
        told = console.ok(page.next("ukictl kdump"), 300)
        assert "suggested by kdump-config" in told and "kdump, made now" in told, told
        seen.append(re.search(r"crashkernel=(\d+)M", told)[1])  # type: ignore[index]
        console.send(page.next("ukictl exec"))
        system.log_in(console)
        assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} crashkernel={seen[0]}M"
        told = console.ok(page.next("ukictl kdump status"))
        assert f"reserved  {seen[0]} MiB" in told and "ready: a panic leaves a dump" in told, told
        assert "next      ukictl addon promote" in told, told
        assert "ready to kdump" in console.ok(page.next("kdump-config status"))
        assert "written and read back" in console.ok(page.next("ukictl addon promote"), 300)
        console.send(page.next("echo c >/proc/sysrq-trigger"))
        console.expect("Kernel panic - not syncing")
        console.expect(r"makedumpfile|Copying data", 1200)
        system.log_in(console)
        seen.append(console.ok(page.next(r"ls /var/crash/\*/dump\.\*")))
        assert console.ok(f"makedumpfile --dump-dmesg {seen[1]} /tmp/dmesg; grep -a sysrq /tmp/dmesg")
        assert "ready: a panic leaves a dump" in console.ok(page.next("ukictl kdump status"))
        assert page.ended()
        console.send("systemctl poweroff")
        console.ended()

    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok")}
    chain = system.machine("kdump", "trixie", administer, packages=PACKAGES, media=media)
    chain.extra_args += ["-m", str(MEMORY_MIB)]
    chain.timeout, chain.grace = 3600, 1800  # the panic is no end here
    _crash_kernel_is_found(chain, system.system("trixie", PACKAGES))
    result = chain.boot()
    assert result.ended == "off" and result.resets == 2, result.tail()
    assert result.disk.list("/loader/addons") == ["/loader/addons/kdump.addon.efi"]
