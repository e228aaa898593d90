# SPDX-License-Identifier: BSD-2-Clause
"""Where what is broken is tried. All places of all files are compiled once, into one shared library in which a variable
says which of them is broken; a try only runs the test programs, with that number in their environment, up to the first
that fails."""

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
READ_SWITCH = f"""#include <stdlib.h>
int {sites.SWITCH};
__attribute__((constructor)) static void read_switch(void) {{
        const char *number = getenv("MUTATE_AT");
        {sites.SWITCH} = number ? atoi(number) : 0;
}}
"""


class Tree:
    """The programs of one kind, with the library under them."""

    def __init__(self, root: Path, out: Path, compiler: list[str], sources: list[Path], tests: Path,
                 linked: list[str]) -> None:
        self.root, self.out, self.compiler = root, out, compiler
        self.numbers: dict[sites.Site, int] = {}
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        (out / "switch.c").write_text(READ_SWITCH, encoding="utf-8")
        objects = [self._compile(out / "switch.c"),
                   *[self._compile(self._broken(str(path.relative_to(root)))) for path in sources]]
        self._run([*compiler, "-shared", "-o", str(out / "libtried.so"), *objects])
        others = [path for path in sorted(tests.glob("*.c")) if not path.name.startswith(("test_", "fuzz_"))]
        helpers = [self._compile(path) for path in others if "\nint main(" not in path.read_text(encoding="utf-8")]
        self.seconds: dict[str, float] = {}
        for path in sorted(tests.glob("test_*.c")):
            self._run([*compiler, "-rdynamic", "-o", str(out / path.stem), self._compile(path), *helpers,
                       f"-L{out}", "-ltried", *linked])
            started = time.monotonic()
            self.seconds[path.stem] = 100 * SECONDS
            if not self._passes(path.stem, 0):
                raise SystemExit(f"mutate: {path.stem} fails with nothing broken")
            self.seconds[path.stem] = time.monotonic() - started

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)

    def _compile(self, path: Path) -> str:
        to = str(self.out / path.with_suffix(".o").name)
        self._run([*self.compiler, "-c", "-o", to, str(path)])
        return to

    def _broken(self, name: str) -> Path:
        """The file with every place in it that compiles."""
        source = (self.root / name).read_text(encoding="utf-8")
        to = self.out / name.replace("/", "_")
        numbers = {site: len(self.numbers) + 1 + i for i, site in enumerate(sites.find(name, source))}
        if not self._valid(name, to, sites.switched(source, numbers)):
            numbers = {site: number for site, number in numbers.items()
                       if self._valid(name, to, sites.switched(source, {site: number}))}
            to.write_text(sites.switched(source, numbers), encoding="utf-8")
        self.numbers |= numbers
        return to

    def _valid(self, name: str, to: Path, text: str) -> bool:
        to.write_text(text, encoding="utf-8")
        return subprocess.run([*self.compiler, f"-I{Path(name).parent}", "-fsyntax-only", str(to)], cwd=self.root,
                              check=False, capture_output=True).returncode == 0

    def _passes(self, program: str, number: int) -> bool:
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.out), "MUTATE_AT": str(number),
                       "ASAN_OPTIONS": "detect_leaks=0:symbolize=0", "UBSAN_OPTIONS": "symbolize=0"}
        try:
            return subprocess.run([self.out / program], cwd=self.root, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=max(SECONDS, SLOWER * self.seconds[program]), check=False,
                                  env=environment).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def judge(self, site: sites.Site) -> str:
        """`killed`, `survived` or `invalid` (does not compile)."""
        if site not in self.numbers:
            return "invalid"
        number = self.numbers[site]
        return "survived" if all(self._passes(program, number)
                                 for program in sorted(self.seconds, key=self._order(site))) else "killed"

    def _order(self, site: sites.Site) -> Callable[[str], tuple[bool, float]]:
        """The tests of the file itself, by its name, then the quick ones: most mutants end there."""
        stem = Path(site.file).stem.split("_")[0]
        return lambda program: (not program.startswith(f"test_{stem}"), self.seconds[program])


def unit_tree(root: Path) -> Tree:
    """The unit tests over lib/."""
    return Tree(root, root / "build/mutate/unit", ["gcc", *COMMON, "-fsanitize=address"],
                sorted((root / "lib").glob("*.c")), root / "test/unit",
                ["-lcmocka", "-lcrypto"])


def bench_tree(root: Path) -> Tree:
    """The bench over lib/ and efi/, with the flags of mk/host.mk."""
    efi = Path("/usr/include/efi")
    flags = ["-fsanitize=address,undefined", "-fno-sanitize=null,object-size", "-fno-sanitize-recover=all",
             "-fshort-wchar", "-Iefi", "-Itest/firmware"]
    system = [word for folder in (efi, efi / platform.machine(), efi / "protocol")
              for word in ("-isystem", str(folder))]
    sources = [path for room in ("lib", "efi") for path in sorted((root / room).glob("*.c"))
               if str(path.relative_to(root)) not in ("efi/mem.c", "efi/cvm.c")]
    return Tree(root, root / "build/mutate/bench", ["clang", *COMMON, *flags, *system], sources, root / "test/firmware",
                ["-lcmocka"])
