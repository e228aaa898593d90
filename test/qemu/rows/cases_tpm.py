# SPDX-License-Identifier: BSD-2-Clause
"""A TPM that ends while ukiload reads the UKI: one that fails, which the reset after a refusal heals, and one that is
gone for good. Firmware measures what it loads, and then does not load the UKI, for the stock chain neither. shim loads
without a measurement, and the stub goes on without one as well: there only @measure refuses."""

from __future__ import annotations

from lab import LOADER, Result
from lab.chip import Chip
from .case import BASE, DEFAULT_POLICY, Booted, Case, Combination, Expected, Machine, Refused, standing
from .cases_slow import slow

DB = Combination(trust="db")
LOST = "the TPM does not answer, and firmware measures what it loads; switch the machine off and on"
UNMEASURED = "the policy asks to be measured (@measure), and the TPM does not take the measurement"
LINE = f"{BASE} loglevel=5"
DASHES = f"{BASE} loglevel=5 -- x"


def _ends(m: Machine, cmdline: str) -> None:
    slow(m, 6_000_000, cmdline=cmdline)
    m.addon(standing("a"), "loglevel=5")
    m.chain.tpm, m.chain.tpm_until = True, "reading  "


def _fails(m: Machine) -> None:
    _ends(m, BASE)
    m.request("")


def _measured(m: Machine) -> None:
    _fails(m)
    m.policy = DEFAULT_POLICY.read_text() + "@measure\n"


def _gone(m: Machine) -> None:
    """In the handoff in which it is ukiload that measures. Without a request: QEMU does not survive a reset then."""
    _ends(m, f"{BASE} -- x")
    m.chain.tpm_ends = Chip.vanish


def _tells_no_measurement(result: Result) -> None:
    assert result.report.text("StubPcrKernelImage", LOADER) is None, "what was not measured is told as measured"


def _refused(reason: str) -> Refused:
    return Refused(reason, then="reset", line=LINE, last={"id": "one"})


def _fails_by_trust(combination: Combination) -> Expected:
    if combination == DB:
        return _refused(LOST)
    return Booted(line=LINE, admitted=[standing("a")], status={"id": "one", "handoff": "stub"},
                  last={"id": "one", "result": "started"}, check=_tells_no_measurement)


def _gone_by_trust(combination: Combination) -> Expected:
    if combination == DB:
        return Refused(LOST, then="end")
    return Booted(line=DASHES, admitted=[standing("a")], status={"handoff": "kernel"}, check=_tells_no_measurement)


CASES = [
    Case("tpm_fails", _fails, _fails_by_trust, also=[DB], x64=True),
    Case("tpm_gone", _gone, _gone_by_trust, also=[DB], x64=True),
    Case("tpm_fails_measured", _measured, _refused(UNMEASURED), x64=True),
]
