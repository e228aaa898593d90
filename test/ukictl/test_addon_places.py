# SPDX-License-Identifier: BSD-2-Clause
"""ukictl addon install, list, show, remove, promote: addons where they count."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import put
from lab.uki import addon
from machine import Machine

KDUMP = "crashkernel=256M"
POOL, ALWAYS, OWN = "EFI/ukiload/addons", "loader/addons", "EFI/Linux/debian.efi.extra.d"


def made(tmp_path: Path, machine: Machine, words: str | None = KDUMP, name: str = "kdump", **more: object) -> Path:
    """A signed addon that lies anywhere."""
    return put(addon(words, sign=more.pop("sign", machine.key), **more), tmp_path / f"{name}.addon.efi")


@pytest.mark.parametrize(("place", "folder"), [((), POOL), (("--once",), POOL), (("--always",), ALWAYS),
                                               (("--for", "debian"), OWN)])
def test_an_addon_is_put_where_it_counts(tmp_path: Path, place: tuple[str, ...], folder: str) -> None:
    """Judged, written, read back; a second time there is nothing to do; --dry-run writes nothing."""
    machine = Machine(tmp_path)
    file, target = made(tmp_path, machine), machine.esp / folder / "kdump.addon.efi"
    before = machine.everything()
    dry = machine("addon", "install", file, *place, "--dry-run")
    assert dry.code == 0 and "would be written" in dry.out and machine.everything() == before
    done = machine("addon", "install", file, *place)
    assert done.code == 0 and "written and read back" in done.out, done
    assert target.read_bytes() == file.read_bytes()
    said = machine("addon", "install", file, *place, "--json").json
    assert said["written"] is False and said["name"] == "kdump"
    standing = machine("list")
    assert ("for one boot" in standing.out) == (folder == POOL)
    if folder == POOL:
        assert "--addon kdump" in done.out and machine("load", "debian", "--addon", "kdump").code == 0
    else:
        assert "every boot of \\EFI\\Linux\\debian.efi" in done.out and "without ukiload" in done.out
        assert f'kdump.addon.efi: admitted "{KDUMP}"' in standing.out, standing.out


def test_what_would_be_refused_is_not_installed(tmp_path: Path) -> None:
    """Each kind with its code, by the judge of plan and verify; --force insists on all but the shape."""
    machine = Machine(tmp_path)
    for code, file in ((7, made(tmp_path, machine, "init=/bin/sh", "words")),
                       (6, made(tmp_path, machine, name="unsigned", sign=None)),
                       (6, made(tmp_path, machine, name="foreign", sign="mok")),
                       (7, made(tmp_path, machine, name="elsewhere", uname="1.2.3")),
                       (5, put(Path(__file__), tmp_path / "text.addon.efi"))):
        before = machine.everything()
        for place in ("--once", "--always"):
            done = machine("addon", "install", file, place)
            assert done.code == code and file.name in done.err, (file, done)
            assert machine.everything() == before
        forced = machine("addon", "install", file, "--once", "--force")
        assert forced.code == (5 if code == 5 else 0), forced
    nowhere = tmp_path / "nowhere.addon.efi"
    for words in (("install", nowhere), ("install", nowhere, "--force"), ("show", nowhere)):
        done = machine("addon", *words)
        assert done.code == 1 and done.err.count("nowhere.addon.efi") == 1, done


@pytest.mark.parametrize(("name", "once", "always"), [("a b", 2, 0), ("a+1", 2, 0), ("x" * 70, 2, 0), ("n\nl", 2, 2),
                                                      ("b\\c", 2, 2), ("q?", 2, 2), ("ä", 2, 2), (".h", 2, 2)])
def test_what_cannot_be_named_is_not_installed(tmp_path: Path, name: str, once: int, always: int) -> None:
    """By a request, or on FAT at all; --force does not help."""
    machine = Machine(tmp_path)
    file = made(tmp_path, machine, name=name)
    before = machine.everything()
    for more in ((), ("--force",)):
        done = machine("addon", "install", file, "--once", *more)
        assert done.code == once and machine.everything() == before, done
    assert machine("addon", "install", file, "--always", "--dry-run").code == always
    shown = machine("addon", "show", file, "--json").json
    assert shown["place"] == "file"
    done = machine("load", "debian", "--addon", name)
    assert done.code != 0 and machine.request is None, done
    done = machine("plan", "debian", "--addon", file)
    assert done.code == 7 and ": a request names an addon by 1 to 64 of" in done.err, done
    machine.pool("kdump", "crashkernel=1M")
    assert machine("addon", "install", made(tmp_path, machine), "--json").json["replaces"] is True
    assert machine("addon", "install", put(made(tmp_path, machine), tmp_path / "x.efi")).code == 2
    assert machine("addon", "install", made(tmp_path, machine), "--once", "--always").code == 2
    assert machine("addon", "install", made(tmp_path, machine), "--for", "nobody").code == 1


@pytest.mark.parametrize("name", ["x" * 245, "ä" * 122], ids=["ascii", "utf-8"])
def test_a_name_as_long_as_a_volume_takes_is_written(tmp_path: Path, name: str) -> None:
    """255 bytes: what is behind it until it is renamed must not make it longer."""
    machine, file = Machine(tmp_path), tmp_path / f"{name}.addon.efi"
    assert machine("addon", "make", "--unsigned", "--cmdline=loglevel=3", "-o", file).code == 0
    assert [path.name for path in tmp_path.glob("*.addon.efi*")] == [file.name]
    done = machine("addon", "install", put(addon("loglevel=3", sign=machine.key), file), "--always", "--json")
    assert done.code == (0 if name.isascii() else 2)


def test_what_stands_must_suit_each_image_and_what_is_picked_one(tmp_path: Path) -> None:
    """The words of one image, the policy of another that would not start any more."""
    machine = Machine(tmp_path)
    machine.uki("debian.efi", cmdline="quiet")
    machine.uki("other.efi", cmdline="quiet loglevel=3")
    file = made(tmp_path, machine, "loglevel=7", "loud")
    done = machine("addon", "install", file, "--always")
    assert done.code == 7 and "other.efi" in done.err and "--force" in done.err, done.err
    assert machine("addon", "install", file, "--for", "debian").code == 0
    assert machine("addon", "remove", "loud").code == 0
    picked = machine("addon", "install", file, "--once")
    assert picked.code == 0 and "other.efi: refused" in picked.out, picked.out
    machine.policy("@on-violation abort\nquiet\n")
    strict = machine("addon", "install", made(tmp_path, machine), "--for", "other")
    assert strict.code == 7 and not (machine.esp / "EFI/Linux/other.efi.extra.d").exists(), strict


def test_every_addon_of_every_place_is_listed(tmp_path: Path) -> None:
    """Place, words, signer, verdict; of packages, too."""
    machine = Machine(tmp_path)
    machine.pool("kdump", KDUMP)
    machine.pool("shell", "init=/bin/sh")
    machine.standing("debug", "debug")
    put(addon("ignore_loglevel", sign=None), machine.esp / OWN / "own.addon.efi")
    put(addon("debug", sign="db"), machine.esp / "EFI/Linux/gone.efi.extra.d/old.addon.efi")
    for folder in ("usr/lib/modules/6.1.0/vmlinuz-virt.efi.extra.d", "usr/lib/linux/extra.d",
                   "usr/lib/modules/uki.extra.d"):
        put(addon("console=hvc0", sign="db"), machine.root / folder / f"{Path(folder).parts[2]}.addon.efi")
    put(Path(__file__), machine.esp / ALWAYS / "broken.addon.efi")
    (machine.esp / POOL / "notes.txt").write_text("none")
    done = machine("addon", "list")
    assert done.code == 0, done
    listed = {(one["place"], one["name"]): one for one in machine("addon", "list", "--json").json["addons"]}
    verdicts = {key: one["verdict"] for key, one in listed.items()}
    assert verdicts == {
        ("once", "kdump"): "admitted", ("once", "shell"): "refused", ("always", "debug"): "admitted",
        ("always", "broken"): "refused", ("uki", "own"): "untrusted", ("uki", "old"): "not judged",
        ("vendor", "modules"): "admitted", ("vendor", "linux"): "admitted"}
    assert listed["once", "kdump"]["words"] == KDUMP and "db" in listed["once", "kdump"]["signer"]
    assert "control of PID 1" in listed["once", "shell"]["reason"] and listed["uki", "own"]["signer"] == ""
    assert "no UKI looks there" in listed["uki", "old"]["reason"]
    assert "/vmlinuz-virt.efi.extra.d (in packages" in done.out and f'kdump  "{KDUMP}", signed by' in done.out, done.out
    assert [one["name"] for one in machine("addon", "list", "--once", "--json").json["addons"]] == ["kdump", "shell"]


def test_one_addon_is_shown_with_all_that_it_says(tmp_path: Path) -> None:
    """By name or file: sections, SBAT, each word's verdict with the rule that is missing."""
    machine = Machine(tmp_path)
    machine.pool("two", "debug init=/bin/sh")
    for asked in ("two", machine.esp / POOL / "two.addon.efi"):
        done = machine("addon", "show", asked)
        assert done.code == 0 and ".cmdline" in done.out and "sbat,1," in done.out, done
        assert '"debug" admitted' in done.out and "missing: init=/bin/sh sensitive" in done.out, done.out
    shown = machine("addon", "show", "two", "--json").json
    assert [word["verdict"] for word in shown["policy"]] == ["admitted", "refused"]
    assert ".sbat" in [section["name"] for section in shown["sections"]]
    assert machine("addon", "show", "nobody").code == 1
    machine.standing("two", "quiet")
    assert machine("addon", "show", "two").code == 2


