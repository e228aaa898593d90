# SPDX-License-Identifier: BSD-2-Clause
"""Policies, in ukiload and in the UKI, good and broken: what they make of an addon that stands, one that is named, and
words that nobody signed."""

from __future__ import annotations

from lab.small_images import CMDLINE, addon, signed, uki
from rows.machine import picked, standing
from .ask import PATH, Box, Case

V1 = "@version 1\n"


def _policy(name: str, text: str | bytes | None, stands: str = "", *, named: str = "", words: str | None = None,
            in_uki: str | bytes | None = None,
            cmdline: bytes = CMDLINE, by: str = "db", stub: str = "stub257") -> Case:
    """text: ukiload's policy; in_uki: the UKI's; stands, named: lines of an addon, which `by` signed; words: those of
    --append."""
    def prepare(box: Box) -> None:
        box.policy = text
        more = () if in_uki is None else ((".ukipol", in_uki.encode() if isinstance(in_uki, str) else in_uki),)
        box.files[PATH] = signed(uki(*more, stub=stub, cmdline=cmdline), "db")
        if stands:
            box.files[standing("a")] = signed(addon(stands), by)
        if named:
            box.files[picked("a")] = signed(addon(named), by)
            box.addons = ["a"]
        box.append = words
    return Case(f"policy_{name}", prepare)


def _of_ukiload(name: str, rules: str, stands: str) -> Case:
    return _policy(name, V1 + rules, stands)


RULES = [
    _of_ukiload("word", "quiet override\n", "quiet"),
    _of_ukiload("word_with_value", "debug\n", "debug=1"),
    _of_ukiload("empty_value", "foo=\n", "foo="),
    _of_ukiload("empty_value_given", "foo=\n", "foo=1"),
    _of_ukiload("question", "foo=?\n", "foo=ab"),
    _of_ukiload("star", "foo=a*b*c\n", "foo=aXbYc"),
    _of_ukiload("star_empty", "foo=*\n", "foo="),
    _of_ukiload("star_not", "foo=a*b*c\n", "foo=aXbY"),
    _of_ukiload("many_stars", f"foo={'a*' * 40}b\n", "foo=" + "a" * 200),
    _of_ukiload("deny_value", "foo=*\n!foo=*,high\n", "foo=1,high"),
    _of_ukiload("deny_first", "!foo\nfoo=*\n", "foo=1"),
    _of_ukiload("deny_family", "usbcore.quirks=*\n!usbcore.*\n", "usbcore.quirks=1"),
    _of_ukiload("deny_folded", "usb_quirk=*\n!usb-quirk\n", "usb_quirk=1"),
    _of_ukiload("repeat", "foo=* repeat\n", "foo=1 foo=2"),
    _of_ukiload("repeat_not", "foo=*\n", "foo=1 foo=2"),
    _of_ukiload("override_not", "quiet\n", "quiet"),
    _of_ukiload("sensitive", "init=/bin/sh sensitive\n", "init=/bin/sh"),
    _of_ukiload("sensitive_not", "init=/bin/sh\n", "init=/bin/sh"),
    _of_ukiload("sensitive_root", "root=LABEL=* sensitive\n", "root=LABEL=x"),
    _of_ukiload("environment", "LD_PRELOAD=*\n", "LD_PRELOAD=/x"),
    _of_ukiload("two_rules_one_flag_each", "console=* repeat\nconsole=* override\n", "console=ttyS0 console=ttyS1"),
    _of_ukiload("comment", "debug # why not\n# foo\n\n  foo=1  \n", "debug foo=1"),
    _of_ukiload("no_newline_at_end", "debug", "debug"),
    _of_ukiload("nothing_but_version", "", "debug"),
]

