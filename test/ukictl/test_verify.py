# SPDX-License-Identifier: BSD-2-Clause
"""ukictl verify on Debian's signed boot chain and on images signed with test keys, against real databases."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from conftest import flip, put, uki, ukictl, write_variables
from lab import boot_images, firmware, keys, varstore
from lab.uki import addon

SHIM = varstore.SHIM
SBAT_LEVEL = b"sbat,1,2025051000\nshim,4\ngrub,5\nuki-addon,2\n"


def verify(*words: object):  # noqa: ANN201
    """`ukictl verify --json` of one file: exit code and {check: (state, text)}."""
    done = ukictl("verify", "--json", *words)
    assert len(done.json["files"]) == 1
    checks: dict[str, tuple[str, str]] = {}
    for item in done.json["files"][0]["checks"]:
        if checks.get(item["check"], ("ok", ""))[0] != "failed":
            checks[item["check"]] = (item["state"], item["text"])
    assert (done.json["files"][0]["verdict"] == "refused") == (done.code != 0)
    return done.code, checks


def state_of(code_and_checks, check: str) -> str:  # noqa: ANN001
    """The state of one check."""
    return code_and_checks[1][check][0]


@pytest.fixture(name="microsoft", scope="session")
def _microsoft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The variables of OVMF as Debian ships it with Microsoft's keys."""
    template = firmware.FIRMWARE["ovmf13"].template(enrolled=True)
    return write_variables(tmp_path_factory.mktemp("vars") / "ms", firmware.variables_of(template))


@pytest.fixture(name="empty")
def _empty(tmp_path: Path) -> Path:
    """A machine without EFI variables."""
    (tmp_path / "no-variables").mkdir()
    return tmp_path / "no-variables"


@pytest.fixture(name="debian_ca", scope="session")
def _debian_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Debian's certificate, as it stands in Debian's shim."""
    data = boot_images.image("shim161").read_bytes()
    name = b"Debian Secure Boot CA"
    at = data.index(name)
    while True:
        at = data.rindex(b"\x30\x82", 0, at)
        size = struct.unpack_from(">H", data, at + 2)[0] + 4
        done = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=data[at:at + size],
                              capture_output=True, check=False)
        if done.returncode == 0 and name in done.stdout:
            break
    out = tmp_path_factory.mktemp("ca") / "debian.der"
    out.write_bytes(data[at:at + size])
    return out


@pytest.mark.parametrize("name", ["shim161", "shim158"])
def test_microsofts_keys_let_shim_in_and_one_bit_less_does_not(microsoft: Path, name: str) -> None:
    """Microsoft's keys in db let shim in; one bit less, and they do not."""
    code, checks = verify(boot_images.image(name), "--efivars", microsoft)
    assert code == 0
    assert checks["trust"] == (
        "ok", 'the signature by "Microsoft Windows UEFI Driver Publisher" leads to a certificate in db')
    assert checks["revoked"][0] == "ok"


def test_both_signatures_of_shim_are_sound(empty: Path) -> None:
    """shim 16.1 carries one of 2011 and one of 2023."""
    done = ukictl("verify", "--json", boot_images.image("shim161"), "--efivars", empty)
    signatures = [c for c in done.json["files"][0]["checks"] if c["check"] == "signature"]
    assert [c["state"] for c in signatures] == ["ok", "ok"]


def test_what_debian_signed_is_believed_by_debians_certificate(microsoft: Path, debian_ca: Path) -> None:
    """systemd-boot and the kernel: believed by Debian's certificate, not by Microsoft's."""
    for image in (boot_images.image("sdboot257signed"), boot_images.image("kernel612")):
        assert state_of(verify(image, "--cert", debian_ca), "trust") == "ok"
        code, checks = verify(image, "--efivars", microsoft)
        assert (code, checks["trust"][0]) == (6, "failed")


