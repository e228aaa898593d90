# SPDX-License-Identifier: BSD-2-Clause
"""What mtools cannot do to the FAT32 volumes of a Disk: other short names, and chains of clusters that lead nowhere.

Follows "FAT: General Overview of On-Disk Format" 1.03: the boot sector's fields, 32 byte directory entries, long names.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .disk import Disk

_ENTRY = 32
_FOLDER = 0x10
_LONG = 0x0F  # attributes of an entry that holds a piece of a long name
_NOWHERE = 0x0ABCDEF0  # a cluster behind the end of any disk here, and no mark of an end


@dataclass(frozen=True)
class Entry:
    """One name in a folder."""

    name: str  # the long one, where there is one
    cluster: int
    at: int  # where its short entry lies in the image
    long_at: tuple[int, ...]  # and the pieces of its long name


class Fat:
    """One volume of a disk image, as bytes in memory until save()."""

    def __init__(self, disk: Disk, partition: int = 1) -> None:
        self._path = disk.path
        self._base = disk.partitions[partition].start * 512
        self._size = disk.partitions[partition].sectors * 512
        with open(self._path, "rb") as stream:
            stream.seek(self._base)
            self._data = bytearray(stream.read(self._size))
        sector, self._per_cluster, reserved, self._copies = struct.unpack_from("<HBHB", self._data, 11)
        fat_sectors, = struct.unpack_from("<I", self._data, 36)
        self._root, = struct.unpack_from("<I", self._data, 44)
        self._cluster = sector * self._per_cluster
        self._fat, self._fat_bytes = reserved * sector, fat_sectors * sector
        self._first = self._fat + self._copies * self._fat_bytes
        self._clusters = (self._size - self._first) // self._cluster + 2  # the first number that no cluster has

    def save(self) -> None:
        """Write it back."""
        with open(self._path, "r+b") as stream:
            stream.seek(self._base)
            stream.write(self._data)

    def _next(self, cluster: int) -> int:
        return struct.unpack_from("<I", self._data, self._fat + 4 * cluster)[0] & 0x0FFFFFFF

    def _chain(self, cluster: int) -> Iterator[int]:
        seen: set[int] = set()  # a chain may have been broken before
        while 2 <= cluster < self._clusters and cluster not in seen:
            seen.add(cluster)
            yield cluster
            cluster = self._next(cluster)

    def _slots(self, cluster: int) -> Iterator[int]:
        """Where each entry of the folder lies."""
        for item in self._chain(cluster):
            start = self._first + (item - 2) * self._cluster
            yield from range(start, start + self._cluster, _ENTRY)

    def _entries(self, cluster: int) -> Iterator[Entry]:
        name, pieces = "", []
        for at in self._slots(cluster):
            raw = self._data[at : at + _ENTRY]
            if raw[0] == 0:
                return
            if raw[0] == 0xE5:
                name, pieces = "", []
            elif raw[11] == _LONG:
                text = (raw[1:11] + raw[14:26] + raw[28:32]).decode("utf-16-le")
                name, pieces = text.partition("\0")[0] + name, [*pieces, at]
            else:
                short = (raw[:8].rstrip()
                         + (b"." + raw[8:11].rstrip() if raw[8:11].strip() else b"")).decode("ascii", "replace")
                high, low = struct.unpack_from("<H4xH", raw, 20)
                yield Entry(name or short, high << 16 | low, at, tuple(pieces))
                name, pieces = "", []

    def find(self, path: str) -> Entry:
        """The entry of a path from the root of the volume."""
        cluster = self._root
        found = None
        for part in path.strip("/").split("/"):
            found = next(item for item in self._entries(cluster) if item.name.lower() == part.lower())
            cluster = found.cluster
        assert found
        return found

    def sector(self, path: str, offset: int) -> int:
        """The sector of the disk in which this byte of a file lies."""
        cluster = list(self._chain(self.find(path).cluster))[offset // self._cluster]
        return (self._base + self._first + (cluster - 2) * self._cluster + offset % self._cluster) // 512

    def set_short_name(self, path: str, short: str) -> None:
        """Give what has a long name another short one, which then opens it too."""
        entry = self.find(path)
        base, _, tail = short.partition(".")
        raw = f"{base:8}{tail:3}".encode()
        check = 0
        for byte in raw:
            check = ((check >> 1) | (check << 7 & 0x80)) + byte & 0xFF
        self._data[entry.at : entry.at + 11] = raw
        for at in entry.long_at:
            self._data[at + 13] = check

    def break_off(self, path: str) -> None:
        """Let a folder go on where there is no disk: what it has is full of names, and its next cluster does not
        exist."""
        first = self.find(path).cluster
        for at in self._slots(first):
            if self._data[at] == 0:
                self._data[at] = 0xE5
        last = list(self._chain(first))[-1]
        for copy in range(self._copies):
            struct.pack_into("<I", self._data, self._fat + copy * self._fat_bytes + 4 * last, _NOWHERE)

    def damage(self, chance: random.Random, spared: Collection[str]) -> None:
        """Up to eight faults in folders and chains of clusters; not in the chains of the files that are spared, nor in
        the folders that lead to them and their own entries there."""
        folders, chains, kept = self._all(spared)
        for _ in range(chance.randint(1, 8)):
            if chance.random() < 0.5:
                self._spoil_chain(chance, chance.choice(chains))
            else:
                slots = [at for cluster in folders for at in self._slots(cluster) if at not in kept]
                self._spoil_entry(chance, slots)

    def _all(self, spared: Collection[str]) -> tuple[list[int], list[list[int]], set[int]]:
        """First clusters of folders; chains that may be broken; where entries lie that may not."""
        folders, chains, kept = [self._root], [], set()
        todo = [("", self._root)]
        while todo:
            above, first = todo.pop()
            for entry in self._entries(first):
                path = f"{above}/{entry.name}"
                if entry.name in (".", "..") or entry.cluster == 0:
                    continue
                if self._data[entry.at + 11] & _FOLDER:
                    folders.append(entry.cluster)
                    todo.append((path, entry.cluster))
                if any((item + "/").lower().startswith(path.lower() + "/") for item in spared):
                    kept |= {entry.at, *entry.long_at}
                else:
                    chains.append(list(self._chain(entry.cluster)))
        return folders, chains, kept

    def _spoil_chain(self, chance: random.Random, chain: list[int]) -> None:
        """One cluster leads back, elsewhere, nowhere, to an early end, or is said to be free or bad."""
        at = chance.randrange(min(len(chain), 64))
        follows = chance.choice([0, 1, chain[at], chain[0], chance.choice(chain), _NOWHERE, 0x0FFFFFF7, 0x0FFFFFFF,
                                 chance.randrange(2, self._fat_bytes // 4)])
        for copy in range(self._copies):
            struct.pack_into("<I", self._data, self._fat + copy * self._fat_bytes + 4 * chain[at], follows)

    def _spoil_entry(self, chance: random.Random, slots: list[int]) -> None:
        """A byte of a name, attribute, cluster or size; or all of an entry."""
        at = chance.choice([item for item in slots if self._data[item] != 0] or slots)
        if chance.random() < 0.2:
            self._data[at : at + _ENTRY] = chance.randbytes(_ENTRY)
        else:
            self._data[at + chance.randrange(_ENTRY)] = chance.randrange(256)
