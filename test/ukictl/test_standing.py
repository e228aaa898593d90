# SPDX-License-Identifier: BSD-2-Clause
"""What list and status open with: which ukiload is installed, who vouches for it, whose policy it has."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import UKICTL, Result, put
from lab import boot_images, keys
from lab.packages import VERSION
from lab.uki import addon
from machine import IMAGE, Machine


def opening(m: Machine, *words: str) -> list[str]:
    """The first lines, which both have."""
    listed, status = (m(verb, *words).out.splitlines() for verb in ("list", "status"))
    n = listed.index("")
    assert listed[:n] == status[:n]
    return listed[:n]


def found(m: Machine):  # noqa: ANN201
    listed, status = (m(verb, "--json").json["ukiload"] for verb in ("list", "status"))
    assert listed == status
    return listed


@pytest.mark.parametrize("shim", [False, True], ids=["db", "shim"])
def test_version_voucher_and_policy(tmp_path: Path, shim: bool) -> None:
    """By firmware's list or by shim's; the policy by its digest, and whether the package has the same."""
    m = Machine(tmp_path, shim=shim)
    version, trusted, policy = opening(m)
    assert version == f"ukiload   {VERSION}, {m.installed}"
    assert trusted == ('trusted   by a machine owner key: "ukiload test mok" (MokListRT)' if shim else
                       'trusted   by firmware: "ukiload test db" (db)')
    assert "this package's" in policy
    text = Path(keys.ROOT / "policy/default.policy").read_bytes()
    item = found(m)
    assert f"valid, {item['policy']['rules']} rules, nothing to note" in m("policy", "lint").out
    assert item["policy"] == {"rules": item["policy"]["rules"], "from": "package",
                              "sha256": hashlib.sha256(text).hexdigest()}
    assert (item["version"], item["package"], item["trusted_by"]) == (VERSION, VERSION, "mok" if shim else "db")


def test_an_older_one_and_a_policy_of_its_own(tmp_path: Path) -> None:
    """Both versions, and the command; a policy that is neither the package's nor in a file, and one that is."""
    m = Machine(tmp_path)
    m.policy("quiet\n")
    data = m.installed.read_bytes().replace(f"VERSION_ID={VERSION}".encode(), b"VERSION_ID=0.1")
    (tmp_path / "old.efi").write_bytes(data)
    shutil.copy(boot_images.sign(tmp_path / "old.efi", "db"), m.installed)
    version, _, policy = opening(m)
    assert version == f"ukiload   0.1, {m.installed}; this package is {VERSION}: run ukictl update"
    assert policy.endswith("its own") and "1 rule," in policy, policy
    (m.root / "etc/ukiload").mkdir(parents=True)
    (m.root / "etc/ukiload/policy").write_text("@version 1\nquiet\n")
    assert opening(m)[2].endswith("as in /etc/ukiload/policy")


def test_one_that_this_machine_does_not_start(tmp_path: Path) -> None:
    """Said before all else, with the reason; where no signature is checked, that."""
    m = Machine(tmp_path)
    shutil.copy(boot_images.sign(IMAGE, "unknown"), m.installed)
    assert opening(m)[1].startswith("trusted   by nobody, so it will not start: trust: no signature ")
    item = found(m)
    assert item["trusted_by"] == "nobody" and "no signature" in item["reason"]
    off = Machine(tmp_path / "off", secure_boot=False)
    assert opening(off)[1] == "trusted   no signature is checked on this machine"
    assert found(off)["trusted_by"] == "unasked"


