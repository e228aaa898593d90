# SPDX-License-Identifier: BSD-2-Clause
"""Kinds of signature: the host refuses what firmware and shim refuse though libcrypto takes it, and takes what they
take.

What they do was seen on real ones: test/qemu/rows/cases_signing.py boots the same kinds.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ukictl
from lab import keys, signing
from lab.uki import addon
from lab.varstore import IMAGE_SECURITY, SHIM, signature_list
from machine import BS_RT, Machine

ALWAYS = {"rsa1024", "rsa2048", "rsa3072", "rsa4096", "expired", "eku", "v1"}
FIRMWARE_ONLY = {"sha384", "sha512"}
SAID = {"ec256": "RSA", "ec384": "RSA", "pss": "RSA-PSS", "md5": "MD5", "sha1": "SHA-1", "sha384": "SHA-384",
        "sha512": "SHA-512"}


def trusting(tmp_path: Path, *, shim: bool) -> Machine:
    """A machine that trusts every one of these keys, with an addon signed by each."""
    m = Machine(tmp_path, shim=shim)
    name, guid, attributes = ("MokListRT", SHIM, BS_RT) if shim else ("db", IMAGE_SECURITY, 0x27)
    lists = m.get(name, guid) + b"".join(signature_list(keys.OWNER, cert=keys.der(kind)) for kind in signing.KINDS)
    m.set(name, guid, lists, attributes)
    m.policy("".join(f"k_{kind}\n" for kind in signing.KINDS))
    for kind in signing.KINDS:
        path = m.esp / f"loader/addons/{kind}.addon.efi"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(signing.signed(addon(f"k_{kind}", sign=None).read_bytes(), kind))
    return m


@pytest.mark.parametrize("shim", [False, True])
def test_load_takes_the_kinds_that_the_machine_takes(tmp_path: Path, shim: bool) -> None:
    """load promises the words of those that will be taken, and says why of each other one."""
    m = trusting(tmp_path, shim=shim)
    done = m("load", "debian", "--json")
    assert done.code == 0, done.err
    taken = ALWAYS if shim else ALWAYS | FIRMWARE_ONLY
    assert set(done.json["line"].split()[2:]) == {f"k_{kind}" for kind in taken}
    for item in done.json["addons"]:
        kind = item["path"].rsplit("\\")[-1].removesuffix(".addon.efi")
        assert (item["verdict"] == "admitted") == (kind in taken), item
        assert kind in taken or SAID[kind] in item["reason"], item
    image = m.esp / "EFI/Linux/ec.efi"
    image.write_bytes(signing.signed(m.uki("plain.efi", sign=None).read_bytes(), "ec256"))
    done = m("load", "ec")
    assert done.code == 6 and "RSA" in done.err


@pytest.mark.parametrize("kind", [*signing.KINDS])
def test_verify_says_what_only_firmware_takes(tmp_path: Path, kind: str) -> None:
    """Who will be asked is not known here: what only firmware takes is said."""
    path = tmp_path / "x.addon.efi"
    path.write_bytes(signing.signed(addon("debug", sign=None).read_bytes(), kind))
    done = ukictl("verify", path, "--cert", keys.cert_file(kind))
    assert done.code == (0 if kind in ALWAYS | FIRMWARE_ONLY else 6), done.out
    assert SAID.get(kind, "the digest is this file's") in done.out
    assert ("shim takes SHA-256 only" in done.out) == (kind in FIRMWARE_ONLY)


def test_a_damaged_file_is_not_called_unsigned(tmp_path: Path) -> None:
    """A signed file whose bytes changed is not called unsigned."""
    m = Machine(tmp_path)
    image = m.esp / "EFI/Linux/debian.efi"
    data = bytearray(image.read_bytes())
    data[60_000] ^= 1
    image.write_bytes(data)
    done = m("load", "debian")
    assert done.code == 6
    assert "changed after it was signed" in done.err and "not signed" not in done.err
