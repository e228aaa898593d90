# SPDX-License-Identifier: BSD-2-Clause
"""doc/serial-console.md on a real Debian 13 under Secure Boot, for `make soak`: what is typed are its commands."""

from __future__ import annotations

from lab import keys, packages, system
from lab.console import Console
from .page import Page

WORDS = "console=ttyS0,115200"


def test_the_page_leads_to_a_console_for_one_boot_and_then_for_every_boot() -> None:
    """Each command of the page succeeds; the word is there once, then always."""
    page = Page("serial-console.md")

    def administer(console: Console) -> None:
        system.log_in(console)
        console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
        console.ok("ukictl install")
        console.ok(page.next("ukictl addon make --cmdline .* -o serial.addon.efi"))
        console.ok(page.next("ukictl addon install serial.addon.efi --once"), 300)
        console.ok(page.next("ukictl load --addon serial"), 300)
        console.send(page.next("ukictl exec"))
        system.log_in(console)
        assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} {WORDS}"
        assert "confirmed" in console.run(page.next("ukictl status"))[1]
        console.ok(page.next("ukictl addon promote --always"), 300)
        console.send("systemctl reboot")
        system.log_in(console)
        # systemd-boot's default is the UKI itself: its own stub takes the standing addon
        assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} {WORDS}"
        console.ok(page.next("ukictl addon install serial.addon.efi --for debian"), 300)
        assert "debian.efi.extra.d" in console.ok(page.next("ukictl addon list"), 300)
        assert page.ended()
        console.send("systemctl poweroff")
        console.ended()

    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok")}
    result = system.machine("serial", "trixie", administer, media=media).boot()
    assert result.ended == "off" and result.resets == 2, result.tail()
