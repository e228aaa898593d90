# SPDX-License-Identifier: BSD-2-Clause
"""Other people's boot programs by short name, and signing.

shim161, shim158     Debian's shims, signed by Microsoft      mm161, mm158   the MokManagers beside them
sdboot252, sdboot257 systemd-boot as packaged, unsigned       sdboot257signed   signed by Debian
stub252, stub257     systemd-stub                             addon257       the stub for addons
..254, ..262         the same of backports and of sid, where they could be fetched: available() says so
kernel61, kernel612  Debian's cloud kernels, signed by Debian
tiny                 lab/program.py's, in place of a kernel

Of each there is one for x86-64, and of most one for arm64 (lab.arch).
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
from pathlib import Path

from . import cache, debs, keys, program
from .arch import AA64, HOST, Arch

# Where `ukictl install` puts ukiload, and the entry that it writes for systemd-boot's menu.
UKILOAD, MENU = "/EFI/ukiload/ukiloadx64.efi", "/loader/entries/ukiload.conf"
MENU_ENTRY = f"title     ukiload\nsort-key  zz-ukiload\nlinux     {UKILOAD}\n"

_EFI = "usr/lib/systemd/boot/efi"
_WHERE = {
    "shim161": ("bookworm", "usr/lib/shim/shimx64.efi.signed"),
    "mm161": ("bookworm", "usr/lib/shim/mmx64.efi.signed"),
    "shim158": ("bullseye", "usr/lib/shim/shimx64.efi.signed"),
    "mm158": ("bullseye", "usr/lib/shim/mmx64.efi.signed"),
    "sdboot252": ("bookworm", f"{_EFI}/systemd-bootx64.efi"),
    "sdboot254": ("backports", f"{_EFI}/systemd-bootx64.efi"),
    "sdboot257": ("trixie", f"{_EFI}/systemd-bootx64.efi"),
    "sdboot257signed": ("trixie", f"{_EFI}/systemd-bootx64.efi.signed"),
    "stub252": ("bookworm", f"{_EFI}/linuxx64.efi.stub"),
    "stub254": ("backports", f"{_EFI}/linuxx64.efi.stub"),
    "stub257": ("trixie", f"{_EFI}/linuxx64.efi.stub"),
    "addon257": ("trixie", f"{_EFI}/addonx64.efi.stub"),
    "kernel61": ("bookworm", "boot/vmlinuz-*"),
    "kernel612": ("trixie", "boot/vmlinuz-*"),
    "sdboot262": ("sid", f"{_EFI}/systemd-bootx64.efi"),
    "sdboot262signed": ("sid", f"{_EFI}/systemd-bootx64.efi.signed"),
    "stub262": ("sid", f"{_EFI}/linuxx64.efi.stub"),
    "addon262": ("sid", f"{_EFI}/addonx64.efi.stub"),
}
STUBS = [name for name in _WHERE if name.startswith("stub")]  # by age


def stub_version(name: str) -> int:
    """Of one of STUBS."""
    return int(name.removeprefix("stub"))


# The shims of Debian 12 and 13 have one version for x86-64.
_RELEASE_AA64 = {"shim161": "trixie", "mm161": "trixie"}


def _where(name: str, arch: Arch) -> tuple[str, str]:
    if name not in _WHERE:
        raise ValueError(f"there is no boot image {name!r}; there are {', '.join(_WHERE)}")
    release, pattern = _WHERE[name]
    if arch == AA64:
        release = _RELEASE_AA64.get(name, release)
    return release + arch.packages, pattern.replace("x64", arch.efi)


def image(name: str | Path, arch: Arch = HOST) -> Path:
    """The file behind a short name; a file stands for itself."""
    if isinstance(name, Path):
        return name
    if name == "tiny":
        return program.tiny_kernel(arch)
    return debs.path(*_where(name, arch))


def available(name: str, arch: Arch = HOST) -> bool:
    """Whether the file behind a short name could be fetched."""
    release, pattern = _where(name, arch)
    return any(debs.tree(release).glob(pattern))


def kernel_release(name: str | Path, arch: Arch = HOST) -> str:
    """What `uname -r` says under kernel61 or kernel612, and what the tiny one says of itself."""
    if name == "tiny":
        return program.TINY_RELEASE
    return image(name, arch).name.removeprefix("vmlinuz-")


def sign(file: Path, key: str) -> Path:
    """The image signed with a test key; a signature that is there already stays beside it."""

    def make(out: Path) -> None:
        subprocess.run(["sbsign", "--key", str(keys.key_file(key)), "--cert", str(keys.cert_file(key)),
                        "--output", str(out), str(file)], check=True, capture_output=True)

    return cache.build("signed.efi", ["sign", file, keys.cert_file(key)], make)


def unsigned(file: Path) -> Path:
    """The image without any signature."""

    def make(out: Path) -> None:
        out.write_bytes(file.read_bytes())
        while subprocess.run(["sbattach", "--remove", str(out)], capture_output=True, check=False).returncode == 0:
            pass

    return cache.build("bare.efi", ["bare", file], make)


def authenticode(file: Path) -> bytes:
    """The SHA-256 that dbx and TPM events name an image by."""
    data = file.read_bytes()
    pe = struct.unpack_from("<L", data, 0x3C)[0]
    optional = pe + 24
    plus = struct.unpack_from("<H", data, optional)[0] == 0x20B
    checksum = optional + 64
    security = optional + (112 if plus else 96) + 4 * 8
    table, size = struct.unpack_from("<LL", data, security)
    end = table if size else len(data)
    padded = data[security + 8 : end] + bytes(-end % 8)
    return hashlib.sha256(data[:checksum] + data[checksum + 4 : security] + padded).digest()


def bootloader(name: str, key: str, secure_boot: bool, has_shim: bool, arch: Arch = HOST) -> Path:
    """systemd-boot `252`, `254`, `257` or `262` as this chain accepts it.

    Debian signs 257 with a certificate that shim carries; everything else gets our own key.
    """
    if has_shim and f"sdboot{name}signed" in _WHERE:
        return image(f"sdboot{name}signed", arch)
    plain = image(f"sdboot{name}", arch)
    return sign(plain, key) if secure_boot else plain
