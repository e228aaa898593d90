# SPDX-License-Identifier: BSD-2-Clause
"""The policy: what signed addons may say, and what happens when they say more."""

from __future__ import annotations

from .case import BASE, GOOD, QUIET, Booted, Case, Machine, Refused, own, picked, standing

# --- words, under the policy that `make` embeds ---------------------------------------------------

WORDS = {  # name of the addon -> its line, and why it is refused
    "a-unlisted": ("foo=1", '"foo=1" refused: no rule for "foo"'),
    "b-value": ("loglevel=42", '"loglevel=42" refused: value "42" does not match'),
    "c-no-value": ("crashkernel", "it has no value"),
    "d-value-too-much": ("debug=1", "it has a value"),
    "e-init": ("init=/bin/sh", '"init=/bin/sh" refused: sensitive (control of PID 1), no rule with that flag'),
    "f-unit": ("systemd.unit=rescue.target", "refused: sensitive (control of PID 1), no rule with that flag"),
    "g-single": ("loglevel=3 single", '"single" refused: sensitive (control of the rescue shell)'),
    "h-spelling": ("log-buf-len=1M", "names compare byte for byte"),
    "i-uart": ("console=uart8250,io,0x3f8", "sensitive (early console at any address)"),
    "j-quotes": ('loglevel="7"', "an overlay holds printable ASCII without quotes"),
    "k-control": (b"loglevel=3\x0b", "an overlay holds printable ASCII without quotes"),
    "k-initrd": ("console=ttyS1,initrd=/x",
                 '"console=ttyS1,initrd=/x" refused: the kernel\'s EFI stub searches the whole line'),
    "l-dashes": ("loglevel=3 -- single", '"--" refused: what follows it would go to init'),
    "m-environment": ("LD_PRELOAD=/x", "sensitive (becomes init's environment)"),
    "n-twice": ("log_buf_len=1M log_buf_len=2M", '"log_buf_len=2M" refused: appears twice'),
    "o-signed-has-it": ("quiet", '"quiet" refused: already in the signed command line'),
    "p-case": ("Debug", 'no rule for "Debug"'),
}


def _words(m: Machine) -> None:
    for name, (line, _) in WORDS.items():
        m.addon(standing(name), line)
    m.addon(standing("q-good"), b"crashkernel=64M  console=ttyS1 console=ttyS1,9600\r\nlog_buf_len=1M \n\n")
    m.addon(standing("r-collides"), "log_buf_len=2M loglevel=3")
    m.addon(standing("s-good"), "loglevel=3")


# --- flags ----------------------------------------------------------------------------------------

FLAGS = """\
@version 1
crashkernel=*
!crashkernel=*,high
base=?          override
root=LABEL=*    sensitive
trace=*         repeat
usbcore.quirks=*
usb_quirk=*
!usbcore.*
!usb-quirk
"""


def _flags(m: Machine) -> None:
    m.policy = FLAGS
    m.addon(standing("a"), "crashkernel=64M,high")
    m.addon(standing("b"), "base=2")
    m.addon(standing("c"), "root=LABEL=x")
    m.addon(standing("d"), "root=UUID=x")
    m.addon(standing("e"), "usbcore.quirks=1")
    m.addon(standing("f"), "usb_quirk=1")
    m.addon(standing("g"), "trace=1 trace=2")
    m.addon(standing("h"), "trace=3 crashkernel=64M")
    m.addon(standing("i"), "base=3")


# --- what must be there, and what ends the start --------------------------------------------------

def _require_addon(m: Machine) -> None:
    m.policy = "@version 1\n@require audit_backlog_limit=64\n@require base=1\naudit_backlog_limit=*\n"
    m.addon(standing("audit"), "audit_backlog_limit=64")


def _require_unmet(m: Machine) -> None:
    m.policy = "@version 1\n@require audit_backlog_limit=64\naudit_backlog_limit=*\n"
    m.addon(standing("audit"), "audit_backlog_limit=65")


def _require_untrusted(m: Machine) -> None:
    m.policy = "@version 1\n@require audit_backlog_limit=64\naudit_backlog_limit=*\n"
    m.addon(standing("audit"), "audit_backlog_limit=64", sign="unknown")


def _require_overridden(m: Machine) -> None:
    m.policy = "@version 1\n@require base=1\nbase=? override\n"
    m.addon(standing("later"), "base=2")


def _abort(m: Machine) -> None:
    m.policy = "@version 1\n@on-violation abort\ncrashkernel=*\n"
    m.addon(standing("a"), "crashkernel=64M")
    m.addon(standing("b"), "debug")


