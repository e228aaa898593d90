# SPDX-License-Identifier: BSD-2-Clause
"""What ukiload.conf says of the tool that signs. The tools themselves sign in test/packages/test_signing.py."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import put
from lab import keys
from machine import IMAGE, Machine

KEY, CERT = "SecureBootPrivateKey=/k\n", "SecureBootCertificate=/c\n"
TOOL = "SecureBootSigningTool="


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, install=False)


def _configure(m: Machine, text: str) -> None:
    (m.root / "etc").mkdir(exist_ok=True)
    (m.root / "etc/ukiload.conf").write_text(text)


def _program(m: Machine, name: str, script: str) -> Path:
    path = m.root.parent / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("text", "why"), [
    (KEY, "go together"), (CERT, "go together"),
    (f"{TOOL}nosuch\n{KEY}{CERT}", "this signing tool is not known"),
    (f"{TOOL}pesign\n{KEY}{CERT}", "pesign takes its key from a database"),
    (f"{KEY}{CERT}SigningEngine=a\nSigningProvider=b\n", "a key has one home"),
    (f"{KEY}{CERT}SigningProvider=b\n", "sbsign knows no providers"),
    (f"{KEY}{CERT}CertificateProvider=b\n", "sbsign knows no providers"),
])
def test_what_does_not_go_together_is_said(m: Machine, text: str, why: str) -> None:
    """Before anything is written."""
    before = m.everything()
    _configure(m, text)
    done = m("install", "--image", IMAGE)
    assert done.code == 1 and why in done.err
    (m.root / "etc/ukiload.conf").unlink()
    assert m.everything() == before


@pytest.mark.parametrize(("text", "package"), [
    (f"{KEY}{CERT}", "sbsigntool"), (f"{TOOL}pesign\nSecureBootCertificateName=our key\n", "pesign"),
    ("SecureBootCertificateName=our key\n", "pesign")])
def test_a_tool_that_is_not_there_is_named(m: Machine, text: str, package: str) -> None:
    """With the package that has it."""
    _configure(m, text)
    done = m("install", "--image", IMAGE, env={"PATH": "/nowhere"})
    assert done.code == 1 and f"install {package}" in done.err


def test_a_tool_alone_signs_nothing(m: Machine) -> None:
    """It may be there for somebody's UKIs."""
    _configure(m, f"{TOOL}sbsign\n")
    done = m("install", "--image", IMAGE)
    assert done.code == 6 and "--sign-key" in done.err


def test_a_program_of_ones_own_signs(m: Machine) -> None:
    """It gets two files; what it says is nobody's business as long as it works."""
    sign = f'sbsign --key {keys.key_file("db")} --cert {keys.cert_file("db")} --output "$2" "$1"; echo signed $#'
    program = _program(m, "my sign", sign)
    _configure(m, f"{TOOL}{program}\n")
    done = m("install", "--image", IMAGE)
    assert done.code == 0 and done.err == "" and "signed 2" not in done.out, done.err
    assert f"signed with /etc/ukiload.conf (by {program})" in done.out and "vouched for by" in done.out
    addon = m.root.parent / "quiet.addon.efi"
    done = m("addon", "make", "--cmdline", "quiet", "-o", addon)
    assert done.code == 0 and f"signed with /etc/ukiload.conf (by {program})" in done.out, done.out
    assert m("verify", addon).code == 0


@pytest.mark.parametrize(("script", "why"), [
    ("seq 1000; echo the token is away >&2; exit 3", 'the token is away"'),
    ("exit 0", "the signing tool ended well and wrote no file")])
def test_a_program_that_fails_has_its_last_words(m: Machine, script: str, why: str) -> None:
    """These, and not all of them."""
    _configure(m, f"{TOOL}{_program(m, 'sign', script)}\n")
    done = m("install", "--image", IMAGE)
    assert done.code == 1 and why in done.err and len(done.err) < 900
    _configure(m, f"{TOOL}/nothere/sign\n")
    done = m("install", "--image", IMAGE)
    assert done.code == 1 and "this signing program is not there" in done.err


