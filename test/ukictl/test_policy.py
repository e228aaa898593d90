# SPDX-License-Identifier: BSD-2-Clause
"""ukictl policy: check, lint, embed, suggest, show."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import POLICY, ROOT, put, uki, ukictl
from lab import keys
from lab.arch import HOST
from lab.boot_images import sign
from lab.uki import addon
from machine import IMAGE, Machine

FIRMWARE = ROOT / f"build/{HOST.name}/ukiload{HOST.efi}.efi"


def write(path: Path, text: str) -> Path:
    """A policy file; the first line is put in front."""
    path.write_text("@version 1\n" + text)
    return path


@pytest.mark.parametrize(("word", "admitted"), [
    ("quiet", True), ("console=ttyS0,115200", True), ("console=ttyS10", False), ("console=uart,io,0x3f8", False),
    ("crashkernel=256M", True), ("init=/bin/sh", False), ("root=/dev/sda", False), ("loglevel=77", False),
    ("console=ttyS0,initrd=/x", False), ("console=ttyS0,dtb=/x", False), ("memmap=64K$1M", False),
    ("--", False), ("log-buf-len=1M", False), ("a b", False), ("", False), ('quiet"', False),
])
def test_check_judges_word_by_word(word: str, admitted: bool) -> None:
    """The default policy, word by word."""
    done = ukictl("policy", "check", POLICY, "--", word)
    assert done.code == (0 if admitted else 7)
    found = ukictl("policy", "check", "--json", POLICY, "--", word).json["words"]
    assert [item["verdict"] for item in found] == ["admitted" if admitted else "refused"]
    assert ("line" in found[0]) == admitted
    assert admitted or found[0]["reason"].startswith(f'"{word}" ')


def test_check_names_the_line(tmp_path: Path) -> None:
    """So that an author finds it."""
    policy = write(tmp_path / "p", "quiet\nloglevel=? unsigned\n")
    assert ukictl("policy", "check", policy, "quiet", "loglevel=7").out == \
        '"quiet" admitted by line 2\n"loglevel=7" admitted by line 3\n'
    assert ukictl("policy", "check", "--unsigned", policy, "quiet").code == 7
    assert ukictl("policy", "check", "--unsigned", policy, "loglevel=7").code == 0


@pytest.mark.parametrize(("rules", "words"), [
    ("loglevel=*\nloglevel=? unsigned\n", ("--unsigned", "loglevel=7")),
    ("root=*\nroot=UUID=* sensitive\n", ("root=UUID=1",)),
])
def test_the_line_that_is_named_is_that_of_the_rule_with_every_flag(rules: str, words: tuple[str, ...],
                                                                     tmp_path: Path) -> None:
    """And not the first one that has the same name and value: that one alone would let nothing through."""
    said = ukictl("policy", "check", "--json", write(tmp_path / "p", rules), *words)
    assert [word["line"] for word in said.json["words"]] == [3]


def test_check_says_why_a_word_is_sensitive(tmp_path: Path) -> None:
    """Of one that is let through as of one that is not: ukiload-policy(5) says so."""
    policy = write(tmp_path / "p", "quiet\nrd.debug sensitive\n!init\n")
    said = ukictl("policy", "check", policy, "quiet", "rd.debug", "lsm=x").out.splitlines()
    assert said == ['"quiet" admitted by line 2', '"rd.debug" admitted by line 3, sensitive (control of PID 1)',
                    '"lsm=x" refused: sensitive (security modules and audit), no rule with that flag']
    words = ukictl("policy", "check", "--json", policy, "quiet", "rd.debug", "lsm=x", "init=/x", "a b").json["words"]
    assert [word.get("sensitive") for word in words] == [None, "control of PID 1", "security modules and audit",
                                                         "control of PID 1", None]


def test_lint_is_silent_about_the_default_and_names_the_line_of_a_fault(tmp_path: Path) -> None:
    """Silence for the default, a note for what is void, an error with its line for what does not parse."""
    assert ukictl("policy", "lint", POLICY).code == 0
    assert ukictl("policy", "lint", "--json", POLICY).json["findings"] == []
    done = ukictl("policy", "lint", write(tmp_path / "p", "init=*\n"))
    assert done.code == 1
    assert "line 2" in done.out
    done = ukictl("policy", "lint", write(tmp_path / "p", "quiet\nconsole=[a]\n"))
    assert done.code == 5
    assert "line 3" in done.err
    assert ukictl("policy", "lint", tmp_path / "nothere").code == 1
    assert ukictl("policy", "lint", uki()).code == 5


def test_every_policy_in_the_tree_is_sound() -> None:
    """Examples that do not parse would be worse than none."""
    for policy in sorted((ROOT / "policy").glob("*.policy")):
        assert ukictl("policy", "check", policy, "quiet").code in (0, 7), policy


def test_a_policy_is_embedded_shown_and_replaced(tmp_path: Path) -> None:
    """Into an image, out of it again, replaced by another; never into a signed one."""
    image = put(addon("quiet", sign=None), tmp_path / "a.efi")
    first, second = tmp_path / "b.efi", tmp_path / "c.efi"
    policy = write(tmp_path / "p", "quiet # é is only a comment? no: ASCII\n".replace("é", "e"))
    assert ukictl("policy", "embed", policy, image, "-o", first).code == 0
    assert ukictl("policy", "show", first).out == policy.read_text()
    assert ukictl("policy", "embed", POLICY, first, "-o", second).code == 0
    assert ukictl("policy", "show", second).out == POLICY.read_text()
    assert ukictl("policy", "show", "--json", second).json["policy"] == POLICY.read_text()
    assert ukictl("policy", "check", second, "debug").code == 0
    # A policy can be taken from an image, too.
    assert ukictl("policy", "embed", second, first, "-o", tmp_path / "d.efi").code == 0
    assert (tmp_path / "d.efi").read_bytes() == second.read_bytes()
    signed = sign(second, "mok")
    done = ukictl("policy", "embed", policy, signed, "-o", tmp_path / "e.efi")
    assert done.code == 5
    assert "signed" in done.err
    assert not (tmp_path / "e.efi").exists()
    assert ukictl("policy", "embed", write(tmp_path / "p", "a b c\n"), image, "-o", tmp_path / "e.efi").code == 5
    assert ukictl("policy", "embed", policy, image).code == 2
    dry = ukictl("policy", "embed", POLICY, image, "-o", tmp_path / "dry.efi", "--dry-run", "--root", tmp_path)
    assert dry.code == 0 and "would be written" in dry.out and not (tmp_path / "dry.efi").exists()
    assert ukictl("--quiet", "policy", "embed", POLICY, image, "-o", tmp_path / "q.efi").out == ""
    assert ukictl("policy", "show", image).code == 1
    assert ukictl("policy", "show", policy).out == policy.read_text()


def test_a_policy_that_is_named_is_never_another_one(tmp_path: Path) -> None:
    """A name that is mistyped, a pipe, one too many: not the installed policy in the place of what was meant."""
    m = Machine(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name, why in ((tmp_path / "mine", "No such file"), (pipe, "not a regular file"),
                      (tmp_path, "not a regular file")):
        for done in (m("policy", "lint", name), m("policy", "embed", name, IMAGE, "-o", tmp_path / "out.efi")):
            assert done.code == 1 and why in done.err and "installed" not in done.out, done
    assert m("policy", "check", pipe, "quiet").code == 1
    assert not (tmp_path / "out.efi").exists()
    for words in (("lint", POLICY, POLICY), ("show", POLICY, POLICY),
                  ("embed", POLICY, IMAGE, IMAGE, "-o", tmp_path / "out.efi")):
        assert m("policy", *words).code == 2, words


def test_a_file_is_not_put_in_the_place_of_a_device(tmp_path: Path) -> None:
    """Renamed over /dev/null it would be gone for everybody. A link counts as what it leads to."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    for name in (pipe, link):
        done = ukictl("policy", "embed", POLICY, IMAGE, "-o", name)
        assert done.code == 1 and "is a device or a pipe" in done.err, done
    assert pipe.is_fifo() and link.is_symlink() and sorted(tmp_path.iterdir()) == [link, pipe]


