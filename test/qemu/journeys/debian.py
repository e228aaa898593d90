# SPDX-License-Identifier: BSD-2-Clause
"""A real Debian from dpkg -i to dpkg -P: the package of this tree on a system as its release installs it.

For `make soak`: Debian 12, 13 and sid. Every file of the ESP, of /etc and /var/lib and every variable is compared
before the first and after the last command.
"""

from __future__ import annotations

import pytest

from lab import UKILOAD, keys, packages, system
from lab.console import Console

KDUMP = "crashkernel=64M"
KEY = "--sign-key /media/mok.key --sign-cert /media/mok.crt"
ADDON = "/boot/efi/EFI/ukiload/addons/kdump.addon.efi"
# Written by the system itself while it runs. dpkg keeps the name of what it purged nowhere but here.
_MOVES = (r"^/boot/efi/loader/random-seed|^/var/lib/(systemd/(random-seed|timesync|timers|catalog)|dpkg/|apt/)"
          r"|^/etc/(\.updated|resolv.conf)")
_STATE = (f"{{ find /boot/efi /etc /var/lib -type f -print0 | grep -zvE '{_MOVES}' | sort -z | xargs -0 sha256sum; "
          "find /etc /var/lib -type l -printf '%p %l\\n' | sort; efibootmgr; ls /sys/firmware/efi/efivars; }")


def _installed_and_armed(console: Console) -> None:
    """The package brings no unit of its own into a boot that did not come through ukiload."""
    assert console.run("systemctl is-active boot-complete.target")[1] == "inactive"
    console.ok(f"ukictl install {KEY}")
    console.ok(f"ukictl addon make --cmdline {KDUMP} {KEY} -o {ADDON}")
    console.ok(f"ukictl load debian --append={KDUMP}")
    console.send("ukictl exec")


def _came_through(console: Console) -> None:
    system.log_in(console)
    assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} {KDUMP}"
    assert console.ok("systemctl is-active boot-complete.target ukiload-confirm") == "active\nactive"
    assert "confirmed" in console.ok("ukictl status; true")
    # the upgrade looks after the copy on the ESP, and has nothing to do here: it is this version, and signed
    told = console.ok("dpkg -i /media/ukiload.deb")
    assert "ukiload.efi: as it should be already" in told and f"version   {packages.VERSION}" in told, told
    console.send("systemctl reboot")


def _removed(console: Console) -> None:
    """The package says what it leaves; ukictl takes that off; purged, nothing is left."""
    system.log_in(console)
    assert console.ok("cat /proc/cmdline") == system.CMDLINE
    assert console.run("systemctl is-active boot-complete.target")[1] == "inactive"
    told = console.ok("dpkg -r ukiload")
    assert "this stays on the machine" in told and "ukiload.efi" in told and "ukictl remove" in told, told
    console.ok("dpkg -i /media/ukiload.deb")
    console.ok(f"rm {ADDON}; ukictl remove")
    assert "stays" not in console.ok("dpkg -P ukiload")


@pytest.mark.parametrize("suite", system.RELEASES)
def test_a_package_comes_and_goes_without_a_trace(suite: str) -> None:
    """Install, sign, load, exec, confirm, reboot, remove, purge."""
    left: list[str] = []

    def administer(console: Console) -> None:
        system.log_in(console)
        console.ok(f"{_STATE} >/var/tmp/before", 300)
        console.ok("dpkg -i /media/ukiload.deb")
        _installed_and_armed(console)
        _came_through(console)
        _removed(console)
        console.ok(f"{_STATE} >/var/tmp/after", 300)
        left.append(console.run("diff /var/tmp/before /var/tmp/after")[1])
        console.send("systemctl poweroff")
        console.ended()

    media = {"ukiload.deb": packages.deb(suite), "mok.key": keys.key_file("mok"), "mok.crt": keys.cert_file("mok")}
    result = system.machine(f"life-{suite}", suite, administer, media=media).boot()
    assert result.ended == "off" and result.resets == 2, result.tail()
    assert left == [""]
    assert not [name for guid, name in result.variables if guid == UKILOAD]
