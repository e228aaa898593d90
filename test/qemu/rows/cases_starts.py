# SPDX-License-Identifier: BSD-2-Clause
"""The ways on which ukiload is started, and what each of them brings along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab import GLOBAL, LOADER, SHIM, BootEntry, Result
from lab.disk import ESP_PARTUUID
from .case import BASE, GOOD, Booted, Case, Machine, Refused, own, picked, standing

LOADED = "/EFI/ukiload/ukiloadx64.efi"  # where it lies if it is no type #2 image
COUNTED = "/EFI/Linux/good+3.efi"
ONCE = "/EFI/Linux/good+2-1.efi"  # after one boot
OTHER = "/EFI/other/other.efi"
OTHER_LINE = "console=ttyS0 quiet other=1"
UNTRUSTED = "\\EFI\\Linux\\good.efi is not signed by a key that this machine trusts"


# --- entries of systemd-boot --------------------------------------------------------------------

def _entry(m: Machine, key: str, lines: str = "") -> None:
    m.launcher, m.chain.entry = LOADED, "ukiload.conf"
    m.chain.files["/loader/entries/ukiload.conf"] = f"title ukiload\n{key} {LOADED}\n{lines}"


def _counted_uki(m: Machine) -> None:
    """Its own addons lie in a folder without the counter."""
    m.uki(COUNTED)
    del m.chain.files[GOOD]
    m.addon(own("kdump"), "crashkernel=64M")


def _counts(path: str, there: str, gone: str) -> Callable[[Result], None]:
    """LoaderBootCountPath, and the name that the counted file has on the disk."""
    def check(result: Result) -> None:
        assert result.report.text("LoaderBootCountPath", LOADER) == path.replace("/", "\\")
        names = result.disk.list("/EFI")
        assert there in names and gone not in names, names
        assert COUNTED in names or ONCE in names, names
    return check


def _counted_by_loader(m: Machine) -> None:
    m.launcher = "/EFI/Linux/ukiload+3.efi"
    _counted_uki(m)


def _counted_by_us(m: Machine) -> None:
    _entry(m, "efi")
    _counted_uki(m)


def _linux(m: Machine) -> None:
    """systemd-boot adds words to such an entry, and the stub adds words to every UKI, both from SMBIOS."""
    _entry(m, "linux", f"options ukiload.uki={OTHER} ukiload.id=from-entry\n")
    m.uki(OTHER, cmdline=OTHER_LINE)
    m.chain.smbios11 = ["io.systemd.boot.kernel-cmdline-extra=init=/bin/sh boot=1",
                        "io.systemd.stub.kernel-cmdline-extra=stub=1 init=/sbin/other"]


def _linux_bare(m: Machine) -> None:
    _entry(m, "linux")
    m.chain.smbios11 = ["io.systemd.boot.kernel-cmdline-extra=init=/bin/sh boot=1"]


def _initrd(m: Machine) -> None:
    """Not systemd-boot 257.13: it leaves the initrd registered when it gives up, and firmware crashes, whatever
    program failed."""
    m.chain.sdboot = "252"
    _entry(m, "linux", "initrd /EFI/ukiload/initrd.img\n")
    m.chain.files["/EFI/ukiload/initrd.img"] = b"070701"


ENTRIES = [
    Case("start_counted_by_loader", _counted_by_loader, Booted(
        line=f"{BASE} crashkernel=64M", uki=COUNTED, admitted=[own("kdump")],
        check=_counts("/EFI/Linux/ukiload+2-1.efi", "/EFI/Linux/ukiload+2-1.efi", "/EFI/Linux/ukiload+3.efi"))),
    Case("start_efi_entry_counted_by_us", _counted_by_us, Booted(
        line=f"{BASE} crashkernel=64M", uki=ONCE, admitted=[own("kdump")], check=_counts(ONCE, ONCE, COUNTED))),
    Case("start_linux_entry", _linux, Booted(
        line=f"{OTHER_LINE} stub=1 init=/sbin/other", uki=OTHER,
        status={"id": "from-entry", "options": ".*cut off: io.systemd.boot.kernel-cmdline-extra.*",
                "not-governed": "stub=1 init=/sbin/other"},
        shown=["io.systemd.boot.kernel-cmdline-extra", "stub=1 init=/sbin/other"])),
    Case("start_linux_entry_without_options", _linux_bare, Booted(
        status={"options": ".*cut off: io.systemd.boot.kernel-cmdline-extra.*"})),
    Case("start_entry_with_initrd", _initrd, Refused("an initrd is already registered with firmware"),
         x64=True),  # shim does not start arm64's systemd-boot 252, which has no .sbat
]


# --- boot entries of firmware -------------------------------------------------------------------

def _boot_next(m: Machine) -> None:
    """As `ukictl load` arms it: one entry outside BootOrder, through shim where there is one."""
    m.launcher = LOADED
    path = LOADED.replace("/", "\\")
    m.chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data=f"{path} ukiload.oneshot")
    m.chain.boot_next = 7
    m.addon(standing("console"), "loglevel=5")
    m.addon(picked("kdump"), "crashkernel=64M")
    m.request("ukiload.addon=kdump", via="0007")


def _boot_next_xbootldr(m: Machine) -> None:
    """Nobody else tells which partition the loader came from, and the stub would name the image's."""
    _boot_next(m)
    m.chain.xbootldr = {path: m.chain.files.pop(path) for path in (GOOD, standing("console"), picked("kdump"))}


