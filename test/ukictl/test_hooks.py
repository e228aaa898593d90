# SPDX-License-Identifier: BSD-2-Clause
"""What an upgrade says of a new UKI: the plugin of kernel-install, and what it shares with the package's trigger."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, UKICTL
from machine import Machine

VERSION = "6.12.1-amd64"


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.policy("loglevel=?\n")
    shutil.move(machine.esp / "EFI/Linux/debian.efi", machine.esp / f"EFI/Linux/token-{VERSION}+3.efi")
    return machine


def upgraded(m: Machine, verb: str = "add", **more: str) -> str:
    """What kernel-install shows of the plugin, installed as `make install` does it."""
    work = m.root.parent
    ready(m)
    plugin = work / "95-ukiload.install"
    plugin.write_text((ROOT / "units/95-ukiload.install").read_text().replace("@libdir@", str(work / "lib")))
    return typed(m, plugin, verb, VERSION, "/unused", "/unused", KERNEL_INSTALL_BOOT_ROOT=str(m.esp),
                 **{"KERNEL_INSTALL_ENTRY_TOKEN": "token", **more})


def triggered(m: Machine) -> str:
    """What the package's trigger shows."""
    return typed(m, ready(m))


def ready(m: Machine) -> Path:
    """plan-new as installed, of this machine, and the ukictl that it finds."""
    work = m.root.parent
    for folder in ("lib/ukiload", "bin"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    script = work / "lib/ukiload/plan-new"
    text = (ROOT / "units/plan-new").read_text()
    assert text.count("/efi /boot/efi /boot") == 1
    script.write_text(text.replace("/efi /boot/efi /boot", f"{m.esp} {m.root}/boot/efi"))
    script.chmod(0o755)
    (work / "bin/ukictl").write_text(f'#!/bin/sh\nexec {UKICTL} "$@" --root {m.root}\n')
    (work / "bin/ukictl").chmod(0o755)
    return script


def typed(m: Machine, script: Path, *words: str, **more: str) -> str:
    work = m.root.parent
    told = {"PATH": f"{work}/bin:{os.environ['PATH']}", "STATE_DIRECTORY": str(work / "state"), **more}
    done = subprocess.run(["sh", script, *words], capture_output=True, text=True, check=True,
                          env={**os.environ, **told})
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("prefix", "folder"), [("/usr", "/usr/lib/kernel/install.d"),
                                                ("/usr/local", "/etc/kernel/install.d")])
def test_the_plugin_lies_where_kernel_install_looks(prefix: str, folder: str) -> None:
    """kernel-install(8): in /usr/lib and /etc, and nowhere else."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    done = subprocess.run(["make", "-C", ROOT, "-n", "install", f"PREFIX={prefix}"], capture_output=True, text=True,
                          check=True, env=env)
    assert f" -t {folder} units/95-ukiload.install\n" in done.stdout
    assert f"@libdir@,{prefix}/lib,' {folder}/95-ukiload.install\n" in done.stdout


def test_a_new_uki_that_boots_with_all_its_addons_is_no_news(m: Machine) -> None:
    """Also when a kernel is removed, or the UKI is another one."""
    m.standing("good", "loglevel=3")
    assert upgraded(m) == ""
    m.standing("bad", "init=/bin/sh")
    assert upgraded(m, "remove") == ""
    shutil.move(m.esp / f"EFI/Linux/token-{VERSION}+3.efi", m.esp / "EFI/Linux/other.efi")
    assert upgraded(m) == ""


def test_an_addon_that_will_be_hidden_is_named_with_the_reason(m: Machine) -> None:
    """The upgrade goes on."""
    m.standing("bad", "init=/bin/sh")
    said = " ".join(upgraded(m).split())
    image, addon = f"\\EFI\\Linux\\token-{VERSION}+3.efi", "\\loader\\addons\\bad.addon.efi"
    assert said.startswith(f"ukiload: {image} will boot without {addon}: ")
    assert '"init=/bin/sh" refused' in said


def test_kernel_install_may_name_the_entry(m: Machine) -> None:
    """Which then need not be the token and the version."""
    m.standing("bad", "init=/bin/sh")
    shutil.move(m.esp / f"EFI/Linux/token-{VERSION}+3.efi", m.esp / "EFI/Linux/named.efi")
    assert "\\EFI\\Linux\\named.efi will boot without" in upgraded(m, KERNEL_INSTALL_ENTRY_NAME="named")


def test_a_uki_that_nobody_vouches_for_is_said(m: Machine) -> None:
    """Above all, for firmware refuses it; so is an addon that the installed policy would let through."""
    m.standing("strange", "loglevel=4", sign="unknown")
    said = upgraded(m)
    assert "strange.addon.efi: trust: no signature leads to a certificate that is trusted" in said
    m.uki(f"token-{VERSION}+3.efi", sign=None)
    assert f"will not be started: \\EFI\\Linux\\token-{VERSION}+3.efi: trust: not signed" in upgraded(m)
    assert m("remove").code == 0
    assert upgraded(m) == "", "without ukiload there is nothing to tell"
    elsewhere = shutil.copy(m.esp / f"EFI/Linux/token-{VERSION}+3.efi", m.root.parent / "a.efi")
    m.remove_esp()
    done = m("plan", "--refusals", elsewhere)
    assert (done.code, done.out, done.err) == (0, "", ""), "nor without an ESP"


def test_a_uki_that_will_not_start_is_said(m: Machine) -> None:
    """By what makes it so."""
    m.policy("@on-violation abort\nloglevel=?\n")
    m.standing("bad", "init=/bin/sh")
    assert "ukiload: will not be started: " in upgraded(m)


def test_a_trigger_says_what_is_new_and_says_it_once(m: Machine) -> None:
    """A package's file has the time of its build, older than all that was seen; a counted one gets another name."""
    m.standing("bad", "init=/bin/sh")
    first = m.esp / f"EFI/Linux/token-{VERSION}+3.efi"
    assert first.name in triggered(m) and triggered(m) == ""
    first = first.rename(first.with_name(f"token-{VERSION}+2-1.efi"))
    assert triggered(m) == ""
    brought = m.uki("brought by a package.efi", cmdline="quiet other")
    os.utime(brought, (1, 1))
    said = triggered(m)
    assert "brought by a package.efi will boot without" in said and first.name not in said and triggered(m) == ""
    m.uki("brought by a package.efi", cmdline="quiet newer")
    assert "brought by a package.efi will boot without" in triggered(m)


