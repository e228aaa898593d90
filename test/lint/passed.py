# SPDX-License-Identifier: BSD-2-Clause
"""What a slow checker has passed it is not asked again, as long as nothing that it read has changed.

A note in build/lint names the command, and each file that the compiler reads for this source, system headers too, by
content. `make clean` forgets all of them.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

NOTES = Path("build/lint")


@functools.cache
def digest(name: str) -> str:
    """Of a file's content; of one that is gone, nothing that a note could have."""
    path = Path(name)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"


@functools.cache
def version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout


def _note(source: Path) -> Path:
    return NOTES / str(source).replace("/", "-")


def _head(command: Sequence[str]) -> str:
    return hashlib.sha256("\0".join([version(command[0]), *command]).encode()).hexdigest()


def _lines(source: Path) -> list[list[str]]:
    note = _note(source)
    return [line.split(" ", 1) for line in note.read_text(encoding="utf-8").splitlines()] if note.exists() else []


def holds(source: Path, command: Sequence[str]) -> bool:
    """Whether this command has passed this source as it is now."""
    lines = _lines(source)
    return bool(lines) and lines[0] == [_head(command)] and all(digest(name) == was for was, name in lines[1:])


def own_text_holds(source: Path, command: Sequence[str]) -> bool:
    """Whether it had passed the source itself, and only what it includes is not what it was."""
    lines = _lines(source)
    return bool(lines) and lines[0] == [_head(command)] and [digest(str(source)), str(source)] in lines


def remember(source: Path, command: Sequence[str], flags: Sequence[str], others: Sequence[str] = ()) -> None:
    """It has passed. `others`: what the checker reads beside what the compiler does."""
    rule = subprocess.run(["clang", "-M", *flags, str(source)], capture_output=True, text=True, check=True).stdout
    names = [*rule.partition(":")[2].replace("\\\n", " ").split(), *others]
    NOTES.mkdir(parents=True, exist_ok=True)
    lines = [_head(command), *(f"{digest(name)} {name}" for name in names)]
    _note(source).write_text("\n".join(lines) + "\n", encoding="utf-8")