def test_every_part_is_signed(tmp_path: Path) -> None:
    """A bit turned in any section, in the headers or in the signature is seen."""
    image = put(uki(), tmp_path / "a.efi")
    cert = keys.cert_file("mok")
    assert verify(image, "--cert", cert)[0] == 0
    data = image.read_bytes()
    pe = struct.unpack_from("<L", data, 0x3C)[0]
    table = pe + 24 + struct.unpack_from("<H", data, pe + 20)[0]
    places = [0x40 if pe > 0x44 else 2, pe + 8]
    for row in range(struct.unpack_from("<H", data, pe + 6)[0]):
        places.append(struct.unpack_from("<L", data, table + 40 * row + 20)[0] + 1)
    security = struct.unpack_from("<LL", data, pe + 24 + 112 + 32)
    places += [security[0] + security[1] // 2, security[0] + security[1] - 40]
    assert len(places) > 10
    for at in places:
        code, checks = verify(flip(image, tmp_path / "b.efi", at), "--cert", cert)
        assert code in (5, 6), f"byte {at:#x}"
        assert checks["format"][0] == "failed" or checks["trust"][0] == "failed" or checks["kind"][0] == "failed"
    # What Authenticode leaves out: the checksum.
    assert verify(flip(image, tmp_path / "b.efi", pe + 24 + 64), "--cert", cert)[0] == 0


@pytest.mark.parametrize(("length", "kind"), [
    (0, "malformed"), (7, "malformed"), (8, "malformed"), (0x10000, "malformed"), (0xFFFFFFF9, "malformed"),
    (0xFFFFFFFF, "malformed"), (None, "type")])
def test_a_certificate_of_a_false_length_or_type_is_no_signature(tmp_path: Path, length: int | None, kind: str) -> None:
    """No step of 0 bytes that never ends, none past the table, none that wraps; what is no PKCS #7 vouches for
    nothing."""
    data = bytearray(put(addon("quiet"), tmp_path / "g.efi").read_bytes())
    at = struct.unpack_from("<L", data, struct.unpack_from("<L", data, 0x3C)[0] + 24 + 112 + 32)[0]
    if length is None:
        struct.pack_into("<H", data, at + 6, 0x0EF1)
    else:
        struct.pack_into("<L", data, at, length)
    (tmp_path / "b.addon.efi").write_bytes(data)
    code, checks = verify(tmp_path / "b.addon.efi", "--cert", keys.cert_file("mok"))
    assert code in (5, 6)
    assert kind == "type" or "certificate table that is not well formed" in str(checks)


@pytest.mark.parametrize("names", [("mok", "unknown"), ("unknown", "mok")])
def test_of_two_signatures_the_good_one_counts_wherever_it_stands(tmp_path: Path, names: tuple[str, str]) -> None:
    """The other one may be a stranger's, or broken: firmware and shim go through all of them."""
    twice = tmp_path / "t.addon.efi"
    put(addon("quiet", sign=None), twice)
    for name in names:
        subprocess.run(["sbsign", "--key", keys.key_file(name), "--cert", keys.cert_file(name), "--output", twice,
                        twice], check=True,
                       capture_output=True)
    assert verify(twice, "--cert", keys.cert_file("mok"))[0] == 0
    assert verify(twice, "--cert", keys.cert_file("vendor"))[0] == 6


def test_who_is_believed_is_given_or_in_the_variables(tmp_path: Path, empty: Path) -> None:
    """Who is believed: by --cert in both forms, by --db, by nobody."""
    image = put(addon("quiet"), tmp_path / "a.addon.efi")
    der = tmp_path / "mok.der"
    der.write_bytes(keys.der("mok"))
    assert verify(image, "--cert", keys.cert_file("mok"))[0] == 0
    assert verify(image, "--cert", der)[0] == 0
    assert verify(image, "--cert", keys.cert_file("unknown"))[0] == 6
    assert verify(image, "--cert", keys.cert_file("unknown"), "--cert", der)[0] == 0
    lists = tmp_path / "db.esl"
    lists.write_bytes(varstore.signature_list(keys.OWNER, cert=keys.der("unknown")) +
                      varstore.signature_list(keys.OWNER, cert=keys.der("mok")))
    assert "db.esl" in verify(image, "--db", lists)[1]["trust"][1]
    made = lists.read_bytes()
    for option, data, said in (
            ("--db", made[:-1], "has a list of a size that cannot be"),
            ("--db", b"\x07\0\0\0" + made, "is a variable as efivarfs shows it: take the first four bytes off"),
            ("--db", bytes(20) + b"\0\x02\xf1\x0e" + made, "is a signed update of a variable (.auth): take"),
            ("--db", keys.der("mok"), "is a certificate and no signature list: name it with --cert"),
            ("--db", keys.cert_file("mok").read_bytes(), "is a certificate and no signature list: name it with --cert"),
            ("--dbx", keys.der("mok"), "is a certificate and no signature list: make one of it with"),
            ("--cert", made, "is a signature list and no certificate: name it with --db")):
        lists.write_bytes(data)
        done = ukictl("verify", image, option, lists)
        assert done.code == 1 and said in done.err, done
    code, checks = verify(image, "--efivars", empty)
    assert (code, checks["trust"][0], checks["revoked"][0], checks["sbat"][0]) == (0, "skipped", "skipped", "skipped")
    assert "no EFI variables" in checks["trust"][1]


def test_an_unsigned_image_is_refused_unless_its_digest_is_in_db(tmp_path: Path, empty: Path) -> None:
    """Refused, unless its digest is in db."""
    image = put(addon("quiet", sign=None), tmp_path / "a.addon.efi")
    code, checks = verify(image, "--efivars", empty)
    assert (code, checks["trust"][0]) == (6, "failed")
    assert "not signed" in checks["trust"][1]
    lists = tmp_path / "db.esl"
    lists.write_bytes(varstore.signature_list(keys.OWNER, sha256=boot_images.authenticode(image)))
    assert verify(image, "--db", lists)[0] == 0


def test_each_kind_of_revocation_is_seen(tmp_path: Path) -> None:
    """By the image's digest, by the signer's certificate, by the digest of that certificate's signed part."""
    image = put(addon("quiet"), tmp_path / "a.addon.efi")
    cert = keys.cert_file("mok")
    dbx = tmp_path / "dbx.esl"
    dbx.write_bytes(varstore.signature_list(keys.OWNER, sha256=b"\0" * 32))
    code, checks = verify(image, "--cert", cert, "--dbx", dbx)
    assert (code, checks["revoked"][0]) == (0, "ok")
    for item in (varstore.signature_list(keys.OWNER, sha256=boot_images.authenticode(image)),
                 varstore.signature_list(keys.OWNER, cert=keys.der("mok")), _revoke_tbs(tmp_path, keys.der("mok"))):
        dbx.write_bytes(item)
        code, checks = verify(image, "--cert", cert, "--dbx", dbx)
        assert (code, checks["revoked"][0], checks["trust"][0]) == (6, "failed", "ok")


def _revoke_tbs(folder: Path, der: bytes) -> bytes:
    (folder / "c.der").write_bytes(der)
    tbs = folder / "tbs"
    subprocess.run(["openssl", "asn1parse", "-inform", "der", "-in", folder / "c.der", "-strparse", "4", "-noout",
                    "-out", tbs],
                   check=True, capture_output=True)
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary", tbs], check=True, capture_output=True).stdout
    kind = bytes.fromhex("92a4d23bc0967940b420fcf98ef103ed")
    return kind + struct.pack("<LLL", 28 + 64, 0, 64) + bytes(16) + digest + bytes(16)


def test_of_two_signatures_a_revoked_one_decides(tmp_path: Path) -> None:
    """Firmware stops at a forbidden one, be another good or not."""
    image = put(boot_images.sign(addon("quiet"), "unknown"), tmp_path / "a.addon.efi")
    dbx = tmp_path / "dbx.esl"
    dbx.write_bytes(varstore.signature_list(keys.OWNER, cert=keys.der("unknown")))
    assert verify(image, "--cert", keys.cert_file("mok"))[0] == 0
    assert verify(image, "--cert", keys.cert_file("mok"), "--dbx", dbx)[0] == 6


def test_the_variables_of_the_machine_are_read(tmp_path: Path, microsoft: Path) -> None:
    """MokListRT in parts, MokListXRT, SbatLevelRT, SecureBoot."""
    image = put(addon("quiet"), tmp_path / "a.addon.efi")
    machine = tmp_path / "machine"
    shutil.copytree(microsoft, machine)
    assert verify(image, "--efivars", machine)[0] == 6

    def variable(name: str, guid: str, data: bytes) -> None:
        (machine / f"{name}-{guid}").write_bytes(b"\6\0\0\0" + data)

    variable("MokListRT", SHIM, varstore.signature_list(keys.OWNER, cert=keys.der("unknown")))
    variable("MokListRT1", SHIM, varstore.signature_list(keys.OWNER, cert=keys.der("mok")))
    code, checks = verify(image, "--efivars", machine)
    assert (code, checks["trust"][1][-9:]) == (0, "MokListRT") or (code, checks["trust"][1][-10:]) == (0, "MokListRT1")
    variable("SbatLevelRT", SHIM, b"sbat,1,2025051000\nshim,4\n")
    assert state_of(verify(image, "--efivars", machine), "sbat") in ("ok", "note")
    variable("SecureBoot", varstore.GLOBAL, b"\0")
    assert "Secure Boot is off" in verify(image, "--efivars", machine)[1]["firmware"][1]
    variable("MokListXRT", SHIM, varstore.signature_list(keys.OWNER, sha256=boot_images.authenticode(image)))
    assert verify(image, "--efivars", machine)[0] == 6
    variable("MokListXRT", SHIM, b"short")
    assert ukictl("verify", image, "--efivars", machine).code == 1


def test_a_generation_below_the_level_is_refused(tmp_path: Path) -> None:
    """A generation below the level is refused, whoever signed it."""
    out = tmp_path / "a.addon.efi"
    level = tmp_path / "level"
    level.write_bytes(SBAT_LEVEL)
    words = ["addon", "--cmdline", "quiet", "-o", out, "--sign-key", keys.key_file("mok"), "--sign-cert",
             keys.cert_file("mok")]
    assert ukictl(*words).code == 0
    code, checks = verify(out, "--cert", keys.cert_file("mok"), "--sbat-level", level)
    assert (code, checks["sbat"][0]) == (6, "failed")
    assert "uki-addon" in checks["sbat"][1]
    level.write_bytes(SBAT_LEVEL.replace(b"uki-addon,2", b"uki-addon,1"))
    assert verify(out, "--cert", keys.cert_file("mok"), "--sbat-level", level)[0] == 0


def test_a_certificate_for_modules_only_is_not_for_images(tmp_path: Path, microsoft: Path) -> None:
    """shim takes a boot image on such a certificate neither from MokListRT nor from elsewhere; firmware's db does not
    ask."""
    key, cert = tmp_path / "k", tmp_path / "c"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj",
                    "/CN=modules",
                    "-days", "3650", "-addext", "extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2"], check=True,
                   capture_output=True)
    out = tmp_path / "a.addon.efi"
    assert ukictl("addon", "--cmdline", "quiet", "-o", out, "--sign-key", key, "--sign-cert", cert).code == 0
    assert verify(out, "--cert", cert)[0] == 0
    der = subprocess.run(["openssl", "x509", "-in", cert, "-outform", "der"], check=True, capture_output=True).stdout
    machine = tmp_path / "machine"
    shutil.copytree(microsoft, machine)
    (machine / f"MokListRT-{SHIM}").write_bytes(b"\6\0\0\0" + varstore.signature_list(keys.OWNER, cert=der))
    assert verify(out, "--efivars", machine)[0] == 6


