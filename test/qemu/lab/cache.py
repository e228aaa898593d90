# SPDX-License-Identifier: BSD-2-Clause
"""Things that take long to build are built once, under a name made of everything they depend on."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from . import keys


def directory() -> Path:
    """build/qemu/cache, made if missing."""
    path = keys.BUILD / "qemu" / "cache"
    path.mkdir(parents=True, exist_ok=True)
    return path


@functools.lru_cache(maxsize=512)
def _digest(name: str, _changed: int, _size: int) -> bytes:
    with open(name, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def digest(item: Path | bytes | str) -> bytes:
    """SHA-256 of a file's content, of bytes or of text."""
    if isinstance(item, Path):
        stat = item.stat()
        return _digest(str(item), stat.st_mtime_ns, stat.st_size)
    return hashlib.sha256(item if isinstance(item, bytes) else item.encode()).digest()


def named(suffix: str, inputs: Sequence[Path | bytes | str]) -> Path:
    """Where that lies, or would lie, which is made of these."""
    name = hashlib.sha256(b"".join(digest(item) for item in inputs)).hexdigest()[:24]
    return directory() / f"{name}.{suffix}"


def build(suffix: str, inputs: Sequence[Path | bytes | str], make: Callable[[Path], None]) -> Path:
    """The cached result of `make`, which writes the path it is given.

    Two processes may build the same thing at once: each writes its own file, and the last rename wins.
    """
    out = named(suffix, inputs)
    if not out.exists():
        handle, temporary = tempfile.mkstemp(dir=directory(), suffix=f".{suffix}.new")
        os.close(handle)
        try:
            make(Path(temporary))
            os.replace(temporary, out)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return out


def stored(content: bytes, suffix: str = "bin") -> Path:
    """Bytes as a file, for tools that want one."""
    return build(suffix, [content], lambda out: _write(out, content))


def _write(out: Path, content: bytes) -> None:
    out.write_bytes(content)
