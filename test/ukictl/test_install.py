# SPDX-License-Identifier: BSD-2-Clause
"""install, remove and list."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from conftest import UKICTL, put
from lab import boot_images, keys, pe_edit
from lab.arch import HOST, X64
from lab.packages import VERSION
from lab.uki import addon
from machine import GLOBAL, IMAGE, LOADER, MENU, PATH, SHIM_PATH, UKILOAD, Machine, ucs2


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, install=False)


def test_one_image_one_folder_one_entry_and_all_gone_again(m: Machine) -> None:
    """One image, one folder, one entry; and all gone again."""
    before, folders = m.everything(), sorted(m.root.rglob("*"))
    done = m("install", "--image", m.image, "--json")
    assert done.code == 0, done.err
    assert m.installed.read_bytes() == m.image.read_bytes()
    assert (m.esp / "EFI/ukiload/addons").is_dir()
    assert m.menu.read_text() == MENU
    assert m.get("BootOrder", GLOBAL) == struct.pack("<HH", 1, 0), "the entry is not in it"
    assert m.get(f"Boot{m.entry:04X}", GLOBAL).endswith(ucs2("ukiload.oneshot"))
    assert m.entry == 2
    assert done.json["entry"] == "Boot0002"
    installed = m.everything()
    assert set(installed) - set(before) == {"efi/EFI/ukiload/ukiloadx64.efi", "efi/loader/entries/ukiload.conf",
                                            f"sys/firmware/efi/efivars/Boot0002-{GLOBAL}"}
    again = m("install", "--image", m.image, "--json")
    assert not again.json["addons_made"]
    assert not any(again.json[f"{what}_changed"] for what in ("image", "entry", "menu"))
    assert m.everything() == installed
    assert m("load", "debian").code == 0
    m.set("UkiloadLast", UKILOAD, b"id=x\nresult=confirmed\n")
    assert m("remove", "--dry-run").code == 0
    assert set(installed) <= set(m.everything())
    assert m("remove").code == 0
    assert m.everything() == before
    assert sorted(m.root.rglob("*")) == folders
    assert m("remove").out == "nothing of ukiload is here\n"


def test_dry_run_writes_nothing(m: Machine) -> None:
    """install --dry-run."""
    before, folders = m.everything(), sorted(m.root.rglob("*"))
    done = m("install", "--image", m.image, "--dry-run")
    assert done.code == 0 and "would be written" in done.out
    assert m.everything() == before
    assert sorted(m.root.rglob("*")) == folders


# Name and number of the other architecture.
OTHER, NUMBER = ("aarch64", 0xAA64) if HOST == X64 else ("x86_64", 0x8664)


def _for_other(image: Path) -> Path:
    return pe_edit.edited(image, pe_edit.set_machine(NUMBER), sign="db")


def test_an_image_for_another_machine_is_neither_installed_nor_armed(m: Machine) -> None:
    """As one copies it from the other build folder."""
    words = f"is for {OTHER}, but this firmware is {HOST.name}: install the image for this machine"
    before = m.everything()
    for more in ((), ("--force",)):
        done = m("install", "--image", _for_other(IMAGE), *more)
        assert done.code == 5 and f".efi: {words}" in done.err, done
    assert m.everything() == before
    assert m("install", "--image", m.image).code == 0
    (m.esp / "EFI/Linux/other.efi").write_bytes(_for_other(m.esp / "EFI/Linux/debian.efi").read_bytes())
    done = m("load", "other")
    assert done.code == 5 and f"other.efi: machine: {OTHER}, which is not this machine's" in done.err, done
    m.installed.write_bytes(_for_other(IMAGE).read_bytes())
    done = m("load", "debian")
    assert done.code == 5 and f"ukiload{HOST.efi}.efi: machine: {OTHER}, which is not this machine's" in done.err, done
    assert m.request is None and m.boot_next is None


def test_through_shim_the_entry_has_a_nul_at_its_end(tmp_path: Path) -> None:
    """Where the machine boots through shim, with a NUL at the end: without it shim starts its default loader."""
    m = Machine(tmp_path, shim=True)
    data = m.get(f"Boot{m.entry:04X}", GLOBAL)
    assert data.endswith(ucs2(f"{PATH} ukiload.oneshot"))
    assert ucs2(SHIM_PATH)[:-2] in data
    done = m("load", "debian", "--json")
    assert done.code == 0 and "through shim" in done.json["way"]
    before = m.everything()
    done = m("install", "--image", m.image, "--shim", "none")
    assert done.code == 6 and "nothing was written" in done.err and m.everything() == before
    done = m("install", "--image", m.image, "--shim", "none", "--force", "--json")
    assert "shim" not in done.json
    assert any("NOT start" in note for note in done.json["notes"]), "db does not have this key"
    assert m("load", "debian").code == 6
    assert m("install", "--image", m.image, "--shim", "/EFI/Linux/debian.efi").code == 2
    assert m("install", "--image", m.image, "--shim", SHIM_PATH.replace("\\", "/")).code == 0
    assert m("load", "debian").code == 0


def test_mok_does_not_count_without_shim(tmp_path: Path) -> None:
    """An image that shim would take, in a boot that does not meet shim."""
    m = Machine(tmp_path)
    m.set("MokListRT", "605dab50-e046-4300-abb6-3dd810dd8b23", Machine(tmp_path / "s", shim=True).get(
        "MokListRT", "605dab50-e046-4300-abb6-3dd810dd8b23"), 6)
    m.uki("mok.efi", sign="mok")
    done = m("load", "mok")
    assert done.code == 6, done.err


def test_shim_16_0_and_the_kernel_inside(tmp_path: Path) -> None:
    """It starts only kernels with a signature of their own; that matters where ukiload takes the stub's role."""
    m = Machine(tmp_path, shim=True)
    m.policy("loglevel=? unsigned\n")
    assert m("load", "debian", "--append", "loglevel=7").code == 0
    shim = m.esp / SHIM_PATH.lstrip("\\").replace("\\", "/")
    version = shim.read_bytes()
    assert version.count(b"$Version: 16.1 $") == 1
    shim.write_bytes(version.replace(b"$Version: 16.1 $", b"$Version: 16.0 $"))
    done = m("load", "debian", "--append", "loglevel=7")
    assert done.code == 6 and "16.0" in done.err
    assert m("load", "debian").code == 0
    m.policy("loglevel=?\n")
    m.uki("new.efi", osrel="ID=debian\nVERSION_ID=99\n", stub="stub252")
    assert m("list", "--json").json["images"][0]["default"]
    m.standing("log", "loglevel=7")
    images = m("list", "--json").json["images"]
    assert "16.0" in images[0]["reason"] and not any(item["default"] for item in images), images
    assert "tries no other" in m("list").out


