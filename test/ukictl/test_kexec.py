# SPDX-License-Identifier: BSD-2-Clause
"""The front-end in the place of kexec: the calls of systemctl, kexec.target, kdump and people, on plain folders."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import UKICTL, Result
from lab.uki import Profile
from machine import Machine

LINE = "console=ttyS0 quiet"
REAL = "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done >>\"$0.calls\"\necho >>\"$0.calls\"\nexit ${REAL_EXIT:-0}\n"


class Kexec:
    """A machine with kexec-tools and the front-end switched on."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder)
        self.folder = folder
        self.sbin = self.machine.root / "usr/sbin"
        self.sbin.mkdir(parents=True)
        (self.machine.root / "sbin").symlink_to("usr/sbin")
        (self.machine.root / "var/lib/dpkg").mkdir(parents=True)
        self.tool = self.sbin / "kexec"
        self.tool.write_text(REAL)
        self.tool.chmod(0o755)

    def __call__(self, *words: object, real_exit: int = 0, parent: str = "") -> Result:
        """kexec with these words; parent: the name of the process that calls it."""
        command = [str(self.sbin / "kexec"), f"--root={self.machine.root}", *map(str, words)]
        if parent:
            caller = self.folder / parent
            caller.write_text('#!/bin/sh\n"$@"\nexit $?\n')
            caller.chmod(0o755)
            command.insert(0, str(caller))
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, "REAL_EXIT": str(real_exit)})
        return Result(done.returncode, done.stdout, done.stderr)

    @property
    def passed(self) -> list[str]:
        """What reached the real kexec, without the option that is this test's."""
        calls = self.sbin / "kexec.distrib.calls"
        own = f"<--root={self.machine.root}>"
        return [line.replace(own, "") for line in calls.read_text().splitlines()] if calls.exists() else []

    @property
    def uki(self) -> Path:
        return self.machine.esp / "EFI/Linux/debian.efi"

    def kernel_loaded(self, loaded: bool) -> None:
        (self.machine.root / "sys/kernel/kexec_loaded").write_text(f"{loaded:d}\n")


@pytest.fixture(name="k")
def _kexec(tmp_path: Path) -> Kexec:
    kexec = Kexec(tmp_path)
    kexec.machine.pool("kdump", "crashkernel=256M")
    done = kexec.machine("kexec", "enable")
    assert done.code == 0, done.err
    return kexec


def test_enable_keeps_the_real_one_and_disable_puts_it_back(tmp_path: Path) -> None:
    """Both names are diverted, so that an upgrade of kexec-tools does not undo it; nothing is left afterwards."""
    k = Kexec(tmp_path)
    before = k.machine.everything()
    assert k.machine("kexec").code == 3
    assert k.machine("kexec", "enable", "--dry-run").code == 0 and k.machine.everything() == before
    for _ in range(2):
        assert k.machine("kexec", "enable").code == 0
        assert os.readlink(k.tool) == str(Path(UKICTL).resolve()) and (k.sbin / "kexec.distrib").read_text() == REAL
    found = k.machine("kexec", "status", "--json").json
    assert found == {"enabled": True, "changed": False, "real": str(k.sbin / "kexec.distrib"), "ukictl": 1}
    diverted = (k.machine.root / "var/lib/dpkg/diversions").read_text()
    assert all(f"{name}\n{name}.distrib\n:\n" in diverted for name in ("/usr/sbin/kexec", "/sbin/kexec"))
    for _ in range(2):
        assert k.machine("kexec", "disable").code == 0
        assert k.tool.read_text() == REAL and not k.tool.is_symlink() and not (k.sbin / "kexec.distrib").exists()
    assert (k.machine.root / "var/lib/dpkg/diversions").read_text() == ""


def test_what_was_cut_short_is_made_whole(tmp_path: Path) -> None:
    """enable between two of its steps, and disable before dpkg was told: upgrades must reach their place."""
    k = Kexec(tmp_path)
    os.link(k.tool, k.sbin / "kexec.distrib")
    (k.sbin / "kexec.ukictl").symlink_to("/nowhere")
    assert k.machine("kexec", "enable").code == 0
    assert (k.sbin / "kexec.distrib").read_text() == REAL and not (k.sbin / "kexec.ukictl").exists()
    (k.sbin / "kexec.distrib").rename(k.tool)
    assert "kexec.distrib" in (k.machine.root / "var/lib/dpkg/diversions").read_text()
    assert k.machine("kexec", "disable").code == 0
    assert (k.machine.root / "var/lib/dpkg/diversions").read_text() == "" and k.tool.read_text() == REAL


