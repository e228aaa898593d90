# SPDX-License-Identifier: BSD-2-Clause
"""The variable store of OVMF's flash file, read and written without a firmware running.

A test has to arrange what only firmware or another OS could have left behind (keys, a pending
request, a BootNext) and to see what is there after a run in which no OS came up. Layout: edk2
MdeModulePkg/Include/Guid/VariableFormat.h (authenticated variables); signature lists, load options
and device paths: UEFI 2.10, 32.4.1, 3.1.3 and 10.3.
"""

from __future__ import annotations

import itertools
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
IMAGE_SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
SHIM = "605dab50-e046-4300-abb6-3dd810dd8b23"
LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
FOREIGN = "4d0e7a5c-93a1-4a0b-8a0f-6f1c1f0e8a77"  # nobody's
UKILOAD = "1efb867d-9fca-434e-a345-7738aa0ed88e"
SECURE_BOOT_ENABLE = "f0a30bc7-af08-4556-99c4-001009c93a44"
CUSTOM_MODE = "c076ec0c-7028-4399-a072-71ee5c448b9f"

NV, BS, RT, TIME_AUTH = 1, 2, 4, 0x20

_NV_DATA = uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50").bytes_le
_AUTH_VARS = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
_CERT_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le
_CERT_X509_SHA256 = uuid.UUID("3bd2a492-96c0-4079-b420-fcf98ef103ed").bytes_le
_CERT_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le

# VARIABLE_HEADER: StartId, State, Attributes, MonotonicCount, TimeStamp, PubKeyIndex, NameSize, DataSize, GUID
_HEADER = struct.Struct("<HBxLQ16sLLL16s")
_START_ID = 0x55AA
_ADDED = 0x3F
_DELETED = 0x3D
_BEING_REPLACED = 0x3E  # still valid unless a newer one exists

# Variables that no firmware reads lie together, between two deleted ones that these end: stores that differ in nothing
# else are of one layout, and differ in these bytes only (lab.post).
NOT_FIRMWARES = (UKILOAD, LOADER, FOREIGN)
SLOT_SIZE = 2048
SLOT_BEGIN = uuid.UUID("56a3a6a4-6b5e-4e8a-9d0c-4f1d5a7c90f1").bytes
SLOT_END = uuid.UUID("0d3c1f5e-8f0b-4f5b-b0a4-9b6f6a1e2c37").bytes
_SMALLEST = _HEADER.size + 4 + 16

_EPOCH = struct.pack("<HBBBBBxLhBx", 2020, 1, 1, 0, 0, 0, 0, 0, 0)


@dataclass
class Variable:
    """One variable; `attributes` are those of SetVariable."""

    attributes: int
    data: bytes
    count: int = 0
    time: bytes = bytes(16)
    key: int = 0


