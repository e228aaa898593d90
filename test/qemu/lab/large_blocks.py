# SPDX-License-Identifier: BSD-2-Clause
"""A disk whose blocks have 4096 bytes: its table counts in them (UEFI 2.10, 5.3), and its file systems too."""

from __future__ import annotations

import struct
import subprocess
import uuid
import zlib

from .disk import DISK_GUID, Disk, Partition

_BLOCK = 4096
_PER_BLOCK = _BLOCK // 512
_ENTRIES, _ENTRY = 128, 128


def with_large_blocks(disk: Disk) -> None:
    """What lies where stays, but table and file systems are made anew."""
    for number, item in disk.partitions.items():
        files = {name: disk.read(name, number) for name in disk.list(partition=number)}
        _format(disk, item)
        disk.put(files, number)
    _write_table(disk)


def _format(disk: Disk, item: Partition) -> None:
    volume = disk.path.with_suffix(".fat")
    with open(volume, "wb") as stream:
        stream.truncate(item.sectors * 512)
    subprocess.run(["mkfs.vfat", "-S", str(_BLOCK), "-s", "1", volume], check=True, capture_output=True)
    with open(disk.path, "r+b") as stream:
        stream.seek(item.start * 512)
        stream.write(volume.read_bytes())
    volume.unlink()


def _write_table(disk: Disk) -> None:
    blocks = disk.path.stat().st_size // _BLOCK
    entries = bytearray(_ENTRIES * _ENTRY)
    with open(disk.path, "r+b") as stream:
        for item in disk.partitions.values():  # the old table has their types
            stream.seek(1024 + (item.number - 1) * _ENTRY)
            struct.pack_into("<16s16sQQ", entries, (item.number - 1) * _ENTRY, stream.read(16),
                             uuid.UUID(item.partuuid).bytes_le, item.start // _PER_BLOCK,
                             (item.start + item.sectors) // _PER_BLOCK - 1)
        last, second = blocks - 1, blocks - 1 - len(entries) // _BLOCK
        protective = struct.pack("<446xB3sB3sII48x2s", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, last, b"\x55\xaa")
        first = protective.ljust(_BLOCK, b"\0") + _header(1, last, 2, blocks, entries) + entries
        for at, data in ((0, first), (second, bytes(entries) + _header(last, 1, second, blocks, entries))):
            stream.seek(at * _BLOCK)
            stream.write(data)


def _header(here: int, other: int, entries_at: int, blocks: int, entries: bytes) -> bytes:
    """In block `here` the table's header, of which `other` has a copy."""
    used = 2 + len(entries) // _BLOCK
    header = bytearray(struct.pack("<8sLLLLQQQQ16sQLLL", b"EFI PART", 0x10000, 92, 0, 0, here, other, used,
                                   blocks - used, uuid.UUID(DISK_GUID).bytes_le, entries_at, _ENTRIES, _ENTRY,
                                   zlib.crc32(entries)))
    struct.pack_into("<L", header, 16, zlib.crc32(header))
    return bytes(header).ljust(_BLOCK, b"\0")
