# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the table: how a machine is prepared, and what must be seen when it has been switched on.

A row is a Case. How to add one (cases_policy.py has plain examples, all rows meet in table.py):

    def _denied(m: Machine) -> None:            # fills in a machine that would boot \\EFI\\Linux\\good.efi as it is
        m.policy = "@version 1\\ncrashkernel=*\\n!crashkernel=*,high\\n"
        m.addon(standing("a"), "crashkernel=64M")
        m.addon(standing("b"), "crashkernel=64M,high")

    CASES = [
        Case("value_denied", _denied, Booted(
            line=f"{BASE} crashkernel=64M",     # /proc/cmdline, exactly
            admitted=[standing("a")],           # all addons that the status names must be listed, and no others
            refused={standing("b"): '"crashkernel=64M,high" refused: denied by policy line 3'})),
        Case("uki_missing", _no_uki, Refused("there is no UKI")),
        Case("request_bad", _request, Refused("unknown key", then="reset")),
    ]

Every reason in a row must stand on the screen and in the variables as the next booted OS reads them, and no
run may ever wait for a key. Without anything said the machine is: Debian 13's OVMF, shim, systemd-boot, ukiload
with the default policy as type #2 image \\EFI\\Linux\\ukiload.efi (loader.conf `default`), one good UKI; and as a
second boot entry of firmware a UKI that is started directly (m.next_os), so that something boots after a refusal.
Whatever else a row needs it sets on m.chain, the lab's own object (see lab/__init__.py).

What needs more than one boot has `after`: it gets the machine and the first result, and goes on with again().

Rows run on REFERENCE unless `smoke=True` (then on every combination). A row whose result differs elsewhere gives
`expect` a function: Combination -> Booted | Refused.

    make check-qemu CASES='ovmf13-shim161-sdboot257-value_'        the ids are COMBINATION-NAME
    UKILOAD_EFI=/tmp/x/ukiloadx64.efi python3 -m pytest ...         tries another build (PYTHONPATH=mk:test/qemu)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pe_edit
from lab import BS, LOADER, NV, RT, UKILOAD, BootEntry, Chain, Report, Result, addon, cache, keys, sign, uki, varstore

# Every guest's line begins so. Without the last word Linux counts timer ticks while it boots, and panics if an
# emulated machine on a busy host delivers too few.
QUIET = "console=ttyS0 quiet no_timer_check"
BASE = f"{QUIET} base=1"  # .cmdline of the good UKI
NEXT = f"{QUIET} next=1"  # .cmdline of what firmware boots when the first entry fails
GOOD = "/EFI/Linux/good.efi"
LAUNCHER = "/EFI/Linux/ukiload.efi"
DEFAULT_POLICY = keys.ROOT / "policy" / "default.policy"


# --- the machine --------------------------------------------------------------------------------

@dataclass(frozen=True)
class Combination:
    """Which firmware, who vouches for what is booted, and which systemd-boot."""

    firmware: str = "ovmf13"
    trust: str = "shim161"
    sdboot: str = "257"

    def __str__(self) -> str:
        return f"{self.firmware}-{self.trust}-sdboot{self.sdboot}"

    @property
    def secure_boot(self) -> bool:
        """Whether firmware checks signatures."""
        return not self.trust.startswith("off")


REFERENCE = Combination()


def standing(name: str) -> str:
    """Path of an addon for every UKI of the volume."""
    return f"/loader/addons/{name}.addon.efi"


def own(name: str, image: str = GOOD) -> str:
    """Path of an addon for one UKI."""
    return f"{image}.extra.d/{name}.addon.efi"


def picked(name: str) -> str:
    """Path of an addon that only a request can choose."""
    return f"/EFI/ukiload/addons/{name}.addon.efi"


