# SPDX-License-Identifier: BSD-2-Clause
"""kexec's habits, R1 to R12 of the man page, on plain folders: what ukictl keeps of them. What firmware keeps is in
test/qemu."""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
from pathlib import Path

import pytest
from conftest import UKICTL, flip
from machine import BS_RT, GLOBAL, LOADER, SHIM, UKILOAD, Machine, ucs2


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.pool("kdump", "crashkernel=256M")
    return machine


def test_r1_load_and_exec_are_two_things(m: Machine) -> None:
    """load arms and does nothing else; exec does not arm."""
    assert m("exec", "--dry-run").code == 3
    before = m.everything()
    with m.written() as written:
        assert m("load", "debian", "--addon", "kdump").code == 0
    after = m.everything()
    new = {Path(name).name for name in after if after.get(name) != before.get(name)}
    assert new == {f"UkiloadRequest-{UKILOAD}", f"BootNext-{GLOBAL}"}
    assert [name.partition("-")[0] for name in written][-1] == "BootNext" and len(written) > 1, "the pointer comes last"
    done = m("exec", "--dry-run")
    assert done.code == 0
    assert done.out.endswith("\nSYSTEMCTL_SKIP_AUTO_KEXEC=1 SYSTEMCTL_SKIP_AUTO_SOFT_REBOOT=1 systemctl reboot\n")
    assert m.everything() == after


def test_a_request_says_everything_as_ukiload_reads_it(m: Machine) -> None:
    """Image, addons, both digests, an id of this boot and the way; exactly as ukiload reads it."""
    done = m("load", "debian", "--addon", "kdump", "--json")
    assert done.code == 0, done.err
    assert m.word("uki") == "\\EFI\\Linux\\debian.efi"
    assert m.word("addon") == "kdump"
    assert m.word("sha256") == done.json["sha256"]
    assert m.word("plan") == done.json["plan"]
    assert int(m.word("via"), 16) == m.boot_next == m.entry
    boot = (m.root / "proc/sys/kernel/random/boot_id").read_text().replace("-", "")
    assert m.word("id").startswith(boot[:16] + "-")
    assert m.file("UkiloadRequest").read_bytes()[:4] == struct.pack("<L", 7)
    assert done.json["line"] == "console=ttyS0 quiet crashkernel=256M"
    assert m("load", "debian").code == 0
    assert "addon" not in str(m.request)


@pytest.mark.parametrize("said", ["debian", "Debian.efi", "debian+2-1", "debian+2-1.efi"])
def test_a_counted_image_is_named_without_its_counter(m: Machine, said: str) -> None:
    """Before a counted image is blessed its name changes with each boot; a person says the one that stays."""
    folder = m.esp / "EFI/Linux"
    (folder / "debian.efi").rename(folder / "debian+2-1.efi")
    done = m("load", said)
    assert done.code == 0, done.err
    assert m.word("uki") == "\\EFI\\Linux\\debian+2-1.efi"


@pytest.mark.parametrize("way", ["path", "name", "stem", "firmware"])
def test_an_image_is_named_by_path_name_or_firmwares_path(m: Machine, way: str) -> None:
    """A path as with kexec, a name, or what firmware says."""
    said = {"path": m.esp / "EFI/Linux/debian.efi", "name": "debian.efi", "stem": "debian",
            "firmware": "\\efi\\LINUX\\Debian.efi"}[way]
    done = m("load", said)
    assert done.code == 0, done.err
    assert m.word("uki") == "\\EFI\\Linux\\debian.efi"


def broken_images(m: Machine) -> dict[str, tuple[int, Path]]:
    """Name -> exit code and image."""
    good = m.esp / "EFI/Linux/debian.efi"
    folder = good.parent
    (folder / "text.efi").write_text("no image\n" * 100)
    (folder / "empty.efi").write_bytes(b"")
    cut = folder / "cut.efi"
    cut.write_bytes(good.read_bytes()[:-5000])
    found = {"text": (5, folder / "text.efi"), "empty": (5, folder / "empty.efi"), "cut": (5, cut),
             "flipped": (6, flip(good, folder / "flipped.efi", 60_000)),
             "unsigned": (6, m.uki("unsigned.efi", sign=None)), "stranger": (6, m.uki("stranger.efi", sign="unknown")),
             "ukiload": (5, m.installed), "missing": (1, folder / "missing.efi")}
    elsewhere = m.root / "debian.efi"
    elsewhere.write_bytes(good.read_bytes())
    return {**found, "elsewhere": (8, elsewhere)}


