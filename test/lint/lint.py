# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house, and what other people's checkers have to say.

    lint.py [--efi-include DIR] [--jobs N] [--fast | --deep] [RULE...]

Looks at every file git knows or would add. Each rule prints what it found; one closing line counts.
With --fast clang-tidy follows no paths through sources of which only a header changed since they passed; with --deep
it follows five times as many through each function.
"""

from __future__ import annotations

import argparse
import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import circles
import functions
import passed

C_ROOMS = ("efi", "lib", "ukictl", "linker")
MAX_FUNCTION = 45
MAX_FILE, MAX_TEST_FILE = 300, 400
MAX_PICTURE = 60_000  # bytes
# How far clang's analyzer follows the paths through a function. Its own limit, 225000, takes three times as long, and
# of 41 faults put in by hand it found two more.
FEW_PATHS = ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000")
SPDX = "SPDX-License-Identifier: BSD-2-Clause"
SOURCES = {".c", ".h", ".S", ".lds", ".py", ".sh", ".mk", ".policy"}
# In pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIV" "ATE KEY-----")
# Of libc only <string.h>, and of that only what efi/mem.c has: the firmware link sees to what the image calls.
HOSTED = re.compile(r'#\s*include\s*[<"](efi|stdio|stdlib|unistd|fcntl|errno|time|assert|ctype|sys/)')
STRINGS = re.compile(r"\b(str(n?cmp|n?cpy|n?cat|r?chr|str|n?dup|c?spn|pbrk|to\w+|n?casecmp)|mem(r?chr|mem))\s*\(")
HEAP = re.compile(r"\b(malloc|calloc|realloc|free|alloca|strdup)\s*\(")
RAW_OUTPUT = re.compile(r'\b(f|v|vf|d)?printf\s*\(|\b(putc|putchar|fputc|fwrite|perror)\s*\(|\bf?puts\s*\((?!")')
NAMED_TEST = re.compile(r"`(unit|fuzz|firmware|ukictl|qemu)/([\w/]+)(?::(\w+))?`")
NAMED_FILE = re.compile(r"`(test/[\w/.-]*[\w.])`")
REQUEST_KEY = re.compile(r"\b(?:one|many)\( *REQUEST_KEY_\w+, +(\w+),")
STATUS_KEY = re.compile(r'\b(?:status_(?:text|add|digest)\(s|report_note\(\w+), "([a-z0-9-]+)"')
WIDTH = re.compile(r"^\[\*\.(.*)\]\n(?:.+\n)*?max_line_length = (\d+)", re.MULTILINE)
# One literal, a word or a sign before it, and what closes behind it.
SENTENCE = re.compile(r'\s*(?:[\w.]+ (?:= )?|[?:] )?f?"(?:[^"\\]|\\.)*"[\s,;)}\]\\]*(?:NULL\);)?')
QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
# What a room of ukictl/ may look into; all may use what stands in ukictl/ itself, and that knows none.
UKICTL_ROOMS = {"host": ("host",), "judge": ("host", "judge"), "verb": ("host", "judge", "verb"),
                "": (), "main": ("verb",)}
NOUN_TEST = re.compile(r"^static void (test_\w+|[a-z0-9]+)\(void \*\*")
GNU_EFI_LIB = re.compile(r"uefi_call" r"_wrapper|\befi" r"lib\.h\b|\bInitialize" r"Lib\b")


@dataclass
class Tree:
    """The files of the project and how to compile the ones in C."""

    files: list[Path]
    efi_include: str
    jobs: int
    fast: bool = False
    deep: bool = False

    def c_files(self, *rooms: str) -> list[Path]:
        return [f for f in self.files if f.parts[0] in rooms and f.suffix in (".c", ".h")]

    def flags(self, path: Path) -> list[str]:
        common = ["-std=gnu11", "-I.", "-Ilib", f"-I{path.parts[0]}", '-DUKILOAD_VERSION="0"']
        if path.parts[0] not in ("efi", "linker"):
            return [*common, "-D_GNU_SOURCE", *pkg_config()]
        inc = self.efi_include
        return [*common, "--target=x86_64-linux-gnu", "-ffreestanding", "-fshort-wchar", "-DGNU_EFI_USE_MS_ABI",
                "-isystem", inc, "-isystem", f"{inc}/x86_64", "-isystem", f"{inc}/protocol"]


@functools.cache
def pkg_config() -> list[str]:
    done = subprocess.run(["pkg-config", "--cflags", "json-c", "libcrypto", "efivar", "efiboot", "blkid", "mount"],
                          capture_output=True, text=True, check=False)
    return done.stdout.split()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def grep(files: list[Path], pattern: re.Pattern[str], why: str) -> Iterator[str]:
    for path in files:
        for number, line in enumerate(text(path).splitlines(), 1):
            if pattern.search(line):
                yield f"{path}:{number}: {why}: {line.strip()}"


def run(command: list[str]) -> str:
    """What a checker prints if it objects; nothing if it does not."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else ""


