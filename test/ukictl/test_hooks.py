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
    (work / "lib/ukiload").mkdir(parents=True, exist_ok=True)
    (work / "bin").mkdir(exist_ok=True)
    shutil.copy(ROOT / "units/plan-new", work / "lib/ukiload")
    plugin = work / "95-ukiload.install"
    plugin.write_text((ROOT / "units/95-ukiload.install").read_text().replace("@libdir@", str(work / "lib")))
    (work / "bin/ukictl").write_text(f'#!/bin/sh\nexec {UKICTL} "$@" --root {m.root}\n')
    (work / "bin/ukictl").chmod(0o755)
    told = {"PATH": f"{work}/bin:{os.environ['PATH']}", "STATE_DIRECTORY": str(work / "state"),
            "KERNEL_INSTALL_BOOT_ROOT": str(m.esp), "KERNEL_INSTALL_ENTRY_TOKEN": "token", **more}
    done = subprocess.run(["sh", plugin, verb, VERSION, "/unused", "/unused"], capture_output=True, text=True,
                          check=True, env={**os.environ, **told})
    assert done.stderr == ""
    return done.stdout


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


def test_a_uki_that_will_not_start_is_said(m: Machine) -> None:
    """By what makes it so."""
    m.policy("@on-violation abort\nloglevel=?\n")
    m.standing("bad", "init=/bin/sh")
    assert "ukiload: will not be started: " in upgraded(m)