@dataclass
class Machine:
    """What a row prepares."""

    combination: Combination
    chain: Chain
    policy: str | None = field(default_factory=DEFAULT_POLICY.read_text)  # None: an ukiload without .ukipol
    launcher: str | None = LAUNCHER  # where ukiload lies; None: the row puts launcher_image() somewhere itself
    next_os: bool = True  # a second boot entry of firmware, for when the first one fails

    @property
    def key(self) -> str:
        """The key that this machine trusts."""
        return self.chain.key

    def uki(self, path: str = GOOD, **how: Any) -> Path:
        """Install a UKI (words as for lab.uki, signed with the trusted key unless said otherwise)."""
        image = uki(**{"cmdline": BASE, "sign": self.key, **how})
        self.chain.files[path] = image
        return image

    def addon(self, path: str, words: str | bytes | None, **how: Any) -> Path:
        """Install an addon (words as for lab.addon, signed with the trusted key unless said otherwise)."""
        image = addon(words, **{"sign": self.key, **how})
        self.chain.files[path] = image
        return image

    def request(self, words: str, *, number: str = "one", via: str = "loader") -> None:
        """Arm a request as ukictl does."""
        self.chain.var("UkiloadRequest", f"ukiload.id={number} ukiload.via={via} {words}".strip())

    def launcher_image(self) -> Path:
        """ukiload with this machine's policy, signed as this machine wants it."""
        return sign(embed_policy(self.policy), self.key)


def _built() -> Path:
    return Path(os.environ.get("UKILOAD_EFI") or keys.BUILD / "x86_64" / "ukiloadx64.efi")


def embed_policy(policy: str | None) -> Path:
    """The unsigned ukiload with another policy in it; None: with none at all, by another name of the section."""
    plain = _built()
    if policy is None:
        return pe_edit.edited(plain, pe_edit.rename(".ukipol", ".other"), sign=None)
    text = cache.stored(policy.encode(), "policy")

    def make(out: Path) -> None:
        done = subprocess.run([keys.BUILD / "ukictl", "policy", "embed", text, plain, "-o", out],
                              capture_output=True, text=True, check=False)
        if done.returncode:  # what ukictl refuses to embed, ukiload has to refuse as well: put it in by force
            _replace_policy(plain, policy.encode(), out)

    return cache.build("ukiload.efi", ["policy", text, plain], make)


def _replace_policy(image: Path, policy: bytes, out: Path) -> None:
    """Over the text that is there; the section's size in memory says how much of it counts."""
    data = bytearray(image.read_bytes())
    section = pe_edit.section(bytes(data), ".ukipol")
    assert len(policy) <= section.raw_size, "the policy does not fit into the section of the default one"
    pe_edit.set_field(".ukipol", pe_edit.VSIZE, len(policy))(data)
    data[section.raw_off : section.raw_off + section.raw_size] = policy.ljust(section.raw_size, b"\0")
    out.write_bytes(data)


# --- what is expected ---------------------------------------------------------------------------

Check = Callable[[Result], None]


@dataclass(frozen=True)
class Booted:
    """ukiload starts `uki`. Reasons are words of the sentence; a refused or skipped one is on the screen too."""

    line: str = BASE
    uki: str = GOOD
    admitted: Sequence[str] = ()  # in the order in which the status names them
    refused: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)  # not for this image: no violation
    skipped: Mapping[str, str] = field(default_factory=dict)  # UKIs that were tried before
    status: Mapping[str, str] = field(default_factory=dict)  # key -> pattern that a whole value matches
    last: Mapping[str, str] | None = None  # UkiloadLast likewise; None: there is none
    request_stays: bool = False  # UkiloadRequest is there still, for it could not be deleted
    shown: Sequence[str] = ()  # further words on the screen
    resets: int = 0
    check: Check | None = None