@pytest.mark.parametrize("spoil", ["nul", "options", "inactive", "path"])
def test_entry_that_is_not_right(m: Machine, spoil: str) -> None:
    """load says so, install repairs it under the same number."""
    m("install", "--image", m.image)
    number, good = m.entry, m.get(f"Boot{m.entry:04X}", GLOBAL)
    if spoil == "nul":
        bad = good[:-2]
    elif spoil == "options":
        bad = good.replace("oneshot".encode("utf-16-le"), "onething"[:7].encode("utf-16-le"))
    elif spoil == "inactive":
        bad = struct.pack("<L", 0) + good[4:]
    else:
        bad = good.replace("x64.efi".encode("utf-16-le"), "x64.EFX".encode("utf-16-le"))
    m.set(f"Boot{number:04X}", GLOBAL, bad)
    done = m("load", "debian")
    assert done.code == 8 and "ukictl install" in done.err
    assert m("install", "--image", m.image).code == 0
    if spoil != "path":
        assert m.get(f"Boot{number:04X}", GLOBAL) == good
    assert m("load", "debian").code == 0


def test_entries_of_others_stay(m: Machine) -> None:
    """Neither a title nor a path alone makes one ours."""
    m("install", "--image", m.image)
    ours = m.get(f"Boot{m.entry:04X}", GLOBAL)
    m.set("Boot0007", GLOBAL, ours.replace(ucs2("ukiload")[:-2] + b"\0\0", ucs2("my-load")[:-2] + b"\0\0", 1))
    m.set("Boot0008", GLOBAL, ours.replace("ukiloadx64".encode("utf-16-le"), "anotherx64".encode("utf-16-le")))
    m.set("Boot0009", GLOBAL, b"\1\2\3")
    m.set("Boot000A", GLOBAL, ours)
    m.set("BootOrder", GLOBAL, struct.pack("<HHHH", 1, 0xA, 7, 2))
    assert m("install", "--image", m.image).code == 0
    assert m.get("Boot000A", GLOBAL) is None, "a second one of ours"
    assert m.get("BootOrder", GLOBAL) == struct.pack("<HH", 1, 7), "neither ours nor one that is not there"
    assert m("remove").code == 0
    assert m.get("Boot0007", GLOBAL) and m.get("Boot0008", GLOBAL) and m.get("Boot0009", GLOBAL)
    assert m.get("Boot0002", GLOBAL) is None


