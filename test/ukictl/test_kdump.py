# SPDX-License-Identifier: BSD-2-Clause
"""ukictl kdump: the size, the addon, the armed boot, and whether the reservation is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import keys
from machine import Machine

POOL = "EFI/ukiload/addons"
GRUB = 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M"\n'
DEFAULT = "1G-4G:192M,4G-64G:256M,64G-:512M"


def with_key(tmp_path: Path, **more: bool) -> Machine:
    """A machine whose own key it trusts."""
    machine = Machine(tmp_path, **more)
    (machine.root / "etc").mkdir()
    (machine.root / "etc/ukiload.conf").write_text(f"SecureBootPrivateKey={keys.key_file(machine.key)}\n"
                                                   f"SecureBootCertificate={keys.cert_file(machine.key)}\n")
    return machine


def reserve(machine: Machine, size: int, *, loaded: bool) -> None:
    """What the running kernel says."""
    (machine.root / "sys/kernel/kexec_crash_size").write_text(f"{size}\n")
    (machine.root / "sys/kernel/kexec_crash_loaded").write_text(f"{int(loaded)}\n")


@pytest.mark.parametrize("shim", [False, True])
def test_an_addon_is_made_judged_and_armed_for_one_boot(tmp_path: Path, shim: bool) -> None:
    """The size that kdump-tools gives to GRUB; a second call finds the addon; --dry-run writes nothing."""
    machine = with_key(tmp_path, shim=shim)
    (machine.root / "etc/default/grub.d").mkdir(parents=True)
    (machine.root / "etc/default/grub.d/kdump-tools.cfg").write_text(GRUB)
    before = machine.everything()
    dry = machine("kdump", "--dry-run")
    assert dry.code == 0 and "would be made" in dry.out and machine.everything() == before, dry
    assert machine("kdump", "--dry-run", "--json").json["made"] is False
    done = machine("kdump")
    assert done.code == 0 and machine.word("addon") == "kdump", done
    assert "crashkernel=512M-:192M (/etc/default/grub.d/kdump-tools.cfg)" in done.out and "made now" in done.out
    assert "ukictl exec" in done.out and (machine.esp / POOL / "kdump.addon.efi").exists()
    again = machine("kdump", "debian", "--json")
    assert again.json["made"] is False and again.json["armed"] is True and again.json["size"] == "512M-:192M"


def test_the_size_is_what_is_asked_or_what_an_addon_says(tmp_path: Path) -> None:
    """--size, a kdump addon that somebody brought, the default by the machine's memory."""
    machine = with_key(tmp_path)
    assert machine("kdump", "--json").json["size"] == DEFAULT
    asked = machine("kdump", "--size", "1G,high", "--json").json
    assert (asked["addon"], asked["made"], machine.word("addon")) == ("kdump-1G-high", True, "kdump-1G-high")
    assert machine("kdump", "--json").json["addon"] == "kdump"
    machine.pool("kdump", "crashkernel=77M crashkernel=1M,low")
    brought = machine("kdump", "--json").json
    assert (brought["addon"], brought["size"]) == ("kdump", "77M crashkernel=1M,low")
    machine.pool("other", "crashkernel=99M")
    assert machine("kdump", "--size=99M", "--json").json["addon"] == "other"
    machine.pool("kdump-5M", "crashkernel=6M")
    taken = machine("kdump", "--size=5M")
    assert taken.code == 1 and "kdump-5M" in taken.err, taken
    for size in ("", "1G 2G", "x" * 300):
        assert machine("kdump", "--size", size).code == 2


def test_what_cannot_be_armed_says_why(tmp_path: Path) -> None:
    """No key; a policy without crashkernel=; no such image. Nothing is written."""
    machine = Machine(tmp_path)
    before = machine.everything()
    done = machine("kdump")
    assert done.code == 6 and "--sign-key" in done.err and "ukictl addon install" in done.err, done
    assert machine("kdump", "nobody").code == 1 and machine.everything() == before
    assert machine("kdump", "--sign-key", "k").code == 2
    machine.policy("quiet\n")
    words = ("kdump", "--sign-key", keys.key_file("db"), "--sign-cert", keys.cert_file("db"))
    refused = machine(*words)
    assert refused.code == 7 and "crashkernel" in refused.err and machine.request is None, refused
    assert refused.err.startswith("ukictl: kdump.addon.efi: not installed"), "not a file that is gone by now"
    assert "--force" not in refused.err and "ukictl install --policy FILE" in refused.err, "kdump has no --force"
    assert not list((machine.esp / POOL).iterdir())


def test_the_state_is_told_with_the_step_that_is_next(tmp_path: Path) -> None:
    """Nothing reserved, reserved, loaded; after a reload the step that keeps it."""
    machine = with_key(tmp_path)
    none = machine("kdump", "status")
    assert none.code == 3 and "next      ukictl kdump" in none.out, none
    reserve(machine, 192 << 20, loaded=False)
    half = machine("kdump")
    assert half.code == 1 and "reserved  192 MiB" in half.out and "restart kdump-tools" in half.out
    assert not machine.request
    reserve(machine, 192 << 20, loaded=True)
    ready = machine("kdump", "status", "--json").json
    assert ready["ready"] is True and ready["reserved"] == 192 << 20 and ready["next"] == ""
    assert machine("kdump", "--size", "256M").code == 0
    line = "quiet crashkernel=256M"
    machine.cmdline(line)
    machine.fire("started", cmdline=line, extra="uki=\\EFI\\Linux\\debian.efi\n"
                 "addon=\\EFI\\ukiload\\addons\\kdump.addon.efi admitted\n")
    assert "next      ukictl confirm, and then: ukictl addon promote" in machine("kdump").out
    assert machine("confirm").code == 0
    assert machine("kdump", "--json").json["next"] == "ukictl addon promote"
    assert machine("addon", "promote").code == 0
    machine.remove_esp()
    assert machine("kdump", "status").code == 0 and machine("kdump", "debian").code == 8


def test_a_folder_for_the_new_addon_is_made_where_tmpdir_says(tmp_path: Path) -> None:
    """As signing does it; where none can be made nothing is written."""
    machine = Machine(tmp_path, secure_boot=False)
    before = machine.everything()
    done = machine("kdump", env={"TMPDIR": str(tmp_path / "none")})
    assert done.code == 1 and "no folder for temporary files" in done.err, done
    assert machine.everything() == before
    (tmp_path / "there").mkdir()
    assert machine("kdump", env={"TMPDIR": str(tmp_path / "there")}).code == 0
    assert list((tmp_path / "there").iterdir()) == []


def test_a_program_of_ones_own_signs_the_addon(tmp_path: Path) -> None:
    """Whatever install signs with: a tool may need no file with a key."""
    machine = with_key(tmp_path)
    program = tmp_path / "sign"
    program.write_text(f'#!/bin/sh\nexec sbsign --key {keys.key_file("db")} --cert {keys.cert_file("db")} '
                       '--output "$2" "$1"\n')
    program.chmod(0o755)
    (machine.root / "etc/ukiload.conf").write_text(f"SecureBootSigningTool={program}\n")
    done = machine("kdump")
    assert done.code == 0 and "made now" in done.out and machine.word("addon") == "kdump", done