@dataclass(frozen=True)
class Refused:
    """ukiload starts nothing; what boots then reads why.

    then: "next": a standing start; firmware goes on with its next entry, whose OS reads UkiloadStatus
          "reset": a request was consumed; the machine is reset and starts ukiload again without it, and
          that OS reads UkiloadLast
    "end": a standing start whose machine has no other entry: firmware says so, and only firmware's own
          boot manager is left
    """

    reason: str
    then: str = "next"
    line: str | None = None  # of what boots then: NEXT or BASE
    refused: Mapping[str, str] = field(default_factory=dict)  # addons, not exhaustive
    skipped: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)  # beside result and reason, for "reset"
    shown: Sequence[str] = ()
    result: str = "refused"
    check: Check | None = None


@dataclass(frozen=True)
class Unbootable:
    """This combination never reaches ukiload, by nobody's fault: `why` is for the reader, `until` is seen instead."""

    why: str
    until: str


Expected = Booted | Refused | Unbootable


@dataclass(frozen=True)
class Case:
    """One row."""

    name: str
    prepare: Callable[[Machine], None]
    expect: Expected | Callable[[Combination], Expected]
    smoke: bool = False
    after: Callable[[Machine, Result], None] | None = None  # further boots of the same machine

    def expected(self, combination: Combination) -> Expected:
        """What this row must come to there."""
        return self.expect(combination) if callable(self.expect) else self.expect


# --- running ------------------------------------------------------------------------------------

def run(case: Case, combination: Combination, expected: Expected | None = None) -> None:
    """Switch the machine on and hold it against the row; an AssertionError says what differs."""
    expected = expected or case.expected(combination)
    machine = make_machine(f"{combination}-{case.name}", combination)
    case.prepare(machine)
    if isinstance(expected, Unbootable):
        machine.chain.until = expected.until
    result = switch_on(machine)
    _judge_and_show(result, expected)
    if case.after:
        case.after(machine, result)
    result.disk.path.unlink()  # of a run that went well only the small files stay


def again(machine: Machine, result: Result, expected: Expected) -> Result:
    """The next boot of the machine, with the disk and the flash that `result` has, judged."""
    following = machine.chain.again(result.disk, result.vars_file)
    _judge_and_show(following, expected)
    return following


def arm(result: Result, words: str, *, number: str = "one", via: str = "loader") -> None:
    """Put a request into the flash of a machine that is off."""
    store = varstore.read(result.vars_file)
    store.set("UkiloadRequest", UKILOAD, varstore.ucs2(f"ukiload.id={number} ukiload.via={via} {words}".strip()),
              NV | BS | RT)
    store.write(result.vars_file)


def _judge_and_show(result: Result, expected: Expected) -> None:
    try:
        judge(result, expected)
    except AssertionError as error:
        raise AssertionError(f"{error}\n--- run {result.ended}, {result.run_dir}/serial.log ends with:\n"
                             f"{_told(result)}") from None


def _told(result: Result) -> str:
    """What firmware and boot programs said, without the kernel's and the guest's lines."""
    lines = [line for line in result.screen.splitlines() if line.strip() and not line.startswith(("@@", "["))]
    return "\n".join(lines[-40:])


def make_machine(name: str, combination: Combination = REFERENCE) -> Machine:
    """The machine that a row starts from: one good UKI, nothing else."""
    machine = Machine(combination, Chain(name, firmware=combination.firmware, trust=combination.trust,
                                         sdboot=combination.sdboot, entry="ukiload.efi", follow_resets=True))
    machine.uki()
    return machine


def switch_on(machine: Machine) -> Result:
    """Put in what every machine has and boot it."""
    chain = machine.chain
    if machine.launcher:
        chain.files[machine.launcher] = machine.launcher_image()
    if machine.next_os:
        _install_next(machine)
    return chain.boot()


