# SPDX-License-Identifier: BSD-2-Clause
"""What a power cut or a kill leaves on the ESP while ukictl writes."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import time
from pathlib import Path

from conftest import UKICTL, put, ukictl
from lab.uki import addon
from machine import Machine


def test_what_a_power_cut_left_goes_with_the_next_write(tmp_path: Path) -> None:
    """And with remove; a file that somebody writes just now stays, and so does a name that only looks like it."""
    m = Machine(tmp_path)
    before = sorted(m.everything())
    own, pool, menu = m.installed.parent, m.installed.parent / "addons", m.menu.parent
    left = [own / f"{m.installed.name}.ukictl-0badcafe", pool / "kdump.addon.efi.ukictl-00000000",
            menu / "a.ukictl-12345678"]
    kept = [own / "ukiloadx64.efi.20261101", own / "x.ukictl-1234567", own / "x.ukictl-1234567g"]
    for path in (*left, *kept):
        path.write_bytes(b"half a file")
    with left[0].open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        m.installed.unlink()
        m.menu.unlink()
        assert m("install", "--image", m.image).code == 0
        assert left[0].exists() and not left[2].exists() and all(path.exists() for path in kept)
    m.installed.unlink()
    assert m("install", "--image", m.image).code == 0 and not left[0].exists()
    for path in kept:
        path.unlink()
    (own / "again.ukictl-deadbeef").write_bytes(b"half")
    assert m("remove", "--dry-run").code == 0 and (own / "again.ukictl-deadbeef").exists()
    assert m("remove").code == 0 and not own.exists()
    assert [name for name in m.everything() if name not in before] == []


def test_a_write_that_is_killed_leaves_what_the_next_one_sweeps(tmp_path: Path) -> None:
    m = Machine(tmp_path)
    file = put(addon("loglevel=5", sign=m.key), tmp_path / "log.addon.efi")
    done = subprocess.run([UKICTL, "addon", "install", file, "--root", m.root], check=False, capture_output=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)))
    pool = m.esp / "EFI/ukiload/addons"
    assert done.returncode < 0 and len(list(pool.iterdir())) == 1
    assert m("addon", "install", file).code == 0
    assert [path.name for path in pool.iterdir()] == ["log.addon.efi"]


def _preloaded(tmp_path: Path) -> Path:
    library = tmp_path / "before_rename.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("before_rename.c")], check=True)
    return library


def _held_up(m: Machine, tmp_path: Path, *words: str, at: str) -> subprocess.Popen[str]:
    """ukictl with these words, that stands for a second at this point, where it is when this returns."""
    reached = tmp_path / "reached"
    env = {**os.environ, "LD_PRELOAD": str(_preloaded(tmp_path)), at: f"touch {reached}; sleep 1"}
    process = subprocess.Popen([UKICTL, *words, "--root", m.root], env=env, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    while not reached.exists() and process.poll() is None:
        time.sleep(0.01)
    assert reached.exists(), process.communicate()
    return process


def test_of_two_loads_at_a_time_one_is_armed(tmp_path: Path) -> None:
    """The second comes between what the first one writes and reads back: neither takes the other's for its own, and
    deletes it."""
    m = Machine(tmp_path)
    m.uki("other.efi")
    first = _held_up(m, tmp_path, "load", "debian", at="AFTER_RENAME")
    second = m("load", "other")
    said = first.communicate()
    assert (first.returncode, second.code) == (0, 0), (said, second)
    assert m("status").code == 0 and m.word("uki") == "\\EFI\\Linux\\other.efi"


def test_what_is_loaded_meanwhile_is_not_taken_back_as_stale(tmp_path: Path) -> None:
    """The unit that takes back what an earlier boot armed runs while somebody loads anew."""
    m = Machine(tmp_path)
    assert m("load", "debian").code == 0
    m.new_boot()
    first = _held_up(m, tmp_path, "unload", "--stale", at="BEFORE_UNLINK")
    assert m("load", "debian").code == 0
    said = first.communicate()
    assert first.returncode == 0, said
    assert m("status").code == 0 and m.request and m.boot_next == m.entry


def test_of_two_that_enable_kexec_none_loses_the_real_one(tmp_path: Path) -> None:
    """The second has looked when the first has not put its link there yet: it would keep that for the real program."""
    m = Machine(tmp_path)
    for folder in ("usr/sbin", "var/lib/dpkg"):
        (m.root / folder).mkdir(parents=True)
    (m.root / "usr/sbin/kexec").write_text("the real one")
    first = _held_up(m, tmp_path, "kexec", "enable", at="BEFORE_UNLINK")
    assert m("kexec", "enable").code == 0
    said = first.communicate()
    assert first.returncode == 0, said
    assert (m.root / "usr/sbin/kexec.distrib").read_text() == "the real one" and m("kexec").code == 0


def test_who_writes_beside_sweeps_nothing_away_that_has_no_name_yet(tmp_path: Path) -> None:
    """A second ukictl writes to the folder when the file of the first one is whole and about to be renamed."""
    library = _preloaded(tmp_path)
    second = f"{UKICTL} addon make --unsigned --cmdline=quiet -o {tmp_path}/b.addon.efi"
    done = ukictl("addon", "make", "--unsigned", "--cmdline=debug", "-o", tmp_path / "a.addon.efi",
                  env={"LD_PRELOAD": str(library), "BEFORE_RENAME": second})
    assert done.code == 0, done.err
    assert sorted(path.name for path in tmp_path.glob("*.efi*")) == ["a.addon.efi", "b.addon.efi"]