def test_ukiload_with_a_policy_can_be_signed_and_verified(tmp_path: Path) -> None:
    """The image that it is for: sbsign takes it afterwards, and verify finds nothing wrong."""
    if not FIRMWARE.exists():
        pytest.skip(f"{FIRMWARE.name} is not built")
    policy = write(tmp_path / "p", "splash\n")
    out = tmp_path / "ukiload.efi"
    assert ukictl("policy", "embed", policy, FIRMWARE, "-o", out).code == 0
    assert ukictl("policy", "show", out).out == policy.read_text()
    done = ukictl("verify", "--json", sign(out, "mok"), "--cert", keys.cert_file("mok"))
    assert done.code == 0
    assert {item["check"]: item["state"] for item in done.json["files"][0]["checks"]}["sections"] == "ok"


def test_what_is_suggested_lets_the_addons_through_and_no_less_does(tmp_path: Path) -> None:
    """Flags where they are needed, each with its reason; the result lets the addons through, and less lets them not."""
    a = put(addon("console=ttyS0 init=/sbin/my loglevel=7"), tmp_path / "a.addon.efi")
    b = put(addon("console=tty0 quiet x={y}"), tmp_path / "b.addon.efi")
    image = uki()
    done = ukictl("policy", "suggest", a, b, "--uki", image)
    assert done.code == 0
    rules = [line for line in done.out.splitlines() if not line.startswith("#")]
    assert rules == ["@version 1", "console=ttyS0 repeat", "init=/sbin/my sensitive", "loglevel=7",
                     "console=tty0 repeat",
                     "quiet override", "x=?y?"]
    assert "control of PID 1" in done.out
    policy = tmp_path / "p"
    policy.write_text(done.out)
    words = ["--addon", f"{a}", "--addon", f"{b}", "--json", "--policy"]
    found = ukictl("plan", image, "--esp-path", tmp_path, *words, policy)
    assert found.code == 0
    assert [item["verdict"] for item in found.json["addons"]] == ["admitted", "admitted"]
    for rule in rules[1:]:
        policy.write_text("\n".join(line for line in rules if line != rule) + "\n")
        assert ukictl("plan", image, "--esp-path", tmp_path, *words, policy).code == 7, rule