# --- rules: each yields what it found -----------------------------------------------------------

def rule_lib_is_pure(tree: Tree) -> Iterator[str]:
    yield from grep(tree.c_files("lib"), HOSTED, "lib/ knows no UEFI and no libc")
    yield from grep(tree.c_files("lib"), STRINGS, "of <string.h> lib/ has what efi/mem.c has")
    yield from grep(tree.c_files("lib"), HEAP, "lib/ has no heap: the caller gives the buffer")


def rule_rooms(tree: Tree) -> Iterator[str]:
    """ukictl: verb -> judge -> host. X_inside.h: for X*.c beside it and for their unit tests alone."""
    for path in tree.c_files(*C_ROOMS, "test"):
        for number, line in enumerate(text(path).splitlines(), 1):
            if named := QUOTED.match(line):
                for why in misplaced(path, Path(named[1])):
                    yield f"{path}:{number}: {why}: {line.strip()}"


def misplaced(path: Path, header: Path) -> Iterator[str]:
    family = header.name.removesuffix("_inside.h")
    beside = Path("ukictl", header).parent == path.parent or Path(path.parent, header).is_file()
    of_family = path.name.startswith(family) and beside or path.name.startswith(f"test_{family}")
    if family != header.name and not of_family:
        yield f"{header} is for {family}*.c alone"
    if path.parts[0] != "ukictl":
        return
    room = path.parts[1] if len(path.parts) == 3 else "main" if path.name == "main.c" else ""
    if Path("ukictl", header).is_file():
        if len(header.parts) == 2 and header.parts[0] not in UKICTL_ROOMS[room]:
            yield f"ukictl/{room} knows nothing of ukictl/{header.parts[0]} (verb -> judge -> host)"
    elif Path(path.parent, header).is_file():
        yield "a header of ukictl is named with its room"


def rule_no_circle_of_files(tree: Tree) -> Iterator[str]:
    """In ukictl; lib and efi have some within a family of files, which is read as one."""
    sources = {path: text(path) for path in tree.c_files("ukictl") if path.suffix == ".c"}
    for circle in circles.circles(circles.calls(sources)):
        yield f"these call each other in a circle: {', '.join(map(str, circle))}"


def rule_no_gnu_efi_library(tree: Tree) -> Iterator[str]:
    yield from grep(tree.c_files(*C_ROOMS), GNU_EFI_LIB, "headers of gnu-efi only")


def rule_one_mouth(tree: Tree) -> Iterator[str]:
    files = [path for path in tree.c_files("ukictl") if path.name != "out.c"]
    yield from grep(files, RAW_OUTPUT,
                    "only ukictl/out.c prints what is no literal: out_say, out_warn, out_field, out_fail")


def rule_stubs_tested(tree: Tree) -> Iterator[str]:
    """The oldest and the newest systemd-stub that lib/stubs.h calls tested are those that the lab boots."""
    table = dict(re.findall(r"#define (STUB_\w+)\s+(\d+)", text(Path("lib/stubs.h"))))
    booted = [int(number) for number in re.findall(r'"stub(\d+)"', text(Path("test/qemu/lab/boot_images.py")))]
    for name, number in (("STUB_OLDEST", min(booted)), ("STUB_TESTED", max(booted))):
        if int(table[name]) != number:
            yield f"lib/stubs.h: {name} is {table[name]}, and the lab boots {number}"


def rule_named_tests_exist(tree: Tree) -> Iterator[str]:
    """`ROOM/FILE:TEST` in a document is a test, or a row of the QEMU table, that is there."""
    for path in (Path("doc/hostile-inputs.md"), Path("doc/threat-model.md")):
        for number, line in enumerate(text(path).splitlines(), 1):
            for name in NAMED_FILE.findall(line):
                if not Path(name).exists():
                    yield f"{path}:{number}: there is no {name}"
            for room, file, name in NAMED_TEST.findall(line):
                sources = [at for at in (Path(f"test/{room}/{file}{suffix}") for suffix in (".c", ".py"))
                           if at in tree.files]
                is_test = re.compile(rf"^static void {name}\(void \*\*|^def {name}\(|\b(?:Case|Row)\(\"{name}\"",
                                     re.MULTILINE)
                if not sources:
                    yield f"{path}:{number}: there is no test/{room}/{file}"
                elif name and not is_test.search(text(sources[0])):
                    yield f"{path}:{number}: {sources[0]} has no test {name}"


