# SPDX-License-Identifier: BSD-2-Clause
"""Where firmware stops, the host stops, at the same number (lib/contract.h); what firmware passes over, the host passes
over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import put, ukictl
from lab.uki import addon
from machine import Machine

MIB = 1 << 20


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    """Secure Boot is off: what is large is not signed here."""
    return Machine(tmp_path, secure_boot=False)


def plan(m: Machine, *words: object, verb: str = "plan", image: str = "efi/EFI/Linux/debian.efi"):  # noqa: ANN201
    done = ukictl(verb, m.root / image, "--esp-path", m.esp, "--json", *words)
    return done.code, done.json


def sparse(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.parametrize("standing", [True, False])
def test_an_addon_of_66_mib_is_taken_with_one_digest(m: Machine, standing: bool) -> None:
    """It carries an initrd; firmware takes it, so plan and load do, with one digest."""
    m.policy("@allow-sections .initrd\nloglevel=?\n")
    sparse(m.root / "initrd", 66 * MIB)
    out = m.esp / ("loader/addons" if standing else "EFI/ukiload/addons") / "big.addon.efi"
    out.parent.mkdir(parents=True, exist_ok=True)
    assert ukictl("addon", "--initrd", m.root / "initrd", "--cmdline", "loglevel=3", "-o", out).code == 0
    words = () if standing else ("--addon", "big")
    loaded = m("load", "debian", *words, "--json")
    assert loaded.code == 0, loaded.err
    assert loaded.json["line"].endswith("loglevel=3")
    code, planned = plan(m, *words)
    assert code == 0 and planned["plan"] == loaded.json["plan"]
    assert standing or m("list").out.count("--addon big: admitted") == 1


def test_a_file_larger_than_the_limit_is_refused(m: Machine) -> None:
    """An addon of more than 256 MiB, a UKI of more than 2 GiB: refused for that, by its number, and not read."""
    sparse(m.esp / "loader/addons/huge.addon.efi", 256 * MIB + 1)
    code, found = plan(m)
    assert code == 0 and "268435456" in found["addons"][0]["reason"]
    sparse(m.esp / "EFI/Linux/huge.efi", 2048 * MIB + 1)
    done = m("load", "huge")
    assert done.code == 1 and "2147483648" in done.err
    sparse(m.esp / "EFI/Linux/huge.efi", 1025 * MIB)
    done = m("load", "huge")
    assert done.code == 5 and "MZ" in done.err, "no longer a limit of the host alone"


@pytest.mark.parametrize("folder", ["loader/addons", "EFI/Linux/debian.efi.extra.d"])
def test_folder_named_like_an_addon(m: Machine, folder: str) -> None:
    """Is none, to the stub and to ukiload; abort does not see it either."""
    m.policy("@on-violation abort\nloglevel=?\n")
    (m.esp / folder / "x.addon.efi").mkdir(parents=True)
    (m.esp / "EFI/ukiload/addons/y.addon.efi").mkdir()
    (m.esp / "EFI/Linux/z.efi").mkdir()
    code, found = plan(m)
    assert (code, found["addons"]) == (0, [])
    assert m("load", "debian").code == 0
    out = m("list").out
    assert "x.addon.efi" not in out and "--addon y" not in out and "z.efi" not in out


def test_osrel_beyond_2048_bytes_does_not_count(m: Machine) -> None:
    """Firmware sorts by the first 2048 bytes."""
    m.uki("new.efi", osrel="ID=debian\n" + "#" * 2100 + "\nVERSION_ID=99\n")
    m.uki("old.efi", osrel="ID=debian\nVERSION_ID=2\n")
    found = m("list", "--json").json["images"]
    names = [item["image"].rsplit("\\")[-1] for item in found]
    assert names.index("old.efi") < names.index("new.efi")


def test_more_files_than_the_kernel_handoff_takes(m: Machine) -> None:
    """257 credentials: no matter to the stub, refused where ukiload takes its role, by load, plan and predict alike."""
    m.policy("loglevel=? unsigned\n")
    folder = m.esp / "EFI/Linux/debian.efi.extra.d"
    folder.mkdir()
    for i in range(257):
        (folder / f"c{i}.cred").write_text("x")
    assert m("load", "debian").code == 0
    assert plan(m)[0] == 0
    done = m("load", "debian", "--append", "loglevel=7")
    assert done.code == 7 and "more than 256 files *.cred" in done.err
    for verb in ("plan", "predict"):
        code, found = plan(m, "--append", "loglevel=7", verb=verb)
        assert code == 5, verb
        assert "more than 256 files *.cred" in str(found)
    (folder / "c0.cred").unlink()
    assert m("load", "debian", "--append", "loglevel=7").code == 0
    assert plan(m, "--append", "loglevel=7", verb="predict")[0] == 0


def test_folder_named_like_a_credential(m: Machine) -> None:
    """Neither stub nor ukiload packs it."""
    folder = m.esp / "EFI/Linux/debian.efi.extra.d"
    folder.mkdir()
    (folder / "a.cred").write_text("secret")
    code, without = plan(m, verb="predict")
    assert code == 0
    (folder / "x.cred").mkdir()
    (m.esp / "loader/credentials/y.cred").mkdir(parents=True)
    assert plan(m, verb="predict") == (0, without)


def test_addons_of_the_volume_that_the_image_lies_on(m: Machine) -> None:
    """An image on XBOOTLDR gets XBOOTLDR's global addons, credentials and picked addons, none of the ESP's."""
    boot = m.root / "boot"
    put(m.esp / "EFI/Linux/debian.efi", boot / "EFI/Linux/other.efi")
    m.policy("loglevel=?\ncrashkernel=*\n")
    m.standing("esp", "loglevel=3")
    m.pool("kdump", "crashkernel=1M", sign=None)
    put(addon("loglevel=5", sign=None), boot / "loader/addons/boot.addon.efi")
    put(addon("crashkernel=2M", sign=None), boot / "EFI/ukiload/addons/kdump.addon.efi")
    loaded = m("load", "other", "--addon", "kdump", "--json")
    assert loaded.code == 0, loaded.err
    assert loaded.json["line"].endswith("loglevel=5 crashkernel=2M")
    words = ("--boot-path", boot, "--addon", "kdump")
    code, planned = plan(m, *words, image="boot/EFI/Linux/other.efi")
    assert (code, planned["line"], planned["plan"]) == (0, loaded.json["line"], loaded.json["plan"])
    assert planned["image"] == "\\EFI\\Linux\\other.efi" and planned["policy"].startswith(str(m.esp))
    code, predicted = plan(m, *words, verb="predict", image="boot/EFI/Linux/other.efi")
    assert (code, predicted["plan"]) == (0, loaded.json["plan"])
    shutil.rmtree(boot / "loader")
    assert plan(m, *words, image="boot/EFI/Linux/other.efi")[1]["line"].endswith("quiet crashkernel=2M")


def test_no_more_than_128_addons_are_looked_at(m: Machine) -> None:
    """128 are looked at, 129 are refused, with the number."""
    small = addon("loglevel=3", sign=None)
    for i in range(128):
        put(small, m.esp / f"loader/addons/{i:03}.addon.efi")
    assert len(plan(m)[1]["addons"]) == 128
    put(small, m.esp / "loader/addons/128.addon.efi")
    done = m("load", "debian")
    assert done.code != 0 and "more than 128 addons" in done.err


def test_the_newest_of_seventy_images_is_marked(m: Machine) -> None:
    """The newest of all is marked, however many there are and whatever the folder's order; firmware starts the same."""
    small = (m.esp / "EFI/Linux/debian.efi").read_bytes()
    for i in range(70):
        (m.esp / f"EFI/Linux/aa{i:02}.efi").write_bytes(small)
    m.uki("zz.efi", osrel="ID=debian\nVERSION_ID=99\n", sign=None)
    found = m("list", "--json").json["images"]
    assert len(found) == 72
    assert [item["image"] for item in found if item["default"]] == ["\\EFI\\Linux\\zz.efi"] == [found[0]["image"]]


def test_what_is_wrong_with_a_picked_addon_is_said_alike_by_list_and_plan(m: Machine) -> None:
    """list shows all that could be picked, plan judges one."""
    m.policy("loglevel=?\n")
    pool = m.esp / "EFI/ukiload/addons"
    m.pool("good", "loglevel=3", sign=None)
    sparse(pool / "empty.addon.efi", 0)
    sparse(pool / "large.addon.efi", 64 * MIB + 1)
    (pool / "folder.addon.efi").mkdir()
    listed = {found["name"]: found for found in m("list", "--json").json["addons"]}
    assert set(listed) == {"good", "empty", "large"}
    assert listed["good"]["verdict"] == "admitted"
    for name in ("empty", "large"):
        found = [one for one in plan(m, "--addon", name)[1]["addons"] if name in one["path"]]
        assert found and found[0]["reason"] == listed[name]["reason"], name
