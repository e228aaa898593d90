# SPDX-License-Identifier: BSD-2-Clause
"""ukictl on a real Debian system with systemd, used over the serial console as an administrator would.

Firmware with Microsoft's keys, shim 16.1, systemd-boot 257 as Debian signed it, UKIs; what they boot is Debian's
systemd with udev, dbus and logind, and ukiload as `make install` leaves it. One machine, switched on once: each step
ends in a reboot that systemd makes.
"""

from __future__ import annotations

import json
from typing import Any

from lab import UKILOAD, BootEntry, Chain, addon, keys, rootfs, sign, uki
from lab.console import Console

KDUMP = "crashkernel=64M"
TRIAL = "/boot/efi/EFI/Linux/trial.efi"


def _ok(console: Console, command: str, timeout: float = 180) -> str:
    """What a command says that must succeed."""
    code, said = console.run(command, timeout)
    assert code == 0, f"{command}: {code}\n{said}"
    return said


def _status(console: Console) -> dict[str, Any]:
    """Whether something is armed is told by the exit code, and by the JSON."""
    code, said = console.run("ukictl status --json")
    found: dict[str, Any] = json.loads(said)
    assert code == (0 if found["armed"]["state"] == "yes" else 3), said
    return found


def _log_in(console: Console, cmdline: str) -> None:
    """The machine is up as it should be: every unit went well, Secure Boot is on, and the kernel has its words."""
    console.login()
    code, state = console.run("systemctl is-system-running --wait", 240)
    assert code == 0 and state == "running", console.run("systemctl --failed; journalctl -b -p err")[1]
    assert _ok(console, "cat /proc/cmdline") == cmdline
    assert "Secure Boot: enabled" in _ok(console, "bootctl status 2>/dev/null")


def _esp_not_mounted(console: Console) -> None:
    """What is left below an empty mount point is no ESP; the line of fstab is named, and nothing is written."""
    _ok(console, "umount /boot/efi && mkdir -p /boot/efi/EFI/Linux")
    for verb in ("install --image /boot/efi/new.efi", "install --esp-path /boot/efi", "load debian", "list"):
        code, said = console.run(f"ukictl {verb}")
        assert code == 8 and ("mount /boot/efi" in said or "is not on an EFI system partition" in said), verb + said
    assert _ok(console, "find /boot/efi -type f") == ""
    _ok(console, "rmdir /boot/efi/EFI/Linux /boot/efi/EFI && mount /boot/efi")


def _marked_when_done(console: Console) -> None:
    """The unit that updates marks its version when the command has ended well; what failed, or found no ESP, is tried
    again."""
    mark = _ok(console, "echo /var/lib/ukiload/version-*")
    changed = "/run/systemd/system/ukiload-update.service.d"
    _ok(console, f"rmdir {mark} && mkdir -p {changed} && "
                 f"printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' >{changed}/fails.conf")
    code, said = console.run(f"systemctl daemon-reload; systemctl start ukiload-update || ls -d {mark}")
    assert code != 0 and "No such file" in said, said
    _ok(console, f"rm -r {changed} && systemctl daemon-reload && umount /boot/efi && systemctl start ukiload-update")
    code, said = console.run(f"ls -d {mark}")
    assert code != 0 and "No such file" in said, f"marked without an ESP: {said}"
    _ok(console, f"mount /boot/efi && systemctl start ukiload-update && ls -d {mark}")


def _first_boot(console: Console) -> None:
    """Installed, judged and armed; a kernel that waits for kexec would spoil it, so it is refused."""
    _log_in(console, rootfs.CMDLINE)
    assert _ok(console, "journalctl -b -q -o cat -t ukiload") == ""
    _esp_not_mounted(console)
    _marked_when_done(console)
    assert "vouched for by" in _ok(console, "ukictl install --image /boot/efi/ukiload-new.efi")
    _ok(console, "cp /boot/efi/kdump.addon.efi /boot/efi/EFI/ukiload/addons/")
    listed = _ok(console, "ukictl list")
    assert "debian.efi: starts" in listed and f'kdump: admitted "{KDUMP}"' in listed, listed

    _ok(console, "kexec -s -l /boot/vmlinuz --append=console=ttyS0")
    code, said = console.run("ukictl load debian --append=" + KDUMP)
    assert code == 11 and "kexec -u" in said, said
    _ok(console, "kexec -s -u")
    assert _status(console)["armed"]["state"] == "no"

    _ok(console, "ukictl load trial --append=" + KDUMP)
    found = _status(console)
    assert found["armed"]["state"] == "yes" and found["armed"]["addons"] == ["kdump"], found
    assert found["armed"]["image"] == r"\EFI\Linux\trial+3.efi", found
    # the default entry is another image; what is armed stays, as a loaded kernel would
    assert "enabled" in _ok(console, "ukictl kexec enable")
    console.send("systemctl kexec")