def test_enable_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Above all no diversion: an upgrade of kexec-tools would be led to a name that nobody calls."""
    k = Kexec(tmp_path)
    (k.sbin / "kexec.distrib").mkdir()
    before = k.machine.everything()
    done = k.machine("kexec", "enable")
    assert done.code == 1 and "cannot be kept as kexec.distrib: Is a directory" in done.err
    after = k.machine.everything()
    assert after.pop("var/lib/dpkg/diversions", b"") == b"" and not (k.sbin / "kexec.ukictl").exists()
    assert {name for name in after if name not in before} <= {"var/lib/dpkg/diversions-old"}
    assert k.tool.read_text() == REAL


def test_a_link_to_a_ukictl_that_has_gone_is_made_anew(k: Kexec) -> None:
    """From /usr/local to a package: nobody can call kexec then, kdump neither, and that is not "enabled"."""
    k.tool.unlink()
    k.tool.symlink_to("/nowhere/ukictl")
    done = k.machine("kexec", "status")
    assert done.code == 1 and "is not there any more: say ukictl kexec enable" in done.err
    assert k.machine("kexec", "enable", "--json").json["changed"] is True
    assert os.readlink(k.tool) == str(Path(UKICTL).resolve()) and (k.sbin / "kexec.distrib").read_text() == REAL
    assert k.machine("kexec", "status").code == 0
    k.tool.unlink()
    k.tool.symlink_to("/nowhere/ukictl")
    assert k.machine("kexec", "disable").code == 0 and k.tool.read_text() == REAL


def test_a_diversion_of_somebody_else_stays(tmp_path: Path) -> None:
    """disable takes back what enable has made, and nothing else."""
    k = Kexec(tmp_path)
    foreign = "/usr/sbin/kexec\n/usr/sbin/kexec.mine\n:\n"
    (k.machine.root / "var/lib/dpkg/diversions").write_text(foreign)
    assert k.machine("kexec", "disable").code == 0
    assert (k.machine.root / "var/lib/dpkg/diversions").read_text() == foreign
    done = k.machine("kexec", "enable")
    assert done.code == 1 and "does not agree" in done.err and k.tool.read_text() == REAL


def test_enable_without_kexec_tools(tmp_path: Path) -> None:
    """UKIs can be loaded then, and whatever else is asked for is told what is missing."""
    k = Kexec(tmp_path)
    k.tool.unlink()
    done = k.machine("kexec", "enable")
    assert done.code == 0 and "only UKIs" in done.out
    done = k("-l", "/boot/vmlinuz")
    assert done.code == 1 and "kexec-tools is not there" in done.err
    assert k("-l", k.uki).code == 0 and k.machine.request
    assert k.machine("kexec", "disable").code == 0 and not k.tool.exists()


def test_systemctl_kexec_passes_the_default_entry_and_its_line(k: Kexec) -> None:
    """The seed's command: the default entry's file and its own line; nothing is added or dropped."""
    done = k("--load", k.uki, "--append", LINE, parent="systemctl")
    assert done.code == 0, done.err
    assert k.machine.word("uki") == "\\EFI\\Linux\\debian.efi" and k.passed == []
    assert not any(word.startswith("ukiload.addon") for word in k.machine.words)
    assert "in the line already" not in done.out


def test_systemctl_keeps_what_is_armed(k: Kexec) -> None:
    """Loaded is loaded: as a kernel that kexec has loaded, and whatever the default entry is."""
    k.machine.uki("other.efi", cmdline="quiet other")
    assert k.machine("load", "debian", "--addon", "kdump").code == 0
    armed = k.machine.request
    for image, line in ((k.uki, LINE), (k.uki.with_name("other.efi"), "quiet other")):
        done = k("--load", image, "--append", line, parent="systemctl")
        assert done.code == 0 and done.out.startswith("armed already"), done
        assert k.machine.request == armed
    # a person who says another image means it
    assert k("-l", k.uki.with_name("other.efi")).code == 0
    assert k.machine.word("uki") == "\\EFI\\Linux\\other.efi"


def test_what_is_armed_and_was_changed_is_not_rebooted_into(k: Kexec) -> None:
    """As exec: ukiload would refuse it, after the reboot. Who names the image means it as it is now."""
    assert k.machine("load", "debian", "--addon", "kdump").code == 0
    armed = k.machine.request
    k.machine.uki("debian.efi", cmdline="quiet new")
    done = k("--load", k.uki, "--append", "quiet new", parent="systemctl")
    assert done.code == 5 and "the image was changed after it was armed" in done.err and k.machine.request == armed
    assert k("-l", k.uki).code == 0 and k.machine.request != armed and k.machine("exec", "--no-reboot").code == 0


def test_a_person_who_loads_the_same_again_keeps_the_addon(k: Kexec) -> None:
    """`kexec -l UKI` adds nothing, so it takes nothing away either."""
    assert k.machine("load", "debian", "--addon", "kdump").code == 0
    armed = k.machine.request
    assert k("-l", k.uki).out.startswith("armed already") and k.machine.request == armed
    k.machine.new_boot()
    assert k("-l", k.uki).code == 0 and k.machine.request != armed, "what an earlier boot armed is stale"


def test_words_come_from_addons(k: Kexec) -> None:
    """As ukictl load --append; the line of the image in front of them is no words."""
    for line in ("crashkernel=256M", f"{LINE} crashkernel=256M"):
        assert k.machine("unload").code == 0
        done = k("-l", k.uki, f"--append={line}")
        assert done.code == 0, done.err
        assert k.machine.word("addon") == "kdump"
    done = k("-l", k.uki, "--command-line", "init=/bin/sh")
    assert done.code == 7 and "init=/bin/sh" in done.err


def test_a_profile_is_named_by_its_line(k: Kexec) -> None:
    """systemd names a profile by its line only."""
    image = k.machine.uki("profiles.efi", cmdline=LINE, profiles=[Profile("ID=rescue", cmdline=f"{LINE} rescue")])
    assert k("--load", image, "--append", f"{LINE} rescue", parent="systemctl").code == 0
    assert k.machine.words[0] == "@1"
    assert k.machine("unload").code == 0
    assert k("--load", image, "--append", LINE, parent="systemctl").code == 0
    assert k.machine.words[0].startswith("ukiload.uki=")


def test_ukiload_as_the_default_entry_means_what_it_would_start(k: Kexec) -> None:
    """systemd 252 takes ukiload for an image, without a line: what it would start is meant."""
    done = k("--load", k.machine.installed, "--append", "", parent="systemctl")
    assert done.code == 0, done.err
    assert k.machine.word("uki") == "\\EFI\\Linux\\debian.efi"


def test_exec_reboots_into_what_is_armed(k: Kexec) -> None:
    """kexec.target calls it at the end; a loaded kernel comes first, and without either the real one says so."""
    k.kernel_loaded(False)
    assert k("-e", real_exit=1).code == 1 and k.passed == ["<-e>"]
    assert k("-l", k.uki).code == 0
    assert "systemctl reboot" in k("-e").out and k.passed == ["<-e>"]
    k.kernel_loaded(True)
    assert k("-e").code == 0 and k.passed == ["<-e>", "<-e>"]


def test_of_load_and_force_the_last_one_decides(k: Kexec) -> None:
    """As in kexec-tools; without either it goes on through a shutdown."""
    for words, goes_on in ((["-l"], False), (["--load"], False), (["-f"], True), ([], True), (["-l", "-f"], True),
                           (["-lf"], True), (["-f", "-l"], False), (["-fl"], False),
                           (["--force", "-d", "--load"], False), (["-c", "-l"], False),
                           (["-a", "-s", "-i", "-d", "-x", "-y", "-l"], False)):
        done = k(*words, k.uki)
        assert done.code == 0 and ("systemctl reboot" in done.out) == goes_on, (words, done)
        assert k.passed == [] and k.machine("unload").code == 0


def test_a_word_that_is_asked_for_twice_is_one(k: Kexec) -> None:
    """A request cannot name an addon twice, and need not."""
    done = k("-l", k.uki, f"--append={LINE} crashkernel=256M crashkernel=256M")
    assert done.code == 0 and k.machine.word("addon") == "kdump", done
    assert done.out.count("crashkernel=256M: ") == 2 and "crashkernel=256M: in the line already" in done.out


@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "folder", "absent", "empty", "text"])
def test_what_is_no_uki_is_not_waited_for(k: Kexec, kind: str) -> None:
    """kexec-tools says what is wrong with it."""
    file = k.folder / kind if kind[0] != "/" else Path(kind)
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind in ("empty", "text"):
        file.write_text(kind if kind == "text" else "")
    assert k("-l", file, real_exit=255).code == 255 and k.passed == [f"<-l><{file}>"]


def test_unload_and_status_ask_both(k: Kexec) -> None:
    """1 is kexec's word for loaded."""
    k.kernel_loaded(False)
    assert k("-S").code == 0 and k("-S", "-l", real_exit=1).code == 1
    assert k.passed == ["<-S>", "<-S><-l>"]
    assert k("-l", k.uki).code == 0
    assert k("-S").code == 1 and len(k.passed) == 2
    assert k("-u", "--dry-run").code == 0 and k.machine.request and len(k.passed) == 2
    assert k("-u").code == 0 and k.machine.request is None and len(k.passed) == 2
    assert k("-u").code == 0 and k.passed[2:] == ["<-u>"]


