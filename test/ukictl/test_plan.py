# SPDX-License-Identifier: BSD-2-Clause
"""ukictl plan: the volume's layout, the verdicts, the exit codes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from conftest import POLICY, ROOT, put, uki, ukictl
from lab.uki import Profile, addon


@pytest.fixture(name="esp")
def _esp(tmp_path: Path) -> Path:
    """An EFI system partition with a UKI and an installed ukiload, which is whatever image has the policy."""
    root = tmp_path / "esp"
    put(uki(), root / "EFI/Linux/a+3-1.efi")
    shell = root / "unsigned.efi"
    shutil.copyfile(addon("x", sign=None), shell)
    assert ukictl("policy", "embed", POLICY, shell, "-o", root / "EFI/Linux/ukiload.efi").code == 0
    shell.unlink()
    return root


def plan(esp: Path, *words: object, image: str = "EFI/Linux/a+3-1.efi"):  # noqa: ANN201
    """`ukictl plan --json` of the UKI on the ESP: exit code and JSON."""
    done = ukictl("plan", esp / image, "--esp-path", esp, "--json", *words)
    assert done.err == "" or "error" in done.json
    return done.code, done.json


def test_all_three_sources_are_found_in_their_order(esp: Path) -> None:
    """All three sources in their order, found without case, the counter cut out of the folder's name."""
    put(addon("log_buf_len=1M"), esp / "LOADER/Addons/z.ADDON.efi")
    put(addon("loglevel=7"), esp / "EFI/Linux/a.efi.EXTRA.d/a.addon.efi")
    put(addon("debug"), esp / "EFI/Linux/a+3-1.efi.extra.d/wrong.addon.efi")
    put(addon("crashkernel=256M"), esp / "EFI/ukiload/addons/KDUMP.addon.efi")
    put(addon("ignore_loglevel"), esp / "LOADER/Addons/.hidden.addon.efi")
    code, found = plan(esp, "--addon", "kdump")
    assert code == 0
    assert [item["origin"] for item in found["addons"]] == ["global", "for this UKI", "picked"]
    assert found["line"] == "console=ttyS0 quiet log_buf_len=1M loglevel=7 crashkernel=256M"
    assert found["image"] == "\\EFI\\Linux\\a+3-1.efi"
    assert found["policy"].endswith("EFI/Linux/ukiload.efi")


def test_folder_of_a_name_with_a_plus(esp: Path) -> None:
    """The stub looks at the first plus of the whole path only, takes a folder's too, and is started with a try less."""
    for image, folder in (("EFI/Linux/debian-6.6.13+bpo-amd64+3.efi",
                           "EFI/Linux/debian-6.6.13+bpo-amd64+2-1.efi.extra.d"),
                          ("EFI/Li+3.x/b.efi", "EFI/Li.x/b.efi.extra.d"),
                          ("EFI/Linux/k+1.5.efi", "EFI/Linux/k.5.efi.extra.d")):
        put(esp / "EFI/Linux/a+3-1.efi", esp / image)
        put(addon("debug"), esp / folder / "own.addon.efi")
        code, found = plan(esp, image=image)
        assert (code, found["line"]) == (0, "console=ttyS0 quiet debug"), image


