# SPDX-License-Identifier: BSD-2-Clause
"""The table of the kernel handoff: the same image started by its own stub and by ukiload in the stub's role.

Each row boots one machine twice with the same files. First systemd-boot starts the UKI (the stock boot). Then
it starts ukiload, which is made to take the stub's role. What the running system sees must be the same:
/proc/cmdline, every event of every PCR but 4, each file under /.extra with its mode, the loader's and the stub's
variables. PCR 9 holds the kernel's digest of the initrd, so the whole initrd is compared too. Linux boots in rows with
linux=True, elsewhere the tiny kernel.

For an image whose stub is new enough, ukiload would leave all the work to it. So the word `parity=1` comes from a
signed addon in the stock boot and as an `unsigned` word of a request in the other one; a stub adds and measures
the former exactly as ukiload must the latter. Everything else on the two disks is the same.

systemd-stub 252 takes no addons. There the stock boot is without one, the row says what the addon must have
changed (`with_words`), and a third boot, of the same sections on stub 257 with the same addon, must agree
wherever the two versions do (`Row.newer`, `as_252`).

`differs` turns what was seen in the stock boot into what must be seen in the other one; beside it only the names and
bits in boot.py may differ. `PYTHONPATH=test/qemu python3 -m parity.table` prints the table.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import lab
from lab import Profile, dracut, objcopy, pe_edit, seal
from lab.guest import cpio
from lab.uki import OSREL, Content
from rows.case import BASE, GOOD, LAUNCHER, REFERENCE, Combination, Machine, own, standing
from .boot import (OLD_SEED, SEED, WORD, Boot, Change, Prepare, before_dashes, same, section, with_words,
                   without_options,
                   words_apart)

WORD_ADDON = own("zzz")  # the last of all
ARMED = "ukiload.efi"


# --- rows ---------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Row:
    """One image and what lies beside it.

    prepare  what all boots have
    stock    what only the stock boot has; ours: only ukiload's
    entry    what is started in the stock boot, and armed: in ukiload's (see observe)
    newer    for an older stub: makes the image of a stub that takes addons, for the third boot
    """

    name: str
    prepare: Prepare
    stock: Prepare | None = None
    ours: Prepare | None = None
    entry: str = "good.efi"
    armed: str = ARMED
    where: Combination = REFERENCE
    but: tuple[int, ...] = ()  # PCRs that cannot be equal
    differs: Change = same
    newer: Prepare | None = None
    info: str | None = None  # what StubInfo says that ukiload does; None: as the image's own stub
    sanity: Callable[[Boot], bool] = field(default=lambda boot: True)  # of the stock boot: it has what is compared
    everywhere: bool = False
    output: tuple[str, ...] = ()  # of a script, where Linux boots
    linux: bool = False  # what Linux unpacks or runs, and kernels of others; or the tiny one, which measures as it does
    tiny_elsewhere: bool = False  # on other combinations the tiny one will do


def words_by_addon(m: Machine) -> None:
    """The stock boot's way to `parity=1`."""
    m.addon(WORD_ADDON, WORD)


def words_by_request(m: Machine) -> None:
    """ukiload's way to `parity=1`, which no stub can go."""
    m.request(WORD)


# Small, but nothing that a parser of microcode or pictures would trip over. Lengths are odd on purpose.
def _microcode(tag: str) -> bytes:
    return cpio({f"kernel/x86/microcode/{tag}.bin": (0o100644, tag.encode() * 7)})


def _picture() -> bytes:
    width, height = 5, 3
    pixels = b"".join(bytes((40 * x, 80 * y, 200)) for y in range(height) for x in range(width))
    lines = b"".join(pixels[15 * y : 15 * y + 15] + b"\0" for y in range(height))
    head = struct.pack("<LLLLllHHLLllLL", 54 + len(lines), 0, 54, 40, width, height, 1, 24, 0, len(lines), 0, 0, 0, 0)
    return b"BM" + head + lines


PCRSIG = '{"sha256":[{"pcrs":[11],"pkfp":"00","pol":"00","sig":"AAAA"}]}\n'
PCRPKEY = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"