def test_what_is_no_image_has_no_sections(tmp_path: Path) -> None:
    """Nothing is said of it that some image had that was looked at before."""
    machine = Machine(tmp_path)
    machine.pool("kdump", KDUMP)
    done = machine("addon", "show", put(Path(__file__), tmp_path / "text.addon.efi"))
    assert done.code == 5 and "is not a PE image" in done.out and "sbat" not in done.out, done


def test_what_no_rule_can_allow_is_not_shown_as_admitted(tmp_path: Path) -> None:
    """The default policy has a rule that such a value fits."""
    machine = Machine(tmp_path)
    machine.pool("sly", "console=ttyS0,initrd=/x")
    shown = machine("addon", "show", "sly", "--json").json
    word, = shown["policy"]
    assert shown["verdict"] == word["verdict"] == "refused" and "rule" not in word
    assert "searches the whole line for" in word["reason"]


def test_an_addon_is_removed_by_name_from_one_place(tmp_path: Path) -> None:
    """Where the name stands twice the place is asked for."""
    machine = Machine(tmp_path)
    once, always = machine.pool("kdump", KDUMP), machine.standing("kdump", KDUMP)
    own = put(always, machine.esp / OWN / "kdump.addon.efi")
    assert machine("addon", "remove", "kdump").code == 2 and once.exists() and always.exists()
    assert machine("addon", "remove", "kdump", "--for", "debian").code == 0 and not own.exists() and once.exists()
    assert machine("addon", "remove", "kdump", "--always", "--dry-run").code == 0 and always.exists()
    assert machine("addon", "remove", "KDUMP.addon.efi", "--always").code == 0 and not always.exists() and once.exists()
    assert machine("addon", "remove", "kdump", "--json").json["removed"] is True and not once.exists()
    assert machine("addon", "remove", "kdump").code == 1


