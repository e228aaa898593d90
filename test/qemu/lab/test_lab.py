# SPDX-License-Identifier: BSD-2-Clause
"""The lab proves itself on the stock chain, without ukiload: what these cases see, the others may trust."""

from __future__ import annotations

import hashlib
import re

from . import (BS, GLOBAL, LOADER, NV, RT, SHIM, UKILOAD, BootEntry, Chain, Profile, Result, addon, authenticode,
               boot_images, guest, tpm, uki)

BASE = "console=ttyS0 quiet base=1"


def test_a_signed_addon_is_merged_and_measured() -> None:
    """A signed addon is merged and measured, an unsigned one is not, and the OS report is complete."""
    chain = Chain("lab-addons", tpm=True, smbios11=["io.systemd.stub.kernel-cmdline-extra=smbios=1,2"])
    chain.files["/EFI/Linux/a.efi"] = uki(cmdline=BASE, sign=chain.key)
    chain.files["/EFI/Linux/a.efi.extra.d/own.addon.efi"] = addon("own=1", sign=chain.key)
    chain.files["/loader/addons/good.addon.efi"] = addon("good=1", sign=chain.key)
    chain.files["/loader/addons/bad.addon.efi"] = addon("unsigned=1", sign=None)
    chain.files["/loader/credentials/secret.cred"] = b"content"
    result = chain.boot()
    report = result.report
    assert result.ended == "off" and report.secure_boot and report.lockdown == "integrity"
    assert report.cmdline == f"{BASE} good=1 own=1 smbios=1,2"
    assert "bad.addon.efi" in result.screen
    assert report.files["/.extra/global_credentials/secret.cred"] == hashlib.sha256(b"content").hexdigest()
    assert report.text("LoaderEntrySelected", LOADER) == "a.efi"
    events = result.tpm_events
    assert any("good=1" in event.text and "unsigned" not in event.text for event in tpm.of_pcr(events, 12))
    assert [event.text for event in tpm.of_pcr(events, 11)][:2] == [".linux", ".linux"]
    image = authenticode(chain.files["/EFI/Linux/a.efi"])
    assert image in [event.sha256 for event in tpm.of_pcr(events, 4)]


def test_boot_next_resets_and_variables_do_what_they_should() -> None:
    """BootNext with options through shim, a reset that is followed, variables both ways."""
    chain = Chain("lab-bootnext", trust="shim158", sdboot=None, follow_resets=True)
    profiles = [Profile("ID=one\nTITLE=One", cmdline=f"{BASE} profile=1")]
    chain.second = uki(cmdline=BASE, sign=chain.key, profiles=profiles)
    chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data="grubx64.efi @1")
    chain.boot_next = 7
    chain.var("UkiloadRequest", "ukiload.id=1")
    # The first boot leaves a variable and resets, the second finds it and switches off.
    chain.script = (
        "v=/sys/firmware/efi/efivars/UkiloadLast-1efb867d-9fca-434e-a345-7738aa0ed88e\n"
        "[ -e $v ] && exit\n"
        "printf '\\007\\000\\000\\000done' >$v && touch /reboot; echo wrote\n")
    result = chain.boot()
    first, second = result.reports
    assert result.ended == "off" and result.resets == 1 and first.output == ["wrote"] and not second.output
    assert first.var("BootCurrent", GLOBAL) == b"\7\0" and second.var("BootCurrent", GLOBAL) != b"\7\0"
    assert first.variables[UKILOAD, "UkiloadRequest"] == (NV | BS | RT, "ukiload.id=1\0".encode("utf-16-le"))
    assert result.variables[UKILOAD, "UkiloadLast"] == (NV | BS | RT, b"done")
    assert (GLOBAL, "BootNext") not in result.variables
    assert second.cmdline == BASE


def test_what_is_revoked_or_unknown_does_not_start() -> None:
    """What is on dbx, or signed by an unknown key, does not start; nothing comes up."""
    chain = Chain("lab-refusals", entry="a.efi", until="(?i)security policy violation|access denied")
    image = uki(cmdline=BASE, sign=chain.key)
    chain.files["/EFI/Linux/a.efi"] = image
    chain.dbx = (authenticode(image),)
    result = chain.boot()
    assert result.ended == "until" and not result.booted
    assert (SHIM, "MokList") in result.variables


def test_shim_with_validation_off_starts_unsigned_images() -> None:
    """MokSBState as MokManager leaves it: shim starts unsigned images with Secure Boot on."""
    chain = Chain("lab-insecure", validation=False, sdboot="252", firmware="ovmf12", until="(?i)violation|denied")
    chain.files["/EFI/Linux/a.efi"] = uki(cmdline=BASE, kernel="kernel61", stub="stub252", sign=None)
    result = chain.boot()
    assert result.ended == "off" and result.report.cmdline == BASE
    assert result.report.uname.startswith("6.1.") and result.report.secure_boot


