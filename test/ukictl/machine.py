# SPDX-License-Identifier: BSD-2-Clause
"""A machine made of plain folders: an ESP, the EFI variables as efivarfs shows them, and what its kernel says in /proc
and /sys."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import os
import shutil
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

from conftest import ROOT, Result, put, uki, ukictl
from lab import boot_images, keys
from lab.arch import HOST
from lab.uki import addon
from lab.varstore import (GLOBAL, IMAGE_SECURITY, LOADER, SHIM, UKILOAD, file_path_node, load_option, partition_node,
                          signature_list,
                          ucs2)

IMAGE = ROOT / "build" / HOST.name / f"ukiload{HOST.efi}.efi"
NV_BS_RT, BS_RT = 7, 6
# inotify(7): watch, mask, cookie, length of the name after it
_IN_CLOSE_WRITE, _INOTIFY_EVENT = 8, struct.Struct("iIII")
SHIM_PATH = f"\\EFI\\debian\\shim{HOST.efi}.efi"
PATH = f"\\EFI\\ukiload\\ukiload{HOST.efi}.efi"
OLD_PATH = "\\EFI\\Linux\\ukiload.efi"  # up to 0.2
MENU = boot_images.MENU_ENTRY


class Machine:
    """Secure Boot on; ukiload and its images signed by the key `db` and started by firmware, or by `mok` and started by
    shim."""

    def __init__(self, folder: Path, *, shim: bool = False, secure_boot: bool = True, install: bool = True) -> None:
        self.shim, self.key = shim, "mok" if shim else "db"
        self.root, self.esp = folder / "root", folder / "root" / "efi"
        self.vars = self.root / "sys/firmware/efi/efivars"
        for path in (self.vars, self.esp / "EFI/Linux", self.root / "proc/sys/kernel/random", self.root / "sys/kernel",
                     self.root / "run"):
            path.mkdir(parents=True)
        self.set("SecureBoot", GLOBAL, bytes([secure_boot]), BS_RT)
        self.set("BootCurrent", GLOBAL, struct.pack("<H", 1), BS_RT)
        self.set("BootOrder", GLOBAL, struct.pack("<HH", 1, 0))
        self.set("Boot0000", GLOBAL, load_option("UiApp", file_path_node("\\EFI\\tool.efi")))
        self.set("dbx", IMAGE_SECURITY, signature_list(keys.OWNER, sha256=bytes(32)), 0x27)
        self.new_boot()
        self.cmdline("console=ttyS0 quiet")
        if shim:
            self._boot_through_shim()
        else:
            self.set("Boot0001", GLOBAL,
                     load_option("Linux Boot Manager", file_path_node(f"\\EFI\\systemd\\systemd-boot{HOST.efi}.efi")))
            self.set("db", IMAGE_SECURITY, signature_list(keys.OWNER, cert=keys.der("db")), 0x27)
        self.uki("debian.efi")
        self.image = boot_images.sign(IMAGE, self.key)
        if install:
            done = self("install", "--image", self.image)
            assert done.code == 0, done.err

    def _boot_through_shim(self) -> None:
        put(boot_images.image("shim161"),
            self.esp / SHIM_PATH.lstrip("\\").replace("\\", "/"))
        self.set("Boot0001", GLOBAL, load_option("debian", file_path_node(SHIM_PATH)))
        self.set("db", IMAGE_SECURITY, signature_list(keys.OWNER, cert=keys.der("vendor")), 0x27)
        self.set("MokListRT", SHIM, signature_list(keys.OWNER, cert=keys.der("mok")), BS_RT)
        self.set("SbatLevelRT", SHIM, b"sbat,1,2021030218\n", BS_RT)

    def __call__(self, *words: object, **more: object) -> Result:
        """ukictl on this machine."""
        return ukictl(*words, "--root", self.root, **more)

    # --- variables

    def file(self, name: str, guid: str = UKILOAD) -> Path:
        return self.vars / f"{name}-{guid}"

    def set(self, name: str, guid: str, data: bytes, attributes: int = NV_BS_RT) -> None:
        self.file(name, guid).write_bytes(struct.pack("<L", attributes) + data)

    def get(self, name: str, guid: str = UKILOAD) -> bytes | None:
        """The content without attributes; None: there is no such variable."""
        path = self.file(name, guid)
        return path.read_bytes()[4:] if path.exists() else None

    def everything(self) -> dict[str, bytes]:
        """Every file of the machine, to compare before and after."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in sorted(self.root.rglob("*"))
                if path.is_file()}

    def variables(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.vars.iterdir())}

    @contextlib.contextmanager
    def written(self) -> Iterator[list[str]]:
        """The names of the variables that are written meanwhile, in order. Times of files are too coarse to tell."""
        libc, names = ctypes.CDLL(None, use_errno=True), list[str]()
        watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            added = libc.inotify_add_watch(watch, os.fsencode(self.vars), _IN_CLOSE_WRITE)
            assert added > 0, os.strerror(ctypes.get_errno())
            yield names
            events = os.read(watch, 1 << 16)
            while events:
                size = _INOTIFY_EVENT.unpack_from(events)[3]
                names.append(events[_INOTIFY_EVENT.size:][:size].rstrip(b"\0").decode())
                events = events[_INOTIFY_EVENT.size + size:]
        finally:
            os.close(watch)

    @property
    def request(self) -> str | None:
        """The armed request's text."""
        data = self.get("UkiloadRequest")
        if data is None:
            return None
        text = data.decode("utf-16-le")
        assert text.endswith("\0")
        return text[:-1]

    @property
    def words(self) -> list[str]:
        return (self.request or "").split()

    def word(self, key: str) -> str:
        """The value of one key of the request."""
        values = [word.partition("=")[2] for word in self.words if word.startswith(f"ukiload.{key}=")]
        assert len(values) == 1, self.request
        return values[0]

    @property
    def boot_next(self) -> int | None:
        data = self.get("BootNext", GLOBAL)
        return None if data is None else struct.unpack("<H", data)[0]

    @property
    def entry(self) -> int:
        """The number of ukiload's Boot#### entry."""
        found = [path.name for path in self.vars.glob(f"Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-{GLOBAL}")
                 if ucs2("ukiload") in path.read_bytes()[:40]]
        assert len(found) == 1, found
        return int(found[0][4:8], 16)

    # --- what the machine has

    def uki(self, name: str, **more: object) -> Path:
        return put(uki(sign=more.pop("sign", self.key), **more), self.esp / "EFI/Linux" / name)

    def standing(self, name: str, words: str, **more: object) -> Path:
        """An addon that applies to every image."""
        return put(addon(words, sign=more.pop("sign", self.key), **more),
                   self.esp / "loader/addons" / f"{name}.addon.efi")

    def pool(self, name: str, words: str | None, **more: object) -> Path:
        """An addon that a request can name."""
        return put(addon(words, sign=more.pop("sign", self.key), **more),
                   self.esp / "EFI/ukiload/addons" / f"{name}.addon.efi")

    def policy(self, text: str) -> None:
        """Another policy in the installed ukiload."""
        work = self.root.parent / "work"
        work.mkdir(exist_ok=True)
        (work / "p.policy").write_text("@version 1\n" + text)
        assert ukictl("policy", "embed", work / "p.policy", IMAGE, "-o", work / "u.efi").code == 0
        put(boot_images.sign(work / "u.efi", self.key), self.installed)

    def cmdline(self, line: str) -> None:
        (self.root / "proc/cmdline").write_text(line + "\n")

    def new_boot(self) -> None:
        """What every boot changes: its id; volatile variables go."""
        (self.root / "proc/sys/kernel/random/boot_id").write_text(f"{uuid.uuid4()}\n")
        for path in self.vars.iterdir():
            if path.name.startswith("UkiloadStatus"):
                path.unlink()

    def fire(self, result: str, *, reason: str = "", cmdline: str | None = None, extra: str = "") -> str:
        """What firmware and ukiload do with what is armed, and the boot after it. Returns the id."""
        ident = self.word("id")
        last = f"id={ident}\nresult={result}\n" + (f"reason={reason}\n" if reason else "")
        self.file("UkiloadRequest").unlink()
        self.file("BootNext", GLOBAL).unlink(missing_ok=True)
        self.file("LoaderEntryOneShot", LOADER).unlink(missing_ok=True)
        self.set("UkiloadLast", UKILOAD, last.encode())
        self.new_boot()
        if cmdline is not None:
            self.set("UkiloadStatus", UKILOAD, f"result={result}\nid={ident}\ncmdline={cmdline}\n{extra}".encode(),
                     BS_RT)
        return ident

    @property
    def installed(self) -> Path:
        """ukiload in its place."""
        return self.esp / boot_images.UKILOAD.lstrip("/")

    @property
    def menu(self) -> Path:
        """Its entry in systemd-boot's menu."""
        return self.esp / boot_images.MENU.lstrip("/")

    @property
    def old(self) -> Path:
        """Its place up to 0.2, where systemd-boot finds it by itself."""
        return self.esp / "EFI/Linux/ukiload.efi"

    def as_before(self, counter: str = "") -> Path:
        """ukiload as 0.2 has installed it, and chosen as the default. The image."""
        image = self.old.with_name(f"ukiload{counter}.efi")
        shutil.move(self.installed, image)
        shutil.rmtree(self.menu.parent)
        path, words = (SHIM_PATH, f"{OLD_PATH} ukiload.oneshot") if self.shim else (OLD_PATH, "ukiload.oneshot")
        self.set(f"Boot{self.entry:04X}", GLOBAL, load_option("ukiload", file_path_node(path), ucs2(words)))
        self.set("LoaderEntryDefault", LOADER, ucs2(image.name))
        (self.esp / "loader/loader.conf").write_text("timeout 3\ndefault  ukiload.efi \n# default ukiload.efi\n")
        return image

    def copy(self, folder: Path) -> Machine:
        """The same machine, with everything as it is, in another folder."""
        other = copy.copy(self)
        other.root = folder / "root"
        shutil.copytree(self.root, other.root, symlinks=True)
        other.esp, other.vars = other.root / "efi", other.root / "sys/firmware/efi/efivars"
        return other

    def remove_esp(self) -> None:
        shutil.rmtree(self.esp)


__all__ = ["BS_RT", "GLOBAL", "IMAGE", "LOADER", "MENU", "Machine", "OLD_PATH", "PATH", "SHIM", "SHIM_PATH",
           "UKILOAD", "partition_node", "ucs2"]