def test_the_digest_is_the_one_that_is_described(esp: Path) -> None:
    """The digest is the one that doc and header describe."""
    put(addon("loglevel=7"), esp / "loader/addons/b.addon.efi")
    put(addon("debug"), esp / "loader/addons/a.addon.efi")
    code, found = plan(esp)
    assert code == 0
    assert found["line"] == "console=ttyS0 quiet debug loglevel=7"
    files = [esp / "loader/addons/a.addon.efi", esp / "loader/addons/b.addon.efi"]
    lines = ["ukiload-plan 1", f"uki {hashlib.sha256((esp / 'EFI/Linux/a+3-1.efi').read_bytes()).hexdigest()}",
             "profile 0",
             *(f"addon {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files), f"line {found['line']}"]
    assert found["plan"] == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert plan(esp, "--append", f"ukiload.plan={found['plan']}")[0] == 0
    (esp / "loader/addons/b.addon.efi").unlink()
    code, found = plan(esp, "--append", f"ukiload.plan={found['plan']}")
    assert code == 7
    assert "ukiload.plan=" in found["reason"]


def test_standing_addon_refused_is_hidden(esp: Path) -> None:
    """It costs the addon, not the boot."""
    put(addon("debug init=/bin/sh"), esp / "loader/addons/bad.addon.efi")
    code, found = plan(esp)
    assert code == 0
    assert found["line"] == "console=ttyS0 quiet"
    assert found["addons"][0]["verdict"] == "refused"
    assert "control of PID 1" in found["addons"][0]["reason"]


def test_addon_whose_name_firmware_does_not_take(esp: Path) -> None:
    """It is refused there, whatever it holds, and so here."""
    put(addon("debug"), esp / "loader/addons/a\x01.addon.efi")
    code, found = plan(esp)
    assert (code, found["line"]) == (0, "console=ttyS0 quiet")
    assert [item["verdict"] for item in found["addons"]] == ["refused"]
    assert "has a name that cannot be taken, with a control character" in found["addons"][0]["reason"]


@pytest.mark.parametrize("folder", ["loader/addons", "EFI/Linux/a.efi.extra.d"])
def test_file_in_a_folders_place(esp: Path, folder: str) -> None:
    """It is named, and counts like an addon that is refused."""
    (esp / folder).parent.mkdir(exist_ok=True)
    (esp / folder).write_text("no folder")
    code, found = plan(esp)
    assert (code, found["line"]) == (0, "console=ttyS0 quiet")
    named = "\\" + folder.replace("/", "\\")
    assert [(item["path"], item["verdict"]) for item in found["addons"]] == [(named, "refused")]
    assert "is a file, and only a folder is looked for" in found["addons"][0]["reason"]
    policy = esp / "abort.policy"
    policy.write_text(f"{POLICY.read_text()}\n@on-violation abort\n")
    code, found = plan(esp, "--policy", policy)
    assert code == 5
    assert "@on-violation abort" in found["reason"] and named in found["reason"]


@pytest.mark.parametrize(("words", "uname", "verdict", "reason"), [
    ("init=/bin/sh", None, "refused", "control of PID 1"),
    ("debug", "6.1.0-1", "not for this image", "6.1.0-1"),
    ("panic=1", None, "refused", "panic"),
])
def test_a_picked_addon_must_hold(esp: Path, words: str, uname: str | None, verdict: str, reason: str) -> None:
    """A request is kept in full or refused."""
    file = put(addon(words, uname=uname), esp.parent / "x.addon.efi")
    code, found = plan(esp, "--addon", file)
    assert code == 7
    assert found["verdict"] == "refused"
    assert found["addons"][0]["verdict"] == verdict
    assert reason in found["reason"]
    assert "plan" not in found


def test_missing_addon_and_bad_request(esp: Path) -> None:
    """What the real parser says."""
    assert plan(esp, "--addon", "nothere")[0] == 7
    assert plan(esp, "--append", "ukiload.nonsense=1")[0] == 7
    assert plan(esp, "--profile", "x")[0] == 7
    assert plan(esp, "--addon", "b d")[0] == 7
    assert plan(esp, "--append", "ukiload.sha256=" + "0" * 64)[0] == 7


def test_an_unsigned_word_needs_the_flag_and_the_kernel_handoff(esp: Path) -> None:
    """Only under the flag, and then with the kernel handoff."""
    code, found = plan(esp, "--append", "loglevel=7")
    assert code == 7
    assert "unsigned" in found["reason"]
    policy = esp.parent / "unsigned.policy"
    policy.write_text("@version 1\nloglevel=? unsigned\n")
    _, found = plan(esp, "--append", "loglevel=7", "--policy", policy)
    assert found["handoff"] == "kernel"
    assert found["line"] == "console=ttyS0 quiet loglevel=7"
    assert found["unsigned_words"] == "loglevel=7"


def test_an_old_stub_needs_the_kernel_handoff_only_for_an_addon(esp: Path) -> None:
    """A stub without addons needs the kernel handoff only if there is one; profiles select."""
    put(uki(stub="stub252"), esp / "EFI/Linux/old.efi")
    put(uki(profiles=[Profile(text="ID=debug\nTITLE=Debug", cmdline="debug console=ttyS0")]), esp / "EFI/Linux/p.efi")
    code, found = plan(esp, image="EFI/Linux/old.efi")
    assert (code, found["handoff"], found["stub_version"]) == (0, "stub", 252)
    put(addon("loglevel=7"), esp / "loader/addons/a.addon.efi")
    _, found = plan(esp, image="EFI/Linux/old.efi")
    assert found["handoff"] == "kernel"
    assert "a.addon.efi" in found["handoff_reason"]
    assert "252" in found["handoff_reason"]
    code, found = plan(esp, "--profile", "1", image="EFI/Linux/p.efi")
    assert (code, found["profiles"], found["line"]) == (0, 2, "debug console=ttyS0 loglevel=7")
    assert plan(esp, "--profile", "2", image="EFI/Linux/p.efi")[0] == 5


def test_the_images_policy_narrows(esp: Path) -> None:
    """And a broken one refuses the image."""
    put(uki(sections={".ukipol": "@version 1\nloglevel=?\n"}), esp / "EFI/Linux/n.efi")
    put(addon("debug"), esp / "loader/addons/a.addon.efi")
    put(addon("loglevel=7"), esp / "loader/addons/b.addon.efi")
    code, found = plan(esp, image="EFI/Linux/n.efi")
    assert (code, found["line"], found["image_policy"]) == (0, "console=ttyS0 quiet loglevel=7", True)
    put(uki(sections={".ukipol": "quiet\n"}), esp / "EFI/Linux/n.efi")
    code, found = plan(esp, image="EFI/Linux/n.efi")
    assert code == 7
    assert ".ukipol" in found["reason"]


def test_without_a_policy_nothing_is_allowed(tmp_path: Path) -> None:
    """Nothing is allowed then, and it is said."""
    image = put(uki(), tmp_path / "here/a.efi")
    put(addon("quiet"), tmp_path / "here/a.efi.extra.d/a.addon.efi")
    put(addon("quiet", sign=None), tmp_path / "esp/EFI/Linux/ukiload.efi")
    done = ukictl("plan", image, "--esp-path", tmp_path / "esp")
    assert done.code == 0
    assert "carries no policy" in done.out and "ukiload.efi: holds no policy" in done.out
    assert "refused: \\a.efi.extra.d\\a.addon.efi" in done.out


def test_a_person_reads_verdicts_and_reasons(esp: Path) -> None:
    """What a person reads."""
    put(addon("loglevel=7"), esp / "loader/addons/a.addon.efi")
    done = ukictl("plan", esp / "EFI/Linux/a+3-1.efi", "--esp-path", esp)
    assert done.code == 0
    for words in ("systemd-stub 257", "admitted: \\loader\\addons\\a.addon.efi (global)", "applies the addons",
                  "line      console=ttyS0 quiet loglevel=7", "result    starts"):
        assert words in done.out


def test_a_relative_path_is_one_from_inside_the_volume(esp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From inside of the volume."""
    put(addon("loglevel=7"), esp / "EFI/Linux/a.efi.extra.d/a.addon.efi")
    monkeypatch.chdir(esp / "EFI/Linux")
    done = ukictl("plan", "a+3-1.efi", "--esp-path", "../..", "--json")
    assert done.json["image"] == "\\EFI\\Linux\\a+3-1.efi"
    assert done.json["line"].endswith("loglevel=7")


@pytest.mark.parametrize(("words", "code"), [
    (["plan", "a", "b"], 2), (["plan", "--nonsense", "a"], 2), (["plan", "/nowhere/a.efi"], 1),
    (["plan", str(ROOT / "Makefile")], 5), (["plan", "a", "--machine", "vax"], 2),
    (["plan", str(POLICY), "--policy", "/nowhere"], 5), ([], 2), (["nonsense"], 2), (["--help"], 0), (["--version"], 0),
    (["plan", "--help"], 0), (["verify", "--help"], 0), (["policy", "--help"], 0), (["policy", "lint", "--help"], 0),
    (["addon", "--help"], 0),
])
def test_usage_has_its_exit_codes_and_fits_a_screen(words: list[str], code: int) -> None:
    """Exit codes, and a help that fits a screen."""
    done = ukictl(*words)
    assert done.code == code
    assert (done.err != "") == (code != 0)
    assert len(done.out.splitlines()) < 25
    assert all(len(line) <= 100 for line in done.out.splitlines())


def test_a_hostile_name_reaches_the_terminal_as_text(esp: Path) -> None:
    """No byte of a file's name or content reaches the terminal as it is."""
    put(addon("quiet\x1b]0;owned\x07"), esp / "loader/addons/a.addon.efi")
    put(addon("quiet"), esp / "loader/addons/b\x1b[2J.addon.efi")
    done = ukictl("plan", esp / "EFI/Linux/a+3-1.efi", "--esp-path", esp)
    assert "\x1b" not in done.out
    assert "\\x1b" in done.out


@pytest.mark.parametrize(("stub", "cmdline", "adds"), [("stub262", "quiet", True),
                                                       ("stub262", "console=ttyS0 quiet", False),
                                                        ("stub257", "quiet", False)])
def test_console_that_the_stub_adds(esp: Path, stub: str, cmdline: str, adds: bool) -> None:
    """From 261 on, to a line that names none: the words are not known before, that they come is."""
    put(uki(stub=stub, cmdline=cmdline), esp / "EFI/Linux/c.efi")
    code, found = plan(esp, image="EFI/Linux/c.efi")
    assert (code, found["stub_may_add_console"]) == (0, adds)
    done = ukictl("plan", esp / "EFI/Linux/c.efi", "--esp-path", esp)
    assert ("may append console=" in done.out) == adds
    put(addon("console=ttyS1"), esp / "loader/addons/a.addon.efi")
    assert plan(esp, image="EFI/Linux/c.efi")[1]["stub_may_add_console"] is False