def _abort_untrusted(m: Machine) -> None:
    m.policy = "@version 1\n@on-violation abort\ncrashkernel=*\n"
    m.addon(standing("a"), "crashkernel=64M", sign="unknown")


def _abort_not_for_image(m: Machine) -> None:
    m.policy = "@version 1\n@on-violation abort\ncrashkernel=*\n"
    m.addon(standing("a"), "crashkernel=64M")
    m.addon(standing("b"), "debug", uname="6.1.0-other")


# --- no policy, broken policy ---------------------------------------------------------------------

def _none(m: Machine) -> None:
    m.policy = None
    m.addon(standing("a"), "quiet")


def _none_picked(m: Machine) -> None:
    m.policy = None
    m.addon(picked("a"), "debug")
    m.request("ukiload.addon=a")


def _broken(m: Machine) -> None:
    m.policy = "@version 1\ncrash*=1\n"


def _version(m: Machine) -> None:
    m.policy = "@version 2\nquiet\n"


# --- a policy in the UKI as well ------------------------------------------------------------------

def _uki_narrows(m: Machine) -> None:
    m.policy = "@version 1\n@allow-sections .initrd\ncrashkernel=*\nloglevel=?\nroot=LABEL=* sensitive\ndebug\nquiet override\n"
    m.uki(sections={".ukipol": "@version 1\ncrashkernel=??M\nroot=LABEL=x\nquiet override\nignore_loglevel\n!debug\n"})
    m.addon(standing("a"), "crashkernel=64M quiet")
    m.addon(standing("0"), "crashkernel=128M")
    m.addon(standing("c"), "loglevel=3")
    m.addon(standing("d"), "root=LABEL=x")
    m.addon(standing("e"), "debug")
    m.addon(standing("f"), "ignore_loglevel")
    m.addon(standing("g"), None, sections={".initrd": b"070701"})


def _uki_requires(m: Machine) -> None:
    m.uki(sections={".ukipol": "@version 1\n@require audit=1\ncrashkernel=*\n"})


def _uki_aborts(m: Machine) -> None:
    m.uki(sections={".ukipol": "@version 1\n@on-violation abort\ncrashkernel=*\n"})
    m.addon(standing("a"), "loglevel=3")


def _uki_broken(m: Machine) -> None:
    m.uki(sections={".ukipol": "crashkernel=*\n"})


def _requests_off(m: Machine) -> None:
    m.policy = "@version 1\n@requests off\ncrashkernel=*\n"
    m.addon(standing("a"), "crashkernel=64M")
    m.request("ukiload.profile=0")


# --- the signed line ------------------------------------------------------------------------------

def _no_cmdline(m: Machine) -> None:
    m.uki(cmdline=None)
    m.policy = f"{m.policy}no_timer_check\n"
    m.addon(standing("a"), QUIET)
    m.addon(own("b"), "crashkernel=64M")


def _signed_quotes(m: Machine) -> None:
    m.uki(cmdline=f'{QUIET} note="two words" base=1')
    m.addon(standing("a"), "crashkernel=64M")


def _signed_unbalanced(m: Machine) -> None:
    m.uki(cmdline=f'{QUIET} note="two words')
    m.addon(standing("a"), "crashkernel=64M")


def _dashes(m: Machine) -> None:
    m.uki(cmdline=f"{QUIET} -- base=1")
    m.addon(standing("a"), "crashkernel=64M")


def _limits(m: Machine) -> None:
    m.policy = "@version 1\na=* repeat\nb=*\n"
    m.addon(standing("a-words"), " ".join(f"a={i}" for i in range(65)))
    m.addon(standing("b-bytes"), "b=" + "x" * 1023)
    m.addon(standing("c-file"), "b=" + "x" * 4095)
    m.addon(standing("d-fits"), "b=" + "x" * 990)
    m.addon(standing("e-together"), "a=" + "x" * 40)