DIRECTIVES = [
    _of_ukiload("skip", "@on-violation skip\ndebug\n", "foo"),
    _of_ukiload("abort", "@on-violation abort\ndebug\n", "foo"),
    _of_ukiload("abort_good", "@on-violation abort\ndebug\n", "debug"),
    _policy("abort_untrusted", V1 + "@on-violation abort\ndebug\n", "debug", by="unknown"),
    _of_ukiload("require_met_by_addon", "@require audit=1\naudit=* sensitive\n", "audit=1"),
    _of_ukiload("require_met_by_line", "@require quiet\ndebug\n", "debug"),
    _of_ukiload("require_unmet", "@require audit=1\naudit=* sensitive\n", "audit=0"),
    _of_ukiload("require_unmet_without_addon", "@require foo=1\n", ""),
    _of_ukiload("require_overridden", "@require console=ttyS0\nconsole=* override\n", "console=ttyS1"),
    _policy("require_unmet_later", V1 + "@require foo=1\nfoo=* override\n", "foo=2", cmdline=CMDLINE + b" foo=1"),
    _policy("require_behind_dashes", V1 + "@require foo=1\n", "", cmdline=CMDLINE + b" -- foo=1"),
    _policy("requests_off", V1 + "@requests off\ndebug\n", "debug"),
    _of_ukiload("measure", "@measure\ndebug\n", "debug"),
    _of_ukiload("handoff_kernel", "@handoff kernel\ndebug\n", "debug"),
    _of_ukiload("sections_known", "@allow-sections .initrd .ucode .dtb\ndebug\n", "debug"),
    _policy("dashes_in_line", V1 + "debug\n", "debug", cmdline=CMDLINE + b" -- single"),
    _policy("unbalanced_line", V1 + "debug\n", "debug", cmdline=CMDLINE + b' note="two'),
    _policy("quotes_in_line", V1 + "debug\n", named="debug", cmdline=CMDLINE + b' note="two words"'),
    _policy("unbalanced_line_named", V1 + "debug\n", named="debug", cmdline=CMDLINE + b' note="two'),
    _policy("stub252", V1 + "debug\n", "debug", stub="stub252"),
    _policy("stub252_named", V1 + "debug\n", named="debug", stub="stub252"),
]

# What `ukictl policy embed` refuses as well, and what only looks as if it were broken.
BROKEN: dict[str, str | bytes] = {
    "empty": "", "no_version": "debug\n", "version_2": "@version 2\ndebug\n", "version_twice": V1 + V1,
    "version_late": "debug\n@version 1\n", "star_in_name": V1 + "deb*=1\n", "star_alone": V1 + "*\n",
    "flag_unknown": V1 + "debug often\n", "flag_twice": V1 + "debug repeat repeat\n",
    "sensitive_unsigned": V1 + "init=* sensitive unsigned\n", "deny_flag": V1 + "!debug repeat\n",
    "directive_unknown": V1 + "@frobnicate\n", "violation_odd": V1 + "@on-violation maybe\n",
    "require_nothing": V1 + "@require\n", "require_two": V1 + "@require a b\n",
    "sections_odd": V1 + "@allow-sections .linux\n", "requests_on": V1 + "@requests on\n",
    "handoff_stub": V1 + "@handoff stub\n", "quote": V1 + 'debug="1"\n', "bracket": V1 + "debug=[1]\n",
    "dollar": V1 + "debug=$1\n", "tab": V1 + "debug\trepeat\n", "return": V1 + "debug\r\n",
    "high": (V1 + "# \xe4\n").encode(), "nul_inside": b"@version 1\n\0debug\n",
    "nuls_at_end": b"@version 1\ndebug\n" + bytes(30), "rule_256": V1 + "debug=" + "x" * 250 + "\n",
    "rule_257": V1 + "debug=" + "x" * 251 + "\n", "equals": V1 + "=1\n", "dashes": V1 + "--\n",
    "rules_256": V1 + "".join(f"r{i}\n" for i in range(255)) + "debug\n",
    "rules_257": V1 + "".join(f"r{i}\n" for i in range(256)) + "debug\n",
    "bytes_16384": V1 + "debug\n" + ("#" * 99 + "\n") * 163 + "#" * 66 + "\n",
    "bytes_16385": V1 + "debug\n" + ("#" * 99 + "\n") * 163 + "#" * 67 + "\n",
    "requires_32": V1 + "@require quiet\n" * 32 + "debug\n",
    "requires_33": V1 + "".join(f"@require a{i}\n" for i in range(33)),
}
BROKENS = [*(_policy(f"form_{name}", text, "debug") for name, text in BROKEN.items()),
           _policy("none", None, "debug"), _policy("none_named", None, named="debug"), _policy("none_alone", None)]

