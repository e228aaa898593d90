# SPDX-License-Identifier: BSD-2-Clause
"""Debian packages of ukiload, built in a clean root of each release by `make deb`, lintian and all.

The roots have the release's own compiler, debhelper and lintian, and are kept in the cache; what is built or
installed goes to a layer over them (overlayfs) that is thrown away.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import bootstrap, cache, keys

# What this tree is.
VERSION = re.findall(r"^VERSION := (.*)", (keys.ROOT / "Makefile").read_text(), re.MULTILINE)[0]
_TOOLS = ("build-essential", "debhelper", "fakeroot", "lintian", "pkg-config", "python3", "python3-pefile")
_LIBRARIES = ("gnu-efi", "libblkid-dev", "libefiboot-dev", "libefivar-dev", "libjson-c-dev", "libmount-dev",
              "libssl-dev")
# Where systemd.pc is.
_SYSTEMD = {"bookworm": "systemd", "trixie": "systemd-dev", "sid": "systemd-dev"}
# What an installed ukiload wants beside its libraries.
_RUNTIME = ("sbsigntool", "init-system-helpers")
_FINISH = 'rm -f "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$1"/etc/apt/apt.conf.d/99mmdebstrap'
_SOURCES = ("Makefile", "LICENSE", "NEWS", "README.md", "SECURITY.md", "doc", "mk", "lib", "efi", "ukictl", "linker",
            "policy", "man", "units", "completion", "debian")


@dataclass(frozen=True)
class Root:
    """A root with a layer of its own."""

    path: Path

    def run(self, command: str) -> str:
        """What a shell command says in there; it must succeed. No network, /proc and /dev of its own."""
        inner = f"mount -t proc proc {self.path}/proc && exec chroot {self.path} /bin/sh -c \"$1\""
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net", "sh", "-c", inner, "sh", command],
                              capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"})
        if done.returncode:
            raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout + done.stderr


def _tools(suite: str, wanted: tuple[str, ...], architectures: str = "amd64") -> Path:
    return bootstrap.cached("chroots", suite, (wanted, _FINISH), lambda out: bootstrap.run(
        suite, wanted, [_FINISH], target=str(out / "root"), architectures=architectures)) / "root"


def _base(suite: str, arm64: bool) -> Path:
    host = tuple(f"{name}:arm64" for name in _LIBRARIES) + ("crossbuild-essential-arm64",) if arm64 else _LIBRARIES
    wanted = (*_TOOLS, *host, _SYSTEMD[suite], *(() if arm64 else _RUNTIME))
    return _tools(suite, wanted, "amd64,arm64" if arm64 else "amd64")


@contextlib.contextmanager
def root(suite: str, *, arm64: bool = False, tools: tuple[str, ...] = ()) -> Iterator[Root]:
    """A clean root of the release, as long as the block lasts: with what builds a package, or with just these tools."""
    base = _tools(suite, tools) if tools else _base(suite, arm64)
    with tempfile.TemporaryDirectory(prefix="ukiload-") as work:
        for name in ("upper", "work", "root"):
            Path(work, name).mkdir()
        merged = Path(work, "root")
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={base},upperdir={work}/upper,workdir={work}/work", str(merged)], check=True)
        try:
            yield Root(merged)
        finally:
            subprocess.run(["umount", str(merged)], check=True)


def deb(suite: str, *, arm64: bool = False) -> Path:
    """The package of this tree; built again when a file of it changes."""
    files = [file for name in _SOURCES for file in _files(keys.ROOT / name)]
    inputs = ["deb", suite, str(arm64), *(str(file.relative_to(keys.ROOT)) for file in files), *files]
    command = f"cd /src && make deb JOBS={os.cpu_count()} {'DEB_ARCH=arm64' if arm64 else ''}"
    return cache.build("deb", inputs, lambda out: _build(keys.ROOT, suite, command, out, arm64=arm64))


def old_deb(suite: str, version: str) -> Path:
    """The package of the commit that brought a version; without lintian, which has become stricter since."""
    git = ["git", "-C", str(keys.ROOT)]
    found = subprocess.run([*git, "log", "--format=%H", f"-Sukiload ({version})", "--", "debian/changelog"],
                           capture_output=True, text=True, check=True).stdout.split()
    assert found, f"no commit has a changelog of {version}"

    def make(out: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="ukiload-") as work:
            tree = subprocess.run([*git, "archive", found[-1]], capture_output=True, check=True).stdout
            subprocess.run(["tar", "-x", "-C", work], input=tree, check=True)
            _build(Path(work), suite, "cd /src && dpkg-buildpackage -us -uc -b", out)

    return cache.build("deb", ["old", suite, found[-1]], make)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _build(tree: Path, suite: str, command: str, out: Path, *, arm64: bool = False) -> None:
    with root(suite, arm64=arm64) as where:
        (where.path / "src").mkdir()
        for name in _SOURCES:
            if (tree / name).is_dir():
                shutil.copytree(tree / name, where.path / "src" / name)
            elif (tree / name).exists():
                shutil.copy(tree / name, where.path / "src" / name)
        where.run(command)
        homes = (where.path / "src/build/deb", where.path)
        shutil.copy(next(file for home in homes for file in home.glob("ukiload_*.deb")), out)