def rule_survivors_are_there(tree: Tree) -> Iterator[str]:
    """What test/mutate/explained.txt explains is in the sources as it stands there."""
    del tree
    said = run([sys.executable, "test/mutate/mutate.py", "--check"])
    if said:
        yield said


def rule_request_keys_are_told(tree: Tree) -> Iterator[str]:
    """A key of the table is in the manual and in the test of every key, and the manual has no other."""
    keys = {key for path in tree.c_files("lib") for key in REQUEST_KEY.findall(text(path))}
    told = {Path("man/ukiload.7"): r"^\.It Li .*\bukiload\.(\w+)",
            Path("test/unit/test_request.c"): r"\bukiload\.(\w+)"}
    for path, pattern in told.items():
        here = set(re.findall(pattern, text(path), re.MULTILINE))
        for key in sorted(keys - here):
            yield f"{path}: does not have the request key ukiload.{key}"
        if path.parts[0] == "man":
            for key in sorted(here - keys):
                yield f"{path}: lib/ has no request key ukiload.{key}"


def rule_status_keys_are_told(tree: Tree) -> Iterator[str]:
    """Each line of UkiloadStatus is in the manual."""
    manual = Path("man/ukiload.7")
    told = set(re.findall(r"\b([a-z0-9-]+)=(?= |$)", text(manual).partition(".It Va UkiloadStatus")[2], re.MULTILINE))
    for path in tree.c_files("efi"):
        for key in sorted(set(STATUS_KEY.findall(text(path))) - told):
            yield f"{manual}: does not have the line {key}= of UkiloadStatus, which {path} writes"


def rule_lengths(tree: Tree) -> Iterator[str]:
    for path in tree.c_files(*C_ROOMS, "test"):
        source = text(path)
        lines = source.count("\n")
        most = MAX_TEST_FILE if path.parts[0] == "test" else MAX_FILE
        if lines > most:
            yield f"{path}: {lines} lines, more than {most}: is there a second room in it?"
        for function in functions.find(source):
            if function.lines > MAX_FUNCTION:
                yield f"{path}:{function.line}: {function.name} has {function.lines} lines, more than {MAX_FUNCTION}"


def rule_one_hand(tree: Tree) -> Iterator[str]:
    said = run(["clang-format", "--dry-run", "-Werror", *[str(f) for f in tree.files if f.suffix in (".c", ".h")]])
    if said:
        yield f"{said}\nclang-format -i makes it so; a table that reads better as it stands goes between clang-format off and on"


def rule_widths(tree: Tree) -> Iterator[str]:
    """The widths of .editorconfig, but for a whole sentence in one literal, so that searching for it finds it."""
    widths = {suffix: int(width) for suffixes, width in WIDTH.findall(text(Path(".editorconfig")))
              for suffix in re.findall(r"\w+", suffixes)}
    for path in tree.files:
        width = widths.get(path.suffix[1:])
        if width is None:
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            if len(line) > width and not SENTENCE.fullmatch(line):
                yield f"{path}:{number}: {len(line)} characters, more than {width}"


def rule_tests_are_sentences(tree: Tree) -> Iterator[str]:
    yield from grep(tree.c_files("test"), NOUN_TEST, "a test is named by what holds, without test_ in front")


def rule_spdx(tree: Tree) -> Iterator[str]:
    for path in tree.files:
        if path.suffix in SOURCES or path.name == "Makefile":
            if SPDX not in "\n".join(text(path).splitlines()[:5]):
                yield f"{path}: no SPDX line at its beginning"


def rule_nothing_unfinished(tree: Tree) -> Iterator[str]:
    yield from grep([f for f in tree.files if f.suffix in SOURCES], UNFINISHED, "an unfinished mark")


def rule_no_keys(tree: Tree) -> Iterator[str]:
    for path in tree.files:
        if path.suffix in (".key", ".pem", ".p12", ".pfx"):
            yield f"{path}: key material does not belong into the repository"
    yield from grep(tree.files, PRIVATE, "a private key")


def is_picture(path: Path) -> bool:
    """A picture of the documents, which `make pictures` makes."""
    return path.match("doc/*.png")


def rule_no_binaries(tree: Tree) -> Iterator[str]:
    for path in tree.files:
        if is_picture(path):
            if path.stat().st_size > MAX_PICTURE:
                yield f"{path}: a picture of more than {MAX_PICTURE} bytes"
        elif b"\0" in path.read_bytes()[:65536]:
            yield f"{path}: a binary file; tests make theirs"


