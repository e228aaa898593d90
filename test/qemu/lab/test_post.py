# SPDX-License-Identifier: BSD-2-Clause
"""Firmware that was kept (post.py): a machine that goes on from it is the one that was switched on."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from . import BS, GLOBAL, LOADER, NV, RT, SHIM, UKILOAD, Chain, Result, firmware, post, uki, varstore
from .arch import X64
from .disk import Disk
from .vm import Machine

BASE = "console=ttyS0 quiet base=1"


def _from_there(name: str, what: str, request: str, chip: bool) -> Result:
    """A boot of one kind of machine, whose second boot in all is kept for the third; with a TPM the first one is."""
    chain = Chain(name, trust="db", smbios11=[what], cpu=X64.fast_cpu, tpm=chip)
    chain.var("UkiloadRequest", request)
    chain.files["/EFI/Linux/a.efi"] = uki(cmdline=BASE, sign=chain.key, kernel="tiny")
    return chain.boot()


@pytest.mark.parametrize("chip", (False, True), ids=("", "tpm"))
def test_firmware_that_was_kept_is_firmware_that_ran(chip: bool) -> None:
    """A machine that goes on from there is the one that was switched on: what it says, its variables and its flash,
    with the request that is its own."""
    what = f"a machine that was never met: {time.time_ns()}"
    texts = ("ukiload.id=1", "", "ukiload.id=1 a request of its own, and a longer one")
    first, keeps, goes_on = (_from_there(f"lab-post-{chip}-{number}", what, text, chip) for number, text in
                             enumerate(texts))
    words = [(result.run_dir / "qemu.cmd").read_text() for result in (first, keeps, goes_on)]
    assert ["-incoming" in line for line in words] == [False, chip, True]
    timed = {(LOADER, f"LoaderTime{part}USec") for part in ("Init", "Exec", "Menu")}
    for result, text in ((keeps, texts[1]), (goes_on, texts[2])):
        own = {(UKILOAD, "UkiloadRequest"): (NV | BS | RT, varstore.ucs2(text))}
        assert result.ended == "off" and result.report.cmdline == BASE and result.variables == first.variables | own
        assert {key: value for key, value in result.report.variables.items() if key not in timed} == \
            {key: value for key, value in first.report.variables.items() if key not in timed} | own
        # To the byte: the stop may have come in the midst of a terminal's sequence.
        assert result.raw.partition("@@begin")[0] == first.raw.partition("@@begin")[0]
        assert bool(result.report.registers) == chip and result.report.registers == first.report.registers
        assert not chip or len(result.tpm_events) > 20 and result.tpm_events == first.tpm_events
    shutil.rmtree(Path(re.findall(r"exec:exec <(\S+);", words[2])[0]).parent)


class _Asked:
    """A monitor that says how much was read, and keeps what it is asked."""

    def __init__(self, reads: int) -> None:
        self.commands: list[str] = []
        self._answers = {"query-blockstats": [{"stats": {"rd_operations": reads}}],
                         "query-migrate": {"status": "failed"}}

    def ask(self, command: str, **_arguments: object) -> object:
        """What QEMU would answer."""
        self.commands.append(command)
        return self._answers.get(command, {})


def test_firmware_that_has_read_a_disk_is_not_kept(tmp_path: Path) -> None:
    """What it read may be another disk's; and what did not arrive whole is not kept either."""
    (tmp_path / "serial").write_text("firmware")
    for reads, asked in ((1, False), (0, True)):
        monitor = _Asked(reads)
        post.keep(tmp_path / "kept.post", tmp_path / "serial", monitor)  # type: ignore[arg-type]
        assert ("migrate" in monitor.commands) == asked and monitor.commands[-1] == "cont"
        assert not (tmp_path / "kept.post").exists()


def test_a_copy_of_the_slot_that_is_not_whole_is_none(tmp_path: Path) -> None:
    """Variables that firmware does not read are exchanged everywhere or nowhere."""
    flash = firmware.prepare(firmware.FIRMWARE["ovmf13"], firmware.TRUST["db"])
    flash.set("UkiloadRequest", UKILOAD, b"one")
    flash.write(tmp_path / "one.fd")
    flash.set("UkiloadRequest", UKILOAD, b"another, longer")
    flash.write(tmp_path / "two.fd")
    one, two = ((tmp_path / name).read_bytes() for name in ("one.fd", "two.fd"))
    (begin, end), = post.slots(one)
    assert post.slots(two) == [(begin, end)] and one[:begin] == two[:begin] and one[end:] == two[end:] and one != two
    assert end - begin > 1000 and begin % 4096 + end - begin < 4096 and len(post.slots(one + bytes(77) + one)) == 2
    torn = one[: begin + 500] + bytes(8) + one[begin + 500 :]
    for whole in (one[:end], one[begin:], one + torn, one + one[:end - 1], one + one[begin:], two + one):
        assert not post.slots(whole)


def _flash(folder: Path, change: Callable[[varstore.VarStore], None]) -> bytes:
    flash = firmware.prepare(firmware.FIRMWARE["ovmf13"], firmware.TRUST["db"])
    change(flash)
    flash.write(folder / "vars.fd")
    return (folder / "vars.fd").read_bytes()


def _kept_as(folder: Path, raw: bytes) -> str:
    """The name of the state that a machine with such a flash goes on from."""
    (folder / "disk").write_bytes(b"")
    machine = Machine(firmware.FIRMWARE["ovmf13"], folder / "vars.fd", Disk(folder / "disk"), folder)
    return str(post._name(machine, ["cat"], folder, raw, post.slots(raw)))  # pylint: disable=protected-access


def test_only_what_no_firmware_reads_may_differ(tmp_path: Path) -> None:
    """A variable of firmware, however small and wherever it lies, makes another machine of it."""
    found = [_flash(tmp_path, change) for change in (
        lambda flash: None,
        lambda flash: flash.set("UkiloadRequest", UKILOAD, b"one"),
        lambda flash: flash.set("LoaderEntryDefault", LOADER, b"another"),
        lambda flash: flash.set("BootNext", GLOBAL, b"\1\0"),
        lambda flash: flash.set("BootNext", GLOBAL, b"\2\0"),
        lambda flash: flash.set("MokSBState", SHIM, b"\1", NV | BS))]
    behind = post.slots(found[0])[0][1] + 64
    found.append(found[0][:behind] + b"\0" + found[0][behind + 1 :])
    names = [_kept_as(tmp_path, raw) for raw in found]
    assert names[0] == names[1] == names[2] and len(set(names[2:])) == 5


def test_what_does_not_fit_into_the_slot_lies_as_ever(tmp_path: Path) -> None:
    """A long request, or a flash that is nearly full."""
    for fill, size in ((0, 4000), (600, 3)):
        flash = firmware.prepare(firmware.FIRMWARE["ovmf13"], firmware.TRUST["db"])
        flash.set("UkiloadRequest", UKILOAD, bytes(size))
        if fill:
            flash.fill(fill)
        flash.write(tmp_path / "vars.fd")
        assert not post.slots((tmp_path / "vars.fd").read_bytes())
        assert varstore.read(tmp_path / "vars.fd").variables == flash.variables
