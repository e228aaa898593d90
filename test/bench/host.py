# SPDX-License-Identifier: BSD-2-Clause
"""What judging a large image costs on the host: processor time as a ratio to that of openssl's SHA-256 of the same
file, which uses the processor's instructions for it, and memory beyond the file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import cells

sys.path[:0] = [str(cells.ROOT / "test" / "ukictl"), str(cells.ROOT / "mk")]

# pylint: disable=wrong-import-position
from boots import TAG, stock  # noqa: E402
from conftest import UKICTL, uki  # noqa: E402
from lab import addon, cache, keys  # noqa: E402
from machine import Machine  # noqa: E402

TRIES = 5
# A process of its own, for what its parent had resident when it forked would count too.
_MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime, used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True)
class Used:
    """Of one command: seconds of the processor, its own and the system's; the most memory that was resident."""

    own: float
    system: float
    memory: int

    @property
    def seconds(self) -> float:
        """Both."""
        return self.own + self.system


def _used(*words: object) -> Used:
    """Once."""
    done = subprocess.run([sys.executable, "-c", _MEASURED, *map(str, words)], capture_output=True, text=True,
                          check=True)
    own, system, memory = done.stdout.split()
    return Used(float(own), float(system), int(memory) * 1024)


def _image(mib: int, folder: Path) -> Path:
    """A signed UKI of about that size, and nothing of it in the tests' cache."""
    with mock.patch.object(cache, "directory", return_value=folder):
        (folder / "filling").write_bytes(os.urandom(mib * cells.MIB))
        return uki(initrd=folder / "filling")


def _log(file: Path) -> Path:
    """Of a TPM with the bank SHA-256, on a machine whose kernel measures its initrd."""
    log = stock()
    log.banks = ("sha256",)
    log.add(9, TAG, b"Linux initrd\0")
    return log.write(file)


def commands(mib: int) -> Iterator[tuple[str, Used, int]]:
    """openssl and each command on an image of that size, which comes third: the best of some tries. The commands take
    turns, for what else the machine does changes what a second of it is worth."""
    with tempfile.TemporaryDirectory() as folder:
        m = Machine(Path(folder), shim=True)
        m.policy("loglevel=?\n")
        image = m.esp / "EFI/Linux/big.efi"
        with tempfile.TemporaryDirectory() as work:
            _image(mib, Path(work)).rename(image)
        (m.esp / "loader/addons").mkdir(parents=True)
        (m.esp / "loader/addons/words.addon.efi").write_bytes(addon("loglevel=3").read_bytes())
        size = image.stat().st_size
        predict = (UKICTL, "predict", image, "--esp-path", m.esp)
        logged = (*predict, "--eventlog", _log(m.root / "log"))
        calls: dict[str, Sequence[object]] = {
            "openssl dgst -sha256": ("openssl", "dgst", "-sha256", image),
            "ukictl plan": (UKICTL, "plan", image, "--esp-path", m.esp),
            "ukictl plan --refusals": (UKICTL, "plan", image, "--refusals", "--root", m.root),
            "ukictl verify": (UKICTL, "verify", image, "--cert", keys.cert_file("mok")),
            "ukictl load": (UKICTL, "load", "big", "--root", m.root),
            "ukictl predict --bank sha256": (*predict, "--bank", "sha256"),
            "ukictl predict --eventlog LOG": logged,
            "ukictl predict --eventlog LOG --json": (*logged, "--json"),
            "ukictl predict": predict,
        }
        rounds = [{name: _used(*words) for name, words in calls.items()} for _ in range(TRIES)]
        for name in calls:
            yield name, min((found[name] for found in rounds), key=lambda used: used.seconds), size