def rule_text_is_tidy(tree: Tree) -> Iterator[str]:
    for path in (path for path in tree.files if not is_picture(path)):
        body = text(path)
        if body and not body.endswith("\n"):
            yield f"{path}: no newline at the end"
        for number, line in enumerate(body.splitlines(), 1):
            if line != line.rstrip() and path.suffix != ".md":
                yield f"{path}:{number}: blanks at the end of the line"
            if "\t" in line and path.suffix in (".c", ".h", ".py", ".sh"):
                yield f"{path}:{number}: a tab"


def rule_clang_tidy(tree: Tree) -> Iterator[str]:
    sources = [path for path in tree.c_files(*C_ROOMS) if path.suffix == ".c"]

    def check(path: Path) -> str:
        flags = tree.flags(path)
        command = ["clang-tidy", "--quiet", str(path), "--", *flags, *(() if tree.deep else FEW_PATHS)]
        if passed.holds(path, command):
            return ""
        if tree.fast and passed.own_text_holds(path, command):
            return run([*command[:2], "--checks=-clang-analyzer-*", *command[2:]])
        said = run(command)
        if not said:
            passed.remember(path, command, flags, [".clang-tidy"])
        return said

    with ThreadPoolExecutor(tree.jobs) as pool:
        for said in pool.map(check, sources):
            if said:
                yield said


def rule_cppcheck(tree: Tree) -> Iterator[str]:
    rooms = [room for room in ("lib", "efi", "ukictl") if tree.c_files(room)]
    if rooms:
        known = passed.NOTES / "cppcheck"
        known.mkdir(parents=True, exist_ok=True)
        said = run(["cppcheck", "--quiet", f"--cppcheck-build-dir={known}", "--std=c11",
                    "--enable=warning,portability,performance", "--inline-suppr", "--error-exitcode=1",
                    "--suppress=missingIncludeSystem", "--suppress=unknownMacro",
                    "--suppress=varFuncNullUB",  # NULL is a pointer here
                    "--suppress=normalCheckLevelMaxBranches",  # no finding; later versions say it
                    "-j", str(tree.jobs), "-DEFIAPI=", "-D__x86_64__", "-Ilib", "-Iukictl", *rooms])
        if said:
            yield said


def rule_python_is_python(tree: Tree) -> Iterator[str]:
    """Most of it runs in hours only, and a file that cannot be read would be found out there."""
    for path in (path for path in tree.files if path.suffix == ".py"):
        try:
            module = ast.parse(text(path), str(path))
            compile(module, str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"
            continue
        yield from (f"{path}:{line}: a second {name}(): the first is nobody's" for name, line in _again(module))


def _again(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Functions and classes that take an earlier one's name, in the module or in a class; not those of a property."""
    for scope in (module, *(item for item in module.body if isinstance(item, ast.ClassDef))):
        met: set[str] = set()
        for item in scope.body:
            if isinstance(item, ast.FunctionDef | ast.ClassDef) and not item.decorator_list:
                if item.name in met:
                    yield item.name, item.lineno
                met.add(item.name)


def rule_shellcheck(tree: Tree) -> Iterator[str]:
    scripts = [str(f) for f in tree.files if f.suffix == ".sh" or f == Path(".ci/run")]
    said = run(["shellcheck", "--severity=warning", *scripts]) if scripts else ""
    if said:
        yield said


def rule_spelling(tree: Tree) -> Iterator[str]:
    said = run(["codespell", "--ignore-words", "test/lint/words", *map(str, tree.files)])
    if said:
        yield said


def rule_manual_pages(tree: Tree) -> Iterator[str]:
    pages = [str(f) for f in tree.files if re.fullmatch(r"man/[^/]+\.[1-8]", str(f))]
    said = run(["mandoc", "-T", "lint", "-W", "warning", *pages]) if pages else ""
    if said:
        yield said


RULES = {name.removeprefix("rule_").replace("_", "-"): rule
         for name, rule in list(globals().items()) if name.startswith("rule_")}


def project_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return sorted(path for path in map(Path, filter(None, names)) if path.is_file())
    return sorted(path for path in Path(".").rglob("*") if path.is_file() and path.parts[0] not in ("build", ".git"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="lint.py")
    parser.add_argument("--efi-include", default="/usr/include/efi")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("rules", nargs="*", choices=[[], *RULES])
    args = parser.parse_args()
    tree = Tree(project_files(), args.efi_include, args.jobs, args.fast, args.deep)
    found = 0
    chosen = args.rules or list(RULES)
    for name in chosen:
        for sentence in RULES[name](tree):
            print(f"lint: {name}: {sentence}")
            found += 1
    print(f"lint: {len(chosen)} rules over {len(tree.files)} files, {found} found")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
