# SPDX-License-Identifier: BSD-2-Clause
"""A reload from end to end: `ukictl` in the running system, efivarfs, firmware, shim, ukiload, and back to the default.

The guest has ukictl with its libraries, and the ESP mounted. What it does next stands in a file on the ESP, as a person
would remember it.
"""

from __future__ import annotations

import re

from lab import addon, boot_images, initrd
from .reload_machine import BASE, KDUMP, MOUNT_ESP, reload_machine

# Each step ends in a reset but the last one. `|| echo` shows the exit code of what must fail.
SCRIPT = MOUNT_ESP + """
step=$(cat /efi/step 2>/dev/null)
case "$step" in
"")
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi || echo "install: $?"
    ukictl load debian.efi --esp-path /efi --addon shell || echo "load shell: $?"
    ukictl status --esp-path /efi || echo "status: $?"
    ukictl load debian.efi --esp-path /efi --addon kdump || echo "load kdump: $?"
    ukictl status --esp-path /efi || echo "status: $?"
    echo armed >/efi/step; touch /reboot ;;
armed)
    ukictl status --esp-path /efi || echo "status: $?"
    echo back >/efi/step; touch /reboot ;;
back)
    ukictl status --esp-path /efi || echo "status: $?"
    ukictl remove --esp-path /efi || echo "remove: $?"
    ls /efi/EFI/Linux ;;
esac
umount /efi
"""


# kdump, for which all this began: a UKI without crashkernel=, a reload with it, and a panic.
KDUMP_SCRIPT = f"grep -q panic-kernel /proc/cmdline && exit\n{MOUNT_ESP}" + """
echo "reserved: $(cat /sys/kernel/kexec_crash_size)"
if [ -e /efi/armed ]; then
    line='console=ttyS0 quiet panic-kernel nr_cpus=1'
    kexec -p -s --initrd=/efi/panic.img --append="$line" /efi/vmlinuz || echo "kexec: $?"
    echo "loaded: $(cat /sys/kernel/kexec_crash_loaded)"
    umount /efi
    echo c >/proc/sysrq-trigger
else
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi || echo "install: $?"
    ukictl load debian.efi --esp-path /efi --append=crashkernel=256M || echo "load: $?"
    touch /efi/armed /reboot; umount /efi
fi
"""


# Tried for one boot, confirmed, kept.
PROMOTE_SCRIPT = MOUNT_ESP + """
case "$(cat /efi/step 2>/dev/null)" in
"")
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi || echo "install: $?"
    ukictl addon install /efi/kdump.addon.efi --once --esp-path /efi || echo "addon install: $?"
    ukictl load debian.efi --esp-path /efi --addon kdump || echo "load: $?"
    echo armed >/efi/step; touch /reboot ;;
armed)
    ukictl addon promote --esp-path /efi || echo "early promote: $?"
    ukictl confirm --esp-path /efi || echo "confirm: $?"
    ukictl addon promote --esp-path /efi || echo "promote: $?"
    echo kept >/efi/step; touch /reboot ;;
kept)
    ukictl addon list --esp-path /efi || echo "addon list: $?" ;;
esac
umount /efi
"""


def test_what_is_armed_starts_once_and_then_the_default_again() -> None:
    """Armed in Linux, started once by firmware with the picked addon, then the default again; what firmware would
    refuse is not armed."""
    chain = reload_machine("reload")
    chain.files["/EFI/ukiload/addons/kdump.addon.efi"] = addon(KDUMP, sign=chain.key)
    chain.files["/EFI/ukiload/addons/shell.addon.efi"] = addon("init=/bin/sh", sign=chain.key)
    chain.script = SCRIPT
    result = chain.boot()
    assert len(result.reports) == 3, result.tail()
    first, armed, back = result.reports
    told = ["\n".join(report.output) for report in result.reports]

    assert first.cmdline == BASE and not first.status
    assert "install:" not in told[0] and "load kdump:" not in told[0], told[0]
    assert "load shell: 7" in told[0] and "control of PID 1" in told[0], told[0]
    assert "status: 3" in told[0], "a failed load must arm nothing"

    assert armed.cmdline == f"{BASE} {KDUMP}", result.tail()
    assert armed.status["result"] == ["started"] and armed.last["result"] == ["started"]
    assert armed.var("UkiloadRequest") is None, "a request is for one boot"
    assert "kdump" in told[1], told[1]

    assert back.cmdline == BASE and not back.status, "the boot after it is the default"
    assert "remove:" not in told[2] and told[2].endswith("debian.efi"), told[2]
    assert result.disk.list("/EFI/Linux") == ["/EFI/Linux/debian.efi"]


def test_a_panic_boots_the_panic_kernel_in_the_reservation_of_an_addon() -> None:
    """--append finds the signed addon that says just that; the kernel has its reservation; a panic boots the panic
    kernel."""
    chain = reload_machine("reload-kdump", grace=120)  # the panic is no end here
    chain.files["/EFI/ukiload/addons/kdump-256M.addon.efi"] = addon("crashkernel=256M", sign=chain.key)
    chain.files["/vmlinuz"] = boot_images.image("kernel612")
    chain.files["/panic.img"] = initrd()
    chain.script = KDUMP_SCRIPT
    result = chain.boot()
    assert len(result.reports) == 3, result.tail()
    first, armed, panic = result.reports
    assert "reserved: 0" in first.output and not any(line.startswith(("install:", "load:"))
                                                     for line in first.output), first.output
    assert armed.cmdline == f"{BASE} crashkernel=256M" and armed.secure_boot
    assert f"reserved: {256 << 20}" in armed.output and "loaded: 1" in armed.output, armed.output
    assert "panic-kernel" in panic.cmdline.split(), panic.cmdline
    assert result.ended == "off"


def test_what_a_confirmed_reload_has_used_stands_in_the_next_default_boot() -> None:
    """addon install --once, load, confirm, addon promote; the boot after it has the words without a request."""
    chain = reload_machine("reload-promote")
    chain.files["/kdump.addon.efi"] = addon(KDUMP, sign=chain.key)
    chain.script = PROMOTE_SCRIPT
    result = chain.boot()
    assert len(result.reports) == 3, result.tail()
    told = ["\n".join(report.output) for report in result.reports]
    assert result.reports[0].cmdline == BASE and not re.search("^(addon install|install|load): ", told[0], re.M)
    assert result.reports[1].cmdline == f"{BASE} {KDUMP}" and "early promote: 3" in told[1], told[1]
    assert "confirm:" not in told[1] and not re.search("^promote:", told[1], re.M), told[1]
    assert result.reports[2].cmdline == f"{BASE} {KDUMP}" and result.reports[2].secure_boot, result.tail()
    assert not result.reports[2].status, "the stub applies it in a boot of systemd-boot's own"
    assert f'kdump  "{KDUMP}", signed by' in told[2] and "every boot" in told[2], told[2]
    assert result.disk.list("/EFI/ukiload/addons") == []