@pytest.mark.parametrize("words", [
    ["-p", "-s", "--command-line=root=/dev/vda1 nr_cpus=1", "--initrd=/boot/initrd.img", "/boot/vmlinuz"],
    ["-s", "-p", "--command-line", "a 'b' \"c\"", "UKI"],
    ["-l", "--initrd=/boot/initrd.img", "UKI"],
    ["-p", "-u"],
    ["-l", "/boot/vmlinuz", "--append=", "--reuse-cmdline"],
    ["-l", "UKI", "--mem-min=0x1000"],
    ["-l", "-t", "bzImage", "UKI"],
    ["--version"],
    ["-l", "UKI", "UKI"],
    [],
], ids=lambda words: " ".join(words) or "nothing")
def test_everything_else_reaches_the_real_one_untouched(k: Kexec, words: list[str]) -> None:
    """kdump's calls above all: word by word, and with its exit code."""
    vmlinuz = k.folder / "vmlinuz"
    vmlinuz.write_bytes(b"MZ" + bytes(1000))
    words = [{"UKI": str(k.uki), "/boot/vmlinuz": str(vmlinuz)}.get(word, word) for word in words]
    assert k(*words, real_exit=254).code == 254
    assert k.passed == ["".join(f"<{word}>" for word in words)] and k.machine.request is None


