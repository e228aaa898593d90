# SPDX-License-Identifier: BSD-2-Clause
"""How the demo speaks: paragraphs, the emulated machine's screen line by line, and claims it checks itself."""

from __future__ import annotations

import os
import re
import sys
import textwrap
import time
from dataclasses import dataclass, field

WIDTH = 79
LABEL = 12

# A line of the serial log says who printed it only by what stands around it.
_FIRMWARE = re.compile(r"BdsDxe: |^\s*Booting ")
_UKILOAD = re.compile(r"^ukiload \d")
_LINUX = re.compile(r"^(booted: |@@begin)")
_SHIM = re.compile(r"Verification failed|Security Policy Violation")
_NOISE = re.compile(r"^(@@(?!out )|booted: )|^\s*$")


@dataclass
class Act:
    """A part that promises something, and what of it did not come true."""

    title: str
    shown: str  # for the summary: what it was about, as a fact
    wrong: list[str] = field(default_factory=list)


class Screen:
    """Follows a machine's serial line and prints each line once, with who said it."""

    def __init__(self, tale: Tale) -> None:
        self.tale = tale
        self.speaker = "firmware"
        self.shown = 0

    def __call__(self, text: str) -> None:
        lines = text.split("\n")[:-1]  # the last one may still grow
        for line in lines[self.shown :]:
            self._line(line)
        self.shown = len(lines)

    def _line(self, line: str) -> None:
        if _FIRMWARE.search(line):
            self.speaker = "firmware"
        elif _UKILOAD.search(line):
            self.speaker = "ukiload"
        elif _LINUX.search(line):
            self.speaker = "Linux"
        if not _NOISE.search(line):
            speaker = "shim" if _SHIM.search(line) else self.speaker
            self.tale.quote(speaker, line.removeprefix("@@out "))


class Tale:
    """Prints, and remembers what was promised and whether it came true."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.acts: list[Act] = []
        self.claims = 0
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _put(self, text: str = "", code: str = "") -> None:
        print(f"\x1b[{code}m{text}\x1b[0m" if code and self._colour else text, flush=True)

    def begin(self, title: str, shown: str) -> None:
        """The head of an act, to which the claims that follow belong; `shown` is its line in the summary."""
        self.acts.append(Act(title, shown))
        self.title(title)

    def title(self, text: str) -> None:
        """The head of a part."""
        self._put()
        self._put(text, "1")
        self._put("-" * len(text), "1")

    def say(self, text: str) -> None:
        """A paragraph."""
        self._put()
        self._put(textwrap.fill(" ".join(text.split()), WIDTH))

    def item(self, label: str, text: str) -> None:
        """A line with a label, wrapped below itself."""
        self._put(textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=f"  {label:{LABEL}} ",
                                subsequent_indent=" " * (LABEL + 3), break_on_hyphens=False))

    def verdict(self, act: Act) -> None:
        """An act's line in the summary, with what was wrong in it."""
        self.item("WRONG" if act.wrong else "ok", act.shown)
        for text in act.wrong:
            self.item("", f"not so: {text}")

    def gap(self) -> None:
        """An empty line."""
        self._put()

    def quote(self, speaker: str, line: str) -> None:
        """A line that somebody else printed. What is longer than a screen is wrapped."""
        head = f"  {speaker:>8} | "
        for part in textwrap.wrap(line, 88, subsequent_indent="      ", drop_whitespace=False,
                                  break_on_hyphens=False) or [""]:
            self._put((head + part).rstrip(), "33" if speaker == "ukiload" else "36")

    def claim(self, text: str, holds: bool, otherwise: object = "") -> None:
        """What has just been shown, checked against what the machine reported."""
        text = " ".join(text.split())
        self.claims += 1
        if not holds:
            self.acts[-1].wrong.append(text)
        self._put(textwrap.fill(text, WIDTH, initial_indent="  ok     " if holds else "  WRONG  ",
                                subsequent_indent=" " * 9, break_on_hyphens=False), "32" if holds else "31")
        if not holds:
            self._put(textwrap.fill(f"instead: {otherwise}", WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9))

    @property
    def seconds(self) -> int:
        """Since the beginning."""
        return round(time.monotonic() - self.started)