@dataclass
class VarStore:
    """All variables of a flash file, keyed by (guid, name) with the GUID in lower case."""

    flash: bytes
    begin: int
    end: int
    variables: dict[tuple[str, str], Variable] = field(default_factory=dict)

    def set(self, name: str, guid: str, data: bytes, attributes: int = NV | BS | RT) -> None:
        """Create or replace; a time-based authenticated variable gets an old time stamp."""
        time = _EPOCH if attributes & TIME_AUTH else bytes(16)
        self.variables[guid.lower(), name] = Variable(attributes, data, time=time)

    def get(self, name: str, guid: str) -> bytes | None:
        """The data, or None."""
        found = self.variables.get((guid.lower(), name))
        return None if found is None else found.data

    def append(self, name: str, guid: str, data: bytes, attributes: int) -> None:
        """Add to what is there, as the signature databases want it."""
        self.set(name, guid, (self.get(name, guid) or b"") + data, attributes)

    def delete(self, name: str, guid: str) -> None:
        """Gone, if it was there."""
        self.variables.pop((guid.lower(), name), None)

    def fill(self, left: int) -> None:
        """Somebody's variables, until there is room for so many bytes and no more."""
        for number in itertools.count():
            room = self.end - self.begin - len(self._body()) - left
            size = min(room - _HEADER.size - len(ucs2("Filling0000")), 8000)  # firmware takes no larger ones
            if size <= 0:
                break
            self.set(f"Filling{number:04}", FOREIGN, bytes(size))

    def _body(self) -> bytes:
        return _packed(self.variables)

    def _sorted_out(self) -> bytes:
        """The same with what firmware does not know in the slot, if it has room there and the slot in the flash."""
        theirs = {where: item for where, item in self.variables.items() if where[0] not in NOT_FIRMWARES}
        ours = _packed({where: item for where, item in self.variables.items() if where[0] in NOT_FIRMWARES})
        body = _packed(theirs)
        # At a quarter of a page, wherever firmware's copy begins in a page: it is whole in one page then, most likely.
        gap = (SLOT_SIZE // 2 - self.begin - len(body)) % 4096
        gap += 4096 if gap < _SMALLEST else 0
        left = SLOT_SIZE - len(ours) - _SMALLEST
        if left < _SMALLEST or len(body) + gap + 2 * SLOT_SIZE > self.end - self.begin:
            return self._body()
        return body + _nothing(gap, bytes(16)) + _nothing(_SMALLEST, SLOT_BEGIN) + ours + _nothing(left, SLOT_END)

    def write(self, path: Path) -> None:
        """A flash file with these variables and nothing else changed."""
        body = self._sorted_out()
        if len(body) > self.end - self.begin:
            raise ValueError(f"{len(body)} bytes of variables do not fit into the flash file")
        body += b"\xff" * (self.end - self.begin - len(body))
        path.write_bytes(self.flash[: self.begin] + body + self.flash[self.end :])


def read(path: Path) -> VarStore:
    """Parse the variables of a flash file (CODE and VARS are separate files; this takes VARS)."""
    flash = path.read_bytes()
    if flash[16:32] != _NV_DATA:
        raise ValueError(f"{path} is not a variable store of OVMF")
    start = struct.unpack_from("<H", flash, 48)[0]
    if flash[start : start + 16] != _AUTH_VARS:
        raise ValueError(f"{path} does not hold authenticated variables")
    store = VarStore(flash, start + 28, start + struct.unpack_from("<L", flash, start + 16)[0])
    _parse(store)
    return store


def _parse(store: VarStore) -> None:
    flash, at = store.flash, store.begin
    replaced: dict[tuple[str, str], Variable] = {}
    while at + _HEADER.size <= store.end:
        magic, state, attributes, count, time, key, name_size, size, guid = _HEADER.unpack_from(flash, at)
        if magic != _START_ID:
            break
        at += _HEADER.size
        name = flash[at : at + name_size].decode("utf-16-le").rstrip("\0")
        data = flash[at + name_size : at + name_size + size]
        at = (at + name_size + size + 3) & ~3
        where = (str(uuid.UUID(bytes_le=guid)), name)
        if state == _ADDED:
            store.variables[where] = Variable(attributes, data, count, time, key)
        elif state == _BEING_REPLACED:
            replaced[where] = Variable(attributes, data, count, time, key)
    for where, item in replaced.items():
        store.variables.setdefault(where, item)


def _packed(variables: Mapping[tuple[str, str], Variable]) -> bytes:
    return b"".join(_pack(guid, name, item) for (guid, name), item in sorted(variables.items()))


def _nothing(size: int, end: bytes) -> bytes:
    """So many bytes of a variable that was deleted; they end so."""
    name = ucs2("-")
    data = bytes(size - _HEADER.size - len(name) - len(end)) + end
    return _HEADER.pack(_START_ID, _DELETED, NV | BS, 0, bytes(16), 0, len(name), len(data),
                        uuid.UUID(FOREIGN).bytes_le) + name + data


def _pack(guid: str, name: str, item: Variable) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    head = _HEADER.pack(_START_ID, _ADDED, item.attributes, item.count, item.time, item.key,
                        len(text), len(item.data), uuid.UUID(guid).bytes_le)
    blob = head + text + item.data
    return blob + b"\xff" * (-len(blob) % 4)


# --- what goes into variables -------------------------------------------------------------------

def signature_list(owner: str, *, cert: bytes | None = None, sha256: bytes | None = None,
                   tbs: bytes | None = None) -> bytes:
    """EFI_SIGNATURE_LIST with one entry: a DER certificate, the Authenticode SHA-256 of an image, or the SHA-256 of
    what is signed in a certificate, which revokes it whenever it was used."""
    kind, data = (_CERT_X509, cert) if cert is not None else (_CERT_SHA256, sha256)
    if tbs is not None:
        kind, data = _CERT_X509_SHA256, tbs + bytes(16)
    if data is None:
        raise ValueError("a signature list holds a certificate or a digest")
    return kind + struct.pack("<LLL", 28 + 16 + len(data), 0, 16 + len(data)) + uuid.UUID(owner).bytes_le + data


def ucs2(text: str) -> bytes:
    """UCS-2 with its NUL, as UEFI stores text."""
    return (text + "\0").encode("utf-16-le")


def file_path_node(path: str) -> bytes:
    """Media device path node for a file; slashes become backslashes."""
    data = ucs2(path.replace("/", "\\"))
    return struct.pack("<BBH", 4, 4, 4 + len(data)) + data


def partition_node(number: int, start: int, sectors: int, partuuid: str) -> bytes:
    """HD() node of a GPT partition; firmware finds the disk by it."""
    return struct.pack("<BBHLQQ16sBB", 4, 1, 42, number, start, sectors, uuid.UUID(partuuid).bytes_le, 2, 2)


END_NODE = b"\x7f\xff\x04\x00"


def load_option(title: str, device_path: bytes, optional_data: bytes = b"") -> bytes:
    """EFI_LOAD_OPTION, active. `device_path` comes without its end node."""
    path = device_path + END_NODE
    return struct.pack("<LH", 1, len(path)) + ucs2(title) + path + optional_data
