# SPDX-License-Identifier: BSD-2-Clause
"""The Debian package in clean roots of Debian 12, 13 and sid: built, judged by lintian, installed, upgraded, purged.

Every file of the root is compared, with its mode, owner, content or target.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab import keys, packages, system
from lab.packages import Root

SUITES = list(system.RELEASES)
# dpkg's and debconf's own records, logs, and what the linker makes of the libraries.
_PLACES = ("/proc", "/dev", "/var/lib/dpkg", "/var/log", "/var/cache", "/new", "/tmp", "/run")
_NOT = " -o ".join(f"-path {path}" for path in _PLACES)
_LIST = rf"find / -xdev \( {_NOT} \) -prune -o ! -type d -printf '%m %u:%g %l %p\n'"
_OURS = rf"find / -xdev \( {_NOT} \) -prune -o -type f -path '*uki*' -exec sha256sum {{}} +; true"


def _files(root: Root) -> set[str]:
    """One line a file; what is ours with its content."""
    return set(root.run(_LIST).splitlines()) | set(root.run(_OURS).splitlines())


def _put(root: Root, deb: Path, name: str) -> str:
    home = root.path / "new"
    home.mkdir(exist_ok=True)
    (home / name).write_bytes(deb.read_bytes())
    return f"/new/{name}"


@pytest.fixture(scope="module", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """Each release."""
    return str(request.param)


def test_the_package_has_what_people_look_for(suite: str) -> None:
    """Lintian had nothing against it, or there would be none."""
    listed = subprocess.run(["dpkg-deb", "-c", packages.deb(suite)], capture_output=True, text=True, check=True).stdout
    units = "./lib/systemd" if suite == "bookworm" else "./usr/lib/systemd"
    for name in ("./usr/bin/ukictl", "./usr/lib/ukiload/ukiloadx64.efi", f"{units}/system/ukiload-confirm.service",
                 f"{units}/system/ukiload-update.service",
                 f"{units}/system-generators/ukiload-generator", "./usr/share/ukiload/policy/default.policy",
                 "./usr/share/bash-completion/completions/ukictl", "./usr/share/zsh/vendor-completions/_ukictl",
                 "./usr/share/fish/vendor_completions.d/ukictl.fish",
                 "./usr/lib/kernel/install.d/95-ukiload.install", "./usr/lib/ukiload/plan-new",
                 "./usr/share/doc/ukiload/examples/kdump.policy", "./usr/share/doc/ukiload/README.md",
                 "./usr/share/doc/ukiload/threat-model.md", "./usr/share/man/man8/ukictl.8.gz"):
        assert f" {name}" in listed or f" {name}.gz" in listed, f"{name} is not in\n{listed}"


def test_purge_leaves_nothing(suite: str) -> None:
    """What the units remember goes with the purge, and not before; the front-end of kexec goes with the command."""
    with packages.root(suite) as root:
        root.run("printf '#!/bin/sh\\nexit 1\\n' >/usr/sbin/kexec && chmod +x /usr/sbin/kexec")
        before = _files(root)
        root.run(f"dpkg -i {_put(root, packages.deb(suite), 'new.deb')}")
        assert "ukictl" in root.run("ukictl --version")
        root.run("ukictl kexec enable && test -e /usr/sbin/kexec.distrib")
        root.run("mkdir /var/lib/ukiload && touch /var/lib/ukiload/reported")
        root.run("dpkg -r ukiload && test -e /var/lib/ukiload/reported")
        root.run("dpkg -P ukiload && test ! -e /var/lib/ukiload && test -z \"$(dpkg-divert --list '*kexec*')\"")
        assert _files(root) == before


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_an_upgrade_is_a_fresh_install(suite: str, version: str) -> None:
    """An earlier release upgraded is what a fresh install is, and purged as one."""
    with packages.root(suite) as root:
        before = _files(root)
        new = _put(root, packages.deb(suite), "new.deb")
        root.run(f"dpkg -i {new}")
        fresh = _files(root)
        old = _put(root, packages.old_deb(suite, version), "old.deb")
        root.run(f"dpkg -P ukiload && dpkg -i {old} && dpkg -i {new}")
        assert _files(root) == fresh
        root.run("dpkg -P ukiload")
        assert _files(root) == before


def test_recipes_for_others_can_be_read() -> None:
    """RPM and Arch: not built, but read by their own tools without an error."""
    with packages.root("bookworm", tools=("rpm", "rpmlint", "makepkg", "pacman-package-manager")) as root:
        shutil.copytree(keys.ROOT / "packaging", root.path / "packaging")
        assert "%install" in root.run("rpmspec -P /packaging/ukiload.spec")
        # The EFI program and the plugin are no libraries: they lie in /usr/lib where libraries are in lib64, too.
        told = root.run("rpmlint /packaging/ukiload.spec; true")
        assert re.findall(r" E: (.*)", told) == [f"hardcoded-library-path in %{{_prefix}}/lib/{name}" for name in (
            "ukiload/", "kernel/install.d/95-ukiload.install")], told
        root.run("chmod -R a+rwX /packaging && cd /packaging && setpriv --reuid=65534 --regid=65534 --clear-groups "
                 "env HOME=/tmp makepkg --printsrcinfo")


def _content(deb: Path, name: str) -> bytes:
    return subprocess.run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2"', "-", str(deb), name],
                          capture_output=True, check=True).stdout


def test_arm64_is_cross_built() -> None:
    """With arm64's compiler and libraries on amd64: the program and the image are of that machine."""
    deb = packages.deb("trixie", arm64=True)
    field = subprocess.run(["dpkg-deb", "-f", deb, "Architecture"], capture_output=True, text=True, check=True)
    assert field.stdout == "arm64\n"
    program, image = (_content(deb, name) for name in ("./usr/bin/ukictl", "./usr/lib/ukiload/ukiloadaa64.efi"))
    assert program[18:20] == b"\xb7\x00"
    assert image[int.from_bytes(image[60:64], "little") + 4:][:2] == b"\x64\xaa"