def sidecars(m: Machine, image: str = GOOD) -> None:
    """Files of every kind, in an order that only a comparison by code unit gets right, and some that no stub takes."""
    folder = f"{image}.extra.d"
    m.chain.files |= {
        f"{folder}/b.cred": b"credential b", f"{folder}/Z.cred": b"credential Z!",
        f"{folder}/a b.CRED": b"credential a", f"{folder}/empty.cred": b"", f"{folder}/.hidden.cred": b"hidden",
        f"{folder}/folder.cred/x.cred": b"deep",
        f"{folder}/b.cred.bak": b"no credential",
        "/loader/credentials/site.cred": b"for all", "/loader/credentials/other.txt": b"not for anyone",
        "/loader/credentials/a-rather-long-name-that-needs-many-entries-of-a-directory-0123456789.cred": b"long",
        f"{folder}/tools.raw": b"a system extension" * 300, f"{folder}/more.sysext.raw": b"another one",
        f"{folder}/settings.confext.raw": b"a configuration extension" * 50,
        "/loader/extensions/all.sysext.raw": b"only for newer stubs",
    }


def _uki257(m: Machine) -> None:
    sidecars(m)


PROFILES = (
    Profile("ID=one\nTITLE=One", cmdline=f"{BASE} profile=1", sections={".pcrsig": PCRSIG.replace("00", "11")}),
    Profile("ID=two\nTITLE=Two"),
)
SIGNED_SECTIONS: dict[str, Content] = {".pcrsig": PCRSIG, ".pcrpkey": PCRPKEY}


def _profiles(m: Machine) -> None:
    m.uki(profiles=PROFILES, sections=SIGNED_SECTIONS)


def _profile_one(m: Machine) -> None:
    m.request(f"{WORD} ukiload.profile=1")


def _everything(m: Machine) -> None:
    """All sections and all kinds of addons at once."""
    m.uki(profiles=PROFILES, sections={**SIGNED_SECTIONS, ".ucode": _microcode("base"), ".splash": _picture()})
    sidecars(m)
    m.addon(standing("a"), None, sections={".initrd": cpio({"from-a": (0o100644, b"a")}), ".ucode": _microcode("a")})
    m.addon(standing("b"), None, sections={".ucode": _microcode("b")})
    m.addon(own("c"), None, sections={".initrd": cpio({"from-c": (0o100644, b"c")})})
    m.chain.script = "cat /from-a /from-c; echo" if m.linux else None
    m.chain.extra_args = ["-device", "VGA"]  # something to show the picture on


def _odd_line(m: Machine) -> None:
    m.uki(cmdline="  console=ttyS0  no_timer_check\tquiet name=\"a b\"\u00fc=\u20ac\u00e9 bad=\x01 \n")


LINE = f"{WORD} no_timer_check"  # see QUIET of rows/machine.py


def _no_line(m: Machine) -> None:
    m.uki(cmdline=None)


def _line_by_addon(m: Machine) -> None:
    m.addon(WORD_ADDON, LINE)


def _line_by_request(m: Machine) -> None:
    m.request(LINE)


def _smbios(m: Machine) -> None:
    m.chain.smbios11 = ["io.systemd.stub.kernel-cmdline-extra=  host.a=1\thost.b=\"2 3\" ", "unrelated=1"]


COUNTED = "/EFI/Linux/counted+3-1.efi"


def _counted(m: Machine) -> None:
    m.chain.files[COUNTED] = m.chain.files.pop(GOOD)
    sidecars(m, "/EFI/Linux/counted.efi")


def _counted_addon(m: Machine) -> None:
    m.addon(own("zzz", "/EFI/Linux/counted.efi"), WORD)


def _dashes(m: Machine) -> None:
    m.uki(cmdline=f"{BASE} -- init.word=1")


def _dashes_addon(m: Machine) -> None:
    m.addon(standing("kdump"), "crashkernel=64M")


def _after_addons(m: Machine) -> None:
    m.addon(standing("kdump"), "crashkernel=64M loglevel=3")


def _no_loader(m: Machine) -> None:
    """Nobody has set the loader's variables or refreshed the seed: then the stub does."""
    m.chain.files[SEED] = OLD_SEED
    m.chain.extra_args = ["-device", "virtio-rng-pci"]


def _request_for_entry(m: Machine) -> None:
    m.request(WORD, via="0001")


def _debian_kernel(m: Machine) -> None:
    m.uki(signed_kernel=True)


# --- rows of stub 252 ---------------------------------------------------------------------------

KDUMP = "crashkernel=64M"


