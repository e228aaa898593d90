# SPDX-License-Identifier: BSD-2-Clause
"""An image is held once: what a command needs beyond the file does not grow with the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import UKICTL, put, uki, ukictl
from lab import keys, pe_edit
from lab.uki import addon
from machine import Machine

MIB = 1 << 20
# A process of its own, for what its parent had resident when it forked would count too.
MOST = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@pytest.mark.parametrize("verb", ["plan", "load", "predict", "verify"])
def test_a_command_needs_the_file_and_16_mib(tmp_path: Path, verb: str) -> None:
    """Counted by the kernel: the most that was resident at a time."""
    m = Machine(tmp_path, shim=True)
    m.policy("loglevel=?\n")
    (tmp_path / "initrd").write_bytes(b"\x5a" * (48 * MIB))
    image = put(uki(initrd=tmp_path / "initrd"), m.esp / "EFI/Linux/big.efi")
    put(addon("loglevel=3"), m.esp / "loader/addons/words.addon.efi")
    words = {"load": ["big", "--root", m.root], "verify": [image, "--cert", keys.cert_file("mok")]}
    done = subprocess.run([sys.executable, "-c", MOST, UKICTL, verb,
                           *map(str, words.get(verb, [image, "--esp-path", m.esp]))],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    beyond = int(done.stdout.split()[-1]) * 1024 - image.stat().st_size
    assert beyond < 16 * MIB, f"{beyond / MIB:.1f} MiB beyond the file"


@pytest.mark.parametrize("verb", ["plan", "load", "predict"])
def test_the_default_image_is_read_once(tmp_path: Path, verb: str) -> None:
    """Which image it is was found by judging it: what was read for that is what is planned. Counted by the kernel."""
    m = Machine(tmp_path, shim=True)
    m.policy("loglevel=?\n")
    for other in (m.esp / "EFI/Linux").glob("*.efi"):
        other.unlink()
    (tmp_path / "initrd").write_bytes(b"\x5a" * (8 * MIB))
    image = put(uki(initrd=tmp_path / "initrd"), m.esp / "EFI/Linux/big.efi")
    with subprocess.Popen([UKICTL, verb, "--root", m.root], stdout=subprocess.PIPE) as process:
        assert process.stdout and b"big.efi" in process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        counts = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii")
    read = int(counts.split()[1])
    assert process.returncode == 0 and image.stat().st_size < read < image.stat().st_size + 4 * MIB


def test_zeros_that_the_file_leaves_out_are_measured(tmp_path: Path) -> None:
    """An .initrd whose last zeros only the loaded image has: PCR 11 is that of the same image with them."""
    m = Machine(tmp_path, secure_boot=False)
    (tmp_path / "initrd").write_bytes(b"\x5a" * 4096 + bytes(4096))
    whole = uki(initrd=tmp_path / "initrd", sign=None)
    raw = pe_edit.section(whole.read_bytes(), ".initrd").raw_size
    short = pe_edit.edited(whole, pe_edit.set_field(".initrd", pe_edit.RAW_SIZE, raw - 1024), sign=None)
    found = [ukictl("predict", put(image, m.esp / "EFI/Linux/a.efi"), "--esp-path", m.esp, "--json").json["pcrs"]["11"]
             for image in (whole, short)]
    assert found[0]["known"] and found[0] == found[1]
