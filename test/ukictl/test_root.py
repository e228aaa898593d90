# SPDX-License-Identifier: BSD-2-Clause
"""--root=DIR: what a link below DIR says is said of DIR; nothing outside is read, made, changed or deleted."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import UKICTL, Result
from machine import UKILOAD, Machine

PLACES = ["efi", "efi/EFI", "efi/EFI/Linux", "efi/EFI/ukiload", "efi/EFI/ukiload/addons", "efi/loader",
          "efi/loader/addons", "sys",
          "sys/firmware/efi/efivars"]


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    m = Machine(tmp_path)
    m.standing("log", "loglevel=3")
    m.pool("kdump", "crashkernel=256M")
    return m


def away(m: Machine, place: str, spell: Callable[[Path], str]) -> Path:
    """The folder moves out of the root and a link stays; returns where it is."""
    outside = m.root.parent / "outside"
    inside = m.root / place
    shutil.move(inside, outside)
    inside.symlink_to(spell(outside))
    return outside


def relative(m: Machine, place: str) -> Callable[[Path], str]:
    return lambda outside: os.path.relpath(outside, (m.root / place).parent)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("spelled", ["absolute", "relative"])
def test_a_link_out_of_root_is_not_followed(m: Machine, place: str, spelled: str) -> None:
    """At each level: whatever the verb then says, the outside stays, and is not even seen."""
    m("load", "debian")
    outside = away(m, place, str if spelled == "absolute" else relative(m, place))
    before = snapshot(outside)
    picked = "addons" in place or place == "efi/EFI/ukiload"
    secret = "log.addon.efi" if place.startswith("efi/loader") else "kdump" if picked else "debian.efi"
    assert secret not in m("list").out
    for words in (("status",), ("load", "debian"), ("load", "debian", "--addon", "kdump"),
                  ("install", "--image", m.image), ("unload",),
                  ("remove",)):
        m(*words)
        assert snapshot(outside) == before, words


@pytest.mark.parametrize("name", ["ukiload/ukiloadx64.efi", "Linux/debian.efi"])
def test_a_linked_file_is_not_followed_or_written_through(m: Machine, name: str) -> None:
    """A link in place of an image: not followed out, not written through."""
    image = m.esp / "EFI" / name
    outside = m.root.parent / "outside.efi"
    shutil.move(image, outside)
    image.symlink_to(outside)
    before = outside.read_bytes()
    assert m("load", "debian").code != 0
    m("install", "--image", m.image)
    m("remove")
    assert outside.read_bytes() == before


def test_a_linked_variable_is_not_followed_or_deleted(m: Machine) -> None:
    """Neither followed nor deleted where it leads."""
    outside = m.root.parent / "outside"
    outside.write_bytes(struct.pack("<L", 7) + b"id=x\nresult=refused\nreason=secret\n")
    m.file("UkiloadLast").symlink_to(outside)
    assert "secret" not in m("status").out
    m("remove")
    assert outside.exists()


def test_link_that_is_meant_for_root(m: Machine) -> None:
    """As in a mounted system: /boot/efi -> /efi, absolute, is that of DIR."""
    shutil.move(m.esp, m.root / "real")
    (m.root / "efi").symlink_to("/real")
    done = m("load", "debian", "--addon", "kdump")
    assert done.code == 0, done.err
    assert m.word("uki") == "\\EFI\\Linux\\debian.efi"
    assert m("load", m.root / "efi/EFI/Linux/debian.efi").code == 0
    assert m("remove").code == 0
    assert not (m.root / "real/EFI/ukiload/ukiloadx64.efi").exists()


@pytest.mark.parametrize("spell", ["{}/", "{}//", "{}/../root", "{}/."])
def test_every_spelling_of_root_is_the_same_folder(m: Machine, spell: str) -> None:
    """Of DIR itself; and a DIR that is not there."""
    root = spell.format(m.root)
    done = subprocess.run([UKICTL, "load", "debian", "--root", root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([UKICTL, "status", "--root", root + "nothere"], capture_output=True, text=True, check=False)
    assert done.returncode == 8 and "nothere" in done.stderr


def without_openat2() -> None:
    """A system call filter that answers ENOSYS to it, as a kernel before 5.6."""
    code = (struct.pack("<HBBI", 0x20, 0, 0, 0) + struct.pack("<HBBI", 0x15, 0, 1, 437)
            + struct.pack("<HBBI", 0x06, 0, 0, 0x00050000 | 38))
    code += struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("<HxxxxxxQ", 4, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, program, 0, 0) == 0


def old_kernel(m: Machine, *words: object) -> Result:
    done = subprocess.run([UKICTL, *map(str, words), "--root", m.root], capture_output=True, text=True, check=False,
                          preexec_fn=without_openat2)
    return Result(done.returncode, done.stdout, done.stderr)


def test_a_kernel_without_openat2_refuses_links(m: Machine) -> None:
    """Works, but for links, which are refused."""
    assert old_kernel(m, "load", "debian", "--addon", "kdump").code == 0
    assert m.get("UkiloadRequest", UKILOAD)
    assert old_kernel(m, "unload").code == 0 and m.request is None
    outside = away(m, "efi/EFI/Linux", str)
    before = snapshot(outside)
    assert old_kernel(m, "load", "debian").code == 1
    old_kernel(m, "remove")
    assert snapshot(outside) == before
    shutil.move(outside, m.root / "efi/EFI/real")
    assert old_kernel(m, "load", "debian").code == 8
