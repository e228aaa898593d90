# SPDX-License-Identifier: BSD-2-Clause
"""One run of QEMU: a machine with the given flash and disk, watched until it has nothing more to say.

Everything of a run lies in its own folder, so runs do not meet. QEMU's own event channel says how
the machine ended (switched off, reset), which the text of the serial line could not.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import firmware, guest, post, tpm, varstore
from .chip import Chip
from .console import Console, strip_ansi
from .disk import Disk
from .monitor import Monitor

# A machine that shows one of these waits for a person, or for ever: no need to wait with it.
_DEAD_ENDS = re.compile(r"(?P<panic>Kernel panic - not syncing)|(?P<stuck>No bootable option or device was found"
                        r"|Press any key to enter the Boot Manager Menu|Press any key to perform MOK management"
                        r"|Please select a boot device|Shell> |│ OK │)")
# What systemd-boot, shim and stub 252 leave on the screen for two to three seconds, in which they look at the clock
# without end: for most of that time the machine stands still, and its clock goes on.
_LEFT = re.compile(r"(Failed to execute|start_image\(\) returned|Overlapping PE sections|Error starting)[^\n]*\s*$")
_LEFT_SECONDS = 3.0
# Translated code of a boot is nothing to the next one, but lies about until the buffer is full: with QEMU's own size,
# 1 GiB, each byte that firmware writes after a real system was reset throws some of it away, and 12 MB take minutes.
ACCEL = "tcg,tb-size=128"


# How a disk may be attached; it is the first that firmware looks at.
BUSES = {
    "virtio": ("virtio-blk-pci,drive=disk",),
    "4kn": ("virtio-blk-pci,drive=disk,logical_block_size=4096,physical_block_size=4096",),
    "nvme": ("nvme,drive=disk,serial=1",),
    "sata": ("ahci,id=sata", "ide-hd,drive=disk,bus=sata.0"),
    "usb": ("qemu-xhci", "usb-storage,drive=disk"),
    "cd": ("ahci,id=sata", "ide-cd,drive=disk,bus=sata.0"),
}


@dataclass
class Machine:
    """What to start and when to stop.

    follow_resets: go on after a reset, as a real machine does; otherwise a reset ends the run.
    until: a regular expression on the serial text that ends the run where no OS switches the machine
    off; `grace` seconds more are given to what follows (a person pressing no key).
    fake_clock: count instructions instead of time; a run is then the same each time, and slower.
    operator: sits at the serial line; when it returns, the run ends.
    screens: a regular expression on the serial text -> name of the picture in run_dir that the display is kept as when
    it comes; the display itself is for extra_args to bring.
    """

    code: firmware.Firmware
    vars_file: Path
    disk: Disk
    run_dir: Path
    timeout: float = 120
    follow_resets: bool = False
    until: str | None = None
    grace: float = 1.0
    tpm: bool = False
    tpm_until: str | None = None  # what is on the serial text when the TPM ends...
    tpm_ends: Callable[[Chip], None] = Chip.fail  # ...and how
    smbios11: list[str] = field(default_factory=list)
    serial: bool = True  # or there is no serial line
    script: str | None = None  # run by the guest, see guest/init.c
    fake_clock: bool = False
    cpu: str | None = None  # None: the architecture's
    memory_mib: int = 1024
    read_speed: int = 0  # bytes that the disk gives in a second; 0: as many as it can
    unreadable: list[int] = field(default_factory=list)  # sectors of the disk that give an error
    bus: str = "virtio"  # of BUSES
    extra_args: list[str] = field(default_factory=list)
    # Called about ten times a second with the serial text so far; may change the disk image.
    on_serial: Callable[[str], None] | None = None
    operator: Callable[[Console], None] | None = None
    screens: dict[str, str] = field(default_factory=dict)
    # Called about ten times a second; may have the machine stand still meanwhile.
    on_tick: Callable[[Monitor], None] | None = None


@dataclass
class Result:
    """What a run left behind.

    ended: `off` (the guest switched off), `reset` (and resets are not followed), `until`, `panic`,
    `stuck` (firmware or MokManager waits for a key), `left` (the operator did), or `timeout`.
    """

    ended: str
    seconds: float
    resets: int
    raw: str
    run_dir: Path
    vars_file: Path
    disk: Disk

    @property
    def serial(self) -> str:
        """The text of the serial line without terminal control."""
        return strip_ansi(self.raw)

    # What firmware and boot programs print goes to the serial line as well as to the display.
    screen = serial

    @property
    def reports(self) -> list[guest.Report]:
        """One report for each boot that reached the guest."""
        return guest.parse(self.serial)

    @property
    def report(self) -> guest.Report:
        """The last complete report; an AssertionError with the screen if the guest never came up."""
        done = [item for item in self.reports if item.complete]
        if not done:
            raise AssertionError(f"the guest never reported (run {self.ended} after {self.seconds:.0f} s, "
                                 f"{self.run_dir}); the screen ended with:\n{self.tail()}")
        return done[-1]

    @property
    def booted(self) -> bool:
        """Whether an operating system came up."""
        return any(item.complete for item in self.reports)

    @property
    def variables(self) -> dict[tuple[str, str], tuple[int, bytes]]:
        """(guid, name) -> (attributes, data), from the flash after the run: what a next boot would see."""
        return firmware.variables_of(self.vars_file)

    @property
    def tpm_events(self) -> list[tpm.Event]:
        """The measured boot log of the last report."""
        log = self.report.tpm_log
        assert log is not None, "the guest saw no TPM event log; was the machine given a TPM?"
        return tpm.parse(log)

    @property
    def last(self) -> dict[str, list[str]]:
        """UkiloadLast as it lies in the flash after the run."""
        return guest.key_values(self.variables.get((varstore.UKILOAD, "UkiloadLast"), (0, b""))[1])

    def tail(self, lines: int = 25) -> str:
        """The last lines of the screen."""
        return "\n".join([line for line in self.serial.splitlines() if line.strip()][-lines:])


# --- running ------------------------------------------------------------------------------------

def run(machine: Machine) -> Result:
    """Start the machine and come back when it has finished."""
    machine.run_dir.mkdir(parents=True, exist_ok=True)
    serial = machine.run_dir / "serial.log"
    serial.write_bytes(b"")
    started = time.monotonic()
    # Socket names must be short, and a run's folder may not be.
    with tempfile.TemporaryDirectory(prefix="ukiload-") as sockets, contextlib.ExitStack() as stack:
        words = _words(machine, serial, Path(sockets))
        first = post.Post(machine, words, Path(sockets))
        words += first.words
        chip = None
        if machine.tpm:
            chip = stack.enter_context(contextlib.closing(Chip(machine.run_dir, Path(sockets), machine.code.arch.tpm)))
            words += chip.words
        (machine.run_dir / "qemu.cmd").write_text(" ".join(words) + "\n")
        log = stack.enter_context(open(machine.run_dir / "qemu.log", "wb"))
        process = stack.enter_context(_killed(subprocess.Popen(words, stdout=log, stderr=log,
                                                               stdin=subprocess.DEVNULL)))
        present = _operator(machine, Path(sockets), stack)
        monitor = Monitor(Path(sockets) / "qmp", process)
        first.begin(serial, monitor)
        ended = _watch(machine, serial, process, monitor, started, present, chip)
    raw = (first.said + serial.read_bytes()).decode("utf-8", "replace")
    if ended == "crashed":
        text = (machine.run_dir / "qemu.log").read_text(errors="replace")
        raise RuntimeError(f"QEMU ended by itself: {text.strip()} (see {machine.run_dir}/qemu.cmd)")
    return Result(ended, time.monotonic() - started, monitor.resets, raw, machine.run_dir,
                  machine.vars_file, machine.disk)


def _words(machine: Machine, serial: Path, sockets: Path) -> list[str]:
    arch = machine.code.arch
    words = [f"qemu-system-{arch.name}", "-nodefaults", "-no-user-config", *arch.machine,
             "-accel", "tcg,thread=single" if machine.fake_clock else ACCEL, "-cpu", machine.cpu or arch.cpu,
             "-m", str(machine.memory_mib), "-display", "none", "-vga", "none", "-nic", "none",
             *_serial_words(machine, serial, sockets), "-qmp", f"unix:{sockets}/qmp,server=on,wait=off",
             "-drive", f"file={_disk_file(machine)},format=raw,if=none,id=disk,cache=unsafe"
             + (f",throttling.bps-read={machine.read_speed}" if machine.read_speed else ""),
             *[word for device in BUSES[machine.bus] for word in ("-device", device)],
             *machine.code.flash_args(machine.vars_file)]
    if not machine.follow_resets:
        words.append("-no-reboot")
    if machine.fake_clock:
        words += ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2026-01-01"]
    for text in machine.smbios11:
        words += ["-smbios", "type=11,value=" + text.replace(",", ",,")]
    if machine.script is not None:
        path = machine.run_dir / "script.sh"
        path.write_text(machine.script)
        words += ["-fw_cfg", f"name=opt/org.ukiload/script,file={path}"]
    return words + machine.extra_args


def _disk_file(machine: Machine) -> str:
    """QEMU, docs/devel/testing/blkdebug: a read of such a sector is an input/output error, each time."""
    if not machine.unreadable:
        return str(machine.disk.path)
    rules = machine.run_dir / "blkdebug.conf"
    rules.write_text("".join(f'[inject-error]\nevent = "read_aio"\nerrno = "5"\nsector = "{sector}"\n'
                             for sector in machine.unreadable))
    return f"blkdebug:{rules}:{machine.disk.path}"


def _serial_words(machine: Machine, serial: Path, sockets: Path) -> list[str]:
    if not machine.serial:
        return ["-serial", "none"]
    if not machine.operator:
        return ["-serial", f"file:{serial}"]
    return ["-chardev", f"socket,id=serial,path={sockets}/serial,server=on,wait=off,logfile={serial}", "-serial",
            "chardev:serial"]


def _operator(machine: Machine, sockets: Path, stack: contextlib.ExitStack) -> Callable[[], bool]:
    """Put the operator to the serial line. Tells whether anybody sits there; what he complains of is raised when the
    stack unwinds."""
    if not machine.operator:
        return lambda: True
    console = Console(sockets / "serial")
    work = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1)).submit(machine.operator, console)
    stack.callback(work.result)
    stack.callback(console.close)
    return lambda: not work.done()


@contextlib.contextmanager
def _killed(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Whatever happens to us, the process does not outlive the block."""
    try:
        yield process
    finally:
        process.kill()  # to a machine it is a power cut
        process.wait()


