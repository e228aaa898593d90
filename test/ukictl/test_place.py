# SPDX-License-Identifier: BSD-2-Clause
"""Where ukiload lies: an installation of 0.2, among the UKIs, works on, and update moves it."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest
from lab.varstore import file_path_node, load_option
from machine import BS_RT, GLOBAL, LOADER, MENU, OLD_PATH, PATH, Machine, ucs2


@pytest.fixture(name="m", params=[False, True], ids=["db", "shim"])
def _machine(tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    return Machine(tmp_path, shim=request.param)


def update(m: Machine, *words: str, verb: str = "update"):  # noqa: ANN201
    done = m(verb, "--image", m.image, "--json", *words)
    assert done.code == 0, done.err
    return done.json


def listed(m: Machine, *ids: str) -> None:
    """What systemd-boot says of itself and of its menu."""
    m.set("LoaderFeatures", LOADER, struct.pack("<Q", 1 << 3), BS_RT)
    m.set("LoaderEntries", LOADER, b"".join(ucs2(name) for name in ids), BS_RT)


def test_the_old_place_works_until_it_is_left(m: Machine) -> None:
    """load, by either method, list and remove."""
    old = m.as_before()
    listed(m, "debian.efi", "ukiload.efi")
    before = set(m.everything())
    assert m("load", "debian").code == 0 and m.boot_next == m.entry
    done = m("load", "debian", "--method=loader-entry")
    assert done.code == 0, done.err
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("ukiload.efi")
    assert m("status", "--json").json["armed"]["way"] == "LoaderEntryOneShot ukiload.efi"
    assert [item["image"] for item in m("list", "--json").json["images"]] == ["\\EFI\\Linux\\debian.efi"]
    assert m("load", old).code == 5
    gone = m("remove", "--json").json["removed"]
    assert str(old) in gone and not old.exists()
    entry = f"sys/firmware/efi/efivars/Boot0002-{GLOBAL}"
    assert set(m.everything()) == before - {str(old.relative_to(m.root)), entry}


@pytest.mark.parametrize("verb", ["update", "install"])
def test_what_led_to_the_old_place_leads_to_the_new_one(m: Machine, verb: str) -> None:
    """Firmware's entry under its number, the menu's default by variable and by file; the old place is empty."""
    old, number = m.as_before(), m.entry
    m.set("LoaderEntryOneShot", LOADER, ucs2("windows.conf"))
    before = m.everything()
    found = update(m, "--dry-run", verb=verb)
    assert m.everything() == before and found["moved"] == [str(old)]
    found = update(m, verb=verb)
    assert found["moved"] == [str(old)] and found["image"] == str(m.installed) and found["menu"] == str(m.menu)
    assert not old.exists() and m.installed.read_bytes() == m.image.read_bytes() and m.menu.read_text() == MENU
    assert m.entry == number
    entry = m.get(f"Boot{number:04X}", GLOBAL)
    assert ucs2(PATH)[:-2] in entry and ucs2(OLD_PATH)[:-2] not in entry
    assert m.get("LoaderEntryDefault", LOADER) == ucs2("ukiload.conf")
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("windows.conf")
    assert (m.esp / "loader/loader.conf").read_text() == "timeout 3\ndefault  ukiload.conf \n# default ukiload.efi\n"
    m.file("LoaderEntryOneShot", LOADER).unlink()
    assert m("load", "debian").code == 0 and m("unload").code == 0
    installed = m.everything()
    assert not update(m)["moved"] and m.everything() == installed
    listed(m, "ukiload.efi", "debian.efi")
    done = m("load", "debian", "--method=loader-entry")
    assert done.code == 8 and "did not list ukiload.conf in this boot" in done.err


def test_what_is_armed_stays_armed(m: Machine) -> None:
    """By either way: the request does not name ukiload's file."""
    m.as_before()
    listed(m, "ukiload.efi")
    for words in ((), ("--method=loader-entry",)):
        assert m("load", "debian", *words).code == 0
        update(m)
        assert m("status", "--json").json["armed"]["state"] == "yes"
        m.as_before()
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("ukiload.conf")


def test_a_boot_counter_goes_on(m: Machine) -> None:
    """What systemd-boot counted as an image it counts as an entry; the id has no counter, but in 252's menu."""
    m.as_before("+2-1")
    found = update(m)
    counted = m.menu.with_name("ukiload+2-1.conf")
    assert found["menu"] == str(counted) and counted.read_text() == MENU
    assert not update(m)["menu_changed"] and [path.name for path in m.menu.parent.iterdir()] == [counted.name]
    assert m.get("LoaderEntryDefault", LOADER) == ucs2("ukiload.conf")
    for menu, oneshot in ((("debian.efi", "ukiload.conf"), "ukiload.conf"),
                          (("ukiload+3.conf", "debian.efi"), "ukiload+2-1.conf")):
        listed(m, *menu)
        done = m("load", "debian", "--method=loader-entry", "--json")
        assert done.code == 0, done.err
        assert m.get("LoaderEntryOneShot", LOADER) == ucs2(oneshot)
        assert done.json["way"] == m("status", "--json").json["armed"]["way"] == f"LoaderEntryOneShot {oneshot}"
    assert m("remove").code == 0 and not counted.exists()


@pytest.mark.parametrize("by", ["Boot0009", "mine.conf"])
def test_what_others_start_stays(m: Machine, by: str) -> None:
    """An entry that somebody made for the old file is theirs to change; who is said."""
    old = m.as_before()
    if by == "mine.conf":
        m.menu.parent.mkdir()
        (m.menu.parent / by).write_text("title mine\nefi /efi/linux/UKILOAD.efi\noptions ukiload.log=debug\n")
    else:
        m.set(by, GLOBAL, load_option("mine", file_path_node(OLD_PATH)))
    found = update(m)
    assert found["moved"] == [] and old.exists() and m.installed.exists()
    assert any(note.startswith(f"{by} still starts the older") for note in found["notes"])
    assert m("load", "debian").code == 0
    assert m.get("LoaderEntryDefault", LOADER) == ucs2("ukiload.efi")


def test_a_menu_entry_that_somebody_changed_stays(m: Machine) -> None:
    """It starts ukiload, and that is all that is asked of it; where there is none, update makes none."""
    text = "title my ukiload\nuki /EFI/ukiload/ukiloadx64.efi\n"
    m.menu.write_text(text)
    assert not update(m, verb="install")["menu_changed"] and m.menu.read_text() == text
    m.menu.unlink()
    assert "menu" not in update(m) and not m.menu.exists()
    assert update(m, verb="install")["menu_changed"] and m.menu.read_text() == MENU


def test_an_entry_to_the_old_file_is_judged_by_that_file(m: Machine) -> None:
    """An update that was cut short: both files are there, and firmware starts the older one."""
    old = m.as_before()
    shutil.copy(m.image, m.installed)
    assert m("load", "debian").code == 0
    data = bytearray(old.read_bytes())
    data[5000] ^= 1
    old.write_bytes(data)
    done = m("load", "debian")
    assert done.code == 6 and "EFI/Linux/ukiload.efi" in done.err
    old.unlink()
    done = m("load", "debian")
    assert done.code == 8 and "starts a file that is not there" in done.err
