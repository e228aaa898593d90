# SPDX-License-Identifier: BSD-2-Clause
"""A second system, or the second ESP of a mirror, with a ukiload of its own: one title, one file, another partition.
Nothing of it is ours."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from lab.varstore import file_path_node, load_option
from machine import GLOBAL, PATH, UKILOAD, Machine, partition_node, ucs2

OURS, THEIRS = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ESP_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
THEIR_NUMBER = 7


def put_partition(m: Machine, partuuid: str) -> None:
    """What udev has written down of the partition that the ESP lies on."""
    device = (m.esp).stat().st_dev
    db = m.root / f"run/udev/data/b{os.major(device)}:{os.minor(device)}"
    db.parent.mkdir(parents=True, exist_ok=True)
    db.write_text(f"S:disk/by-partuuid/{partuuid}\nE:ID_PART_ENTRY_SCHEME=gpt\nE:ID_PART_ENTRY_UUID={partuuid}\n"
                  f"E:ID_PART_ENTRY_TYPE={ESP_TYPE}\nE:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_OFFSET=2048\n"
                  "E:ID_PART_ENTRY_SIZE=1048576\nE:ID_PART_ENTRY_DISK=8:0\n")


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    """Theirs has the lower number, as if it was installed first, and stands in BootOrder."""
    m = Machine(tmp_path, install=False)
    put_partition(m, OURS)
    m.set(f"Boot{THEIR_NUMBER:04X}", GLOBAL, load_option("ukiload",
                                                         partition_node(1, 2048, 1048576, THEIRS)
                                                         + file_path_node(PATH),
                                                        ucs2("ukiload.oneshot")))
    m.set("BootOrder", GLOBAL, struct.pack("<HHH", THEIR_NUMBER, 1, 0))
    for number in range(2, THEIR_NUMBER):
        m.set(f"Boot{number:04X}", GLOBAL, load_option(f"tool {number}", file_path_node("\\EFI\\tool.efi")))
    return m


def theirs(m: Machine) -> tuple[bytes | None, bytes | None]:
    return m.get(f"Boot{THEIR_NUMBER:04X}", GLOBAL), m.get("BootOrder", GLOBAL)


def arm_theirs(m: Machine) -> None:
    """As the other system's ukictl does it."""
    m.set("UkiloadRequest", UKILOAD,
          ucs2(f"ukiload.uki=\\EFI\\Linux\\debian.efi ukiload.id=their-id ukiload.via={THEIR_NUMBER:04X}"))
    m.set("BootNext", GLOBAL, struct.pack("<H", THEIR_NUMBER))


def test_an_entry_of_our_own_stands_beside_theirs(m: Machine) -> None:
    """An entry of our own beside it; and only that goes again."""
    before = theirs(m)
    done = m("load", "debian")
    assert done.code == 8
    done = m("install", "--image", m.image, "--json")
    assert done.code == 0, done.err
    assert done.json["entry"] == "Boot0008"
    assert partition_node(1, 2048, 1048576, OURS) in m.get("Boot0008", GLOBAL)
    assert m("install", "--image", m.image, "--json").json["entry_changed"] is False
    assert theirs(m) == before
    assert m("load", "debian").code == 0
    assert m.boot_next == 8 and m.word("via") == "0008"
    m.set("UkiloadLast", UKILOAD, b"id=x\nresult=confirmed\n")
    done = m("remove", "--json")
    assert done.code == 0, done.err
    assert theirs(m) == before
    assert m.get("Boot0008", GLOBAL) is None and m.boot_next is None and m.request is None
    assert m.get("UkiloadLast") is not None, "all ukiloads of a machine share it"
    assert any("Boot0007" in kept and THEIRS in kept and OURS in kept for kept in done.json["kept"])


def test_load_says_whose_entry_there_is(m: Machine) -> None:
    """Not only that ours is missing."""
    m("install", "--image", m.image)
    (m.vars / f"Boot0008-{GLOBAL}").unlink()
    done = m("load", "debian")
    assert done.code == 8
    assert "ukictl install" in done.err and "Boot0007" in done.err and THEIRS in done.err


def test_what_they_armed_is_theirs_to_take_back(m: Machine) -> None:
    """Is theirs to take back, and status, load, exec and remove know it."""
    m("install", "--image", m.image)
    arm_theirs(m)
    before = m.variables()
    done = m("unload")
    assert done.code == 0 and "Boot0007" in done.err and THEIRS in done.err
    assert m("unload", "--strict").code == 3
    assert m("unload", "--stale").code == 0
    assert m("load", "debian").code == 10
    done = m("exec", "--dry-run")
    assert done.code == 3 and "another ukiload" in done.err
    done = m("status", "--json")
    assert done.code == 3 and done.json["armed"]["state"] == "foreign" and done.json["boot_next_ours"] is False
    assert m.variables() == before
    assert m("remove").code == 0
    assert m.variables() == {name: data for name, data in before.items() if not name.startswith("Boot0008")}


def test_partition_that_cannot_be_known(m: Machine) -> None:
    """Neither udev nor the disk says which one the ESP is: what names a partition is nobody's that we know."""
    m("install", "--image", m.image)
    for path in (m.root / "run/udev/data").iterdir():
        path.unlink()
    before = m.variables()
    done = m("remove", "--json")
    assert done.code == 0
    assert m.variables() == before
    assert len([kept for kept in done.json["kept"] if "not to this ESP" in kept]) == 2


def test_next_boot_that_leads_elsewhere(m: Machine) -> None:
    """The number in the request has become another system's since."""
    m("install", "--image", m.image)
    m("load", "debian")
    m.set("Boot0008", GLOBAL, load_option("Windows", file_path_node("\\EFI\\tool.efi")))
    done = m("status", "--json")
    assert done.code == 3 and done.json["armed"]["state"] == "incomplete"
    assert m("unload").code == 0
    assert m.request is None and m.boot_next == 8, "the request is ours, the pointer is not"
