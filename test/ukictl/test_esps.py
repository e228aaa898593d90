# SPDX-License-Identifier: BSD-2-Clause
"""Several ESPs of one machine: mirrored by hand, on two disks, or as one RAID 1. The folders are plain; which device
each lies on is preloaded, and what there is to know of the devices stands in the machine's /sys and /run/udev."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, UKICTL, Result
from lab import boot_images
from lab.packages import VERSION
from lab.varstore import file_path_node, load_option
from machine import GLOBAL, IMAGE, PATH, UKILOAD, Machine, partition_node, ucs2

HERE = Path(__file__).parent
ESP_TYPE, LINUX_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "0fc63daf-8483-4772-8e79-3d69d8477de4"
ONE, TWO, OTHER = (f"{digit * 8}-2222-3333-4444-555555555555" for digit in "1ab")
RAID = "9:127"
OWN, OLD = f"VERSION_ID={VERSION}".encode(), b"VERSION_ID=0.1"


@pytest.fixture(name="preload", scope="session")
def _preload(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for name in ("fake_devices", "fail_calls"):
        made[name] = tmp_path_factory.mktemp("preload") / f"{name}.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", made[name], HERE / f"{name}.c"], check=True)
    return made


class Mirror(Machine):
    """A machine with /efi and /boot/efi2, on two disks."""

    def __init__(self, folder: Path, preload: dict[str, Path]) -> None:
        super().__init__(folder, install=False)
        self.preload, self.devices = preload, dict[str, str]()
        self.second = self.root / "boot/efi2"
        (self.second / "EFI").mkdir(parents=True)
        self.fstab("/efi", "/boot/efi2")
        self.lies_on(self.esp, "8:1", ONE)
        self.lies_on(self.second, "8:17", TWO)

    def fstab(self, *folders: str) -> None:
        (self.root / "etc").mkdir(exist_ok=True)
        (self.root / "etc/fstab").write_text("/dev/sda2 / ext4 defaults 0 1\n" + "".join(
            f"/dev/disk/by-label/ESP{n} {folder} vfat umask=0077,nofail 0 2\n" for n, folder in enumerate(folders)))

    def partition(self, device: str, uuid: str, kind: str = ESP_TYPE) -> None:
        """What udev has written down of it."""
        file = self.root / f"run/udev/data/b{device}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"E:ID_PART_ENTRY_UUID={uuid}\nE:ID_PART_ENTRY_TYPE={kind}\nE:ID_PART_ENTRY_NUMBER=1\n"
                        "E:ID_PART_ENTRY_OFFSET=2048\nE:ID_PART_ENTRY_SIZE=1048576\nE:ID_PART_ENTRY_DISK=8:0\n")

    def lies_on(self, folder: Path, device: str, uuid: str, kind: str = ESP_TYPE) -> None:
        self.devices[str(folder)] = device
        self.partition(device, uuid, kind)

    def raid(self, *, level: str = "raid1", metadata: str = "1.0",
             states: tuple[str, ...] = ("in_sync", "in_sync")) -> None:
        """The first ESP is one, of the members 8:1 and 8:17; there is no other."""
        shutil.rmtree(self.second)
        self.fstab("/efi")
        self.devices = {str(self.esp): RAID}
        md, slaves = self.root / f"sys/dev/block/{RAID}/md", self.root / f"sys/dev/block/{RAID}/slaves"
        shutil.rmtree(md.parent, ignore_errors=True)
        for name, text in (("level", level), ("metadata_version", metadata), ("raid_disks", "2")):
            md.mkdir(parents=True, exist_ok=True)
            (md / name).write_text(text + "\n")
        for name, device, state in zip(("sda1", "sdb1"), ("8:1", "8:17"), states, strict=False):
            (md / f"dev-{name}").mkdir()
            (md / f"dev-{name}/state").write_text(state + "\n")
            (slaves / name).mkdir(parents=True)
            (slaves / name / "dev").write_text(device + "\n")

    def __call__(self, *words: object, env: dict[str, str] | None = None, **more: object) -> Result:
        return super().__call__(*words, env={**(env or {}), **self.preloaded((env or {}).get("LD_PRELOAD"))}, **more)

    def preloaded(self, more: str | None = None) -> dict[str, str]:
        """What lets a program see the devices."""
        return {"LD_PRELOAD": " ".join(filter(None, (str(self.preload["fake_devices"]), more))),
                "FAKE_DEVICES": "\n".join(f"{folder}={device}" for folder, device in self.devices.items())}

    def ours(self) -> dict[str, bytes]:
        """Firmware's entries with our title."""
        return {path.name[:8]: path.read_bytes() for path in self.vars.glob(f"Boot[0-9A-F]*-{GLOBAL}")
                if ucs2("ukiload") in path.read_bytes()[:40]}

    def leads_to(self, uuid: str) -> list[str]:
        return [name for name, data in self.ours().items() if partition_node(1, 2048, 1048576, uuid) in data]

    @staticmethod
    def on(esp: Path) -> Path:
        """ukiload's image of an ESP."""
        return esp / boot_images.UKILOAD.lstrip("/")