def reloaded(machine: Machine, line: str = f"quiet {KDUMP}", result: str = "started",
             uki: str = "\\EFI\\Linux\\debian.efi") -> None:
    """A boot that was armed with the addon kdump and came."""
    assert machine("load", "debian", "--addon", "kdump").code == 0
    machine.cmdline(line)
    machine.fire(result, cmdline=line, extra=f"uki={uki}\n"
                 "addon=\\EFI\\ukiload\\addons\\kdump.addon.efi admitted\n")


@pytest.mark.parametrize("blessed", [True, False])
def test_what_a_counted_image_has_used_is_kept(tmp_path: Path, blessed: bool) -> None:
    """The status has its name with the counter, which is gone from the file once the boot is good."""
    machine = Machine(tmp_path)
    once, counted = machine.pool("kdump", KDUMP), machine.esp / "EFI/Linux/debian+2-1.efi"
    image = machine.esp / "EFI/Linux/debian.efi"
    image.rename(counted.with_name("debian+3.efi"))
    reloaded(machine, uki=f"\\EFI\\Linux\\{counted.name}")
    counted.with_name("debian+3.efi").rename(image if blessed else counted)
    assert machine("confirm").code == 0
    done = machine("addon", "promote")
    assert done.code == 0 and not once.exists() and (machine.esp / ALWAYS / "kdump.addon.efi").exists(), done


