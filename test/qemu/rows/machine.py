# SPDX-License-Identifier: BSD-2-Clause
"""What a row of the table prepares: a machine that is about to be switched on."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import (BootEntry, Chain, Result, addon, boot_images, cache, firmware, initrd, keys, objcopy, pe_edit, sign,
                 uki)
from lab.arch import HOST, X64, Arch
from lab.uki import OSREL

# Every guest's line begins so. Without the last word Linux counts timer ticks while it boots, and panics if an
# emulated machine on a busy host delivers too few.
QUIET = "console=ttyS0 quiet no_timer_check"
BASE = f"{QUIET} base=1"  # .cmdline of the good UKI
NEXT = f"{QUIET} next=1"  # .cmdline of what firmware boots when the first entry fails
GOOD = "/EFI/Linux/good.efi"
LAUNCHER = "/EFI/Linux/ukiload.efi"
DEFAULT_POLICY = keys.ROOT / "policy" / "default.policy"


@dataclass(frozen=True)
class Combination:
    """Which firmware, who vouches for what is booted, and which systemd-boot."""

    firmware: str = "ovmf13"
    trust: str = "shim161"
    sdboot: str = "257"

    def __str__(self) -> str:
        return f"{self.firmware}-{self.trust}-sdboot{self.sdboot}"

    @property
    def arch(self) -> Arch:
        """What the machine is."""
        return firmware.FIRMWARE[self.firmware].arch

    @property
    def secure_boot(self) -> bool:
        """Whether firmware checks signatures."""
        return not self.trust.startswith("off")

    @property
    def missing(self) -> str | None:
        """What of it could not be fetched; None: nothing."""
        if not firmware.FIRMWARE[self.firmware].available:
            return f"the firmware {self.firmware} could not be fetched"
        there = boot_images.available(f"sdboot{self.sdboot}", self.arch)
        return None if there else f"systemd-boot {self.sdboot} of {self.arch.name} could not be fetched"


REFERENCE = Combination()


def standing(name: str) -> str:
    """Path of an addon for every UKI of the volume."""
    return f"/loader/addons/{name}.addon.efi"


def own(name: str, image: str = GOOD) -> str:
    """Path of an addon for one UKI."""
    return f"{image}.extra.d/{name}.addon.efi"


def picked(name: str) -> str:
    """Path of an addon that only a request can choose."""
    return f"/EFI/ukiload/addons/{name}.addon.efi"


@dataclass
class Machine:
    """What a row prepares."""

    combination: Combination
    chain: Chain
    policy: str | None = field(default_factory=DEFAULT_POLICY.read_text)  # None: an ukiload without .ukipol
    launcher: str | None = LAUNCHER  # where ukiload lies; None: the row puts launcher_image() somewhere itself
    linux: bool = True  # or the tiny kernel in its place
    next_os: bool = True  # a second boot entry of firmware, for when the first one fails

    @property
    def key(self) -> str:
        """The key that this machine trusts."""
        return self.chain.key

    @property
    def kernel(self) -> str:
        """What is in `.linux` where nothing else is asked for."""
        return "kernel612" if self.linux else "tiny"

    @property
    def arch(self) -> Arch:
        """What it is."""
        return self.chain.arch

    @property
    def kernel_release(self) -> str:
        """What its kernel calls itself."""
        return boot_images.kernel_release(self.kernel, self.arch)

    def boot_image(self, name: str) -> Path:
        """Somebody else's boot program, signed with the trusted key."""
        return sign(boot_images.image(name, self.arch), self.key)

    def image(self, **how: Any) -> Path:
        """A UKI (words as for lab.uki, signed with the trusted key unless said otherwise)."""
        return uki(**{"cmdline": BASE, "sign": self.key, "kernel": self.kernel, "arch": self.arch, **how})

    def uki(self, path: str = GOOD, **how: Any) -> Path:
        """Install one."""
        image = self.image(**how)
        self.chain.files[path] = image
        return image

    def addon(self, path: str, words: str | bytes | None, **how: Any) -> Path:
        """Install an addon (words as for lab.addon, signed with the trusted key unless said otherwise)."""
        image = addon(words, **{"sign": self.key, "arch": self.arch, **how})
        self.chain.files[path] = image
        return image

    def request(self, words: str, *, number: str = "one", via: str = "loader") -> None:
        """Arm a request as ukictl does."""
        self.chain.var("UkiloadRequest", f"ukiload.id={number} ukiload.via={via} {words}".strip())

    def launcher_image(self) -> Path:
        """ukiload with this machine's policy, signed as this machine wants it."""
        return sign(embed_policy(self.policy, self.arch), self.key)


