# SPDX-License-Identifier: BSD-2-Clause
"""The command of the mailing list on a booted Debian 12, as its terminal shows it: failing first, and then working."""

from __future__ import annotations

import html
import textwrap
from pathlib import Path

import parts
from lab import keys, packages, system
from lab.console import Console

_KEY = "--sign-key /media/mok.key --sign-cert /media/mok.crt"
_ADDON = "/boot/efi/EFI/ukiload/addons/kdump.addon.efi"
_COLUMNS, _CELL, _LINE = 100, 7.8, 18
_PROMPT, _SAID, _NOTE = "#8ae234", "#d3d7cf", "#729fcf"


class _Session:
    """What was typed and what came, in lines with their colour."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def type(self, console: Console, command: str) -> None:
        """Run a command and keep what a person would see."""
        self.typed(command)
        for line in console.run(command)[1].splitlines():
            wrapped = textwrap.wrap(line, _COLUMNS, subsequent_indent="  ", drop_whitespace=False) or [""]
            self.lines += [(_SAID, part) for part in wrapped]

    def typed(self, command: str) -> None:
        self.lines.append((_PROMPT, f"# {command}"))

    def note(self, text: str) -> None:
        """What no terminal showed."""
        self.lines.append((_NOTE, text))

    def svg(self) -> str:
        """The terminal."""
        width, height = int(_COLUMNS * _CELL) + 32, len(self.lines) * _LINE + 28
        rows = [f'<text x="16" y="{28 + _LINE * i}" fill="{colour}" textLength="{len(line) * _CELL:.1f}" '
                f'xml:space="preserve">{html.escape(line, quote=False)}</text>'
                for i, (colour, line) in enumerate(self.lines) if line]
        return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                          'font-family="monospace" font-size="13">',
                          f'<rect width="{width}" height="{height}" rx="6" fill="#1c1f24"/>', *rows, "</svg>"]) + "\n"


def _before(console: Console, session: _Session) -> None:
    system.log_in(console)
    console.ok("dpkg -i /media/ukiload.deb")
    console.ok(f"ukictl install {_KEY}")
    console.ok(f"ukictl addon --cmdline crashkernel=256M {_KEY} -o {_ADDON}")
    session.type(console, "systemctl kexec")
    session.type(console, "ukictl kexec enable")
    session.type(console, "ukictl load debian --addon kdump")
    session.typed("systemctl kexec")
    session.note("(firmware, shim, systemd's units ... and the login again)")
    console.send("systemctl kexec")


def _after(console: Console, session: _Session) -> None:
    system.log_in(console)
    session.type(console, "cat /proc/cmdline")
    session.type(console, "ukictl status")
    console.send("systemctl poweroff")
    console.ended()


def draw(out: Path) -> None:
    """Boot, type, and write the picture."""
    session = _Session()

    def person(console: Console) -> None:
        _before(console, session)
        _after(console, session)

    media = {"ukiload.deb": packages.deb("bookworm"), "mok.key": keys.key_file("mok"), "mok.crt": keys.cert_file("mok")}
    system.machine("picture-terminal", "bookworm", person, media=media).boot()
    said = "\n".join(line for _, line in session.lines)
    for needed in ("Cannot determine the file type", "crashkernel=256M"):
        if needed not in said:
            raise parts.DemoError(f"the terminal never showed {needed!r}:\n{said}")
    out.write_text(session.svg())
    print(f"doc/{out.name}: {len(session.lines)} lines")