def _watch(machine: Machine, serial: Path, process: subprocess.Popen[bytes], monitor: Monitor,
           started: float, present: Callable[[], bool], chip: Chip | None) -> str:
    until = re.compile(machine.until) if machine.until else None
    screens = dict(machine.screens)
    stop_at = started + machine.timeout
    verdict = ""
    seen, rests_until = 0, 0.0
    while time.monotonic() < stop_at and process.poll() is None and present():
        rests = time.monotonic() < rests_until
        monitor.wait(0.02 if rests else 0.1)
        if machine.on_tick:
            machine.on_tick(monitor)
        size = os.path.getsize(serial)
        if size == seen:
            if rests:
                monitor.rest(0.25)
            continue
        seen = size
        text = strip_ansi(serial.read_text("utf-8", "replace"))
        rests_until = time.monotonic() + _LEFT_SECONDS if not machine.fake_clock and _LEFT.search(text[-400:]) else 0
        if chip and machine.tpm_until and re.search(machine.tpm_until, text):
            machine.tpm_ends(chip)
            chip = None
        if machine.on_serial:
            machine.on_serial(text)
        for pattern in [pattern for pattern in screens if re.search(pattern, text)]:
            monitor.picture(machine.run_dir / screens.pop(pattern))
        if not verdict:
            verdict = _verdict(text, until)
            if verdict:
                stop_at = min(stop_at, time.monotonic() + machine.grace)
    if not present():  # an operator who waits for the end sees the line closed a little before QEMU is gone
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    if process.poll() is None:
        return verdict or ("timeout" if present() else "left")
    for _ in range(3):  # the last event may still lie in the socket
        if not monitor.reason:
            monitor.wait(0.02)
    return {"guest-shutdown": "off", "guest-reset": "reset"}.get(monitor.reason, "crashed")


def _verdict(text: str, until: re.Pattern[str] | None) -> str:
    if until and until.search(text):
        return "until"
    dead = _DEAD_ENDS.search(text)
    return str(dead.lastgroup) if dead else ""
