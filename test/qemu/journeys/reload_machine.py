# SPDX-License-Identifier: BSD-2-Clause
"""A machine that `ukictl` runs on: the busybox guest with the command as it was built, the modules for the ESP, and
kexec.

Commands and libraries lie on the ESP, and the initrd has links to them: shim would hash them several times.
"""

from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

from lab import BootEntry, Chain, boot_images, debs, guest, keys, sign, uki

BASE = "console=ttyS0 quiet"
KDUMP = "crashkernel=64M"
MODULES = ("drivers/block/virtio_blk", "fs/fat/fat", "fs/fat/vfat", "fs/nls/nls_cp437", "fs/nls/nls_ascii")

# The first lines of each script in the guest.
MOUNT_ESP = """
for module in virtio_blk fat nls_cp437 nls_ascii vfat; do insmod /lib/$module.ko; done
mkdir -p /efi; mount -t vfat -o iocharset=ascii /dev/vda1 /efi
"""


def _module(name: str) -> bytes:
    release = boot_images.kernel_release("kernel612")
    return lzma.decompress((debs.tree("trixie") / f"usr/lib/modules/{release}/kernel/{name}.ko.xz").read_bytes())


def _libraries(command: Path) -> list[tuple[str, Path]]:
    """Where a program wants its libraries in the guest, and where they are here."""
    tree = debs.tree("bookworm")
    listed = subprocess.run(["ldd", command], capture_output=True, text=True, check=True,
                            env={"LD_LIBRARY_PATH": str(tree / "usr/lib/x86_64-linux-gnu")}).stdout
    assert "not found" not in listed, listed
    found = [Path(word) for word in listed.split() if word.startswith("/")]
    return [(str(file.relative_to(tree) if file.is_relative_to(tree) else file).lstrip("/"), file) for file in found]


def _tools() -> dict[str, Path]:
    """The commands, and every library that they need: where they are in the guest, and where here."""
    commands = (keys.BUILD / "ukictl", debs.tree("bookworm") / "sbin/kexec")
    return {f"bin/{command.name}": command for command in commands} \
        | {name: file for command in commands for name, file in _libraries(command)}


def _initrd() -> Path:
    found = guest.files()
    for name in MODULES:
        found[f"lib/{Path(name).name}.ko"] = (0o100644, _module(name))
    for name in _tools():
        for parent in reversed(Path(name).parents[:-1]):
            found.setdefault(str(parent), (0o040755, b""))
        found[name] = (0o120777, f"/efi/tools/{Path(name).name}".encode())
    return guest.packed(found)


def reload_machine(name: str, **more: object) -> Chain:
    """Secure Boot, systemd-boot starts a UKI, and ukiload is not installed yet."""
    chain = Chain(name, firmware="ovmf13", trust="shim161", sdboot="257", entry="debian.efi", follow_resets=True,
                  timeout=400, **more)
    chain.files["/EFI/Linux/debian.efi"] = uki(cmdline=BASE, sign=chain.key, initrd=_initrd())
    chain.files |= {f"/tools/{file.name}": file for file in _tools().values()}
    chain.files["/ukiload-new.efi"] = sign(keys.BUILD / "x86_64" / "ukiloadx64.efi", chain.key)
    chain.boot_entries[1], chain.boot_order = BootEntry("/EFI/BOOT/BOOTX64.EFI"), (1,)
    return chain
