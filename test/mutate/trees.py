# SPDX-License-Identifier: BSD-2-Clause
"""Where a broken source is built and tried: lib/ as a shared library under the unit tests, everything under the bench."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import sites

PROGRAM_SECONDS = 10  # a broken loop may not end
BENCH_SECONDS = 300
FLAGS = ["-std=gnu11", "-O1", "-w", "-fsanitize=address", "-fPIC", "-D_GNU_SOURCE", '-DUKILOAD_VERSION="0"', "-I.", "-Ilib", "-Itest/unit"]


def _broken(root: Path, site: sites.Site) -> str:
    source = (root / site.file).read_text(encoding="utf-8")
    return source[:site.start] + site.text + source[site.end:]


def _ok(command: list[str], root: Path, seconds: int = PROGRAM_SECONDS, libraries: Path | None = None) -> bool:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)} if libraries else None
    try:
        return subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=seconds, check=False, env=environment).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class UnitTree:
    """The unit tests, linked with lib/ as a shared library, so that one file is compiled and one library linked for each try."""

    def __init__(self, root: Path, number: int) -> None:
        self.root = root
        self.out = root / "build" / "mutate" / f"unit{number}"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.sources = sorted(str(path.relative_to(root)) for path in (root / "lib").glob("*.c"))
        for source in self.sources:
            self._run(["gcc", *FLAGS, "-c", "-o", self._object(source), source])
        self._link(self.out / "liblib.so")
        helpers = [str(path) for path in sorted((root / "test/unit").glob("*.c")) if not path.name.startswith("test_")]
        self.programs = []
        for path in sorted((root / "test/unit").glob("test_*.c")):
            program = str(self.out / path.stem)
            self._run(["gcc", *FLAGS, "-o", program, str(path), *helpers, f"-L{self.out}", "-llib", "-lcmocka", "-lcrypto"])
            self.programs.append(program)

    def _object(self, source: str) -> str:
        return str(self.out / (Path(source).stem + ".o"))

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)

    def _link(self, to: Path, instead: dict[str, str] | None = None) -> None:
        objects = [(instead or {}).get(source, self._object(source)) for source in self.sources]
        self._run(["gcc", "-fsanitize=address", "-shared", "-o", str(to), *objects])

    def judge(self, site: sites.Site) -> str:
        """What the unit tests say to the broken file."""
        folder = self.out / "broken"
        folder.mkdir(exist_ok=True)
        source, compiled = folder / Path(site.file).name, str(folder / "broken.o")
        source.write_text(_broken(self.root, site), encoding="utf-8")
        if not _ok(["gcc", *FLAGS, "-c", "-o", compiled, str(source)], self.root):
            return "invalid"
        self._link(folder / "liblib.so", {site.file: compiled})
        # First the tests of the file itself, by its name: most end there.
        stem = Path(site.file).stem
        order = sorted(self.programs, key=lambda program: stem.split("_")[0] not in program)
        return "survived" if all(_ok([program], self.root, libraries=folder) for program in order) else "killed"


class BenchTree:
    """A copy of the tree, in which `make check-bench` is run with one file broken."""

    SHARED = ("Makefile", "mk", "lib", "efi", "linker", "policy", "ukictl", "test")

    def __init__(self, root: Path, number: int) -> None:
        self.root = root
        self.out = root / "build" / "mutate" / f"bench{number}"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        for name in self.SHARED:
            (shutil.copytree if (root / name).is_dir() else shutil.copyfile)(root / name, self.out / name)
        if not self._bench():
            raise SystemExit("mutate: the bench fails with nothing broken")

    def _bench(self) -> bool:
        return _ok(["make", "-s", "check-bench"], self.out, BENCH_SECONDS)

    def judge(self, site: sites.Site) -> str:
        """What the bench says to the broken file."""
        path = self.out / site.file
        path.write_text(_broken(self.root, site), encoding="utf-8")
        try:
            return "survived" if self._bench() else "killed"
        finally:
            shutil.copyfile(self.root / site.file, path)
