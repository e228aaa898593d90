# SPDX-License-Identifier: BSD-2-Clause
"""Where ukiload may lie, and what firmware and user space of a release make of it: the table of doc/placement.md.

    PYTHONPATH=test/qemu /usr/bin/python3 -m journeys.placement [SUITE]...    prints its rows

Each place is started by the release's systemd-boot under Secure Boot, with a boot counter, a random seed, a random
number generator and words in SMBIOS; and the release's own user space reads it on a real system.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping

import pytest

from lab import BS, LOADER, NV, RT, Chain, Result, keys, sign, system, uki
from lab.console import Console
from lab.disk import Content

HEAD = ("where", "systemd", "in the menu", "started", "counted", "random seed", "boot secret", "LoadOptions",
        "`bootctl list`", "messages", "`systemctl kexec`")
_IMAGE, _CONF = "/EFI/ukiload/ukiloadx64.efi", "/loader/entries/ukiload{}.conf"
_SEED = bytes(range(32))
TYPE2, ENTRIES = "`\\EFI\\Linux\\ukiload.efi`", ("efi", "linux", "uki")
_ESP = "/boot/efi"


def _files(where: str, image: Content, counter: str = "") -> dict[str, Content]:
    if where == TYPE2:
        return {f"/EFI/Linux/ukiload{counter}.efi": image}
    return {_IMAGE: image, _CONF.format(counter): f"title ukiload\nsort-key ukiload\n{where} {_IMAGE}\n"}


def _yes(found: bool) -> str:
    return "yes" if found else "**no**"


# --- firmware -----------------------------------------------------------------------------------

def _boot(release: system.Debian, where: str | None) -> Result:
    name = "placement-" + release.systemd + "".join(c for c in str(where) if c.isalnum())
    chain = Chain(name, sdboot=release.systemd, entry="ukiload*" if where else "debian.efi")
    chain.files["/EFI/Linux/debian.efi"] = uki(stub=f"stub{release.systemd}", sign=chain.key)
    if where:
        chain.files.update(_files(where, _ukiload(chain.key), "+3"))
    chain.files["/loader/random-seed"] = _SEED
    chain.variables["LoaderSystemToken", LOADER] = (NV | BS | RT, bytes(32))
    chain.smbios11 = ["io.systemd.boot.kernel-cmdline-extra=smbios=1"]
    chain.extra_args = ["-device", "virtio-rng-pci"]
    return chain.boot()


def _ukiload(key: str) -> Content:
    return sign(keys.BUILD / "x86_64" / "ukiloadx64.efi", key)


def _by_firmware(release: system.Debian, where: str, stock: Result) -> list[str]:
    result = _boot(release, where)
    report = result.report
    through = report.status.get("result") == ["started"]
    if not through:
        return [_yes("ukiload" in (report.text("LoaderEntries") or "")), "**no**", *[""] * 4]
    names = result.disk.list("/EFI/Linux" if where == TYPE2 else "/loader/entries")
    return [_yes("ukiload" in (report.text("LoaderEntries") or "")), "yes", _yes("ukiload+2-1." in " ".join(names)),
            _as(stock, result, lambda item: item.disk.read("/loader/random-seed") != _SEED),
            _as(stock, result, lambda item: "/.extra/boot-secret" in item.report.files),
            "SMBIOS words" if "options" in report.status else "empty"]


def _as(stock: Result, result: Result, kept: Callable[[Result], bool]) -> str:
    """What the stock boot has not either is no loss."""
    return _yes(kept(result)) if kept(stock) else "-"


# --- user space ---------------------------------------------------------------------------------

def _by_user_space(release: system.Debian) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}

    def administer(console: Console) -> None:
        system.log_in(console)
        for where in (TYPE2, *ENTRIES):
            found[where] = _read(console, where)
        console.send("systemctl poweroff")
        console.ended()

    system.machine(f"placement-{release.suite}", release.suite, administer,
                   media={"ukiload.efi": _ukiload("mok")}).boot()
    return found


def _read(console: Console, where: str) -> list[str]:
    """What is said too much by bootctl, systemctl and logind, and what kexec would take with ukiload as the default."""
    for name, content in _files(where, "").items():
        text = f"printf '{content}'".replace("\n", "\\n") if content else "cat /media/ukiload.efi"
        console.ok(f"mkdir -p $(dirname {_ESP}{name}) && {text} >{_ESP}{name}")
    listed = console.ok("date '+%F %T' >/tmp/since; bootctl list 2>/tmp/said")
    said = [console.ok("wc -l </tmp/said"),
            console.run("systemctl --dry-run kexec 2>&1 | grep -c ukiload")[1], _logind(console)]
    name = "ukiload.efi" if where == TYPE2 else "ukiload.conf"
    console.ok(f"bootctl set-default {name}")
    kexec = console.run("systemctl --dry-run kexec 2>&1 | sort -u")[1]
    console.ok(f"bootctl set-default ''; cd {_ESP}; rm -rf EFI/Linux/ukiload.efi EFI/ukiload loader/entries/*; cd")
    taken = re.search(r"/([^/\s]+\.efi)\b(?!.* is not a UKI)", kexec)
    return [_yes("ukiload." in listed), ", ".join(said), f"takes {taken[1]}" if taken else "takes none"]


def _logind(console: Console) -> str:
    """It reads the entries when it is asked for them."""
    console.ok("busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager "
               "BootLoaderEntries")
    return console.run('journalctl -b -u systemd-logind -o cat --since "$(cat /tmp/since)" | grep -c ukiload')[1]


# --- the table ----------------------------------------------------------------------------------

def rows(release: system.Debian) -> list[str]:
    """The rows of a release, as Markdown."""
    stock, by_user_space = _boot(release, None), _by_user_space(release)
    return ["| " + " | ".join([where if where == TYPE2 else f"`{where}`", release.systemd,
                               *_by_firmware(release, where, stock), *by_user_space[where]]) + " |"
            for where in (TYPE2, *ENTRIES)]


@pytest.mark.parametrize("suite", list(system.RELEASES))
def test_the_documented_table_is_what_is_measured(suite: str) -> None:
    """Its rows of one release. make soak names this file: nothing but another systemd changes them."""
    table = (keys.ROOT / "doc/placement.md").read_text(encoding="utf-8").splitlines()
    version = system.RELEASES[suite].systemd
    assert rows(system.RELEASES[suite]) == [line for line in table if f" | {version} | " in line]


def main() -> None:
    """Print the table, or the rows of some releases."""
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    for suite in sys.argv[1:] or list(system.RELEASES):
        print("\n".join(rows(system.RELEASES[suite])), flush=True)


if __name__ == "__main__":
    main()
