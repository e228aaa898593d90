# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images by dracut of Debian 12, the guest inside an initrd of dracut's making."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from . import boot_images, cache, debs, guest


def image(line: str, *, stub: str = "stub252", kernel: str = "kernel612", sign: str | None = "mok") -> Path:
    """What `dracut --uefi` makes: fixed addresses, blanks around the line, a NUL behind it."""
    linux, base = boot_images.unsigned(boot_images.image(kernel)), boot_images.image(stub)
    found = guest.files(kernel)
    inputs: list[Path | bytes | str] = ["dracut", linux, base, line, guest.cpio(found), Path("/etc/os-release")]

    def make(out: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="ukiload-") as folder:
            tree = Path(folder) / "tree"
            _lay_out(tree, found)
            _run(["--uefi", "--uefi-stub", str(base), "--kernel-image", str(linux), "--include", str(tree), "/",
                  "--kver", boot_images.kernel_release(kernel), "--kernel-cmdline", line, str(out)], Path(folder))

    made = cache.build("dracut.efi", inputs, make)
    return boot_images.sign(made, sign) if sign else made


def _lay_out(tree: Path, found: dict[str, tuple[int, bytes]]) -> None:
    for name, (mode, content) in found.items():
        path = tree / name
        if mode & 0o170000 == 0o040000:
            path.mkdir(parents=True)
        elif mode & 0o170000 == 0o120000:
            path.symlink_to(content.decode())
        else:
            path.write_bytes(content)
            path.chmod(mode & 0o777)


def _run(words: list[str], folder: Path) -> None:
    """dracut from its unpacked package, with nothing of this machine's configuration and the least of its modules."""
    home = debs.tree("bookworm")
    nothing = folder / "conf.d"
    nothing.mkdir()
    done = subprocess.run(
        ["bash", str(home / "usr/bin/dracut"), "--force", "--conf", "/dev/null", "--confdir", str(nothing),
         "--tmpdir", str(folder), "--no-kernel", "--no-hostonly", "--no-hostonly-cmdline", "--no-early-microcode",
         "--modules", "terminfo", *words],
        env={**os.environ, "dracutbasedir": str(home / "usr/lib/dracut")}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"dracut {' '.join(words)}:\n{done.stderr[-2000:]}")