def test_keys_in_db_start_an_image_on_xbootldr() -> None:
    """Own platform keys, no shim, strict NX firmware, and a UKI on the second partition."""
    chain = Chain("lab-db", firmware="ovmf13nx", trust="db", xbootldr={})
    chain.xbootldr = {"/EFI/Linux/x.efi": uki(cmdline=BASE, sign=chain.key, signed_kernel=True)}
    result = chain.boot()
    assert result.report.cmdline == BASE and result.report.secure_boot
    assert (result.report.text("StubDevicePartUUID", LOADER) or "").startswith("66666666-")
    assert result.disk.list("/EFI/Linux", partition=2) == ["/EFI/Linux/x.efi"]


FILL = "fill=" + "x" * 1900


def _seen(name: str, kernel: str) -> Result:
    """What a kernel makes of one machine."""
    chain = Chain(name, smbios11=["io.systemd.stub.kernel-cmdline-extra=" + "y" * 200], esp_mib=64, tpm=True)
    chain.files["/EFI/Linux/a.efi"] = uki(cmdline=f'{BASE} name="a  b" ü=€é', sign=chain.key, kernel=kernel,
                                          uname="6.12", initrd=guest.initrd())
    chain.files["/EFI/Linux/a.efi.extra.d/tools.sysext.raw"] = b"an extension" * 5000
    chain.files["/EFI/Linux/a.efi.extra.d/own.cred"] = b"mine"
    chain.files["/loader/addons/good.addon.efi"] = addon(f"{FILL} good=1", sign=chain.key)
    chain.files["/loader/credentials/secret.cred"] = b"content"
    chain.boot_entries[0x1A] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data="words")
    chain.var("UkiloadRequest", "ukiload.id=1")
    chain.var("Hidden", "what only boot programs see", attributes=NV | BS)
    chain.var("LoaderEntryDefault", "a.efi", guid=LOADER)
    result = chain.boot()
    assert result.ended == "off"
    return result


def test_the_tiny_kernel_reports_what_linux_does() -> None:
    """It reports what Linux does, of the same machine."""
    runs = _seen("lab-tiny", "tiny"), _seen("lab-tiny-linux", "kernel612")
    tiny, linux = (result.report for result in runs)
    assert tiny.uname == boot_images.kernel_release("tiny") and linux.uname == boot_images.kernel_release("kernel612")
    # What goes beyond Linux' limit is cut off at a blank.
    assert tiny.cmdline == linux.cmdline == f'{BASE} name="a  b" ü=€é {FILL} good=1'
    for result in runs:
        assert re.findall("^booted: (.*)$", result.serial, re.MULTILINE)[0] == tiny.cmdline
    assert tiny.files == linux.files and tiny.modes == linux.modes and len(tiny.files) >= 4
    assert set(tiny.variables) == set(linux.variables)
    assert (UKILOAD, "UkiloadRequest") in tiny.variables and (UKILOAD, "Hidden") not in tiny.variables
    timed = {(LOADER, f"LoaderTime{what}USec") for what in ("Init", "Exec", "Menu")}
    assert [where for where, value in tiny.variables.items() if value != linux.variables[where]] == \
        [where for where in tiny.variables if where in timed]
    _same_measurements(*runs)


def _same_measurements(tiny: Result, linux: Result) -> None:
    """Each extends PCR 9 by line and initrd; Linux' log goes on to the end of boot services."""
    for number in (0, 1, 2, 3, 6, 7, 9, 10, 12, 13, 14):
        assert tpm.of_pcr(tiny.tpm_events, number) == tpm.of_pcr(linux.tpm_events, number), f"PCR {number}"
    assert len(tpm.of_pcr(tiny.tpm_events, 9)) == 2
    ended = tpm.of_pcr(linux.tpm_events, 5)[len(tpm.of_pcr(tiny.tpm_events, 5)):]
    assert [event.data.decode() for event in ended] == ["Exit Boot Services Invocation",
                                                        "Exit Boot Services Returned with Success"]
    for result in (tiny, linux):
        assert {bank for bank, _ in result.report.registers} >= {"sha256", "sha384", "sha512"}
        for number in (n for n in range(16) if n != 10):  # which is IMA's, in Linux
            value = tpm.value(result.tpm_events, number).hex()
            assert result.report.registers["sha256", number] == value, f"PCR {number}"
    assert set(tiny.report.registers) == set(linux.report.registers)
