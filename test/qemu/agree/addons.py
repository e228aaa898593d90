# SPDX-License-Identifier: BSD-2-Clause
"""Addons: each as one that stands there for every image (a bad one is left out) and as one that the request names (a
bad one ends it)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab import keys, pe_edit, varstore
from lab.pe_fields import Change, digest_of, optional, rename_raw, row
from lab.small_images import CMDLINE, RELEASE, addon, signed, uki
from rows.machine import own, picked, standing
from .ask import PATH, Box, Case, good

ANY = "@version 1\na=* repeat\nb=*\nloglevel=?\ndebug\nquiet override\n"
CODE = "@version 1\n@allow-sections .initrd .ucode .dtb\nloglevel=?\n"
Make = Callable[[], bytes]


def _both(name: str, make: Make, *, policy: str | None = None,
          prepare: Callable[[Box], None] = lambda box: None) -> list[Case]:
    """Standing and named."""
    def stands(box: Box) -> None:
        box.files[standing("a")] = make()
        box.policy = policy or box.policy
        prepare(box)

    def named(box: Box) -> None:
        box.files[picked("a")] = make()
        box.addons = ["a"]
        box.policy = policy or box.policy
        prepare(box)

    return [Case(f"addon_{name}", stands), Case(f"picked_{name}", named)]


def _says(line: str | bytes | None, *more: tuple[str, bytes]) -> Make:
    return lambda: signed(addon(line, *more), "db")


def _changed(change: Change, *, after: bool) -> Make:
    """An addon with a change before or after it is signed."""
    def make() -> bytes:
        data = bytearray(addon("loglevel=3") if not after else signed(addon("loglevel=3"), "db"))
        change(data)
        return bytes(data) if after else signed(bytes(data), "db")
    return make


# --- words ----------------------------------------------------------------------------------------

WORDS: dict[str, str | bytes] = {
    "good": "loglevel=3", "two": "debug loglevel=3", "unlisted": "foo=1", "value": "loglevel=42",
    "sensitive": "init=/bin/sh", "inside_sensitive": "loglevel=3 single", "spelling": "log-level=3", "case": "Debug",
    "in_signed": "console=ttyS0", "quotes": 'loglevel="3"', "quoted_word": '"loglevel=3"', "single_quotes": "b='3'",
    "dashes": "loglevel=3 -- single", "backslash": "b=\\x", "dollar": "b=$x", "star": "b=*", "question": "b=?",
    "bracket": "b=[x", "tab": "debug\tloglevel=3", "newline": b"loglevel=3\n", "two_lines": b"debug\nloglevel=3\n",
    "nul_inside": b"debug\0loglevel=3", "nuls": b"debug" + bytes(40), "blanks": "  debug   loglevel=3  ",
    "only_blanks": "   ", "high": "b=\xe4", "no_break_space": "debug\xa0loglevel=3", "escape": b"b=\x1b[2J",
    "delete": b"b=\x7f", "bom": b"\xff\xfedebug", "twice": "b=1 b=2", "ours": "ukiload.oneshot", "equals": "=x",
    "no_name": "= debug", "comment": "#debug", "colon": "b=a:b,c;d",
}
LIMITS: dict[str, str] = {
    "64_words": " ".join(f"a={i}" for i in range(64)), "65_words": " ".join(f"a={i}" for i in range(65)),
    "1024_bytes": "b=" + "x" * 1022, "1025_bytes": "b=" + "x" * 1023, "4096_bytes": "b=" + "x" * 4094,
    "4097_bytes": "b=" + "x" * 4095,
}


def _said(names: Sequence[str] = tuple(WORDS)) -> list[Case]:
    return [case for name in names for case in _both(name, _says(WORDS[name]), policy=ANY)]


def _long_lines(size: int) -> Case:
    """The kernel takes 2047 bytes, and the addon brings it to `size`."""
    def prepare(box: Box) -> None:
        box.policy = ANY
        box.files[PATH] = good(cmdline=CMDLINE + b" c=" + b"x" * (1500 - len(CMDLINE) - 3))
        box.files[standing("a")] = _says("b=" + "x" * (size - 1500 - 3))()
    return Case(f"addon_line_of_{size}", prepare)


# --- form and trust -------------------------------------------------------------------------------

FORM: dict[str, Make] = {
    "unsigned": lambda: addon("loglevel=3"), "unknown": lambda: signed(addon("loglevel=3"), "unknown"),
    "two_signatures": lambda: signed(addon("loglevel=3"), "unknown", "db"), "text": lambda: b"loglevel=3\n",
    "empty_file": lambda: b"", "cut": lambda: signed(addon("loglevel=3"), "db")[:-100],
    "cut_at_900": lambda: signed(addon("loglevel=3"), "db")[:900],
    "flipped_line": _changed(pe_edit.flip(".cmdline"), after=True),
    "flipped_code": _changed(pe_edit.flip(".text"), after=True),
    "machine": _changed(pe_edit.set_machine(0xAA64), after=False),
    "subsystem": _changed(optional(68, 2, 11), after=False),
    "overlap": _changed(pe_edit.overlap_in_file(".cmdline", ".text"), after=False),
    "line_not_filled": _changed(row(".cmdline", pe_edit.VSIZE, 0x900), after=False),
    "line_size_none": _changed(row(".cmdline", pe_edit.VSIZE, 0), after=False),
    "no_mark": _changed(rename_raw(".sdmagic", b".sbat"), after=False),
    "name_tail": _changed(rename_raw(".sdmagic", b".sd\0x"), after=False),
    "no_code": _changed(rename_raw(".text", b".osrel"), after=False), "a_uki": lambda: signed(uki(), "db"),
    "uname_equal": _says("loglevel=3", (".uname", RELEASE.encode())),
    "uname_nul": _says("loglevel=3", (".uname", RELEASE.encode() + bytes(4))),
    "uname_other": _says("loglevel=3", (".uname", b"5.10.0")),
    "uname_prefix": _says("loglevel=3", (".uname", RELEASE[:4].encode())),
    "uname_longer": _says("loglevel=3", (".uname", RELEASE.encode() + b"x")),
    "uname_empty": _says("loglevel=3", (".uname", b"")),
    "uname_newline": _says("loglevel=3", (".uname", RELEASE.encode() + b"\n")), "nothing": _says(None),
    "line_twice": _says("loglevel=3", (".cmdline", b"debug")), "odd": _says("loglevel=3", (".odd", b"?")),
    "pcrsig": _says("loglevel=3", (".pcrsig", b"{}")), "profile": _says("loglevel=3", (".profile", b"ID=x\n")),
    "policy": _says("loglevel=3", (".ukipol", b"@version 1\n")), "osrel": _says("loglevel=3", (".osrel", b"ID=x\n")),
    "sbat": _says("loglevel=3", (".sbat", b"sbat,1,x,sbat,1,x\n")),
}
HOLDS: dict[str, tuple[str, bytes]] = {
    "initrd": (".initrd", b"070701"), "ucode": (".ucode", bytes(16)), "dtb": (".dtb", b"no devicetree"),
    "dtb_bootargs": (".dtb", b"\xd0\x0d\xfe\xed\0\0\0\x38" + bytes(39) + b"bootargs\0"),
}


def _dbx(make: Make) -> Callable[[Box], None]:
    return lambda box: setattr(box, "dbx", varstore.signature_list(keys.OWNER, sha256=digest_of(make())))


def _no_uname(box: Box) -> None:
    box.files[PATH] = good(uname=None)


def _secure_boot_off(box: Box) -> None:
    box.secure_boot = False


FORMS = [
    *(case for name, make in FORM.items() for case in _both(name, make)),
    *(case for name, item in HOLDS.items() for case in _both(f"holds_{name}", _says("loglevel=3", item))),
    *(case for name, item in HOLDS.items()
      for case in _both(f"allowed_{name}", _says("loglevel=3", item), policy=CODE)),
    *_both("dbx", _says("loglevel=3"), prepare=_dbx(_says("loglevel=3"))),
    *_both("uname_unknown", FORM["uname_equal"], prepare=_no_uname),
    *_both("off_unsigned", FORM["unsigned"], prepare=_secure_boot_off),
]

# --- several, and their names ---------------------------------------------------------------------


def _several(name: str, files: dict[str, str | bytes], addons: Sequence[str] = ()) -> Case:
    def prepare(box: Box) -> None:
        box.policy = ANY
        box.files |= {path: _says(line)() for path, line in files.items()}
        box.addons = list(addons)
    return Case(f"several_{name}", prepare)


SEVERAL = [
    _several("order", {standing("b"): "a=2", standing("a"): "a=1", own("~z", PATH): "a=4", own("A", PATH): "a=3",
                       picked("p"): "a=5"}, ["p"]),
    _several("standing_collide", {standing("a"): "b=1", standing("b"): "b=2 loglevel=3"}),
    _several("own_collides", {standing("a"): "b=1", own("b", PATH): "b=2"}),
    _several("picked_collides_with_standing", {standing("a"): "b=1", picked("p"): "b=2"}, ["p"]),
    _several("picked_collide", {picked("p"): "b=1", picked("q"): "b=2"}, ["p", "q"]),
    _several("picked_in_any_order", {picked("p"): "a=1", picked("q"): "a=2"}, ["q", "p"]),
    _several("picked_twice", {picked("p"): "b=1"}, ["p", "p"]),
    _several("picked_missing", {}, ["p"]),
    _several("picked_stands_too", {standing("a"): "b=1", picked("a"): "b=1"}, ["a"]),
    _several("same_name_on_disk", {own("~p", PATH): "a=1", picked("p"): "a=2"}, ["p"]),
    _several("together_too_many",
             {standing("a"): " ".join(f"a={i}" for i in range(40)),
              standing("b"): " ".join(f"a={i}" for i in range(40))}),
    _several("together_too_long",
             {standing("a"): "a=" + "x" * 600, standing("b"): "a=" + "x" * 600, standing("c"): "debug"}),
    _several("override", {standing("a"): "quiet"}),
    _several("sixteen", {picked(f"p{i:x}"): f"a={i}" for i in range(16)}, [f"p{i:x}" for i in range(16)]),
    _several("seventeen", {picked(f"p{i}"): f"a={i}" for i in range(17)}, [f"p{i}" for i in range(17)]),
    _several("full_name", {picked("p"): "debug"}, ["p.addon.efi"]),
    _several("dotted", {picked("a.b_c-1"): "debug"}, ["a.b_c-1"]),
    _several("capitals", {picked("Kdump"): "debug"}, ["kdump"]),
    _several("name_64", {picked("n" * 64): "debug"}, ["n" * 64]),
    _several("name_65", {picked("n" * 65): "debug"}, ["n" * 65]),
    _several("hidden", {"/loader/addons/.hidden.addon.efi": "debug", "/loader/addons/addon.efi": "a=1"}),
    _several("deep", {"/loader/addons/deep/deep.addon.efi": "debug"}),
    _several("folder", {"/loader/addons/folder.addon.efi/inside.addon.efi": "debug"}),
    _several("upper", {"/loader/addons/UPPER.ADDON.EFI": "debug"}),
    _several("odd_names",
             {standing("with blank"): "a=1", standing("+~@ and (brackets)"): "a=2", standing("\xe4"): "a=3",
              standing("n" * 120): "a=4"}),
    _several("other_endings",
             {"/loader/addons/a.addon.efi.bak": "debug", "/loader/addons/a.addon": "debug",
              "/loader/addons/b.efi": "debug"}),
]

CASES = [*_said(), *(case for name, line in LIMITS.items() for case in _both(name, _says(line), policy=ANY)),
         *(_long_lines(size) for size in (2046, 2047, 2048)), *FORMS, *SEVERAL]
