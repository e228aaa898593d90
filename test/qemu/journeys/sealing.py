# SPDX-License-Identifier: BSD-2-Clause
"""doc/sealing.md on a real Debian 13 under Secure Boot, with a TPM: a volume sealed by systemd-pcrlock opens in the
usual boot and in the reloaded one, and not with an addon that was not predicted.

For `make soak`: what is typed are the commands of the page.
"""

from __future__ import annotations

import re

from lab import keys, packages, system
from lab.console import Console
from lab.disk import Disk
from .page import Page

PACKAGES = ("systemd-cryptsetup", "cryptsetup-bin", "libtss2-esys-3.0.2-0t64", "libtss2-rc0t64",
            "libtss2-tcti-device0t64")
SEALED = "0,2,4,7"
ATTACH = "systemd-cryptsetup attach data /dev/vdd none tpm2-device=auto,headless=1"
# Colours, and the block with which each PCR is marked.
_TABLE = "systemd-pcrlock log | sed 's/\\x1b[^m]*m//g'"


def described(console: Console) -> dict[int, list[str]]:
    """Of each sealed PCR, and of 12, the component that each record of this boot's log belongs to; "-": none."""
    rows = re.findall(r"^ *(\d+) \S+ +\S+ +\S+ +\S+ [0-9a-f]{64} [FU] +(\S+)", console.ok(_TABLE), re.MULTILINE)
    return {pcr: [component for number, component in rows if int(number) == pcr] for pcr in (0, 2, 4, 7, 12)}


def prepared(console: Console) -> None:
    """ukiload, two addons to be picked, a volume with a passphrase."""
    console.ok("dpkg -i /media/ukiload.deb; mkdir -p /var/lib/dkms; cp /media/mok.key /media/mok.pub /var/lib/dkms")
    console.ok("ukictl install")
    for name, word in (("kdump", "crashkernel=64M"), ("level", "loglevel=5")):
        console.ok(f"ukictl addon make --cmdline {word} -o {name}.addon.efi; "
                   f"ukictl addon install {name}.addon.efi --once", 300)
    console.ok("printf secret | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
               "/dev/vdd -")


def described_and_sealed(console: Console, page: Page) -> None:
    """In the usual boot: each record belongs to a component, and the volume opens."""
    console.ok(page.next("apt install .*").replace("apt install", "dpkg -s"))
    console.ok(page.next("PATH=.*"))
    for command in ("lock-firmware-code", "lock-secureboot-policy", "lock-pe .*shim.pcrlock",
                    "lock-pe .*systemd-boot.pcrlock", "lock-uki .*"):
        console.ok(page.next(f"systemd-pcrlock {command}"))
    assert console.ok(page.next("ukictl predict .*"), 300).count("written and read back") == 7
    console.ok(page.next("systemd-pcrlock log"))
    found = described(console)
    assert not any("-" in found[pcr] for pcr in (0, 2, 4, 7)), found
    assert found[4][-3:] == ["610-shim", "630-boot-loader", "650-uki"], found
    said = console.ok(page.next(f"systemd-pcrlock make-policy --pcr={SEALED}"), 300)
    assert re.search(r"PCRs in protection mask: 0 .*, 2 .*, 4 .*, 7 ", said) and "Written new policy" in said, said
    console.ok("PASSWORD=secret " + page.next("systemd-cryptenroll .*"), 300)
    console.ok(page.next(ATTACH), 300)
    console.ok(page.next("systemd-cryptsetup detach data"))


def opens_after_the_reload(console: Console, page: Page) -> None:
    """ukiload in the boot loader's place, the addon once for it and once for the stub, its words."""
    assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} crashkernel=64M"
    console.ok("PATH=$PATH:/usr/lib/systemd")
    found = described(console)
    assert not any("-" in found[pcr] for pcr in (0, 2, 4, 7)), found
    assert found[4][-5:] == ["610-shim", "630-boot-loader", "650-uki"] + ["660-ukiload-addons"] * 2, found
    assert found[12] == ["670-ukiload-words", "-"], "systemd-pcrlock's own credential comes behind"
    console.ok(page.next(ATTACH), 300)
    console.ok("systemd-cryptsetup detach data")
    # a boot by BootNext has not met the loader's certificate
    assert "620-secureboot-authority: stock-debian.pcrlock is not" in console.ok(page.next("ukictl predict .*"), 300)
    said = console.ok(page.next(f"systemd-pcrlock make-policy --pcr={SEALED}"), 300)
    assert "Prediction is identical to current policy" in said, said
    assert page.ended()


def stays_shut_with_another_addon(console: Console) -> None:
    """It is validated and admitted, and nobody predicted it."""
    assert console.ok("cat /proc/cmdline") == f"{system.CMDLINE} loglevel=5"
    console.ok("PATH=$PATH:/usr/lib/systemd")
    assert described(console)[4][-2:] == ["-", "-"]
    assert console.run(ATTACH, 300)[0] == 1 and console.run("test -e /dev/mapper/data")[0] == 1


def test_the_page_leads_to_a_volume_that_opens_in_both_boots() -> None:
    """Each command of the page succeeds; the volume opens in the boots that were predicted and in no other."""
    page = Page("sealing.md")

    def administer(console: Console) -> None:
        system.log_in(console)
        prepared(console)
        described_and_sealed(console, page)
        console.ok(page.next("ukictl load debian --addon kdump"), 300)
        console.send(page.next("ukictl exec"))
        system.log_in(console)
        opens_after_the_reload(console, page)
        console.ok("ukictl load debian --addon level", 300)
        console.send("ukictl exec")
        system.log_in(console)
        stays_shut_with_another_addon(console)
        console.send("systemctl poweroff")
        console.ended()

    media = {"ukiload.deb": packages.deb("trixie"), "mok.key": keys.key_file("mok"), "mok.pub": keys.der("mok")}
    chain = system.machine("sealing", "trixie", administer, packages=PACKAGES, media=media)
    volume, add_disks = chain.run_dir / "volume.img", chain.edit_disk

    def add_volume(esp: Disk) -> None:
        assert add_disks
        add_disks(esp)
        with volume.open("wb") as file:
            file.truncate(32 << 20)

    chain.tpm, chain.edit_disk = True, add_volume
    chain.extra_args += ["-drive", f"file={volume},format=raw,if=virtio,cache=unsafe"]
    result = chain.boot()
    assert result.ended == "off" and result.resets == 2, result.tail()
