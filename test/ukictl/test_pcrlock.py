# SPDX-License-Identifier: BSD-2-Clause
"""ukictl predict --pcrlock: the component files, and what systemd-pcrlock makes of them.

That it makes this of them is shown by test/qemu/journeys/sealing.py; here its rules are restated: a variant is found in
a log if its records come there in its order, of each component only the first one that is found has its records, and
what a boot may be is any variant of each component.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from pathlib import Path

import pytest
from boots import AUTHORITY, BANKS, TAG, Log, extend, made_esp, pcrs, predict, sha256, stock
from conftest import put, uki, ukictl
from lab import authenticode
from lab.uki import addon

Record = tuple[int, str]


@pytest.fixture(name="esp")
def _esp(tmp_path: Path) -> Path:
    """What is asked about, and addons: one standing, one that is refused, two to be picked."""
    esp = made_esp(tmp_path)
    put(addon("loglevel=6"), esp / "loader/addons/level.addon.efi")
    put(addon("debug"), esp / "EFI/ukiload/addons/debug.addon.efi")
    put(addon("ignore_loglevel"), esp / "EFI/ukiload/addons/quiet.addon.efi")
    (tmp_path / "pcrlock.d").mkdir()
    return esp


def components(folder: Path) -> dict[str, dict[str, list[Record]]]:
    """Component, variant, records, in systemd's order."""
    return {one.name.removesuffix(".pcrlock.d"): {file.name: records(file) for file in sorted(one.iterdir())}
            for one in sorted(folder.iterdir())}


def records(file: Path) -> list[Record]:
    """(PCR, SHA-256) of each; other banks are there too."""
    found = json.loads(file.read_text(encoding="ascii"))
    assert list(found) == ["records"]
    for record in found["records"]:
        assert [item["hashAlg"] for item in record["digests"]] in (["sha1", "sha256"], [*BANKS])
    return [(record["pcr"], record["digests"][1]["digest"]) for record in found["records"]]


def log_of(events: list[tuple[int, int, bytes, bytes]]) -> list[Record]:
    """A log's."""
    return [(pcr, sha256(hashed).hex()) for pcr, _, _, hashed in events]


def image(path: Path) -> Record:
    """Of one that was let in."""
    return (4, authenticode(path).hex())


def with_systemds(folder: Path, esp: Path, log: Log) -> dict[str, dict[str, list[Record]]]:
    """What is written, and what systemd-pcrlock's own commands write of such a log."""
    found = components(folder)
    own = log_of(log.events)
    found["240-variables"] = {"own": own[:2]}
    found["500-action"] = {"own": own[2:4]}
    found["610-shim"] = {"own": [record for record in own if record[0] == 4][2:3]}
    found["630-boot-loader"]["systemd-boot.pcrlock"] = [record for record in own if record[0] == 4][3:4]
    found["650-uki"] = {"a.pcrlock": [image(esp / "EFI/Linux/a.efi")]}
    return dict(sorted(found.items()))


def recognized(found: dict[str, dict[str, list[Record]]], log: list[Record]) -> bool:
    """Every component is found, and every record of PCR 4, 7 and 12 belongs to one."""
    mine: set[int] = set()
    for variants in found.values():
        fitting = [where for where in (matched(variant, log) for variant in dict(sorted(variants.items())).values())
                   if where is not None]
        if not fitting:
            return False
        mine.update(fitting[0])
    return all(i in mine for i, record in enumerate(log) if record[0] in (4, 7, 12))


def matched(variant: list[Record], log: list[Record]) -> list[int] | None:
    """Where its records are."""
    at, found = 0, []
    for record in variant:
        while at < len(log) and log[at] != record:
            at += 1
        if at == len(log):
            return None
        found.append(at)
        at += 1
    return found


def possible(found: dict[str, dict[str, list[Record]]], pcr: int) -> set[str]:
    """Each value of any combination."""
    return {extend([bytes.fromhex(digest) for variant in chosen for number, digest in variant if number == pcr])
            for chosen in itertools.product(*(variants.values() for variants in found.values()))}


