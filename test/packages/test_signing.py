# SPDX-License-Identifier: BSD-2-Clause
"""Every signing tool that Debian 12, 13 and sid have signs ukiload's image and an addon, with a key in a file, in a
database of NSS and in a token that hands it to nobody (SoftHSM, by PKCS #11).

The machine is the folder of test/ukictl; its db has the certificate, so that ukictl says itself whether it is trusted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab import keys, packages, system
from lab.packages import Root

# As test/ukictl makes it; in a process of its own, for either has a conftest.
_MACHINE = "import sys, pathlib; from machine import Machine; Machine(pathlib.Path(sys.argv[1]), install=False)"
_TOOLS = ("sbsigntool", "pesign", "libnss3-tools", "softhsm2", "opensc", "libengine-pkcs11-openssl", "openssl",
          "init-system-helpers", "libjson-c5", "libefivar1", "libblkid1", "libmount1")
_NEWER = (*(name for name in _TOOLS if name != "libefivar1"), "systemd-repart", "pkcs11-provider", "libefivar1t64")
_PIN = "1234"
_URI = "pkcs11:token=ukiload;object=mok"


@dataclass(frozen=True)
class Way:
    """Lines of ukiload.conf, what is said of the key, and the releases that have the tool."""

    lines: tuple[str, ...]
    said: str
    releases: tuple[str, ...] = ("bookworm", "trixie", "sid")


_FILES = ("SecureBootPrivateKey=/keys/db.key", "SecureBootCertificate=/keys/db.crt")
_TOKEN = (f"SecureBootPrivateKey={_URI};type=private?pin-value={_PIN}", "SecureBootCertificate=/keys/db.crt")
_SYSTEMD = ("SecureBootSigningTool=systemd-sbsign",)
_SINCE_13 = ("trixie", "sid")  # systemd 257
WAYS = {
    "sbsign": Way(_FILES, "/keys/db.key, by sbsign"),
    "sbsign-der": Way((_FILES[0], "SecureBootCertificate=/keys/db.der"), "/keys/db.key, by sbsign"),
    # Not sid: its sbsign waits for itself in the engine, without end.
    "sbsign-engine": Way((*_TOKEN, "SigningEngine=pkcs11"), f"{_URI};type=private, by sbsign", ("bookworm", "trixie")),
    "systemd": Way((*_FILES, *_SYSTEMD), "/keys/db.key, by systemd-sbsign", _SINCE_13),
    "systemd-engine": Way((*_TOKEN, *_SYSTEMD, "SigningEngine=pkcs11"), "by systemd-sbsign", _SINCE_13),
    "systemd-provider": Way((*_TOKEN, *_SYSTEMD, "SigningProvider=pkcs11"), "by systemd-sbsign", _SINCE_13),
    "systemd-providers": Way((_TOKEN[0], f"SecureBootCertificate={_URI};type=cert", *_SYSTEMD, "SigningProvider=pkcs11",
                              "CertificateProvider=pkcs11"), "by systemd-sbsign", _SINCE_13),
    "pesign": Way(("SecureBootCertificateDir=/nss", "SecureBootCertificateName=our key"), "our key, by pesign"),
    "own": Way(("SecureBootSigningTool=/usr/local/bin/my-sign",), "by /usr/local/bin/my-sign"),
}
_PREPARED = f"""set -e
cd /keys
softhsm2-util --init-token --free --label ukiload --so-pin {_PIN} --pin {_PIN}
openssl pkcs8 -topk8 -nocrypt -in db.key -out db.p8
softhsm2-util --import db.p8 --token ukiload --label mok --id 01 --pin {_PIN}
pkcs11-tool --module /usr/lib/softhsm/libsofthsm2.so --token-label ukiload --login --pin {_PIN} \
    --write-object db.der --type cert --label mok --id 01
mkdir /nss
certutil -N -d sql:/nss --empty-password
openssl pkcs12 -export -inkey db.key -in db.crt -name 'our key' -out db.p12 -passout pass:
pk12util -i db.p12 -d sql:/nss -W ''
printf '#!/bin/sh\\nexec sbsign --key /keys/db.key --cert /keys/db.crt --output "$2" "$1"\\n' >/usr/local/bin/my-sign
chmod +x /usr/local/bin/my-sign
"""


@pytest.fixture(scope="module", params=list(system.RELEASES))
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Root]]:
    """A release with its tools, the key in all its places, ukictl, and a machine without ukiload in /machine."""
    suite = request.param
    libraries = system.RELEASES[suite].libraries
    with packages.root(suite, tools=(*(_TOOLS if suite == "bookworm" else _NEWER), *libraries)) as root:
        folder = tmp_path_factory.mktemp(suite)
        subprocess.run([sys.executable, "-c", _MACHINE, folder], check=True, cwd=keys.ROOT / "test/ukictl")
        shutil.copytree(folder / "root", root.path / "machine")
        (root.path / "keys").mkdir()
        for file in (keys.key_file("db"), keys.cert_file("db"), keys.cert_file("db").with_suffix(".der")):
            shutil.copy(file, root.path / "keys")
        shutil.copy(packages.deb(suite), root.path / "keys/ukiload.deb")
        root.run(_PREPARED)
        root.run("dpkg -i /keys/ukiload.deb")
        yield suite, root


@pytest.mark.parametrize("name", list(WAYS))
def test_a_tool_signs(release: tuple[str, Root], name: str) -> None:
    """Its signatures hold for sbverify and for ukictl, which says whose key it took and that the machine trusts it."""
    suite, root = release
    way = WAYS[name]
    if suite not in way.releases:
        assert name.startswith("sbsign") or not (root.path / "usr/lib/systemd/systemd-sbsign").exists()
        return
    root.run("rm -rf /m && cp -a /machine /m && mkdir -p /m/etc")
    (root.path / "m/etc/ukiload.conf").write_text("\n".join(way.lines) + "\n")
    said = root.run("timeout 60 ukictl install --root=/m")
    assert f"signed with /etc/ukiload.conf ({way.said})" in said or f"{way.said})" in said, said
    assert "vouched for by" in said and _PIN not in said, said
    # nothing of the tool's own
    assert "Signing Unsigned" not in said and "Wrote signed" not in said, said
    addon = "/m/quiet.addon.efi"
    said = root.run(f"timeout 60 ukictl addon make --root=/m --cmdline quiet -o {addon}")
    assert f"{way.said})" in said and _PIN not in said, said
    for file in (addon, "/m/efi/EFI/ukiload/ukiloadx64.efi"):
        assert "verification OK" in root.run(f"sbverify --cert /keys/db.crt {file}")
        root.run(f"ukictl verify {file} --cert /keys/db.crt")
