# SPDX-License-Identifier: BSD-2-Clause
"""One machine, asked twice: what `ukictl load` says of an image, and what firmware does with it.

The same files, the same variables: the flash is written out as efivarfs would show it, `ukictl load` works on that, and
what it wrote is put back into the flash. Where load refuses, the request that it would have made is written by hand,
without pins.

Trust is `db`: firmware starts ukiload, and its db vouches; or a shim: firmware starts that one, as `ukictl install`
arranges it, and what the case trusts is in MokList.

UKILOAD_TEST_ARCH=aarch64 asks of images and firmware for arm64, and the ukictl of UKICTL, which is one for arm64.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab import BS, GLOBAL, NV, RT, SHIM, UKILOAD, BootEntry, Chain, boot_images, keys, pe_edit, small_images, varstore
from lab.arch import AA64, HOST
from lab.vm import Result
from rows import machine

ENTRY = 7
PATH = "/EFI/Linux/case.efi"
_REFUSED = r"ukiload starts nothing"
_OPTIONS = "ukiload.oneshot"
_SHIM = HOST.named("/EFI/BOOT/BOOTX64.EFI")
# Debian 11 has a shim 15.8 for arm64, but not signed.
TRUSTS = ("db", "shim161") if HOST == AA64 else ("db", "shim161", "shim158")
_FIRMWARE = "aavmf13" if HOST == AA64 else "ovmf13"
_UKICTL = os.environ.get("UKICTL") or keys.BUILD / "ukictl"


@dataclass
class Box:
    """What a case changes of a machine on which everything is good."""

    files: dict[str, bytes] = field(default_factory=dict)
    policy: str | bytes | None = field(default_factory=machine.DEFAULT_POLICY.read_text)
    good: bytes = b""  # one more signature list, for db or MokList
    dbx: bytes = b""
    uki: str = PATH
    addons: list[str] = field(default_factory=list)  # that the request names
    profile: str | None = None
    append: str | None = None
    secure_boot: bool = True


@dataclass(frozen=True)
class Case:
    """One case; the name is the test's."""

    name: str
    prepare: Callable[[Box], None]


@dataclass(frozen=True)
class Verdict:
    """The line with which it starts, or why it does not."""

    line: str | None
    why: str = ""

    @property
    def starts(self) -> bool:
        """Whether anything runs."""
        return self.line is not None


def good(**changes: bytes | None) -> bytes:
    """The UKI of a case that is not about the UKI."""
    return small_images.signed(small_images.uki(**changes), "db")


def launcher(policy: str | bytes | None) -> bytes:
    """ukiload with this policy, whatever `ukictl policy embed` thinks of it, signed."""
    if policy is None or (isinstance(policy, str) and len(policy) < 1000):
        plain = machine.embed_policy(policy).read_bytes()
    else:
        raw = policy.encode() if isinstance(policy, str) else policy
        plain = _forced(machine.embed_policy("@version 1\n").read_bytes(), raw)
    return small_images.signed(plain, "db")


