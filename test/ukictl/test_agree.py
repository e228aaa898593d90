# SPDX-License-Identifier: BSD-2-Clause
"""Host and firmware walk the same folder: what `ukictl load` and `list` say of an ESP, ukiload does with it on the
bench (test/firmware/ask.c).

For what a boot in QEMU would take minutes for: large files, many files. Words and images of all kinds are test/qemu's
to ask.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, Result, put, ukictl
from lab.uki import addon
from machine import Machine

MIB = 1 << 20
ASK = ROOT / "build" / "bench" / "ask"


@dataclass
class Firmware:
    """What a start on the bench came to."""

    started: str = ""
    line: str = ""
    refused: str = ""
    addons: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    """Secure Boot is off: the bench knows no real signatures."""
    m = Machine(tmp_path, secure_boot=False)
    set_policy(m, "loglevel=?\ncrashkernel=*\ndebug unsigned\n")
    return m


def set_policy(m: Machine, text: str) -> None:
    """For both."""
    m.policy(text)
    (m.root / "policy").write_text("@version 1\n" + text)


def firmware(m: Machine, *words: str) -> Firmware:
    """A start over this ESP."""
    done = subprocess.run([ASK, m.esp, f"policy={m.root / 'policy'}", *words], capture_output=True, text=True,
                          check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.partition(" ") for line in done.stdout.splitlines()]
    one = {key: value for key, _, value in said if key in ("started", "line", "refused")}
    return Firmware(**one, addons=tuple(value for key, _, value in said if key == "addon"),
                    skipped=tuple(value for key, _, value in said if key == "skipped"))


def requested(m: Machine, *words: str) -> tuple[Result, Firmware]:
    """`ukictl load debian` with these words, and what firmware makes of what it armed, or of the same words by hand."""
    done = m("load", "debian", *words, "--json")
    text = m.request
    if done.code != 0:
        text = f"ukiload.id=by-hand ukiload.via={m.entry:04X} ukiload.uki=\\EFI\\Linux\\debian.efi"
        for option, word in zip(words[::2], words[1::2], strict=True):
            text += f" ukiload.addon={word}" if option == "--addon" else f" {word}"
    return done, firmware(m, f"request={text}", f"current={m.entry:04X}")


def agree(done: Result, said: Firmware) -> None:
    """Both start, with one line, or neither does."""
    assert (done.code == 0) == bool(said.started), f"{done}\n{said}"
    if said.started:
        assert said.line == done.json["line"]


def first_choice(m: Machine) -> str:
    """What `list` marks."""
    marked = [item["image"] for item in m("list", "--json").json["images"] if item["default"]]
    return marked[0] if marked else ""


def sparse(path: Path, size: int) -> Path:
    """A file of so many NULs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("folder", ["loader/addons", "EFI/Linux/debian.efi.extra.d"])
def test_a_folder_named_like_an_addon_is_none_under_abort(m: Machine, folder: str) -> None:
    set_policy(m, "@on-violation abort\nloglevel=?\n")
    (m.esp / folder / "x.addon.efi").mkdir(parents=True)
    done, said = requested(m)
    agree(done, said)
    assert said.started and said.addons == ()


@pytest.mark.parametrize("place", ["loader/addons/bad.addon.efi", "EFI/Linux/debian.efi.extra.d/bad.addon.efi",
                                   "loader/addons/bad\ttab.addon.efi",
                                   "EFI/Linux/debian.efi.extra.d", "loader/addons"])
def test_what_cannot_be_taken_counts_under_abort(m: Machine, place: str) -> None:
    """An addon that is none, a name with a control character, a file where a folder is looked for."""
    sparse(m.esp / place, 100)
    agree(*requested(m))
    set_policy(m, "@on-violation abort\nloglevel=?\n")
    done, said = requested(m)
    agree(done, said)
    assert said.refused


@pytest.mark.parametrize("standing", [True, False])
def test_an_addon_of_100_mib(m: Machine, standing: bool) -> None:
    set_policy(m, "@allow-sections .initrd\nloglevel=?\n")
    large = m.esp / ("loader/addons" if standing else "EFI/ukiload/addons") / "large.addon.efi"
    large.parent.mkdir(parents=True, exist_ok=True)
    assert ukictl("addon", "--initrd", sparse(m.root / "initrd", 100 * MIB), "--cmdline", "loglevel=3", "-o",
                  large).code == 0
    done, said = requested(m, *([] if standing else ["--addon", "large"]))
    agree(done, said)
    assert said.line.endswith("loglevel=3")


def test_fields_of_a_long_os_release(m: Machine) -> None:
    """What stands behind the first 2048 bytes does not sort."""
    m.uki("new.efi", osrel="ID=debian\n" + "#" * 2100 + "\nVERSION_ID=99\n")
    m.uki("old.efi", osrel="ID=debian\nVERSION_ID=2\n")
    assert first_choice(m) == firmware(m).started != "\\EFI\\Linux\\new.efi"


@pytest.mark.parametrize("bad", [63, 64])
def test_of_65_images_the_last_is_not_tried(m: Machine, bad: int) -> None:
    """All that come before it are refused."""
    image = m.uki("z00.efi", kernel="tiny", cmdline="a" * 2100)
    for i in range(1, bad):
        put(image, m.esp / f"EFI/Linux/z{i:02}.efi")
    found = m("list", "--json").json["images"]
    assert [item["verdict"] for item in found] == ["refused"] * bad + ["starts"]
    said = firmware(m)
    assert first_choice(m) == said.started == ("\\EFI\\Linux\\debian.efi" if bad == 63 else "")


