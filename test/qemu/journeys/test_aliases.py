# SPDX-License-Identifier: BSD-2-Clause
"""FAT keeps a short name beside a long one, and firmware and Linux open by either: both have to say the same of it."""

from __future__ import annotations

from lab import addon
from lab.disk import Disk
from lab.fat import Fat
from .reload_machine import BASE, MOUNT_ESP, reload_machine

SPARE = "the-spare-image.efi"
FOLDER = "is not a folder's own name, but the short name of another one, \"x.addon.efi\": give that one another name"

SCRIPT = MOUNT_ESP + """
if [ ! -e /efi/armed ]; then
    ls /efi/loader/addons/
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi --quiet || echo "install: $?"
    ukictl plan /efi/EFI/Linux/debian.efi --esp-path /efi || echo "plan: $?"
    ukictl plan /efi/EFI/Linux/SPARE.EFI --esp-path /efi | grep ^image || echo "plan spare: $?"
    ukictl load /efi/EFI/Linux/SPARE.EFI --esp-path /efi || echo "load spare: $?"
    touch /efi/armed /reboot
fi
umount /efi
"""


def _shorten(disk: Disk) -> None:
    fat = Fat(disk)
    fat.set_short_name("/loader/x.addon.efi", "ADDONS")
    fat.set_short_name(f"/EFI/Linux/{SPARE}", "SPARE.EFI")
    fat.save()


def test_a_short_name_is_nobodys_name_in_linux_and_in_firmware() -> None:
    """A folder of addons and an image, each asked for by the short name of another."""
    chain = reload_machine("aliases")
    chain.files["/loader/x.addon.efi/a.addon.efi"] = addon("loglevel=3", sign=chain.key)
    chain.files[f"/EFI/Linux/{SPARE}"] = chain.files["/EFI/Linux/debian.efi"]
    chain.edit_disk = _shorten
    chain.script = SCRIPT
    result = chain.boot()
    assert len(result.reports) == 2, result.tail()
    told = "\n".join(result.reports[0].output)
    assert told.startswith("a.addon.efi\n"), "Linux opens the folder by its short name"
    assert told.count(FOLDER) == 2, told  # plan, load
    assert f"image     \\EFI\\Linux\\{SPARE}" in told and f"armed     \\EFI\\Linux\\{SPARE}" in told, told
    reloaded = result.reports[1]
    assert reloaded.cmdline == BASE and reloaded.status["uki"] == [f"\\EFI\\Linux\\{SPARE}"]
    assert reloaded.status["addon"] == [f"\\loader\\addons refused: {FOLDER}"], reloaded.status