def written(esp: Path, log: Path, *words: object) -> list[str]:
    """The paths that a call has written, below the folder."""
    folder = esp.parent / "pcrlock.d"
    result = predict(esp, "--eventlog", log, "--pcrlock", folder, *words)
    assert result.code == 0, result.out
    return [str(Path(path).relative_to(folder)) for path in result.json["components"]]


def test_both_boots_are_described(esp: Path, tmp_path: Path) -> None:
    """The value of each PCR through ukiload, as predict has it, and the running boot's are among what may be."""
    log = stock()
    boot = log_of(log.events)
    level, words = image(esp / "loader/addons/level.addon.efi"), (12, sha256("loglevel=6\0".encode("utf-16-le")).hex())
    boot[-2:] = [image(esp / "EFI/Linux/a.efi"), level, words]
    path = log.write(tmp_path / "log")
    for via, names in (("next", ["debug"]), ("loader", ["debug"]), ("next", []), ("next", ["debug", "quiet"])):
        picked = [word for name in names for word in ("--addon", name)]
        written(esp, path, "--via", via, *picked)
        found = with_systemds(tmp_path / "pcrlock.d", esp, log)
        values = pcrs(predict(esp, "--eventlog", path, "--via", via, *picked))
        for pcr in (4, 7, 12):
            through = [event["sha256"] for event in values[str(pcr)]["events"]]
            assert values[str(pcr)]["sha256"] in possible(found, pcr)
            assert extend([bytes.fromhex(digest) for number, digest in boot if number == pcr]) in possible(found, pcr)
            reloaded = [(number, digest) for number, digest in boot if number not in (4, 7, 12)]
            reloaded += [(pcr, event["sha256"]) for pcr in (4, 7, 12) for event in values[str(pcr)]["events"]]
            assert through and recognized(found, reloaded)
        assert recognized(found, boot), "the running boot, so that a policy made in it has PCR 4, 7 and 12"
    other = [record if record != level else image(esp / "EFI/ukiload/addons/quiet.addon.efi") for record in boot]
    assert not recognized(found, other), "an addon that nobody predicted"
    assert extend([bytes.fromhex(digest) for number, digest in other if number == 4]) not in possible(found, 4)


def test_each_bank_of_the_log_is_there(esp: Path, tmp_path: Path) -> None:
    """As in what systemd-pcrlock writes of the same log: where one of two files lacked a bank, the policy that
    systemd 257 makes of both could never be met."""
    log = stock()
    log.banks = tuple(BANKS)
    written(esp, log.write(tmp_path / "log"))
    folder = tmp_path / "pcrlock.d/620-secureboot-authority.pcrlock.d"
    found = json.loads((folder / "995-stock-a.pcrlock").read_text())["records"]
    authorities = [event[3] for event in log.events if event[1] == AUTHORITY]
    assert found == [{"pcr": 7, "digests": [{"hashAlg": bank, "digest": hashlib.new(bank, data).hexdigest()}
                                            for bank in BANKS]} for data in authorities]


