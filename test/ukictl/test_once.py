# SPDX-License-Identifier: BSD-2-Clause
"""Images of which loaders make different things, and those that shim alone refuses: the host says what firmware
will."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import POLICY, put, uki, ukictl
from lab import boot_images, cache, once_images, pe_edit
from machine import IMAGE, Machine


def stored(data: bytes, key: str) -> Path:
    return boot_images.sign(cache.stored(data, "once.efi"), key)


@pytest.mark.parametrize("name", list(once_images.ADDONS))
def test_an_addon_that_loads_in_two_ways_is_refused(tmp_path: Path, name: str) -> None:
    """plan and verify, with the sentence that firmware shows."""
    make, why = once_images.ADDONS[name]
    esp = tmp_path / "esp"
    put(uki(), esp / "EFI/Linux/a.efi")
    file = put(stored(make(), "mok"), esp / "loader/addons/a.addon.efi")
    done = ukictl("plan", esp / "EFI/Linux/a.efi", "--esp-path", esp, "--policy", POLICY, "--json")
    assert (done.code, done.json["line"]) == (0, "console=ttyS0 quiet")
    assert done.json["addons"][0]["verdict"] == "refused"
    assert why in done.json["addons"][0]["reason"]
    done = ukictl("verify", file)
    assert done.code == 5
    assert why in done.out


@pytest.mark.parametrize("name", once_images.UKIS)
def test_a_uki_that_loads_in_two_ways_is_refused(tmp_path: Path, name: str) -> None:
    """A stub's relocation in what is judged."""
    image = put(pe_edit.edited(uki(sign=None), once_images.hit_section(name), sign="mok"), tmp_path / "EFI/Linux/a.efi")
    done = ukictl("plan", image, "--esp-path", tmp_path, "--policy", POLICY, "--json")
    assert done.code == 5
    assert f"in section {name}, {once_images.ELSEWHERE}" in done.json["reason"]


def test_the_own_policy_is_the_same_in_file_and_memory(tmp_path: Path) -> None:
    """ukiload's own image: the policy that it reads in memory is the one in the file, or the host does not trust it."""
    image = put(pe_edit.edited(IMAGE, once_images.hit_section(".ukipol"), sign=None), tmp_path / "ukiload.efi")
    done = ukictl("plan", uki(), "--policy", image)
    assert done.code == 5
    assert f"in section .ukipol, {once_images.ELSEWHERE}" in done.err


def _old_shim(m: Machine) -> None:
    put(boot_images.image("shim158"), m.esp / "EFI/debian/shimx64.efi")


@pytest.mark.parametrize(("shim", "old", "key", "code"), [
    (True, False, "mok", 5), (True, True, "mok", 5), (True, False, "vendor", 5), (True, True, "vendor", 0),
    (False, False, "db", 0)])
def test_a_section_without_bytes_is_refused_by_shim_only(tmp_path: Path, shim: bool, old: bool, key: str,
                                                         code: int) -> None:
    """shim loads no such image; one before 16 does not load, and db may vouch for what it refuses."""
    m = Machine(tmp_path, shim=shim)
    if old:
        _old_shim(m)
    put(stored(once_images.empty_section(uki(sign=None)), key), m.esp / "EFI/Linux/debian.efi")
    done = m("load", "debian.efi")
    assert done.code == code, done.err
    assert (once_images.EMPTY in done.err) == (code == 5)
    assert (m.request is not None) == (code == 0)


@pytest.mark.parametrize("name", list(once_images.SHIM_REFUSES))
def test_what_shim_refuses_is_refused_where_shim_is_asked(tmp_path: Path, name: str) -> None:
    """With shim on the way only, and before anything is armed."""
    change, why = once_images.SHIM_REFUSES[name]
    for shim, code in ((True, 5), (False, 0)):
        m = Machine(tmp_path / str(shim), shim=shim)
        put(pe_edit.edited(uki(sections={".odd": "odd"}, sign=None), change, sign=m.key),
            m.esp / "EFI/Linux/debian.efi")
        done = m("load", "debian.efi")
        assert done.code == code, done.err
        assert (why in done.err) == shim
        done = ukictl("verify", m.esp / "EFI/Linux/debian.efi", "--efivars", m.vars)
        assert done.code == code
        assert why in done.out  # without shim a note


@pytest.mark.parametrize(("shim", "old", "stub", "code"), [
    (True, False, "stub257", 5), (True, True, "stub257", 0), (False, False, "stub257", 0), (True, False, "stub262", 5),
    (True, True, "stub262", 0)])
def test_zeros_behind_the_kernel_are_refused_by_shim_16(tmp_path: Path, shim: bool, old: bool, stub: str,
                                                        code: int) -> None:
    """.linux is judged as LoadImage will see it, and shim 16 refuses that, whichever stub asks it."""
    m = Machine(tmp_path, shim=shim)
    if old:
        _old_shim(m)
    put(stored(once_images.padded(uki(signed_kernel=True, stub=stub, sign=None)), m.key),
        m.esp / "EFI/Linux/debian.efi")
    done = m("load", "debian.efi")
    assert done.code == code, done.err
    assert (f"the kernel inside {once_images.PADDED}" in done.err) == (code == 5)
    image = m("list", "--json").json["images"][0]
    assert (image["verdict"] == "refused") == (once_images.PADDED in image.get("reason", "")) == (code == 5), image
