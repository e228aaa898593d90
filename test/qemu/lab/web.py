# SPDX-License-Identifier: BSD-2-Clause
"""A web server of one folder, for one connection, on standard input and output: QEMU starts one for each that the guest
makes (`args`). Answers what firmware asks: HEAD and GET, one after the other (RFC 9112). What is not in the folder is
answered with 404. The same file has other names, under which the server is a bad one:

    /cut/FILE      promises the whole file, and hangs up in the middle of it
    /moved/FILE    sends whoever asks on to /FILE
    /changed/FILE  tells of the file when it is asked for the length, and then sends it with another byte in the middle
"""

from __future__ import annotations

import sys
from pathlib import Path

ADDRESS = "10.0.2.100"  # in QEMU's own network


def args(folder: Path) -> str:
    """The word of -netdev user that has ADDRESS serve what lies in the folder, which may come later."""
    return f"guestfwd=tcp:{ADDRESS}:80-cmd:{sys.executable} {Path(__file__).resolve()} {folder}"


def url(name: str) -> str:
    """Where that file is."""
    return f"http://{ADDRESS}/{name}"


def _changed(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _answer(path: Path, way: str, body: bool) -> bytes:
    if way == "moved":
        status, content = f"302 Found\r\nLocation: {url(path.name)}", b""
    elif path.is_file():
        kind = "vnd.efi-img" if path.suffix == ".img" else "efi"
        status, content = f"200 OK\r\nContent-Type: application/{kind}", path.read_bytes()
    else:  # with a text, as servers do: for a body of no bytes shim waits without end
        status, content = "404 Not Found", b"there is none\n"
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    return head + ((_changed(content) if way == "changed" else content) if body else b"")


def _serve(folder: Path) -> None:
    while request := sys.stdin.buffer.readline().decode():
        while sys.stdin.buffer.readline().strip():
            pass
        method, target = request.split()[:2]
        *way, name = target.strip("/").split("/")
        answer = _answer(folder / name, "".join(way), method == "GET")
        cut = way == ["cut"] and method == "GET"
        sys.stdout.buffer.write(answer[: len(answer) // 2] if cut else answer)
        sys.stdout.buffer.flush()
        if cut:
            return


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