def _boot_next_refused(m: Machine) -> None:
    """Nothing is left of shim's state: the default, which goes through systemd-boot, boots as ever."""
    _boot_next(m)
    del m.chain.files[picked("kdump")]
    del m.chain.files[standing("console")]
    m.chain.files["/EFI/Linux/ukiload.efi"] = m.launcher_image()


def _boot_next_shim158(m: Machine) -> None:
    """Here nobody else tells shim to keep its protocol, by which the stub validates addons."""
    m.chain.trust, m.chain.sdboot = "shim158", None
    _boot_next(m)


def _boot_next_db(m: Machine) -> None:
    m.chain.trust, m.chain.sdboot = "db", None
    m.uki()
    _boot_next(m)
    m.chain.boot_entries[7] = BootEntry(LOADED, data="ukiload.oneshot")


def _second_stage(m: Machine) -> None:
    """shim starts ukiload as if it were GRUB; no systemd-boot anywhere."""
    m.chain.sdboot, m.launcher, m.chain.second = None, None, m.launcher_image()
    m.addon(standing("console"), "loglevel=5")


def _second_stage_refused(m: Machine) -> None:
    _second_stage(m)
    m.uki(sign="unknown")


def _not_hooked(m: Machine) -> None:
    """Validation switched off in MokManager: shim vouches for everything, but only if it is asked."""
    m.chain.validation = False
    m.uki(sign=None)
    m.addon(standing("console"), "loglevel=5", sign=None)
    m.addon(standing("shell"), "init=/bin/sh")


def _as_armed(result: Result) -> None:
    assert result.report.var("BootCurrent", GLOBAL) == b"\7\0"


def _as_armed_and_retained(result: Result) -> None:
    _as_armed(result)
    assert result.report.var("ShimRetainProtocol", SHIM) == b"\1"


def _as_armed_on_the_esp(result: Result) -> None:
    _as_armed(result)
    assert result.report.text("LoaderDevicePartUUID") == ESP_PARTUUID.upper()


BOTH = Booted(line=f"{BASE} loglevel=5 crashkernel=64M", admitted=[standing("console"), picked("kdump")],
              status={"id": "one"}, last={"id": "one", "result": "started"}, check=_as_armed)

FIRMWARE = [
    Case("start_bootnext_shim", _boot_next, BOTH),
    Case("start_bootnext_shim158", _boot_next_shim158, replace(BOTH, check=_as_armed_and_retained),
         x64=True),
    Case("start_bootnext_db", _boot_next_db, BOTH),
    Case("start_bootnext_xbootldr", _boot_next_xbootldr, replace(BOTH, check=_as_armed_on_the_esp)),
    Case("start_bootnext_refused", _boot_next_refused, Refused(
        "kdump.addon.efi, which the request names, is refused: does not exist", then="reset", last={"id": "one"})),
    Case("start_second_stage", _second_stage, Booted(line=f"{BASE} loglevel=5", admitted=[standing("console")])),
    Case("start_second_stage_refused", _second_stage_refused, Refused(UNTRUSTED)),
    Case("start_shim_not_hooked", _not_hooked, Booted(
        line=f"{BASE} loglevel=5", admitted=[standing("console")],
        refused={standing("shell"): '"init=/bin/sh" refused: sensitive (control of PID 1), no rule with that flag'},
        shown=["(ukiload test image), not validated: shim's validation is switched off"])),
]


# --- systemd-boot is all there is ---------------------------------------------------------------

def _alone(m: Machine) -> None:
    m.next_os = False
    m.uki(sign="unknown")


def _alone_with_request(m: Machine) -> None:
    m.next_os = False
    m.request("ukiload.addon=gone")


ALONE = [
    Case("start_alone_refused", _alone, Refused(UNTRUSTED, then="end")),
    Case("start_alone_request_refused", _alone_with_request, Refused(
        "gone.addon.efi, which the request names, is refused", then="reset", last={"id": "one"})),
]

CASES = ENTRIES + FIRMWARE + ALONE
