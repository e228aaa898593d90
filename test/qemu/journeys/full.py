# SPDX-License-Identifier: BSD-2-Clause
"""NVRAM without room for one byte. A machine is switched on once, so that firmware has written what it writes; then
somebody fills its flash, and a request is armed in it. (With a flash that was full before, firmware is at it for
minutes before any loader.) For `make soak`: what cannot be written has firmware copy its flash, which takes a minute.
"""

from __future__ import annotations

import struct

import pytest

from lab import BS, NV, RT, UKILOAD, BootEntry, Result, varstore
from lab.varstore import GLOBAL
from rows.case import BASE, Booted, Combination, Expected, Machine, Refused, again, make_machine, picked, switch_on

OURS = "/EFI/ukiload/ukiloadx64.efi"
DB = Combination(trust="db")
TIMEOUT = 900


def _machine(name: str) -> Machine:
    """One whose default goes through ukiload as well."""
    m = make_machine(f"full-{name}", DB, linux=False)
    m.addon(picked("kdump"), "crashkernel=64M")
    m.chain.files[OURS] = m.launcher_image()
    m.chain.boot_entries[7] = BootEntry(OURS, data="ukiload.oneshot")
    m.chain.timeout = TIMEOUT
    return m


def _fill(result: Result, words: str) -> None:
    store = varstore.read(result.vars_file)
    store.set("BootNext", GLOBAL, struct.pack("<H", 7), NV | BS | RT)
    store.set("UkiloadRequest", UKILOAD, varstore.ucs2(f"ukiload.id=one ukiload.via=0007 {words}"), NV | BS | RT)
    store.fill(0)
    store.write(result.vars_file)


EXECUTED = Booted(line=f"{BASE} crashkernel=64M", admitted=[picked("kdump")], status={"id": "one"},
                  last={"id": "one", "result": "started"})
REFUSED = Refused("gone.addon.efi", then="reset", last={"id": "one"})


@pytest.mark.parametrize(("words", "expected"), [("kdump", EXECUTED), ("gone", REFUSED)])
def test_a_request_counts_once_where_nothing_can_be_written(words: str, expected: Expected) -> None:
    """Deleting needs no room, and leaves some: for what became of the request, if not always for why."""
    m = _machine(words)
    first = switch_on(m)
    _fill(first, f"ukiload.addon={words}")
    result = again(m, first, expected)
    again(m, result, Booted(last=dict.fromkeys(("id", "result"), ".*")))