@pytest.mark.parametrize("count", [256, 257])
@pytest.mark.parametrize("kernel_handoff", [True, False])
def test_more_than_256_credentials_stop_a_kernel_handoff_on_both_sides(m: Machine, count: int,
                                                                       kernel_handoff: bool) -> None:
    """Where ukiload takes the stub's role."""
    for i in range(count):
        sparse(m.esp / f"EFI/Linux/debian.efi.extra.d/c{i}.cred", 1)
    done, said = requested(m, *(["--append", "debug"] if kernel_handoff else []))
    agree(done, said)
    assert bool(said.started) == (count == 256 or not kernel_handoff)


def test_sidecars_are_counted_when_the_image_was_taken(tmp_path: Path) -> None:
    """Nobody trusts the newest image: ukiload tries the next one before it looks whether it has 257 credentials
    (firmware/test_places:sidecars_of_an_image_that_nobody_trusts_end_nothing)."""
    m = Machine(tmp_path)
    m.policy("loglevel=?\n")
    m.standing("log", "loglevel=3")
    m.uki("new.efi", osrel="ID=debian\nVERSION_ID=99\n", stub="stub252", sign="unknown")
    for i in range(257):
        sparse(m.esp / f"EFI/Linux/new.efi.extra.d/c{i}.cred", 1)
    assert first_choice(m) == "\\EFI\\Linux\\debian.efi"
    m.uki("new.efi", osrel="ID=debian\nVERSION_ID=99\n", stub="stub252")
    assert first_choice(m) == "" and "tries no other" in m("list").out


@pytest.mark.parametrize("count", [128, 129])
def test_more_than_128_addons_stop_both_sides(m: Machine, count: int) -> None:
    """Whatever becomes of them."""
    for i in range(count):
        sparse(m.esp / f"loader/addons/{i:03}.addon.efi", 1)
    done, said = requested(m)
    agree(done, said)
    assert bool(said.started) == (count == 128)


def test_an_addon_named_twice_is_taken_once(m: Machine) -> None:
    put(addon("loglevel=3", sign=None), m.esp / "EFI/ukiload/addons/a.addon.efi")
    done, said = requested(m, "--addon", "a", "--addon", "a")
    agree(done, said)
    assert said.started


@pytest.mark.parametrize("bad", ["EFI/Linux/b\tb.efi", "EFI/Linux"])
def test_what_is_passed_over_is_said_alike(m: Machine, bad: str) -> None:
    """A name that firmware cannot take, and a file where the folder is looked for."""
    if bad == "EFI/Linux":
        shutil.rmtree(m.esp / bad)
    sparse(m.esp / bad, 100)
    said = firmware(m)
    assert said.skipped and m("list", "--json").json["skipped"] == list(said.skipped)
    assert f"- {said.skipped[0]}" in m("list").out
    assert first_choice(m) == said.started


def test_unsigned_words_in_a_confidential_vm(m: Machine) -> None:
    """What this host's processor says, firmware on the bench is told; the other way round only the bench can be
    asked."""
    done, said = requested(m, "--append", "debug")
    agree(done, said)
    assert said.line.endswith("debug")
    said = firmware(m, "confidential", f"request=ukiload.id=c ukiload.via={m.entry:04X} debug",
                    f"current={m.entry:04X}")
    assert "confidential VM" in said.refused


def test_an_addon_that_nobody_was_asked_about_is_told_of_alike(m: Machine) -> None:
    """The start ends before LoadImage is asked: no addon is said to be admitted."""
    set_policy(m, "loglevel=?\n@require old=1\n")
    path, why = "\\loader\\addons\\a.addon.efi", "the policy admits it, but nothing is started"
    put(addon("loglevel=3", sign=None), m.esp / "loader/addons/a.addon.efi")
    assert firmware(m).addons == (f"{path} not validated: {why}",)
    assert m("list", "--json").json["images"][0]["addons"] == [
        {"path": path, "verdict": "not validated", "reason": why, "words": "loglevel=3"}]
    assert f"{path}: not validated: {why}" in m("list").out
    assert m("plan", "debian", "--json").json["addons"][0]["verdict"] == "not validated"
    shown = m("plan", "debian").out
    assert f"not validated: {path} (global)" in shown and why in shown and "admitted" not in shown
    assert "not validated" in m("addon", "list").out


@pytest.mark.parametrize("by", ["require", "abort", "addons"])
def test_where_firmware_tries_no_other_there_is_no_default(m: Machine, by: str) -> None:
    """The newest image lacks a word that is required, has an addon under abort that is none, or 129 of them."""
    set_policy(m, {"require": "@require old=1\n", "abort": "@on-violation abort\n"}.get(by, "") + "loglevel=?\n")
    m.uki("new.efi", osrel="ID=debian\nVERSION_ID=99\n")
    m.uki("old.efi", osrel="ID=debian\nVERSION_ID=2\n", cmdline="quiet old=1")
    (m.esp / "EFI/Linux/debian.efi").unlink()
    for i in range({"abort": 1, "addons": 129}.get(by, 0)):
        sparse(m.esp / f"EFI/Linux/new.efi.extra.d/{i:03}.addon.efi", 100)
    said = firmware(m)
    assert said.refused and first_choice(m) == ""
    assert "tries no other" in m("list").out
    for verb in ("plan", "load"):
        done = m(verb)
        assert done.code == 1 and "would start none" in done.err, done
    assert m("load", "old").code == 0, "it is not refused by itself"
