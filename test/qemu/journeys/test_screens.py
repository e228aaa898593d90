# SPDX-License-Identifier: BSD-2-Clause
"""A refusal on every kind of screen: nothing of it is cut, nothing else is there, and it stays to be read."""

from __future__ import annotations

import functools
import re
import time
from pathlib import Path

import pytest

from lab import Result, vm
from lab.monitor import Monitor
from lab.screen import Font, Screen
from rows.case import Machine, make_machine, standing, switch_on

pytestmark = pytest.mark.xdist_group("screens")

BANNER = "ukiload "
LONG = standing("a-name-that-is-long-as-names-of-addons-may-be-and-longer-than-a-line-0123456789-0123456789")
POLICY = "@version 1\n@on-violation abort\nquiet\n"
RETURNS = "ukiload starts nothing and returns to whoever started it."


def _machine(name: str, display: str | None, serial: bool = True) -> Machine:
    """One whose addon is refused with a long reason, and so the start."""
    m = make_machine(f"screen-{name}", linux=False)
    m.policy = POLICY
    m.addon(LONG, "init=/bin/sh")
    m.chain.serial = serial
    if display:
        width, height = display.split("x")
        m.chain.extra_args = ["-device", f"VGA,xres={width},yres={height}"]
    return m


def _told(result: Result) -> list[str]:
    """The lines on the serial line, from ukiload's first to its last."""
    lines = [line.rstrip() for line in result.serial.splitlines()]
    first = next(n for n, line in enumerate(lines) if line.startswith(BANNER))
    return lines[first : lines.index(RETURNS) + 1]


@functools.cache
def _both(display: str) -> tuple[list[str], Font]:
    """What serial line and display show alike, and the display's font."""
    m = _machine(f"both-{display}", display)
    m.chain.screens = {re.escape(RETURNS): "refused.ppm"}
    result = switch_on(m)
    told, screen = _told(result), Screen(result.run_dir / "refused.ppm")
    columns, rows = min(screen.modes(), key=lambda mode: _differs(screen, mode, told))
    font = Font()
    for cells, line in zip(screen.lines(columns, rows), told + [""] * (rows - len(told)), strict=True):
        font.learn(cells, line)
    return told, font


def _differs(screen: Screen, mode: tuple[int, int], told: list[str]) -> int:
    """In how many cells a mode has a character where there should be none, or none where there should be one."""
    lines = screen.lines(*mode)
    wanted = [line.ljust(mode[0]) for line in told] + [" " * mode[0]] * (len(lines) - len(told))
    return sum((cell == 0) != (character == " ") for cells, line in zip(lines, wanted, strict=False)
               for cell, character in zip(cells, line, strict=False))


def _only_display(display: str, font: Font) -> tuple[list[str], float]:
    """What a machine shows that has nothing but a display, and for how many seconds until something else is told."""
    m = _machine(f"only-{display}", display, serial=False)
    file = m.chain.run_dir / "now.ppm"
    seen: list[list[str]] = []
    times, looked = [0.0, 0.0], 0.0

    def look(monitor: Monitor) -> None:
        nonlocal looked
        if time.monotonic() < looked + 0.5:
            return
        lines, looked = _text(file, font), time.monotonic()
        if lines[-1:] == [RETURNS]:
            seen.append(lines)
            times[len(seen) > 1] = looked
        monitor.picture(file)

    m.chain.on_tick = look
    assert switch_on(m).ended == "off"
    return seen[0] if seen else [], times[1] - times[0]


def _text(file: Path, font: Font) -> list[str]:
    try:
        return Screen(file).read(font, BANNER)
    except (OSError, ValueError):
        return []


def _words(lines: list[str]) -> str:
    return re.sub(r"\s+", "", "".join(lines))


@pytest.mark.parametrize("display", ["640x480", "1920x1080"])
def test_a_display_shows_what_the_serial_line_shows_and_nothing_else(display: str) -> None:
    """Also where the logo was. Both are of one width: firmware takes a mode that all consoles have."""
    told, _ = _both(display)
    assert all(len(line) < 80 for line in told), told
    assert "init=/bin/sh" in _words(told) and LONG.replace("/", "\\") in _words(told)


@pytest.mark.parametrize("display", ["640x480", "1920x1080"])
def test_a_machine_without_a_serial_line_shows_the_same_words(display: str) -> None:
    """At the width that the display has by itself, for five seconds."""
    told, font = _both("640x480")
    shown, seconds = _only_display(display, font)
    assert _words(shown) == _words(told), shown
    assert seconds > 3, f"it was there for {seconds:.1f} s"


def test_a_serial_line_alone_has_the_same_lines() -> None:
    """What all other tests look at."""
    assert _told(switch_on(_machine("serial", None))) == _both("640x480")[0]


def test_a_machine_without_any_console_keeps_the_reason_and_goes_on() -> None:
    """In NVRAM, for nobody has seen it."""
    m = _machine("none", None, serial=False)
    m.chain.files.pop(LONG)
    m.request("ukiload.addon=missing")
    result = switch_on(m)
    assert result.ended == "off" and result.resets == 1
    assert result.last["result"] == ["refused"] and "does not exist on the ESP" in result.last["reason"][0]
