# SPDX-License-Identifier: BSD-2-Clause
"""What differs between machines of one architecture and another: names of files, packages and of QEMU's parts."""

from __future__ import annotations

import os
from dataclasses import dataclass

# QEMU 7.2 leaves wrong flags after cmpxchg16b; an interrupt right then saves them, and one boot in a dozen ends in a
# double fault. Kernels do without the instruction if the CPU does.
_X64_CPU = "qemu64,-cx16"
# The newest processor that QEMU emulates hashes fastest. Linux looks for everything it has, and takes longer.
_X64_FAST_CPU = "max,-cx16"
# Pointers are authenticated by QEMU's own function: the architecture's takes half of a boot.
_AA64_CPU = "max,pauth-impdef=on"


@dataclass(frozen=True)
class Arch:
    """An architecture."""

    name: str  # as the kernel, make and QEMU have it
    efi: str  # suffix of EFI programs
    cross: str  # prefix of the compiler's name
    packages: str  # suffix of what lab.debs calls a release
    machine: tuple[str, ...]  # QEMU's words
    tpm: str  # QEMU's device
    cpu: str
    fast_cpu: str  # for the tiny kernel
    sha256: tuple[str, ...] = ()  # gcc's words for lib/sha256_fast.c

    def named(self, path: str) -> str:
        """A name on the ESP that firmware, shim or systemd-boot has made up. Rows write those of x86-64."""
        folder, slash, name = path.rpartition("/")
        if name in ("BOOTX64.EFI", "grubx64.efi", "mmx64.efi", "shimx64.efi"):
            name = name.replace("X64", self.efi.upper()).replace("x64", self.efi)
        return folder + slash + name


X64 = Arch("x86_64", "x64", "", "",
           ("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"), "tpm-tis", _X64_CPU,
           _X64_FAST_CPU)
AA64 = Arch("aarch64", "aa64", "aarch64-linux-gnu-", "-arm64", ("-machine", "virt"), "tpm-tis-device", _AA64_CPU,
            _AA64_CPU, ("-march=armv8-a+crypto",))
# Whose images ukictl is asked about where nothing is said: those of the machine that it was built for.
HOST = AA64 if os.environ.get("UKILOAD_TEST_ARCH") == "aarch64" else X64
