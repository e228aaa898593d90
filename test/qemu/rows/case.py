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

Only where Linux itself matters does it boot: in rows with linux=True (a script in the guest, what Linux unpacks or
makes of its line), and in one smoke row on LINUX. Elsewhere the tiny kernel stands in its place, which prints the same
report (lab/program.py).

What needs more than one boot has `after`: it gets the machine and the first result, and goes on with again().

Rows run on REFERENCE, and with `smoke=True` on every combination, or on those that `also` names. A row whose result
differs elsewhere gives
`expect` a function: Combination -> Booted | Refused. On arm64 the rows named in table.py run; all of them with SOAK=1.

    make check-qemu CASES='ovmf13-shim161-sdboot257-policy_'        the ids are COMBINATION-NAME
    UKILOAD_EFI=/tmp/x/ukiloadx64.efi python3 -m pytest ...         tries another build (PYTHONPATH=mk)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab import BS, NV, RT, UKILOAD, Result, varstore
from .expected import Booted, Check, Expected, Refused, backslashed, judge_and_show, verdicts
from .machine import (BASE, DEFAULT_POLICY, GOOD, LAUNCHER, NEXT, QUIET, REFERENCE, Combination, Machine, embed_policy,
                      make_machine, own, picked, standing, switch_on)

__all__ = ["BASE", "Booted", "Case", "Check", "Combination", "DEFAULT_POLICY", "Expected", "GOOD", "LAUNCHER",
           "LINUX", "Machine", "NEXT", "QUIET", "REFERENCE", "Refused", "again", "arm", "backslashed", "embed_policy",
           "make_machine", "own", "picked", "run", "standing", "switch_on", "verdicts"]

# Where the smoke row that says linux=LINUX boots it: each kind of trust, each firmware.
LINUX = (*(Combination(trust=trust) for trust in ("shim161", "shim158", "db", "off")), Combination("ovmf12"),
         Combination("ovmf13nx"), Combination("aavmf13"))


@dataclass(frozen=True)
class Case:
    """One row."""

    name: str
    prepare: Callable[[Machine], None]
    expect: Expected | Callable[[Combination], Expected]
    smoke: bool = False
    linux: bool | Sequence[Combination] = False  # everywhere, or there
    x64: bool = False  # about images that there are for x86-64 only, or disks that AAVMF has no driver for
    also: Sequence[Combination] = ()  # further combinations, of a row that is not smoke
    after: Callable[[Machine, Result], None] | None = None  # further boots of the same machine

    def expected(self, combination: Combination) -> Expected:
        """What this row must come to there."""
        return self.expect(combination) if callable(self.expect) else self.expect

    def boots_linux(self, combination: Combination) -> bool:
        """Whether the row's kernel is Linux there."""
        return self.linux if isinstance(self.linux, bool) else combination in self.linux


def run(case: Case, combination: Combination, expected: Expected | None = None) -> None:
    """Switch the machine on and hold it against the row; an AssertionError says what differs."""
    expected = expected or case.expected(combination)
    machine = make_machine(f"{combination}-{case.name}", combination, linux=case.boots_linux(combination))
    case.prepare(machine)
    result = switch_on(machine)
    judge_and_show(result, expected)
    if case.after:
        case.after(machine, result)
    result.disk.path.unlink()  # of a run that went well only the small files stay


def again(machine: Machine, result: Result, expected: Expected) -> Result:
    """The next boot of the machine, with the disk and the flash that `result` has, judged."""
    following = machine.chain.again(result.disk, result.vars_file)
    judge_and_show(following, expected)
    return following


def arm(result: Result, words: str, *, number: str = "one", via: str = "loader") -> None:
    """Put a request into the flash of a machine that is off."""
    store = varstore.read(result.vars_file)
    store.set("UkiloadRequest", UKILOAD, varstore.ucs2(f"ukiload.id={number} ukiload.via={via} {words}".strip()),
              NV | BS | RT)
    store.write(result.vars_file)
