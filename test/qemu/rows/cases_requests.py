# SPDX-License-Identifier: BSD-2-Clause
"""Requests: executed once and only as armed, or refused with a reset; and what boots where nothing is named."""

from __future__ import annotations

import hashlib

from lab import BS, NV, RT, TIME_AUTH, UKILOAD, BootEntry, Result
from .case import BASE, GOOD, NEXT, Booted, Case, Machine, Refused, again, arm, picked, standing

OTHER = "/EFI/other/other.efi"
OTHER_LINE = "console=ttyS0 quiet other=1"
LATEST = {"id": "one", "result": "started"}


def _osrel(version: str, sort_key: str = "ukiload-test") -> str:
    return f'ID={sort_key}\nPRETTY_NAME="test image {version}"\nVERSION_ID={version}\n'


# --- executed, and never twice ------------------------------------------------------------------

def _consumed(m: Machine) -> None:
    m.addon(picked("kdump"), "crashkernel=64M")
    m.request("ukiload.addon=kdump")


def _then_default_then_replayed(m: Machine, first: Result) -> None:
    result = again(m, first, Booted(last=LATEST))
    arm(result, "ukiload.addon=kdump")  # somebody puts the old variable back
    again(m, result, Booted(last={"id": "one", "result": "stale", "reason": ".*its id one was executed before"},
                            status={"request": "stale, not executed: .*"}, shown=["its id one was executed before"],
                            check=_names_no_request))


def _names_no_request(result: Result) -> None:
    # A reader of the status must not take this boot for the one that was asked for.
    assert "id" not in result.report.status, result.report.status


def _then_pinned(m: Machine, first: Result) -> None:
    status = first.report.status
    assert not {"sha256", "plan"} & set(status), "nobody asked for a digest"
    image, addon = (hashlib.sha256(first.disk.read(path)).hexdigest() for path in (GOOD, picked("kdump")))
    text = f"ukiload-plan 1\nuki {image}\nprofile 0\naddon {addon}\nline {BASE} crashkernel=64M\n"
    plan = hashlib.sha256(text.encode()).hexdigest()
    pins = f"ukiload.sha256={image} ukiload.plan={plan}"
    arm(first, f"ukiload.addon=kdump {pins} ukiload.handoff=stub ukiload.uki={GOOD}", number="two")
    again(m, first, Booted(line=f"{BASE} crashkernel=64M", admitted=[picked("kdump")],
                           status={"id": "two", "sha256": image, "plan": plan},
                           last={"id": "two", "result": "started"}))


def _foreign_entry(m: Machine) -> None:
    m.addon(picked("kdump"), "crashkernel=64M")
    m.request("ukiload.addon=kdump", via="0007")


def _foreign_loader(m: Machine) -> None:
    """Armed for systemd-boot's menu, but shim starts ukiload at once."""
    m.chain.sdboot, m.launcher, m.chain.second = None, None, m.launcher_image()
    _foreign_entry(m)
    m.request("ukiload.addon=kdump", via="loader")


def _undeletable(m: Machine) -> None:
    """Firmware deletes a time-based authenticated variable only for a signed command."""
    _consumed(m)
    _, data = m.chain.variables["UkiloadRequest", UKILOAD]
    m.chain.var("UkiloadRequest", data, attributes=NV | BS | RT | TIME_AUTH)


def _word_with_rule(m: Machine) -> None:
    m.policy = "@version 1\ndebug unsigned\n"
    m.request("debug")


def _on_xbootldr(m: Machine) -> None:
    """Addons come from the UKI's volume: the one of the same name on the ESP is another one."""
    m.addon(picked("kdump"), "crashkernel=32M")
    m.addon(standing("esp"), "loglevel=5")
    m.chain.xbootldr = {OTHER: m.uki(OTHER, cmdline=OTHER_LINE)}
    del m.chain.files[OTHER]
    m.chain.xbootldr[picked("kdump")] = m.addon(picked("other"), "crashkernel=96M")
    m.request(f"ukiload.uki={OTHER} ukiload.addon=kdump")


