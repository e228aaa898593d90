# SPDX-License-Identifier: BSD-2-Clause
"""An image on a mounted FAT that is neither the ESP nor XBOOTLDR: the request names it by its partition."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from machine import Machine
from test_place import listed
from test_two_systems import OURS, THEIRS, put_partition

FIRMWARE_PATH = "\\EFI\\Linux\\far.efi"
MOUNTS = ("30 1 8:1 / /efi rw,relatime - vfat /dev/sda1 rw\n31 1 8:33 / /var rw - ext4 /dev/sdc1 rw\n"
          "32 1 8:17 / /data rw,relatime - vfat /dev/sdb1 rw\n")


def prepare(folder: Path, mounts: str = MOUNTS) -> tuple[Machine, Path]:
    """A machine with a second disk on /data; what udev has of a folder here is what it has of all."""
    m = Machine(folder, install=False)
    put_partition(m, OURS)
    done = m("install", "--image", m.image)
    assert done.code == 0, done.err
    m.pool("kdump", "crashkernel=256M")
    mountinfo = m.root / "proc/self/mountinfo"
    mountinfo.parent.mkdir(parents=True, exist_ok=True)
    mountinfo.write_text(mounts)
    far = m.root / "data/EFI/Linux/far.efi"
    far.parent.mkdir(parents=True)
    far.write_bytes((m.esp / "EFI/Linux/debian.efi").read_bytes())
    return m, far


def pick(m: Machine) -> None:
    """An addon for requests, on the volume of the image."""
    pool = m.root / "data/EFI/ukiload/addons"
    pool.mkdir(parents=True)
    for addon in (m.esp / "EFI/ukiload/addons").iterdir():
        addon.rename(pool / addon.name)


def test_it_is_armed_by_its_partition(tmp_path: Path) -> None:
    """load, status, exec, and what the request says."""
    m, far = prepare(tmp_path)
    pick(m)
    found = m("load", far, "--addon", "kdump", "--json").json
    assert (found["image"], found["partition"]) == (FIRMWARE_PATH, OURS)
    assert m.word("uki") == f"PARTUUID={OURS}{FIRMWARE_PATH}"
    armed = m("status", "--json").json["armed"]
    assert (armed["state"], armed["image"], armed["partition"]) == ("yes", FIRMWARE_PATH, OURS)
    assert f"PARTUUID={OURS}{FIRMWARE_PATH}" in m("status").out
    assert f"PARTUUID={OURS}{FIRMWARE_PATH}" in m("exec", "--no-reboot").out
    assert m("exec", "--no-reboot", "--json").json["partition"] == OURS
    far.write_bytes(far.read_bytes() + b"x")
    done = m("exec", "--no-reboot")
    assert done.code == 5 and "was changed after it was armed" in done.err
    assert f"PARTUUID={OURS}{FIRMWARE_PATH}" in m("unload").out


def test_what_is_not_mounted_any_more_is_said(tmp_path: Path) -> None:
    """exec looks at the image once more."""
    m, far = prepare(tmp_path)
    assert m("load", far).code == 0
    (m.root / "proc/self/mountinfo").write_text("")
    done = m("exec", "--no-reboot")
    assert done.code == 5 and f"PARTUUID={OURS}{FIRMWARE_PATH}" in done.err and "not mounted" in done.err


def test_the_addons_of_the_esp_are_not_for_it(tmp_path: Path) -> None:
    """As for every image: those of its own volume."""
    m, far = prepare(tmp_path)
    done = m("load", far, "--addon", "kdump")
    assert done.code == 7 and m.request is None, done.err


def test_one_of_the_same_path_on_the_esp_does_not_hide_it(tmp_path: Path) -> None:
    """Its partition says which one is meant."""
    m, far = prepare(tmp_path)
    near = m.esp / "EFI/Linux/far.efi"
    near.write_bytes(far.read_bytes())
    assert m("load", far).code == 0
    assert m.word("uki").startswith("PARTUUID=")
    assert m("load", near).code == 0
    assert m.word("uki") == FIRMWARE_PATH


def test_a_counted_one_keeps_its_tries(tmp_path: Path) -> None:
    """So its addons are those of the name that it has."""
    m, far = prepare(tmp_path)
    counted = far.rename(far.with_name("far+3.efi"))
    assert m("load", counted).code == 0
    assert m.word("uki").endswith("far+3.efi")


@pytest.mark.parametrize("disks", [1, 2])
def test_two_partitions_of_one_guid_are_refused(tmp_path: Path, disks: int) -> None:
    """As ukiload would; but what firmware does not see does not count."""
    m, far = prepare(tmp_path)
    db = m.root / "run/udev/data"
    other = db / "b8:33"
    other.write_text(f"E:ID_PART_ENTRY_UUID={OURS.upper()}\nE:ID_PART_ENTRY_DISK=8:32\n")
    (db / "b7:1").write_text(f"E:ID_PART_ENTRY_UUID={OURS}\nE:ID_PART_ENTRY_DISK=7:0\n")
    (db / "b8:34").write_text(f"E:ID_PART_ENTRY_UUID={THEIRS}\nE:ID_PART_ENTRY_DISK=8:0\n")
    for number in range(disks):
        (m.root / f"sys/dev/block/8:{32 * number}/device").mkdir(parents=True)
    done = m("load", far)
    assert done.code == (8 if disks == 2 else 0), done.err
    assert ("another partition of this machine has the same PARTUUID" in done.err) == (disks == 2)


def test_without_a_guid_it_cannot_be_named(tmp_path: Path) -> None:
    """As that of a disk without a partition table, or with an MBR."""
    m, far = prepare(tmp_path)
    listed(m, "debian.efi", "ukiload.conf")
    for db in (m.root / "run/udev/data").iterdir():
        db.unlink()
    done = m("load", far, "--method=loader-entry")
    assert done.code == 8 and "its partition has no GUID (PARTUUID) of a GPT" in done.err


def test_what_firmware_cannot_read_is_refused_as_before(tmp_path: Path) -> None:
    """Another file system, or none that is mounted."""
    m, far = prepare(tmp_path, mounts=MOUNTS.replace("/data", "/other").replace("/var", "/data"))
    done = m("load", far)
    assert done.code == 8 and "firmware reads only FAT" in done.err and os.fspath(far) in done.err


def test_only_load_takes_it(tmp_path: Path) -> None:
    """Addons are kept on the ESP and XBOOTLDR: what puts one there says so, and writes nothing."""
    m, far = prepare(tmp_path)
    addon = tmp_path / "words.addon.efi"
    addon.write_bytes((m.esp / "EFI/ukiload/addons/kdump.addon.efi").read_bytes())
    before = m.everything()
    for words in (("addon", "install", addon, "--for", far), ("kdump", far, "--size", "256M")):
        done = m(*words)
        assert done.code == 8 and "only there ukictl keeps addons" in done.err, done.err
    assert m.everything() == before


def test_promote_keeps_no_addon_for_another_image_of_the_same_path(tmp_path: Path) -> None:
    """The boot was of the one on the other disk."""
    m, far = prepare(tmp_path)
    (m.esp / "EFI/Linux/far.efi").write_bytes(far.read_bytes())
    pick(m)
    assert m("load", far, "--addon", "kdump").code == 0
    line = "quiet crashkernel=256M"
    m.cmdline(line)
    m.fire("started", cmdline=line, extra=f"uki={FIRMWARE_PATH}\nvolume=PARTUUID={OURS}\n"
           "addon=\\EFI\\ukiload\\addons\\kdump.addon.efi admitted\n")
    assert m("confirm").code == 0
    before = m.everything()
    done = m("addon", "promote")
    assert done.code == 3 and f"lies on PARTUUID={OURS}" in done.err and m.everything() == before, done.err
