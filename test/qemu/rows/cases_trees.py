# SPDX-License-Identifier: BSD-2-Clause
"""Device trees: the image's own stub hands them on, and what cannot be handed on as it does is refused. The tiny kernel
says which tree firmware's table has."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable

from lab import Result
from .case import BASE, Booted, Case, Check, Machine, Refused, standing

ALLOWING = "@version 1\n@allow-sections .dtb\ncrashkernel=*\n"


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def tree(model: str, name: str = "model") -> bytes:
    """A tree of one node with one property (Devicetree Specification 0.4, 5)."""
    value, names = model.encode() + b"\0", name.encode() + b"\0"
    nodes = struct.pack(">LL", 1, 0) + struct.pack(">LLL", 3, len(value), 0) + _padded(value) + struct.pack(">LL", 2, 9)
    reserved, start = bytes(16), 40 + 16
    total = start + len(nodes) + len(names)
    head = struct.pack(">10L", 0xD00DFEED, total, start, start + len(nodes), 40, 17, 16, 0, len(names), len(nodes))
    return head + reserved + nodes + names


OWN, OTHER = tree("of the image"), tree("of an addon")


def _installed(*trees: bytes) -> Check:
    def check(result: Result) -> None:
        assert result.report.output == [f"dtb {hashlib.sha256(item).hexdigest()}" for item in trees]
    return check


def _section(m: Machine) -> None:
    m.uki(sections={".dtb": OWN})
    m.addon(standing("kdump"), "crashkernel=64M")


def _addon(content: bytes, policy: str = "") -> Callable[[Machine], None]:
    def prepare(m: Machine) -> None:
        m.policy = policy or m.policy
        m.addon(standing("tree"), None, sections={".dtb": content})
    return prepare


def _kernel_handoff(m: Machine) -> None:
    """The stub would have to be replaced, for it takes no addons."""
    m.uki(stub="stub252", sections={".dtb": OWN})
    m.addon(standing("kdump"), "crashkernel=64M")


CASES = [
    Case("dtb_section", _section, Booted(line=f"{BASE} crashkernel=64M", admitted=[standing("kdump")],
                                         status={"handoff": "stub"}, check=_installed(OWN))),
    Case("dtb_addon", _addon(OTHER, ALLOWING), Booted(admitted=[standing("tree")], check=_installed(OTHER))),
    Case("dtb_addon_denied", _addon(OTHER), Booted(check=_installed(), refused={
        standing("tree"):
            "holds .dtb, which is code and not words, and ukiload's policy has no @allow-sections for it"})),
    Case("dtb_addon_bootargs", _addon(tree("init=/bin/sh", "bootargs"), ALLOWING), Booted(check=_installed(), refused={
        standing("tree"): "has a device tree (.dtb) with bootargs, a command line that no policy judges"})),
    Case("dtb_kernel_handoff", _kernel_handoff, Refused(
        "without the stub .dtb cannot be handled as it would", shown=["kdump.addon.efi has to be applied"])),
]
