# SPDX-License-Identifier: BSD-2-Clause
"""Firmware by name, and variable stores in every state a machine can be in.

`trust` decides who vouches for what is booted:

    shim161, shim158   Microsoft's keys in firmware; our keys as machine owner keys of shim
    db                 no shim and no Microsoft: our own PK, KEK and db
    off                Microsoft's keys enrolled but Secure Boot switched off; no shim
    off-shim161, off-shim158   the same with shim in the chain
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import debs, keys, varstore
from .arch import AA64, X64, Arch
from .varstore import BS, NV, RT, TIME_AUTH, VarStore

# (guid, name) -> (attributes, data): what a store is given and what it is read back as.
Variables = Mapping[tuple[str, str], tuple[int, bytes]]


@dataclass(frozen=True)
class Firmware:
    """One build of OVMF, or of AAVMF, which is the same for arm64."""

    name: str
    release: str
    code: str
    variables: str = "OVMF/OVMF_VARS_4M"
    arch: Arch = X64

    @property
    def code_file(self) -> Path:
        """The read-only half of the flash."""
        return debs.path(self.release, f"usr/share/{self.code}")

    @property
    def available(self) -> bool:
        """Whether it could be fetched."""
        return (debs.tree(self.release) / "usr/share" / self.code).exists()

    def template(self, enrolled: bool) -> Path:
        """A variable store with Microsoft's keys, or an empty one."""
        return debs.path(self.release, f"usr/share/{self.variables}{'.ms' if enrolled else ''}.fd")

    def flash_args(self, vars_file: Path) -> list[str]:
        """QEMU's words for both halves of the flash."""
        return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={self.code_file}",
                "-drive", f"if=pflash,format=raw,unit=1,file={vars_file}"]


FIRMWARE = {item.name: item for item in (
    Firmware("ovmf11", "bullseye", "OVMF/OVMF_CODE_4M.ms.fd"),  # EDK2 of 2020
    Firmware("ovmf12", "bookworm", "OVMF/OVMF_CODE_4M.ms.fd"),
    Firmware("ovmf13", "trixie", "OVMF/OVMF_CODE_4M.ms.fd"),
    Firmware("ovmf13nx", "trixie", "OVMF/OVMF_CODE_4M.secboot.strictnx.fd"),
    Firmware("ovmfsid", "sid", "OVMF/OVMF_CODE_4M.ms.fd"),  # of 2026
    Firmware("ovmfsidnx", "sid", "OVMF/OVMF_CODE_4M.secboot.strictnx.fd"),
    Firmware("aavmf12", "bookworm-arm64", "AAVMF/AAVMF_CODE.ms.fd", "AAVMF/AAVMF_VARS", AA64),
    Firmware("aavmf13", "trixie-arm64", "AAVMF/AAVMF_CODE.secboot.fd", "AAVMF/AAVMF_VARS", AA64),
    Firmware("aavmf13nx", "trixie-arm64", "AAVMF/AAVMF_CODE.secboot.strictnx.fd", "AAVMF/AAVMF_VARS", AA64),
    Firmware("aavmfsid", "sid-arm64", "AAVMF/AAVMF_CODE.secboot.fd", "AAVMF/AAVMF_VARS", AA64),
    Firmware("aavmfsidnx", "sid-arm64", "AAVMF/AAVMF_CODE.secboot.strictnx.fd", "AAVMF/AAVMF_VARS", AA64),
)}


@dataclass(frozen=True)
class Trust:
    """Who vouches: the shim in the chain, if any, and the key our own images are signed with."""

    name: str
    shim: str | None
    key: str
    secure_boot: bool


TRUST = {item.name: item for item in (
    Trust("shim161", "shim161", "mok", True),
    Trust("shim158", "shim158", "mok", True),
    Trust("db", None, "db", True),
    Trust("off", None, "mok", False),
    Trust("off-shim161", "shim161", "mok", False),
    Trust("off-shim158", "shim158", "mok", False),
)}


def prepare(firmware: Firmware, trust: Trust, *, mok: Iterable[str] = ("mok",), db: Iterable[str] = (),
            dbx: Iterable[bytes] = (), mokx: Iterable[bytes] = (), validation: bool = True) -> VarStore:
    """A variable store in the state asked for; write() puts it into a file.

    mok, db: names of test keys to trust (with trust `db`, the key `db` is always in).
    dbx, mokx: Authenticode SHA-256 digests that are revoked.
    validation: False is what MokManager leaves behind when a person switched validation off.
    """
    if trust.name == "db":
        store = varstore.read(firmware.template(enrolled=False))
        _own_platform(store)
    else:
        store = varstore.read(firmware.template(enrolled=True))
    if not trust.secure_boot:
        store.set("SecureBootEnable", varstore.SECURE_BOOT_ENABLE, b"\0", NV | BS)
    for name in db:
        _add(store, "db", cert=name)
    for digest in dbx:
        _add(store, "dbx", sha256=digest)
    if trust.shim:
        _shim_state(store, mok, mokx, validation)
    return store


def _own_platform(store: VarStore) -> None:
    for name in ("PK", "KEK", "db"):
        _add(store, name, cert="db")
    # Firmware wants a dbx to exist; the digest of nothing revokes nothing.
    _add(store, "dbx", sha256=bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    store.set("SecureBootEnable", varstore.SECURE_BOOT_ENABLE, b"\1", NV | BS)
    store.set("CustomMode", varstore.CUSTOM_MODE, b"\0", NV | BS)


def _add(store: VarStore, name: str, *, cert: str | None = None, sha256: bytes | None = None) -> None:
    guid = varstore.GLOBAL if name in ("PK", "KEK") else varstore.IMAGE_SECURITY
    der = keys.der(cert) if cert else None
    item = varstore.signature_list(keys.OWNER, cert=der, sha256=sha256)
    store.append(name, guid, item, NV | BS | RT | TIME_AUTH)


def _shim_state(store: VarStore, mok: Iterable[str], mokx: Iterable[bytes], validation: bool) -> None:
    for name in mok:
        item = varstore.signature_list(keys.OWNER, cert=keys.der(name))
        store.append("MokList", varstore.SHIM, item, NV | BS)
    for digest in mokx:
        item = varstore.signature_list(keys.OWNER, sha256=digest)
        store.append("MokListX", varstore.SHIM, item, NV | BS)
    if not validation:
        store.set("MokSBState", varstore.SHIM, b"\1", NV | BS)


def variables_of(vars_file: Path) -> dict[tuple[str, str], tuple[int, bytes]]:
    """(guid, name) -> (attributes, data) of a flash file, for instance after a run."""
    found = varstore.read(vars_file).variables
    return {where: (item.attributes, item.data) for where, item in found.items()}
