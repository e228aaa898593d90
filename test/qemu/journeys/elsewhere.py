# SPDX-License-Identifier: BSD-2-Clause
"""A UKI on another disk than the ESP, on a real Debian 13 under Secure Boot, for `make soak`: armed, booted."""

from __future__ import annotations

from lab import keys, packages, system
from lab.console import Console
from lab.disk import Disk

PARTUUID = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
FAR = "/mnt/EFI/Linux/far.efi"
LINE = f"{system.CMDLINE} far=1"


def test_load_takes_a_file_of_any_mounted_vfat() -> None:
    """What plan, load and status say of it, and the boot."""

    def administer(console: Console) -> None:
        system.log_in(console)
        console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
        console.ok("ukictl install")
        assert "firmware reads only FAT" in console.run("ukictl load /media/far.efi")[1]
        console.ok("modprobe vfat; mount /dev/vdd1 /mnt")
        plan = console.ok(f"ukictl plan {FAR}", 300)
        assert "\\EFI\\Linux\\far.efi" in plan and LINE in plan, plan
        assert f"PARTUUID={PARTUUID}" in console.ok(f"ukictl load {FAR}", 300)
        assert f"PARTUUID={PARTUUID}" in console.ok("ukictl status", 300)
        console.send("ukictl exec")
        system.log_in(console)
        assert console.ok("cat /proc/cmdline") == LINE
        status = console.run("ukictl status", 300)[1]
        assert f"volume: PARTUUID={PARTUUID}" in status and "confirmed" in status, status
        console.send("systemctl poweroff")
        console.ended()

    far = system.system("trixie").uki(cmdline=LINE)
    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok"),
             "far.efi": far}
    chain = system.machine("elsewhere", "trixie", administer, media=media)
    image, make = chain.run_dir / "far.img", chain.edit_disk

    def add_disks(esp: Disk) -> None:
        assert make
        make(esp)
        Disk.create(image, {"/EFI/Linux/far.efi": far}, esp_mib=64).name(PARTUUID)

    chain.edit_disk = add_disks
    chain.extra_args += ["-drive", f"file={image},format=raw,if=virtio,cache=unsafe"]
    result = chain.boot()
    assert result.ended == "off" and result.resets == 1, result.tail()
