# SPDX-License-Identifier: BSD-2-Clause
"""The smallest initrd that leads to a system on /dev/vdb: shim hashes every byte of it several times."""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from pathlib import Path

from . import guest

_INIT = """#!/bin/sh
export PATH=/bin
busybox mount -t devtmpfs dev /dev
for module in MODULES; do busybox insmod /lib/$module.ko; done
until [ -b /dev/vdb ]; do busybox sleep 0.1; done
busybox mount -t ext4 /dev/vdb /sysroot
# As an initrd of systemd does with what the stub hands over, so that it can be seen later.
busybox mount -t tmpfs -o mode=755 run /sysroot/run
[ ! -d /.extra ] || busybox cp -r /.extra /sysroot/run/extra
busybox mount --move /dev /sysroot/dev
exec busybox switch_root /sysroot /sbin/init
"""


def initrd(modules: Mapping[str, Path]) -> Path:
    """Modules are loaded in their order: name -> file, which may be compressed."""
    files: dict[str, tuple[int, bytes]] = {name: (0o040755, b"") for name in ("bin", "dev", "lib", "sysroot")}
    files["init"] = (0o100755, _INIT.replace("MODULES", " ".join(modules)).encode())
    files["bin/busybox"] = (0o100755, Path("/bin/busybox").read_bytes())
    files["bin/sh"] = (0o120777, b"busybox")
    for name, file in modules.items():
        data = file.read_bytes()
        files[f"lib/{name}.ko"] = (0o100644, lzma.decompress(data) if file.suffix == ".xz" else data)
    return guest.packed(files)
