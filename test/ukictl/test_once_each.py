# SPDX-License-Identifier: BSD-2-Clause
"""`load` reads each image and addon once and checks each signature once, however many words it finds addons for."""

from __future__ import annotations

import collections
import subprocess
from pathlib import Path

import pytest
from machine import Machine

HERE = Path(__file__).parent


@pytest.fixture(name="counter", scope="session")
def _counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is preloaded to count."""
    library = tmp_path_factory.mktemp("count") / "count_calls.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, HERE / "count_calls.c"], check=True)
    return library


def counted(counter: Path, log: Path, m: Machine, *words: str) -> tuple[dict[str, int], int]:
    """The bytes read of each file of the ESP, and the signatures checked."""
    done = m(*words, env={"LD_PRELOAD": str(counter), "COUNT_CALLS": str(log)})
    assert done.code == 0, done.err
    read: dict[str, int] = collections.Counter()
    signatures = 0
    for line in log.read_text(encoding="utf-8").splitlines():
        if line == "signature":
            signatures += 1
            continue
        _, size, path = line.split(" ", 2)
        if path.endswith((".efi", ".EFI")):
            read[path] += int(size)
    return read, signatures


@pytest.mark.parametrize("shim", [False, True])
def test_each_file_is_read_once_and_each_signature_checked_once(tmp_path: Path, counter: Path, shim: bool) -> None:
    """Three words from three of the pool's five addons, beside two standing ones."""
    m = Machine(tmp_path, shim=shim)
    m.policy("quiet\nconsole=ttyS0\nstanding1=1\nstanding2=1\ncrashkernel=*\nloglevel=?\ndebug\n")
    standing = [m.standing(name, f"standing{name}=1") for name in "12"]
    picked = [m.pool("kdump", "crashkernel=256M"), m.pool("loud", "loglevel=7"), m.pool("bugs", "debug")]
    others = [m.pool("not", "nosuch=1"), m.pool("nor", "nosuch=2")]
    read, signatures = counted(counter, tmp_path / "log", m, "load", "debian.efi", "--append",
                               "crashkernel=256M loglevel=7 debug")
    named = sorted(word.removeprefix("ukiload.addon=") for word in m.words if "addon=" in word)
    assert named == ["bugs", "kdump", "loud"]
    judged = [m.installed, m.esp / "EFI/Linux/debian.efi", *standing, *picked]
    assert {str(path) for path in (*judged, *others)} <= set(read)
    assert {path: size for path, size in read.items() if size != Path(path).stat().st_size} == {}
    assert signatures == len(judged)