EXECUTED = [
    Case("request_consumed", _consumed, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[picked("kdump")], status={"id": "one"}, last=LATEST,
        shown=["\\EFI\\ukiload\\addons\\kdump.addon.efi"]), after=_then_default_then_replayed),
    Case("request_pinned", _consumed, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[picked("kdump")], last=LATEST), after=_then_pinned),
    Case("request_foreign_entry", _foreign_entry, Booted(
        last={"id": "one", "result": "stale", "reason": ".*armed for another Boot#### entry.*"},
        status={"request": "stale, not executed: .*"}, shown=["armed for another Boot####"], check=_names_no_request)),
    Case("request_foreign_loader", _foreign_loader, Booted(
        last={"id": "one", "result": "stale", "reason": ".*armed for ukiload's entry in systemd-boot.*"},
        status={"request": "stale, not executed: .*"}, shown=["armed for ukiload's entry"])),
    Case("request_undeletable", _undeletable, Booted(
        last={"id": "one", "result": "stale", "reason": "UkiloadRequest cannot be deleted"}, request_stays=True,
        status={"request": "not executed: UkiloadRequest cannot be deleted.*"},
        shown=["UkiloadRequest cannot be deleted"],
        check=_names_no_request)),
    Case("request_word_with_rule", _word_with_rule, Booted(
        line=f"{BASE} debug", status={"handoff": "kernel"}, last=LATEST)),
    Case("request_on_xbootldr", _on_xbootldr, Booted(
        line=f"{OTHER_LINE} crashkernel=96M", uki=OTHER, admitted=[picked("kdump")], last=LATEST)),
]


# --- refused, with a reset ----------------------------------------------------------------------

def _not_text(m: Machine) -> None:
    m.chain.var("UkiloadRequest", b"ukiload.id=one ukiload.via=loader")


def _without_runtime(m: Machine) -> None:
    """Only a boot program can have written it: the running system does not even see such a variable."""
    _consumed(m)
    _, data = m.chain.variables["UkiloadRequest", UKILOAD]
    m.chain.var("UkiloadRequest", data, attributes=NV | BS)


def _is_gone(result: Result) -> None:
    assert (UKILOAD, "UkiloadRequest") not in result.variables


def _unknown_key(m: Machine) -> None:
    m.request(f"ukiload.kernel={GOOD}")


def _key_twice(m: Machine) -> None:
    m.request(f"ukiload.uki={GOOD} ukiload.uki={OTHER}")


def _wrong_sha256(m: Machine) -> None:
    m.request(f"ukiload.sha256={'ab' * 32}")


def _wrong_plan(m: Machine) -> None:
    _consumed(m)
    m.request(f"ukiload.addon=kdump ukiload.plan={'cd' * 32}")


def _uki_untrusted(m: Machine) -> None:
    """The one that is named, or none: the good one is not tried instead."""
    m.uki(OTHER, sign="unknown")
    m.request(f"ukiload.uki={OTHER}")


def _word(m: Machine) -> None:
    m.request("debug")


def _word_for_stub(m: Machine) -> None:
    _word_with_rule(m)
    m.request("debug ukiload.handoff=stub")