def test_an_expired_certificate_is_believed(tmp_path: Path) -> None:
    """Firmware has no reliable clock and asks for no dates."""
    key, cert, out = keys.key_file("expired"), keys.cert_file("expired"), tmp_path / "a.addon.efi"
    assert ukictl("addon", "--cmdline", "quiet", "-o", out, "--sign-key", key, "--sign-cert", cert).code == 0
    assert verify(out, "--cert", cert)[0] == 0


def test_the_format_comes_first(tmp_path: Path) -> None:
    """Exit code 5, several files, an unreadable one."""
    text = tmp_path / "a.efi"
    text.write_text("no image")
    good = put(addon("quiet"), tmp_path / "g.addon.efi")
    assert ukictl("verify", text).code == 5
    assert ukictl("verify", good, text, "--cert", keys.cert_file("mok")).code == 5
    assert ukictl("verify", tmp_path / "nothere").code == 1
    assert ukictl("verify", tmp_path).code == 1
    bad = put(addon("quiet", sections={".strange": "x"}), tmp_path / "s.addon.efi")
    code, checks = verify(bad, "--cert", keys.cert_file("mok"))
    assert (code, checks["kind"][0]) == (5, "failed")
    assert ".strange" in checks["kind"][1]


def test_sbverify_agrees(tmp_path: Path) -> None:
    """A second opinion on the same files."""
    images = [uki(), addon("quiet"), boot_images.image("sdboot257signed"),
              flip(addon("quiet"), tmp_path / "x.efi", 0x700)]
    for image in images:
        for name in ("mok", "unknown"):
            other = subprocess.run(["sbverify", "--cert", keys.cert_file(name), image], capture_output=True,
                                   check=False).returncode
            assert (verify(image, "--cert", keys.cert_file(name))[0] == 0) == (other == 0)