def test_names(esp: Path, tmp_path: Path) -> None:
    """A variant has the plan's name, so a second call replaces what the first one wrote; the longest come first."""
    log = stock().write(tmp_path / "log")
    os.rename(esp / "EFI/Linux/a.efi", esp / "EFI/Linux/a b+3.efi")

    def predict_it() -> list[str]:
        folder = tmp_path / "pcrlock.d"
        result = predict(esp, "--eventlog", log, "--pcrlock", folder, "--addon", "debug", image="EFI/Linux/a b+3.efi")
        assert result.code == 0, result.out
        return [str(Path(path).relative_to(folder)) for path in result.json["components"]]

    names = ["620-secureboot-authority.pcrlock.d/995-stock-a b.pcrlock",
             "660-ukiload-addons.pcrlock.d/998-stock-a b.pcrlock", "670-ukiload-words.pcrlock.d/998-stock-a b.pcrlock",
             "620-secureboot-authority.pcrlock.d/996-ukiload-next-a b+debug.pcrlock",
             "630-boot-loader.pcrlock.d/998-ukiload-next.pcrlock",
             "660-ukiload-addons.pcrlock.d/995-ukiload-a b+debug.pcrlock",
             "670-ukiload-words.pcrlock.d/998-ukiload-a b+debug.pcrlock"]
    assert predict_it() == names
    theirs = [put(log, tmp_path / "pcrlock.d/660-ukiload-addons.pcrlock.d" / name)
              for name in ("generated.pcrlock", "995-stock-other.pcrlock", "12-stock-a b.pcrlock", "README")]
    (esp / "loader/addons/level.addon.efi").unlink()
    again = predict_it()
    assert again[1] == "660-ukiload-addons.pcrlock.d/999-stock-a b.pcrlock"
    assert again[5] == "660-ukiload-addons.pcrlock.d/997-ukiload-a b+debug.pcrlock"
    here = sorted(str(path.relative_to(tmp_path / "pcrlock.d")) for path in (tmp_path / "pcrlock.d").rglob("*")
                  if path.is_file() and path not in theirs)
    assert here == sorted(again) and all(path.exists() for path in theirs)


def test_what_only_a_boot_without_ukiload_takes_is_said(esp: Path, tmp_path: Path) -> None:
    """An addon that the policy refuses is in no component, and that a stock boot takes it is said."""
    log = stock().write(tmp_path / "log")
    put(addon("init=/bin/sh"), esp / "loader/addons/shell.addon.efi")
    result = predict(esp, "--eventlog", log, "--pcrlock", tmp_path / "pcrlock.d")
    assert result.code == 0 and "shell.addon.efi: refused here, but a boot without" in " ".join(result.json["notes"])
    digest = image(esp / "loader/addons/shell.addon.efi")[1]
    assert not any(digest in file.read_text() for file in (tmp_path / "pcrlock.d").rglob("*.pcrlock"))


def test_after_a_reload_what_the_log_does_not_have_stays(esp: Path, tmp_path: Path) -> None:
    """A boot by BootNext does not know what the loader's authorities are: the file that a stock boot wrote is left."""
    log = stock()
    before = written(esp, log.write(tmp_path / "log"))
    log.events = [event for event in log.events if b"g\0r\0u\0b" not in event[2]]
    after = predict(esp, "--eventlog", log.write(tmp_path / "log"), "--pcrlock", tmp_path / "pcrlock.d")
    assert len(after.json["components"]) == len(before) - 1
    assert "620-secureboot-authority: stock-a.pcrlock is not written" in " ".join(after.json["notes"])
    assert all((tmp_path / "pcrlock.d" / name).exists() for name in before)


def test_without_secure_boot_there_are_no_authorities(esp: Path, tmp_path: Path) -> None:
    """PCR 7 is then whatever firmware's variables make it."""
    names = written(esp, stock(secure_boot=False).write(tmp_path / "log"))
    assert {name.split(".")[0] for name in names} == {"630-boot-loader", "660-ukiload-addons", "670-ukiload-words"}


def test_what_a_stub_of_its_time_takes(esp: Path, tmp_path: Path) -> None:
    """systemd-stub 252 takes no addons by itself, so its stock boot has none."""
    put(uki(stub="stub252"), esp / "EFI/Linux/a.efi")
    written(esp, stock().write(tmp_path / "log"))
    found = components(tmp_path / "pcrlock.d")
    assert found["660-ukiload-addons"] == {"998-ukiload-a.pcrlock": [image(esp / "loader/addons/level.addon.efi")],
                                           "999-stock-a.pcrlock": []}