def _built(arch: Arch) -> Path:
    other = os.environ.get("UKILOAD_EFI") if arch == X64 else None
    return Path(other or keys.BUILD / arch.name / f"ukiload{arch.efi}.efi")


def embed_policy(policy: str | None, arch: Arch = HOST) -> Path:
    """The unsigned ukiload with another policy in it; None: with none at all, by another name of the section."""
    plain = _built(arch)
    if policy is None:
        return pe_edit.edited(plain, pe_edit.rename(".ukipol", ".other"), sign=None)
    text = cache.stored(policy.encode(), "policy")

    def make(out: Path) -> None:
        done = subprocess.run([keys.BUILD / "ukictl", "policy", "embed", text, plain, "-o", out],
                              capture_output=True, text=True, check=False)
        if done.returncode:  # what ukictl refuses to embed, ukiload has to refuse as well: put it in by force
            _replace_policy(plain, policy.encode(), out)

    return cache.build("ukiload.efi", ["policy", text, plain], make)


def _replace_policy(image: Path, policy: bytes, out: Path) -> None:
    """Over the text that is there; the section's size in memory says how much of it counts."""
    data = bytearray(image.read_bytes())
    section = pe_edit.section(bytes(data), ".ukipol")
    assert len(policy) <= section.raw_size, "the policy does not fit into the section of the default one"
    pe_edit.set_field(".ukipol", pe_edit.VSIZE, len(policy))(data)
    data[section.raw_off : section.raw_off + section.raw_size] = policy.ljust(section.raw_size, b"\0")
    out.write_bytes(data)


def make_machine(name: str, combination: Combination = REFERENCE, *, linux: bool = True) -> Machine:
    """The machine that a row starts from: one good UKI, nothing else."""
    machine = Machine(combination, Chain(name, firmware=combination.firmware, trust=combination.trust,
                                         sdboot=combination.sdboot, entry="ukiload.efi", follow_resets=True),
                      linux=linux)
    machine.uki()
    return machine


def switch_on(machine: Machine) -> Result:
    """Put in what every machine has and boot it."""
    chain = machine.chain
    if machine.launcher:
        chain.files[machine.launcher] = machine.launcher_image()
    if machine.next_os:
        _install_next(machine)
    if not machine.linux:
        assert not chain.script, "the tiny kernel runs no script: the row needs linux=True"
        chain.cpu = chain.arch.fast_cpu
    return chain.boot()


def _install_next(machine: Machine) -> None:
    chain = machine.chain
    shim = firmware.TRUST[chain.trust].shim
    key = chain.key
    if chain.trust == "shim158":
        # A second shim in one boot stops with a message and waits ("Could not install security protocol"), whatever
        # it was that the first shim 15.8 started and got back. So what follows does without.
        shim, key = None, "vendor"
        chain.db = tuple({*chain.db, key})
    image = _next_image(machine, key)
    if shim:
        chain.files["/EFI/next/shimx64.efi"] = boot_images.image(shim, chain.arch)
        chain.files["/EFI/next/grubx64.efi"] = image
    else:
        chain.files["/EFI/next/next.efi"] = image
    chain.boot_entries.setdefault(1, BootEntry("/EFI/BOOT/BOOTX64.EFI", title="first"))
    chain.boot_entries.setdefault(2, BootEntry(f"/EFI/next/{'shimx64' if shim else 'next'}.efi", title="next"))
    chain.boot_order = chain.boot_order or (1, 2)


def _next_image(machine: Machine, key: str) -> Path:
    """Of the older stub, which takes no addons: whatever a row puts into \\loader\\addons has no say in what boots
    next. By objcopy: of what ukify makes of it the stub says that sections overlap, and waits three seconds."""
    if machine.chain.firmware.endswith("nx") or machine.arch != X64:
        stub = "stub257" if machine.chain.firmware.endswith("nx") else "stub252"
        return uki(cmdline=NEXT, sign=key, kernel=machine.kernel, stub=stub, arch=machine.arch)
    linux = boot_images.unsigned(boot_images.image(machine.kernel))
    return objcopy.image([(".osrel", OSREL), (".cmdline", NEXT), (".initrd", initrd(machine.kernel)),
                          (".linux", linux)], sign=key)
