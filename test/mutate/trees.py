# SPDX-License-Identifier: BSD-2-Clause
"""Where a broken source is built and tried. What can be broken is one shared library, to which the test programs are linked once: a try costs one file
compiled, one library linked, and the programs up to the first that fails."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import sites

SECONDS = 10.0  # at least, and SLOWER times what a program needs with nothing broken: a broken loop may not end
SLOWER = 4
COMMON = ["-std=gnu11", "-O1", "-w", "-fPIC", "-D_GNU_SOURCE", '-DUKILOAD_VERSION="0"', "-I.", "-Ilib", "-Itest/unit"]


class Tree:
    """The programs of one kind, with the library under them."""

    def __init__(self, root: Path, out: Path, compiler: list[str], sources: list[Path], tests: Path, linked: list[str]) -> None:
        self.root, self.out, self.compiler = root, out, compiler
        shutil.rmtree(out, ignore_errors=True)
        (out / "broken").mkdir(parents=True)
        self.sources = [str(path.relative_to(root)) for path in sources]
        for source in self.sources:
            self._run([*compiler, "-c", "-o", self._object(source), source])
        self._link(out / "libtried.so")
        helpers = [self._helper(path) for path in sorted(tests.glob("*.c")) if not path.name.startswith(("test_", "fuzz_"))]
        self.seconds: dict[str, float] = {}
        for path in sorted(tests.glob("test_*.c")):
            program = str(out / path.stem)
            self._run([*compiler, "-rdynamic", "-o", program, str(path), *helpers, f"-L{out}", "-ltried", *linked])
            started = time.monotonic()
            self.seconds[program] = 100 * SECONDS
            if not self._passes(program, out):
                raise SystemExit(f"mutate: {path.stem} fails with nothing broken")
            self.seconds[program] = time.monotonic() - started

    def _object(self, source: str) -> str:
        return str(self.out / (source.replace("/", "_").removesuffix(".c") + ".o"))

    def _helper(self, path: Path) -> str:
        self._run([*self.compiler, "-c", "-o", self._object(path.name), str(path)])
        return self._object(path.name)

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)

    def _link(self, to: Path, instead: dict[str, str] | None = None) -> None:
        self._run([*self.compiler, "-shared", "-o", str(to), *[(instead or {}).get(source, self._object(source)) for source in self.sources]])

    def _passes(self, program: str, libraries: Path) -> bool:
        environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
        try:
            return subprocess.run([program], cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=max(SECONDS, SLOWER * self.seconds[program]), check=False, env=environment).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def judge(self, site: sites.Site) -> str:
        """`killed`, `survived` or `invalid` (does not compile)."""
        folder = self.out / "broken"
        source, compiled = folder / Path(site.file).name, str(folder / "broken.o")
        whole = (self.root / site.file).read_text(encoding="utf-8")
        source.write_text(whole[:site.start] + site.text + whole[site.end:], encoding="utf-8")
        if subprocess.run([*self.compiler, f"-I{Path(site.file).parent}", "-c", "-o", compiled, str(source)], cwd=self.root, check=False,
                          capture_output=True).returncode:
            return "invalid"
        self._link(folder / "libtried.so", {site.file: compiled})
        return "survived" if all(self._passes(program, folder) for program in sorted(self.seconds, key=self._order(site))) else "killed"

    def _order(self, site: sites.Site) -> Callable[[str], tuple[bool, float]]:
        """The tests of the file itself, by its name, then the quick ones: most mutants end there."""
        stem = Path(site.file).stem.split("_")[0]
        return lambda program: (not Path(program).name.startswith(f"test_{stem}"), self.seconds[program])


def unit_tree(root: Path, number: int) -> Tree:
    """The unit tests over lib/."""
    return Tree(root, root / f"build/mutate/unit{number}", ["gcc", *COMMON, "-fsanitize=address"], sorted((root / "lib").glob("*.c")),
                root / "test/unit", ["-lcmocka", "-lcrypto"])


def bench_tree(root: Path, number: int) -> Tree:
    """The bench over lib/ and efi/, with the flags of mk/host.mk."""
    efi = Path("/usr/include/efi")
    flags = ["-fsanitize=address,undefined", "-fno-sanitize=null,object-size", "-fno-sanitize-recover=all", "-fshort-wchar", "-Iefi", "-Itest/firmware"]
    system = [word for folder in (efi, efi / platform.machine(), efi / "protocol") for word in ("-isystem", str(folder))]
    sources = [path for room in ("lib", "efi") for path in sorted((root / room).glob("*.c")) if str(path.relative_to(root)) not in ("efi/mem.c", "efi/cvm.c")]
    return Tree(root, root / f"build/mutate/bench{number}", ["clang", *COMMON, *flags, *system], sources, root / "test/firmware", ["-lcmocka"])
