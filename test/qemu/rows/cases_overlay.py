# SPDX-License-Identifier: BSD-2-Clause
"""The folders that ukiload serves are its own, whatever the disk has in their place; what it cannot read it says.

In each row stock systemd-stub boots without the addon's words, for to it every failure there means "no addons".
"""

from __future__ import annotations

from collections.abc import Callable

from lab import debs
from lab.disk import Disk
from lab.fat import Fat
from .case import BASE, GOOD, Booted, Case, Machine, Refused, own, picked, standing

GLOBAL_DIR = "/loader/addons"
OWN_DIR = f"{GOOD}.extra.d"
REQUIRE = "@version 1\naudit=1 sensitive\nloglevel=*\n@require audit=1\n"
LINE = f"{BASE} audit=1"
A_FILE = "is a file, and only a folder is looked for"
AN_ALIAS = 'but the short name of another one, "x.addon.efi"'
UNREAD = "cannot be read to its end"
ABORTS = "and ukiload's policy says `@on-violation abort`"


def _broken(folder: str, partition: int = 1) -> Callable[[Disk], None]:
    def edit(disk: Disk) -> None:
        fat = Fat(disk, partition)
        fat.break_off(folder)
        fat.save()
    return edit


def _file_own(m: Machine) -> None:
    m.policy = REQUIRE
    m.chain.files[OWN_DIR] = b"no folder"
    m.addon(picked("audit"), "audit=1")
    m.request("ukiload.addon=audit")


def _file_own_262(m: Machine) -> None:
    _file_own(m)
    m.uki(stub="stub262")


def _file_global(m: Machine) -> None:
    m.policy = REQUIRE
    m.chain.files[GLOBAL_DIR] = b"no folder"
    m.addon(own("audit"), "audit=1")


def _alias(m: Machine) -> None:
    m.addon("/loader/x.addon.efi/audit.addon.efi", "loglevel=3")
    m.addon(own("level"), "loglevel=4")

    def edit(disk: Disk) -> None:
        fat = Fat(disk)
        fat.set_short_name("/loader/x.addon.efi", "ADDONS")
        fat.save()
    m.chain.edit_disk = edit


def _alias_required(m: Machine) -> None:
    _alias(m)
    m.policy = REQUIRE
    m.addon("/loader/x.addon.efi/audit.addon.efi", "audit=1")


def _unread_own(m: Machine) -> None:
    """What was read before the end is served; the volume's error comes after it, and the stub does not see it."""
    m.policy = REQUIRE
    m.addon(own("audit"), "audit=1")
    m.chain.files[f"{OWN_DIR}/own.cred"] = b"for this image"
    m.chain.edit_disk = _broken(OWN_DIR)


def _unread_own_262(m: Machine) -> None:
    _unread_own(m)
    m.uki(stub="stub262")


def _unread_global(m: Machine) -> None:
    m.policy = REQUIRE
    m.addon(standing("audit"), "audit=1")
    m.addon(own("level"), "loglevel=4")
    m.chain.edit_disk = _broken(GLOBAL_DIR)


def _unread_aborts(m: Machine) -> None:
    _unread_global(m)
    m.policy = f"{REQUIRE}@on-violation abort\n"


def _unread_xbootldr(m: Machine) -> None:
    _unread_global(m)
    paths = [path for path in m.chain.files if path.startswith(("/loader/addons/", GOOD))]
    m.chain.xbootldr = {path: m.chain.files.pop(path) for path in paths}
    m.chain.edit_disk = _broken(GLOBAL_DIR, partition=2)


CASES = [
    Case("overlay_file_own", _file_own, Booted(
        line=LINE, admitted=[picked("audit")], refused={OWN_DIR: A_FILE}, last={"id": "one", "result": "started"})),
    Case("overlay_file_global", _file_global, Booted(line=LINE, admitted=[own("audit")], refused={GLOBAL_DIR: A_FILE})),
    Case("overlay_alias", _alias,
         Booted(line=f"{BASE} loglevel=4", admitted=[own("level")], refused={GLOBAL_DIR: AN_ALIAS})),
    Case("overlay_alias_required", _alias_required,
         Refused('"audit=1" is required by policy line', refused={GLOBAL_DIR: AN_ALIAS})),
    Case("overlay_unread_own", _unread_own, Booted(line=LINE, admitted=[own("audit")], refused={OWN_DIR: UNREAD})),
    Case("overlay_unread_global", _unread_global, Booted(
        line=f"{LINE} loglevel=4", admitted=[standing("audit"), own("level")], refused={GLOBAL_DIR: UNREAD})),
    Case("overlay_unread_aborts", _unread_aborts, Refused(ABORTS, refused={GLOBAL_DIR: UNREAD})),
    Case("overlay_unread_xbootldr", _unread_xbootldr, Booted(
        line=f"{LINE} loglevel=4", admitted=[standing("audit"), own("level")], refused={GLOBAL_DIR: UNREAD})),
]
if debs.tree("sid").exists():  # the newest systemd, where it could be fetched
    CASES += [
        Case("overlay_file_own_262", _file_own_262, Booted(
            line=LINE, admitted=[picked("audit")], refused={OWN_DIR: A_FILE}, last={"id": "one", "result": "started"})),
        Case("overlay_unread_own_262", _unread_own_262,
             Booted(line=LINE, admitted=[own("audit")], refused={OWN_DIR: UNREAD})),
    ]
