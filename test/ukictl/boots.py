# SPDX-License-Identifier: BSD-2-Clause
"""Event logs of boots that never were, as Linux shows those of a TPM, and ukictl predict asked about them."""

from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from conftest import POLICY, Result, put, uki, ukictl
from lab import keys, sign
from lab.uki import addon

BANKS = {"sha1": 0x0004, "sha256": 0x000B, "sha384": 0x000C, "sha512": 0x000D}
NO_ACTION, SEPARATOR, TAG, ACTION = 3, 4, 6, 0x80000007
CONFIG, APPLICATION, AUTHORITY, IPL = 0x80000001, 0x80000003, 0x800000E0, 0xD
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")
GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
OWNER = bytes(16)


def variable(guid: uuid.UUID, name: str, data: bytes) -> bytes:
    """UEFI_VARIABLE_DATA."""
    return guid.bytes_le + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data


def loaded(path: str) -> bytes:
    """UEFI_IMAGE_LOAD_EVENT with one file path node, or with none."""
    text = (path + "\0").encode("utf-16-le") if path else b""
    node = struct.pack("<BBH", 4, 4, 4 + len(text)) + text if path else b""
    nodes = node + struct.pack("<BBH", 0x7F, 0xFF, 4)
    return struct.pack("<QQQQ", 0, 0, 0, len(nodes)) + nodes


@dataclass
class Log:
    """An event log in the making; what is hashed is the data unless said otherwise."""

    banks: tuple[str, ...] = ("sha1", "sha256")
    events: list[tuple[int, int, bytes, bytes]] = field(default_factory=list)

    def add(self, pcr: int, kind: int, data: bytes, hashed: bytes | None = None) -> None:
        """One event."""
        self.events.append((pcr, kind, data, data if hashed is None else hashed))

    def image(self, path: str, content: bytes = b"") -> None:
        """An image was let in."""
        self.add(4, APPLICATION, loaded(path), content or path.encode())

    def authority(self, name: str, cert: str, guid: uuid.UUID = SECURITY) -> bytes:
        """A certificate let something in."""
        data = variable(guid, name, OWNER + keys.der(cert))
        self.add(7, AUTHORITY, data)
        return data

    def write(self, path: Path) -> Path:
        """The file that Linux would show."""
        sizes = b"".join(struct.pack("<HH", BANKS[b], hashlib.new(b).digest_size) for b in self.banks)
        head = b"Spec ID Event03\0" + struct.pack("<LBBBBL", 0, 0, 2, 0, 2, len(self.banks)) + sizes + b"\0"
        out = struct.pack("<LL20sL", 0, NO_ACTION, bytes(20), len(head)) + head
        for pcr, kind, data, hashed in [(0, NO_ACTION, b"", b"")] + self.events:
            out += struct.pack("<LLL", pcr, kind, len(self.banks))
            out += b"".join(struct.pack("<H", BANKS[b]) + hashlib.new(b, hashed).digest() for b in self.banks)
            out += struct.pack("<L", len(data)) + data
        path.write_bytes(out)
        return path


def extend(digests: list[bytes], bank: str = "sha256") -> str:
    """The PCR's value after these."""
    value = bytes(hashlib.new(bank).digest_size)
    for digest in digests:
        value = hashlib.new(bank, value + digest).digest()
    return value.hex()


def sha256(data: bytes) -> bytes:
    """Short for the digest."""
    return hashlib.sha256(data).digest()


def made_esp(tmp_path: Path) -> Path:
    """A volume with a UKI, and an installed ukiload, which is whatever signed image has the policy."""
    root = tmp_path / "esp"
    put(uki(), root / "EFI/Linux/a.efi")
    plain = put(addon("x", sign=None), tmp_path / "plain.efi")
    assert ukictl("policy", "embed", POLICY, plain, "-o", tmp_path / "bare.efi").code == 0
    put(sign(tmp_path / "bare.efi", "mok"), root / "EFI/Linux/ukiload.efi")
    return root


def stock(secure_boot: bool = True, shim: bool = True) -> Log:
    """shim, systemd-boot and a UKI."""
    log = Log()
    log.add(7, CONFIG, variable(GLOBAL, "SecureBoot", bytes([secure_boot])))
    log.add(7, SEPARATOR, bytes(4))
    log.add(4, ACTION, b"Calling EFI Application from Boot Option")
    log.add(4, SEPARATOR, bytes(4))
    if shim:
        if secure_boot:
            log.authority("db", "db")
        log.image(r"\EFI\BOOT\BOOTX64.EFI")
        log.add(14, IPL, b"MokList\0")
        log.add(7, AUTHORITY, variable(SHIM, "SbatLevel", b"sbat,1,2025\n"))
    if secure_boot:
        log.authority("MokListRT" if shim else "db", "vendor", SHIM if shim else SECURITY)
    log.image(r"\EFI\BOOT\grubx64.efi")
    if secure_boot:
        log.authority("MokListRT" if shim else "db", "mok", SHIM if shim else SECURITY)
    log.image(r"\EFI\Linux\other.efi")
    log.add(11, IPL, b".linux")
    return log


def predict(esp: Path, *words: object, image: str = "EFI/Linux/a.efi") -> Result:
    """ukictl predict --json --events."""
    return ukictl("predict", esp / image, "--esp-path", esp, "--json", "--events", "--pcrs", esp / "none", *words)


def pcrs(result: Result) -> dict[str, dict]:
    """The values, of a call that worked."""
    assert result.code == 0, result.out + result.err
    return result.json["pcrs"]


def what(pcr: dict) -> list[str]:
    """The measurements in words."""
    return [item["what"] for item in pcr["events"]]


def kept(log: Log, pcr: int, count: int) -> list[bytes]:
    """Digests of the first events of a PCR."""
    return [sha256(hashed) for number, _, _, hashed in log.events if number == pcr][:count]