def _by_objcopy(m: Machine, stub: str, *, kernel: str | None = None, signed_kernel: bool = False, awk: str = "gawk",
                initrd: Path | None = None, more: Sequence[tuple[str, Content]] = ()) -> Path:
    kernel = kernel or m.kernel
    linux = lab.boot_images.image(kernel)
    m.chain.files[GOOD] = image = objcopy.image(
        [(".osrel", OSREL), (".cmdline", BASE), *more, (".initrd", initrd or lab.initrd(kernel)),
         (".linux", linux if signed_kernel else lab.unsigned(linux))], stub=stub, sign=m.key, awk=awk)
    return image


RICH = ((".splash", _picture()), (".pcrsig", PCRSIG), (".pcrpkey", PCRPKEY))


def _objcopy(stub: str) -> Prepare:
    def prepare(m: Machine) -> None:
        _by_objcopy(m, stub, more=RICH)
        sidecars(m)
        del m.chain.files[f"{GOOD}.extra.d/settings.confext.raw"]  # a system extension for 252; see counted_252
    return prepare


def _bare_objcopy(m: Machine) -> None:
    """One piece of initrd only, which is handed on as it is: its length is no multiple of four."""
    whole = lab.initrd("kernel61").read_bytes()
    _by_objcopy(m, "stub252", kernel="kernel61", signed_kernel=True,
                initrd=lab.cache.stored(whole + bytes((3 - len(whole)) % 4), "initrd"))


def _dracut(m: Machine) -> None:
    m.chain.files[GOOD] = dracut.image(BASE, sign=m.key)


def _counted_252(m: Machine) -> None:
    m.uki(stub="stub252")
    m.chain.files[COUNTED] = m.chain.files.pop(GOOD)
    sidecars(m, "/EFI/Linux/counted+2-2.efi")  # as it is called by the time it is started
    m.chain.files["/EFI/Linux/counted.efi.extra.d/never.cred"] = b"252 does not look here"


def _profiles_252(m: Machine) -> None:
    """No stub before 257 can tell profiles apart: ukiload does, as 257 would. It goes by the stub's own mark; the
    headers of 252 itself have no room for so many sections."""
    def older(data: bytearray) -> None:
        at = data.index(b"systemd-stub 257") + len(b"systemd-stub ")
        data[at : at + 3] = b"252"

    plain = m.uki(profiles=PROFILES, sections=SIGNED_SECTIONS, sign=None)
    m.chain.files[GOOD] = pe_edit.edited(plain, older, sign=m.key)
    words_by_addon(m)


def _uki254(m: Machine) -> None:
    """The first stub that takes addons."""
    m.uki(stub="stub254", sections=SIGNED_SECTIONS)
    sidecars(m)


def _profiles_257(m: Machine) -> None:
    _profiles(m)
    words_by_addon(m)


def kdump(m: Machine) -> None:
    """An addon, which 252 does not take."""
    m.addon(standing("kdump"), KDUMP)


def by_mawk(m: Machine) -> None:
    """The only UKI is one with overlapping sections."""
    _by_objcopy(m, "stub252", awk="mawk")


MEASURED_252 = (".linux", ".osrel", ".cmdline", ".initrd", ".pcrpkey")


def sealed(m: Machine) -> None:
    """An image whose maker signs for the PCR 11 that it leads to, and a guest that tries it."""
    key = (".pcrpkey", seal.key_section())
    plain = _by_objcopy(m, "stub252", more=[key])
    pcr = seal.predicted((name, section(plain, name)) for name in MEASURED_252)
    _by_objcopy(m, "stub252", more=[key, (".pcrsig", seal.signature_section(pcr))])
    m.chain.script = seal.guest_script()


def _has_files(*names: str) -> Callable[[Boot], bool]:
    return lambda boot: {f"/.extra/{name}" for name in names} <= set(boot.files)


ALL_SIDECARS = _has_files("credentials/b.cred", "credentials/Z.cred", "global_credentials/site.cred",
                          "sysext/tools.raw")