def test_suggest_sections_and_the_impossible(tmp_path: Path) -> None:
    """What no rule can allow is said, not left out."""
    code = put(addon("debug", sections={".initrd": "cpio"}), tmp_path / "c.addon.efi")
    done = ukictl("policy", "suggest", code)
    assert done.code == 0
    assert "@allow-sections .initrd\n" in done.out
    bad = put(addon("debug -- single a=$b"), tmp_path / "d.addon.efi")
    done = ukictl("policy", "suggest", bad)
    assert done.code == 7
    assert "what follows it would go to init" in done.out
    assert '"a=$b"' in done.out
    found = ukictl("policy", "suggest", "--json", bad)
    assert found.json["complete"] is False
    assert [item.get("rule") for item in found.json["words"]][:2] == ["debug", None]
    assert ukictl("policy", "suggest", uki()).code == 5
    broken = tmp_path / "broken.addon.efi"
    broken.write_bytes(b"MZ\n@version 2")
    good = addon("loglevel=5")
    for order in ((broken, good), (good, broken), (good, tmp_path / "none", broken)):
        done = ukictl("policy", "suggest", *order)
        assert done.code == 7 and "\nloglevel=5\n" in done.out and done.out.startswith("@version 1\n"), done
        assert f"# passed over: {broken} is not a PE image: " in done.out
        found = ukictl("policy", "suggest", "--json", *order).json
        assert found["complete"] is False and len(found["words"]) == 1
    assert ukictl("policy", "suggest", tmp_path / "none", tmp_path / "none").code == 1
    assert ukictl("policy", "suggest").code == 2


def test_a_file_that_is_made_while_it_is_read() -> None:
    """The kernel's, as a TPM's event log is one: its size is 0, and it has all that it says."""
    comm = Path("/proc/self/comm")
    before = comm.read_text(encoding="ascii")
    comm.write_text("not a policy", encoding="ascii")
    try:
        done = ukictl("policy", "lint", f"/proc/{os.getpid()}/comm")
    finally:
        comm.write_text(before, encoding="ascii")
    assert done.code == 5 and "not a policy" in done.err, done.err
