# SPDX-License-Identifier: BSD-2-Clause
"""Taking trust back from an ukiload or an addon that was signed: what doc/threat-model.md says of revocation.

An SBAT level is put into the flash here as shim leaves it there: shims of a newer level bring it, owners of keys
cannot.
"""

from __future__ import annotations

import pytest

from lab import BS, NV, boot_images, varstore
from rows.case import BASE, Booted, judge_and_show, make_machine, standing, switch_on
from rows.machine import Machine

LEVEL = "sbat,1,2030010100\nshim,4\n"  # newer than any that a shim brings by itself
UNTRUSTED = "is not signed by a key that this machine trusts"


def _without_ukiload(machine: Machine) -> None:
    """shim refuses it, systemd-boot hands that back, and shim offers MokManager: nobody starts anything."""
    machine.next_os = False
    result = switch_on(machine)
    assert "Security Violation" in result.serial or "MOK management" in result.serial, result.tail()
    assert not result.booted and "ukiload " not in result.serial, result.tail()


def _generation() -> int:
    text = (boot_images.keys.ROOT / "linker" / "sbat.csv").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("ukiload,")).split(",")[1])


def _with_level(name: str, generation: int) -> Machine:
    machine = make_machine(f"revoke-{name}", linux=False)
    machine.chain.var("SbatLevel", f"{LEVEL}ukiload,{generation}\n".encode(), varstore.SHIM, NV | BS)
    return machine


def test_an_sbat_level_that_asks_for_this_generation_lets_it_start() -> None:
    """The generation of linker/sbat.csv is what shim compares."""
    judge_and_show(switch_on(_with_level("level", _generation())), Booted(line=BASE))


def test_an_sbat_level_that_asks_for_a_later_generation_revokes_it() -> None:
    """So an ukiload of generation 1 cannot start where the level says ukiload,2."""
    _without_ukiload(_with_level("level-next", _generation() + 1))


def test_the_digest_of_an_old_ukiload_in_mokx_revokes_it_and_its_policy() -> None:
    """What the owner of a machine owner key can do; the same image with another policy has another digest and
    starts."""
    machine = make_machine("revoke-mokx", linux=False)
    machine.chain.mokx = (boot_images.authenticode(machine.launcher_image()),)
    _without_ukiload(machine)
    machine = make_machine("revoke-mokx-other", linux=False)
    machine.chain.mokx = (boot_images.authenticode(machine.launcher_image()),)
    machine.policy = "@version 1\nquiet\n"
    judge_and_show(switch_on(machine), Booted(line=BASE))


@pytest.mark.parametrize("where", ["dbx", "mokx"])
def test_the_digest_of_an_addon_revokes_it_and_no_other(where: str) -> None:
    """Of two addons of one key."""
    machine = make_machine(f"revoke-addon-{where}", linux=False)
    old = machine.addon(standing("old"), "loglevel=3")
    machine.addon(standing("new"), "crashkernel=64M")
    setattr(machine.chain, where, (boot_images.authenticode(old),))
    judge_and_show(switch_on(machine), Booted(line=f"{BASE} crashkernel=64M", admitted=[standing("new")],
                                              refused={standing("old"): UNTRUSTED}))