def test_the_tool_is_told_of_the_engine(m: Machine) -> None:
    """A key that is no file: what sbsign is called with, seen by a program in its place."""
    fake = _program(m, "sbsign", 'echo "$@" >"$0.called"\nexit 3')
    key = "pkcs11:token=x;object=ukiload"
    _configure(m, f"SigningEngine=pkcs11\nSecureBootPrivateKey={key}\nSecureBootCertificate={keys.cert_file('db')}\n")
    done = m("install", "--image", IMAGE, env={"PATH": f"{fake.parent}:{os.environ['PATH']}"})
    assert done.code == 1 and "could not sign the file" in done.err
    called = fake.with_name("sbsign.called").read_text()
    assert called.startswith(f"--engine pkcs11 --key {key} --cert {keys.cert_file('db')} --output "), called


def test_a_key_of_another_certificate_is_said_before_a_tool_runs(m: Machine) -> None:
    """With both files, for each tool that takes files; what cannot be compared is left to the tool."""
    fake = _program(m, "sbsign", "echo called >&2; exit 3")
    env = {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    key, cert = keys.key_file("db"), keys.cert_file("unknown")
    der = m.root.parent / "other.der"
    der.write_bytes(keys.der("unknown"))
    for tool in ("sbsign", "systemd-sbsign"):
        for other in (cert, der):
            _configure(m, f"{TOOL}{tool}\nSecureBootPrivateKey={key}\nSecureBootCertificate={other}\n")
            done = m("install", "--image", IMAGE, env=env)
            assert done.code == 1 and done.err == (
                f"ukictl: {key}: this signing key is not the one of the certificate {other}; name two files that belong "
                "together, see SIGNING in ukictl(8)\n"), done
    locked = m.root.parent / "locked.key"
    subprocess.run(["openssl", "pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", locked], check=True)
    for left in (locked, cert, "pkcs11:object=x"):
        _configure(m, f"SecureBootPrivateKey={left}\nSecureBootCertificate={cert}\n")
        done = m("install", "--image", IMAGE, env=env)
        assert done.code == 1 and 'and says "called"' in done.err, done


def test_a_key_that_is_not_there_is_said_in_plain_words(m: Machine) -> None:
    """And a configuration that cannot be read is not passed over for another key."""
    for key, cert, absent in (("/nokey", keys.cert_file("db"), "/nokey"), (keys.key_file("db"), "/nocert", "/nocert")):
        _configure(m, f"SecureBootPrivateKey={key}\nSecureBootCertificate={cert}\n")
        named = ("--sign-key", key, "--sign-cert", cert)
        for done in (m("install", "--image", IMAGE), m("install", "--image", IMAGE, *named)):
            assert done.code == 1 and f"ukictl: {absent}: No such file or directory; name a signing key" in done.err
    put(keys.key_file("db"), m.root / "var/lib/sbctl/keys/db/db.key")
    put(keys.cert_file("db"), m.root / "var/lib/sbctl/keys/db/db.pem")
    conf = m.root / "etc/ukiload.conf"
    for bad in ("x" * (1 << 20 | 1), None):
        conf.unlink()
        conf.write_text(bad) if bad else conf.mkdir()
        done = m("install", "--image", IMAGE)
        assert done.code == 1 and "/etc/ukiload.conf: is " in done.err and not m.installed.exists()


def test_ctrl_c_while_the_tool_signs_leaves_nothing(m: Machine) -> None:
    """It reaches both: the tool ends, and ukictl takes its folder away and says that nothing is signed."""
    tmp = m.root.parent / "tmp"
    tmp.mkdir()
    _configure(m, f"{TOOL}{_program(m, 'sign', 'kill -INT $PPID $$; sleep 9')}\n")
    # Of tests that run in the background Ctrl-C is ignored, and what they start would ignore it, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = m("install", "--image", IMAGE, env={"TMPDIR": str(tmp)})
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.code == 1 and "was ended by a signal, and nothing is signed" in done.err, done
    assert list(tmp.iterdir()) == [] and not m.installed.exists()


def test_a_key_below_root_is_not_one_outside(m: Machine) -> None:
    """sbctl's place may be a link, to a name that another key has on this system: the tool knows no root."""
    own = m.root.parent / "keys"
    for folder, key in ((m.root / str(own).lstrip("/"), "db"), (own, "unknown")):
        put(keys.key_file(key), folder / "db.key")
        put(keys.cert_file(key), folder / "db.pem")
    (m.root / "var/lib/sbctl/keys").mkdir(parents=True)
    (m.root / "var/lib/sbctl/keys/db").symlink_to(own)
    done = m("install", "--image", IMAGE)
    assert done.code == 0 and "sbctl's key" in done.out, done
