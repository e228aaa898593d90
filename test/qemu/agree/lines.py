# SPDX-License-Identifier: BSD-2-Clause
"""Command lines that are not what their bytes look like: what each real stub makes of them, alone and with addons.

The tiny kernel prints what Linux's EFI stub would make of its LoadOptions; Linux itself is in rows/cases_images.py.
"""

from __future__ import annotations

from lab import boot_images, pe_edit
from lab.small_images import CMDLINE, addon, kernel, optional_header, signed, uki
from rows.machine import own, picked, standing
from .ask import PATH, Box, Case

POLICY = "@version 1\na=* repeat\nb=*\nc=*\ndebug\nloglevel=? unsigned\n"
# Some only where they could be fetched.
STUBS = [stub for stub in boot_images.STUBS if boot_images.available(stub)]

SIGNED: dict[str, bytes] = {
    "delete": b"a=1\x7fb=2\x7f", "delete_dashes": b"a=1\x7f-- y", "crlf": b"a=1\r\nb=2\r\n\r\n",
    "newline_inside": b"a=1\nb=2", "front": b" \t a=1", "vertical_tab": b"a=1\x0bb=2\x01",
    "overlong_quote": b"a=\xc0\xa2", "overlong_blank": b"a\xc0\xa0-- y", "overlong_nul": b"a=1\xc0\x80b=2",
    "overlong_delete": b"a=1\xc1\xbfb", "no_break_space": b"a=\xc2\xa0-- y", "surrogate": b"a=\xed\xa0\x80x",
    "swallows_nul": b"a=\xe2\0\0b=2", "swallows_quote": b'a="x\xc3" b', "cut_short": b"a=1\xf0\x9f",
    "six_bytes": b"a=\xfc\x80\x80\x80\x81\xa1b", "private": b"a=\xee\x80\x80\xef\xbf\xbf",
}


def _linux() -> bytes:
    """systemd-stub 262 loads the kernel itself, and wants it like Linux: no table of relocations, no section with more
    in the file than in memory."""
    data = bytearray(kernel())
    for item in pe_edit.sections(bytes(data)):
        pe_edit.put(data, item.header + pe_edit.VSIZE, max(item.vsize, item.raw_size))
    pe_edit.put(data, optional_header(data) + 112 + 5 * 8, 0, 8)
    return bytes(data)


def _signed(name: str, line: bytes, stub: str, *, front: bytes = CMDLINE + b" ", words: bool) -> Case:
    """words: an addon wants to add some too."""
    def prepare(box: Box) -> None:
        box.policy = POLICY
        box.files[PATH] = signed(uki(stub=stub, cmdline=front + line, linux=_linux()), "db")
        if words:
            box.files[standing("a")] = signed(addon("debug"), "db")
    return Case(f"line_{name}_{stub}{'_addon' if words else ''}", prepare)


def _joined(name: str, stub: str, texts: list[bytes], *, append: str | None = None, cmdline: bytes = CMDLINE) -> Case:
    """Addons with these texts: the first two stand for every image, the next beside it, the last is named by the
    request."""
    where = [standing("a"), standing("b"), own("a", PATH), picked("p")]

    def prepare(box: Box) -> None:
        box.policy = POLICY
        box.files[PATH] = signed(uki(stub=stub, cmdline=cmdline, linux=_linux()), "db")
        for place, text in zip(where, texts):
            if text:
                box.files[place] = signed(addon(text), "db")
        box.addons = ["p"] if len(texts) == len(where) else []
        box.append = append
    return Case(f"joined_{name}_{stub}", prepare)


JOINED: dict[str, list[bytes]] = {
    "newlines": [b"a=1\n", b"b=2\n", b"c=3\n"], "crlf": [b"a=1\r\nb=2\r\n\r\n", b"", b"c=3\r\n", b"a=4\r\n"],
    "front": [b"\n\ta=1", b"  b=2", b" c=3", b" a=4"], "deletes": [b"a=1\x7fb=2\x7f\x7f", b"", b"\x7fc=3"],
    "nuls": [b"a=1" + bytes(9), b" b=2 \0\0", b"c=3\0"], "tabs": [b"a=1\tb=2\t", b"\tc=3"],
    "control": [b"a=1\x0b", b"\x01b=2", b"c=3"],
}
FINDS: dict[str, bytes] = {"value": b"a=x,initrd=/x", "dtb": b"a=dtb=/x", "name": b"ainitrd=/x",
                           "harmless": b"a=initrd b=dtb"}

CASES = [
    *(_signed(name, line, stub, words=words) for name, line in SIGNED.items() for stub in STUBS
      for words in (False, True)),
    # From 261 on it adds consoles to a line that names none.
    *(_signed("only_blanks", b" \t\n ", stub, front=b"", words=words) for stub in STUBS
      if boot_images.stub_version(stub) < 261 for words in (False, True)),
    *(_joined(name, stub, texts) for name, texts in JOINED.items() for stub in STUBS),
    *(_joined("unsigned", stub, [b"a=1 \n", b"b=2\r\n"], append="loglevel=3") for stub in STUBS),
    *(_joined("dashes", stub, [b"a=1 \n", b"b=2\r\n"], cmdline=CMDLINE + b"\x7f-- c") for stub in STUBS),
    *(_joined(f"finds_{name}", stub, [b"", b"", b"", text]) for name, text in FINDS.items() for stub in STUBS),
    *(_joined(f"finds_{name}_standing", stub, [text]) for name, text in FINDS.items() for stub in STUBS),
]
