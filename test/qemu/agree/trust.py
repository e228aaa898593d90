# SPDX-License-Identifier: BSD-2-Clause
"""Who vouches, further: other kinds of keys, revoked certificates and generations; a signed kernel inside; names of
files."""

from __future__ import annotations

import functools
import hashlib
import subprocess
from collections.abc import Callable

from lab import keys, pe_edit, signing, varstore
from lab.pe_fields import Change, rename_raw, row
from lab.small_images import kernel, optional_header, signed, uki
from .ask import PATH, Box, Case, good

# --- kinds of keys --------------------------------------------------------------------------------


def _by(name: str) -> Case:
    def prepare(box: Box) -> None:
        box.files[PATH] = signing.signed(uki(), name)
        box.good = varstore.signature_list(keys.OWNER, cert=keys.der(name))
    return Case(f"trust_key_{name}", prepare)


@functools.cache
def _tbs(name: str) -> bytes:
    """SHA-256 of TBSCertificate, the first element of a certificate."""
    words = ["openssl", "asn1parse", "-in", str(keys.cert_file(name)), "-strparse", "4", "-noout", "-out",
             "/dev/stdout"]
    return hashlib.sha256(subprocess.run(words, capture_output=True, check=True).stdout).digest()


def _tbs_revoked(signers: tuple[str, ...], revoked: str) -> Callable[[Box], None]:
    def prepare(box: Box) -> None:
        box.files[PATH] = signed(uki(), *signers)
        box.good = varstore.signature_list(keys.OWNER, cert=keys.der("vendor"))
        box.dbx = varstore.signature_list(keys.OWNER, tbs=_tbs(revoked))
    return prepare


KEYS = [
    *(_by(name) for name in signing.KINDS),
    Case("trust_tbs_in_dbx", _tbs_revoked(("vendor",), "vendor")),
    Case("trust_tbs_in_dbx_and_good", _tbs_revoked(("vendor", "db"), "vendor")),
    Case("trust_tbs_of_other_in_dbx", _tbs_revoked(("vendor",), "unknown")),
]

# --- generations ----------------------------------------------------------------------------------

_HEAD = b"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"


def _with_sbat(text: bytes | None) -> bytes:
    """The good UKI with another `.sbat`, or none."""
    data = bytearray(uki())
    item = pe_edit.section(bytes(data), ".sbat")
    if text is None:
        rename_raw(".sbat", b".other")(data)
    else:
        data[item.raw_off : item.raw_off + item.raw_size] = text.ljust(item.raw_size, b"\0")
        row(".sbat", pe_edit.VSIZE, len(text))(data)
    return signed(bytes(data), "db")


def _generation(name: str, text: bytes | None) -> Case:
    def prepare(box: Box) -> None:
        box.files[PATH] = _with_sbat(text)
    return Case(f"sbat_{name}", prepare)


SBAT = [_generation(name, text) for name, text in {
    "none": None, "only_itself": _HEAD, "of_others": _HEAD + b"other,1,x,other,1,x\n",
    "grub_old": _HEAD + b"grub,2,x,grub,2.06,x\n", "grub_new": _HEAD + b"grub,9,x,grub,9,x\n",
    "shim_old": _HEAD + b"shim,1,x,shim,1,x\n", "itself_0": b"sbat,0,x,x,1,x\n",
    "without_itself": b"other,1,x,other,1,x\n", "one_line": b"sbat,1", "two_fields": _HEAD + b"grub,9\n",
    "no_number": _HEAD + b"grub,new,x,grub,1,x\n", "no_newline": _HEAD.rstrip(),
    "nul_inside": _HEAD + b"\0grub,1,x,grub,1,x\n", "blank_line": _HEAD + b"\ngrub,1,x,grub,1,x\n",
    "crlf": _HEAD.replace(b"\n", b"\r\n"), "bom": b"\xef\xbb\xbf" + _HEAD}.items()]

# --- the kernel inside ----------------------------------------------------------------------------


def _grown(data: bytearray) -> None:
    """`.linux`, the last section, is larger in memory than in the file: ukify 257.0 took the kernel's SizeOfImage."""
    item = pe_edit.section(bytes(data), ".linux")
    pe_edit.put(data, item.header + pe_edit.VSIZE, item.vsize + 0x3000)
    at = optional_header(data) + 56
    pe_edit.put(data, at, int.from_bytes(data[at : at + 4], "little") + 0x3000)


def _kernel(name: str, linux: Callable[[], bytes], change: Change = lambda data: None) -> Case:
    def prepare(box: Box) -> None:
        data = bytearray(uki(linux=linux()))
        change(data)
        box.files[PATH] = signed(bytes(data), "db")
    return Case(f"kernel_{name}", prepare)


INSIDE = [
    _kernel("signed", lambda: signed(kernel(), "db")),
    _kernel("signed_unknown", lambda: signed(kernel(), "unknown")),
    _kernel("signed_zeros_in_file", lambda: signed(kernel(), "db") + bytes(0x3000)),
    _kernel("signed_zeros_in_memory", lambda: signed(kernel(), "db"), _grown),
    _kernel("zeros_in_memory", kernel, _grown),
    _kernel("bytes_behind", lambda: signed(kernel(), "db") + b"x" * 64),
]

# --- names ----------------------------------------------------------------------------------------


def _named(name: str, path: str) -> Case:
    def prepare(box: Box) -> None:
        box.files[PATH], box.files[path] = good(osrel=b"ID=other\n"), good()
        box.uki = path
    return Case(f"name_{name}", prepare)


NAMED = [_named(name, f"/EFI/Linux/{file}") for name, file in {
    "umlaut": "B\xfcro.efi", "blank": "with space.efi", "tilde": "appliance_2.0~20261101.efi",
    "alias_like": "case~1.efi", "plus": "6.6.13+bpo-amd64.efi",
    "counted": "6.6.13+bpo-amd64+3.efi", "capitals": "UPPER.EFI", "long": "n" * 120 + ".efi", "dots": "a..b.efi",
    "no_ending": "image"}.items()]
NAMED += [_named("folder", "/EFI/other/deep/er/image.efi"), _named("folder_plus", "/EFI/Li+3.x/a.efi")]

CASES = [*KEYS, *SBAT, *INSIDE, *NAMED]
