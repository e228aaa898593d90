# SPDX-License-Identifier: BSD-2-Clause
"""GPT disk images with an ESP and perhaps an XBOOTLDR partition, made and read without root."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import cache, varstore

# Fixed, so that tests can name partitions in boot entries and compare runs.
DISK_GUID = "00000000-1111-4222-8333-444444444444"
ESP_PARTUUID = "11111111-2222-4333-8444-555555555555"
XBOOTLDR_PARTUUID = "66666666-7777-4888-8999-aaaaaaaaaaaa"

_SECTOR = 512
_FIRST = 2048
_ESP_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
_XBOOTLDR_TYPE = "bc13c2ff-59e6-4262-a352-b275fd6f7172"

Content = bytes | str | Path
# mtools refuses disks whose geometry it finds odd, and asks before it overwrites; neither helps here.
_MTOOLS = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Partition:
    """Where a partition lies, in sectors."""

    number: int
    start: int
    sectors: int
    partuuid: str

    @property
    def node(self) -> bytes:
        """Its HD() device path node."""
        return varstore.partition_node(self.number, self.start, self.sectors, self.partuuid)


def _partitions(esp_mib: int, xbootldr_mib: int) -> list[Partition]:
    esp = Partition(1, _FIRST, esp_mib * 2048, ESP_PARTUUID)
    if not xbootldr_mib:
        return [esp]
    return [esp, Partition(2, esp.start + esp.sectors, xbootldr_mib * 2048, XBOOTLDR_PARTUUID)]


def _run(words: list[str], data: bytes | None = None) -> bytes:
    done = subprocess.run(words, input=data, capture_output=True, env=_MTOOLS, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {(done.stderr or done.stdout).decode(errors='replace').strip()}")
    return done.stdout


def _stage(files: Mapping[str, Content], where: Path) -> dict[str, list[str]]:
    """Folder on the volume -> files and links of the names that they are to have there: mcopy starts once for each."""
    folders: dict[str, list[str]] = {}
    for number, (name, content) in enumerate(files.items()):
        target = Path(_clean(name))
        source = where / str(number) / target.name
        source.parent.mkdir()
        if isinstance(content, Path):
            source.symlink_to(content.absolute())
        else:
            source.write_bytes(content if isinstance(content, bytes) else content.encode())
        folders.setdefault(str(target.parent), []).append(str(source))
    return folders


class Disk:
    """A disk image. `esp` and `xbootldr` are numbers for the methods: 1 and 2."""

    def __init__(self, path: Path, esp_mib: int = 160, xbootldr_mib: int = 0) -> None:
        self.path = path
        self.partitions = {item.number: item for item in _partitions(esp_mib, xbootldr_mib)}

    @classmethod
    def create(cls, path: Path, files: Mapping[str, Content], *,
               xbootldr: Mapping[str, Content] | None = None, esp_mib: int = 160) -> Disk:
        """A new image. Files: path from the root of the volume -> content, a file's path or text."""
        disk = cls._empty(path, esp_mib, 0 if xbootldr is None else esp_mib)
        disk.put(files)
        if xbootldr:
            disk.put(xbootldr, partition=2)
        return disk

    @classmethod
    def create_from(cls, path: Path, folder: Path, *, esp_mib: int = 160) -> Disk:
        """A new image with the files of a folder, all copied at once."""
        disk = cls._empty(path, esp_mib, 0)
        _run(["mcopy", "-s", "-i", disk._image(1), *map(str, folder.iterdir()), "::/"])
        return disk

    def copy(self, path: Path) -> Disk:
        """Another disk with what is on this one."""
        _run(["cp", "--sparse=always", str(self.path), str(path)])
        other = Disk(path)
        other.partitions = self.partitions
        return other

    @classmethod
    def _empty(cls, path: Path, esp_mib: int, xbootldr_mib: int) -> Disk:
        """A copy of one that was made before: sgdisk takes a second."""
        empty = cache.build("empty.img", ["empty disk", str(esp_mib), str(xbootldr_mib)],
                            lambda out: cls(out, esp_mib, xbootldr_mib)._format())
        _run(["cp", "--sparse=always", str(empty), str(path)])
        return cls(path, esp_mib, xbootldr_mib)

    def _format(self) -> None:
        self._partition()
        for number, item in self.partitions.items():
            _run(["mkfs.vfat", "-F", "32", "-s", "1", "-i", f"{number:08x}", "-n", f"PART{number}",
                  "--offset", str(item.start), str(self.path), str(item.sectors // 2)])

    def _partition(self) -> None:
        end = max(item.start + item.sectors for item in self.partitions.values())
        with open(self.path, "wb") as stream:
            stream.truncate((end + _FIRST) * _SECTOR)
        words = ["sgdisk", "--clear", f"--disk-guid={DISK_GUID}"]
        for item in self.partitions.values():
            kind = _ESP_TYPE if item.number == 1 else _XBOOTLDR_TYPE
            words += [f"--new={item.number}:{item.start}:{item.start + item.sectors - 1}",
                      f"--typecode={item.number}:{kind}", f"--partition-guid={item.number}:{item.partuuid}"]
        _run([*words, str(self.path)])

    def name(self, partuuid: str, partition: int = 1) -> None:
        """Give a partition another GUID, as a second disk needs it: all are made with the same ones."""
        _run(["sgdisk", f"--partition-guid={partition}:{partuuid}", str(self.path)])
        self.partitions = {**self.partitions, partition: replace(self.partitions[partition], partuuid=partuuid)}

    def _image(self, partition: int) -> str:
        return f"{self.path}@@{self.partitions[partition].start * _SECTOR}"

    def put(self, files: Mapping[str, Content], partition: int = 1) -> None:
        """Write files, replacing what is there; directories are made on the way."""
        parents = {str(parent) for name in files for parent in Path(_clean(name)).parents} - {"."}
        have = self._directories(partition)
        make = [f"::{name}" for name in sorted(parents) if name.lower() not in have]
        if make:
            _run(["mmd", "-i", self._image(partition), *make])
        with tempfile.TemporaryDirectory() as staged:
            for folder, sources in _stage(files, Path(staged)).items():
                _run(["mcopy", "-o", "-i", self._image(partition), *sources, f"::/{folder}"])

    def _directories(self, partition: int) -> set[str]:
        return {name.rstrip("/").lower() for name in self._walk(partition) if name.endswith("/")}

    def _walk(self, partition: int) -> list[str]:
        try:
            text = _run(["mdir", "-b", "-/", "-a", "-i", self._image(partition), "::/"]).decode()
        except RuntimeError as error:
            if 'File "::/" not found' in str(error):  # mdir's word for a volume with nothing on it
                return []
            raise
        return [line.removeprefix("::/") for line in text.splitlines() if line.strip()]

    def read(self, name: str, partition: int = 1) -> bytes:
        """The content of a file."""
        return _run(["mcopy", "-i", self._image(partition), f"::{_clean(name)}", "-"])

    def remove(self, name: str, partition: int = 1) -> None:
        """Delete a file."""
        _run(["mdel", "-i", self._image(partition), f"::{_clean(name)}"])

    def list(self, directory: str = "/", partition: int = 1) -> list[str]:
        """Every file below a directory, with leading slash, sorted."""
        below = (_clean(directory) + "/").lstrip("/")
        return sorted("/" + name for name in self._walk(partition)
                      if not name.endswith("/") and name.lower().startswith(below.lower()))

    def device_path(self, name: str, partition: int = 1) -> bytes:
        """Short-form device path HD()/File(), as boot entries have it, without end node."""
        return self.partitions[partition].node + varstore.file_path_node("/" + _clean(name))


def _clean(name: str) -> str:
    return name.replace("\\", "/").strip("/")
