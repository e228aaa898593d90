# SPDX-License-Identifier: BSD-2-Clause
"""ukiload where `ukictl install` puts it, started by its entry in systemd-boot's menu; elsewhere in the table it lies
among the UKIs, as up to 0.2."""

from __future__ import annotations

from lab import LOADER, Result
from lab.boot_images import MENU, MENU_ENTRY, UKILOAD
from .case import BASE, Booted, Case, Combination, Expected, Machine, Refused, picked, standing
from .cases_addons import UNTRUSTED, without_shim_lock

LOADERS = tuple(Combination(sdboot=version) for version in ("252", "262"))


def _placed(m: Machine, counter: str = "") -> None:
    m.launcher, m.chain.entry = UKILOAD, "ukiload*.conf"
    m.chain.files[MENU.replace(".conf", f"{counter}.conf")] = MENU_ENTRY
    m.addon(standing("console"), "loglevel=5")


def _requested(m: Machine, counter: str = "") -> None:
    """As `ukictl load --method=loader-entry` arms it."""
    _placed(m, counter)
    m.chain.entry = None
    m.chain.var("LoaderEntryOneShot", "ukiload.conf", guid=LOADER)
    m.addon(picked("kdump"), "crashkernel=64M")
    m.request("ukiload.addon=kdump")


def _counted(m: Machine) -> None:
    _requested(m, "+3")
    if m.combination.sdboot == "252":  # which keeps the counter in its ids
        m.chain.var("LoaderEntryOneShot", "ukiload+3.conf", guid=LOADER)


def _last_without_options(result: Result) -> None:
    """The last of the menu; LoadOptions would be in the status, and measured."""
    report = result.report
    assert "options" not in report.status, report.status
    ids = report.text("LoaderEntries", LOADER).split("\0")
    assert ids.index("ukiload.conf") > ids.index("good.efi"), ids


def _is_counted(result: Result) -> None:
    names = result.disk.list("/loader/entries")
    assert MENU.replace(".conf", "+2-1.conf") in names, names
    assert (result.report.text("LoaderEntrySelected", LOADER) or "").startswith("ukiload")


ONCE = Booted(line=f"{BASE} loglevel=5 crashkernel=64M", admitted=[standing("console"), picked("kdump")],
              status={"id": "one"}, last={"id": "one", "result": "started"})


def _standing_expected(c: Combination) -> Expected:
    if without_shim_lock(c):
        return Refused(UNTRUSTED)
    return Booted(line=f"{BASE} loglevel=5", admitted=[standing("console")], check=_last_without_options)


CASES = [
    Case("place_standing", _placed, _standing_expected, smoke=True, also=LOADERS),
    Case("place_requested", _requested, ONCE, also=LOADERS),
    Case("place_counted", _counted, Booted(**{**vars(ONCE), "check": _is_counted}), also=LOADERS),
]
