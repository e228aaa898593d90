# SPDX-License-Identifier: BSD-2-Clause
"""What a run must come to, and how it is held against that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lab import BS, LOADER, RT, UKILOAD, Report, Result
from .machine import BASE, GOOD, NEXT

Check = Callable[[Result], None]


@dataclass(frozen=True)
class Booted:
    """ukiload starts `uki`. Reasons are words of the sentence; a refused or skipped one is on the screen too."""

    line: str = BASE
    uki: str = GOOD
    admitted: Sequence[str] = ()  # in the order in which the status names them
    refused: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)  # not for this image: no violation
    skipped: Mapping[str, str] = field(default_factory=dict)  # UKIs that were tried before
    status: Mapping[str, str] = field(default_factory=dict)  # key -> pattern that a whole value matches
    last: Mapping[str, str] | None = None  # UkiloadLast likewise; None: there is none
    request_stays: bool = False  # UkiloadRequest is there still, for it could not be deleted
    shown: Sequence[str] = ()  # further words on the screen
    resets: int = 0
    check: Check | None = None


@dataclass(frozen=True)
class Refused:
    """ukiload starts nothing; what boots then reads why.

    then: "next": a standing start; firmware goes on with its next entry, whose OS reads UkiloadStatus
          "reset": a request was consumed; the machine is reset and starts ukiload again without it, and
          that OS reads UkiloadLast
    "end": a standing start whose machine has no other entry: firmware says so, and only firmware's own
          boot manager is left
    """

    reason: str
    then: str = "next"
    line: str | None = None  # of what boots then: NEXT or BASE
    refused: Mapping[str, str] = field(default_factory=dict)  # addons, not exhaustive
    skipped: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)  # beside result and reason, for "reset"
    shown: Sequence[str] = ()
    result: str = "refused"
    check: Check | None = None


Expected = Booted | Refused


# A machine that shows one of these asks a person for something.
_WAITING = re.compile(r"(?i)MokManager|MOK management|Press any key|Shim UEFI key|Boot in \d+ s|Enroll MOK"
                      r"|Shell> |BdsDxe: No bootable")


def _squeezed(text: str) -> str:
    # ukiload breaks lines at the screen's width, and a long path anywhere.
    return re.sub(r"\s+", "", text)


def _must(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _on_screen(result: Result, words: str) -> None:
    _must(_squeezed(words) in _squeezed(result.screen), f"the screen does not say: {words}")


def judge(result: Result, expected: Expected) -> None:
    """Hold a run against what its row says."""
    if isinstance(expected, Refused) and expected.then == "end":
        _judge_end(result, expected)
        return
    waiting = _WAITING.search(result.screen)
    _must(waiting is None, f"the machine asks for something: {waiting and waiting[0]}")
    _must(result.ended == "off", f"the run ended with {result.ended!r} instead of an OS that switches off")
    if isinstance(expected, Booted):
        _judge_booted(result, expected)
    else:
        _judge_refused(result, expected)
    for words in expected.shown:
        _on_screen(result, words)
    if expected.check:
        expected.check(result)


def _judge_booted(result: Result, expected: Booted) -> None:
    report = result.report
    _must(len(result.reports) == 1 + expected.resets and result.resets == expected.resets,
          f"{len(result.reports)} boots and {result.resets} resets")
    _must(report.cmdline == expected.line, f"/proc/cmdline is\n  {report.cmdline}\nand not\n  {expected.line}\n"
          f"status: {report.status}")
    _status_is_volatile(report)
    _must([_unescaped(value) for value in report.status["uki"]] == [backslashed(expected.uki)],
          f"UkiloadStatus: {report.status}")
    _values(report.status, {"result": "started", "cmdline": re.escape(expected.line), **expected.status},
            "UkiloadStatus")
    _must(report.text("StubImageIdentifier", LOADER) in (None, backslashed(expected.uki)), "the stub saw another path")
    _addons(result, report, expected)
    _skipped(result, report, expected.skipped)
    if expected.last is None:
        _must(report.var("UkiloadLast") is None, f"UkiloadLast is there: {report.last}")
    else:
        _values(report.last, expected.last, "UkiloadLast")
    _must(expected.request_stays == (report.var("UkiloadRequest") is not None),
          "UkiloadRequest is there or not, wrongly")


def _judge_end(result: Result, expected: Refused) -> None:
    _must(result.ended == "stuck" and not result.booted,
          f"the run ended with {result.ended!r}, not with an idle firmware")
    theirs = _WAITING.search(result.screen)
    _must(theirs is not None and theirs[0] == "BdsDxe: No bootable",
          f"something asked before firmware did: {theirs and theirs[0]}")
    _on_screen(result, expected.reason)
    _on_screen(result, "ukiload starts nothing and returns to whoever started it.")
    _must((UKILOAD, "UkiloadStatus") not in result.variables, "UkiloadStatus is not volatile")
    for words in expected.shown:
        _on_screen(result, words)


def _judge_refused(result: Result, expected: Refused) -> None:
    report = result.report
    _on_screen(result, expected.reason)
    line = expected.line or (NEXT if expected.then == "next" else BASE)
    _must(report.cmdline == line, f"what booted then has the line\n  {report.cmdline}\nand not\n  {line}")
    if expected.then == "next":
        _must(result.resets == 0, "a standing start reset the machine")
        _on_screen(result, "ukiload starts nothing and returns to whoever started it.")
        _status_is_volatile(report)
        _values(report.status, {"result": expected.result, "reason": _containing(expected.reason), **expected.status},
                "UkiloadStatus")
        for path, words in expected.refused.items():
            verdict = verdicts(report).get(path, "not named at all")
            _must(words in verdict and not verdict.startswith("admitted"), f"{path} is {verdict}, not: {words}")
        _skipped(result, report, expected.skipped)
        return
    _must(result.resets == 1, f"{result.resets} resets instead of one")
    _values(report.last, {"result": expected.result, "reason": _containing(expected.reason), **expected.last},
            "UkiloadLast")
    _must(report.var("UkiloadRequest") is None, "UkiloadRequest is still there")
    _must((report.attributes("UkiloadLast") or 0) & 7 == 7, "UkiloadLast would not outlive the power")
    if expected.status:
        _values(report.status, expected.status, "UkiloadStatus")


def backslashed(path: str) -> str:
    """A path as firmware writes it."""
    return path.replace("/", "\\")


def _containing(words: str) -> str:
    return f"(?s).*{re.escape(words)}.*"


def _status_is_volatile(report: Report) -> None:
    attributes = report.attributes("UkiloadStatus", UKILOAD)
    _must(attributes == BS | RT, f"UkiloadStatus has attributes {attributes}")


def _values(found: Mapping[str, list[str]], wanted: Mapping[str, str], what: str) -> None:
    for key, pattern in wanted.items():
        values = found.get(key, [])
        _must(any(re.fullmatch(pattern, value) for value in values),
              f"{what}: {key}={values}, expected {pattern}\n{found}")


def _unescaped(value: str) -> str:
    """A value of the status as it was before it was made printable."""
    raw = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), value.encode())
    return raw.decode("utf-8", "replace")


def verdicts(report: Report) -> dict[str, str]:
    """Path with slashes -> verdict and reason, in the order of the status."""
    found = {}
    for value in map(_unescaped, report.status.get("addon", [])):
        # A folder that cannot be read stands there as one whole.
        match = re.match(r"(?i)(?P<path>.*?(?:\.addon\.efi|\.extra\.d|\\loader\\addons)) (?P<verdict>.*)$", value)
        _must(match is not None, f"UkiloadStatus has addon={value}")
        assert match
        found[match["path"].replace("\\", "/")] = match["verdict"]
    return found


def _addons(result: Result, report: Report, expected: Booted) -> None:
    found = verdicts(report)
    admitted = [path for path, verdict in found.items() if verdict.startswith("admitted")]
    _must(admitted == list(expected.admitted), f"admitted are {admitted}, not {list(expected.admitted)}\n{found}")
    others = {**expected.refused, **expected.left_out}
    _must(set(found) - set(admitted) == set(others), f"the status names {found}, the row {sorted(others)}")
    for path, words in others.items():
        _must(words in found[path], f"{path} is {found[path]}, not: {words}")
        _must(found[path].startswith("not for this image") == (path in expected.left_out), f"{path} is {found[path]}")
        _on_screen(result, backslashed(path))
        _on_screen(result, words)


def _skipped(result: Result, report: Report, expected: Mapping[str, str]) -> None:
    noted = report.status.get("skipped", [])
    for path, words in expected.items():
        _must(any(backslashed(path) in text and words in text for text in noted),
              f"skipped={noted}; not {path}: {words}")
        _on_screen(result, words)


def judge_and_show(result: Result, expected: Expected) -> None:
    """judge(), and what the screen said beside what is wrong."""
    try:
        judge(result, expected)
    except AssertionError as error:
        raise AssertionError(f"{error}\n--- run {result.ended}, {result.run_dir}/serial.log ends with:\n"
                             f"{_told(result)}") from None


def _told(result: Result) -> str:
    """What firmware and boot programs said, without the kernel's and the guest's lines."""
    lines = [line for line in result.screen.splitlines() if line.strip() and not line.startswith(("@@", "["))]
    return "\n".join(lines[-40:])
