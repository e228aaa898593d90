# SPDX-License-Identifier: BSD-2-Clause
"""The serial line of a machine as a person uses it: wait for a text, type a line, read what a command says."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from pathlib import Path

# Colours and moves, titles and links (a text up to BEL or ST), character sets.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()][A-Za-z0-9]|[=>A-Za-z])")


def strip_ansi(raw: str) -> str:
    """Terminal control out; a move of the cursor to the start of a line counts as a new line."""
    text = re.sub(r"\x1b\[\d+;0?1H", "\n", raw)
    return _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


class ConsoleError(AssertionError):
    """What was waited for did not come; the text has what came instead."""


class Console:
    """One end of QEMU's serial line."""

    def __init__(self, path: Path) -> None:
        self._raw = b""
        self._count = 0
        self._socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            with contextlib.suppress(OSError):
                self._socket.connect(str(path))
                return
            time.sleep(0.05)
        raise ConsoleError(f"nobody listens at {path}")

    def close(self) -> None:
        """Nothing comes any more; who waits is told."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _take(self, until: float) -> bool:
        self._socket.settimeout(max(0.01, until - time.monotonic()))
        try:
            chunk = self._socket.recv(65536)
        except TimeoutError:
            return True
        except OSError:
            chunk = b""
        self._raw += chunk
        return bool(chunk)

    def expect(self, pattern: str, timeout: float = 180) -> re.Match[str]:
        """Wait for a regular expression; what came up to its end is not looked at again."""
        until = time.monotonic() + timeout
        wanted = re.compile(pattern, re.MULTILINE)
        going = True
        while going:
            text = strip_ansi(self._raw.decode("utf-8", "replace"))
            found = wanted.search(text)
            if found:
                self._raw = text[found.end():].encode()
                return found
            if time.monotonic() >= until:
                break
            going = self._take(until)
        tail = strip_ansi(self._raw.decode("utf-8", "replace"))[-2000:]
        closed = "" if going else " before the line was closed"
        raise ConsoleError(f"{pattern!r} did not come{closed}; what came:\n{tail}")

    def ended(self, timeout: float = 120) -> None:
        """Wait until the machine is off."""
        until = time.monotonic() + timeout
        while self._take(until):
            if time.monotonic() >= until:
                raise ConsoleError("the machine is still on")

    def send(self, line: str) -> None:
        """Type a line."""
        self._socket.settimeout(30)
        self._socket.sendall(line.encode() + b"\n")

    def login(self, timeout: float = 400) -> None:
        """Log in as root, who has no password, and make the shell quiet."""
        self.expect(r"login: $", timeout)
        self.send("root")
        self.expect(r"[#$] $", 90)
        # Without line editing and echo, what comes is what the command says.
        self.send("stty -echo -onlcr; dmesg -n 1; export TERM=dumb SYSTEMD_PAGER= SYSTEMD_URLIFY=0; "
                  "PS1= PS2= exec bash --norc --noediting")
        self.run("true")

    def run(self, command: str, timeout: float = 180) -> tuple[int, str]:
        """(exit code, what it said) of a command line."""
        self._count += 1
        mark = f"@@{self._count}"
        self.send(f"echo; echo {mark} begin; {{ {command}\n}} 2>&1; code=$?; echo; echo {mark} exit $code")
        self.expect(rf"^{mark} begin\n", timeout)
        # What it said is not in the pattern: it would be tried from each character of a long text.
        found = self.expect(rf"^{mark} exit (\d+)\n", timeout)
        return int(found[1]), found.string[:found.start()].strip("\n")

    def ok(self, command: str, timeout: float = 180) -> str:
        """What a command says that must succeed."""
        code, said = self.run(command, timeout)
        if code:
            raise ConsoleError(f"{command}: {code}\n{said}")
        return said
