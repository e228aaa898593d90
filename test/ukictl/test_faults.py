# SPDX-License-Identifier: BSD-2-Clause
"""The volume or NVRAM is full, read-only or gone at any of the writes that a verb makes: what was installed or armed
before still is, whole, and leads to a file that starts; and doing it again later comes to what it would have."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import put
from lab import boot_images, keys
from lab.packages import VERSION
from lab.uki import addon
from machine import GLOBAL, IMAGE, LOADER, Machine, ucs2

HERE = Path(__file__).parent
OLDER = IMAGE.read_bytes().replace(f"VERSION_ID={VERSION}".encode(), b"VERSION_ID=0.1")
HEAD = 4096  # bytes that signing changes
SIGN = ("--image", IMAGE, "--sign-key", keys.key_file("db"), "--sign-cert", keys.cert_file("db"))


@pytest.fixture(name="library", scope="session")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is preloaded to fail."""
    library = tmp_path_factory.mktemp("fail") / "fail_calls.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, HERE / "fail_calls.c"], check=True)
    return library


@dataclass(frozen=True)
class Change:
    """A verb, and the machine that it finds; a word that can be called is asked of that machine."""

    words: tuple[object, ...]
    prepare: Callable[[Machine], None]
    once: bool = False  # what was done cannot be done again


def _older(m: Machine) -> None:
    """The program of an earlier version in its place."""
    old = m.root.parent / "old.efi"
    old.write_bytes(OLDER)
    shutil.copy(boot_images.sign(old, m.key), m.installed)


def _old_place(m: Machine) -> None:
    _older(m)
    m.as_before()


def _armed(m: Machine) -> None:
    assert m("load", "debian").code == 0
    m.pool("kdump", "crashkernel=256M")


def _brought(m: Machine) -> Path:
    """An addon that lies on no volume yet."""
    return put(addon("crashkernel=256M", sign=m.key), m.root.parent / "kdump.addon.efi")


def _started(m: Machine) -> None:
    """A reload with an addon, which came."""
    _armed(m)
    assert m("load", "debian", "--addon", "kdump").code == 0
    m.cmdline("quiet crashkernel=256M")
    m.fire("started", cmdline="quiet crashkernel=256M", extra="uki=\\EFI\\Linux\\debian.efi\n"
           "addon=\\EFI\\ukiload\\addons\\kdump.addon.efi admitted\n")


def _confirmed(m: Machine) -> None:
    _started(m)
    assert m("confirm").code == 0


def _with_key(m: Machine) -> None:
    """So that an addon can be made here."""
    (m.root / "etc").mkdir()
    (m.root / "etc/ukiload.conf").write_text(f"SecureBootPrivateKey={keys.key_file('db')}\n"
                                             f"SecureBootCertificate={keys.cert_file('db')}\n")


def _kexec(m: Machine) -> None:
    (m.root / "usr/sbin").mkdir(parents=True)
    (m.root / "sbin").symlink_to("usr/sbin")
    (m.root / "usr/sbin/kexec").write_text("#!/bin/sh\n")
    (m.root / "var/lib/dpkg").mkdir(parents=True)


def _kexec_ours(m: Machine) -> None:
    _kexec(m)
    assert m("kexec", "enable").code == 0


CHANGES = {
    "install": Change(("install", *SIGN), lambda m: m("remove")),
    "update": Change(("update", *SIGN), _older),
    "move": Change(("update", *SIGN), _old_place),
    "remove": Change(("remove",), _armed),
    "load": Change(("load", "debian"), lambda m: None),
    "load_again": Change(("load", "debian", "--addon", "kdump"), _armed),
    "unload": Change(("unload",), _armed),
    "confirm": Change(("confirm",), _started),
    "addon_install": Change(("addon", "install", _brought, "--always"), lambda m: None),
    "addon_remove": Change(("addon", "remove", "kdump"), _armed, once=True),
    "promote": Change(("addon", "promote"), _confirmed, once=True),
    "kdump": Change(("kdump",), _with_key),
    "kexec_enable": Change(("kexec", "enable"), _kexec),
    "kexec_disable": Change(("kexec", "disable"), _kexec_ours),
}


def _whole(m: Machine) -> None:
    """Nothing on the ESP is half of ukiload, and whatever leads to it finds it."""
    files = [path for path in m.esp.rglob("ukiload*") if path.is_file()]
    assert not [path for path in files if path.suffix not in (".efi", ".conf")], files
    there = {path: path.read_bytes() for path in files if path.suffix == ".efi"}
    for file, data in there.items():
        assert any(data[HEAD:len(image)] == image[HEAD:] and len(data) > len(image)
                   for image in (IMAGE.read_bytes(), OLDER)), file
    assert not m.menu.exists() or m.installed in there
    for path in m.vars.glob(f"Boot000[2-9]-{GLOBAL}"):
        data = path.read_bytes()
        leads = [file for file, text in ((m.installed, "ukiload\\ukiloadx64.efi"), (m.old, "Linux\\ukiload.efi"))
                 if text.encode("utf-16-le") in data]
        assert leads and leads[0] in there, path
    default = m.get("LoaderEntryDefault", LOADER)
    assert default is None or {ucs2("ukiload.conf"): m.menu, ucs2("ukiload.efi"): m.old}[default].exists()


def _state(m: Machine) -> dict[str, bytes]:
    """But for what each run makes anew: ids of requests, and times in signatures."""
    return {name: b"" if name.endswith(("x64.efi", ".addon.efi")) or "UkiloadRequest" in name else data
            for name, data in m.everything().items()}


@pytest.mark.parametrize("name", CHANGES)
def test_a_write_that_fails_harms_nothing(tmp_path: Path, library: Path, name: str) -> None:
    """Each write in turn, with one error after the other."""
    change = CHANGES[name]
    start = Machine(tmp_path / "start")
    change.prepare(start)
    at, calls, want = 0, [""], None
    while at <= len(calls):
        m = start.copy(tmp_path / str(at))
        error = (errno.ENOSPC, errno.EROFS, errno.EIO)[at % 3]
        log = tmp_path / f"{at}.log"
        words = [word(m) if callable(word) else word for word in change.words]
        done = m(*words, env={"LD_PRELOAD": str(library), "FAIL_LOG": str(log), "FAIL_AT": str(at),
                                     "FAIL_ERRNO": str(error), "FAIL_UNDER": str(m.root)})
        if at == 0:
            assert done.code == 0, done.err
            calls, want = log.read_text(encoding="utf-8").split(), _state(m)
        what = f"{at}: {calls[at - 1]}, {done.err}"
        _whole(m)
        # a folder that stays, or what an earlier try left, is no failure
        ignored = at == 0 or (name in ("remove", "kexec_enable") and calls[at - 1] == "unlink")
        assert (ignored and not done.code) or (done.code and ";" in done.err), f"{what}: what to do is not said"
        if done.code and name == "install":
            assert not list(m.esp.rglob("ukiload*.*")), f"{what}: half an installation"
        if done.code and name == "load_again":
            assert m("status").code == 0 or m("status", "--json").json["armed"]["state"] == "incomplete", what
        if not change.once or _state(m) != want:
            again = m(*words)
            assert again.code == 0, f"{what}: {again.err}"
        assert _state(m) == want, what
        shutil.rmtree(m.root.parent)
        at += 1
    assert calls, "nothing was written"
