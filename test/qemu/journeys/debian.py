# SPDX-License-Identifier: BSD-2-Clause
"""A real Debian from dpkg -i to dpkg -P: the package of this tree on a system as its release installs it.

For `make soak`: Debian 12, 13 and sid, each with six boots or seven. Between coming and going the package is
upgraded, the kernel is, and the ESP is not mounted, cannot be written, and is full; what is typed at kexec is in
typed.py. Every file of the ESP, of /etc and /var/lib and every variable is compared before the first and after the
last command.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab import UKILOAD, Profile, addon, keys, packages, system
from lab.console import Console
from lab.disk import Content

from . import typed

SECOND, OTHER = f"{system.CMDLINE} second", f"{system.CMDLINE} other"
# A further profile of the first UKI, and what systemd calls it then. 252 knows none.
_PROFILES = {"trixie": ("ID=other", "debian.efi@other"), "sid": ("TITLE=Other", "debian.efi@1")}
ESP, UKIS = "/boot/efi", "/boot/efi/EFI/Linux"
POOL = f"{ESP}/EFI/ukiload/addons"
# ukictl finds the key there, and so does the upgrade of the package, which nobody can tell of it.
CONF = "[UKI]\nSecureBootPrivateKey=/media/mok.key\nSecureBootCertificate=/media/mok.crt\n"
# Wherever a version puts itself.
_FIND_IMAGE = f"find {ESP} -iname 'ukiload*.efi'"
_DEFAULT = f"sed -i 's/^default .*/default %s/' {ESP}/loader/loader.conf"
# A package with a kernel's modules that puts a UKI on the ESP, as hooks of a kernel's package do.
_KERNEL = f"""mkdir -p /run/linux/DEBIAN /run/linux/usr/lib/modules/2 && cd /run/linux && touch usr/lib/modules/2/order
printf 'Package: linux-image-2\\nVersion: 2\\nArchitecture: all\\nMaintainer: root\\nDescription: -\\n' >DEBIAN/control
printf '#!/bin/sh\\ncp /media/debian-2.efi {UKIS}/\\n' >DEBIAN/postinst && chmod 755 DEBIAN/postinst
dpkg-deb -b . /run/linux.deb"""
_NEWS = r"ukiload: \EFI\Linux\%s will boot without \loader\addons\shell.addon.efi: "
# Written by the system itself while it runs. dpkg keeps the name of what it purged nowhere but here.
_MOVES = (r"^/boot/efi/loader/random-seed|^/var/lib/(systemd/(random-seed|timesync|timers|catalog)|dpkg/|apt/)"
          r"|^/etc/(\.updated|resolv.conf)")
_FILES = f"find PLACES -type f -print0 | grep -zvE '{_MOVES}' | sort -z | xargs -0 sha256sum"
# What tells of this boot is another in one that came through systemd-boot, or through ukiload.
_OF_THE_BOOT = "^(UkiloadStatus|LoaderEntries|LoaderEntrySelected|LoaderFeatures|LoaderInfo|ShimRetainProtocol|Stub[A-Za-z]+)-"
_VARIABLES = f"efibootmgr | grep -v ^BootCurrent; ls /sys/firmware/efi/efivars | grep -vE '{_OF_THE_BOOT}'"
_ON_ESP = f"{_FILES.replace('PLACES', ESP)}; {_VARIABLES}"
_STATE = (f"{{ {_FILES.replace('PLACES', f'{ESP} /etc /var/lib')}; "
          f"find /etc /var/lib -type l -printf '%p %l\\n' | sort; {_VARIABLES}; }}")


def _first(console: Console) -> None:
    system.log_in(console)
    console.ok(f"{_STATE} >/var/tmp/before", 300)


def _upgraded(console: Console) -> None:
    """The release before, installed and signed. An upgrade renews the copy on the ESP, signs it, keeps its policy."""
    console.ok("dpkg -i /media/old.deb && cp /media/ukiload.conf /etc/")
    console.ok("ukictl install --sign-key /media/mok.key --sign-cert /media/mok.crt")
    console.ok(f"cp $({_FIND_IMAGE}) /var/tmp/old.efi && cp /media/kdump.addon.efi {POOL}/")
    told = console.ok("dpkg -i /media/ukiload.deb")
    assert "0.2 -> 0.3" in told, told
    after = console.ok(f"sha256sum $({_FIND_IMAGE})")
    assert console.ok(f"ukictl policy show $({_FIND_IMAGE})") == console.ok("ukictl policy show /var/tmp/old.efi")
    assert "-> 0.3" not in console.ok("dpkg -i /media/ukiload.deb")
    assert console.ok(f"sha256sum $({_FIND_IMAGE})") == after
    assert "would" not in console.ok("ukictl update --dry-run")
    # no unit of ours comes into a boot that did not come through ukiload
    assert console.run("systemctl is-active boot-complete.target")[1] == "inactive"


def _news_of_a_uki(console: Console) -> None:
    """The upgrade's output has what will be refused of what it brings, once."""
    console.ok(f"mkdir -p {ESP}/loader/addons && cp /media/shell.addon.efi {ESP}/loader/addons/ && {_KERNEL}")
    told = console.ok("dpkg -i /run/linux.deb")
    assert _NEWS % "debian-2.efi" in told and '"init=/bin/sh" refused' in told, told
    assert "ukiload: " not in console.ok("dpkg -P linux-image-2")