def _through_ukiload(console: Console) -> None:
    """By BootNext, with the addon's words; confirmed by the unit, and the counter is off the name."""
    _log_in(console, f"{rootfs.CMDLINE} {KDUMP}")
    found = _status(console)
    assert found["boot"]["through_ukiload"] and found["boot"]["applied"], found
    assert found["last"]["outcome"] == "confirmed" and found["armed"]["state"] == "no", found
    assert _ok(console, "systemctl is-active boot-complete.target ukiload-confirm") == "active\nactive"
    told = _ok(console, "journalctl -b -q -o cat -u ukiload-confirm")
    assert "this reload is good" in told and "boot counter is off" in told, told
    assert int(_ok(console, "cat /sys/kernel/kexec_crash_size")) == 64 << 20
    assert _ok(console, "ls /boot/efi/EFI/Linux").split() == ["debian.efi", "trial.efi"]
    assert _ok(console, "ls /boot/efi/EFI/ukiload /boot/efi/loader/entries").split()[-1] == "ukiload.conf"
    console.send("systemctl reboot")


def _default_again(console: Console) -> None:
    """One boot, and no more; the next reload goes by systemd-boot's entry, which is in its list now."""
    _log_in(console, rootfs.CMDLINE)
    found = _status(console)
    assert not found["boot"]["through_ukiload"] and found["last"]["outcome"] == "confirmed", found
    assert _ok(console, "journalctl -b -q -o cat -t ukiload") == "", "a reload that went well is no news"
    _ok(console, f"ukictl load debian --method=loader-entry --append={KDUMP}")
    found = _status(console)
    assert found["armed"]["way"] == "LoaderEntryOneShot ukiload.conf" and "boot_next" not in found, found
    console.send("ukictl exec")


def _by_loader_entry(console: Console) -> None:
    """The same through systemd-boot. Then a reload that will not hold: the image changes after it was judged."""
    _log_in(console, f"{rootfs.CMDLINE} {KDUMP}")
    found = _status(console)
    assert found["boot"]["applied"] and found["last"]["outcome"] == "confirmed", found
    _ok(console, f"ukictl load trial --append={KDUMP}")
    _ok(console, f"printf x | dd of={TRIAL} bs=1 seek=300000 conv=notrunc")
    code, said = console.run("ukictl exec")
    assert code == 5 and "changed after it was armed" in said, said
    console.send("systemctl reboot")


def _refused(console: Console) -> None:
    """ukiload refused and reset the machine; the default boots, and the journal has the reason."""
    _log_in(console, rootfs.CMDLINE)
    told = _ok(console, "journalctl -b -q -o cat -u ukiload-report -p warning")
    assert "was refused" in told and "sha256" in told, told
    found = _status(console)
    assert found["last"]["outcome"] == "refused" and found["armed"]["state"] == "no", found
    console.send("systemctl kexec")


def _the_seed(console: Console) -> None:
    """`systemctl kexec` with nothing armed: the default entry through firmware. kdump's call reaches the real kexec."""
    _log_in(console, rootfs.CMDLINE)
    found = _status(console)
    assert found["boot"]["through_ukiload"] and found["last"]["outcome"] == "confirmed", found
    code, said = console.run("kexec -p -s /boot/vmlinuz --append=console=ttyS0")
    assert code != 0 and "crash" in said, said
    _ok(console, "kexec -s -l /boot/vmlinuz --append=console=ttyS0 && kexec -s -u")
    assert "disabled" in _ok(console, "ukictl kexec disable")
    assert "kexec-tools" in _ok(console, "kexec --version")
    _ok(console, "ukictl remove")
    assert _ok(console, "find /boot/efi -name 'ukiload*.*'") == "/boot/efi/ukiload-new.efi"
    console.send("systemctl poweroff")
    console.ended()


def _administer(console: Console) -> None:
    for step in (_first_boot, _through_ukiload, _default_again, _by_loader_entry, _refused, _the_seed):
        step(console)


def test_an_administrator_installs_reloads_confirms_and_removes() -> None:
    """Install, load, exec, confirm, a plain reboot, the other method, a refusal, remove."""
    chain = Chain("systemd", firmware="ovmf13", trust="shim161", sdboot="257", entry="debian.efi", follow_resets=True,
                  timeout=1200)
    image = uki(cmdline=rootfs.CMDLINE, sign=chain.key, initrd=rootfs.initrd())
    chain.files["/EFI/Linux/debian.efi"] = image
    chain.files["/EFI/Linux/trial+3.efi"] = image
    chain.files["/ukiload-new.efi"] = sign(keys.BUILD / "x86_64" / "ukiloadx64.efi", chain.key)
    chain.files["/kdump.addon.efi"] = addon(KDUMP, sign=chain.key)
    chain.boot_entries[1], chain.boot_order = BootEntry("/EFI/BOOT/BOOTX64.EFI"), (1,)
    chain.extra_args = ["-drive", f"file={rootfs.image()},format=raw,if=virtio,snapshot=on,cache=unsafe"]
    chain.operator = _administer
    result = chain.boot()
    assert result.ended == "off" and result.resets >= 5, result.tail()
    assert not [name for guid, name in result.variables if guid == UKILOAD], "remove leaves nothing of ours in NVRAM"
