# SPDX-License-Identifier: BSD-2-Clause
"""What documents and refusals tell people to type is typed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, UKICTL
from lab import keys
from machine import IMAGE, Machine


def typed(m: Machine, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """As in a shell of that machine, in a folder with a key that it trusts; a reboot is only said."""
    for name, source in (("mok.key", keys.key_file("mok")), ("mok.crt", keys.cert_file("mok"))):
        shutil.copyfile(source, folder / name)
    shell = f'''set -e
ukictl() {{
    local verb=$1 more=
    shift
    [ "$verb" != exec ] || more=--dry-run
    [ "$verb" != install ] || more=--image={IMAGE}
    command "$UKICTL" --root "{m.root}" "$verb" "$@" $more
}}
{script}'''
    return subprocess.run(["bash", "-c", shell], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "UKICTL": UKICTL})


@pytest.fixture(name="m")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, shim=True)


def test_the_manuals_examples_work_one_after_the_other(m: Machine, tmp_path: Path) -> None:
    page = (ROOT / "man/ukictl.8").read_text(encoding="utf-8")
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)^\.Sh ", page, re.DOTALL | re.MULTILINE)
    assert section
    blocks = re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", section[1], re.DOTALL | re.MULTILINE)
    script = "".join(blocks).replace("\\e", "\\")
    assert script.count("ukictl ") == 9
    done = typed(m, tmp_path, script)
    assert done.returncode == 0, done.stderr
    assert m.words[:2] == ["ukiload.uki=\\EFI\\Linux\\debian.efi", "ukiload.addon=kdump"]


@pytest.mark.parametrize("word", ["crashkernel=256M", "log_buf_len=(1M;)"])
def test_what_append_tells_to_type_makes_it_work(m: Machine, tmp_path: Path, word: str) -> None:
    m.pool("other", "crashkernel=512M")
    done = m("load", "debian", "--append", word)
    assert done.code == 7 and ('(addon other: "crashkernel=512M")' in done.err) == word.startswith("crash")
    commands = re.findall(r"`(.*?)`", done.err)
    assert len(commands) == 2
    config = m.root / "etc/ukiload.conf"
    config.parent.mkdir()
    config.write_text(f"SecureBootPrivateKey={keys.key_file('mok')}\nSecureBootCertificate={keys.cert_file('mok')}\n")
    done = typed(m, tmp_path, "\n".join(commands))
    assert done.returncode == 0, done.stderr
    assert m("load", "debian", "--append", word).code == 0


@pytest.mark.parametrize(("word", "rule"), [("init=/bin/sh", "init=/bin/sh sensitive"), ("nosmt", "nosmt"),
                                            ("loglevel=77", "loglevel=77")])
def test_the_rule_that_append_asks_for_is_the_one_that_is_missing(m: Machine, word: str, rule: str) -> None:
    done = m("load", "debian", "--append", word)
    assert done.code == 7 and f'put the rule "{rule}" into the policy' in done.err and "make" not in done.err
    m.pool("it", word)
    assert "says it, but" in m("load", "debian", "--append", word).err
    m.policy((ROOT / "policy/default.policy").read_text(encoding="utf-8").partition("\n")[2] + rule + "\n")
    assert m("load", "debian", "--append", word).code == 0


def test_what_no_rule_lets_through_is_said_to_be_that(m: Machine) -> None:
    assert "is no kernel parameter but a word for ukiload" in m("load", "debian", "--append", "ukiload.id=x").err
    assert "whatever the policy: leave it out" in m("load", "debian", "--append", "log_buf_len=$x").err
    m.policy("!crashkernel\ncrashkernel=*\n")
    assert "no other rule would let it through" in m("load", "debian", "--append", "crashkernel=1M").err


def test_policy_verbs_take_the_installed_policy(m: Machine, tmp_path: Path) -> None:
    assert m("policy", "check", "quiet").code == 0
    assert m("policy", "check", "init=/bin/sh").code == 7
    assert m("policy", "show").out == (ROOT / "policy/default.policy").read_text(encoding="utf-8")
    assert "nothing to note" in m("policy", "lint").out
    assert m("policy", "check").code == 2 and "name the kernel parameters" in m("policy", "check").err
    assert m("policy", "check", m.image).code == 2
    assert m("policy", "check", tmp_path / "none.policy", "quiet").code == 1
    m.remove_esp()
    assert "name a policy first" in m("policy", "check", "quiet").err