def _news_by_kernel_install(console: Console) -> None:
    """Where systemd installs UKIs itself (253 and newer), the plugin says it."""
    console.ok("mkdir /run/kernel && cd /run/kernel && echo layout=uki >install.conf && echo debian >entry-token")
    told = console.ok("KERNEL_INSTALL_CONF_ROOT=/run/kernel kernel-install add 3 /media/debian-2.efi")
    assert told.count(_NEWS % "debian-3.efi") == 1, told
    console.ok("KERNEL_INSTALL_CONF_ROOT=/run/kernel kernel-install remove 3")


def _new_kernel(console: Console) -> None:
    """The new UKI came, the old one goes, and the new one is what starts unasked."""
    console.ok(f"rm {ESP}/loader/addons/shell.addon.efi && sync")
    listed = console.ok("ukictl list")
    assert 0 <= listed.index("debian-2.efi: starts") < listed.index("debian.efi: starts"), listed
    console.ok(f"mv {UKIS}/debian.efi /var/tmp/")
    listed = console.ok("ukictl list")
    assert "debian-2.efi: starts" in listed and "debian.efi" not in listed, listed
    assert console.run("ukictl load debian")[0] != 0 and typed.status(console)["armed"]["state"] == "no"
    console.ok(_DEFAULT % "ukiload*")


def _standing(console: Console) -> None:
    assert typed.boot(console, SECOND), "ukiload as the default entry starts the newest"
    # and that is what kexec arms, to which systemctl kexec says the default entry's file and line
    console.ok(f"kexec --load $({_FIND_IMAGE}) --append ''")
    assert typed.status(console)["armed"]["image"] == r"\EFI\Linux\debian-2.efi" and console.run("kexec -u")[0] == 0


def _nothing_written(console: Console, verbs: dict[str, tuple[int, str]], files: str) -> None:
    """Each says what is wrong; no file and no variable is another."""
    console.ok(f"{{ {files}; }} >/run/before")
    for verb, (wanted, text) in verbs.items():
        code, said = console.run(f"ukictl {verb}")
        assert code == wanted and text in said, f"{verb}: {code}\n{said}"
        assert console.run(f"{{ {files}; }} | diff /run/before -")[1] == "", verb


def _unmounted(console: Console) -> None:
    """The usual mishap: the mount point is empty, and what would be written there is nothing that firmware reads."""
    console.ok(f"umount {ESP}")
    absent = (8, f"mount {ESP}")
    verbs = {verb: absent for verb in ("install", "update", "load debian-2", "list", "remove")}
    verbs |= {"update --graceful": (0, f"mount {ESP}"), "status": (3, ""), f"install --esp-path {ESP}": (8, ESP)}
    _nothing_written(console, verbs, f"find {ESP}; {_VARIABLES}")
    console.ok(f"mount {ESP}")


def _read_only(console: Console) -> None:
    """Nothing to write is no failure; what is to be written and cannot be changes nothing."""
    console.ok(f"mount -o remount,ro {ESP}")
    _nothing_written(console, {"install": (0, "already"), "update": (0, "already"), "list": (0, "debian-2.efi: starts"),
                               "install --policy image": (1, "ead-only"), "remove": (1, "ead-only")}, _ON_ESP)
    console.ok(f"mount -o remount,rw {ESP}")


def _full(console: Console) -> None:
    """A request needs no room; what does is refused, and what works stays, and starts."""
    console.ok(f"kexec -l {UKIS}/debian-2.efi")
    # systemd 262 writes its random seed there at every boot, and complains if it cannot: that much is left to it.
    console.run(f"cat /dev/zero >{ESP}/full; truncate -s -32K {ESP}/full; sync", 400)
    assert int(console.ok(f"df --output=avail {ESP} | tail -1")) < 64  # KiB; ukiload has 130
    _nothing_written(console, {"install": (0, "already"), "update": (0, "already"),
                               "install --policy image": (1, "No space")},
                     _ON_ESP.replace(ESP, f"{ESP}/EFI {ESP}/loader"))
    assert typed.armed(console) == []


def _room_again(console: Console) -> None:
    """The upgrade of the kernel is undone."""
    typed.reloaded(console, SECOND)
    console.ok(_DEFAULT % "debian.efi")
    console.ok(f"rm {ESP}/full {UKIS}/debian-2.efi && cp /var/tmp/debian.efi {UKIS}/ && rm /var/tmp/debian.efi")