REFUSED = [
    Case("request_not_text", _not_text,
         Refused("UkiloadRequest: the variable has an odd number of bytes", then="reset")),
    Case("request_attributes", _without_runtime, Refused(
        "UkiloadRequest has other attributes than non-volatile", then="reset", check=_is_gone)),
    Case("request_unknown_key", _unknown_key, Refused(
        f'"ukiload.kernel={GOOD}" has an unknown key', then="reset", last={"id": "one"})),
    Case("request_key_twice", _key_twice, Refused(
        f'"ukiload.uki={OTHER}" contradicts the same key given before it', then="reset", last={"id": "one"})),
    Case("request_wrong_sha256", _wrong_sha256, Refused(
        f"but the request says ukiload.sha256={'ab' * 32}: the file changed after the request was made",
        then="reset", last={"id": "one"})),
    Case("request_wrong_plan", _wrong_plan, Refused(
        f"but the request says ukiload.plan={'cd' * 32}: the image, an addon or a policy changed since",
        then="reset", last={"id": "one"})),
    Case("request_uki_untrusted", _uki_untrusted, Refused(
        "\\EFI\\other\\other.efi is not signed by a key that this machine trusts", then="reset", last={"id": "one"})),
    Case("request_word", _word, Refused(
        'the request\'s words "debug" are refused', then="reset", last={"id": "one"})),
    Case("request_word_for_stub", _word_for_stub, Refused(
        'the request\'s unsigned word "debug" has to be added, and no stub takes one', then="reset", last={"id": "one"},
        shown=["but the request says ukiload.handoff=stub"])),
]


# --- without a request --------------------------------------------------------------------------

def _oneshot(m: Machine) -> None:
    """The entry that `ukictl load` uses, started without anything armed; what is next in BootOrder follows."""
    m.launcher = "/EFI/ukiload/ukiloadx64.efi"
    m.chain.sdboot, m.chain.second = None, m.image(cmdline=NEXT)
    m.chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data="\\EFI\\ukiload\\ukiloadx64.efi ukiload.oneshot")
    m.chain.boot_next = 7


def _oneshot_then_default(m: Machine) -> None:
    """The default goes through ukiload too, and writes the status anew."""
    m.chain.files["/EFI/ukiload/ukiloadx64.efi"] = m.launcher_image()
    m.chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data="\\EFI\\ukiload\\ukiloadx64.efi ukiload.oneshot")
    m.chain.boot_next = 7


def _sorted(m: Machine) -> None:
    """The version decides on whichever volume it lies; what cannot be validated is noted and the next one tried."""
    m.uki(GOOD, osrel=_osrel("9"))
    m.chain.xbootldr = {"/EFI/Linux/a.efi": m.image(cmdline=OTHER_LINE, osrel=_osrel("10"))}
    m.uki("/EFI/Linux/b.efi", osrel=_osrel("11"), sign="unknown")
    # The greatest version of all, but what has no tries left comes last.
    m.uki("/EFI/Linux/c+0-3.efi", cmdline=f"{BASE} exhausted=1", osrel=_osrel("12"))
    # Another sort key: it would be the newest by version.
    m.uki("/EFI/Linux/d.efi", cmdline=f"{BASE} sort=1", osrel=_osrel("99", "zzz"))


def _exhausted(m: Machine) -> None:
    """The last resort is still better than nothing."""
    m.uki(GOOD, sign=None)
    m.uki("/EFI/Linux/c+0-3.efi", osrel=_osrel("12"))


def _not_renamed(result: Result) -> None:
    assert "/EFI/Linux/c+0-3.efi" in result.disk.list("/EFI/Linux")


UNARMED = [
    Case("request_oneshot_unarmed", _oneshot,
         Refused("no request is armed, and this entry is for armed requests only")),
    Case("request_oneshot_then_default", _oneshot_then_default, Booted(
        status={"earlier": ".*came to nothing: no request is armed.*"},
        shown=["ukiload starts nothing and returns to whoever started it."])),
    Case("locate_sorted", _sorted, Booted(
        line=OTHER_LINE, uki="/EFI/Linux/a.efi",
        skipped={"/EFI/Linux/b.efi": "is not signed by a key that this machine trusts"})),
    Case("locate_exhausted_last", _exhausted, Booted(
        uki="/EFI/Linux/c+0-3.efi", skipped={GOOD: "is not signed by a key that this machine trusts"},
        check=_not_renamed)),
]

CASES = EXECUTED + REFUSED + UNARMED
