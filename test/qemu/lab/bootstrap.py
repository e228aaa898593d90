# SPDX-License-Identifier: BSD-2-Clause
"""A root of another Debian release, made by its own packages: mmdebstrap runs dpkg and every maintainer script in it.

As root in a chroot, else in a user namespace. The archive is the one that the system uses; its apt stays as it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import debs


def cached(kind: str, suite: str, told: object, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, under a name of what it was told to be; made once, by one process."""
    name = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
    folder = debs.cache_dir() / kind / f"{suite}-{name}"
    folder.parent.mkdir(exist_ok=True)
    with _alone(f"{kind}.{folder.name}"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(prefix=f".{suite}-", dir=folder.parent) as work:
                Path(work).chmod(0o755)
                make(Path(work))
                Path(work).rename(folder)
    return folder


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with open(debs.cache_dir() / f"lock.{name}", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(suite: str, packages: Sequence[str], hooks: Sequence[str], *, target: str = "", variant: str = "minbase",
        architectures: str = "amd64", documents: bool = False) -> None:
    """Make a root and hand it to the hooks, as mmdebstrap has them (shell, $1 is the root).

    target: a file or folder that keeps the root. architectures: the first is the root's own. documents: with them.
    """
    uri, keyring = debs.mirror()
    words = ["mmdebstrap", "--quiet", f"--variant={variant}", f"--architectures={architectures}",
             f"--include={','.join(packages)}",
             # A mirror of sid that stands still for a week is as good; who signed it is asked all the same.
             '--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Install-Recommends "false"',
             '--aptopt=Acquire::Retries "3"', "--skip=output/dev"]
    if not documents:
        words += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
    words += [f"--customize-hook={hook}" for hook in hooks]
    words += [suite, target or "/dev/null", f"deb [signed-by={keyring}] {uri} {suite} main"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise debs.DebsError(f"a root of Debian {suite} cannot be made:\n{done.stderr[-3000:]}")
