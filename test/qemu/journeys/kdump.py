# SPDX-License-Identifier: BSD-2-Clause
"""doc/kdump.md on a real Debian 13 under Secure Boot: from a UKI without crashkernel= to the dump of a panic on disk.

For `make soak`. What is typed are the commands of the page. kdump-tools makes the initrd of the crash kernel in the
first boot with a reservation, as on every machine; under emulation that takes two minutes.
"""

from __future__ import annotations

from lab import keys, packages, system
from lab.console import Console
from .page import Page

PACKAGES = ("kdump-tools", "initramfs-tools", "makedumpfile")
MEMORY_MIB = 2048
# What kdump-tools of Debian 13 gives to GRUB; it suggests nothing before it has seen a boot with a reservation.
SIZE, RESERVED_MIB = "512M-:192M", 192


def up_again(console: Console) -> None:
    """The system after a start that may have an initrd to make."""
    console.login(1200)
    assert console.run("systemctl is-system-running --wait", 300) == (0, "running")


def test_the_page_leads_from_a_uki_without_crashkernel_to_a_dump() -> None:
    """Each command of the page succeeds; the reservation is for one boot, then for every boot; the dump is there."""
    page = Page("kdump.md")

    def administer(console: Console) -> None:
        system.log_in(console)
        assert console.ok("cat /proc/cmdline /sys/kernel/kexec_crash_size") == f"{system.CMDLINE}\n0"
        console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
        console.ok("ukictl install")
        console.ok(page.next("apt install kdump-tools").replace("apt install", "dpkg -s"))
        told = console.ok(page.next("ukictl kdump"), 300)
        assert f"crashkernel={SIZE} (/etc/default/grub.d/kdump-tools.cfg)" in told and "kdump, made now" in told, told
        console.send(page.next("ukictl exec"))
        up_again(console)
        assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} crashkernel={SIZE}"
        told = console.ok(page.next("ukictl kdump status"))
        assert f"reserved  {RESERVED_MIB} MiB" in told and "ready: a panic leaves a dump" in told, told
        assert "next      ukictl addon promote" in told, told
        assert "ready to kdump" in console.ok(page.next("kdump-config status"))
        assert "written and read back" in console.ok(page.next("ukictl addon promote"), 300)
        assert "suggested by kdump-config" in console.ok("ukictl kdump debian --dry-run", 300)
        console.ok("sync")  # the root has no journal here
        console.send(page.next("echo c >/proc/sysrq-trigger"))
        console.expect("Kernel panic - not syncing")
        console.expect("saved vmcore in", 1200)
        up_again(console)
        dump = console.ok(page.next(r"ls /var/crash/\*/dump\.\*"))
        # as it came through a pipe (makedumpfile -F), and the messages up to the panic beside it
        assert console.ok(f"head -c 12 {dump}; find {dump} -size +4M | wc -l") == "makedumpfile1"
        assert "sysrq: Trigger a crash" in console.ok("grep -ah sysrq: /var/crash/*/dmesg.*")
        assert "ready: a panic leaves a dump" in console.ok(page.next("ukictl kdump status"))
        assert page.ended()
        console.send("systemctl poweroff")
        console.ended()

    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok")}
    chain = system.machine("kdump", "trixie", administer, packages=PACKAGES, media=media)
    chain.extra_args += ["-m", str(MEMORY_MIB)]
    chain.timeout, chain.grace = 3600, 1800  # the panic is no end here
    result = chain.boot()
    assert result.ended == "off" and result.resets == 2, result.tail()
    assert result.disk.list("/loader/addons") == ["/loader/addons/kdump.addon.efi"]