def test_none_is_installed(tmp_path: Path) -> None:
    """The command; and the verdicts are those of the package's policy, not of none."""
    m = Machine(tmp_path)
    m.standing("log", "loglevel=3")
    before = m("list", "--json").json
    assert m("remove").code == 0
    assert opening(m) == [f"ukiload   not installed (this package is {VERSION}): run ukictl install"]
    assert found(m) == {"package": VERSION, "installed": False}
    assert m("plan", "debian", "--json").json["policy_to_come"] is True
    after = m("list", "--json").json
    assert after["images"] == before["images"] and "carries no policy" not in m("list").out
    file = put(addon("crashkernel=256M", sign=m.key), tmp_path / "kdump.addon.efi")
    for name, policy, verdict in (("package", None, "admitted"), ("named", "quiet", "refused")):
        if policy:
            (m.root / "etc/ukiload").mkdir(parents=True)
            (m.root / "etc/ukiload/policy").write_text(f"@version 1\n{policy}\n")
        m.pool("kdump", "crashkernel=256M")
        listed = {one["name"]: one["verdict"] for one in m("addon", "list", "--json").json["addons"]}
        plan = m("plan", "debian", "--addon", "kdump", "--json")
        assert listed == {"kdump": verdict, "log": verdict}, name
        assert [one["verdict"] for one in m("list", "--json").json["addons"]] == [verdict]
        assert {one["verdict"] for one in plan.json["addons"]} == {verdict}, plan
        assert m("addon", "install", file, "--always", "--dry-run").code == (0 if verdict == "admitted" else 7)
        said = m("plan", "debian").out
        assert "(ukiload is not installed; ukictl install would put it in)" in said
        assert plan.json["policy_to_come"] is True
        assert (plan.json["policy"] == str(m.root / "etc/ukiload/policy")) == (policy is not None)
        assert m("plan", "debian", "--refusals").out == ""
    m.installed.parent.mkdir(exist_ok=True)
    m.installed.write_bytes(b"text")
    assert "another program lies in the place of ukiload" in opening(m)[0] and "installed" not in found(m)


def test_what_nobody_could_judge_is_not_admitted(tmp_path: Path) -> None:
    """An addon that no image could be loaded with: list and addon list say so."""
    m = Machine(tmp_path)
    m.pool("kdump", "crashkernel=256M")
    (m.esp / "EFI/Linux/debian.efi").unlink()
    assert [(one["verdict"], one["reason"]) for one in m("list", "--json").json["addons"]] == [
        ("refused", "no UKI of this volume starts that it could be loaded with")]
    assert "kdump: refused: no UKI of this volume starts" in m("list").out
    [one] = m("addon", "list", "--json").json["addons"]
    assert (one["verdict"], one["reason"]) == ("not judged", "no UKI here starts")


def as_somebody(m: Machine, *words: str) -> Result:
    """Without the capabilities that let root read everything."""
    libc = ctypes.CDLL(None, use_errno=True)

    def drop() -> None:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP

    done = subprocess.run([UKICTL, *words, "--root", m.root], capture_output=True, text=True, check=False,
                          preexec_fn=drop)
    return Result(done.returncode, done.stdout, done.stderr)


def test_an_esp_that_only_root_can_read(tmp_path: Path) -> None:
    """As with umask=0077: not "no UKI", not "not mounted"."""
    m = Machine(tmp_path)
    m.esp.chmod(0)
    try:
        listed, status = as_somebody(m, "list"), as_somebody(m, "status")
        others = [as_somebody(m, *words) for words in (
            ("plan", "debian"), ("plan",), ("predict", "debian"), ("verify", "debian"), ("policy", "show"),
            ("verify", m.esp / "EFI/Linux/debian.efi"), ("policy", "check", "quiet"), ("policy", "lint"),
            ("kdump",), ("addon", "list"), ("addon", "show", "kdump"))]
    finally:
        m.esp.chmod(0o755)
    assert listed.code == 4 and "only root can read it: do it as root" in listed.err, listed
    assert status.code == 3 and "only root can read it: do it as root" in status.out, status
    for done in others:
        assert done.code == 4 and "only root can read it: do it as root" in done.err, done
    assert as_somebody(m, "list").code == 0


def test_an_esp_that_is_not_mounted(tmp_path: Path) -> None:
    """A name is then not one of nothing."""
    m = Machine(tmp_path)
    m.remove_esp()
    for verb in ("plan", "predict", "verify"):
        for names in (("debian",),) if verb == "verify" else (("debian",), ()):
            done = m(verb, *names)
            assert done.code == 8 and "is not mounted on /efi, /boot/efi or /boot" in done.err, done
