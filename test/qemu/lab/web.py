# SPDX-License-Identifier: BSD-2-Clause
"""A web server of one file, for one connection, on standard input and output: QEMU starts one for each that the guest
makes (`args`). Answers what firmware asks: HEAD and GET, one after the other (RFC 9112)."""

from __future__ import annotations

import sys
from pathlib import Path

ADDRESS = "10.0.2.100"  # in QEMU's own network


def args(file: Path) -> str:
    """The word of -netdev user that has ADDRESS serve the file, whatever it is called there."""
    return f"guestfwd=tcp:{ADDRESS}:80-cmd:{sys.executable} {Path(__file__).resolve()} {file}"


def _serve(file: Path) -> None:
    content = file.read_bytes()
    while request := sys.stdin.buffer.readline():
        while sys.stdin.buffer.readline().strip():
            pass
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/efi\r\nContent-Length: {len(content)}\r\n\r\n"
        sys.stdout.buffer.write(head.encode() + (content if request.startswith(b"GET ") else b""))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
