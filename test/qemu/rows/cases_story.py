# SPDX-License-Identifier: BSD-2-Clause
"""What is told when nothing runs: after each kind of refusal, and after an image that was started and came back, the
status speaks of the image that was judged, in bytes that are still its own. And what is counted: only what is started.

More of both is on the bench, where it takes a millisecond: test/firmware/test_story.c and test_counting.c."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab import BS, LOADER, NV, RT, Result, cache
from .case import BASE, GOOD, Booted, Case, Combination, Machine, Refused, backslashed, standing

LOADED = "/EFI/ukiload/ukiloadx64.efi"
UNTRUSTED = "is not signed by a key that this machine trusts, or is revoked"
DB = Combination(trust="db")
# Of the image that was judged, whether or not it is still in memory.
TOLD = {"stub": r"systemd-stub 257[ -~]*", "cmdline": re.escape(BASE), "profile": "0", "handoff": "stub"}


def _options(m: Machine, words: str) -> None:
    """A start with words in LoadOptions: its refusal is a standing one, and the next OS reads the status."""
    m.launcher, m.chain.entry = LOADED, "ukiload.conf"
    m.chain.files["/loader/entries/ukiload.conf"] = f"title ukiload\nefi {LOADED}\noptions {words}\n"


def _unsigned(m: Machine) -> None:
    m.uki(sign=None)


def _required(m: Machine) -> None:
    m.policy = "@version 1\n@require audit=1\n"


def _pinned(m: Machine) -> None:
    _options(m, f"ukiload.sha256={'0' * 64}")


def _violation(m: Machine) -> None:
    """LoadImage refuses the addon when the UKI's file is gone and its image is loaded."""
    m.policy = "@version 1\nloglevel=?\n@on-violation abort\n"
    m.addon(standing("a"), "loglevel=5", sign="unknown")


def _damaged(m: Machine) -> None:
    m.chain.files[GOOD] = m.uki().read_bytes()[:-65536]


def _told_nothing(result: Result) -> None:
    """There is no plan of an image that could not be opened."""
    status = result.report.status
    assert not {"stub", "cmdline", "handoff", "plan"} & set(status), status


def _returns(m: Machine) -> None:
    """Its kernel is a program that gives up at once. Not stub 257: that one ends in an exception when its kernel comes
    back."""
    m.uki(stub="stub252", kernel="addon257", uname="6.12", initrd=cache.stored(b"initrd" * 100))


TELLING = [
    Case("told_unsigned", _unsigned, Refused(f"good.efi {UNTRUSTED}", status=TOLD), also=(DB,)),
    Case("told_required", _required, Refused('"audit=1" is required by policy line 2', status=TOLD)),
    Case("told_pinned", _pinned,
         Refused(f"but the request says ukiload.sha256={'0' * 64}: the file changed after the request was made",
                 status={**TOLD, "sha256": "[0-9a-f]{64}"})),
    Case("told_violation", _violation,
         Refused("and ukiload's policy says `@on-violation abort`", status=TOLD, refused={standing("a"): UNTRUSTED})),
    Case("told_damaged", _damaged, Refused("has bytes that reach past the end of the file", check=_told_nothing)),
    Case("told_came_back", _returns, Refused("good.efi was started and came back", result="failed",
                                               status={**TOLD, "stub": r"systemd-stub 252[ -~]*"}), also=(DB,)),
]

# --- counting -----------------------------------------------------------------------------------

NEWER = "ID=ukiload-test\nVERSION_ID=9\n"  # tried before the good one
TRIED = "/EFI/Linux/a+2-1.efi"


def _counted(m: Machine) -> None:
    """An image that sorts first and a stranger signed, and a good one; both have three tries. systemd-boot counts
    nothing: the entry is another file. Root of an earlier boot left a LoaderBootCountPath in flash, which must not
    switch counting off."""
    _options(m, "")
    m.uki("/EFI/Linux/b+3.efi", osrel=NEWER, sign="unknown")
    m.uki("/EFI/Linux/a+3.efi")
    del m.chain.files[GOOD]
    m.chain.var("LoaderBootCountPath", "\\EFI\\Linux\\b+3.efi", LOADER, NV | BS | RT)


def _returns_counted(m: Machine) -> None:
    _options(m, "")
    _returns(m)
    m.chain.files["/EFI/Linux/a+3.efi"] = m.chain.files.pop(GOOD)


def _counts(there: list[str], blessed: str) -> Callable[[Result], None]:
    """The names on the disk, and what the running system would bless."""
    def check(result: Result) -> None:
        names = [name for name in result.disk.list("/EFI/Linux") if re.search(r"/[ab][+][^/]*[.]efi$", name)]
        assert sorted(names) == there, names
        assert result.report.text("LoaderBootCountPath", LOADER) == backslashed(blessed)
        assert result.report.attributes("LoaderBootCountPath", LOADER) == BS | RT
    return check


STRANGER = {"/EFI/Linux/b+3.efi": UNTRUSTED}
COUNTED = _counts([TRIED, "/EFI/Linux/b+3.efi"], TRIED)

COUNTING = [
    Case("count_only_started", _counted, Booted(uki=TRIED, skipped=STRANGER, check=COUNTED)),
    # It ran, and so the try is used: a kernel that hangs or gives up must not be retried for ever.
    Case("count_came_back", _returns_counted, Refused(
        "a+2-1.efi was started and came back", result="failed", check=_counts([TRIED], TRIED))),
]

CASES = TELLING + COUNTING
