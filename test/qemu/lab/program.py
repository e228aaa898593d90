# SPDX-License-Identifier: BSD-2-Clause
"""EFI programs of our own in C, and one of them that stands for Linux where a test is about everything else."""

from __future__ import annotations

import functools
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from . import cache, keys
from .arch import HOST, Arch

TINY_RELEASE = "6.12.0-tiny"
GUEST = keys.ROOT / "test" / "qemu" / "guest"
_SBAT = b"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"


def efi_program(*sources: Path, headers: tuple[Path, ...] = (), arch: Arch = HOST) -> Path:
    """C files of this tree as an EFI program, not signed; headers: what they depend on."""

    def make(out: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            files = " ".join(str(source.relative_to(keys.ROOT)) for source in sources)
            words = ["make", "-C", keys.ROOT, "firmware", f"EFI_SRC={files}", f"OUT={folder}", f"ARCH={arch.name}"]
            environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
            done = subprocess.run(words, env=environment, check=False, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"make {files}:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
            shutil.copy(Path(folder) / f"ukiload{arch.efi}.efi", out)

    return cache.build("program.efi", ["program", arch.name, *sources, *headers], make)


@functools.cache
def tiny_kernel(arch: Arch) -> Path:
    """guest/tiny*.c: reports the command line, variables and /.extra as guest/init.c does, within a second of being
    started."""
    lib, efi = keys.ROOT / "lib", keys.ROOT / "efi"
    plain = efi_program(*sorted(GUEST.glob("tiny*.c")), *sorted(lib.glob("sha256*.c")), lib / "span.c", efi / "mem.c",
                        headers=(GUEST / "tiny.h", *sorted(lib.glob("*.h")), efi / "proto.h"), arch=arch)
    return cache.build("kernel.efi", ["tiny kernel", plain], lambda out: _as_kernel(plain, out))


def _as_kernel(plain: Path, out: Path) -> None:
    """What makes a program a kernel that EFI may start is its version; and it is not ukiload, by which levels of SBAT
    revoke."""
    data = bytearray(plain.read_bytes())
    optional = struct.unpack_from("<L", data, 0x3C)[0] + 24
    struct.pack_into("<H", data, optional + 44, 1)
    table = data.index(b".sbat\0\0\0")
    room, start = struct.unpack_from("<LL", data, table + 16)
    struct.pack_into("<L", data, table + 8, len(_SBAT))
    data[start : start + room] = _SBAT.ljust(room, b"\0")
    out.write_bytes(data)
