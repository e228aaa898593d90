# SPDX-License-Identifier: BSD-2-Clause
"""ukictl predict on made-up logs: what is kept, what is added, what is not known, and how it is said.

That the values are those of a real TPM is shown by test/qemu/journeys/test_predict.py.
"""

from __future__ import annotations

import hashlib
import os
import struct
import uuid
from pathlib import Path

import pytest
from boots import (BANKS, OWNER, SECURITY, SHIM, TAG, extend, kept, made_esp, pcrs, predict, sha256, stock, variable,
                   what)
from conftest import put, uki, ukictl, write_variables
from lab import authenticode, keys
from lab.uki import addon

@pytest.fixture(name="esp")
def _esp(tmp_path: Path) -> Path:
    """What is asked about."""
    return made_esp(tmp_path)


def test_pcr_4_counts_addons_twice(esp: Path, tmp_path: Path) -> None:
    """PCR 4: what comes before ukiload stays; addons count twice, once for ukiload and once for the stub."""
    put(addon("loglevel=6"), esp / "loader/addons/b.addon.efi")
    put(addon("init=/bin/sh"), esp / "loader/addons/no.addon.efi")
    log = stock()
    ours = [authenticode(esp / path)
            for path in ("EFI/Linux/ukiload.efi", "EFI/Linux/a.efi", "loader/addons/b.addon.efi")]
    found = pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log"), "--via", "loader"))["4"]
    assert found["sha256"] == extend(kept(log, 4, 4) + [*ours, ours[2]])
    assert found["differs"] and found["known"] and "sha384" not in found
    assert [item["kept"] for item in found["events"]] == [True] * 4 + [False] * 4
    found = pcrs(predict(esp, "--eventlog", tmp_path / "log"))["4"]
    assert found["sha256"] == extend(kept(log, 4, 3) + [*ours, ours[2]]), "BootNext goes through shim only"
    log = stock(shim=False)
    found = pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log")))["4"]
    assert found["sha256"] == extend(kept(log, 4, 2) + [*ours, ours[2]]), "and without shim through nothing"


@pytest.mark.parametrize("payload", ["ukiload", "addon", "nameless"])
def test_where_the_loader_ends(esp: Path, tmp_path: Path, payload: str) -> None:
    """ukiload wherever it lies, an addon and an image without a file are no boot loaders; any other image may be
    one."""
    log = stock()
    at = next(i for i, event in enumerate(log.events) if b"o\0t\0h\0e\0r" in event[2])
    del log.events[at:]
    other = {"ukiload": r"\EFI\tools\u.efi", "addon": r"\EFI\tools\x.addon.efi", "nameless": ""}[payload]
    log.image(other, b"an image")
    raw = log.write(tmp_path / "log").read_bytes()
    words = ["--eventlog", tmp_path / "log", "--via", "loader"]
    if payload == "ukiload":
        assert what(pcrs(predict(esp, *words))["4"])[4] == other
        mine = authenticode_sha1(esp / "EFI/Linux/ukiload.efi")
        (tmp_path / "log").write_bytes(raw.replace(hashlib.sha1(b"an image").digest(), mine))
    found = pcrs(predict(esp, *words))["4"]
    assert what(found)[2:] == [r"\EFI\BOOT\BOOTX64.EFI", r"\EFI\BOOT\grubx64.efi", "ukiload", r"\EFI\Linux\a.efi"]


def authenticode_sha1(image: Path) -> bytes:
    """The digest in another bank: all but CheckSum, the security directory's entry and the certificates."""
    data = image.read_bytes()
    pe = struct.unpack_from("<L", data, 0x3C)[0]
    cert_at = struct.unpack_from("<L", data, pe + 24 + 144)[0]
    return hashlib.sha1(data[: pe + 88] + data[pe + 92 : pe + 168] + data[pe + 176 : cert_at]).digest()