def _install_next(machine: Machine) -> None:
    chain = machine.chain
    # The older stub takes no addons: whatever a row puts into \\loader\\addons has no say in what boots next.
    image = uki(cmdline=NEXT, sign=chain.key, stub="stub257" if chain.firmware == "ovmf13nx" else "stub252")
    shim = {"shim161": "shim161", "shim158": "shim158", "off-shim161": "shim161"}.get(chain.trust)
    if shim:
        from lab import boot_images  # pylint: disable=import-outside-toplevel
        chain.files["/EFI/next/shimx64.efi"] = boot_images.image(shim)
        chain.files["/EFI/next/grubx64.efi"] = image
    else:
        chain.files["/EFI/next/next.efi"] = image
    chain.boot_entries.setdefault(1, BootEntry("/EFI/BOOT/BOOTX64.EFI", title="first"))
    chain.boot_entries.setdefault(2, BootEntry(f"/EFI/next/{'shimx64' if shim else 'next'}.efi", title="next"))
    chain.boot_order = chain.boot_order or (1, 2)


# --- judging ------------------------------------------------------------------------------------

# A machine that shows one of these asks a person for something.
_WAITING = re.compile(r"(?i)MokManager|MOK management|Press any key|Shim UEFI key|Boot in \d+ s|Enroll MOK"
                      r"|Shell> |BdsDxe: No bootable")


def _squeezed(text: str) -> str:
    # ukiload breaks lines at the screen's width, and a long path anywhere.
    return re.sub(r"\s+", "", text)


