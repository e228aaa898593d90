# SPDX-License-Identifier: BSD-2-Clause
"""The guest: an initrd of guest/init.c, kernel modules and busybox, and the report it prints. The tiny kernel prints
the same by itself.

The initrd is as small as it can be: shim hashes every byte of a UKI several times, and under
emulation that is most of a boot.
"""

from __future__ import annotations

import lzma
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import boot_images, cache, debs, keys
from .arch import HOST, X64, Arch
from .varstore import GLOBAL, LOADER, UKILOAD

_GUEST = keys.ROOT / "test" / "qemu" / "guest"
_MODULES = {"efivarfs.ko": "fs/efivarfs", "qemu_fw_cfg.ko": "drivers/firmware"}


# --- what the guest says ------------------------------------------------------------------------

@dataclass
class Report:
    """One boot of the guest, as it saw the world."""

    cmdline: str = ""
    uname: str = ""
    ticks: int = 0  # time stamp counter when /init began; with Chain(fake_clock=True): instructions
    lockdown: str = ""
    variables: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # path under /.extra -> SHA-256
    modes: dict[str, int] = field(default_factory=dict)
    tpm_log: bytes | None = None
    registers: dict[tuple[str, int], str] = field(default_factory=dict)  # (bank, PCR) -> value
    output: list[str] = field(default_factory=list)  # of the script a test handed in
    complete: bool = False

    def var(self, name: str, guid: str = UKILOAD) -> bytes | None:
        """Data of a variable as the running system reads it."""
        found = self.variables.get((guid, name))
        return None if found is None else found[1]

    def attributes(self, name: str, guid: str = UKILOAD) -> int | None:
        """Attributes of a variable."""
        found = self.variables.get((guid, name))
        return None if found is None else found[0]

    def text(self, name: str, guid: str = LOADER) -> str | None:
        """A UCS-2 variable, as the loader's are, as text."""
        data = self.var(name, guid)
        return None if data is None else data.decode("utf-16-le", "replace").rstrip("\0")

    @property
    def secure_boot(self) -> bool:
        """Whether firmware says that Secure Boot is on."""
        return self.var("SecureBoot", GLOBAL) == b"\1"

    @property
    def status(self) -> dict[str, list[str]]:
        """UkiloadStatus: key -> values in order (a key may repeat); empty if there is none."""
        return key_values(self.var("UkiloadStatus"))

    @property
    def last(self) -> dict[str, list[str]]:
        """UkiloadLast, taken apart the same way."""
        return key_values(self.var("UkiloadLast"))


def key_values(data: bytes | None) -> dict[str, list[str]]:
    """Lines `key=value` as ukiload's variables have them."""
    found: dict[str, list[str]] = {}
    for line in (data or b"").decode("utf-8", "replace").rstrip("\0").splitlines():
        key, _, value = line.partition("=")
        found.setdefault(key, []).append(value)
    return found


def parse(serial: str) -> list[Report]:
    """All reports in the text of the serial line, one per boot, in order."""
    reports: list[Report] = []
    keys = "begin|end|ticks|uname|cmdline|lockdown|var|file|tpmlog|pcr|out"
    for match in re.finditer(rf"@@({keys})(?: ([^\r\n]*))?", serial):
        key, value = match[1], match[2] or ""
        if key == "begin":
            reports.append(Report())
        elif reports:
            _take(reports[-1], key, value)
    return reports


def _take(report: Report, key: str, value: str) -> None:
    if key == "cmdline":
        report.cmdline = bytes.fromhex(value).decode("utf-8", "backslashreplace").rstrip("\n")
    elif key == "ticks":
        report.ticks = int(value or "0", 16)
    elif key == "uname":
        report.uname = value
    elif key == "lockdown":
        report.lockdown = (re.findall(r"\[(\w+)\]", value) or [""])[0]
    elif key == "var":
        where, _, data = value.partition(" ")
        name, guid = where[:-37], where[-36:]
        raw = bytes.fromhex(data)
        report.variables[guid, name] = (int.from_bytes(raw[:4], "little"), raw[4:])
    elif key == "file":
        mode, digest, path = value.split(" ", 2)
        report.files[path], report.modes[path] = digest, int(mode, 8)
    elif key == "tpmlog":
        report.tpm_log = bytes.fromhex(value)
    elif key == "pcr":
        where, _, digest = value.partition(" ")
        bank, _, number = where.partition("/")
        report.registers[bank, int(number)] = digest.lower()
    elif key == "out":
        report.output.append(value)
    elif key == "end":
        report.complete = True


