# SPDX-License-Identifier: BSD-2-Clause
"""Whatever a machine lacks or has half of, each verb ends with a code of its own, says why, and prints one object for
--json."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import UKICTL, put, uki
from lab.uki import addon
from machine import IMAGE, Machine


def _nothing(m: Machine) -> None:
    shutil.rmtree(m.root)
    m.root.mkdir()


def _empty_esp(m: Machine) -> None:
    m.remove_esp()
    m.esp.mkdir()


def _half_an_image(m: Machine) -> None:
    m.installed.write_bytes(m.installed.read_bytes()[:4000])


def _no_proc(m: Machine) -> None:
    shutil.rmtree(m.root / "proc")


def _cut_variables(m: Machine) -> None:
    assert m("load", "debian").code == 0
    for path in m.vars.iterdir():
        path.write_bytes(path.read_bytes()[:5])


def _no_uki(m: Machine) -> None:
    (m.esp / "EFI/Linux/debian.efi").write_bytes(b"MZ" + bytes(5000))


BROKEN: dict[str, Callable[[Machine], None]] = {
    "nothing": _nothing, "no ESP": Machine.remove_esp, "an empty ESP": _empty_esp, "half an image": _half_an_image,
    "no variables": lambda m: shutil.rmtree(m.vars), "no /proc": _no_proc, "cut variables": _cut_variables,
    "no UKI": _no_uki, "an empty image": lambda m: m.installed.write_bytes(b""),
}
VERBS = """load|load debian|load UKI|load debian --addon kdump|load debian --append x=y|load debian --reuse-cmdline|run
load --method=loader-entry|exec|exec --no-reboot|unload|unload --stale|unload --strict|status|confirm|list|kexec|remove
install --image IMAGE|install --image IMAGE --no-variables|install --image IMAGE --graceful|update --image IMAGE
update --image IMAGE --graceful|plan|plan UKI|plan debian|plan UKI --refusals|plan debian --refusals|plan --refusals
plan UKI --addon ADDON|plan UKI --addon x|predict|predict UKI --events|predict --via=next|verify debian|verify UKI
policy show|policy check quiet|policy lint|policy suggest ADDON --uki debian|kdump|kdump debian|kdump status
addon list|addon show ADDON|addon show kdump|addon install ADDON|addon install ADDON --always|addon promote
addon install ADDON --for debian|addon install ADDON --force|addon promote --for debian|addon remove log|-S|-e|-u"""


@pytest.mark.parametrize("how", BROKEN)
def test_each_verb_ends_with_words(tmp_path: Path, how: str) -> None:
    m = Machine(tmp_path)
    given = {"UKI": str(put(uki(sign=m.key), tmp_path / "x.efi")), "IMAGE": str(IMAGE),
             "ADDON": str(put(addon("loglevel=5", sign=m.key), tmp_path / "log.addon.efi"))}
    BROKEN[how](m)
    for typed in VERBS.replace("\n", "|").split("|"):
        words = [given.get(word, word) for word in typed.split()]
        done = subprocess.run([UKICTL, *words, "--root", m.root], capture_output=True, check=False, timeout=60)
        assert done.returncode in (*range(12), 255), (typed, done)
        assert done.returncode == 0 or done.stdout or done.stderr or typed.endswith("--refusals"), (typed, done)
        words.append("--json")
        done = subprocess.run([UKICTL, *words, "--root", m.root], capture_output=True, check=False, timeout=60)
        assert isinstance(json.loads(done.stdout), dict), (typed, done)
