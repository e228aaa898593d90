# SPDX-License-Identifier: BSD-2-Clause
"""The lab: real firmware, shim, systemd-boot, stubs and kernels in QEMU, one object per machine.

    from lab import Chain, addon, uki

    chain = Chain("good-addon", firmware="ovmf13", trust="shim161", sdboot="257")
    chain.files["/EFI/Linux/a.efi"] = uki(cmdline="console=ttyS0 quiet", sign=chain.key)
    chain.files["/loader/addons/a.addon.efi"] = addon("crashkernel=64M", sign=chain.key)
    chain.var("UkiloadRequest", "ukiload.id=1 ukiload.via=loader")     # vendor GUID of ukiload, UCS-2
    result = chain.boot()                    # ends the moment the guest switches itself off
    assert result.report.cmdline == "console=ttyS0 quiet crashkernel=64M"
    result.report.status["result"]           # UkiloadStatus as the OS reads it, key -> [values]
    result.report.files                      # /.extra: path -> SHA-256
    result.screen                            # what a person saw, without terminal control
    result.variables[UKILOAD, "UkiloadLast"] # (attributes, data) in the flash after the run
    result.disk.list("/EFI")                 # and .read(path): what is on the ESP now

    Where no OS comes up:  Chain(..., until=r"refused").boot().ended == "until"
    A reset and what follows it:  Chain(..., follow_resets=True); result.resets, result.reports
    Measured boot:  Chain(..., tpm=True); result.tpm_events, tpm.of_pcr(events, 12)
    BootNext:  chain.boot_entries[7] = BootEntry("/EFI/BOOT/BOOTX64.EFI", data="..."); chain.boot_next = 7
    A person at the serial line: Chain(..., operator=function of a Console)
    A real Debian 12, 13 or sid with systemd to type at: lab.system
    In the guest:  Chain(..., script="echo hello") prints into result.report.output; `touch /reboot`
    in it makes the guest reset instead of switching off. The next boot: chain.again(result.disk, result.vars_file)

Everything of a run stays in build/qemu/run/NAME. Names must differ between tests that run at once.
"""

from . import boot_images, tpm
from .boot_images import authenticode, image, sign, unsigned
from .chain import BootEntry, Chain
from .guest import Report, initrd
from .uki import Profile, addon, uki
from .varstore import BS, GLOBAL, LOADER, NV, RT, SHIM, TIME_AUTH, UKILOAD
from .vm import Result

__all__ = ["BS", "BootEntry", "Chain", "GLOBAL", "LOADER", "NV", "Profile", "RT", "Report", "Result", "SHIM",
           "TIME_AUTH", "UKILOAD", "addon", "authenticode", "boot_images", "image", "initrd", "sign", "tpm",
           "uki", "unsigned"]