ROWS = [
    Row("everything", _everything, words_by_addon, words_by_request, everywhere=True, linux=True,
        tiny_elsewhere=True, output=("ac",), sanity=lambda boot:
        ALL_SIDECARS(boot) and len(boot.pcr(12)) >= 8 and
        _has_files("profile", "tpm2-pcr-signature.json", "tpm2-pcr-public-key.pem",
                   "confext/settings.confext.raw")(boot)),
    Row("debian_kernel", _debian_kernel, words_by_addon, words_by_request, everywhere=True, linux=True),
    Row("objcopy_252", _objcopy("stub252"), None, kdump, differs=with_words(KDUMP), newer=_objcopy("stub257"),
        everywhere=True, sanity=ALL_SIDECARS),
    Row("objcopy_257", _objcopy("stub257"), words_by_addon, words_by_request, sanity=ALL_SIDECARS),
    Row("ukify", _uki257, words_by_addon, words_by_request, sanity=ALL_SIDECARS),
    Row("ukify_254", _uki254, words_by_addon, words_by_request, sanity=ALL_SIDECARS),
    Row("profile_0", _profiles, words_by_addon, words_by_request, sanity=lambda boot: boot.text("StubProfile") == "0"),
    Row("profile_1", _profiles, words_by_addon, _profile_one, entry="good.efi@one", differs=without_options("@1"),
        sanity=lambda boot: boot.cmdline.endswith(f"profile=1 {WORD}")),
    Row("odd_line", _odd_line, words_by_addon, words_by_request),
    Row("no_line", _no_line, _line_by_addon, _line_by_request, sanity=lambda boot: boot.cmdline == LINE),
    Row("smbios", _smbios, words_by_addon, words_by_request, sanity=lambda boot: "host.b" in boot.cmdline),
    Row("counted", _counted, _counted_addon, words_by_request, entry="counted+3-1.efi", sanity=lambda boot:
        ALL_SIDECARS(boot) and "counted+2-2" in boot.text("LoaderBootCountPath")),
    Row("no_loader", _no_loader, words_by_addon, _request_for_entry, entry=GOOD, armed=LAUNCHER, but=(1,),  # Boot0001
        where=Combination(trust="db"),
        sanity=lambda boot: boot.text("LoaderImageIdentifier") == "\\EFI\\Linux\\good.efi"),
    Row("dashes", _dashes, _dashes_addon, _dashes_addon, differs=before_dashes("crashkernel=64M")),
    Row("after_addons", _after_addons, words_by_addon, words_by_request,
        differs=words_apart("crashkernel=64M loglevel=3", WORD)),
    Row("dracut_252", _dracut, None, kdump, differs=with_words(KDUMP), linux=True),
    Row("bare_252", _bare_objcopy, None, kdump, differs=with_words(KDUMP), linux=True),
    Row("profiles_252", sidecars, _profiles_257, _profiles_252, sanity=ALL_SIDECARS, info="systemd-stub 257"),
    Row("counted_252", _counted_252, None, kdump, entry="counted+3-1.efi", differs=with_words(KDUMP),
        sanity=ALL_SIDECARS),
]

ELSEWHERE = [Combination(trust="db"), Combination(trust="shim158"), Combination(trust="off"),
             Combination(firmware="ovmf13nx")]
# Which tell a UKI its line: one row, of the stub of that time.
OLDER = [Combination(sdboot="252"), Combination(trust="off", sdboot="252")]
# `make soak` has these too, with the systemd-boots of backports and sid, and on arm64 those of its rows that are not
# about x86's own things (microcode, objcopy's recipe, a display) or need Linux, which finds no event log there.
NEWER = [Combination(sdboot="254"), Combination(sdboot="262")]
ARM64 = [Combination("aavmf13", "db"), Combination("aavmf13", "shim161", "262"), Combination("aavmf13nx", "off")]
ON_ARM64 = ("ukify", "profile_0", "profile_1", "odd_line", "no_line", "smbios", "counted", "dashes",
            "after_addons")


def rows() -> list[tuple[Combination, Row]]:
    """Everything that runs, the reference first."""
    return [(row.where, row) for row in ROWS] + [
        (where, replace(row, linux=row.linux and not row.tiny_elsewhere)) for where in ELSEWHERE
        for row in ROWS if row.everywhere] + [
        (where, row) for where in OLDER for row in ROWS if row.name == "objcopy_252"] + (
        _of_soak() if "SOAK" in os.environ else [])


def _of_soak() -> list[tuple[Combination, Row]]:
    return [(where, replace(row, linux=row.linux and not row.tiny_elsewhere)) for where in (*NEWER, *ARM64)
            for row in ROWS if (row.everywhere if where in NEWER else row.name in ON_ARM64)]


if __name__ == "__main__":
    for _where, _row in rows():
        print(f"{_where}-{_row.name}")