def _forced(image: bytes, policy: bytes) -> bytes:
    """The policy in place of the one that is there, which is the last section and may grow."""
    item = pe_edit.section(image, ".ukipol")
    assert item == pe_edit.sections(image)[-1] and item.raw_off + item.raw_size == len(image)
    data = bytearray(image[:item.raw_off] + policy + bytes(-len(policy) % 512))
    pe_edit.put(data, item.header + pe_edit.VSIZE, len(policy))
    pe_edit.put(data, item.header + pe_edit.RAW_SIZE, len(data) - item.raw_off)
    pe_edit.put(data, small_images.optional_header(image) + 56, -(-(item.vaddr + len(policy)) // 4096) * 4096)
    return bytes(data)


def files_of(box: Box, trust: str) -> dict[str, bytes]:
    """Of the ESP."""
    usual = {} if PATH in box.files else {PATH: good()}
    if trust != "db":
        usual |= {_SHIM: boot_images.image(trust).read_bytes(),
                  HOST.named("/EFI/BOOT/mmx64.efi"): boot_images.image(trust.replace("shim", "mm")).read_bytes()}
    return {machine.LAUNCHER: launcher(box.policy), **usual, **box.files}


def entry_of(trust: str) -> tuple[str, str]:
    """File and words of ukiload's boot entry."""
    if trust == "db":
        return machine.LAUNCHER, _OPTIONS
    return _SHIM, f"{machine.LAUNCHER.replace('/', chr(92))} {_OPTIONS}"


def make_chain(name: str, box: Box, trust: str) -> Chain:
    """The machine, switched off, with everything but a request."""
    off = "off" if trust == "db" else f"off-{trust}"
    chain = Chain(f"agree-{trust}-{name}", _FIRMWARE, trust if box.secure_boot else off, sdboot=None, esp_mib=40,
                  until=_REFUSED, grace=0,
                  timeout=90, mok=())
    path, words = entry_of(trust)
    chain.boot_entries[ENTRY] = BootEntry(path, data=words, title="ukiload")
    ours = varstore.signature_list(keys.OWNER, cert=keys.der("db")) + box.good
    dbx = varstore.signature_list(keys.OWNER, sha256=bytes(32)) + box.dbx
    chain.variables["dbx", varstore.IMAGE_SECURITY] = (NV | BS | RT | varstore.TIME_AUTH, dbx)
    if trust == "db":
        chain.variables["db", varstore.IMAGE_SECURITY] = (NV | BS | RT | varstore.TIME_AUTH, ours)
    else:
        chain.variables["MokList", SHIM] = (NV | BS, ours)
    chain.cpu, chain.memory_mib = chain.arch.fast_cpu, 256  # little memory is there soonest
    return chain


# --- the host -----------------------------------------------------------------------------------

def _lay_out_files(root: Path, files: Mapping[str, bytes]) -> Path:
    """The ESP. Returns its folder."""
    for name, content in files.items():
        path = root / "efi" / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root / "efi"


def _shims(store: varstore.VarStore, trust: str) -> dict[str, bytes]:
    """What shim leaves for the running system."""
    # The first level in it is the one that it sets by itself.
    level = re.search(rb"sbat,1,[0-9]+\n[^\0]*", boot_images.image(trust).read_bytes())
    assert level
    lists = {name + "RT": store.get(name, SHIM) for name in ("MokList", "MokListX")}
    return {"SbatLevelRT": level[0], "MokListTrustedRT": b"\1", **{name: data for name, data in lists.items() if data}}


def _lay_out_rest(root: Path, store: varstore.VarStore, trust: str, secure_boot: bool) -> Path:
    """What a running system shows beside it. Returns the folder of the variables."""
    shown = root / "sys/firmware/efi/efivars"
    for folder in (shown, root / "proc/sys/kernel/random"):
        folder.mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text("01234567-89ab-4cde-8f01-23456789abcd\n")
    (root / "proc/cmdline").write_text("quiet\n")

    def show(name: str, guid: str, data: bytes, attributes: int) -> None:
        if attributes & RT:
            (shown / f"{name}-{guid}").write_bytes(struct.pack("<L", attributes) + data)

    for (guid, name), item in store.variables.items():
        show(name, guid, item.data, item.attributes)
    # No partition in it: that of the folder would be another one.
    path, words = entry_of(trust)
    show(f"Boot{ENTRY:04X}", GLOBAL,
         varstore.load_option("ukiload", varstore.file_path_node(path), varstore.ucs2(words)), NV | BS | RT)
    for name, data in {"SecureBoot": bytes([secure_boot]), "SetupMode": b"\0", "BootCurrent": b"\0\0"}.items():
        show(name, GLOBAL, data, BS | RT)
    for name, data in (_shims(store, trust) if trust != "db" else {}).items():
        show(name, SHIM, data, BS | RT)
    return shown


def ask_host(root: Path, box: Box, store: varstore.VarStore, trust: str) -> Verdict:
    """`ukictl load`; what it armed is in the store afterwards."""
    shown = _lay_out_rest(root, store, trust, box.secure_boot)
    words = ["load", box.uki.replace("/", "\\"), "--json", "--root", str(root)]
    words += [word for name in box.addons for word in ("--addon", name)]
    words += ["--profile", box.profile] if box.profile is not None else []
    words += ["--append", box.append] if box.append is not None else []
    done = subprocess.run([_UKICTL, *words], capture_output=True, text=True, check=False, timeout=60)
    assert 0 <= done.returncode < 64, f"ukictl ended with {done.returncode}: {done.stderr}"
    armed = shown / f"UkiloadRequest-{UKILOAD}"
    assert armed.exists() == (done.returncode == 0), f"exit code {done.returncode}, and the request is wrong"
    if done.returncode:
        store.set("UkiloadRequest", UKILOAD, varstore.ucs2(_by_hand(box)))
        store.set("BootNext", GLOBAL, struct.pack("<H", ENTRY))
        return Verdict(None, done.stderr.strip())
    for name, guid in (("UkiloadRequest", UKILOAD), ("BootNext", GLOBAL)):
        raw = (shown / f"{name}-{guid}").read_bytes()
        store.set(name, guid, raw[4:], struct.unpack_from("<L", raw)[0])
    return Verdict(_shown(json.loads(done.stdout)["line"]))


def _by_hand(box: Box) -> str:
    words = ["ukiload.id=by-hand", f"ukiload.via={ENTRY:04X}", f"ukiload.uki={box.uki.replace('/', chr(92))}"]
    words += [f"ukiload.addon={name}" for name in box.addons]
    words += [f"ukiload.profile={box.profile}"] if box.profile is not None else []
    words += [box.append] if box.append is not None else []
    return " ".join(words)


# --- firmware -----------------------------------------------------------------------------------

def _shown(line: str) -> str:
    """As ukictl shows bytes that are not printable ASCII."""
    return "".join(char if char.isascii() and char.isprintable()
                   else "".join(f"\\x{byte:02x}" for byte in char.encode()) for char in line)


def ask_firmware(result: Result) -> Verdict:
    """What the run came to."""
    if result.reports:
        assert result.ended == "off", f"the kernel was started, and the run ended with {result.ended!r}"
        return Verdict(_shown(result.report.cmdline))
    refusals = [line for line in result.serial.splitlines() if "refused" in line or "failed" in line]
    assert result.ended in ("until", "reset", "stuck"), f"the run ended with {result.ended!r}:\n{result.tail()}"
    return Verdict(None, f"({result.ended}) " + " / ".join(refusals) + "\n" + result.tail(12))


def ask_both(case: Case, trust: str, folder: Path) -> tuple[Verdict, Verdict]:
    """Host and firmware on one machine."""
    box = Box()
    case.prepare(box)
    chain = make_chain(case.name, box, trust)
    chain.boot_next = ENTRY
    root = folder / "root"
    disk, flash = chain.make(_lay_out_files(root, files_of(box, trust)))
    store = varstore.read(flash)
    host = ask_host(root, box, store, trust)
    store.write(flash)
    firmware_says = ask_firmware(chain.again(disk, flash))
    disk.path.unlink()
    return host, firmware_says


__all__ = ["Box", "Case", "PATH", "TRUSTS", "Verdict", "ask_both", "good"]
