# SPDX-License-Identifier: BSD-2-Clause
"""What the demo boots: an ESP in build/demo/esp with a real chain on it, made by the tools a person would use."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab import boot_images, keys, sign, uki

BASE = "console=ttyS0 quiet"
OSREL = 'ID=debian\nNAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID=13\n'
OUT = keys.BUILD / "demo"
UKILOAD = keys.BUILD / "x86_64" / "ukiloadx64.efi"
UKICTL = keys.BUILD / "ukictl"


class DemoError(Exception):
    """Something a person has to put right first."""


@dataclass
class Addon:
    """One addon of the demo, and whether anybody signed it."""

    name: str
    words: str
    signed: bool

    @property
    def file(self) -> Path:
        """Where it was written."""
        return OUT / "addons" / f"{self.name}.addon.efi"


ADDONS = {item.name: item for item in (
    Addon("kdump", "crashkernel=256M", True),
    Addon("rescue", "init=/bin/sh", True),
    Addon("stranger", "loglevel=7", False),
    Addon("biglog", "log_buf_len=4M", True),
)}


def run(words: list[str | Path]) -> str:
    """A command's output; what it complained about if it failed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(str(word) for word in words)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def require() -> None:
    """The build must have happened; make demo does it."""
    for file in (UKILOAD, UKICTL):
        if not file.exists():
            raise DemoError(f"{file.relative_to(keys.ROOT)} is missing: run make demo, which builds it first")


def write_addon(item: Addon) -> None:
    """As a person would write it, with ukictl."""
    item.file.parent.mkdir(parents=True, exist_ok=True)
    item.file.unlink(missing_ok=True)
    words: list[str | Path] = [UKICTL, "addon", "--cmdline", item.words, "-o", item.file]
    if item.signed:
        words += ["--sign-key", keys.key_file("mok"), "--sign-cert", keys.cert_file("mok")]
    run(words)


def chain_files() -> dict[str, Path]:
    """The chain on the ESP, in the order in which its links start each other."""
    return {
        "/EFI/BOOT/BOOTX64.EFI": boot_images.image("shim161"),
        "/EFI/BOOT/grubx64.efi": boot_images.image("sdboot257signed"),
        boot_images.UKILOAD: sign(UKILOAD, "mok"),
        "/EFI/Linux/debian.efi": uki(cmdline=BASE, osrel=OSREL, sign="mok"),
    }


def lay_out(files: dict[str, Path]) -> Path:
    """The files as a folder, for ukictl and for whoever wants to look at them."""
    esp = OUT / "esp"
    shutil.rmtree(esp, ignore_errors=True)
    for name, source in files.items():
        target = esp / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return esp


def signers(file: Path) -> list[str]:
    """Who signed an image: the issuer that firmware or shim knows, or the certificate itself."""
    text = run(["sbverify", "--list", file])
    issuers = re.findall(r"issuers:\n - (.*)", text)
    return [issuer.rpartition("CN=")[2] for issuer in issuers]