def test_nothing_is_written_of_what_does_not_start(esp: Path, tmp_path: Path) -> None:
    """A refused image or request, a log that is none, a dry run, a folder that is not there."""
    log, folder = stock().write(tmp_path / "log"), tmp_path / "pcrlock.d"
    (tmp_path / "bad").write_bytes(b"x" * 100)
    for code, image_path, words in ((7, "EFI/Linux/a.efi", ["--addon", "none", "--eventlog", log]),
                                    (5, "EFI/Linux/ukiload.efi", ["--eventlog", log]),
                                    (1, "EFI/Linux/a.efi", ["--eventlog", tmp_path / "bad"])):
        assert predict(esp, "--pcrlock", folder, *words, image=image_path).code == code
        assert not list(folder.iterdir())
    result = predict(esp, "--eventlog", log, "--pcrlock", folder, "--dry-run")
    assert len(result.json["components"]) == 7 and result.json["written"] is False and not list(folder.iterdir())
    for name in ("none", "log", ""):
        result = predict(esp, "--eventlog", log, "--pcrlock", tmp_path / name if name else name)
        assert result.code == 1 and "components go into a folder that is there" in result.json["error"]
    assert not (tmp_path / "none").exists()


def test_without_a_log_nothing_is_written(esp: Path, tmp_path: Path) -> None:
    """What comes before ukiload is not known then."""
    if Path("/sys/kernel/security/tpm0").exists():
        pytest.skip("this machine has a log")
    result = predict(esp, "--pcrlock", tmp_path / "pcrlock.d")
    assert result.code == 1 and "no component is written, for what PCR 4 will be" in result.json["error"]
    assert not list((tmp_path / "pcrlock.d").iterdir())


def test_a_folder_that_is_in_the_way(esp: Path, tmp_path: Path) -> None:
    """A file or a link to nowhere in the place of a component's folder, a folder in that of a variant."""
    log, folder = stock().write(tmp_path / "log"), tmp_path / "pcrlock.d"
    way = folder / "630-boot-loader.pcrlock.d"
    way.write_text("mine")
    result = predict(esp, "--eventlog", log, "--pcrlock", folder)
    assert result.code == 1 and f"{way}/998-ukiload-next.pcrlock: Not a directory" in result.json["error"]
    assert way.read_text() == "mine"
    way.unlink()
    way.symlink_to(tmp_path / "nowhere")
    result = predict(esp, "--eventlog", log, "--pcrlock", folder)
    assert result.code == 1 and str(way) in result.json["error"] and not (tmp_path / "nowhere").exists()
    way.unlink()
    (way / "998-ukiload-next.pcrlock/x").mkdir(parents=True)
    result = predict(esp, "--eventlog", log, "--pcrlock", folder)
    assert result.code == 1 and "998-ukiload-next.pcrlock: Is a directory" in result.json["error"]


def test_a_name_that_no_file_can_have(esp: Path, tmp_path: Path) -> None:
    """A UKI's name and eight addons' are longer than a name may be."""
    log, words = stock().write(tmp_path / "log"), []
    for i in range(4):
        name = f"{i}" * 60
        put(addon(f"console=tty{i}"), esp / f"EFI/ukiload/addons/{name}.addon.efi")
        words += ["--addon", name]
    result = predict(esp, "--eventlog", log, "--pcrlock", tmp_path / "pcrlock.d", *words)
    assert result.code == 1 and "too long for the name of a component; pick fewer" in result.json["error"]
    assert not list((tmp_path / "pcrlock.d").iterdir())


def test_a_person_reads_what_was_written(esp: Path, tmp_path: Path) -> None:
    """A line each."""
    log = stock()
    log.add(9, TAG, b"Linux initrd\0")
    done = ukictl("predict", esp / "EFI/Linux/a.efi", "--esp-path", esp, "--eventlog", log.write(tmp_path / "log"),
                  "--pcrlock", tmp_path / "pcrlock.d")
    assert done.code == 0 and done.out.count(": written and read back\n") == 7
    assert f"component {tmp_path}/pcrlock.d/620-secureboot-authority.pcrlock.d/995-stock-a.pcrlock" in done.out
