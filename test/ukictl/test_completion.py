# SPDX-License-Identifier: BSD-2-Clause
"""Completion: what ukictl answers to a shell, and that bash, zsh and fish make words of it."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, UKICTL, ukictl
from machine import Machine

ENV = {**os.environ, "PATH": f"{Path(UKICTL).resolve().parent}:{os.environ['PATH']}", "TERM": "dumb"}


def answer(*words: object) -> list[str]:
    """What may follow; the last word is what there is of it."""
    done = ukictl("--complete", *words)
    assert done.code == 0 and done.err == ""
    return [line.partition("|")[0] or line for line in done.out.splitlines()]


def verbs() -> list[str]:
    return re.findall(r"^  ([a-z]+) ", ukictl("--help").out, re.MULTILINE)


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    m = Machine(tmp_path, install=False)
    m.pool("kdump", "crashkernel=256M")
    m.pool("kdebug", "debug")
    return m


def test_verbs_and_their_options() -> None:
    """All that --help names, wherever a verb stands."""
    assert answer("") == verbs()
    assert answer("unl") == ["unload"]
    for verb in verbs():
        named = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", ukictl(verb, "--help").out, re.MULTILINE))
        inner = [word for word in answer(verb, "") if not word.startswith("|")]
        offered = set(answer(verb, "--")).union(*(answer(verb, word, "--") for word in inner))
        assert named <= offered, (verb, named - offered)
    assert answer("--root", "/", "stat") == answer("stat")
    assert answer("-l", "--reu") == ["--reuse-cmdline"]
    assert answer("policy", "sug") == ["suggest"]
    assert answer("nothing", "such", "") == verbs()


def test_values() -> None:
    """Choices, files, folders; as one word, as two, and as the three that bash makes of it."""
    for words in (("--method=",), ("--method", ""), ("--method", "=", ""), ("--method", "=")):
        assert answer("load", *words) == ["bootnext", "loader-entry"], words
    assert answer("load", "--method=l") == answer("load", "--method", "=", "l") == ["loader-entry"]
    assert answer("load", "--root", "x") == answer("--root", "") == answer("--root=") == ["|DIR"]
    assert answer("install", "--image=") == ["|FILE"]
    assert answer("load", "--append", "") == []


def test_names_of_the_machine_that_is_meant(m: Machine) -> None:
    """Images and addons below --root or on --esp-path, and none where there is no machine."""
    assert answer("load", "--root", m.root, "d") == ["debian.efi", "|FILE"]
    assert answer(f"--root={m.root}", "load", "d") == ["debian.efi", "|FILE"]
    assert answer("load", "--root", "=", m.root, "--addon", "=", "kd") == ["kdebug", "kdump"]
    assert answer("load", f"--root={m.root}", f"--esp-path={m.esp}", "--addon=kdu") == ["kdump"]
    assert answer("load", "--root=/nothere", "") == ["|FILE"]


def bash(*words: str) -> list[str]:
    """By the function that bash calls."""
    script = f"source {ROOT}/completion/bash/ukictl\n" + """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_ukictl
printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True, env=ENV,
                          cwd="/")
    assert done.stderr == ""
    return done.stdout.splitlines()


def fish(line: str) -> list[str]:
    """As fish completes a line."""
    script = f"source {ROOT}/completion/fish/ukictl.fish; complete -C {shlex.quote(line)}"
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True, env=ENV,
                          cwd="/")
    return sorted(found.partition("\t")[0] for found in done.stdout.splitlines())


def _until(master: int, mark: bytes) -> bytes:
    seen = b""
    while mark not in seen:
        assert select.select([master], [], [], 60)[0], seen
        seen += os.read(master, 4096)
    return seen


def zsh(line: str) -> str:
    """What zsh makes of a line when Tab is typed."""
    setup = (f"fpath=({ROOT}/completion/zsh $fpath); autoload -U compinit; compinit -u -D; PS1= RPS1=; "
             "unsetopt zle_bracketed_paste 2>/dev/null; "
             "tell() { print -r -- '<''<'$BUFFER'>''>'; exit }; zle -N tell; bindkey '^X' tell\n")
    master, slave = pty.openpty()
    with subprocess.Popen(["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, env=ENV, cwd="/",
                          start_new_session=True) as shell:
        os.close(slave)
        os.write(master, f"{setup}print REA''DY\n".encode())
        _until(master, b"READY")
        os.write(master, f"{line}\t\x18".encode())
        seen = _until(master, b">>")
        shell.kill()
    os.close(master)
    return re.findall(rb"<<(.*?)>>", seen)[0].decode()


def test_bash(m: Machine, tmp_path: Path) -> None:
    """Verbs, values, names, files and folders."""
    assert bash("ukictl", "un") == ["unload"]
    assert bash("ukictl", "load", "--method", "=", "boot") == ["bootnext"]
    assert bash("ukictl", "load", "--method", "=") == ["bootnext", "loader-entry"]
    assert bash("ukictl", "load", "--root", "=", str(m.root), "deb") == ["debian.efi"]
    assert bash("ukictl", "load", "--root", str(m.root), "--addon", "kdu") == ["kdump"]
    assert bash("ukictl", "list", "--root", f"{tmp_path}/ro") == [str(m.root)]


def test_fish(m: Machine, tmp_path: Path) -> None:
    """The same."""
    assert fish("ukictl un") == ["unload"]
    assert fish("ukictl load --method=") == ["--method=bootnext", "--method=loader-entry"]
    assert fish("ukictl load --method boot") == ["bootnext"]
    assert fish(f"ukictl load --root={m.root} debi") == ["debian.efi"]
    assert fish(f"ukictl load --root {m.root} --addon=kdu") == ["--addon=kdump"]
    assert fish(f"ukictl list --root={tmp_path}/ro") == [f"--root={m.root}/"]


def test_zsh(m: Machine, tmp_path: Path) -> None:
    """The same."""
    assert zsh("ukictl unl") == "ukictl unload "
    assert zsh("ukictl load --method=boot") == "ukictl load --method=bootnext "
    assert zsh("ukictl load --method boot") == "ukictl load --method bootnext "
    assert zsh(f"ukictl load --root={m.root} debi") == f"ukictl load --root={m.root} debian.efi "
    assert zsh(f"ukictl load --root {m.root} --addon=kdu") == f"ukictl load --root {m.root} --addon=kdump "
    assert zsh(f"ukictl list --root={tmp_path}/ro").rstrip() == f"ukictl list --root={m.root}/"


@pytest.mark.parametrize("file", ["bash/ukictl", "zsh/_ukictl", "fish/ukictl.fish"])
def test_the_shell_can_read_it(file: str) -> None:
    """Without running it."""
    shell = file.partition("/")[0]
    done = subprocess.run([shell, "-n", ROOT / "completion" / file], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""
