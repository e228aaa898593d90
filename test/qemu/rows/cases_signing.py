# SPDX-License-Identifier: BSD-2-Clause
"""Kinds of signature: what firmware and shim take, with every key trusted. `ukictl` says the same
(test/ukictl/test_signing.py)."""

from __future__ import annotations

from lab import addon, cache, signing
from lab.arch import Arch
from .case import BASE, Booted, Case, Combination, Machine, standing

DB = Combination("ovmf13", "db", "257")
SHIM158 = Combination("ovmf13", "shim158", "257")


def _signed(name: str, arch: Arch) -> bytes:
    return signing.signed(addon(f"k_{name}", sign=None, arch=arch).read_bytes(), name)


def _kinds(m: Machine) -> None:
    m.policy = "@version 1\n" + "".join(f"k_{name}\n" for name in signing.KINDS)
    for name in signing.KINDS:
        m.chain.files[standing(name)] = cache.stored(_signed(name, m.arch), f"{name}.addon.efi")
    m.chain.db += tuple(signing.KINDS) if not m.chain.trust.startswith("shim") else ()
    m.chain.mok += tuple(signing.KINDS)


# dates and purpose of a certificate are not looked at
ALWAYS = ("eku", "expired", "rsa1024", "rsa2048", "rsa3072", "rsa4096", "v1")
# digests of the image; ukictl promises none of SHA-1, which not all firmware takes
FIRMWARE_ONLY = ("sha1", "sha384", "sha512")
NEVER = ("ec256", "ec384", "md5", "pss")


def _expected(combination: Combination) -> Booted:
    taken = sorted(ALWAYS + (() if combination.trust.startswith("shim") else FIRMWARE_ONLY))
    refused = [name for name in signing.KINDS if name not in taken]
    assert set(refused) == set(NEVER + (FIRMWARE_ONLY if combination.trust.startswith("shim") else ()))
    return Booted(line=" ".join([BASE, *(f"k_{name}" for name in taken)]), admitted=[standing(name) for name in taken],
                  refused={standing(name): "is not signed by a key that this machine trusts" for name in refused})


CASES = [Case("signing_kinds", _kinds, _expected, also=[DB, SHIM158])]