def test_a_name_is_a_file_and_not_one_of_the_esp(k: Kexec, monkeypatch: pytest.MonkeyPatch) -> None:
    """As kexec has it: what is called so in EFI/Linux was not meant, and one that begins with a dash is no option."""
    monkeypatch.chdir(k.folder)
    (k.folder / "debian.efi").write_bytes(k.machine.uki("new.efi", cmdline="quiet new").read_bytes())
    done = k("-l", "debian.efi")
    assert done.code == 8 and "firmware reads only FAT" in done.err and k.machine.request is None, done
    monkeypatch.chdir(k.uki.parent)
    assert k("-l", "debian.efi").code == 0 and k.machine.word("uki") == "\\EFI\\Linux\\debian.efi"
    k.machine.uki("-x.efi")
    assert k("-l", "--", "-x.efi").code == 0 and k.machine.word("uki") == "\\EFI\\Linux\\-x.efi"


def test_the_beginning_of_an_option_is_what_it_is_to_the_real_one(k: Kexec) -> None:
    """--loa may be --load-panic as well: kexec-tools says so. It is not a load that goes on to a reboot."""
    for word in ("--loa", "--load-", "--load-p"):
        assert k(word, k.uki, real_exit=255).code == 255 and k.passed[-1] == f"<{word}><{k.uki}>"
    assert k.machine.request is None


def test_nothing_is_loaded_where_kexec_tools_is_not(tmp_path: Path) -> None:
    """1 would say that something is."""
    k = Kexec(tmp_path)
    k.tool.unlink()
    assert k.machine("kexec", "enable").code == 0
    for loaded, ends in ((False, 0), (True, 1)):
        k.kernel_loaded(loaded)
        assert k("-S").code == ends and k("-u").code == ends
    k.kernel_loaded(False)
    assert k("-l", k.uki).code == 0 and k("-S").code == 1 and k("-u").code == 0 and k("-S").code == 0


def test_a_refusal_is_an_exit_code(k: Kexec) -> None:
    """So that systemctl does not reboot into something else: what is not signed for this machine is not loaded."""
    bad = k.machine.uki("bad.efi", sign="unknown")
    done = k("--load", bad, "--append", LINE, parent="systemctl")
    assert done.code == 6 and k.machine.request is None and k.passed == []