def _removed(console: Console) -> None:
    """The package says what it leaves; ukictl takes that off; purged, nothing is left."""
    told = console.ok("dpkg -r ukiload")
    assert "this stays on the machine" in told and "ukiload" in told and "ukictl remove" in told, told
    console.ok("dpkg -i /media/ukiload.deb")
    console.ok(f"rm {POOL}/kdump.addon.efi /etc/ukiload.conf; ukictl remove")
    assert "stays" not in console.ok("dpkg -P ukiload")
    console.ok(f"{_STATE} >/var/tmp/after", 300)
    assert console.run("diff /var/tmp/before /var/tmp/after")[1] == ""


_WITH_ADDON = f"{system.CMDLINE} {typed.KDUMP}"
Boot = tuple[tuple[Callable[[Console], None], ...], str]


def _boots(suite: str) -> list[Boot]:
    """What is done in each boot, and the command that ends it."""
    boots: list[Boot] = [
        ((_first, _upgraded, typed.what_is_not_ours_reaches_the_real_kexec, typed.letters), "systemctl kexec")]
    line, news = system.CMDLINE, (_news_of_a_uki,)
    if suite in _PROFILES:
        entry = _PROFILES[suite][1]
        boots.append(((lambda console: typed.reloaded(console, system.CMDLINE),
                       lambda console: typed.a_profile_is_the_default(console, entry)), "systemctl kexec"))
        line, news = OTHER, (_news_of_a_uki, _news_by_kernel_install)
    return [
        *boots,
        # what is armed stays, whatever the default is
        ((lambda console: typed.reloaded(console, line),), "ukictl load debian --addon kdump; systemctl kexec"),
        ((lambda console: typed.reloaded(console, _WITH_ADDON), typed.kdump_beside, *news, _new_kernel),
         "systemctl reboot"),
        ((_standing, _unmounted, _read_only, _full), "sync; kexec -e"),
        ((_room_again, typed.the_same_again), "systemctl start kexec.target"),
        ((lambda console: typed.reloaded(console, _WITH_ADDON), typed.disabled, _removed), "systemctl poweroff"),
    ]


@pytest.mark.parametrize("suite", system.RELEASES)
def test_a_package_comes_and_goes_without_a_trace(suite: str) -> None:
    """Upgrade it, reload in each way that people know, upgrade the kernel, no ESP, no room, remove, purge."""
    boots = _boots(suite)

    def administer(console: Console) -> None:
        for steps, end in boots:
            for step in steps:
                step(console)
            console.send(end)
        console.ended()

    chain = system.machine(f"debian-{suite}", suite, administer, media=_media(suite))
    if suite in _PROFILES:
        profile = Profile(_PROFILES[suite][0], cmdline=OTHER)
        chain.files["/EFI/Linux/debian.efi"] = system.system(suite).uki(sign=chain.key, profiles=[profile])
    chain.esp_mib, chain.timeout = 100, 3600
    result = chain.boot()
    assert result.ended == "off" and result.resets == len(boots) - 1, result.tail()
    assert not [name for guid, name in result.variables if guid == UKILOAD]


@pytest.mark.parametrize(("trust", "signed_kernel"), [("off", False), ("shim161", True)])
def test_what_systemd_262_does_by_itself(trust: str, signed_kernel: bool) -> None:
    """As README says: where the kernel takes `.linux`, it starts that and `.initrd` without addons; nothing armed
    stays for a later boot. Where no kernel can be loaded for a reboot, it asks kexec."""

    def administer(console: Console) -> None:
        system.log_in(console)
        console.ok("dpkg -i /media/ukiload.deb && cp /media/ukiload.conf /etc/")
        console.ok("ukictl install && ukictl kexec enable")
        console.ok(f"cp /media/kdump.addon.efi {POOL}/ && ukictl load debian --addon kdump")
        console.send("systemctl kexec")
        assert not typed.boot(console, system.CMDLINE)
        console.ok("sysctl -w kernel.kexec_load_limit_reboot=0 || echo 0 >/proc/sys/kernel/kexec_load_limit_reboot")
        console.ok("ukictl load debian --addon kdump")
        console.send("systemctl kexec")
        typed.reloaded(console, _WITH_ADDON)
        console.send("systemctl poweroff")
        console.ended()

    chain = system.machine(f"by-itself-{trust}", "sid", administer, media=_media("sid"), trust=trust)
    chain.files["/EFI/Linux/debian.efi"] = system.system("sid").uki(sign=chain.key, signed_kernel=signed_kernel)
    assert chain.boot().resets == 1, "the first one was the kernel's own"


def _media(suite: str) -> dict[str, Content]:
    made: dict[str, Path] = {"mok.key": keys.key_file("mok"), "mok.crt": keys.cert_file("mok"),
                             "old.deb": packages.old_deb(suite, "0.2"), "ukiload.deb": packages.deb(suite),
                             "kdump.addon.efi": addon(typed.KDUMP), "shell.addon.efi": addon("init=/bin/sh"),
                             "debian-2.efi": system.system(suite).uki(cmdline=SECOND, version=2)}
    return {**made, "ukiload.conf": CONF}
