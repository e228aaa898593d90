# SPDX-License-Identifier: BSD-2-Clause
"""ukictl on real images: UKIs and addons as ukify makes and sbsign signs them, Debian's signed boot chain, Microsoft's
keys.

Needs neither root nor firmware. The images come from the same lab as those of the QEMU tests.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "qemu"))

import sentences  # noqa: E402
from lab import keys  # noqa: E402
from lab.uki import uki as lab_uki  # noqa: E402

UKICTL = os.environ.get("UKICTL", str(ROOT / "build" / "ukictl"))
POLICY = ROOT / "policy" / "default.policy"


SCHEMA = json.loads((ROOT / "doc/ukictl.schema.json").read_text(encoding="utf-8"))
LETTERS = {"-l": "load", "-f": "run", "-e": "exec", "-u": "unload", "-S": "status"}


def pytest_configure(config: pytest.Config) -> None:
    """The workers of pytest-xdist would all make keys at once."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        keys.directory()


@dataclass
class Result:
    """What a call of ukictl left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):  # noqa: ANN201 - whatever JSON holds
        """stdout, which has to be one JSON value."""
        return json.loads(self.out)


def _can_be_found(said: str) -> None:
    """Each refusal in what ukictl said leads to its rule."""
    for line in said.splitlines():
        if line.startswith("ukictl: ") and not line.startswith("ukictl: see ukictl"):
            assert not (why := sentences.fault(line.removeprefix("ukictl: "))), why


@functools.cache
def _validator(name: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator({**SCHEMA, "$ref": f"#/definitions/{name}"})


def kind_of_json(words: tuple[str, ...]) -> str:
    """Which definition of the schema what these words print has to fit."""
    words = tuple(word for word in words if not word.startswith("--"))
    for word, behind in zip(words, (*words[1:], ""), strict=True):
        for name in (f"{word} {behind}", LETTERS.get(word, word)):
            if name in SCHEMA["definitions"]:
                return name
    return "any"


def _fits_the_schema(words: tuple[str, ...], value: Any) -> None:
    """Whatever is printed for --json is one object, as ukictl-json(5) promises it."""
    if isinstance(value, dict) and "esps" in value and "armed" not in value:
        _validator("esps").validate(value)
        for one in value["esps"]:
            _fits_the_schema(words, {key: said for key, said in one.items() if key != "esp"})
        return
    error = isinstance(value, dict) and "error" in value
    _validator("error" if error else kind_of_json(words)).validate(value)


def ukictl(*words: object, env: dict[str, str] | None = None) -> Result:
    """Run ukictl with these words. If it fails, what it says has to lead to the rule that says it."""
    done = subprocess.run([UKICTL, *map(str, words)], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        _can_be_found(done.stderr)
    if "--json" in words:
        _fits_the_schema(tuple(map(str, words)), json.loads(done.stdout))
    return Result(done.returncode, done.stdout, done.stderr)


def uki(**how: Any) -> Path:
    """A UKI as lab.uki makes it, around the tiny kernel, for nothing here boots it;
    around Debian's where its signature matters."""
    return lab_uki(**{"kernel": "kernel612" if how.get("signed_kernel") else "tiny", **how})


def put(source: Path, target: Path) -> Path:
    """Copy a file, making its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def flip(source: Path, target: Path, at: int) -> Path:
    """Copy a file with one bit of the byte at `at` turned."""
    data = bytearray(source.read_bytes())
    data[at] ^= 1
    target.write_bytes(data)
    return target


def write_variables(target: Path, variables: dict[tuple[str, str], tuple[int, bytes]]) -> Path:
    """Write (guid, name) -> (attributes, data) as efivarfs shows them."""
    target.mkdir()
    for (guid, name), (attributes, data) in variables.items():
        (target / f"{name}-{guid}").write_bytes(struct.pack("<L", attributes) + data)
    return target