CASES = [
    Case("policy_words", _words, Booted(
        line=f"{BASE} crashkernel=64M  console=ttyS1 console=ttyS1,9600  log_buf_len=1M loglevel=3",
        admitted=[standing("q-good"), standing("s-good")],
        refused={**{standing(name): why for name, (_, why) in WORDS.items()},
                 standing("r-collides"): '"log_buf_len=2M" refused: appears twice'})),
    Case("policy_flags", _flags, Booted(
        line=f"{BASE} base=2 root=LABEL=x trace=1 trace=2 trace=3 crashkernel=64M",
        admitted=[standing(name) for name in "bcgh"],
        refused={standing("a"): '"crashkernel=64M,high" refused: denied by policy line 3',
                 standing("d"): '"root=UUID=x" refused: sensitive (root and its integrity), no rule with that flag',
                 standing("e"): '"usbcore.quirks=1" refused: denied by policy line 9',
                 standing("f"): '"usb_quirk=1" refused: denied by policy line 10',
                 standing("i"): '"base=3" refused: appears twice'})),
    Case("policy_limits", _limits, Booted(
        line=f"{BASE} b={'x' * 990}", admitted=[standing("d-fits")],
        refused={standing("a-words"): "all addons together may add 64",
                 standing("b-bytes"): "bytes, and all addons together may have 1024",
                 standing("c-file"): "bytes, more than the 4096 that one addon may give",
                 standing("e-together"): "bytes, and all addons together may have 1024"})),
    Case("policy_require_met", _require_addon, Booted(
        line=f"{BASE} audit_backlog_limit=64", admitted=[standing("audit")])),
    Case("policy_require_unmet", _require_unmet, Refused('"audit_backlog_limit=64" is required by policy line 2')),
    Case("policy_require_untrusted", _require_untrusted, Refused(
        '"audit_backlog_limit=64" is required by policy line 2',
        refused={standing("audit"): "is not signed by a key that this machine trusts"})),
    Case("policy_require_overridden", _require_overridden, Refused(
        '"base=1" is required by policy line 2, but "base=2" comes later')),
    Case("policy_abort", _abort, Refused(
        "\\loader\\addons\\b.addon.efi is refused, and ukiload's policy says `@on-violation abort`: \"debug\" refused: no rule",
        refused={standing("b"): '"debug" refused: no rule for "debug"'})),
    Case("policy_abort_untrusted", _abort_untrusted, Refused(
        "a.addon.efi is untrusted, and ukiload's policy says `@on-violation abort`",
        refused={standing("a"): "is not signed by a key that this machine trusts"})),
    Case("policy_abort_not_for_image", _abort_not_for_image, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[standing("a")],
        left_out={standing("b"): 'is for kernel "6.1.0-other"'})),
    Case("policy_none", _none, Booted(
        refused={standing("a"): "this ukiload carries no policy (.ukipol), so nothing may be added"},
        status={"policy": "none"})),
    Case("policy_none_picked", _none_picked, Refused("this ukiload carries no policy (.ukipol)", then="reset")),
    Case("policy_broken", _broken,
         Refused("ukiload's policy is not valid: policy line 2: \"crash*\": an allow rule needs a literal name")),
    Case("policy_version", _version,
         Refused('ukiload\'s policy is not valid: policy line 1: version "2" is not known')),
    Case("policy_uki_narrows", _uki_narrows, Booted(
        line=f"{BASE} crashkernel=64M quiet", admitted=[standing("a")],
        refused={standing("0"): 'value "128M" does not match policy line 2 of the UKI',
                 standing("c"): '"loglevel=3" refused: the UKI\'s policy has no rule for "loglevel"',
                 standing("d"): "sensitive (root and its integrity), no rule with that flag in the UKI's policy",
                 standing("e"): '"debug" refused: denied by policy line 6 of the UKI',
                 standing("f"): '"ignore_loglevel" refused: no rule for "ignore_loglevel"',
                 standing("g"): "the policy in the image has no @allow-sections"})),
    Case("policy_uki_requires", _uki_requires, Refused('"audit=1" is required by policy line 2 of the UKI')),
    Case("policy_uki_aborts", _uki_aborts, Refused("and the image's policy says `@on-violation abort`")),
    Case("policy_uki_broken", _uki_broken, Refused(
        f"{GOOD}: the policy in it (.ukipol) is not valid: policy line 1".replace("/", "\\"))),
    Case("policy_requests_off", _requests_off, Refused(
        "requests are switched off by `@requests off` in ukiload's policy", then="reset",
        line=f"{BASE} crashkernel=64M")),
    Case("line_no_cmdline", _no_cmdline, Booted(
        line=f"{QUIET} crashkernel=64M", admitted=[standing("a"), own("b")])),
    Case("line_quotes", _signed_quotes, Booted(
        line=f'{QUIET} note="two words" base=1 crashkernel=64M', admitted=[standing("a")]), linux=True),
    Case("line_unbalanced", _signed_unbalanced, Booted(
        line=f'{QUIET} note="two words',
        refused={standing("a"): "the signed command line opens a quote and does not close it"})),
    Case("line_dashes", _dashes, Booted(
        line=f"{QUIET} crashkernel=64M -- base=1", admitted=[standing("a")], status={"handoff": "kernel"}), linux=True),
]