@pytest.fixture(name="m")
def _mirror(tmp_path: Path, preload: dict[str, Path]) -> Mirror:
    return Mirror(tmp_path, preload)


def older(m: Mirror, *esps: Path) -> None:
    """An older ukiload lies there."""
    (m.root.parent / "old.efi").write_bytes(IMAGE.read_bytes().replace(OWN, OLD))
    signed = boot_images.sign(m.root.parent / "old.efi", m.key)
    for esp in esps:
        m.on(esp).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(signed, m.on(esp))


def install(m: Mirror, *words: object) -> Any:
    done = m("install", "--image", m.image, *words, "--json")
    assert done.code == 0, done.err
    return done.json


def test_an_entry_counts_in_the_blocks_of_its_disk(m: Mirror) -> None:
    """4096 bytes on the first; udev's numbers are in 512."""
    block = m.root / "sys/devices/pci0/block/sda"
    (block / "sda1").mkdir(parents=True)
    (block / "queue").mkdir()
    (block / "queue/logical_block_size").write_text("4096\n")
    (m.root / "sys/dev/block").mkdir(parents=True, exist_ok=True)
    (m.root / "sys/dev/block/8:1").symlink_to("../../devices/pci0/block/sda/sda1")
    install(m)
    (entry,) = m.ours().values()
    assert partition_node(1, 2048 // 8, 1048576 // 8, ONE) in entry


def test_each_esp_gets_the_files_and_an_entry_and_all_goes_again(m: Mirror) -> None:
    """Installed on both, each with an entry of its own; a second time changes nothing; remove leaves nothing."""
    before = m.everything()
    told = install(m, "--all-esps")
    assert [one["esp"] for one in told["esps"]] == [str(m.esp), str(m.second)] and told["exit"] == 0
    assert m.on(m.esp).read_bytes() == m.on(m.second).read_bytes() == m.image.read_bytes()
    assert len(m.ours()) == 2 and len(m.leads_to(ONE)) == len(m.leads_to(TWO)) == 1
    assert [one["entry"] for one in told["esps"]] == [*m.leads_to(ONE), *m.leads_to(TWO)]
    assert m.get("BootOrder", GLOBAL) == struct.pack("<HH", 1, 0)
    installed = m.everything()
    assert not any(one["entry_changed"] or one["image_changed"] for one in install(m, "--all-esps")["esps"])
    assert m.everything() == installed
    listed = m("list", "--all-esps", "--json").json
    assert [one["ukiload"]["installed"] for one in listed["esps"]] == [True, True]
    done = m("remove", "--all-esps")
    assert done.code == 0 and "kept" not in done.out, done
    assert m.everything() == before


def test_without_the_option_the_other_esp_stays_as_it_is(m: Mirror) -> None:
    """Two systems on two disks: install, update and remove touch one."""
    theirs = m.second / "EFI/ukiload/ukiloadx64.efi"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    path = partition_node(1, 2048, 1048576, TWO) + file_path_node(PATH)
    entry = load_option("ukiload", path, ucs2("ukiload.oneshot"))
    m.set("Boot0007", GLOBAL, entry)
    for words in (("install", "--image", m.image), ("update", "--image", m.image), ("remove",)):
        assert m(*words).code == 0
        assert theirs.read_bytes() == b"theirs" and m.get("Boot0007", GLOBAL) == entry, words
    assert m.leads_to(ONE) == [] and list(m.ours()) == ["Boot0007"]


def test_an_esp_that_fstab_has_not_is_nobody_of_this_machine(m: Mirror) -> None:
    """One that was plugged in, and a vfat for other things."""
    m.fstab("/efi")
    assert [one["esp"] for one in install(m, "--all-esps")["esps"]] == [str(m.esp)]
    m.fstab("/efi", "/boot/efi2")
    m.lies_on(m.second, "8:17", TWO, LINUX_TYPE)
    assert [one["esp"] for one in install(m, "--all-esps")["esps"]] == [str(m.esp)]
    assert not m.on(m.second).exists()


def test_update_refreshes_each_copy_and_says_where_there_is_none(m: Mirror) -> None:
    """What is not installed on an ESP is not put there by update."""
    install(m)
    told = m("update", "--all-esps", "--image", m.image, "--json").json
    assert told["esps"][0]["image_changed"] is False and told["esps"][1]["installed"] is False
    assert not m.on(m.second).exists()
    install(m, "--all-esps")
    older(m, m.esp, m.second)
    told = m("update", "--all-esps", "--image", m.image, "--json").json
    assert [one["image_changed"] for one in told["esps"]] == [True, True]
    assert m.on(m.esp).read_bytes() == m.on(m.second).read_bytes() == m.image.read_bytes()


def test_status_has_what_is_installed_on_each_and_the_machine_once(m: Mirror) -> None:
    """As list has it; where nothing is, that; one that is not mounted is told, and is no failure of status."""
    install(m)
    assert m("load", "debian").code == 0
    older(m, m.second)
    told = m("status", "--all-esps")
    lines = told.out.splitlines()
    n, second = lines.index(f"esp       {m.second}"), f"ukiload   0.1, {m.on(m.second)}; this package is {VERSION}"
    assert told.code == 0 and lines[:2] == [f"esp       {m.esp}", f"ukiload   {VERSION}, {m.on(m.esp)}"], told
    assert lines[n + 1].startswith(second) and 'by firmware: "ukiload test db"' in lines[n + 2], told
    assert lines[n + 3].startswith("policy ") and lines[n + 4:] == m("status").out.splitlines()[n - 1:], told
    found, plain = m("status", "--all-esps", "--json").json, m("status", "--json").json
    listed = m("list", "--all-esps", "--json").json["esps"]
    assert found.pop("esps") == [{key: one[key] for key in ("esp", "ukiload")} for one in listed] and found == plain
    shutil.rmtree(m.second / "EFI/ukiload")
    assert m("status", "--all-esps").out.splitlines()[n + 1].startswith("ukiload   not installed")
    shutil.rmtree(m.second)
    assert f"mount {m.second}" in m("status", "--all-esps").out
    m.fstab("/efi")
    assert m("status", "--all-esps").out == m("status").out
    assert m("status", "--all-esps", "--esp-path", m.esp).code == 2


def test_another_version_that_stays_on_another_esp_is_named(m: Mirror) -> None:
    """By install and update, with what brings it along; the same version is no news, nor is another program."""
    install(m, "--all-esps")
    for verb in ("install", "update"):
        assert str(m.second) not in m(verb, "--image", m.image).out, verb
    older(m, m.second)
    want = f"{m.on(m.second)}: ukiload 0.1 on another ESP of this machine stays; ukictl update --all-esps brings it to"
    for verb in ("install", "update"):
        assert want in m(verb, "--image", m.image).out, verb
    assert want not in m("update", "--image", m.image, "--all-esps", "--dry-run").out, "it has its turn"
    m.on(m.esp).unlink()
    for words in ((), ("--json",)):
        assert want in m("update", "--image", m.image, *words).out, "also where nothing is to update"
    assert m("update", "--image", m.image, "--all-esps").code == 0
    assert m.on(m.second).read_bytes() == m.image.read_bytes()
    m.on(m.second).write_bytes(b"theirs")
    assert str(m.second) not in m("install", "--image", m.image).out


def test_remove_names_what_stays_on_another_esp(m: Mirror) -> None:
    """And a script asks for all ESPs at once: what goes, or nothing at all; a dry run says just what then goes."""
    install(m, "--all-esps")
    m.set("UkiloadLast", UKILOAD, b"id=x\nresult=confirmed\n")
    ask = ("remove", "--all-esps", "--dry-run", "--quiet")
    told = m(*ask)
    assert told.code == 0 and all(str(m.on(esp)) in told.out for esp in (m.esp, m.second)), told
    would, did = (m("remove", "--all-esps", *more, "--json").json["esps"] for more in (("--dry-run",), ()))
    assert [{**one, "written": True} for one in would] == did and not any(one["kept"] for one in did)
    assert m(*ask).out == m(*ask).err == "" and m.get("UkiloadLast") is None
    install(m, "--all-esps")
    told = m("remove")
    assert f"{m.on(m.second)}: on another ESP of this machine; ukictl remove --all-esps takes it" in told.out, told
    assert str(m.on(m.second)) in m(*ask).out and str(m.on(m.esp)) not in m(*ask).out
    assert m("remove", "--all-esps", "--quiet").out == "" and not m.on(m.second).exists()
    shutil.rmtree(m.second)
    told = m(*ask)
    assert told.code == 8 and told.out == "" and f"mount {m.second}" in told.err, told


def test_the_package_says_what_stays_on_each_esp(m: Mirror) -> None:
    """Of Debian, as dpkg runs it, and what the other ones run; nothing where there is nothing."""
    (m.root.parent / "ukictl").write_text(
        f'#!/bin/sh\n[ "$1" = kexec ] || exec {UKICTL} "$@" --root {m.root}\necho "$@" >>{m.root.parent}/kexec\n')
    (m.root.parent / "ukictl").chmod(0o755)
    (m.root / "sys/firmware/efi/efivars").mkdir(parents=True, exist_ok=True)
    prerm = (ROOT / "debian/prerm").read_text() + "exit"
    arch = (ROOT / "packaging/ukiload.install").read_text() + "pre_remove"
    spec = (ROOT / "packaging/ukiload.spec").read_text().partition("\n%systemd_preun")[2]
    spec = spec.partition("\n%")[0].partition("\n")[2]
    scripts = [text.replace("/sys/firmware", f"{m.root}/sys/firmware") for text in (prerm, arch, spec)]
    for installed in (True, False):
        install(m, "--all-esps") if installed else m("remove", "--all-esps")
        for text, word in zip(scripts, ("remove", "", "0"), strict=True):
            env = {**os.environ, **m.preloaded(), "PATH": f"{m.root.parent}:{os.environ['PATH']}"}
            done = subprocess.run(["sh", "-e", "-c", text, "sh", word], capture_output=True, text=True, check=True,
                                  env=env)
            assert all((str(m.on(esp)) in done.stdout) == installed for esp in (m.esp, m.second)), done
            assert ("ukictl remove --all-esps" in done.stdout) == installed and done.stderr == "", done
    assert (m.root.parent / "kexec").read_text() == "kexec disable --quiet\n" * 6


def test_one_that_is_mounted_twice_is_one(m: Mirror) -> None:
    """A bind mount of the first, in fstab too."""
    m.devices[str(m.second)] = "8:1"
    assert [one["esp"] for one in install(m, "--all-esps")["esps"]] == [str(m.esp)]
    assert len(m.ours()) == 1


@pytest.mark.parametrize("words", [("--all-esps",), ("--esp-path",)])
def test_automount_is_mounted_before_it_is_judged(m: Mirror, words: tuple[str, ...]) -> None:
    """Again and again: the entry is known for ours, also where the ESP has gone to sleep in between."""
    m.devices[str(m.second)] = "0:50 8:17"
    more = (*words, m.second) if "--esp-path" in words else words
    install(m, *more)
    first = m.ours()
    install(m, *more)
    assert m.ours() == first and len(m.leads_to(TWO)) == 1
    m.lies_on(m.second, "8:17", ONE)
    m.devices[str(m.second)] = "0:50 8:17"
    done = m("install", "--image", m.image, "--all-esps")
    assert done.code == 8 and "sgdisk --partition-guid" in done.err, done


def test_the_partuuid_of_a_copied_disk_is_told(m: Mirror) -> None:
    """After dd of the whole disk firmware cannot tell them apart."""
    m.lies_on(m.second, "8:17", ONE)
    done = m("install", "--image", m.image, "--all-esps", "--json")
    assert done.code == 8 and ONE in done.err and "sgdisk --partition-guid" in done.err
    assert len(m.leads_to(ONE)) == 1 and m.on(m.esp).exists() and not m.on(m.second).exists()
    assert "error" in done.json["esps"][1] and done.json["exit"] == 8


def test_one_that_is_not_mounted_is_told_and_does_not_stop_the_other(m: Mirror) -> None:
    """As after the loss of a disk."""
    shutil.rmtree(m.second)
    done = m("install", "--image", m.image, "--all-esps")
    assert done.code == 8 and f"mount {m.second}" in done.err
    assert len(m.leads_to(ONE)) == 1 and m.on(m.esp).exists()
    assert m("update", "--image", m.image, "--all-esps", "--graceful").code == 0, "said, but no failure"
    done = m("remove", "--all-esps")
    assert done.code == 8 and not m.ours() and not m.on(m.esp).exists()


def test_a_missing_key_on_one_hides_no_fault_of_another(m: Mirror) -> None:
    """ukiload-update.service takes 6 for no fault."""
    install(m, "--all-esps")
    older(m, m.esp, m.second)
    assert m("update", "--all-esps", "--image", IMAGE).code == 6
    shutil.rmtree(m.second)
    assert m("update", "--all-esps", "--image", IMAGE).code == 8


def test_the_option_and_the_name_of_one_do_not_go_together(m: Mirror) -> None:
    """--all-esps --esp-path=DIR."""
    assert m("remove", "--all-esps", "--esp-path", m.second).code == 2


def test_second_esp_failing_at_each_write(tmp_path: Path, preload: dict[str, Path]) -> None:
    """Whatever write fails there: the first is done whole, the code says so, the ESP is named, and doing it again is
    enough."""
    at, calls = 0, [""]
    while at <= len(calls):
        m = Mirror(tmp_path / str(at), preload)
        log = tmp_path / f"{at}.log"
        done = m("install", "--image", m.image, "--all-esps", env={
            "LD_PRELOAD": str(preload["fail_calls"]), "FAIL_LOG": str(log), "FAIL_AT": str(at), "FAIL_ERRNO": "28",
            "FAIL_UNDER": str(m.second)})
        if at == 0:
            assert done.code == 0, done.err
            calls = log.read_text(encoding="utf-8").split()
        else:
            assert done.code == 1 and f"{m.second}: not done there" in done.err, (at, done)
            assert not m.on(m.second).exists() and not m.leads_to(TWO), (at, calls[at - 1])
        assert m.on(m.esp).exists() and len(m.leads_to(ONE)) == 1
        assert m("load", "debian").code == 0 and m.boot_next == int(m.leads_to(ONE)[0][4:], 16)
        assert m("install", "--image", m.image, "--all-esps").code == 0
        assert len(m.leads_to(TWO)) == 1 and m.on(m.second).exists()
        shutil.rmtree(m.root.parent)
        at += 1
    assert len(calls) > 3, calls


def test_mirror_has_one_set_of_files_and_an_entry_for_each_member(m: Mirror) -> None:
    """RAID 1 with its superblock at the end; with --all-esps as without."""
    m.raid()
    before = m.everything()
    told = install(m)
    assert told["entries"] == [*m.leads_to(ONE), *m.leads_to(TWO)] and len(told["entries"]) == 2
    assert m("load", "debian").code == 0
    assert install(m)["entry_changed"] is False
    assert install(m, "--all-esps")["esps"][0]["entries"] == told["entries"]
    assert m("unload").code == 0
    assert m("remove").code == 0
    assert m.everything() == before


def test_dry_run_of_a_mirror_names_two_numbers(m: Mirror) -> None:
    """Each entry has a number of its own, also where none is written."""
    m.raid()
    assert len(set(install(m, "--dry-run")["entries"])) == 2 and not m.ours()


def test_mirror_that_lacks_a_member(m: Mirror) -> None:
    """A degraded array: one entry and a note; a failed member is no way to boot; repaired, install adds the other."""
    for states in (("in_sync",), ("in_sync", "faulty"), ("in_sync", "spare")):
        m.raid(states=states)
        told = install(m)
        assert told["entries"] == m.leads_to(ONE) and not m.leads_to(TWO)
        assert any("mirror is missing" in note for note in told["notes"]), told
        (m.second).mkdir(parents=True)
    m.raid()
    assert len(install(m)["entries"]) == 2 and len(m.leads_to(TWO)) == 1


@pytest.mark.parametrize("how", [{"metadata": "1.2"}, {"metadata": "1.1"}, {"level": "raid0"}, {"level": "raid5"}])
def test_raid_that_firmware_cannot_read(m: Mirror, how: dict[str, str]) -> None:
    """Nothing is written to it."""
    m.raid(**how)
    before = m.everything()
    for more in ((), ("--all-esps",), ("--esp-path", m.esp)):
        done = m("install", "--image", m.image, *more)
        assert done.code == 8 and "--metadata=1.0" in done.err, done
    assert m.everything() == before


def test_members_with_one_partuuid_share_the_entry(m: Mirror) -> None:
    """As after sgdisk --replicate of the partition table: the one entry leads to whichever disk is there."""
    m.raid()
    m.partition("8:17", ONE)
    told = install(m)
    assert told["entries"] == m.leads_to(ONE) and len(m.ours()) == 1, told
    assert not any("mirror is missing" in note for note in told["notes"]), told
    again = install(m)
    assert again["entries"] == told["entries"] and again["entry_changed"] is False
    assert m("remove").code == 0 and not m.ours()


@pytest.mark.parametrize(("level", "metadata", "code"), [
    ("raid1", "1.0", 0), ("raid1", "0.90", 0), ("raid1", "1.1", 8), ("raid1", "1.2", 8), ("raid5", "1.0", 8),
    ("raid5", "external:/md127/0", 0)])
def test_partition_of_a_raid_of_whole_disks(m: Mirror, level: str, metadata: str, code: int) -> None:
    """It is read as its disk is; what firmware itself assembles is a disk like any other."""
    m.raid(level=level, metadata=metadata)
    disk = m.root / "sys/devices/md127"
    disk.parent.mkdir()
    (m.root / f"sys/dev/block/{RAID}").rename(disk)
    (disk / "md127p1").mkdir()
    (m.root / "sys/dev/block/259:3").symlink_to("../../devices/md127/md127p1")
    m.devices = {}
    m.lies_on(m.esp, "259:3", OTHER)
    before = m.everything()
    done = m("install", "--image", m.image)
    assert done.code == code, done
    if code:
        assert "--metadata=1.0" in done.err and m.everything() == before
    else:
        assert len(m.leads_to(OTHER)) == 1


@pytest.mark.parametrize("verb", ["update", "remove"])
@pytest.mark.parametrize("bad", [0, 1])
def test_one_esp_failing_at_each_write_of_a_verb(tmp_path: Path, preload: dict[str, Path], verb: str, bad: int) -> None:
    """Whichever it is, the other one is done; a file that stays is named, so says the exit code, and again
    is enough."""
    at, calls = 0, [""]
    while at <= len(calls):
        m = Mirror(tmp_path / str(at), preload)
        install(m, "--all-esps")
        words = (verb, "--all-esps", *(("--image", m.image) if verb == "update" else ()))
        esps, log = (m.esp, m.second), tmp_path / f"{at}.log"
        older(m, *esps)
        done = m(*words, env={"LD_PRELOAD": str(preload["fail_calls"]), "FAIL_LOG": str(log), "FAIL_AT": str(at),
                              "FAIL_ERRNO": "30", "FAIL_UNDER": str(esps[bad])})
        if at == 0:
            calls = log.read_text(encoding="utf-8").split()
        assert done.code == (1 if f"{esps[bad]}: not done there" in done.err else 0), (at, done)
        for esp in esps if done.code == 0 else (esps[1 - bad],):
            assert m.on(esp).read_bytes() == m.image.read_bytes() if verb == "update" else not m.on(esp).exists(), at
        assert m(*words).code == 0
        assert len(m.ours()) == (2 if verb == "update" else 0) and m.on(esps[bad]).exists() == (verb == "update")
        shutil.rmtree(m.root.parent)
        at += 1
    assert len(calls) > 2, calls
