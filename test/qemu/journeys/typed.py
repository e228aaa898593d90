# SPDX-License-Identifier: BSD-2-Clause
"""What a person types at kexec and systemctl on a Debian with `ukictl kexec enable`; debian.py has the boots.

Each command that ends a boot there is one of those with which people reload a kernel, and each time the next boot
must be the whole UKI, through ukiload and under Secure Boot. kdump runs beside it by the real kexec.
"""

from __future__ import annotations

import json
from typing import Any

from lab import system
from lab.console import Console

KDUMP = "crashkernel=96M"
IMAGE = "/boot/efi/EFI/Linux/debian.efi"
REAL = "/usr/sbin/kexec.distrib"
# What is called in its place shows each word that arrives.
_SHOWS = "'#!/bin/sh\\nfor word; do printf \"<%%s>\" \"$word\"; done\\nexit 9\\n'"
_CALLS = ("-p -s /boot/vmlinuz --initrd=/i --append='a=\"b c\" d'", "-p -u", f"-p {IMAGE}",
          "-c -l /vmlinuz --reuse-cmdline",
          "--load-panic --kexec-file-syscall --command-line='' /boot/vmlinuz", "--mem-min=4096 -l x")


def status(console: Console) -> dict[str, Any]:
    """What ukictl status knows."""
    found: dict[str, Any] = json.loads(console.run("ukictl status --json")[1])
    return found


def boot(console: Console, cmdline: str) -> bool:
    """This boot has that line, and nothing waits for another; whether it came through ukiload."""
    system.log_in(console)
    found = status(console)
    assert console.ok("cat /proc/cmdline") == cmdline and found["armed"]["state"] == "no", found
    return bool(found["boot"]["through_ukiload"])


def reloaded(console: Console, cmdline: str) -> None:
    """This boot is what was asked for."""
    through = boot(console, cmdline)
    found = status(console)
    assert through and found["boot"]["applied"] and found["last"]["outcome"] == "confirmed", found
    assert console.ok("systemctl is-active boot-complete.target ukiload-confirm") == "active\nactive"


def armed(console: Console) -> list[str]:
    """The addons of what is armed."""
    found = status(console)["armed"]
    assert found["state"] == "yes", found
    addons: list[str] = found["addons"]
    return addons


def what_is_not_ours_reaches_the_real_kexec(console: Console) -> None:
    """Word for word, and with its exit code: kdump's calls, a plain kernel, what only kexec-tools knows."""
    console.ok("sha256sum $(readlink -f /sbin/kexec) >/var/tmp/kexec.sha256; ukictl kexec enable")
    console.ok(f"mv {REAL} /var/tmp/kexec && printf {_SHOWS} >{REAL} && chmod +x {REAL}")
    for words in _CALLS:
        code, said = console.run(f"kexec {words}")
        assert (code, said) == (9, console.ok(f"printf '<%s>' {words}")), words
    console.ok(f"mv /var/tmp/kexec {REAL}")


def letters(console: Console) -> None:
    """-l arms, -S tells, -u takes back."""
    console.ok(f"kexec -l {IMAGE}")
    assert console.run("kexec -S")[0] == 1 and armed(console) == []
    console.ok("kexec -u")
    assert console.run("kexec -S")[0] == 0 and status(console)["armed"]["state"] == "no"


def a_profile_is_the_default(console: Console, entry: str) -> None:
    """As systemd names it. What a reload of it has of the image is its own line, which is all that systemctl says."""
    console.ok(f"sed -i 's/^default .*/default {entry}/' /boot/efi/loader/loader.conf")
    entries = json.loads(console.ok("bootctl list --json=short 2>/dev/null"))
    assert [found["id"] for found in entries if found["isDefault"]] == [entry]


def kdump_beside(console: Console) -> None:
    """The reservation is there, and the real kexec loads a kernel for a panic, which is none for a reload."""
    console.ok("kexec -p -s /boot/vmlinuz-* --append=console=ttyS0")
    assert console.ok("cat /sys/kernel/kexec_crash_loaded") == "1" and console.run("kexec -S -p")[0] == 1
    console.ok("kexec -p -s -u")
    assert console.ok("cat /sys/kernel/kexec_crash_loaded") == "0"


def the_same_again(console: Console) -> None:
    """Loading what is armed takes nothing away."""
    console.ok(f"ukictl load debian --addon kdump && kexec -l {IMAGE}")
    assert armed(console) == ["kdump"]


def disabled(console: Console) -> None:
    """The real one is back, byte for byte."""
    console.ok("ukictl kexec disable && sha256sum -c /var/tmp/kexec.sha256")
    assert console.run("dpkg-divert --list '*kexec*'")[1] == "" and "kexec-tools" in console.ok("kexec --version")