def test_a_time_that_ends_another_one_is_new(m: Machine) -> None:
    """A package built with the epoch as its time: as long as a UKI that was seen, whose time ends in the same digit."""
    seen = m.esp / f"EFI/Linux/token-{VERSION}+3.efi"
    os.utime(seen, (1700000000, 1700000000))
    m.standing("bad", "init=/bin/sh")
    assert seen.name in triggered(m)
    brought = shutil.copy(seen, m.esp / "EFI/Linux/brought.efi")
    os.utime(brought, (0, 0))
    assert "brought.efi will boot without" in triggered(m)


def test_a_plugin_that_was_left_behind_stops_no_kernel(m: Machine) -> None:
    """It lies in /etc where the rest is in /usr/local: kernel-install fails of a plugin that does."""
    m.standing("bad", "init=/bin/sh")
    assert "will boot without" in upgraded(m)
    shutil.rmtree(m.root.parent / "lib")
    done = subprocess.run(["sh", m.root.parent / "95-ukiload.install", "add", VERSION], capture_output=True, text=True,
                          check=False, env={**os.environ, "KERNEL_INSTALL_BOOT_ROOT": str(m.esp),
                                            "KERNEL_INSTALL_ENTRY_TOKEN": "token"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_kernel_install_has_said_the_trigger_does_not_say_again(m: Machine) -> None:
    """But what came beside it."""
    m.standing("bad", "init=/bin/sh")
    m.uki("beside.efi", cmdline="quiet beside")
    assert f"token-{VERSION}+3.efi" in upgraded(m)
    said = triggered(m)
    assert "beside.efi" in said and "token" not in said


def test_a_system_without_what_the_plugin_asks_for_goes_on(m: Machine) -> None:
    """No machine-id, no UKI: an upgrade never fails for want of news."""
    assert upgraded(m, KERNEL_INSTALL_ENTRY_TOKEN="") == ""
    shutil.rmtree(m.esp / "EFI/Linux")
    assert triggered(m) == "" and upgraded(m) == ""


@pytest.mark.parametrize(("call", "disabled"), [
    (("remove",), True), (("upgrade", "0.2"), True), (("upgrade", "0.1-1"), True), (("upgrade", "0.3"), False),
    (("upgrade", "0.3~bpo12+1"), False), (("upgrade", "0.4"), False),
    (("deconfigure", "in-favour", "a", "0.2"), False)])
def test_a_package_takes_the_front_end_of_kexec_back_where_nothing_is_behind_it(
        tmp_path: Path, call: tuple[str, ...], disabled: bool) -> None:
    """A ukictl before 0.3 does not know that it is kexec: after a downgrade no kernel for kdump would be loaded."""
    (tmp_path / "ukictl").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n')
    (tmp_path / "ukictl").chmod(0o755)
    text = (ROOT / "debian/prerm").read_text().replace("/sys/firmware", f"{tmp_path}/nothing")
    subprocess.run(["sh", "-c", text, "prerm", *call], check=True,
                   env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    calls = tmp_path / "calls"
    assert (calls.read_text() if calls.exists() else "") == ("kexec disable --quiet\n" if disabled else "")