def test_pcr_7_has_one_event_for_each_certificate(esp: Path, tmp_path: Path) -> None:
    """PCR 7: one event per certificate, in the order of first use, wherever the running boot had it."""
    log = stock()
    log.write(tmp_path / "log")
    data = [event[2] for event in log.events if event[0] == 7]
    by_loader, by_next = (pcrs(predict(esp, "--eventlog", tmp_path / "log", "--via", via))["7"]
                          for via in ("loader", "next"))
    assert not by_loader["differs"] and by_loader["sha256"] == extend([sha256(item) for item in data])
    assert by_next["sha256"] == extend([sha256(item) for i, item in enumerate(data)
                                        if i != 4]), "nobody asks for systemd-boot"
    put(addon("loglevel=6", sign="vendor"), esp / "loader/addons/b.addon.efi")
    by_next = pcrs(predict(esp, "--eventlog", tmp_path / "log"))["7"]
    assert by_next["sha256"] == extend([sha256(data[i]) for i in (0, 1, 2, 3, 5, 4)])
    found = pcrs(predict(esp, "--eventlog", stock(secure_boot=False).write(tmp_path / "log")))["7"]
    assert not found["differs"], "with Secure Boot off nobody is asked"


def test_a_certificate_that_shim_did_not_use_is_made_from_the_variables(esp: Path, tmp_path: Path) -> None:
    """Firmware's own use of a certificate is not shim's; the event is made from the variables, or is not known."""
    put(addon("loglevel=6", sign="db"), esp / "loader/addons/b.addon.efi")
    log = stock()
    log.write(tmp_path / "log")
    found = pcrs(predict(esp, "--eventlog", tmp_path / "log", "--via", "loader"))["7"]
    assert not found["known"] and "sha256" not in found and "b.addon.efi is let in by a certificate" in found["reason"]
    entry = OWNER + keys.der("db")
    head = struct.pack("<LLL", 28 + len(entry), 0, len(entry))
    lists = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le + head + entry
    for guid, name in ((SECURITY, "db"), (SHIM, "MokListRT")):
        efivars = write_variables(tmp_path / name, {(str(guid), name): (7, lists)})
        found = pcrs(predict(esp, "--eventlog", tmp_path / "log", "--via", "loader", "--efivars", efivars))["7"]
        data = [event[2] for event in log.events if event[0] == 7] + [variable(guid, name, entry)]
        assert found["sha256"] == extend([sha256(item) for item in data])
        assert what(found)[-1] == name
    log = stock(shim=False)
    efivars = tmp_path / "MokListRT"
    found = pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log"), "--efivars", efivars))["7"]
    assert not found["known"], "without shim its list means nothing"


def test_a_log_that_does_not_lead_to_the_registers_is_not_believed(esp: Path, tmp_path: Path) -> None:
    """A log that does not lead to the registers is not believed."""
    log = stock()
    log.write(tmp_path / "log")
    bank = tmp_path / "tpm/pcr-sha256"
    bank.mkdir(parents=True)
    for number in (4, 7):
        value = extend([sha256(event[3]) for event in log.events if event[0] == number])
        (bank / str(number)).write_text(value.upper() + "\n")
    words = ["--eventlog", tmp_path / "log", "--pcrs", tmp_path / "tpm"]
    assert all(pcrs(predict(esp, *words))[number]["known"] for number in "47")
    (bank / "4").write_text("0" * 64 + "\n")
    found = pcrs(predict(esp, *words))
    assert not found["4"]["known"] and "does not lead to the sha256 value" in found["4"]["reason"]
    assert found["7"]["known"]


def test_without_a_log_what_depends_on_the_machine_is_not_known(esp: Path, tmp_path: Path) -> None:
    """What depends on the machine is not known; the rest is, in all banks. A log that was named must be one."""
    (esp / "loader").mkdir()
    result = ukictl("predict", esp / "EFI/Linux/a.efi", "--esp-path", esp, "--json")
    found = pcrs(result)
    if any("no event log" in note for note in result.json["notes"]):
        assert [found[number]["known"] for number in ("4", "7", "9", "11", "12", "13")] == [False] * 3 + [True] * 3
        assert len(found["11"]["sha384"]) == 96 and "differs" not in found["11"]
        assert found["13"]["sha1"] == "0" * 40
    (tmp_path / "bad").write_bytes(b"x" * 100)
    assert predict(esp, "--eventlog", tmp_path / "bad").code == 1
    log = stock().write(tmp_path / "log").read_bytes()
    for cut in (10, 60, 100, len(log) - 1):
        (tmp_path / "bad").write_bytes(log[:cut])
        result = predict(esp, "--eventlog", tmp_path / "bad")
        assert result.code == 1 and ("event log" in result.err or "damaged after event" in result.err)
    assert predict(esp, "--eventlog", tmp_path / "none").code == 1


