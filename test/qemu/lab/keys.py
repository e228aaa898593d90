# SPDX-License-Identifier: BSD-2-Clause
"""The test keys of keys/make.sh, by name: mok, db, vendor, unknown; and those of lab.signing, by their kind."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from . import signing

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"
# Owner of every entry the tests put into a signature database; keys/make.sh writes the same.
OWNER = "7c1f3a52-9d0e-4b6e-8a35-2f6d1e0b94c7"
NAMES = ("mok", "db", "vendor", "unknown")


@functools.cache
def directory() -> Path:
    """build/keys, filled."""
    path = BUILD / "keys"
    subprocess.run([str(ROOT / "keys" / "make.sh"), str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


def _file(name: str, suffix: str) -> Path:
    if name in signing.KINDS:
        return signing.folder_of(name) / suffix
    if name not in NAMES:
        raise ValueError(f"there is no test key {name!r}; there are {', '.join(NAMES)}")
    return directory() / f"{name}.{suffix}"


def der(name: str) -> bytes:
    """The certificate, DER."""
    return _file(name, "der").read_bytes()


def cert_file(name: str) -> Path:
    """The certificate, PEM."""
    return _file(name, "crt")


def key_file(name: str) -> Path:
    """The private key, PEM."""
    return _file(name, "key")