def _must(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _on_screen(result: Result, words: str) -> None:
    _must(_squeezed(words) in _squeezed(result.screen), f"the screen does not say: {words}")


def judge(result: Result, expected: Expected) -> None:
    """Hold a run against what its row says."""
    if isinstance(expected, Unbootable):
        _must(result.ended == "until" and not result.booted, f"{expected.why}: expected, but something else happened")
        return
    if isinstance(expected, Refused) and expected.then == "end":
        _judge_end(result, expected)
        return
    waiting = _WAITING.search(result.screen)
    _must(waiting is None, f"the machine asks for something: {waiting and waiting[0]}")
    _must(result.ended == "off", f"the run ended with {result.ended!r} instead of an OS that switches off")
    if isinstance(expected, Booted):
        _judge_booted(result, expected)
    else:
        _judge_refused(result, expected)
    for words in expected.shown:
        _on_screen(result, words)
    if expected.check:
        expected.check(result)


def _judge_booted(result: Result, expected: Booted) -> None:
    report = result.report
    _must(len(result.reports) == 1 + expected.resets and result.resets == expected.resets,
          f"{len(result.reports)} boots and {result.resets} resets")
    _must(report.cmdline == expected.line, f"/proc/cmdline is\n  {report.cmdline}\nand not\n  {expected.line}\n"
          f"status: {report.status}")
    _status_is_volatile(report)
    _values(report.status, {"result": "started", "uki": re.escape(backslashed(expected.uki)),
                            "cmdline": re.escape(expected.line), **expected.status}, "UkiloadStatus")
    _must(report.text("StubImageIdentifier", LOADER) in (None, backslashed(expected.uki)), "the stub saw another path")
    _addons(result, report, expected)
    _skipped(result, report, expected.skipped)
    if expected.last is None:
        _must(report.var("UkiloadLast") is None, f"UkiloadLast is there: {report.last}")
    else:
        _values(report.last, expected.last, "UkiloadLast")
    _must(expected.request_stays == (report.var("UkiloadRequest") is not None), "UkiloadRequest is there or not, wrongly")


def _judge_end(result: Result, expected: Refused) -> None:
    _must(result.ended == "stuck" and not result.booted, f"the run ended with {result.ended!r}, not with an idle firmware")
    theirs = _WAITING.search(result.screen)
    _must(theirs is not None and theirs[0] == "BdsDxe: No bootable", f"something asked before firmware did: {theirs and theirs[0]}")
    _on_screen(result, expected.reason)
    _on_screen(result, "ukiload starts nothing and returns to whoever started it.")
    _must((UKILOAD, "UkiloadStatus") not in result.variables, "UkiloadStatus is not volatile")
    for words in expected.shown:
        _on_screen(result, words)


def _judge_refused(result: Result, expected: Refused) -> None:
    report = result.report
    _on_screen(result, expected.reason)
    line = expected.line or (NEXT if expected.then == "next" else BASE)
    _must(report.cmdline == line, f"what booted then has the line\n  {report.cmdline}\nand not\n  {line}")
    if expected.then == "next":
        _must(result.resets == 0, "a standing start reset the machine")
        _on_screen(result, "ukiload starts nothing and returns to whoever started it.")
        _status_is_volatile(report)
        _values(report.status, {"result": expected.result, "reason": _containing(expected.reason), **expected.status},
                "UkiloadStatus")
        for path, words in expected.refused.items():
            verdict = verdicts(report).get(path, "not named at all")
            _must(words in verdict and not verdict.startswith("admitted"), f"{path} is {verdict}, not: {words}")
        _skipped(result, report, expected.skipped)
        return
    _must(result.resets == 1, f"{result.resets} resets instead of one")
    _values(report.last, {"result": expected.result, "reason": _containing(expected.reason), **expected.last},
            "UkiloadLast")
    _must(report.var("UkiloadRequest") is None, "UkiloadRequest is still there")
    _must((report.attributes("UkiloadLast") or 0) & 7 == 7, "UkiloadLast would not outlive the power")
    if expected.status:
        _values(report.status, expected.status, "UkiloadStatus")


def backslashed(path: str) -> str:
    """A path as firmware writes it."""
    return path.replace("/", "\\")


def _containing(words: str) -> str:
    return f"(?s).*{re.escape(words)}.*"


def _status_is_volatile(report: Report) -> None:
    attributes = report.attributes("UkiloadStatus", UKILOAD)
    _must(attributes == BS | RT, f"UkiloadStatus has attributes {attributes}")


def _values(found: Mapping[str, list[str]], wanted: Mapping[str, str], what: str) -> None:
    for key, pattern in wanted.items():
        values = found.get(key, [])
        _must(any(re.fullmatch(pattern, value) for value in values), f"{what}: {key}={values}, expected {pattern}\n{found}")


def verdicts(report: Report) -> dict[str, str]:
    """Path with slashes -> verdict and reason, in the order of the status."""
    found = {}
    for value in report.status.get("addon", []):
        match = re.match(r"(?i)(?P<path>.*?\.addon\.efi) (?P<verdict>.*)$", value)
        _must(match is not None, f"UkiloadStatus has addon={value}")
        assert match
        found[match["path"].replace("\\", "/")] = match["verdict"]
    return found


def _addons(result: Result, report: Report, expected: Booted) -> None:
    found = verdicts(report)
    admitted = [path for path, verdict in found.items() if verdict.startswith("admitted")]
    _must(admitted == list(expected.admitted), f"admitted are {admitted}, not {list(expected.admitted)}\n{found}")
    others = {**expected.refused, **expected.left_out}
    _must(set(found) - set(admitted) == set(others), f"the status names {found}, the row {sorted(others)}")
    for path, words in others.items():
        _must(words in found[path], f"{path} is {found[path]}, not: {words}")
        _must(found[path].startswith("not for this image") == (path in expected.left_out), f"{path} is {found[path]}")
        _on_screen(result, backslashed(path))
        _on_screen(result, words)


def _skipped(result: Result, report: Report, expected: Mapping[str, str]) -> None:
    noted = report.status.get("skipped", [])
    for path, words in expected.items():
        _must(any(backslashed(path) in text and words in text for text in noted), f"skipped={noted}; not {path}: {words}")
        _on_screen(result, words)


def remove_leftovers(name: str) -> None:
    """Everything of a run."""
    shutil.rmtree(keys.BUILD / "qemu" / "run" / name, ignore_errors=True)
