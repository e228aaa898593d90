# SPDX-License-Identifier: BSD-2-Clause
"""A reload from end to end: `ukictl` in the running system, efivarfs, firmware, shim, ukiload, and back to the default.

The guest has ukictl with its libraries, and the ESP mounted. What it does next stands in a file on the ESP, as a person would remember it.
"""

from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

from lab import BootEntry, Chain, addon, boot_images, debs, initrd, keys, sign, uki

BASE = "console=ttyS0 quiet"
KDUMP = "crashkernel=64M"
MODULES = ("drivers/block/virtio_blk", "fs/fat/fat", "fs/fat/vfat", "fs/nls/nls_cp437", "fs/nls/nls_ascii")

# Each step ends in a reset but the last one. `|| echo` shows the exit code of what must fail.
SCRIPT = """
for module in virtio_blk fat nls_cp437 nls_ascii vfat; do insmod /lib/$module.ko; done
mkdir -p /efi; mount -t vfat -o iocharset=ascii /dev/vda1 /efi
step=$(cat /efi/step 2>/dev/null)
case "$step" in
"")
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi || echo "install: $?"
    ukictl load debian.efi --esp-path /efi --addon shell || echo "load shell: $?"
    ukictl status --esp-path /efi || echo "status: $?"
    ukictl load debian.efi --esp-path /efi --addon kdump || echo "load kdump: $?"
    ukictl status --esp-path /efi || echo "status: $?"
    echo armed >/efi/step; touch /reboot ;;
armed)
    ukictl status --esp-path /efi || echo "status: $?"
    echo back >/efi/step; touch /reboot ;;
back)
    ukictl status --esp-path /efi || echo "status: $?"
    ukictl remove --esp-path /efi || echo "remove: $?"
    ls /efi/EFI/Linux ;;
esac
umount /efi
"""


# kdump, for which all this began: a UKI without crashkernel=, a reload with it, and a panic.
KDUMP_SCRIPT = """
grep -q panic-kernel /proc/cmdline && exit
for module in virtio_blk fat nls_cp437 nls_ascii vfat; do insmod /lib/$module.ko; done
mkdir -p /efi; mount -t vfat -o iocharset=ascii /dev/vda1 /efi
echo "reserved: $(cat /sys/kernel/kexec_crash_size)"
if [ -e /efi/armed ]; then
    kexec -p -s --initrd=/efi/panic.img --append='console=ttyS0 quiet panic-kernel nr_cpus=1' /efi/vmlinuz || echo "kexec: $?"
    echo "loaded: $(cat /sys/kernel/kexec_crash_loaded)"
    umount /efi
    echo c >/proc/sysrq-trigger
else
    ukictl install --esp-path /efi --image /efi/ukiload-new.efi || echo "install: $?"
    ukictl load debian.efi --esp-path /efi --append=crashkernel=256M || echo "load: $?"
    touch /efi/armed /reboot; umount /efi
fi
"""


def _module(name: str) -> bytes:
    release = boot_images.kernel_release("kernel612")
    return lzma.decompress((debs.tree("trixie") / f"usr/lib/modules/{release}/kernel/{name}.ko.xz").read_bytes())


def _libraries(command: Path) -> list[tuple[str, Path]]:
    """Where a program wants its libraries in the guest, and where they are here."""
    tree = debs.tree("bookworm")
    listed = subprocess.run(["ldd", command], capture_output=True, text=True, check=True,
                            env={"LD_LIBRARY_PATH": str(tree / "usr/lib/x86_64-linux-gnu")}).stdout
    assert "not found" not in listed, listed
    found = [Path(word) for word in listed.split() if word.startswith("/")]
    return [(str(file.relative_to(tree) if file.is_relative_to(tree) else file).lstrip("/"), file) for file in found]


def _with_ukictl() -> Path:
    """The guest with the command as it was built, and every library that it needs."""
    files = {f"lib/{Path(name).name}.ko": _module(name) for name in MODULES}
    for command in (keys.BUILD / "ukictl", debs.tree("bookworm") / "sbin/kexec"):
        files[f"bin/{command.name}"] = command.read_bytes()
        for name, file in _libraries(command):
            files[name] = file.read_bytes()
    return initrd(extra=files)


def _machine(name: str, **more: object) -> Chain:
    """Secure Boot, systemd-boot starts a UKI, and ukiload is not installed yet."""
    chain = Chain(name, firmware="ovmf13", trust="shim161", sdboot="257", entry="debian.efi", follow_resets=True, timeout=400, **more)
    chain.files["/EFI/Linux/debian.efi"] = uki(cmdline=BASE, sign=chain.key, initrd=_with_ukictl())
    chain.files["/ukiload-new.efi"] = sign(keys.BUILD / "x86_64" / "ukiloadx64.efi", chain.key)
    chain.boot_entries[1], chain.boot_order = BootEntry("/EFI/BOOT/BOOTX64.EFI"), (1,)
    return chain


def test_load_reboot_and_back() -> None:
    """Armed in Linux, started once by firmware with the picked addon, then the default again; what firmware would refuse is not armed."""
    chain = _machine("reload")
    chain.files["/EFI/ukiload/addons/kdump.addon.efi"] = addon(KDUMP, sign=chain.key)
    chain.files["/EFI/ukiload/addons/shell.addon.efi"] = addon("init=/bin/sh", sign=chain.key)
    chain.script = SCRIPT
    result = chain.boot()
    assert len(result.reports) == 3, result.tail()
    first, armed, back = result.reports
    told = ["\n".join(report.output) for report in result.reports]

    assert first.cmdline == BASE and not first.status
    assert "install:" not in told[0] and "load kdump:" not in told[0], told[0]
    assert "load shell: 7" in told[0] and "control of PID 1" in told[0], told[0]
    assert "status: 3" in told[0], "a failed load must arm nothing"

    assert armed.cmdline == f"{BASE} {KDUMP}", result.tail()
    assert armed.status["result"] == ["started"] and armed.last["result"] == ["started"]
    assert armed.var("UkiloadRequest") is None, "a request is for one boot"
    assert "kdump" in told[1], told[1]

    assert back.cmdline == BASE and not back.status, "the boot after it is the default"
    assert "remove:" not in told[2] and told[2].endswith("debian.efi"), told[2]
    assert result.disk.list("/EFI/Linux") == ["/EFI/Linux/debian.efi"]


def test_kdump() -> None:
    """--append finds the signed addon that says just that; the kernel has its reservation; a panic boots the panic kernel."""
    chain = _machine("reload-kdump", grace=120)  # the panic is no end here
    chain.files["/EFI/ukiload/addons/kdump-256M.addon.efi"] = addon("crashkernel=256M", sign=chain.key)
    chain.files["/vmlinuz"] = boot_images.image("kernel612")
    chain.files["/panic.img"] = initrd()
    chain.script = KDUMP_SCRIPT
    result = chain.boot()
    assert len(result.reports) == 3, result.tail()
    first, armed, panic = result.reports
    assert "reserved: 0" in first.output and not any(line.startswith(("install:", "load:")) for line in first.output), first.output
    assert armed.cmdline == f"{BASE} crashkernel=256M" and armed.secure_boot
    assert f"reserved: {256 << 20}" in armed.output and "loaded: 1" in armed.output, armed.output
    assert "panic-kernel" in panic.cmdline.split(), panic.cmdline
    assert result.ended == "off"