def test_an_entry_without_an_end_is_passed_over(m: Machine, tmp_path: Path) -> None:
    """libefiboot would read on behind it: it is not asked. The number is taken all the same."""
    library = tmp_path / "only_whole_paths.so"
    source = Path(__file__).with_name("only_whole_paths.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    node = struct.pack("<BBH", 4, 4, 16) + ucs2("x.efi")
    for path in (b"", node, node[:-1], node + b"\x04\x04\xff\xff", node + bytes(4), b"\x7f\xff\x04"):
        m.set("Boot0002", GLOBAL, struct.pack("<LH", 1, len(path)) + ucs2("!") + path)
        done = m("list", env={"LD_PRELOAD": str(library)})
        assert done.code == 0, (path, done)
    m.set("Boot0002", GLOBAL, struct.pack("<LH", 1, 999) + ucs2("!") + node)
    assert m("install", "--image", m.image, env={"LD_PRELOAD": str(library)}).code == 0 and m.entry == 3


@pytest.mark.parametrize("verb", ["install", "remove"])
def test_a_boot_order_of_our_entry_alone_goes(m: Machine, verb: str) -> None:
    """Firmware has no variables of no bytes: it deletes them, and a write of one does not read back."""
    m("install", "--image", m.image)
    m.set("BootOrder", GLOBAL, struct.pack("<H", m.entry))
    assert m(verb, *(["--image", m.image] if verb == "install" else [])).code == 0
    assert m.get("BootOrder", GLOBAL) is None


def test_foreign_file_in_our_place(m: Machine) -> None:
    """Neither overwritten nor removed."""
    for stranger in (m.installed, m.old, m.menu):
        stranger.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(m.esp / "EFI/Linux/debian.efi", stranger)
        content = stranger.read_bytes()
        assert m("install", "--image", m.image).code == (0 if stranger == m.old else 1)
        assert stranger.read_bytes() == content
        assert m("remove").code == 0
        assert stranger.read_bytes() == content
        stranger.unlink()


def test_remove_keeps_addons_and_finds_counted_images(m: Machine) -> None:
    """The administrator's addons are not ours; the image is, whatever systemd-boot has called it."""
    m("install", "--image", m.image)
    addon = m.pool("kdump", "crashkernel=256M")
    shutil.copy(m.installed, m.esp / "EFI/Linux/ukiload+2-1.efi")
    shutil.move(m.menu, m.menu.with_name("ukiload+1-2.conf"))
    done = m("remove", "--json")
    assert done.code == 0
    assert not list(m.esp.rglob("ukiload*.*"))
    assert addon.exists()
    assert any("addons" in name for name in done.json["kept"])


def test_remove_in_a_boot_that_ukiload_started(m: Machine) -> None:
    """The status is volatile: firmware lets nobody delete it, and it is gone with this boot. That is no failure."""
    assert m("install", "--image", m.image).code == 0 and m("load", "debian").code == 0
    m.fire("started", cmdline="console=ttyS0 quiet")
    done = m("remove")
    assert done.code == 0, done.err
    assert "UkiloadLast" in done.out and "UkiloadStatus" not in done.out
    assert m.get("UkiloadLast") is None and m.get("UkiloadStatus") is not None


def test_remove_takes_back_what_is_ours_and_armed(m: Machine) -> None:
    """Both ways, and only ours."""
    m("install", "--image", m.image)
    m("load", "debian")
    m.set("LoaderEntryOneShot", LOADER, ucs2("windows.conf"))
    assert m("remove").code == 0
    assert m.boot_next is None and m.request is None
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("windows.conf")


def _read_only(m: Machine, verb: str) -> subprocess.CompletedProcess[str]:
    """A verb on this machine while its ESP is mounted read-only."""
    mounted = f"mount --bind {m.esp} {m.esp} && mount -o remount,bind,ro {m.esp} && exec {UKICTL} {verb} --root {m.root}"
    # Root mounts by itself: in a chroot, as packages are built in, there are no user namespaces.
    alone = "-m" if os.geteuid() == 0 else "-rm"
    return subprocess.run(["unshare", alone, "sh", "-c", mounted], capture_output=True, text=True, check=False)


def test_remove_with_an_esp_that_is_read_only(m: Machine) -> None:
    """All or nothing: without the variables an image that stays behind would have nothing that leads to it."""
    assert m("install", "--image", m.image).code == 0 and m("load", "debian").code == 0
    before = m.everything()
    done = _read_only(m, "remove")
    assert done.returncode == 1 and "read-only" in done.stderr, done
    assert m.everything() == before
    assert _read_only(m, "remove --dry-run").returncode == 0


def test_install_signs_and_says_what_the_machine_thinks_of_the_key(m: Machine) -> None:
    """--sign-key and --sign-cert, and what the machine thinks of the key."""
    before = m.everything()
    done = m("install", "--image", IMAGE)
    assert done.code == 6 and "nothing was written" in done.err and m.everything() == before
    assert done.err.count("sign it") == 1 and "--sign-key" in done.err, "one advice"
    assert m("install", "--image", IMAGE, "--sign-key", "/nothere", "--sign-cert", "/nothere").code == 1
    assert any("NOT start" in note for note in m("install", "--image", IMAGE, "--force", "--json").json["notes"])
    assert m("load", "debian").code == 6
    done = m("install", "--image", IMAGE, "--sign-key", keys.key_file("db"), "--sign-cert", keys.cert_file("db"),
             "--json")
    assert done.code == 0, done.err
    assert any("vouched for by" in note for note in done.json["notes"])
    assert m("load", "debian").code == 0
    assert m("install", "--image", IMAGE, "--sign-key", keys.key_file("db")).code == 2


def test_the_same_program_keeps_its_signature(m: Machine) -> None:
    """An install without a key must not undo one with a key; signing again would only change a time in it."""
    signing = ("--sign-key", keys.key_file("db"), "--sign-cert", keys.cert_file("db"))
    assert m("install", "--image", IMAGE, *signing).code == 0
    installed = m.everything()
    for more in ((), signing):
        done = m("install", "--image", IMAGE, *more, "--json")
        assert done.code == 0 and not done.json["image_changed"], done.err
        assert m.everything() == installed
    assert m("load", "debian").code == 0


def test_the_policy_stays(m: Machine) -> None:
    """Of the machine, over each new version of the program; what changes is said rule by rule."""
    signing = ("--sign-key", keys.key_file("db"), "--sign-cert", keys.cert_file("db"))
    m.policy("debug\nnosmt   # two\n")
    assert m("install", "--image", IMAGE).code == 0, "the same program, with this policy, is there and signed"
    own = m("install", "--image", IMAGE, *signing, "--policy", "image", "--json")
    assert {"- nosmt", "+ quiet"} < set(own.json["policy_changes"]) and own.json["policy"] == "the image's own"
    assert "+ console=ttyS?,* repeat" in own.json["policy_changes"] and "- debug" not in own.json["policy_changes"]
    (m.root / "etc/ukiload").mkdir(parents=True)
    (m.root / "etc/ukiload/policy").write_text("@version 1\nquiet\n")
    done = m("install", "--image", IMAGE, *signing, "--json")
    assert done.json["policy"] == "/etc/ukiload/policy" and "- nosmt" not in done.json["policy_changes"]
    installed = m("load", "debian", "--append", "debug")
    assert installed.code == 7, "the policy of /etc has no such rule"
    named = ("--policy", m.root / "etc/ukiload/policy")
    assert m("install", "--image", IMAGE, *signing, *named, "--json").json["policy_changes"] == []
    done = m("install", "--image", m.image)
    assert done.code == 7 and "is signed, so that no other policy can be put into it" in done.err
    (m.root / "etc/ukiload/policy").write_text("@version 1\nquiet nonsense\n")
    done = m("install", "--image", IMAGE, *signing)
    assert done.code == 5 and "line 2" in done.err


def test_image_builders(m: Machine) -> None:
    """A root folder without EFI variables: only the files, and what cannot be told is said."""
    shutil.rmtree(m.vars)
    assert m("install", "--image", IMAGE).code == 8
    done = m("install", "--image", IMAGE, "--graceful")
    assert done.code == 0 and "no EFI variables" in done.err
    done = m("install", "--image", IMAGE, "--no-variables", "--json")
    assert done.code == 0 and done.json["image_changed"] and "entry" not in done.json, done.err
    assert any("cannot be told here" in note for note in done.json["notes"])
    assert m.installed.read_bytes() == IMAGE.read_bytes()
    assert not m.vars.exists()


def test_a_system_that_is_being_built_has_files_alone(m: Machine, tmp_path: Path) -> None:
    """list, addon and remove work on them, and what cannot be told is said; what is about variables is refused."""
    shutil.rmtree(m.vars)
    before = m.everything()
    assert m("install", "--image", IMAGE, "--no-variables").code == 0
    file = put(addon("loglevel=5", sign=m.key), tmp_path / "log.addon.efi")
    done = m("addon", "install", file, "--always")
    assert done.code == 0 and "its signature is not judged here, without EFI variables" in done.out
    listed = m("list")
    assert listed.code == 0 and "trusted   cannot be told here, without EFI variables" in listed.out
    assert '\\loader\\addons\\log.addon.efi: admitted "loglevel=5"' in listed.out
    assert m("list", "--json").json["ukiload"]["trusted_by"] == "unasked"
    assert "admitted" in m("addon", "list").out and m("addon", "show", "log").code == 0
    for words in (("load", "debian"), ("exec",), ("kdump",), ("addon", "promote"),
                  ("list", "--efivars", tmp_path / "none")):
        assert m(*words).code == 8
    assert m("addon", "remove", "log").code == 0
    assert m("remove").code == 0 and m.everything() == before and not m.vars.exists()


def test_another_certificate_changes_pcr_7_and_that_is_said(m: Machine) -> None:
    """Another certificate for ukiload than for the image."""
    m.set("MokListRT", "605dab50-e046-4300-abb6-3dd810dd8b23", b"", 6)
    done = m("install", "--image", m.image, "--json")
    assert any(note.startswith("PCR 7 stays") for note in done.json["notes"])


def test_only_ukiload_is_installed(m: Machine) -> None:
    """Only ukiload is installed."""
    assert m("install", "--image", m.esp / "EFI/Linux/debian.efi").code == 5
    assert m("install", "--image", m.root / "proc/cmdline").code == 5
    assert m("install", "--image", m.root / "nothere").code == 1
    assert m.variables().keys() & {f"Boot0002-{GLOBAL}"} == set()


def test_hidden_addons_are_said(m: Machine) -> None:
    """What the stock stub applies today and this policy will not."""
    m.standing("shell", "init=/bin/sh")
    m.standing("quiet", "loglevel=3")
    done = m("install", "--image", m.image, "--json")
    assert len(done.json["hides"]) == 1
    assert "shell.addon.efi" in done.json["hides"][0] and "control of PID 1" in done.json["hides"][0]


def test_an_entry_that_cannot_be_written_leaves_nothing(m: Machine) -> None:
    """The entry cannot be written."""
    (m.vars / f"Boot0002-{GLOBAL}").mkdir()
    (m.vars / f"Boot0002-{GLOBAL}/x").write_text("")
    for number in range(3, 5):
        assert m.get(f"Boot{number:04X}", GLOBAL) is None
    assert m("install", "--image", m.image).code == 0
    assert m.get("Boot0003", GLOBAL), "a number that is taken by whatever is passed over"


def test_list_has_ukiloads_order_and_verdicts(m: Machine) -> None:
    """In ukiload's order, each with its verdict."""
    m("install", "--image", m.image)
    m.uki("a.efi", osrel="ID=debian\nVERSION_ID=99\n")
    m.uki("b.efi", sign="unknown", osrel="ID=debian\nVERSION_ID=100\n")
    m.standing("shell", "init=/bin/sh")
    m.standing("log", "loglevel=3")
    m.pool("kdump", "crashkernel=256M")
    m.pool("evil", "init=/bin/sh")
    (m.esp / "EFI/Linux/text.efi").write_text("no image")
    found = m("list", "--json").json
    images = {item["image"]: item for item in found["images"]}
    assert set(images) == {f"\\EFI\\Linux\\{name}.efi" for name in ("a", "b", "debian")}
    assert images["\\EFI\\Linux\\b.efi"]["verdict"] == "refused"
    assert images["\\EFI\\Linux\\a.efi"]["verdict"] == "starts"
    assert [item["image"] for item in found["images"] if item["default"]] == ["\\EFI\\Linux\\a.efi"]
    verdicts = {item["path"].rsplit("\\")[-1]: item["verdict"] for item in images["\\EFI\\Linux\\a.efi"]["addons"]}
    assert verdicts == {"shell.addon.efi": "refused", "log.addon.efi": "admitted"}
    assert {item["name"]: item["verdict"] for item in found["addons"]} == {"kdump": "admitted", "evil": "refused"}
    text = m("list").out
    assert "* \\EFI\\Linux\\a.efi: starts" in text
    assert "--addon kdump: admitted" in text


def test_list_has_every_name_that_boots(m: Machine) -> None:
    """A name that no request can name starts all the same; load says why it cannot."""
    for name in ("Büro", "appliance_2.0~20261101", "with space", "LONGNA~1"):
        shutil.copy(m.esp / "EFI/Linux/debian.efi", m.esp / f"EFI/Linux/{name}.efi")
    images = {item["image"]: item["verdict"] for item in m("list", "--json").json["images"]}
    for name in ("Büro", "appliance_2.0~20261101", "with space", "LONGNA~1"):
        assert images[f"\\EFI\\Linux\\{name}.efi"] == "starts", images
    assert m("install", "--image", m.image).code == 0
    for name, why in (("Büro", "not printable ASCII, which a request cannot name"),
                      ("with space", "a blank in its path: rename it"),
                      ("LONGNA~1", "may be the short name of another file")):
        done = m("load", m.esp / f"EFI/Linux/{name}.efi")
        assert done.code == 5 and why in done.err, done.err
    assert m("load", m.esp / "EFI/Linux/appliance_2.0~20261101.efi").code == 0


def test_list_where_there_is_nothing(m: Machine) -> None:
    """Said."""
    (m.esp / "EFI/Linux/debian.efi").unlink()
    assert "no UKI" in m("list").out




def _config(m: Machine, path: str, text: str) -> None:
    (m.root / path).parent.mkdir(parents=True, exist_ok=True)
    (m.root / path).write_text(text)


def _places(m: Machine) -> dict[str, str]:
    """Where a machine's key may be -> what install says about it. One is put there at a time."""
    key, cert = keys.key_file("db"), keys.cert_file("db")
    return {"etc/ukiload.conf": f"# ours\nSecureBootPrivateKey={key}\nSecureBootCertificate = {cert}\n",
            "etc/kernel/uki.conf": "[UKI]\nSecureBootSigningTool=sbsign\n"
                                   f"SecureBootPrivateKey={key}\nSecureBootCertificate={cert}\n"}


@pytest.mark.parametrize("place", ["etc/ukiload.conf", "etc/kernel/uki.conf"])
def test_key_of_a_configuration(m: Machine, place: str) -> None:
    """ukify's keys, in ukiload's own file first."""
    _config(m, "etc/kernel/uki.conf", "SecureBootPrivateKey=/nothere\nSecureBootCertificate=/nothere\n")
    _config(m, place, _places(m)[place])
    done = m("install", "--image", IMAGE, "--json")
    assert done.code == 0, done.err
    assert f"signed with /{place} ({keys.key_file('db')}, by sbsign)" in done.json["notes"]
    assert m("load", "debian").code == 0


@pytest.mark.parametrize("key, cert, der", [
    ("var/lib/sbctl/keys/db/db.key", "var/lib/sbctl/keys/db/db.pem", False),
    ("var/lib/dkms/mok.key", "var/lib/dkms/mok.pub", True),
    ("var/lib/shim-signed/mok/MOK.priv", "var/lib/shim-signed/mok/MOK.der", True),
])
def test_key_where_a_tool_keeps_it(m: Machine, key: str, cert: str, der: bool) -> None:
    """DER too, which sbsign does not read."""
    _config(m, key, keys.key_file("db").read_text())
    _config(m, cert, "")
    (m.root / cert).write_bytes(keys.der("db") if der else keys.cert_file("db").read_bytes())
    done = m("install", "--image", IMAGE, "--json")
    assert done.code == 0, done.err
    assert any(note.startswith("signed with") and f"/{key}" in note for note in done.json["notes"])
    assert any("vouched for by" in note for note in done.json["notes"])


def test_a_key_that_this_machine_does_not_trust(m: Machine) -> None:
    """Found, said, and nothing is written."""
    key, cert = keys.key_file("unknown"), keys.cert_file("unknown")
    _config(m, "etc/ukiload.conf", f"SecureBootPrivateKey={key}\nSecureBootCertificate={cert}\n")
    before = m.everything()
    done = m("install", "--image", IMAGE)
    assert done.code == 6 and m.everything() == before
    _config(m, "etc/ukiload.conf", f"SecureBootPrivateKey={keys.key_file('db')}\n")
    done = m("install", "--image", IMAGE)
    assert done.code == 1 and "go together" in done.err


def _older(m: Machine) -> Path:
    """The program as an earlier version of the package had it."""
    data, old = IMAGE.read_bytes(), m.root.parent / "old.efi"
    now = f"VERSION_ID={VERSION}".encode()
    assert data.count(now) == 1
    old.write_bytes(data.replace(now, b"VERSION_ID=0.1"))
    return boot_images.sign(old, "db")


def test_update(m: Machine) -> None:
    """To this version, with the machine's policy and its way; and nothing where nothing is to do."""
    done = m("update", "--image", IMAGE)
    assert done.code == 0 and "not installed" in done.out
    assert m("update", "--image", IMAGE, "--json").json == {"installed": False, "ukictl": 1}
    assert m("install", "--image", _older(m), "--policy", "image").code == 0
    done = m("update", "--image", IMAGE)
    assert done.code == 6, "no key, and Secure Boot is on: the old one stays"
    assert b"VERSION_ID=0.1" in m.installed.read_bytes()
    _config(m, "etc/ukiload.conf", _places(m)["etc/ukiload.conf"])
    done = m("update", "--image", IMAGE, "--json")
    assert done.code == 0, done.err
    assert done.json["version"] == f"0.1 -> {VERSION}" and done.json["image_changed"] and not done.json["entry_changed"]
    assert m("load", "debian").code == 0 and m("unload").code == 0
    installed = m.everything()
    done = m("update", "--image", IMAGE, "--json")
    assert done.code == 0 and not done.json["image_changed"] and m.everything() == installed


def test_update_adds_no_entry(m: Machine) -> None:
    """Who starts ukiload by a loader entry of their own has none of firmware's, and wants none."""
    assert m("install", "--image", _older(m), "--no-variables").code == 0
    _config(m, "etc/ukiload.conf", _places(m)["etc/ukiload.conf"])
    done = m("update", "--image", IMAGE, "--json")
    assert done.code == 0 and done.json["image_changed"] and "entry" not in done.json, done.err
    assert m.get("Boot0002", GLOBAL) is None
