# SPDX-License-Identifier: BSD-2-Clause
"""Disks that are partitioned otherwise than by a GPT: made of one, around the very file system of its ESP."""

from __future__ import annotations

import struct

from .disk import Disk

_SECTOR = 512
_BLOCK = 2048  # of a CD


def _esp(disk: Disk) -> bytes:
    item = disk.partitions[1]
    with open(disk.path, "rb") as stream:
        stream.seek(item.start * _SECTOR)
        return stream.read(item.sectors * _SECTOR)


def without_table(disk: Disk) -> None:
    """The file system begins where the disk does, as on many USB sticks."""
    disk.path.write_bytes(_esp(disk))


def with_mbr(disk: Disk) -> None:
    """One partition of the type that is an ESP's, in a master boot record (UEFI 2.10, 5.2)."""
    item = disk.partitions[1]
    record = bytearray(_SECTOR)
    struct.pack_into("<I", record, 440, 0x12345678)  # the disk's signature
    struct.pack_into("<B3sB3sII", record, 446, 0, b"\0\2\0", 0xEF, b"\xff\xff\xff", item.start, item.sectors)
    record[510:] = b"\x55\xaa"
    esp = _esp(disk)
    with open(disk.path, "r+b") as stream:
        stream.write(bytes(record) + bytes((item.start - 1) * _SECTOR) + esp)
        stream.truncate()


def as_cd(disk: Disk) -> None:
    """A CD whose El Torito catalog has the file system as the image for UEFI. Follows "El Torito" 1.0 and ECMA-119, of
    which firmware reads the volume descriptors only."""
    esp = _esp(disk)
    blocks = 20 + len(esp) // _BLOCK
    primary = bytearray(b"\1CD001\1".ljust(_BLOCK, b"\0"))
    struct.pack_into("<I", primary, 80, blocks)
    struct.pack_into(">I", primary, 84, blocks)
    record = bytearray(b"\0CD001\1EL TORITO SPECIFICATION".ljust(_BLOCK, b"\0"))
    struct.pack_into("<I", record, 71, 19)  # where the catalog is
    catalog = bytearray(_BLOCK)
    # Validation entry of the platform UEFI, whose words add up to 0; an entry that boots, without emulation.
    struct.pack_into("<BBH24sHBB", catalog, 0, 1, 0xEF, 0, b"", 0, 0x55, 0xAA)
    total = sum(struct.unpack_from("<16H", catalog))
    struct.pack_into("<H", catalog, 28, -total & 0xFFFF)
    struct.pack_into("<BBHBBHI", catalog, 32, 0x88, 0, 0, 0, 0, 0, 20)  # size 0: to the end of the disk
    ending = b"\xffCD001\1".ljust(_BLOCK, b"\0")
    disk.path.write_bytes(bytes(16 * _BLOCK) + bytes(primary) + bytes(record) + ending + bytes(catalog) + esp)
