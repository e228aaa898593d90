# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's monitor (QMP), which says how a machine ended, and the process behind it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Monitor:
    """QEMU's monitor: how often the machine was reset, and why it stopped."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes]) -> None:
        self.resets = 0
        self._answers: dict[object, Any] = {}
        self._process = process
        self.reason = ""
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX)
        for _ in range(200):
            with contextlib.suppress(OSError):
                self._socket.connect(str(path))
                break
            if process.poll() is not None:
                return
            time.sleep(0.05)
        self._socket.settimeout(0.1)
        with contextlib.suppress(OSError):
            self._send("qmp_capabilities")  # as it wants to be asked first

    def rest(self, seconds: float) -> None:
        """Spare the processor a guest that does nothing but wait."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    @property
    def busy(self) -> float:
        """Seconds of a processor that QEMU has taken; man 5 proc_pid_stat."""
        words = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Nothing runs in the block, and disk and flash are as if QEMU had been killed: what was on its way to them
        stays on its way."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)
        yield
        self._process.send_signal(signal.SIGCONT)

    def _send(self, command: str, **arguments: object) -> None:
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments, "id": command}).encode() + b"\n")

    def ask(self, command: str, **arguments: object) -> Any:
        """What the monitor answers to that."""
        self._answers.pop(command, None)
        self._send(command, **arguments)
        while command not in self._answers:
            self.wait(1)
            if self._process.poll() is not None:
                raise RuntimeError(f"QEMU ended before it answered {command}")
        return self._answers[command]

    def wait(self, seconds: float) -> None:
        """Take what arrives within that time; returns early when something did."""
        self._socket.settimeout(seconds)
        try:
            chunk = self._socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            time.sleep(seconds)  # the monitor is gone: the process is ending
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(json.loads(line) if line.strip() else {})

    def picture(self, file: Path) -> None:
        """Keep the display as its name ends, .png or .ppm; it is there a little later."""
        with contextlib.suppress(OSError):
            self._send("screendump", filename=str(file), format=file.suffix[1:])

    @property
    def blocks(self) -> list[dict[str, object]]:
        """What came of the last count_blocks()."""
        return self._answers.get("query-blockstats", [])

    def count_blocks(self) -> None:
        """Ask how much was read and written; the answer comes while others are waited for."""
        with contextlib.suppress(OSError):
            self._send("query-blockstats")

    def _take(self, event: dict[str, object]) -> None:
        data = event.get("data")
        if "return" in event:
            self._answers[event.get("id")] = event["return"]
        if event.get("event") == "RESET":
            self.resets += 1
        elif "error" in event:
            raise RuntimeError(f"QEMU's monitor: {event['error']}")
        elif event.get("event") == "SHUTDOWN" and isinstance(data, dict):
            self.reason = str(data.get("reason"))