@pytest.mark.parametrize(("place", "folder"), [((), ALWAYS), (("--for", "debian"), OWN)])
def test_what_a_confirmed_reload_has_used_is_kept(tmp_path: Path, place: tuple[str, ...], folder: str) -> None:
    """Moved, so that it stands once; the next default boot has it, by the plan of list."""
    machine = Machine(tmp_path)
    once = machine.pool("kdump", KDUMP)
    machine.pool("other", "debug")
    reloaded(machine)
    early = machine("addon", "promote", *place)
    assert early.code == 3 and "ukictl confirm" in early.err and once.exists()
    assert machine("confirm").code == 0
    assert machine("addon", "promote", *place, "--dry-run").code == 0 and once.exists()
    assert machine("addon", "promote", "other", *place).code == 3
    done = machine("addon", "promote", *place)
    assert done.code == 0 and not once.exists() and (machine.esp / folder / "kdump.addon.efi").exists(), done
    assert f'kdump.addon.efi: admitted "{KDUMP}"' in machine("list").out
    assert machine("addon", "promote", *place).code == 1, "it is not there any more"


def test_what_has_not_proved_itself_is_not_kept(tmp_path: Path) -> None:
    """No reload; a reload without the words; a file that was changed since."""
    machine = Machine(tmp_path)
    once = machine.pool("kdump", KDUMP)
    assert machine("addon", "promote").code == 3
    reloaded(machine, line="quiet crashkernel=64M")
    machine.cmdline("quiet")
    assert machine("addon", "promote").code == 7
    shutil.copy(addon(KDUMP, sign=machine.key), once)
    machine.cmdline("quiet crashkernel=64M")
    assert machine("confirm").code == 0
    changed = machine("addon", "promote")
    assert changed.code == 7 and "changed since" in changed.err and once.exists(), changed


def test_an_addon_lies_on_the_volume_of_the_image_that_it_is_for(tmp_path: Path) -> None:
    """The default image is on XBOOTLDR, another on the ESP; each has what is for it on its own volume."""
    machine, boot = Machine(tmp_path), tmp_path / "root/boot"
    put(machine.esp / "EFI/Linux/debian.efi", boot / "EFI/Linux/debian.efi")
    (machine.esp / "EFI/Linux/debian.efi").rename(machine.esp / "EFI/Linux/aaa.efi")
    file, where = made(tmp_path, machine), ("--boot-path", boot)
    for place, folder in (("--once", POOL), ("--always", ALWAYS)):
        done = machine("addon", "install", file, place, *where, "--json").json
        assert (done["xbootldr"], done["counts"]) == (True, ["\\EFI\\Linux\\debian.efi"]), done
        assert (boot / folder / "kdump.addon.efi").exists()
    assert machine("addon", "install", file, "--for", "aaa", *where, "--json").json["xbootldr"] is False
    assert (machine.esp / "EFI/Linux/aaa.efi.extra.d/kdump.addon.efi").exists()
    listed = machine("addon", "list", *where, "--json").json["addons"]
    assert [(one["place"], one["xbootldr"], one["verdict"]) for one in listed] == [
        ("once", True, "admitted"), ("always", True, "admitted"), ("uki", False, "admitted")], listed
    assert machine("load", "debian", "--addon", "kdump", *where).code == 0
    assert machine("addon", "remove", "kdump", "--for", "aaa", *where).code == 0
    assert machine("addon", "remove", "kdump", "--always", *where).code == 0
    assert not (boot / ALWAYS / "kdump.addon.efi").exists()


def test_a_name_that_no_request_can_say_is_said_to_be_one(tmp_path: Path) -> None:
    """And not that no UKI starts, for one does."""
    m = Machine(tmp_path)
    m.pool("my own", "loglevel=5")
    m.pool("x" * 65, "loglevel=5")
    found = m("addon", "list", "--json").json["addons"]
    assert len(found) == 2
    for one in found:
        assert one["verdict"] == "refused" and "ukiload.addon=" in one["reason"], one
