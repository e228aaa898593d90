# SPDX-License-Identifier: BSD-2-Clause
"""A secret sealed in the TPM to whatever PCR 11 a key's owner signs for, as systemd-cryptenroll does it.

The owner predicts the PCR, signs the policy `PolicyPCR(11)` with that value (`.pcrsig`, in the format of
systemd-measure) and ships the key (`.pcrpkey`). The secret's own policy is PolicyAuthorize by that key. Here the
prediction is made from the image's sections alone, and the guest talks to the TPM in TPM 2.0's own commands
(TCG "TPM 2.0 Library", parts 2 and 3): tools for it are many times the size of the whole guest.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import struct
import subprocess
from collections.abc import Iterable

from . import keys

SECRET = "opened by PCR 11"
KEY = "vendor"  # whose owner signs for PCR values
_PCR_11 = bytes.fromhex("00000001" "000b" "03000800")  # TPML_PCR_SELECTION: PCR 11 of the SHA-256 bank


def predicted(sections: Iterable[tuple[str, bytes]]) -> bytes:
    """PCR 11 after a stub has measured these sections, in its order."""
    state = bytes(32)
    for name, content in sections:
        for data in (name.encode() + b"\0", content):
            state = _sha256(state + _sha256(data))
    return state


def signature_section(pcr: bytes) -> str:
    """`.pcrsig` for one value."""
    policy = _pcr_policy(pcr)
    signed = _openssl(["dgst", "-sha256", "-sign", str(keys.key_file(KEY))], policy)
    return json.dumps({"sha256": [{"pcrs": [11], "pkfp": _sha256(_public_der()).hex(), "pol": policy.hex(),
                                   "sig": base64.b64encode(signed).decode()}]})


def key_section() -> bytes:
    """`.pcrpkey`: the public key, PEM."""
    return _openssl(["x509", "-in", str(keys.cert_file(KEY)), "-noout", "-pubkey"])


def guest_script() -> str:
    """Seals the secret, opens it with what lies in /.extra, and again after PCR 11 has moved on.

    Prints `key KEY-SECTION'S SHA-256`, `opened SECRET`, `moved on` and what the TPM then says.
    """
    return "\n".join([_SHELL, _seal(), _open(), "echo moved on", _command("8002", "00000182", _extend()), _open()])


# --- policies -------------------------------------------------------------------------------------

def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sized(data: bytes) -> str:
    """TPM2B, in hex."""
    return struct.pack(">H", len(data)).hex() + data.hex()


def _openssl(words: list[str], data: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout


@functools.cache
def _public_der() -> bytes:
    return _openssl(["pkey", "-pubin", "-outform", "DER"], key_section())


def _public_area() -> bytes:
    """TPMT_PUBLIC of the key: RSA 2048, for signatures, exponent 65537."""
    text = _openssl(["x509", "-in", str(keys.cert_file(KEY)), "-noout", "-modulus"]).decode()
    modulus = bytes.fromhex(text.strip().removeprefix("Modulus="))
    assert len(modulus) == 256
    return bytes.fromhex("0001" "000b" "00060040" "0000" "0010" "0010" "0800" "00000000" + _sized(modulus))


def _key_name() -> bytes:
    return bytes.fromhex("000b") + _sha256(_public_area())


def _pcr_policy(pcr: bytes) -> bytes:
    return _sha256(bytes(32) + bytes.fromhex("0000017f") + _PCR_11 + _sha256(pcr))


def _authorize_policy() -> bytes:
    return _sha256(_sha256(bytes(32) + bytes.fromhex("0000016a") + _key_name()))


# --- the guest's side -----------------------------------------------------------------------------

_SHELL = """
exec 3<>/dev/tpm0
tpm() { # TAG CODE BODY: one command; its answer, without the header, is in $r. Ends the script on a refusal
    printf '%s%08x%s%s' "$1" $((${#3} / 2 + 10)) "$2" "$3" | xxd -r -p |
        dd bs=4096 count=1 iflag=fullblock 2>/dev/null >&3
    r=$(dd bs=4096 count=1 2>/dev/null <&3 | xxd -p -c 4096)
    [ "${r:12:8}" = 00000000 ] || { echo "command $2 ended with ${r:12:8}"; exit; }
    r=${r:20}
}
field() { # moves a sized field from the front of $r into $f
    f=${r:0:$((4 + 2 * 0x${r:0:4}))}
    r=${r:${#f}}
}
json() { sed -n 's/.*"'"$1"'": *"\\([^"]*\\)".*/\\1/p' /.extra/tpm2-pcr-signature.json; }
pol=$(json pol)
sig=$(json sig | base64 -d | xxd -p -c 4096)
echo "key $(sha256sum </.extra/tpm2-pcr-public-key.pem | cut -c1-64)"
"""
_EMPTY_AUTH = "00000009" "40000009" "0000" "00" "0000"
_OWNER = "40000001"


def _command(tag: str, code: str, body: str) -> str:
    return f'tpm {tag} {code} "{body}"'


def _seal() -> str:
    storage_key = bytes.fromhex("0023" "000b" "00030472" "0000" "0006" "0080" "0043" "0010" "0003" "0010" "0000" "0000")
    secret = bytes.fromhex("0000" + _sized(SECRET.encode()))
    sealed = bytes.fromhex("0008" "000b" "00000412" + _sized(_authorize_policy()) + "0010" "0000")
    return "\n".join([
        _command("8002", "00000131", _OWNER + _EMPTY_AUTH + "000400000000" + _sized(storage_key) + "0000" "00000000"),
        "parent=${r:0:8}",
        _command("8002", "00000153", "${parent}" + _EMPTY_AUTH + _sized(secret) + _sized(sealed) + "0000" "00000000"),
        "r=${r:8}; field; private=${f}; field",
        _command("8002", "00000157", "${parent}" + _EMPTY_AUTH + "${private}${f}"),
        "object=${r:0:8}",
    ])


def _open() -> str:
    """The authorized policy in a session of its own, then the secret."""
    return "\n".join([
        _command("8001", "00000167", "0000" + _sized(_public_area()) + _OWNER),  # LoadExternal
        "key=${r:0:8}",
        'digest=$(printf %s "$pol" | xxd -r -p | sha256sum | cut -c1-64)',
        _command("8001", "00000177", "${key}" "0020${digest}" "0014" "000b" "0100${sig}"),  # VerifySignature
        "ticket=$r",
        _command("8001", "00000165", "${key}"),  # FlushContext
        # StartAuthSession
        _command("8001", "00000176", "40000007" "40000007" + _sized(bytes(16)) + "0000" "01" "0010" "000b"),
        "session=${r:0:8}",
        _command("8001", "0000017f", "${session}" "0000" + _PCR_11.hex()),  # PolicyPCR
        # PolicyAuthorize
        _command("8001", "0000016a", "${session}" "0020${pol}" "0000" + _sized(_key_name()) + "${ticket}"),
        # Unseal, ends the session
        _command("8002", "0000015e", "${object}" "00000009" "${session}" "0000" "00" "0000"),
        'r=${r:8}; field; echo "opened $(printf %s "${f:4}" | xxd -r -p)"',
    ])


def _extend() -> str:
    return "0000000b" + _EMPTY_AUTH + "00000001" "000b" + bytes(32).hex()
