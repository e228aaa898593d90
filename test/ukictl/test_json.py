# SPDX-License-Identifier: BSD-2-Clause
"""What --json prints is what doc/ukictl.schema.json and ukictl-json(5) say. conftest holds every output of these tests
against the schema; here stand the schema itself, and each verb once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import POLICY, ROOT, SCHEMA, kind_of_json, ukictl
from machine import IMAGE, LOADER, Machine, ucs2


def _members(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for value in node.values():
            yield from _members(value)
    elif isinstance(node, list):
        for value in node:
            yield from _members(value)


def test_the_schema_is_one_and_the_manual_has_its_words() -> None:
    """Every member, and every word that one may be."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    page = (ROOT / "man/ukictl-json.5").read_text(encoding="utf-8")
    for name in set(_members(SCHEMA)):
        assert re.search(rf"^\.(It )?Li .*\b{name}\b", page, re.MULTILINE), name
    for words in re.findall(r"'enum': \[(.*?)\]", str(SCHEMA)):
        for word in re.findall(r"'(.*?)'", words):
            assert re.search(rf"\b{word}\b", page), word


def test_what_prints_lines_for_the_journal_prints_no_object(tmp_path: Path) -> None:
    assert Machine(tmp_path)("status", "--report", "--json").code == 2


def test_an_output_finds_its_definition() -> None:
    assert kind_of_json(("--json", "load", "debian")) == "load"
    assert kind_of_json(("-l", "debian", "--json")) == "load"
    assert kind_of_json(("policy", "--json", "show", "x")) == "policy show"


@pytest.mark.parametrize("bad", [{"plan": 1}, {"ukictl": 2}, {"new": "member"}])
def test_what_does_not_fit_is_seen(bad: dict[str, Any]) -> None:
    good = {"ukictl": 1, "cleared": True, "was": "no"}
    validator = jsonschema.Draft7Validator({**SCHEMA, "$ref": "#/definitions/unload"})
    validator.validate(good)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**good, **bad})


def test_each_verb_prints_one_object(tmp_path: Path) -> None:
    """conftest has looked at it by the time it is here."""
    m = Machine(tmp_path)
    m.standing("log", "loglevel=3")
    m.pool("evil", "init=/bin/sh")
    m.pool("kdump", "crashkernel=512M")
    pool = m.esp / "EFI/ukiload/addons"
    for words in (("load", "debian", "--addon", "kdump"), ("run", "debian", "--dry-run"), ("exec", "--no-reboot"),
                  ("status",), ("list",), ("plan", "debian"), ("predict", "debian", "--events"), ("verify", "debian"),
                  ("unload",), ("unload",), ("confirm",), ("install", "--image", m.image),
                  ("update", "--image", m.image),
                  ("kexec", "status"), ("remove", "--dry-run"), ("load", "debian", "--append", "init=/bin/sh")):
        assert m(*words, "--json").json["ukictl"] == 1, words
    assert m("load", "debian", "--json", "--quiet").json["armed"], "an object is no chatter"
    for words in (("check", POLICY, "quiet", "init=x"), ("lint", POLICY), ("show", m.image),
                  ("embed", POLICY, IMAGE, "-o", tmp_path / "out.efi"), ("suggest", pool / "kdump.addon.efi")):
        assert ukictl("policy", *words, "--json").json["ukictl"] == 1, words


def test_a_dry_run_does_not_say_that_it_was_done(tmp_path: Path) -> None:
    m = Machine(tmp_path)
    for folder in ("usr/sbin", "var/lib/dpkg"):
        (m.root / folder).mkdir(parents=True)
    assert m("load", "debian").code == 0
    assert m("unload", "--dry-run", "--json").json["cleared"] is False and m.request
    assert m("unload", "--json").json["cleared"] is True
    found = [m("kexec", word, *dry, "--json").json for word, dry in (
        ("enable", ["--dry-run"]), ("enable", []), ("disable", ["--dry-run"]), ("disable", []))]
    assert [(one["enabled"], one["changed"]) for one in found] == [
        (False, False), (True, True), (True, False), (False, True)]


def test_each_verb_that_writes_a_file_says_whether_it_was_written(tmp_path: Path) -> None:
    m = Machine(tmp_path)
    for words in (("policy", "embed", POLICY, IMAGE, "-o", tmp_path / "out.efi"),
                  ("addon", "make", "--cmdline=quiet", "--unsigned", "-o", tmp_path / "a.addon.efi")):
        for dry in (True, False):
            done = m(*words, "--json", *(["--dry-run"] if dry else []))
            assert done.json["written"] is not dry and Path(done.json["file"]).exists() is not dry, done


def test_status_has_the_one_shot_entry_that_somebody_set(tmp_path: Path) -> None:
    """As a person reads it: load will not go over it."""
    m = Machine(tmp_path)
    assert "loader_oneshot" not in m("status", "--json").json
    m.set("LoaderEntryOneShot", LOADER, ucs2("windows.conf"))
    found = m("status", "--json").json
    assert (found["loader_oneshot"], found["loader_oneshot_ours"]) == ("windows.conf", False)
    assert "LoaderEntryOneShot is windows.conf, set by somebody else" in m("status").out


def test_verify_tells_what_it_could_not_read(tmp_path: Path) -> None:
    """Beside what it could: with the sentence, of whatever length the name is."""
    m = Machine(tmp_path)
    absent = tmp_path / "/".join(["a" * 100] * 6)
    done = m("verify", "debian", absent, "--json")
    assert done.code == 1 and len(done.json["files"]) == 1
    assert done.json["notes"] == [f"{absent}: there is no such image; ukictl list shows what there is"]
    assert m("verify", "debian", "--json").json["notes"] == []


def test_a_dry_reboot_says_what_would_start(tmp_path: Path) -> None:
    m = Machine(tmp_path)
    m.pool("kdump", "crashkernel=512M")
    ident = m("load", "debian", "--addon", "kdump", "--json").json["id"]
    for option in ("--no-reboot", "--dry-run"):
        assert m("exec", option, "--json").json == {
            "rebooting": False, "id": ident, "way": f"BootNext Boot{m.entry:04X}", "image": "\\EFI\\Linux\\debian.efi",
            "profile": 0, "addons": ["kdump"], "words": "", "ukictl": 1}
        assert m("exec", option).out.startswith(
            f"a reboot would start \\EFI\\Linux\\debian.efi with addon kdump, by BootNext Boot{m.entry:04X}\n")
