# SPDX-License-Identifier: BSD-2-Clause
"""Measured boot: what ukiload adds to the TPM's event log, and that it adds nothing else.

Each row boots one machine twice, with the same files: systemd-boot starts the UKI itself (the stock boot), or
ukiload, which starts it. Disks sealed to a stock boot's PCRs open in the other one exactly if the events are
the same ones in the same order, so that is what is compared, event by event.

    PCR 4                        ukiload itself, and one event per addon that it had validated
    PCR 7                        equal, unless ukiload's certificate is one that nothing else in the chain has
    PCR 12                       equal, unless ukiload got LoadOptions or its policy says @measure
    all others, so 9 11 13 14    equal

With keys in db it is Linux that boots, through shim and on arm64, where Linux of Debian's cloud kernel finds no log,
the tiny kernel, which measures as Linux does (lab/test_lab.py).
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import LOADER, authenticode, boot_images, keys, sign, tpm, varstore
from lab.tpm import Event
from lab.arch import X64
from rows.case import (BASE, DEFAULT_POLICY, GOOD, LAUNCHER, REFERENCE, Combination, Machine, embed_policy,
                       make_machine, own, standing, switch_on)

# One worker, which makes the stock boots once.
pytestmark = pytest.mark.xdist_group("measured")
EXTRA = f"{GOOD}.extra.d"
SIDECARS = {
    "/loader/credentials/site.cred": b"a credential for every image",
    f"{EXTRA}/own.cred": b"a credential for this one",
    f"{EXTRA}/tools.sysext.raw": b"a system extension" * 1000,
    f"{EXTRA}/settings.confext.raw": b"a configuration extension" * 100,
}
IN_GUEST = {
    "/.extra/global_credentials/site.cred", "/.extra/credentials/own.cred",
    "/.extra/sysext/tools.sysext.raw", "/.extra/confext/settings.confext.raw",
}
ADDONS = (standing("kdump"), own("site"))  # in the order in which they are applied
MACHINES = {"shim161": REFERENCE, "shim158": Combination(trust="shim158"), "db": Combination(trust="db"),
            "sdboot252": Combination(sdboot="252"), "sdboot252-off": Combination(trust="off", sdboot="252")}
if "SOAK" in os.environ:
    MACHINES |= {"arm64": Combination("aavmf13", "db"), "arm64-shim161": Combination("aavmf13"),
                 "sdboot254": Combination(sdboot="254"), "sdboot262": Combination(sdboot="262")}
POLICY = DEFAULT_POLICY.read_text() + "site.name=*\n"
# Where systemd-boot tells a UKI its line; without Secure Boot the stub measures that once more.
TOLD, ODD, BY_252 = ("sdboot252", "sdboot252-off", "sdboot254"), f"  {BASE}\t\u00fc=1 \n\n", f"  {BASE} \u00fc=1"

Prepare = Callable[[Machine], None]


@dataclass(frozen=True)
class Observed:
    """One boot: its event log, and what the guest was given."""

    events: list[Event]
    cmdline: str
    files: dict[str, str]
    modes: dict[str, int]
    status: dict[str, list[str]]
    images: dict[str, bytes]  # path on the ESP -> Authenticode digest, for what can be started

    def pcr(self, number: int) -> list[tuple[int, bytes, bytes]]:
        """Type, digest and data of each event."""
        return [(event.kind, event.sha256, event.data) for event in tpm.of_pcr(self.events, number)]


def observe(name: str, where: str, entry: str, prepare: Prepare | None = None) -> Observed:
    """Boot the machine of all rows once. `entry` is what systemd-boot starts; nothing else differs by itself."""
    db = MACHINES[where].trust == "db"
    machine = make_machine(f"measured-{where}-{name}", MACHINES[where], linux=db and MACHINES[where].arch == X64)
    chain = machine.chain
    chain.tpm, chain.timeout, machine.next_os, machine.policy = True, 240, False, POLICY
    # loader.conf is measured as well, so the choice is made by variable.
    chain.entry = None
    chain.var("LoaderEntryDefault", entry, guid=LOADER)
    chain.files.update(SIDECARS)
    if where in TOLD:
        machine.uki(cmdline=ODD)
    machine.addon(ADDONS[0], "crashkernel=64M")
    machine.addon(ADDONS[1], "site.name=measured", sign="vendor")  # a second certificate: PCR 7 has an order to keep
    if db:
        chain.db = ("vendor",)
    else:
        chain.mok = ("mok", "vendor", "db")
    if prepare:
        prepare(machine)
    result = switch_on(machine)
    report = result.report
    images = {path: authenticode(file) for path, file in chain.files.items() if isinstance(file, Path)}
    result.disk.path.unlink()
    return Observed(result.tpm_events, report.cmdline, report.files, report.modes, report.status, images)


@functools.cache
def stock(where: str) -> Observed:
    """systemd-boot starts the UKI, with the same addons and everything else on the disk."""
    boot = observe("stock", where, "good.efi")
    assert not boot.status, "ukiload ran in a boot that was to be without it"
    return boot


def show(events: list[tuple[int, bytes, bytes]]) -> str:
    """Events for a person."""
    return "\n".join(str(Event(-1, *event)).replace("PCR-1", "   ") for event in events)


def assert_same(number: int, got: list[tuple[int, bytes, bytes]], want: list[tuple[int, bytes, bytes]]) -> None:
    """The same events in the same order."""
    assert got == want, f"PCR {number}:\n{show(got)}\ninstead of\n{show(want)}"


def assert_pcr_4(boot: Observed, plain: Observed) -> None:
    """ukiload before the UKI, and after it each validated addon, before the stub has them loaded in its turn."""
    digests = [event[1] for event in plain.pcr(4)]
    assert digests.count(boot.images[GOOD]) == 1, f"the stock boot has no event for the UKI:\n{show(plain.pcr(4))}"
    at = digests.index(boot.images[GOOD])
    want = digests[:at] + [boot.images[LAUNCHER], boot.images[GOOD]] + [boot.images[path] for path in ADDONS] \
        + digests[at + 1 :]
    assert [event[1] for event in boot.pcr(4)] == want, f"PCR 4:\n{show(boot.pcr(4))}\nstock:\n{show(plain.pcr(4))}"


def assert_equal_boots(boot: Observed, plain: Observed, *but: int) -> None:
    """Everything that the documentation calls equal, except the PCRs that a row looks at itself."""
    assert boot.status.get("result") == ["started"] and boot.cmdline == plain.cmdline
    assert boot.files == plain.files and boot.modes == plain.modes
    for number in range(24):
        if number not in (4, *but):
            assert_same(number, boot.pcr(number), plain.pcr(number))
    assert_pcr_4(boot, plain)


def test_the_stock_boot_has_what_is_compared() -> None:
    """Events that are not there would always be equal."""
    plain = stock("shim161")
    assert plain.cmdline.endswith(" crashkernel=64M site.name=measured")
    assert IN_GUEST <= set(plain.files)
    for number in (4, 5, 7, 9, 11, 12, 13, 14):
        assert plain.pcr(number), f"no events in PCR {number}"
    assert any("site.name=measured" in event.text for event in tpm.of_pcr(plain.events, 12))
    authorities = [event for event in tpm.of_pcr(plain.events, 7) if event.name == "VARIABLE_AUTHORITY"]
    holders = [name for event in authorities for name in ("mok", "vendor") if keys.der(name) in event.data]
    assert holders == ["mok", "vendor"]


@pytest.mark.parametrize("where", MACHINES)
def test_a_type_2_image_differs_in_pcr_4_only(where: str) -> None:
    """No LoadOptions, one certificate for ukiload and the UKI: only PCR 4 tells the two boots apart. The line that
    systemd-boot up to 254 tells the UKI is measured in both; where Secure Boot is off the stub measures it again."""
    lines = [BY_252, BY_252.strip()] if where.endswith("-off") else [BY_252] if where in TOLD else []
    events = [event[1] for event in stock(where).pcr(12)]
    assert events[: len(lines)] == [hashlib.sha256(varstore.ucs2(line)).digest() for line in lines]
    assert_equal_boots(observe("type2", where, "ukiload.efi"), stock(where))


def test_where_ukictl_installs_it_it_differs_in_pcr_4_only() -> None:
    """The same by its entry in the menu: it has no options, so systemd-boot measures none."""
    def prepare(machine: Machine) -> None:
        machine.launcher = None
        machine.chain.files[LAUNCHER] = machine.chain.files[boot_images.UKILOAD] = machine.launcher_image()
        machine.chain.files[boot_images.MENU] = boot_images.MENU_ENTRY

    assert_equal_boots(observe("place", "shim161", "ukiload.conf", prepare), stock("shim161"))


def test_refused_addons_leave_no_event() -> None:
    """What the policy refuses is neither loaded nor measured: the log is that of a disk without it."""
    def prepare(machine: Machine) -> None:
        machine.addon(standing("bad"), "init=/bin/sh")
        machine.addon(own("worse"), "site.name=other quiet")

    boot = observe("refused", "shim161", "ukiload.efi", prepare)
    refused = [line for line in boot.status["addon"] if "refused" in line]
    assert len(refused) == 2, boot.status
    assert_equal_boots(boot, stock("shim161"))


def test_a_third_certificate_is_one_more_authority() -> None:
    """ukiload signed by a certificate that nothing else has: one more authority in PCR 7."""
    def prepare(machine: Machine) -> None:
        machine.launcher = None
        machine.chain.files[LAUNCHER] = sign(embed_policy(machine.policy), "db")

    boot, plain = observe("third", "shim161", "ukiload.efi", prepare), stock("shim161")
    assert_equal_boots(boot, plain, 7)
    extra = [event for event in boot.pcr(7) if keys.der("db") in event[2] and event not in plain.pcr(7)]
    assert len(extra) == 1 and Event(7, *extra[0]).name == "VARIABLE_AUTHORITY", show(boot.pcr(7))
    assert_same(7, [event for event in boot.pcr(7) if event != extra[0]], plain.pcr(7))


@pytest.mark.parametrize("key", ["efi", "linux"])
def test_load_options_of_an_entry_are_measured_first(key: str) -> None:
    """systemd-boot measures the options of an entry; that event comes first in PCR 12, and is the only other one."""
    options = r"ukiload.uki=\EFI\Linux\good.efi"

    def prepare(machine: Machine) -> None:
        path = "/EFI/tools/ukiload.efi"
        machine.launcher = None
        machine.chain.files[LAUNCHER] = machine.chain.files[path] = machine.launcher_image()
        machine.chain.files["/loader/entries/ukiload.conf"] = f"title ukiload\n{key} {path}\noptions {options}\n"

    boot, plain = observe(f"options-{key}", "shim161", "ukiload.conf", prepare), stock("shim161")
    assert_equal_boots(boot, plain, 12)
    first, *others = boot.pcr(12)
    assert first[1] == hashlib.sha256(varstore.ucs2(options)).digest(), show(boot.pcr(12))
    assert_same(12, others, plain.pcr(12))


def test_the_policy_is_measured_before_the_uki() -> None:
    """@measure: the SHA-256 of the policy's text is extended into PCR 12 before the UKI's events."""
    policy = POLICY + "@measure\n"

    def prepare(machine: Machine) -> None:
        machine.policy = policy

    boot, plain = observe("policy", "shim161", "ukiload.efi", prepare), stock("shim161")
    assert_equal_boots(boot, plain, 12)
    first, *others = boot.pcr(12)
    assert first[1] == hashlib.sha256(policy.encode()).digest(), show(boot.pcr(12))
    assert "ukiload policy" in Event(12, *first).text
    assert boot.status["policy"] == [first[1].hex()]
    assert_same(12, others, plain.pcr(12))
