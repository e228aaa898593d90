# SPDX-License-Identifier: BSD-2-Clause
"""make pictures: what ukiload shows on a machine's display, and the shell of a real Debian, for the documents.

Nothing of a picture is drawn by hand: the display is QEMU's, after real firmware, shim and systemd-boot; what the
shell shows was typed at a booted Debian over the serial line.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test" / "qemu"))

# pylint: disable=wrong-import-position
import parts  # noqa: E402
import terminal  # noqa: E402
from lab import boot_images, keys, uki  # noqa: E402
from lab.chain import Chain  # noqa: E402
from parts import ADDONS, BASE, OSREL  # noqa: E402

OUT = keys.ROOT / "doc"
LIMIT = 60_000  # bytes
_DISPLAY = ["-device", "VGA,xres=800,yres=600"]
_REQUEST = r"ukiload.uki=\EFI\Linux\debian.efi ukiload.addon=rescue ukiload.id=picture ukiload.via=loader"


def _boot(name: str, when: str, addons: list[str], request: str = "") -> None:
    """Boot, and keep the display when the text has come."""
    chain = Chain(f"picture-{name}", entry="ukiload.conf", timeout=120)
    chain.files[boot_images.MENU] = boot_images.MENU_ENTRY
    # A kernel that leaves the display alone.
    chain.files.update(parts.chain_files() | {"/EFI/Linux/debian.efi": uki(cmdline=BASE, osrel=OSREL, kernel="tiny")})
    folder = "/EFI/ukiload/addons" if request else "/loader/addons"
    for addon in addons:
        chain.files[f"{folder}/{addon}.addon.efi"] = ADDONS[addon].file
    if request:
        chain.var("UkiloadRequest", request)
    chain.extra_args, chain.screens = _DISPLAY, {when: f"{name}.png"}
    result = chain.boot()
    picture = result.run_dir / f"{name}.png"
    if not picture.exists():
        raise parts.DemoError(f"{name}: the machine never showed {when!r}:\n{result.tail()}")
    if picture.stat().st_size > LIMIT:
        raise parts.DemoError(f"{picture} has more than {LIMIT} bytes")
    shutil.copyfile(picture, OUT / picture.name)
    print(f"doc/{picture.name}: {picture.stat().st_size} bytes")


def main() -> int:
    """All pictures of the documents; the exit code."""
    parts.require()
    for item in ADDONS.values():
        parts.write_addon(item)
    _boot("screen-started", r"ukiload\s+starts\s+it", ["kdump", "rescue"])
    _boot("screen-refused", r"machine\s+is\s+reset", ["rescue"], _REQUEST)
    terminal.draw(OUT / "systemctl-kexec.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