def test_pcr_9_is_as_the_running_kernel_has_it(esp: Path, tmp_path: Path) -> None:
    """PCR 9 is as the running kernel has it: nothing, the initrd alone, or the line as well."""
    log = stock()
    assert "neither" in pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log")))["9"]["reason"]
    log.add(9, TAG, b"Linux initrd\0")
    assert what(pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log")))["9"]) == ["Linux initrd"]
    log.add(9, TAG, b"LOADED_IMAGE::LoadOptions\0")
    found = pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log")))["9"]
    assert what(found) == ["LOADED_IMAGE::LoadOptions", "Linux initrd"]
    line = "console=ttyS0 quiet\0".encode("utf-16-le")
    assert found["events"][0]["sha256"] == hashlib.sha256(line).hexdigest()


def test_the_initrd_is_hashed_on_from_its_section(esp: Path, tmp_path: Path) -> None:
    """PCR 11 has .initrd, PCR 9 what the kernel gets: that alone, or followed by another. In each bank, and whatever
    else is hashed beside it. The stub adds nothing by itself; ukiload takes its role for the addon."""
    first, second = os.urandom(70001), os.urandom(5002)
    (tmp_path / "initrd").write_bytes(first)
    put(uki(initrd=tmp_path / "initrd", stub="stub252"), esp / "EFI/Linux/a.efi")
    log = stock()
    log.banks = ("sha1", "sha256", "sha384", "sha512")
    log.add(9, TAG, b"Linux initrd\0")
    log.write(tmp_path / "log")
    (tmp_path / "p.policy").write_text("@version 1\nloglevel=?\n@allow-sections .initrd\n")
    for whole in (first, first + bytes(-len(first) % 4) + second + bytes(-len(second) % 4)):
        found = pcrs(predict(esp, "--eventlog", tmp_path / "log", "--policy", tmp_path / "p.policy", "--ukiload",
                             esp / "EFI/Linux/ukiload.efi"))
        for bank in log.banks:
            assert found["9"]["events"][0][bank] == hashlib.new(bank, whole).hexdigest()
            section = next(item for item in found["11"]["events"] if item["what"] == ".initrd")
            assert section[bank] == hashlib.new(bank, first).hexdigest()
        image = next(item for item in found["4"]["events"] if item["what"] == r"\EFI\Linux\a.efi")
        assert bytes.fromhex(image["sha1"]) == authenticode_sha1(esp / "EFI/Linux/a.efi")
        assert bytes.fromhex(image["sha256"]) == authenticode(esp / "EFI/Linux/a.efi")
        put(addon("loglevel=6", sections={".initrd": second}), esp / "loader/addons/i.addon.efi")


def test_banks_that_the_machine_has(esp: Path, tmp_path: Path) -> None:
    """Those of the log; without one those that Linux shows; with --bank that one, which the log must have."""
    log = stock().write(tmp_path / "log")
    result = predict(esp, "--eventlog", log, "--bank", "sha1")
    assert not {"sha256", "sha384"} & set(pcrs(result)["11"]) and "sha1" in pcrs(result)["4"]
    assert result.json["plan"] == predict(esp, "--eventlog", log).json["plan"]
    result = predict(esp, "--eventlog", log, "--bank", "sha384")
    assert result.code == 1 and "--bank sha384: the event log has no digests for it" in result.json["error"]
    (tmp_path / "tpm/pcr-sha384").mkdir(parents=True)
    words = ["predict", esp / "EFI/Linux/a.efi", "--esp-path", esp, "--json"]
    for more, want in ((["--pcrs", tmp_path / "tpm"], {"sha384"}), (["--pcrs", tmp_path], set(BANKS)),
                       (["--bank", "sha512"], {"sha512"})):
        result = ukictl(*words, *more)
        if any("no event log" in note for note in result.json["notes"]):
            assert set(pcrs(result)["11"]) & set(BANKS) == want


def test_the_policy_comes_first_and_then_the_words(esp: Path, tmp_path: Path) -> None:
    """@measure comes first, then the addons' words, then an unsigned one, which needs the kernel handoff."""
    policy = tmp_path / "p.policy"
    policy.write_text("@version 1\nquiet\nloglevel=? unsigned\n@measure\n")
    put(addon("quiet"), esp / "EFI/ukiload/addons/q.addon.efi")
    put(uki(cmdline="console=ttyS0"), esp / "EFI/Linux/a.efi")
    result = predict(esp, "--policy", policy, "--ukiload", esp / "EFI/Linux/ukiload.efi", "--addon", "q", "--append",
                     "loglevel=7",
                     "--eventlog", stock().write(tmp_path / "log"))
    found = pcrs(result)
    assert result.json["handoff"] == "kernel" and result.json["line"] == "console=ttyS0 quiet loglevel=7"
    assert what(found["12"]) == ["ukiload policy", "quiet", "loglevel=7"]
    texts = [policy.read_bytes(), "quiet\0".encode("utf-16-le"), "loglevel=7\0".encode("utf-16-le")]
    assert found["12"]["sha256"] == extend([sha256(text) for text in texts])
    assert what(found["4"])[-1] == r"\EFI\ukiload\addons\q.addon.efi, by ukiload", "no stub looks at it again"


LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


def test_an_older_systemd_boot_tells_the_uki_its_line(esp: Path, tmp_path: Path) -> None:
    """PCR 12: it measures that; where Secure Boot is off the stub does, too. By BootNext there is no systemd-boot."""
    put(uki(cmdline="  root=/dev/vda\tquiet\n"), esp / "EFI/Linux/a.efi")
    text = "root=/dev/vda quiet"
    line, trimmed = (sha256((said + "\0").encode("utf-16-le")) for said in (f"  {text}", text))

    def told(info: str, *words: str, secure_boot: bool = True) -> list[bytes]:
        efivars = write_variables(tmp_path / info.replace(" ", "-"),
                                  {(LOADER, "LoaderInfo"): (6, info.encode("utf-16-le") + b"\0\0")})
        log = stock(secure_boot=secure_boot).write(tmp_path / "log")
        found = pcrs(predict(esp, "--eventlog", log, "--efivars", efivars, *words))["12"]["events"]
        return [bytes.fromhex(item["sha256"]) for item in found if bytes.fromhex(item["sha256"]) in (line, trimmed)]

    assert told("systemd-boot 252.39", "--via", "loader") == [line]
    assert told("systemd-boot 254", "--via", "loader", secure_boot=False) == [line, trimmed]
    assert told("systemd-boot 255", "--via", "loader", secure_boot=False) == []
    assert told("systemd-boot 253") == []


def test_what_would_not_start_has_no_values(esp: Path, tmp_path: Path) -> None:
    """What would not start has no values."""
    log = stock().write(tmp_path / "log")
    result = predict(esp, "--eventlog", log, "--addon", "none")
    assert result.code == 7 and "none" in result.json["error"]
    assert predict(esp, "--eventlog", log, image="EFI/Linux/ukiload.efi").code == 5
    assert predict(esp, "--eventlog", log, "--via", "x").code == 2
    assert predict(esp, "--machine", "z80").code == 2
    assert ukictl("predict", "a", "b").code == 2
    assert ukictl("predict", "--help").code == 0
    assert predict(esp, "--eventlog", log, "--via", "loader", "--ukiload", tmp_path / "none").code == 1


def test_without_ukiload_its_events_are_not_known(tmp_path: Path) -> None:
    """Without ukiload at hand its events are not known, and the others are."""
    put(uki(), tmp_path / "esp/EFI/Linux/a.efi")
    found = pcrs(predict(tmp_path / "esp", "--eventlog", stock().write(tmp_path / "log")))
    assert not found["4"]["known"] and not found["7"]["known"] and found["11"]["known"]
    assert "--ukiload" in found["4"]["reason"]


def test_a_person_reads_each_pcr_and_whether_it_differs(esp: Path, tmp_path: Path) -> None:
    """For people: each PCR, whether it differs, each bank."""
    log = stock().write(tmp_path / "log")
    done = ukictl("predict", esp / "EFI/Linux/a.efi", "--esp-path", esp, "--eventlog", log, "--pcrs", tmp_path,
                  "--events")
    assert done.code == 0
    values = pcrs(predict(esp, "--eventlog", log))
    assert "PCR 4: differs from the running boot" in done.out and values["4"]["sha256"] in done.out
    assert "PCR 9: not known" in done.out
    assert "= \\EFI\\BOOT\\BOOTX64.EFI" in done.out and "+ ukiload" in done.out


def test_via_loader_needs_a_boot_that_came_by_one(esp: Path, tmp_path: Path) -> None:
    """A running boot that came by BootNext does not know what the boot loader is."""
    log = stock()
    log.events = [event for event in log.events if b"g\0r\0u\0b" not in event[2]]
    found = pcrs(predict(esp, "--eventlog", log.write(tmp_path / "log"), "--via", "loader"))
    assert not found["4"]["known"] and "--via" in found["4"]["reason"] and not found["7"]["known"]
