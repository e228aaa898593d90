# SPDX-License-Identifier: BSD-2-Clause
"""The TPM of a machine: swtpm, which can fail while the machine runs."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

_STOP = (14).to_bytes(4, "big")  # CMD_STOP of swtpm's control channel, swtpm_ioctls(3)


class Chip:
    """One TPM, there until it is closed. words: QEMU's."""

    def __init__(self, run_dir: Path, sockets: Path, device: str) -> None:
        state = run_dir / "tpm"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        self._swtpm = sockets / "swtpm"
        self._failing = threading.Event()
        with open(run_dir / "swtpm.log", "wb") as log:
            self._process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
                                              "--ctrl", f"type=unixio,path={self._swtpm}", "--terminate",
                                              "--flags", "not-need-init"], stdout=log, stderr=log)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(sockets / "tpm"))
        self._listener.listen()
        threading.Thread(target=self._carry, daemon=True).start()
        self.words = ["-chardev", f"socket,id=tpm,path={sockets}/tpm", "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                      "-device", f"{device},tpmdev=tpm0"]

    def fail(self) -> None:
        """It answers each command with TPM_RC_FAILURE from now on, as a TPM whose self test failed does, until the
        machine is reset."""
        self._failing.set()

    def vanish(self) -> None:
        """Nobody is there: QEMU answers in its place, with TPM_FAIL, for ever."""
        self._process.kill()

    def close(self) -> None:
        """The end of it."""
        self._process.kill()
        self._process.wait()
        self._listener.close()

    def _carry(self) -> None:
        """The control channel, between QEMU and swtpm; what goes to the TPM itself goes by a descriptor that is handed
        over here."""
        with contextlib.suppress(OSError), self._listener.accept()[0] as qemu, self._connected() as swtpm:
            asked = False
            while True:
                ready = select.select([qemu, swtpm], [], [], 0.02)[0]
                if self._failing.is_set() and not asked and not ready:
                    self._failing.clear()
                    swtpm.sendall(_STOP)
                    swtpm.recv(4)
                for end in ready:
                    asked = end is qemu
                    if not _pass_on(end, swtpm if asked else qemu):
                        return

    def _connected(self) -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            with contextlib.suppress(OSError):
                end.connect(str(self._swtpm))
                break
            time.sleep(0.05)
        return end


def _pass_on(source: socket.socket, target: socket.socket) -> bool:
    data, handed, _, _ = socket.recv_fds(source, 65536, 4)
    if handed:
        socket.send_fds(target, [data], handed)
    else:
        target.sendall(data)
    for one in handed:
        os.close(one)
    return bool(data)