def test_r2_load_says_what_firmware_would(m: Machine) -> None:
    """Each with its code and one sentence, and nothing is armed."""
    for name, (code, path) in broken_images(m).items():
        done = m("load", path)
        assert (name, done.code) == (name, code), done.err
        assert done.err.startswith("ukictl: ") and done.err.count("\n") == 1, name
        assert m.request is None and m.boot_next is None, name


@pytest.mark.parametrize(("words", "code"), [
    (("--addon", "nothere"), 7), (("--addon", "evil"), 7), (("--addon", "stranger"), 6), (("--addon", "other"), 7),
    (("--profile", "9"), 5), (("--profile", "debug"), 7), (("--append", "foo=1"), 7),
    (("--append", "ukiload.log=debug"), 7), (("--addon", "../kdump"), 2), (("--method", "magic"), 2),
    (("--initrd", "x"), 2), (("--frobnicate",), 2), (("second",), 2),
])
def test_r2_a_request_that_does_not_hold_is_refused_now(m: Machine, words: tuple[str, ...], code: int) -> None:
    """A request is kept in full or refused now."""
    m.pool("evil", "init=/bin/sh")
    m.pool("stranger", "debug", sign="unknown")
    m.pool("other", "debug", uname="5.10.0")
    done = m("load", "debian", *words)
    assert done.code == code, done.err
    assert m.request is None and m.boot_next is None


@pytest.mark.parametrize("sign", [None, "unknown"])
def test_r2_a_standing_addon_that_nobody_signed_is_hidden(m: Machine, sign: str | None) -> None:
    """LoadImage refuses it, so it is hidden, and the plan is the one without it."""
    without = m("load", "debian", "--json").json
    m.standing("stranger", "debug", sign=sign)
    done = m("load", "debian", "--json")
    assert done.code == 0, done.err
    assert done.json["addons"][0]["verdict"] == "untrusted"
    assert (done.json["line"], done.json["plan"]) == (without["line"], without["plan"])


def test_r2_with_secure_boot_off_no_signature_is_checked(tmp_path: Path) -> None:
    """Firmware checks no signature, so load does not either, and says so."""
    m = Machine(tmp_path, secure_boot=False)
    m.uki("unsigned.efi", sign=None)
    done = m("load", "unsigned", "--json")
    assert done.code == 0, done.err
    assert any("Secure Boot is off" in note for note in done.json["notes"])


def test_r2_ukiload_itself_must_start(m: Machine) -> None:
    """Else shim would ask at the console, or firmware go on with the next entry."""
    image = m.installed
    flip(image, image, 5000)
    done = m("load", "debian")
    assert done.code == 6
    assert "ukiloadx64.efi" in done.err
    image.unlink()
    done = m("load", "debian")
    assert done.code == 8
    assert "ukictl install" in done.err


def test_r3_a_second_load_takes_the_place_of_the_first(m: Machine) -> None:
    """A second load takes the first one's place; a failed one leaves it."""
    m.uki("other.efi", cmdline="console=ttyS0")
    assert m("load", "debian", "--addon", "kdump").code == 0
    first = m.request
    assert m("load", "other").code == 0
    assert m.word("uki") == "\\EFI\\Linux\\other.efi"
    assert m.request != first
    armed = m.variables()
    for _, path in broken_images(m).values():
        assert m("load", path).code != 0
        assert m.variables() == armed
    assert m("load", "debian", "--append", "foo").code == 7
    assert m.variables() == armed
    assert m("load", "debian", "--dry-run").code == 0
    assert m.variables() == armed