# --- the initrd ---------------------------------------------------------------------------------

def _cpio_entry(number: int, name: str, mode: int, data: bytes, device: tuple[int, int] = (0, 0)) -> bytes:
    raw = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + raw
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def cpio(files: dict[str, tuple[int, bytes]]) -> bytes:
    """A newc archive. name -> (mode with type bits, content); same input, same bytes."""
    out = b"".join(_cpio_entry(number, name, mode, data)
                   for number, (name, (mode, data)) in enumerate(files.items(), 1))
    # /dev/console before anything is mounted, or the kernel warns on every boot.
    out += _cpio_entry(len(files) + 1, "dev/console", 0o020600, b"", (5, 1))
    return out + _cpio_entry(0, "TRAILER!!!", 0, b"")


def _init(arch: Arch) -> Path:
    """guest/init*.c, a static program without libc."""
    lib = keys.ROOT / "lib"
    sources = (*sorted(_GUEST.glob("init*.c")), _GUEST / "linux.c", lib / "sha256.c", lib / "sha256_fast.c",
               lib / "span.c", keys.ROOT / "efi" / "mem.c")
    headers = (_GUEST / "init.h", _GUEST / "linux.h", *sorted(lib.glob("s*.h")))
    words = [f"{arch.cross}gcc", *arch.sha256, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
             "-static", "-nostdlib", "-fno-pie", "-no-pie", "-fno-stack-protector", "-s", "-Wl,--build-id=none",
             "-Wl,-z,noseparate-code", f"-I{lib}", *map(str, sources)]

    def make(out: Path) -> None:
        subprocess.run([*words, "-o", str(out)], check=True)

    return cache.build("init", ["init", arch.name, *sources, *headers], make)


def _module(kernel: str, name: str, arch: Arch) -> bytes:
    release = "trixie" if kernel == "kernel612" else "bookworm"
    pattern = f"modules/{boot_images.kernel_release(kernel, arch)}/kernel/{_MODULES[name]}/{name}*"
    root = debs.tree(release + arch.packages)
    found = next(iter([*root.glob("usr/lib/" + pattern), *root.glob("lib/" + pattern)]))
    data = found.read_bytes()
    return lzma.decompress(data) if found.suffix == ".xz" else data


def _busybox(arch: Arch) -> Path:
    return Path("/bin/busybox") if arch == X64 else debs.path(f"trixie{arch.packages}", "usr/bin/busybox")


def files(kernel: str = "kernel612", arch: Arch = HOST) -> dict[str, tuple[int, bytes]]:
    """Everything in the guest for a kernel: name -> (mode with type bits, content)."""
    found: dict[str, tuple[int, bytes]] = {name: (0o040755, b"") for name in
                                           ("bin", "dev", "lib", "proc", "sys")}
    found["init"] = (0o100755, _init(arch).read_bytes())
    found["bin/busybox"] = (0o100755, _busybox(arch).read_bytes())
    found["bin/sh"] = (0o120777, b"busybox")
    for name in _MODULES:
        found[f"lib/{name}"] = (0o100644, _module(kernel, name, arch))
    return found


def initrd(kernel: str = "kernel612", extra: dict[str, bytes] | None = None, arch: Arch = HOST) -> Path:
    """The guest for a kernel; `extra` adds files (path without leading slash -> content, mode 755)."""
    if kernel == "tiny":  # reports by itself
        return cache.stored(cpio({"init": (0o100755, b"")}), "initrd")
    found = files(kernel, arch)
    for name, content in (extra or {}).items():
        for parent in reversed(Path(name).parents[:-1]):
            found.setdefault(str(parent), (0o040755, b""))
        found[name] = (0o100755, content)
    return packed(found)


def packed(found: dict[str, tuple[int, bytes]]) -> Path:
    """An initrd of these files."""
    archive = cpio(found)
    return cache.build("initrd", ["zstd", archive], lambda out: _zstd(archive, out))


def _zstd(archive: bytes, out: Path) -> None:
    done = subprocess.run(["zstd", "-19", "-q", "-c"], input=archive, capture_output=True, check=True)
    out.write_bytes(done.stdout)
