# SPDX-License-Identifier: BSD-2-Clause
"""The TCG event log (PC Client Platform Firmware Profile, 10.2), as Linux hands it out."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

_SHA1, _SHA256 = 0x0004, 0x000B
_NO_ACTION = 3
_NAMES = {
    0x1: "POST_CODE", 0x3: "NO_ACTION", 0x4: "SEPARATOR", 0x5: "ACTION", 0x6: "EVENT_TAG",
    0x7: "S_CRTM_CONTENTS", 0x8: "S_CRTM_VERSION", 0x9: "CPU_MICROCODE", 0xA: "PLATFORM_CONFIG_FLAGS",
    0xD: "IPL", 0xE: "IPL_PARTITION_DATA", 0x80000001: "VARIABLE_DRIVER_CONFIG",
    0x80000002: "VARIABLE_BOOT", 0x80000003: "BOOT_APPLICATION", 0x80000004: "BOOT_DRIVER",
    0x80000005: "RUNTIME_DRIVER", 0x80000006: "GPT_EVENT", 0x80000007: "ACTION_EFI",
    0x80000008: "PLATFORM_FIRMWARE_BLOB", 0x80000009: "HANDOFF_TABLES", 0x8000000A: "PLATFORM_FIRMWARE_BLOB2",
    0x8000000B: "HANDOFF_TABLES2", 0x8000000C: "VARIABLE_BOOT2", 0x800000E0: "VARIABLE_AUTHORITY",
}


@dataclass(frozen=True)
class Event:
    """One measurement; `sha256` is what the PCR was extended with."""

    pcr: int
    kind: int
    sha256: bytes
    data: bytes

    @property
    def name(self) -> str:
        """The event type in words, without its EV_ or EV_EFI_."""
        return _NAMES.get(self.kind, f"{self.kind:#x}")

    @property
    def text(self) -> str:
        """The data as text, where it is UCS-2 text (systemd's events are)."""
        return self.data.decode("utf-16-le", "replace").rstrip("\0")

    def __str__(self) -> str:
        return f"PCR{self.pcr:<2} {self.name:24} {self.sha256.hex()[:16]} {self.text[:60]!r}"


def parse(log: bytes) -> list[Event]:
    """All events in order; EV_NO_ACTION, which extends nothing, is left out."""
    # The first event has the old format and carries the sizes of the digests that follow.
    pcr, kind, _, size = struct.unpack_from("<LL20sL", log, 0)
    head = log[32 : 32 + size]
    if (pcr, kind) != (0, _NO_ACTION) or head[:16] != b"Spec ID Event03\0":
        raise ValueError("not a TPM 2.0 event log")
    count = struct.unpack_from("<L", head, 24)[0]
    sizes: dict[int, int] = {}
    for index in range(count):
        bank, length = struct.unpack_from("<HH", head, 28 + 4 * index)
        sizes[bank] = length
    events: list[Event] = []
    at = 32 + size
    while at + 12 <= len(log):
        event, at = _event(log, at, sizes)
        if event.kind != _NO_ACTION:
            events.append(event)
    return events


def _event(log: bytes, at: int, sizes: dict[int, int]) -> tuple[Event, int]:
    pcr, kind, digests = struct.unpack_from("<LLL", log, at)
    at += 12
    sha256 = b""
    for _ in range(digests):
        bank = struct.unpack_from("<H", log, at)[0]
        if bank == _SHA256:
            sha256 = log[at + 2 : at + 34]
        at += 2 + sizes[bank]
    size = struct.unpack_from("<L", log, at)[0]
    return Event(pcr, kind, sha256, log[at + 4 : at + 4 + size]), at + 4 + size


def of_pcr(events: Iterable[Event], pcr: int) -> list[Event]:
    """The events of one PCR."""
    return [event for event in events if event.pcr == pcr]


def value(events: Iterable[Event], pcr: int) -> bytes:
    """What the PCR holds after these events."""
    state = bytes(32)
    for event in of_pcr(events, pcr):
        state = hashlib.sha256(state + event.sha256).digest()
    return state
