# SPDX-License-Identifier: BSD-2-Clause
"""What people type: options before the verb, kexec's habits, slips of the finger."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from conftest import put, uki, ukictl
from lab import boot_images
from lab.uki import Profile
from machine import Machine


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(("typed", "said"), [
    (("stauts",), 'there is no verb "stauts": did you mean "status"?'),
    (("laad", "debian"), 'there is no verb "laad": did you mean "load"?'),
    (("frobnicate",), 'there is no verb "frobnicate"; see ukictl --help'),
    (("-q",), '"-q" is no option that can stand alone; see ukictl --help'),
    (("load", "--apend=x", "debian"),
     '"--apend" is no option of this verb: did you mean "--append"?; see ukictl load --help'),
    (("load", "--bogus"), '"--bogus" is no option of this verb; see ukictl load --help'),
    (("exec", "-q"), '"-q" is no option of this verb; see ukictl exec --help'),
    (("load", "--append"), '"--append" wants a value behind it; see ukictl load --help'),
    (("policy", "embed", "-o"), '"-o" wants a value behind it; see ukictl policy embed --help'),
    (("status", "--dry-run=yes"), '"--dry-run=yes" is an option that takes no value; see ukictl status --help'),
    (("remove", "--root="), "--root names no folder: say one, or leave --root out for this system"),
    (("--root", "", "list"), "--root names no folder: say one, or leave --root out for this system"),
    (("policy", "xcheck", "x"),
     '"policy" wants a verb behind it: check, lint, embed, suggest or show; did you mean "check"?; see ukictl policy '
     '--help'),
])
def test_what_was_meant_is_asked(typed: tuple[str, ...], said: str) -> None:
    done = ukictl(*typed)
    assert (done.code, done.out, done.err) == (2, "", f"ukictl: {said}\n")
    done = ukictl(*typed, "--json") if typed[-1] not in ("--append", "-o") else ukictl(typed[0], "--json", *typed[1:])
    assert done.code == 2 and done.json["error"] == said and done.json["exit"] == 2


def test_options_of_every_verb_may_stand_before_it(m: Machine) -> None:
    for words in (("--json", "--root", m.root, "list"), (f"--root={m.root}", "list", "--json"),
                  ("--root", m.root, "--json", "list")):
        assert [image["image"] for image in ukictl(*words).json["images"]] == ["\\EFI\\Linux\\debian.efi"]
    assert ukictl("--root", m.root, "-l", "debian", "--dry-run").code == 0
    assert ukictl("--json", "policy", "show", m.image).json["policy"]
    assert ukictl("policy", "--json", "show", m.image).json["policy"]
    assert ukictl("--root", m.root).code == 2


def test_help_and_version_are_found_by_each_habit() -> None:
    for verb in ("load", "exec"):
        assert ukictl("help", verb).out == ukictl(verb, "--help").out
    assert ukictl("help", "policy", "check").out == ukictl("policy", "check", "--help").out
    assert ukictl("help").out == ukictl("--help").out == ukictl("-h").out
    assert ukictl("help", "laad").err == 'ukictl: there is no verb "laad": did you mean "load"?\n'
    assert ukictl("-v").out == ukictl("-V").out == ukictl("--version").out


def test_kexecs_letters_together_mean_what_they_mean_to_kexec(m: Machine) -> None:
    """Of load and force the last one counts; a panic kernel is refused with the way that there is."""
    reboots = "systemctl reboot"
    for words, runs in ((("-l", "-f"), True), (("-lf",), True), (("-f", "-l"), False), (("-fl",), False),
                        (("-f",), True), (("--load", "--force"), True), (("-la",), False)):
        done = m(*words, "debian", "--dry-run")
        assert done.code == 0 and (reboots in done.out) == runs, (words, done)
    done = m("-p", "debian")
    assert done.code == 2 and "use kexec -p" in done.err and "see ukictl" not in done.err
    assert m("--load-panic", "debian").err.startswith("ukictl: --load-panic: a panic kernel cannot come")


# --- what a UKI is called

def test_a_name_leads_to_a_uki_in_every_verb(m: Machine) -> None:
    """As in EFI/Linux, as bootctl list has it, with a profile, or none: the image that ukiload takes."""
    m.uki("prof+3.efi", profiles=[Profile("ID=rescue\nTITLE=Rescue\n", "console=ttyS0 rescue")])
    usual = m("list", "--json").json["images"][0]["image"]
    for verb in ("load", "plan", "predict"):
        for name, image, line in (("prof", "prof+3.efi", "quiet"), ("prof.efi", "prof+3.efi", "quiet"),
                                  ("prof.efi@rescue", "prof+3.efi", "rescue"), ("prof@1", "prof+3.efi", "rescue"),
                                  ("debian@0", "debian.efi", "quiet"),
                                  (m.esp / "EFI/Linux/debian.efi", "debian.efi", "quiet"),
                                  ("\\EFI\\Linux\\debian.efi", "debian.efi", "quiet"), (None, usual[11:], "quiet")):
            done = m(verb, *([name] if name else []), "--dry-run", "--json")
            assert done.code == 0, (verb, name, done.err)
            assert done.json["image"] == f"\\EFI\\Linux\\{image}" and done.json["line"].endswith(line), (verb, name)
    assert m("verify", "prof.efi", "--json").json["files"][0]["file"].endswith("/prof+3.efi")
    assert m("load", "prof@rescue", "--profile", "1").code == 2
    assert m("load", "prof@rescue", "--profile", "rescue").code == 0
    done = m("plan", "prof@resque")
    assert done.code == 7 and done.err.endswith('no profile of it has the ID "resque"; it has: main, rescue\n')
    for verb in ("load", "plan", "predict", "verify"):
        assert "there is no such image; ukictl list shows what there is" in m(verb, "nothing@rescue").err


def test_a_folder_is_no_uki(m: Machine) -> None:
    """Nor does it stand in the way of an image of its name."""
    (m.esp / "EFI/Linux/debian").mkdir()
    for verb in ("plan", "load", "verify"):
        assert m(verb, "debian").code == 0
        for name in ("", ".", "\\EFI\\Linux"):
            done = m(verb, name)
            assert done.code == 1 and "there is no such image" in done.err, done


def test_an_addon_that_is_not_there_leads_to_those_that_are(m: Machine) -> None:
    for verb in ("load", "plan"):
        done = m(verb, "debian", "--addon", "kdmp")
        assert done.code == 7 and "kdmp.addon.efi" in done.out + done.err
        assert "lies on; look with ukictl addon list" in " ".join((done.out + done.err).split())


def test_without_a_uki_that_starts_none_is_taken(m: Machine) -> None:
    (m.esp / "EFI/Linux/debian.efi").unlink()
    for verb in ("load", "plan", "predict"):
        assert "ukiload finds no UKI on this machine" in m(verb).err


def test_what_is_no_uki_is_said_first(m: Machine, tmp_path: Path) -> None:
    """Before anything about a signature or a section."""
    folder = m.esp / "EFI/Linux"
    put(boot_images.image("kernel612"), folder / "vmlinuz")
    put(boot_images.image("shim161"), folder / "shim.efi")
    put(boot_images.image("sdboot257"), folder / "loader.efi")
    put(boot_images.image("stub257"), folder / "stub.efi")
    (folder / "empty.efi").write_bytes(b"")
    (folder / "initrd.img").write_bytes(gzip.compress(b"070701"))
    (folder / "plain.img").write_bytes(b"070701" + bytes(110))
    (folder / "zimage").write_bytes(b"MZ\0\0zimg" + bytes(100))
    (folder / "program").write_bytes(Path("/bin/true").read_bytes())
    (folder / "note.txt").write_text("no image")
    put(uki(sections={".linuxh": "h"}), folder / "thin.efi")
    m.pool("kdump", "crashkernel=512M")
    kinds = {"vmlinuz": "is a kernel, not a UKI", "zimage": "is a kernel", "shim": "is shim, a boot loader",
             "loader": "is a boot loader", "stub": "is a stub without a kernel", "empty": "is empty",
             "initrd.img": "is an initrd or another archive", "plain.img": "is an initrd",
             "program": "is an ELF program",
             "thin": "is a thin image", m.installed: "is ukiload itself",
             "note.txt": "is not a PE image",
             m.esp / "EFI/ukiload/addons/kdump.addon.efi": "is an addon, not a UKI"}
    for name, kind in kinds.items():
        for verb in ("load", "plan", "predict"):
            done = m(verb, name)
            assert done.code == 5 and f" {kind}" in done.err and "sign" not in done.err, (verb, name, done.err)
    checks = m("verify", "vmlinuz", "--json").json["files"][0]["checks"]
    assert [check["text"] for check in checks if check["check"] == "kind"] == ["another EFI image, which is a kernel"]
    assert "is an initrd" in m("verify", folder / "initrd.img").out


def test_a_name_that_no_request_can_say_is_told_once(m: Machine) -> None:
    m.uki("ümlaut.efi")
    done = m("load", "ümlaut")
    assert done.code == 5 and done.err.count("request") == 1 and done.err.endswith(": rename it\n")


def test_suggest_takes_a_name_too(m: Machine) -> None:
    file = m.pool("quiet", "quiet")
    assert "quiet override" in m("policy", "suggest", file, "--uki", "debian").out
