# SPDX-License-Identifier: BSD-2-Clause
"""One boot as the running system saw it, and the differences that table.py permits between two of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import LOADER, BootEntry, authenticode, pe_edit, tpm, varstore
from lab.tpm import Event
from rows.case import DEFAULT_POLICY, Combination, Machine, make_machine, switch_on

WORD = "parity=1"
POLICY = DEFAULT_POLICY.read_text() + f"{WORD} unsigned\nno_timer_check unsigned\n@allow-sections .initrd .ucode\n"
SEED, OLD_SEED = "/loader/random-seed", bytes(range(32))

# Variables that say who did it or when, and what the test itself set.
NAMES = {"StubInfo", "StubFeatures", "LoaderEntrySelected", "LoaderEntryDefault", "LoaderTimeInitUSec",
         "LoaderTimeExecUSec", "LoaderTimeMenuUSec"}
# Bits of StubFeatures: ukiload adds command lines, and has nothing to do with device trees, URLs and SMBIOS.
ADDED, NOT_DONE = 1 << 5, 1 << 7 | 1 << 11 | 1 << 12

Prepare = Callable[[Machine], None]


# --- one boot -----------------------------------------------------------------------------------

@dataclass(frozen=True)
class Boot:
    """What the running system saw."""

    cmdline: str
    files: dict[str, tuple[int, str]]  # path -> mode, SHA-256
    events: tuple[Event, ...]
    variables: dict[str, bytes]  # of the loader interface
    status: dict[str, list[str]]
    output: tuple[str, ...]
    images: dict[str, bytes]  # path on the ESP -> Authenticode digest
    seed: bytes  # what the boot left of OLD_SEED, where there was one

    def pcr(self, number: int) -> list[Event]:
        """The events of one PCR."""
        return tpm.of_pcr(self.events, number)

    def text(self, name: str) -> str:
        """A variable that holds text."""
        return self.variables[name].decode("utf-16-le").rstrip("\0")

    def number(self, name: str) -> int:
        """A variable that holds a number."""
        return int.from_bytes(self.variables[name], "little")


def observe(name: str, combination: Combination, entry: str, *prepare: Prepare, linux: bool) -> Boot:
    """Boot the machine once. `entry` is what systemd-boot starts, or, with a path, firmware without any
    systemd-boot."""
    machine = make_machine(f"parity-{combination}-{name}", combination, linux=linux)
    chain = machine.chain
    chain.tpm, chain.timeout, machine.next_os, machine.policy = True, 600, False, POLICY
    chain.entry = None  # loader.conf is measured, so the choice is made by variable
    if entry.startswith("/"):
        chain.sdboot, chain.boot_entries, chain.boot_order = None, {1: BootEntry(entry)}, (1,)
    else:
        chain.var("LoaderEntryDefault", entry, guid=LOADER)
    for step in prepare:
        step(machine)
    result = switch_on(machine)
    report = result.report
    seed = result.disk.read(SEED) if SEED in chain.files else b""
    result.disk.path.unlink()
    return Boot(cmdline=report.cmdline, seed=seed, events=tuple(result.tpm_events), status=report.status,
                output=tuple(report.output),
                files={path: (report.modes[path], digest) for path, digest in report.files.items()},
                variables={key: data for (guid, key), (_, data) in report.variables.items() if guid == LOADER},
                images={path: authenticode(file) for path, file in chain.files.items() if isinstance(file, Path)})


# --- differences that must be -------------------------------------------------------------------

Change = Callable[[Boot], Boot]


def same(boot: Boot) -> Boot:
    """None."""
    return boot


def _ipl(pcr: int, text: str) -> Event:
    data = varstore.ucs2(text)
    return Event(pcr, 0xD, hashlib.sha256(data).digest(), data)


def _edit_pcr(boot: Boot, number: int, edit: Callable[[list[Event]], Sequence[Event]]) -> Boot:
    others = [event for event in boot.events if event.pcr != number]
    return dataclasses.replace(boot, events=(*others, *edit(boot.pcr(number))))


def with_words(*lines: str) -> Change:
    """Words that the stub could not add: one event for each line, in PCR 12 before all but the line that systemd-boot
    up to 254 tells. 252 leaves the blanks behind its own line, before which no words can stand; in its role they are
    not."""
    def change(boot: Boot) -> Boot:
        cmdline = " ".join([boot.cmdline.rstrip(" "), *lines])
        told = boot.pcr(12).count(_ipl(12, boot.cmdline))
        boot = _edit_pcr(boot, 12, lambda events: [*events[:told], *(_ipl(12, line) for line in lines), *events[told:]])
        return _other_line(boot, cmdline)
    return change


def _other_line(boot: Boot, cmdline: str) -> Boot:
    """Newer kernels measure the line as well."""
    old, new = (hashlib.sha256(varstore.ucs2(line)).digest() for line in (boot.cmdline, cmdline))
    changed = _edit_pcr(boot, 9, lambda events: [dataclasses.replace(event, sha256=new) if event.sha256 == old
                                                 else event
                                                 for event in events])
    return dataclasses.replace(changed, cmdline=cmdline)


def words_apart(first: str, second: str) -> Change:
    """An addon's words and a request's: the stub measured both addons' words at once, ukiload each by itself."""
    def edit(events: list[Event]) -> list[Event]:
        joined = events.index(_ipl(12, f"{first} {second}"))
        return [*events[:joined], _ipl(12, first), _ipl(12, second), *events[joined + 1 :]]
    return lambda boot: _edit_pcr(boot, 12, edit)


def without_options(text: str) -> Change:
    """systemd-boot measures what it hands to an entry."""
    def edit(events: list[Event]) -> list[Event]:
        assert events[0] == _ipl(12, text), f"systemd-boot measured {events[0]}, not {text!r}"
        return events[1:]
    return lambda boot: _edit_pcr(boot, 12, edit)


def before_dashes(words: str) -> Change:
    """No stub puts words where the kernel reads them."""
    def change(boot: Boot) -> Boot:
        line = boot.cmdline.removesuffix(f" {words}")
        assert line != boot.cmdline
        return _other_line(boot, line.replace(" -- ", f" {words} -- "))
    return change


def section(image: Path, name: str) -> bytes:
    """The content of a section as it is in memory."""
    data = image.read_bytes()
    item = pe_edit.section(data, name)
    return data[item.raw_off : item.raw_off + min(item.vsize, item.raw_size)].ljust(item.vsize, b"\0")


SINCE_252 = {"StubProfile", "StubDevicePartUUID", "StubImageIdentifier", "StubPcrInitRDConfExts"}


def as_252(boot: Boot) -> Boot:
    """What 257 does and 252 does not, taken out; the kernel's digest of the initrd is then without meaning."""
    seen = _edit_pcr(boot, 11, lambda events: [event for event in events if event.text not in (".uname", ".sbat")])
    seen = _edit_pcr(seen, 9, lambda events: [event for event in events if b"initrd" not in event.data])
    return dataclasses.replace(seen, files={path: file for path, file in seen.files.items()
                                            if path not in ("/.extra/os-release", "/.extra/profile")},
                               variables={name: data for name, data in seen.variables.items() if name not in SINCE_252})
