# SPDX-License-Identifier: BSD-2-Clause
"""Signatures of kinds that sbsign does not make: other keys, digests, paddings and forms of certificate.

A kind is the name of a key too: lab.keys gives its certificate, so that a machine can be told to trust it. The
signature is a CMS message of openssl's over SpcIndirectDataContent without tag and length; Authenticode has the same
bytes with a SEQUENCE's tag in place of the OCTET STRING's.
"""

from __future__ import annotations

import functools
import hashlib
import os
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(__file__).resolve().parents[3] / "build"
SPC_INDIRECT = "1.3.6.1.4.1.311.2.1.4"
# SpcAttributeTypeAndOptionalValue of SPC_PE_IMAGE_DATAOBJ: no flags, an empty file name.
PE_IMAGE_DATA = bytes.fromhex("3017060a2b060104018237020 10f3009030100a004a2028000".replace(" ", ""))
OIDS = {"md5": "2a864886f70d0205", "sha1": "2b0e03021a", "sha256": "608648016503040201", "sha384": "608648016503040202",
        "sha512": "608648016503040203"}


@dataclass(frozen=True)
class Kind:
    """How key, certificate and signature differ from RSA 2048, SHA-256, X.509 v3, in force."""

    key: tuple[str, ...] = ("RSA", "rsa_keygen_bits:2048")
    digest: str = "sha256"
    pss: bool = False
    cert: tuple[str, ...] = ()


KINDS = {
    "rsa1024": Kind(("RSA", "rsa_keygen_bits:1024")), "rsa2048": Kind(),
    "rsa3072": Kind(("RSA", "rsa_keygen_bits:3072")), "rsa4096": Kind(("RSA", "rsa_keygen_bits:4096")),
    "ec256": Kind(("EC", "ec_paramgen_curve:P-256")), "ec384": Kind(("EC", "ec_paramgen_curve:P-384"), "sha384"),
    "pss": Kind(pss=True), "md5": Kind(digest="md5"), "sha1": Kind(digest="sha1"), "sha384": Kind(digest="sha384"),
    "sha512": Kind(digest="sha512"),
    "expired": Kind(cert=("-not_before", "20010101000000Z", "-not_after", "20020101000000Z")),
    "eku": Kind(cert=("-addext", "extendedKeyUsage=emailProtection", "-addext", "keyUsage=keyEncipherment")),
    "v1": Kind(cert=("v1",)),
}


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def _expired(folder: Path, subject: str) -> None:
    """`openssl ca` is what sets dates in the past, in every version."""
    (folder / "index").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={folder}/index\nserial={folder}/serial\n"
                                   f"new_certs_dir={folder}\n"
                                   "default_md=sha256\npolicy=p\nemail_in_dn=no\n[p]\ncommonName=supplied\n")
    _run("openssl", "req", "-new", "-key", folder / "key", "-subj", subject, "-out", folder / "csr")
    _run("openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-selfsign", "-keyfile", folder / "key", "-in",
         folder / "csr",
         "-startdate", "20010101000000Z", "-enddate", "20020101000000Z", "-out", folder / "crt")


def _make(folder: Path, name: str, kind: Kind) -> None:
    subject = f"/CN=ukiload test {name}"
    _run("openssl", "genpkey", "-algorithm", kind.key[0], "-pkeyopt", kind.key[1], "-out", folder / "key")
    if name == "expired":
        _expired(folder, subject)
    elif name == "v1":
        _run("openssl", "req", "-new", "-key", folder / "key", "-subj", subject, "-out", folder / "csr")
        _run("openssl", "x509", "-req", "-in", folder / "csr", "-signkey", folder / "key", "-days", "3650", "-out",
             folder / "crt")
    else:
        _run("openssl", "req", "-new", "-x509", "-key", folder / "key", "-subj", subject, "-days", "3650", *kind.cert,
             "-out", folder / "crt")
    _run("openssl", "x509", "-in", folder / "crt", "-outform", "DER", "-out", folder / "der")


@functools.cache
def folder_of(name: str) -> Path:
    """build/keys/kinds/NAME with key, crt (PEM) and der."""
    target = BUILD / "keys" / "kinds" / name
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=target.parent, prefix="."))
        _make(work, name, KINDS[name])
        try:
            os.rename(work, target)
        except OSError:  # another worker was faster
            if not target.is_dir():
                raise
    return target


def _digest(data: bytes, name: str) -> bytes:
    pe = struct.unpack_from("<L", data, 0x3C)[0]
    optional = pe + 24
    directory = optional + (112 if struct.unpack_from("<H", data, optional)[0] == 0x20B else 96) + 4 * 8
    parts = data[:optional + 64] + data[optional + 68:directory] + data[directory + 8:]
    return hashlib.new(name, parts).digest()


def signed(data: bytes, name: str) -> bytes:
    """An image without signature, of a size that is a multiple of 8, signed by that kind of key in that kind of way."""
    kind, folder = KINDS[name], folder_of(name)
    data += bytes(-len(data) % 8)
    oid = bytes.fromhex(OIDS[kind.digest])
    algorithm = bytes([6, len(oid)]) + oid + b"\5\0"
    digest = _digest(data, kind.digest)
    info = bytes([0x30, len(algorithm)]) + algorithm + bytes([4, len(digest)]) + digest
    content = PE_IMAGE_DATA + bytes([0x30, len(info)]) + info
    with tempfile.TemporaryDirectory() as work:
        source, out = Path(work, "content"), Path(work, "p7")
        source.write_bytes(content)
        pss = ("-keyopt", "rsa_padding_mode:pss") if kind.pss else ()
        _run("openssl", "cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-econtent_type", SPC_INDIRECT, "-md",
             kind.digest, "-in", source,
             "-signer", folder / "crt", "-inkey", folder / "key", *pss, "-outform", "DER", "-out", out)
        message = out.read_bytes()
    octets = bytes([4, len(content)]) + content
    assert message.count(octets) == 1 and len(content) < 128
    message = message.replace(octets, b"\x30" + octets[1:])
    entry = struct.pack("<LHH", 8 + len(message), 0x0200, 2) + message
    entry += bytes(-len(entry) % 8)
    pe = struct.unpack_from("<L", data, 0x3C)[0]
    directory = pe + 24 + 112 + 4 * 8
    out = bytearray(data + entry)
    struct.pack_into("<LL", out, directory, len(data), len(entry))
    return bytes(out)
