# SPDX-License-Identifier: BSD-2-Clause
"""ukictl predict against swtpm: what it says before the reboot is what the PCRs hold after it.

Each row boots one disk twice. The first boot is systemd-boot's with the UKI itself, as on a machine that has ukiload
installed and does not use it now; its event log is what `ukictl predict` gets. The second one goes through ukiload,
and there every PCR that was predicted must have just that value, in every bank of the TPM: read from its registers, by
Linux in one row, elsewhere by the tiny kernel, which extends and reads what Linux does (lab/test_lab.py).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab import LOADER, BootEntry, Result, boot_images, guest, keys, objcopy, sign, tpm
from lab.arch import X64, Arch
from lab.uki import OSREL
from rows.case import (BASE, DEFAULT_POLICY, GOOD, LAUNCHER, Combination, Machine, embed_policy, make_machine, own,
                       standing,
                       switch_on)

# One worker, which makes the stock boots once.
pytestmark = pytest.mark.xdist_group("predict")
EXTRA = f"{GOOD}.extra.d"
SIDECARS = {
    "/loader/credentials/site.cred": b"for every image",
    f"{EXTRA}/own.cred": b"for this one",
    f"{EXTRA}/Also.CRED": b"before own.cred, by code unit",
    f"{EXTRA}/tools.sysext.raw": b"a system extension" * 1000,
    f"{EXTRA}/settings.confext.raw": b"a configuration extension" * 100,
}
TRAILER = b"070701" + b"00000000" * 4 + b"00000001" + b"00000000" * 6 + b"0000000b" + b"00000000TRAILER!!!\0" + bytes(3)
RICH = {".pcrsig": b'{"sha256":[]}', ".pcrpkey": b"-----BEGIN PUBLIC KEY-----\n", ".ucode": TRAILER}
PLAIN = {name: data for name, data in RICH.items() if name != ".ucode"}  # which an older stub does not know
POLICY = DEFAULT_POLICY.read_text() + "site.name=*\n@measure\n"
PCRS = (4, 7, 9, 11, 12, 13)


@dataclass(frozen=True)
class Row:
    """One disk. `same` are PCRs whose value must be that of the stock boot."""

    trust: str
    stub: str = "stub257"
    via: str = "loader"
    addons: bool = True
    sections: Mapping[str, bytes] = field(default_factory=lambda: RICH)
    same: tuple[int, ...] = (7, 9, 11, 13)
    launcher_key: str | None = None  # one that nothing else in the chain is signed with
    firmware: str = "ovmf13"
    sdboot: str = "257"
    linux: bool = False  # which boots; or the tiny kernel


ROWS = {
    "shim161": Row("shim161"),
    "shim161-next": Row("shim161", via="next", same=(9, 11, 13)),  # systemd-boot's certificate is not asked for
    "shim158": Row("shim158"),
    "db-252": Row("db", stub="stub252", addons=False, sections=PLAIN),
    # ukiload in the stub's role
    "shim161-252-kernel": Row("shim161", stub="stub252", sections=PLAIN, same=(7, 11, 13)),
    "off-252-kernel": Row("off", stub="stub252", sections=PLAIN, same=(7, 11, 13), linux=True),
    "off": Row("off"),
    # which tells a UKI that it starts itself its line, and measures that
    "sdboot252": Row("shim161", sdboot="252"),
    "sdboot252-off": Row("off", sdboot="252"),
    "sdboot252-off-kernel": Row("off", stub="stub252", sections=PLAIN, same=(7, 11, 13), sdboot="252"),
    "third": Row("shim161", launcher_key="db", same=(9, 11, 13)),
}
if "SOAK" in os.environ:
    ROWS |= {
        "arm64": Row("shim161", sections=PLAIN, firmware="aavmf13"),
        "arm64-next": Row("shim161", via="next", same=(9, 11, 13), sections=PLAIN, firmware="aavmf13"),
        "arm64-252-kernel": Row("db", stub="stub252", same=(7, 11, 13), sections=PLAIN, firmware="aavmf13"),
    }


def prepare(name: str, row: Row, stock: bool) -> Machine:
    """The machine of a row; `stock` starts the UKI without ukiload."""
    machine = make_machine(f"predict-{name}-{'stock' if stock else 'ukiload'}",
                           Combination(row.firmware, row.trust, row.sdboot),
                           linux=row.linux)
    chain = machine.chain
    chain.tpm, chain.timeout, machine.next_os, machine.policy = True, 240, False, POLICY
    chain.entry = None  # loader.conf is measured as well, so the choice is made by variable
    chain.var("LoaderEntryDefault", "good.efi" if stock else "ukiload.efi", guid=LOADER)
    if row.stub == "stub252" and machine.arch == X64:  # ukify needs more room for headers than it has
        chain.files[GOOD] = objcopy.image([
            (".osrel", OSREL), (".cmdline", BASE), *row.sections.items(), (".initrd", guest.initrd(machine.kernel)),
            (".linux", boot_images.unsigned(boot_images.image(machine.kernel)))], stub=row.stub, sign=machine.key)
    else:
        machine.uki(stub=row.stub, sections=row.sections)
    chain.files.update(SIDECARS)
    if row.launcher_key:
        chain.mok = ("mok", row.launcher_key)
        machine.launcher = None
        chain.files[LAUNCHER] = sign(embed_policy(POLICY), row.launcher_key)
    if row.addons:
        machine.addon(standing("kdump"), "crashkernel=64M")
        machine.addon(own("site"), "site.name=predicted")
    if row.via == "next" and not stock:
        launcher = LAUNCHER.replace("/", "\\")
        chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data=f"{launcher} ukiload.oneshot")
        chain.boot_next = 7
        chain.var("UkiloadRequest", f"ukiload.id=1 ukiload.via=0007 ukiload.uki={GOOD}")
    return machine


def write_esp(target: Path, machine: Machine) -> Path:
    """The files of the disk, where ukictl finds them."""
    for path, content in machine.chain.files.items():
        file = target / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content.read_bytes() if isinstance(content, Path) else content
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return target


def efivars(target: Path, result: Result) -> Path:
    """db, MokListRT and LoaderInfo as Linux shows them; MokListRT is shim's copy of MokList, with its own certificate
    in front."""
    target.mkdir()
    attributes, data = result.report.variables[LOADER, "LoaderInfo"]
    (target / f"LoaderInfo-{LOADER}").write_bytes(struct.pack("<L", attributes) + data)
    for (guid, name), (attributes, data) in result.variables.items():
        if name in ("db", "MokList"):
            shown = "MokListRT" if name == "MokList" else name
            (target / f"{shown}-{guid}").write_bytes(struct.pack("<L", attributes) + data)
    return target


def predict(esp: Path, *words: object, arch: Arch = X64) -> Any:
    """`ukictl predict --json` for the UKI of all rows."""
    ukictl = os.environ.get("UKICTL", str(keys.BUILD / "ukictl"))
    done = subprocess.run([ukictl, "predict", f"{esp}{GOOD}", "--esp-path", esp, "--machine", arch.name, "--json",
                           "--events", *map(str, words)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@functools.cache
def boots(name: str) -> tuple[Machine, Result, Result]:
    """The stock boot and the one through ukiload."""
    row = ROWS[name]
    results = []
    for stock in (True, False):
        machine = prepare(name, row, stock)
        results.append(switch_on(machine))
        assert results[-1].booted, results[-1].tail()
        assert bool(results[-1].report.status) != stock, "the wrong image was started"
        results[-1].disk.path.unlink()
    return machine, results[0], results[1]


@pytest.mark.parametrize("name", ROWS)
def test_every_register_holds_what_was_predicted(name: str, tmp_path: Path) -> None:
    """Every value, in every bank that the TPM has."""
    row = ROWS[name]
    machine, stock, through = boots(name)
    esp = write_esp(tmp_path / "esp", machine)
    log = tmp_path / "log"
    assert stock.report.tpm_log is not None
    log.write_bytes(stock.report.tpm_log)
    found = predict(esp, "--eventlog", log, "--via", row.via, "--efivars", efivars(tmp_path / "efivars", stock),
                    arch=machine.arch)
    assert found["line"] == through.report.cmdline
    measured, before = through.report.registers, stock.report.registers
    banks = {bank for bank, _ in measured} & {"sha1", "sha256", "sha384", "sha512"}
    assert "sha256" in banks
    wrong = []
    for number in PCRS:
        said = found["pcrs"][str(number)]
        assert said["known"], said
        for bank in banks:
            if said.get(bank) != measured[bank, number]:
                wrong.append(f"PCR {number} {bank}: {said.get(bank)} instead of {measured[bank, number]}\n"
                             + "\n".join(f"    {item[bank][:16]} {item['what']}" for item in said["events"])
                             + "\n  log:\n"
                             + "\n".join(f"    {event}" for event in tpm.of_pcr(through.tpm_events, number)))
        differs = measured["sha256", number] != before["sha256", number]
        assert said["differs"] == differs, f"PCR {number}"
        assert differs != (number in row.same), f"PCR {number}"
    assert not wrong, "\n".join(wrong)


def test_systemd_measure_says_the_same_of_pcr_11(tmp_path: Path) -> None:
    """PCR 11 by another way: what systemd-measure(1) says of the sections, which are read by objdump's own rules."""
    machine, stock, _ = boots("shim161")
    esp = write_esp(tmp_path / "esp", machine)
    sections = {}
    import pefile  # pylint: disable=import-outside-toplevel
    image = pefile.PE(f"{esp}{GOOD}", fast_load=True)
    for section in image.sections:
        sections[section.Name.rstrip(b"\0").decode()] = section.get_data()[: section.Misc_VirtualSize]
    value = bytes(32)
    for name in (".linux", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".uname", ".sbat", ".pcrpkey"):
        if name in sections:
            for data in (name.encode() + b"\0", sections[name]):
                value = hashlib.sha256(value + hashlib.sha256(data).digest()).digest()
    log = tmp_path / "log"
    log.write_bytes(stock.report.tpm_log or b"")
    assert predict(esp, "--eventlog", log)["pcrs"]["11"]["sha256"] == value.hex()