APPEND = V1 + "debug unsigned\nloglevel=? unsigned\nfoo=*\nquiet override unsigned\na=* repeat unsigned\n"
WORDS: dict[str, str] = {
    "unsigned": "debug", "two": "debug loglevel=3", "by_nobody": "foo=1", "denied": "init=/bin/sh",
    "ours": "ukiload.log=debug", "at": "@1", "dashes": "-- debug", "quotes": 'loglevel="3"', "twice": "debug debug",
    "override": "quiet", "repeat": "a=1 a=2", "65_words": " ".join(f"a={i}" for i in range(65)),
    "long": "a=" + "x" * 600, "too_long": "a=" + "x" * 1000, "blanks": "  debug   loglevel=3 ", "nothing": "",
    "star": "a=*", "high": "a=\xe4",
}
APPENDS = [
    *(_policy(f"append_{name}", APPEND, words=line) for name, line in WORDS.items()),
    _policy("append_signed", V1 + "foo=*\n", words="foo=1"),
    _policy("append_collides", APPEND, "debug", words="debug loglevel=3"),
    _policy("append_without_policy", None, words="debug"),
    _policy("append_behind_dashes", APPEND, words="debug", cmdline=CMDLINE + b" -- single"),
    _policy("append_stub252", APPEND, words="debug", stub="stub252"),
]

WIDE = V1 + "debug\nfoo=*\nloglevel=? unsigned\nroot=* sensitive\n"
NARROWING: dict[str, tuple[str | bytes, str]] = {
    "same": (V1 + "debug\n", "debug"), "narrower": (V1 + "foo=?\n", "foo=12"), "fits": (V1 + "foo=?\n", "foo=1"),
    "wider": (V1 + "bar\n", "bar"), "denies": (V1 + "debug\n!debug\n", "debug"),
    "sensitive_not": (V1 + "root=*\n", "root=x"), "sensitive": (V1 + "root=* sensitive\n", "root=x"),
    "requires": (V1 + "@require foo=1\nfoo=*\n", "debug"), "requires_met": (V1 + "@require foo=1\nfoo=*\n", "foo=1"),
    "aborts": (V1 + "@on-violation abort\n", "debug"), "requests_off": (V1 + "@requests off\n", ""),
    "handoff_kernel": (V1 + "@handoff kernel\ndebug\n", "debug"), "broken": ("debug\n", ""), "empty": (b"", ""),
    "only_nul": (bytes(20), ""), "high": (b"@version 1\n# \xe4\n", ""), "nothing_allowed": (V1, "debug"),
    "measure": (V1 + "@measure\n", ""),
}
IN_UKI = [
    *(_policy(f"uki_{name}", WIDE, stands, in_uki=text) for name, (text, stands) in NARROWING.items()),
    _policy("uki_append", WIDE, words="loglevel=3", in_uki=V1 + "loglevel=? unsigned\n"),
    _policy("uki_append_not", WIDE, words="loglevel=3", in_uki=V1 + "loglevel=?\n"),
    _policy("uki_alone", None, "debug", in_uki=V1 + "debug\n"),
    _policy("uki_named_not", WIDE, named="debug", in_uki=V1 + "foo\n"),
]

CASES = [*RULES, *DIRECTIVES, *BROKENS, *APPENDS, *IN_UKI]
