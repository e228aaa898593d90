# SPDX-License-Identifier: BSD-2-Clause
"""What became of a reload: status and confirm believe ukiload only where it can have spoken."""

from __future__ import annotations

from pathlib import Path

import pytest
from machine import UKILOAD, Machine


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.pool("kdump", "crashkernel=256M")
    assert machine("load", "debian", "--addon", "kdump").code == 0
    return machine


LINE = "console=ttyS0 quiet crashkernel=256M"


def started(m: Machine, running: str = LINE) -> str:
    """The reloaded boot."""
    ident = m.fire("started", cmdline=LINE, extra="addon=\\EFI\\ukiload\\addons\\kdump.addon.efi admitted\n")
    m.cmdline(running)
    return ident


def test_a_reload_that_runs_is_confirmed_for_good(m: Machine) -> None:
    """Started, applied; then confirmed, for good."""
    ident = started(m)
    found = m("status", "--json").json
    assert found["boot"]["through_ukiload"] is True
    assert found["boot"]["applied"] is True
    assert found["boot"]["addons"] == ["\\EFI\\ukiload\\addons\\kdump.addon.efi admitted"]
    assert found["last"] == {"outcome": "started", "id": ident}
    assert m("status", "--report").out == ""
    done = m("confirm", "--json")
    assert done.code == 0, done.err
    assert done.json["recorded"] is True
    assert m.get("UkiloadLast") == f"id={ident}\nresult=confirmed\n".encode()
    assert m("status", "--json").json["last"]["outcome"] == "confirmed"
    assert m("confirm").code == 0, "again is fine"
    m.new_boot()
    assert m("status", "--json").json["last"]["outcome"] == "confirmed"
    assert m("status", "--report").out == ""
    assert m("confirm").code == 3


def test_a_note_that_comes_twice_is_said_twice(m: Machine) -> None:
    """An object has each member once; the lines have them all."""
    m.fire("started", cmdline=LINE, extra="skipped=a.efi: no\nskipped=b.efi: no\n")
    boot = m("status", "--json").json["boot"]
    assert boot["skipped"] == "b.efi: no"
    assert boot["lines"][2:] == [f"cmdline={LINE}", "skipped=a.efi: no", "skipped=b.efi: no"]


@pytest.mark.parametrize("running", ["console=ttyS0 quiet", "crashkernel=256M console=ttyS0 quiet",
                                     LINE.replace("256", "512"),
                                     "console=ttyS0 quiet xcrashkernel=256M"])
def test_words_that_did_not_arrive(m: Machine, running: str) -> None:
    """ukiload admitted them, the kernel does not have them: not applied, not confirmed."""
    started(m, running)
    before = m.variables()
    found = m("status", "--json").json
    assert found["boot"]["applied"] is False
    assert found["boot"]["missing"]
    assert "lacks" in m("status", "--report").out
    assert m("confirm").code == 7
    assert m.variables() == before


@pytest.mark.parametrize("running",
                         [LINE + " console=tty0", "early=1 " + LINE, "console=ttyS0 smbios=1 quiet crashkernel=256M"])
def test_words_that_stub_or_kernel_added_do_not_matter(m: Machine, running: str) -> None:
    """The stub or the kernel may add some of their own."""
    started(m, running)
    assert m("confirm").code == 0


def test_a_status_that_root_wrote_is_not_believed(m: Machine) -> None:
    """Only what is volatile can be ukiload's."""
    started(m)
    text = m.get("UkiloadStatus")
    assert text is not None
    m.set("UkiloadStatus", UKILOAD, text, 7)
    found = m("status", "--json").json
    assert found["boot"]["through_ukiload"] is False
    assert found["boot"]["forged"] is True
    assert found["last"]["outcome"] == "hung"
    assert m("confirm").code == 3
    assert "not believed" in m("status", "--report").out


def test_a_start_without_a_request_is_no_reload(m: Machine) -> None:
    """It is a boot through ukiload like another; there is no reload to record."""
    m("unload")
    m.set("UkiloadStatus", UKILOAD, f"result=started\ncmdline={LINE}\n".encode(), 6)
    m.cmdline(LINE)
    done = m("confirm", "--json")
    assert (done.code, done.json["recorded"]) == (0, False)
    assert m.get("UkiloadLast") is None


def test_dry_run_writes_nothing(m: Machine) -> None:
    """confirm --dry-run."""
    started(m)
    before = m.variables()
    assert m("confirm", "--dry-run").code == 0
    assert m.variables() == before


def test_bytes_in_variables_reach_the_terminal_as_text(m: Machine) -> None:
    """Whoever writes UkiloadLast does not write to the administrator's terminal."""
    started(m)
    m.set("UkiloadLast", UKILOAD, b"id=a\x1b[2Jb\nresult=refused\nreason=\\x1b[31mred\xff\n")
    for words in (("status",), ("status", "--json"), ("status", "--report")):
        assert "\x1b" not in m(*words).out
