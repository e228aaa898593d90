# SPDX-License-Identifier: BSD-2-Clause
"""Where a stub looks for what lies beside its UKI: asked of the real stub, started directly, and then through ukiload.

lib/stubplace.h restates the rule; here it meets systemd's stubs 252 (Debian 12), 254 (its backports), 257 (Debian 13)
and 262 (sid). In each folder that could be meant lies an addon of its own words and a credential of its own content, so
that line and /.extra tell which one was taken. guest/starter.c starts one of them in each boot of one disk.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from agree import ask
from lab import BS, NV, Result, boot_images, pe_edit, small_images, varstore
from lab.program import GUEST, efi_program
from rows.machine import LAUNCHER

# Path of the UKI, and the path whose ".extra.d" a stub looks in that leaves out counters.
PATHS = {
    "/EFI/Linux/debian-6.6.13+bpo-amd64.efi": "/EFI/Linux/debian-6.6.13+bpo-amd64.efi",
    "/EFI/Linux/rebian-6.6.13+bpo-amd64+3.efi": "/EFI/Linux/rebian-6.6.13+bpo-amd64+3.efi",  # the second plus is none
    "/EFI/Linux/a+1+3.efi": "/EFI/Linux/a+1+3.efi",
    "/EFI/Li+3.x/a+2.efi": "/EFI/Li.x/a+2.efi",
    "/EFI/Linux/k+3.efi": "/EFI/Linux/k.efi",
    "/EFI/Linux/l+3-1.efi": "/EFI/Linux/l.efi",
    "/EFI/Linux/m+1.5.efi": "/EFI/Linux/m.5.efi",
}
# Nothing lies beside it on the disk: the folder, and the one that it would be in, exist in ukiload's overlay only.
BARE = "/EFI/Bare+3.x/a.efi"
# Its line has a "--", so that ukiload takes the stub's role.
ROLE = "/EFI/Linux/role+3.efi"
ROLE_FOLDER = "/EFI/Linux/role.efi"

POLICY = "\n".join(("@version 1", "in=*", "picked=1", ""))
LINE = small_images.CMDLINE.decode()
_COUNTER = re.compile(r"\+\d+(-\d+)?")


@dataclass(frozen=True)
class Stub:
    """One systemd-stub, and what it can do."""

    name: str

    @property
    def addons(self) -> bool:
        return boot_images.stub_version(self.name) >= 254

    @property
    def counters(self) -> bool:
        """From 254.6 on it leaves out counters, and the 254 of the lab is a late one."""
        return self.addons


STUBS = [Stub(name) for name in boot_images.STUBS]


def _could_be_meant(path: str) -> list[str]:
    """The path without any choice of what looks like a counter."""
    found = list(_COUNTER.finditer(path))
    cut = []
    for n in range(len(found) + 1):
        for choice in itertools.combinations(found, n):
            name, end = "", 0
            for match in choice:
                name, end = name + path[end:match.start()], match.end()
            cut.append(name + path[end:])
    return cut


def _starts() -> list[tuple[str, str]]:
    """What is started with which options: each UKI as it is, and each through ukiload with an addon that the request
    picks."""
    through = [(LAUNCHER, f"ukiload.uki={path} ukiload.addon=p") for path in (*PATHS, ROLE, BARE)]
    return [*((path, "") for path in PATHS), *through]


def _kernel() -> bytes:
    """Where there is no shim, stub 262 loads the kernel itself: one without relocations and with as much memory as
    content, as Linux is."""
    data = bytearray(small_images.kernel())
    pe_edit.put(data, small_images.optional_header(data) + 112 + 5 * 8, 0, 8)
    for item in pe_edit.sections(bytes(data)):
        pe_edit.put(data, item.header + pe_edit.VSIZE, max(item.vsize, item.raw_size))
    return bytes(data)


def _files(stub: Stub) -> dict[str, bytes]:
    image = small_images.signed(small_images.uki(stub=stub.name, linux=_kernel()), "db")
    files = {path: image for path in (*PATHS, BARE)}
    # From 261 on it is the image's policy that lets ukiload take the stub's role.
    permits = f"{POLICY}@handoff kernel\n".encode()
    files[ROLE] = small_images.signed(small_images.uki((".ukipol", permits), stub=stub.name, linux=_kernel(),
                                                       cmdline=f"{LINE} -- x".encode()), "db")
    for path in (*PATHS, ROLE):
        for number, folder in enumerate(_could_be_meant(path)):
            files[f"{folder}.extra.d/own.addon.efi"] = small_images.signed(small_images.addon(f"in={number}"), "db")
            files[f"{folder}.extra.d/own.cred"] = f"in {number}".encode()
    files["/EFI/ukiload/addons/p.addon.efi"] = small_images.signed(small_images.addon("picked=1"), "db")
    files["/EFI/BOOT/BOOTX64.EFI"] = small_images.signed(_starter().read_bytes(), "db")
    words = "".join(f"{path}\0{options}\0" for path, options in _starts()).replace("/", "\\")
    return {**files, "/starts.bin": words.encode("utf-16-le") + bytes(2)}


def _starter() -> Path:
    return efi_program(GUEST / "starter.c", GUEST / "tiny_serial.c", headers=(GUEST / "efi_path.h", GUEST / "tiny.h"))


def _run(stub: Stub) -> list[Result]:
    """One for each start."""
    box = ask.Box(policy=POLICY, files=_files(stub))
    chain = ask.make_chain(f"places-{stub.name}", box, "db")
    chain.boot_entries.clear()
    chain.files = dict(ask.files_of(box, "db"))
    chain.until = None
    disk, flash = chain.make()
    store, results = varstore.read(flash), []
    for number in range(len(_starts())):
        store.set("Start", varstore.FOREIGN, bytes([number]), NV | BS)
        store.write(flash)
        results.append(chain.again(disk, flash))
    disk.path.unlink()
    return results


def _seen(result: Result) -> tuple[str, str | None]:
    """Line and digest of the credential."""
    assert result.ended == "off" and "@@ back" not in result.serial and len(result.reports) == 1, result.tail(40)
    return result.report.cmdline, result.report.files.get("/.extra/credentials/own.cred")


def _wanted(stub: Stub) -> list[tuple[str, str | None]]:
    """The same for each start, from PATHS."""
    direct, through = [], []
    for path, cut in {**PATHS, ROLE: ROLE_FOLDER}.items():
        numbers = _could_be_meant(path)
        word, number = f" in={numbers.index(cut)}", numbers.index(cut if stub.counters else path)
        credential = hashlib.sha256(f"in {number}".encode()).hexdigest()
        direct.append((f"{LINE}{word if stub.addons else ''}", credential))
        through.append((f"{LINE}{word} picked=1", credential))
    line, credential = through[-1]
    through[-1] = (f"{line} -- x", credential)
    return [*direct[:-1], *through, (f"{LINE} picked=1", None)]


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.name)
def test_what_comes_lies_in_the_folder_that_lib_computes(stub: Stub) -> None:
    """What comes is what lies in the folder that lib/stubplace computes, with and without ukiload."""
    if not boot_images.available(stub.name):
        pytest.skip(f"optional: {stub.name} could not be fetched from Debian's archive, test/deps.sh says why")
    for start, result, wanted in zip(_starts(), _run(stub), _wanted(stub), strict=True):
        assert _seen(result) == wanted, f"{start}"