def limited(m: Machine, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """ukictl where no file can become larger than size: NVRAM that is full."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    # Python ignores SIGXFSZ, and with restore_signals off so does the child: the write then fails as it should.
    return subprocess.run([UKICTL, *words, "--root", str(m.root)], capture_output=True, text=True, check=False,
                          preexec_fn=limit,
                          restore_signals=False)


@pytest.mark.parametrize("armed", [False, True])
def test_r3_a_full_nvram_leaves_what_was_armed(m: Machine, armed: bool) -> None:
    """Nothing is left half written, and what was armed still is."""
    if armed:
        assert m("load", "debian").code == 0
    before = m.variables()
    done = limited(m, 100, "load", "debian", "--addon", "kdump")
    assert done.returncode == 9, done.stderr
    assert "NVRAM is full" in done.stderr
    assert ("still is" in done.stderr) == armed
    assert m.variables() == before


@pytest.mark.parametrize("armed", [False, True])
def test_r3_a_pointer_that_cannot_be_written_leaves_the_request_as_it_was(m: Machine, armed: bool) -> None:
    """The request is there by then: it has to be as it was."""
    if armed:
        self_set = m("load", "debian", "--method", "bootnext")
        assert self_set.code == 0
        m.file("BootNext", GLOBAL).unlink()
    before = m.get("UkiloadRequest")
    (m.vars / f"BootNext-{GLOBAL}").mkdir()
    done = m("load", "debian", "--addon", "kdump")
    assert done.code == 9, done.err
    assert m.get("UkiloadRequest") == before


def test_immutable_variables_are_written_all_the_same(m: Machine) -> None:
    """efivarfs makes what it does not know immutable."""
    assert m("load", "debian").code == 0
    file = m.file("UkiloadRequest")
    if subprocess.run(["chattr", "+i", str(file)], capture_output=True, check=False).returncode != 0:
        pytest.skip("this file system has no immutable files")
    try:
        assert m("load", "debian", "--addon", "kdump").code == 0
        assert m.word("addon") == "kdump"
        assert "i" in subprocess.run(["lsattr", str(file)], capture_output=True, text=True,
                                     check=True).stdout.split()[0], "as it was"
        assert m("unload").code == 0
        assert m.request is None
    finally:
        subprocess.run(["chattr", "-i", str(file)], capture_output=True, check=False)


def test_r4_unloading_twice_is_as_good_as_once(m: Machine) -> None:
    """Twice is as good as once."""
    before = m.variables()
    assert m("load", "debian").code == 0
    assert m("unload").code == 0
    assert m.variables() == before
    done = m("unload")
    assert (done.code, done.out) == (0, "nothing to take back\n")
    assert m("unload", "--strict").code == 3
    assert m("load", "debian").code == 0
    assert m("unload", "--strict", "--dry-run").code == 0
    assert m.request is not None
    assert m("-u").code == 0
    assert m.variables() == before


def test_r4_unload_takes_only_what_is_ours(m: Machine) -> None:
    """Another's BootNext and one-shot entry stay, also beside a request of ours."""
    assert m("load", "debian").code == 0
    m.set("BootNext", GLOBAL, struct.pack("<H", 1))
    m.set("LoaderEntryOneShot", LOADER, ucs2("windows.conf"))
    done = m("unload", "--json")
    assert done.code == 0
    assert m.request is None
    assert m.boot_next == 1
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("windows.conf")
    m.set("LoaderEntryOneShot", LOADER, ucs2("ukiload.conf"))
    assert m("unload").code == 0
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("ukiload.conf"), "somebody set it by hand: there was no request"


def test_r5_status_has_codes_json_and_no_side_effect(m: Machine) -> None:
    """Codes for scripts, kexec's with kexec's letter, JSON, and no side effect."""
    before = m.everything()
    assert [m("status").code, m("-S").code, m("-S", "-l").code, m("--status").code] == [3, 0, 0, 0]
    assert m.everything() == before
    m("load", "debian", "--addon", "kdump")
    before = m.everything()
    assert [m("status").code, m("-S").code, m("-l", "-S").code, m("--status").code] == [0, 1, 1, 1]
    found = m("status", "--json")
    assert found.json["armed"]["state"] == "yes"
    assert found.json["armed"]["image"] == "\\EFI\\Linux\\debian.efi"
    assert found.json["armed"]["addons"] == ["kdump"]
    assert found.json["boot"]["through_ukiload"] is False
    assert found.json["last"]["outcome"] == "none"
    assert m("status", "--quiet").out == ""
    assert m.everything() == before
    m.remove_esp()
    assert m("status").code == 0, "it needs no ESP"


def test_r6_one_request_is_one_boot(m: Machine) -> None:
    """After it nothing is armed, and no id is used twice."""
    m("load", "debian")
    first = m.fire("started", cmdline="console=ttyS0 quiet")
    assert m("status").code == 3
    assert m("exec", "--dry-run").code == 3
    m("load", "debian")
    assert m.word("id") != first
    m("load", "debian")
    assert m.word("id") != first


def test_a_firmware_that_did_not_start_the_entry_is_told_from_one_that_lost_it(m: Machine) -> None:
    """Each with the way that is left; ukiload would have consumed the request."""
    assert m("load", "debian").code == 0
    m.new_boot()
    assert "unless that was a kexec, firmware passes over BootNext: try --method=loader-entry" in m("status").out
    m.file("BootNext", GLOBAL).unlink()
    found = m("status", "--json").json["armed"]
    assert found["state"] == "incomplete"
    assert f"firmware did not start Boot{m.entry:04X}: try --method=loader-entry" in found["reason"]
    m.file(f"Boot{m.entry:04X}", GLOBAL).unlink()
    done = m("exec")
    assert done.code == 3 and "is gone from firmware's entries: run ukictl install" in done.err


def test_r7_a_stale_arming_is_reported_and_taken_back(m: Machine) -> None:
    """NVRAM keeps what a lost boot left: it is recognised, reported, not executed, and taken back."""
    m("load", "debian")
    assert m("unload", "--stale").code == 0
    assert m.request is not None, "this boot's own is not stale"
    m.new_boot()
    found = m("status", "--json")
    assert (found.code, found.json["armed"]["state"]) == (3, "stale")
    assert m("-S").code == 0
    done = m("exec", "--dry-run")
    assert done.code == 3 and "stale" in done.err
    assert "<4>What is armed is stale" in m("status", "--report").out
    assert m("unload", "--stale").code == 0
    assert m.request is None and m.boot_next is None
    m("load", "debian")
    m.new_boot()
    assert m("load", "debian").code == 0, "loading again is the other way out"
    assert m("exec", "--dry-run").code == 0


@pytest.mark.parametrize(("spoil", "state"), [
    ("no pointer", "incomplete"), ("another pointer", "incomplete"), ("no entry", "incomplete"),
    ("attributes", "broken"), ("no NUL", "broken"), ("unknown key", "broken"), ("no id", "broken"), ("empty", "broken"),
])
def test_r7_what_is_not_whole_is_not_armed(m: Machine, spoil: str, state: str) -> None:
    """Cut short or tampered with: status says so, exec does not go, unload cleans up."""
    m("load", "debian")
    text = str(m.request)
    if spoil == "no pointer":
        m.file("BootNext", GLOBAL).unlink()
    elif spoil == "another pointer":
        m.set("BootNext", GLOBAL, b"\x01\x00")
    elif spoil == "no entry":
        m.file(f"Boot{m.entry:04X}", GLOBAL).unlink()
    elif spoil == "attributes":
        m.set("UkiloadRequest", UKILOAD, ucs2(text), BS_RT)
    elif spoil == "empty":
        m.set("UkiloadRequest", UKILOAD, b"")
    else:
        bad = {"no NUL": ucs2(text)[:-2], "unknown key": ucs2(text + " ukiload.evil=1"),
               "no id": ucs2("ukiload.via=0002")}[spoil]
        m.set("UkiloadRequest", UKILOAD, bad)
    found = m("status", "--json")
    assert (found.code, found.json["armed"]["state"]) == (3, state)
    assert m("exec", "--dry-run").code == 3
    assert m("unload").code == 0
    assert m.request is None
    assert m.boot_next == (1 if spoil == "another pointer" else None)


def test_r8_append_finds_the_addon(m: Machine) -> None:
    """One that says just that; several words from one or from several."""
    m.pool("two", "loglevel=7 debug")
    m.pool("half", "debug")
    m.pool("more", "crashkernel=256M loglevel=7")
    done = m("load", "debian", "--append", "crashkernel=256M", "--json")
    assert done.code == 0, done.err
    assert m.word("addon") == "kdump"
    assert done.json["words"] == [{"word": "crashkernel=256M", "fate": "addon", "addon": "kdump"}]
    assert m("load", "debian", "--append", "loglevel=7 debug").code == 0
    assert m.word("addon") == "two"
    assert m("load", "debian", "--append=crashkernel=256M debug", "--addon", "half").code == 0
    assert [word for word in m.words if "addon=" in word] == ["ukiload.addon=half", "ukiload.addon=kdump"]
    done = m("load", "debian", "--append", "quiet", "--json")
    assert done.json["words"][0]["fate"] == "in the line already"
    assert "addon" not in str(m.request)


def test_r8_the_flag_unsigned_lets_a_word_into_the_request(m: Machine) -> None:
    """The flag unsigned lets a word into the request itself."""
    m.policy("quiet\nloglevel=?  unsigned\ncrashkernel=*\n")
    done = m("load", "debian", "--append", "loglevel=7", "--json")
    assert done.code == 0, done.err
    assert done.json["words"] == [{"word": "loglevel=7", "fate": "unsigned"}]
    assert m.words[-1] == "loglevel=7"
    assert done.json["line"] == "console=ttyS0 quiet loglevel=7"
    done = m("load", "debian", "--append", "loglevel=77")
    assert done.code == 7
    assert "(loglevel=?)" in done.err, "what there is instead"


def test_r8_append_says_why_an_addon_does_not_do(m: Machine) -> None:
    """It exists, but."""
    m.pool("shell", "init=/bin/sh")
    done = m("load", "debian", "--append", "init=/bin/sh")
    assert done.code == 7
    assert 'addon "shell" says it' in done.err and "control of PID 1" in done.err


def test_r8_reuse_cmdline_repeats_nothing_and_shows_what_it_drops(m: Machine) -> None:
    """What the image has is not repeated, what nobody offers is dropped and shown."""
    m.cmdline("BOOT_IMAGE=/vmlinuz initrd=\\x console=ttyS0 quiet crashkernel=256M root=/dev/sda1 debug")
    m.pool("debug", "debug")
    done = m("load", "debian", "--reuse-cmdline", "--json")
    assert done.code == 0, done.err
    fates = {word["word"]: word["fate"] for word in done.json["words"]}
    assert fates == {"console=ttyS0": "in the line already", "quiet": "in the line already",
                     "crashkernel=256M": "addon",
                     "root=/dev/sda1": "dropped", "debug": "addon"}
    assert done.json["line"] == "console=ttyS0 quiet debug crashkernel=256M", "addons apply by name"
    done = m("load", "debian", "--reuse-cmdline", "--append", "loglevel=3")
    assert done.code == 7, "only what is reused may be dropped"


@pytest.mark.parametrize("result", ["refused", "failed", "stale"])
def test_r9_failures_are_recorded(m: Machine, result: str) -> None:
    """The boot after it knows what happened and why."""
    m("load", "debian")
    ident = m.fire(result, reason="kdump.addon.efi: because")
    found = m("status", "--json").json
    assert found["last"] == {"outcome": result, "id": ident, "reason": "kdump.addon.efi: because"}
    report = m("status", "--report")
    assert report.code == 0
    assert ident in report.out and "because" in report.out and report.out.startswith("<4>")
    assert m("status", "--report").out == report.out, "nobody remembers"
    (m.root / "var/lib/ukiload").mkdir(parents=True)
    assert [m("status", "--report").out, m("status", "--report").out] == [report.out, ""]
    m("load", "debian")
    second = m.fire(result, reason="again")
    assert second in m("status", "--report").out, "another one is news"


@pytest.mark.parametrize("result", ["started", "taken"])
def test_r9_a_hang_is_recognised(m: Machine, result: str) -> None:
    """Started, never confirmed, and another boot runs."""
    m("load", "debian")
    m.fire(result)
    assert m("status", "--json").json["last"]["outcome"] == "hung"
    assert "hung" in m("status", "--report").out
    assert m("confirm").code == 3


def test_r10_boot_next_meets_no_menu(m: Machine) -> None:
    """BootNext does not meet systemd-boot; the other way does, and load says so."""
    m.set("LoaderFeatures", LOADER, struct.pack("<Q", 1 << 3), BS_RT)
    m.set("LoaderEntries", LOADER, ucs2("debian.efi") + ucs2("ukiload.conf"), BS_RT)
    (m.esp / "loader/loader.conf").write_text("default x\ntimeout  5\n")
    assert not any("menu" in note for note in m("load", "debian", "--json").json["notes"])
    done = m("load", "debian", "--method=loader-entry", "--json")
    assert done.code == 0, done.err
    assert any("timeout 5" in note for note in done.json["notes"])
    assert m.word("via") == "loader"
    assert m.get("LoaderEntryOneShot", LOADER) == ucs2("ukiload.conf")
    assert m.boot_next is None, "the earlier way leads nowhere now"
    assert m("status").code == 0
    assert m("load", "debian").code == 0
    assert m.get("LoaderEntryOneShot", LOADER) is None
    assert m("load", "debian", "--method=loader-entry").code == 0
    assert m("unload").code == 0
    assert m.get("LoaderEntryOneShot", LOADER) is None


def test_loader_entry_needs_systemd_boot(m: Machine) -> None:
    """That it knows the variable and lists us."""
    done = m("load", "debian", "--method=loader-entry")
    assert done.code == 8 and "LoaderFeatures" in done.err
    m.set("LoaderFeatures", LOADER, struct.pack("<Q", 1 << 3), BS_RT)
    m.set("LoaderEntries", LOADER, ucs2("debian.efi"), BS_RT)
    done = m("load", "debian", "--method=loader-entry")
    assert done.code == 8 and "did not list" in done.err
    m.set("LoaderEntries", LOADER, ucs2("debian.efi") + ucs2("ukiload.conf"), BS_RT)
    m.set("LoaderEntryRebootReason", LOADER, ucs2("reboot"))
    done = m("load", "debian", "--method=loader-entry", "--json")
    assert any("efibc" in note for note in done.json["notes"])
    m("unload")
    m.set("LoaderEntryOneShot", LOADER, ucs2("windows.conf"))
    assert m("load", "debian", "--method=loader-entry").code == 10
    assert any("windows.conf" in note for note in m("load", "debian", "--json").json["notes"])


def test_exec_does_not_reboot_into_what_somebody_else_has_set(m: Machine) -> None:
    """BootNext comes before LoaderEntryOneShot, and may have been set after load."""
    m.set("LoaderFeatures", LOADER, struct.pack("<Q", 1 << 3), BS_RT)
    assert m("load", "debian", "--method=loader-entry").code == 0
    assert m("exec", "--no-reboot").code == 0
    m.set("BootNext", GLOBAL, struct.pack("<H", 0))
    done = m("exec", "--no-reboot")
    assert done.code == 10 and "BootNext leads elsewhere before that, to Boot0000" in done.err, done
    assert m.request and m.boot_next == 0


def test_r11_the_signed_policy_switches_requests_off(m: Machine) -> None:
    """`@requests off` in the signed policy, which root cannot undo."""
    m.policy("@requests off\nquiet\n")
    done = m("load", "debian")
    assert done.code == 7
    assert "requests off" in done.err
    assert m.request is None


@pytest.mark.parametrize("what", ["kexec_loaded", "kexec/loaded", "nextroot", "MokNew", "MokAuth", "MokDel"])
def test_r12_what_would_bypass_firmware_is_refused(tmp_path: Path, what: str) -> None:
    """A reboot would then not come to ukiload."""
    m = Machine(tmp_path, shim=True)
    assert m("load", "debian", "--dry-run").code == 0
    if what == "nextroot":
        (m.root / "run/nextroot").mkdir()
    elif what.startswith("Mok"):
        m.set(what, SHIM, b"\0" * 40)
    else:
        file = m.root / "sys/kernel" / what
        file.parent.mkdir(exist_ok=True)
        file.write_text("0\n")
        assert m("load", "debian", "--dry-run").code == 0
        file.write_text("1\n")
    done = m("load", "debian")
    assert done.code == 11, done.err
    assert m.request is None and m.boot_next is None


def test_mok_request_matters_only_to_shim(m: Machine) -> None:
    """Without it nobody asks."""
    m.set("MokNew", SHIM, b"\0" * 40)
    assert m("load", "debian").code == 0


def test_somebody_elses_boot_next_is_not_taken_over(m: Machine) -> None:
    """It is not taken over, and named."""
    m.set("BootNext", GLOBAL, b"\x01\x00")
    done = m("load", "debian")
    assert done.code == 10
    assert "Boot0001" in done.err and "Linux Boot Manager" in done.err
    assert m.boot_next == 1 and m.request is None


def test_an_image_changed_after_load_is_not_executed(m: Machine) -> None:
    """exec does not send the machine on a way that ends in a refusal."""
    m("load", "debian")
    m.uki("debian.efi", cmdline="console=ttyS0 debug")
    assert m("exec", "--dry-run").code == 5
    (m.esp / "EFI/Linux/debian.efi").unlink()
    assert m("exec", "--dry-run").code == 5


def test_exec_does_not_reboot_for_another_root(m: Machine) -> None:
    """These variables are not those of the machine that would reboot."""
    m("load", "debian")
    assert m("exec").code == 2
    assert m("exec", "--force").code == 2
    assert m("exec", "--no-reboot").code == 0
    assert m("run", "debian").code == 0
    assert "systemctl reboot" in m("run", "debian").out


@pytest.mark.parametrize("words", [
    ("-l", "debian"), ("-l", "-s", "debian"), ("-s", "-l", "debian"), ("-la", "debian"), ("-lai", "debian"),
    ("--load", "debian", "-d"), ("-l", "debian", "--command-line=crashkernel=256M"), ("-l", "debian", "-t", "uki"),
    ("--kexec-file-syscall", "-l", "debian"),
])
def test_the_letters_of_kexec_do_what_fingers_know(m: Machine, words: tuple[str, ...]) -> None:
    """What fingers know."""
    done = m(*words)
    assert done.code == 0, done.err
    assert m.request is not None
    assert m("-e", "--dry-run").code == 0
    assert m("-u").code == 0
    assert "systemctl reboot" in m("-f", "debian", "--dry-run").out


@pytest.mark.parametrize("option", ["-p", "-c", "--mem-min=1", "--mem-max=1", "--entry=1", "--load-panic",
                                    "--reuseinitrd", "--dtb=x",
                                    "--load-preserve-context"])
def test_letters_of_kexec_that_mean_nothing_here_are_refused(m: Machine, option: str) -> None:
    """Refused with a reason, not ignored."""
    done = m("-l", "debian", option)
    assert done.code == 2
    assert "leave it out" in done.err or "kexec -p" in done.err or "signed" in done.err
    assert m.request is None


def test_without_variables_it_is_no_uefi_machine(tmp_path: Path) -> None:
    """Not a UEFI machine."""
    for verb in ("status", "unload", "exec", "confirm", "list", "install", "remove"):
        assert m_without(tmp_path, verb) == 8, verb
    assert m_without(tmp_path, "load", "x") == 8
    assert m_without(tmp_path, "-S") == 255


def m_without(folder: Path, *words: str) -> int:
    done = subprocess.run([UKICTL, *words, "--root", str(folder), "--json"], capture_output=True, text=True,
                          check=False)
    if done.returncode == 8:
        assert json.loads(done.stdout)["exit"] == 8
    return done.returncode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("words", [("load", "x"), ("run", "x"), ("unload",), ("confirm",), ("install",), ("remove",)])
def test_who_is_not_root_is_told_first(words: tuple[str, ...]) -> None:
    """Said before anything else."""
    program = os.open(UKICTL, os.O_RDONLY)  # nobody may not be let into the folder that it lies in
    try:
        done = subprocess.run([f"/proc/self/fd/{program}", *words], capture_output=True, text=True, check=False,
                              pass_fds=(program,),
                              preexec_fn=lambda: os.setuid(65534))
    finally:
        os.close(program)
    assert (done.returncode, done.stdout) == (4, "")
    assert "as root" in done.stderr


def test_without_an_esp_nothing_is_loaded(m: Machine) -> None:
    """Then nothing can be loaded."""
    m.remove_esp()
    done = m("load", "debian")
    assert done.code == 8 and "--esp-path" in done.err


def test_esp_and_boot_path_name_other_volumes(m: Machine, tmp_path: Path) -> None:
    """Volumes elsewhere, and an image on XBOOTLDR; the ESP's hides one of the same name."""
    boot = tmp_path / "xbootldr"
    (boot / "EFI/Linux").mkdir(parents=True)
    esp = tmp_path / "elsewhere"
    m.esp.rename(esp)
    image = boot / "EFI/Linux/new.efi"
    image.write_bytes((esp / "EFI/Linux/debian.efi").read_bytes())
    where = ("--esp-path", esp, "--boot-path", boot)
    assert m("load", "new", *where).code == 0
    assert m.word("uki") == "\\EFI\\Linux\\new.efi"
    assert m("exec", "--no-reboot", *where).code == 0
    (esp / "EFI/Linux/new.efi").write_bytes(b"x")
    done = m("load", image, *where)
    assert done.code == 1 and "exists on the ESP too" in done.err
    (esp / "EFI/Linux/new.efi").write_bytes((esp / "EFI/Linux/debian.efi").read_bytes()[:-8] + bytes(8))
    found = {(item["image"], item["xbootldr"]): item["verdict"] for item in m("list", "--json", *where).json["images"]}
    own = "\\EFI\\Linux\\new.efi"
    assert (found[own, False], found[own, True]) == ("refused", "starts"), "without a request each is tried by itself"


def test_a_profile_is_named_by_number_or_id(m: Machine) -> None:
    """--profile N|ID."""
    from lab.uki import Profile
    m.uki("p.efi", profiles=[Profile(text="ID=debug\nTITLE=Debug", cmdline="debug console=ttyS0")])
    for profile in ("1", "debug"):
        done = m("load", "p", "--profile", profile, "--json")
        assert done.code == 0, done.err
        assert done.json["profile"] == 1
        assert done.json["line"] == "debug console=ttyS0"
        assert m.words[0] == "@1"
    assert m("load", "p", "--profile", "nothere").code == 7


def test_what_no_policy_governs_is_said(m: Machine) -> None:
    """A stub of 262 finds consoles by itself, if the line names none; but not where ukiload takes its role."""
    m.policy("loglevel=? unsigned\n")
    m.uki("new.efi", stub="stub262", cmdline="quiet")
    assert "may append console=" in m("load", "new").out
    assert m("load", "new", "--json").json["stub_may_add_console"] is True
    done = m("load", "new", "--append", "loglevel=7", "--json")
    assert done.code == 7 and "a boot secret and consoles" in done.err
    own = "@version 1\n@handoff kernel\nloglevel=? unsigned\n"
    m.uki("new.efi", stub="stub262", cmdline="quiet", sections={".ukipol": own})
    done = m("load", "new", "--append", "loglevel=7", "--json")
    assert done.code == 0 and done.json["stub_may_add_console"] is False
    assert "may append console=" not in m("load", "debian").out
