# SPDX-License-Identifier: BSD-2-Clause
"""A real Debian 13 under Secure Boot with its ESP on two disks, for `make soak`: mirrored by hand, and as RAID 1."""

from __future__ import annotations

from collections.abc import Callable

from lab import keys, packages, system
from lab.chain import Chain
from lab.console import Console
from lab.disk import Disk

PACKAGES = ("fdisk", "dosfstools", "mdadm")
SECOND, ARRAY = "/boot/efi2", "/mnt/md"
_MIB = 700


def _machine(name: str, operator: Callable[[Console], None]) -> Chain:
    """One with an empty second disk, /dev/vdd."""
    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok")}
    chain = system.machine(name, "trixie", operator, packages=PACKAGES, media=media)
    disk, add_disks = chain.run_dir / "second.img", chain.edit_disk

    def add_second(esp: Disk) -> None:
        assert add_disks
        add_disks(esp)
        with disk.open("wb") as file:
            file.truncate(_MIB << 20)

    chain.edit_disk = add_second
    chain.extra_args += ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
    chain.timeout = 3600
    return chain


def _begin(console: Console) -> None:
    """The package, its key, and on the second disk an ESP and the two halves of one."""
    system.log_in(console)
    console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
    console.ok("printf 'label: gpt\\nsize=300M, type=uefi\\nsize=150M, type=uefi\\nsize=150M, type=uefi\\n' "
               "| sfdisk -q /dev/vdd; udevadm settle; umask 077", 120)


def _reloaded(console: Console, *words: str) -> None:
    """load and exec, and the boot that comes of it is good."""
    console.ok(" ".join(("ukictl load", *words)), 300)
    console.send(" ".join(("ukictl exec", *words)))
    console.login()
    console.run("systemctl is-system-running --wait", 300)  # degraded where an ESP is lost
    told = console.run(" ".join(("ukictl status", *words)))[1]
    assert "confirmed" in told, told


def test_what_is_installed_on_the_second_disk_is_enough() -> None:
    """The first ESP is wiped: the machine starts from the second, load and exec do what they did, and what is lost is
    told."""

    def administer(console: Console) -> None:
        _begin(console)
        console.ok("sed -i 's/umask=0077/umask=0077,nofail/' /etc/fstab; mkfs.vfat -F 32 /dev/vdd1; "
                   f"echo '/dev/vdd1 {SECOND} vfat umask=0077,nofail 0 0' >>/etc/fstab; mkdir {SECOND}; "
                   f"systemctl daemon-reload; mount {SECOND} && cp -r /boot/efi/. {SECOND}", 300)
        told = console.ok("ukictl install --all-esps", 300)
        assert "esp       /boot/efi\n" in told and f"esp       {SECOND}\n" in told, told
        assert console.ok("efibootmgr | grep -c ukiload") == "2"
        for words in ("list --all-esps", "status --all-esps", "remove --all-esps --dry-run --quiet"):
            assert console.run(f"ukictl {words}", 300)[1].count("/EFI/ukiload/ukiloadx64.efi") == 2, words
        console.ok("efibootmgr -q -c -d /dev/vdd -p 1 -l '\\EFI\\BOOT\\BOOTX64.EFI' -L second")
        console.ok("umount /boot/efi; dd if=/dev/zero of=/dev/vda1 bs=1M count=20 conv=fsync; sync", 120)
        console.send("systemctl reboot")
        console.login()
        assert console.run("mountpoint -q /boot/efi")[0] != 0
        _reloaded(console)
        code, told = console.run("ukictl update --all-esps", 300)
        assert code == 8 and "mount /boot/efi" in told and "as it should be" in told, told
        console.send("systemctl poweroff")
        console.ended()

    result = _machine("two-disks", administer).boot()
    assert result.ended == "off" and result.resets == 2, result.tail()


def test_array_is_one_esp_with_an_entry_for_each_member() -> None:
    """mdadm's default metadata is refused; at the end of the members it is not in firmware's way."""
    create = "mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 /dev/vdd2 /dev/vdd3 --metadata="
    mount = f"mkfs.vfat /dev/md0 && mkdir -p {ARRAY} && mount /dev/md0 {ARRAY}"

    def administer(console: Console) -> None:
        _begin(console)
        console.ok(f"{create}1.2 && {mount}", 300)
        code, told = console.run(f"ukictl install --esp-path {ARRAY}", 300)
        assert code == 8 and "metadata=1.0" in told, told
        console.ok(f"umount {ARRAY}; mdadm --stop /dev/md0; mdadm --zero-superblock /dev/vdd2 /dev/vdd3; {create}1.0 "
                   f"&& {{ mdadm --wait /dev/md0; {mount}; }} && cp -r /boot/efi/. {ARRAY}", 300)
        told = console.ok(f"ukictl install --esp-path {ARRAY}", 300)
        assert told.count("entry     Boot") == 2, told
        assert "as it should be" in console.ok(f"ukictl update --esp-path {ARRAY}", 300)
        console.ok("mdadm --detail --scan >>/etc/mdadm/mdadm.conf; "
                   f"echo '/dev/md0 {ARRAY} vfat umask=0077,nofail 0 0' >>/etc/fstab; sync")
        _reloaded(console, "--esp-path", ARRAY)
        console.send("systemctl poweroff")
        console.ended()

    result = _machine("two-disks-array", administer).boot()
    assert result.ended == "off" and result.resets == 1, result.tail()
