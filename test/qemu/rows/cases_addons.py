# SPDX-License-Identifier: BSD-2-Clause
"""Addons: where they lie, who signed them, what they hold, in which order their words come."""

from __future__ import annotations

from lab import Result, boot_images, keys, pe_edit, sign
from lab.guest import cpio
from lab.program import GUEST, efi_program
from .case import (BASE, GOOD, LINUX, NEXT, QUIET, Booted, Case, Check, Combination, Expected, Machine, Refused, own,
                   picked, standing)

UNTRUSTED = "is not signed by a key that this machine trusts"
NEWER = "ID=ukiload-test\nVERSION_ID=9\nPRETTY_NAME=\"newer image\"\n"  # sorts before the good UKI
OLDER = NEWER.replace("9", "0")
BY_DB = "/EFI/Linux/by-db.efi"
UNSIGNED_UKI = "/EFI/Linux/unsigned.efi"


# --- who signed them: one boot on every combination -----------------------------------------------

def _signatures(m: Machine) -> None:
    m.uki(UNSIGNED_UKI, osrel=NEWER, cmdline=f"{QUIET} unsigned=1", sign=None)
    m.addon(standing("kdump"), "crashkernel=64M")
    m.addon(standing("unknown"), "log_buf_len=1M", sign="unknown")
    m.addon(standing("unsigned"), "console=ttyS1", sign=None)
    m.addon(standing("zz-shell"), "init=/bin/sh")
    m.addon(own("level"), "loglevel=3")
    m.addon(picked("never"), "console=ttyS2")
    if without_shim_lock(m.combination):
        m.chain.db = ("vendor",)
        m.uki(BY_DB, osrel=OLDER, cmdline=f"{QUIET} db=1", sign="vendor")
        m.addon(standing("by-db"), "loglevel=2", sign="vendor")


def _signatures_expected(c: Combination) -> Expected:
    shell = {standing("zz-shell"): '"init=/bin/sh" refused: sensitive (control of PID 1), no rule with that flag'}
    if not c.secure_boot:  # firmware vouches for everything; the policy does not care
        return Booted(line=f"{QUIET} unsigned=1 crashkernel=64M log_buf_len=1M console=ttyS1", uki=UNSIGNED_UKI,
                      admitted=[standing("kdump"), standing("unknown"), standing("unsigned")], refused=shell)
    if without_shim_lock(c):
        return Booted(line=f"{QUIET} db=1 loglevel=2", uki=BY_DB, admitted=[standing("by-db")],
                      refused={**{standing(name): UNTRUSTED for name in ("kdump", "unknown", "unsigned")}, **shell},
                      skipped={UNSIGNED_UKI: UNTRUSTED, GOOD: UNTRUSTED})
    return Booted(line=f"{BASE} crashkernel=64M loglevel=3",
                  admitted=[standing("kdump"), own("level")],
                  refused={standing("unknown"): UNTRUSTED, standing("unsigned"): UNTRUSTED, **shell},
                  skipped={UNSIGNED_UKI: UNTRUSTED},
                  status={"profile": "0", "handoff": "stub", "stub": "systemd-stub 257.*"})


def without_shim_lock(c: Combination) -> bool:
    """shim 15.8 takes its protocol away when systemd-boot 252 starts ukiload: then only db is asked."""
    return c.trust == "shim158" and c.sdboot == "252"


# --- order ----------------------------------------------------------------------------------------

def _order(m: Machine) -> None:
    m.addon(standing("b"), "crashkernel=2M")
    m.addon(standing("a"), "console=ttyS1")
    m.addon(own("~z"), "console=ttyS2")
    m.addon(own("A"), "console=ttyS3")
    m.addon(picked("0"), "console=hvc0")
    m.addon(picked("1"), "console=hvc1")
    m.addon(picked("2"), "console=hvc2")
    m.request("ukiload.addon=1 ukiload.addon=0.addon.efi")


def _order_expected(c: Combination) -> Expected:
    if without_shim_lock(c):
        return Refused(UNTRUSTED, then="reset", line=NEXT)
    return Booted(
        line=f"{BASE} console=ttyS1 crashkernel=2M console=ttyS3 console=ttyS2 console=hvc0 console=hvc1",
        admitted=[standing("a"), standing("b"), own("A"), own("~z"), picked("0"), picked("1")],
        status={"id": "one"}, last={"id": "one", "result": "started"})


def _picked_alone(m: Machine) -> None:
    m.addon(picked("trace"), "loglevel=2 log_buf_len=1M")
    m.addon(picked("other"), "crashkernel=1M")
    m.request("ukiload.addon=trace")


def _picked_refused(m: Machine) -> None:
    m.addon(standing("kdump"), "crashkernel=64M")
    m.addon(picked("shell"), "loglevel=3 init=/bin/sh")
    m.request("ukiload.addon=shell")


def _picked_refused_expected(c: Combination) -> Expected:
    reason = "\\EFI\\ukiload\\addons\\shell.addon.efi, which the request names, is refused: \"init=/bin/sh\" refused: sensitive (control of PID 1), no rule with that flag"
    if without_shim_lock(c):
        return Refused(reason, then="reset", line=NEXT)
    return Refused(reason, then="reset", line=f"{BASE} crashkernel=64M", last={"id": "one"})


def _picked_untrusted(m: Machine) -> None:
    m.addon(picked("trace"), "log_buf_len=1M", sign="unknown")
    m.request("ukiload.addon=trace")


def _picked_missing(m: Machine) -> None:
    m.addon(standing("trace"), "log_buf_len=1M")  # the name is right and the folder is not
    m.request("ukiload.addon=trace")


# --- bytes that were validated --------------------------------------------------------------------

def _same_name(m: Machine) -> None:
    # The stub is shown a picked addon as ~NAME in the UKI's own folder. There a file of that very name lies, validly
    # signed.
    m.addon(picked("trace"), "loglevel=2")
    m.addon(own("~trace"), "init=/bin/evil")
    # And files that the stub would find if anything real were left to see.
    m.addon(standing("evil"), "init=/bin/evil")
    m.addon("/EFI/Linux/good.efi.extra.d/EVIL.ADDON.EFI", "init=/bin/evil")
    m.request("ukiload.addon=trace")


def _swapped(m: Machine) -> None:
    m.addon(standing("a"), "loglevel=3")
    m.addon("/EFI/test/evil.efi", "init=/bin/evil")
    program = efi_program(GUEST / "swap.c", keys.ROOT / "efi" / "mem.c", arch=m.arch)
    m.chain.files["/EFI/test/swap.efi"] = sign(program, m.key)
    m.chain.files["/loader/entries/swap.conf"] = "title swap\nefi /EFI/test/swap.efi\n"
    m.chain.entry = "swap.conf"


def _is_swapped(result: Result) -> None:
    assert result.disk.read(standing("a")) == result.disk.read("/EFI/test/evil.efi")


# --- for which image ------------------------------------------------------------------------------

def _uname(m: Machine) -> None:
    release = m.kernel_release
    m.addon(standing("equal"), "crashkernel=64M", uname=release)
    m.addon(standing("longer"), "log_buf_len=1M", uname=release + "x")
    m.addon(standing("other"), "log_buf_len=1M", uname="6.1.0-other")
    m.addon(standing("prefix"), "log_buf_len=1M", uname=release[:4])


def _uname_unknown(m: Machine) -> None:
    m.chain.files[GOOD] = pe_edit.edited(m.uki(sign=None), pe_edit.rename(".uname", ".other"), sign=m.key)
    m.addon(standing("a"), "log_buf_len=1M", uname=m.kernel_release)


# --- what they hold -------------------------------------------------------------------------------

SECRET = "seen-in-the-guest"


def _initrd() -> bytes:
    return cpio({"from-addon": (0o100644, SECRET.encode())})


def _sections(m: Machine) -> None:
    m.addon(standing("code"), "loglevel=3", sections={".initrd": _initrd()})
    m.addon(standing("empty"), None, sections={".osrel": "ID=x\n"})
    m.addon(standing("good"), "crashkernel=64M", sections={".osrel": "ID=x\n"})
    m.addon(standing("linux"), "log_buf_len=1M", sections={".linux": b"MZ"})
    m.addon(standing("microcode"), "log_buf_len=1M", sections={".ucode": b"\0" * 16})
    m.addon(standing("odd"), "log_buf_len=1M", sections={".odd": b"?"})
    m.addon(standing("pcrs"), "log_buf_len=1M", sections={".pcrsig": b"{}"})
    m.chain.files[standing("text")] = "crashkernel=1M\n"
    m.chain.script = "[ -e /from-addon ] && echo there"


def _initrd_allowed(m: Machine) -> None:
    m.policy = "@version 1\n@allow-sections .initrd\nloglevel=?\n"
    m.addon(standing("code"), "loglevel=3", sections={".initrd": _initrd()})
    m.addon(standing("microcode"), None, sections={".ucode": b"\0" * 16})
    m.addon(picked("more"), None, sections={".initrd": cpio({"from-picked": (0o100644, b"picked")})})
    m.request("ukiload.addon=more")
    m.chain.script = "cat /from-addon; echo; cat /from-picked; echo"


def _guest_saw(*lines: str) -> Check:
    def check(result: Result) -> None:
        seen = [line for line in result.report.output if line]
        assert seen == list(lines), f"the guest printed {seen}, not {lines}"
    return check


# --- on another volume ----------------------------------------------------------------------------

def _xbootldr(m: Machine) -> None:
    image = m.chain.files.pop(GOOD)
    files = {GOOD: image}
    esp, m.chain.files = m.chain.files, files  # m.addon writes to the second volume for a moment
    m.addon(standing("here"), "crashkernel=64M")
    m.addon(own("own"), "loglevel=3")
    m.chain.files, m.chain.xbootldr = esp, files
    m.addon(standing("elsewhere"), "log_buf_len=1M")  # the ESP's: the stub would not look there either


# --- names ----------------------------------------------------------------------------------------

def _counter(m: Machine) -> None:
    image = m.chain.files.pop(GOOD)
    m.chain.files["/EFI/Linux/good+3-0.efi"] = image
    m.addon(own("right"), "loglevel=3")
    m.addon(own("wrong", "/EFI/Linux/good+3-0.efi"), "init=/bin/evil")


def _counted(result: Result) -> None:
    assert "/EFI/Linux/good+2-1.efi" in result.disk.list("/EFI/Linux"), result.disk.list("/EFI/Linux")


def _names(m: Machine) -> None:
    m.addon("/loader/addons/UPPER.ADDON.EFI", "crashkernel=64M")
    m.addon("/loader/addons/.hidden.addon.efi", "init=/bin/evil")
    m.addon("/loader/addons/addon.efi", "init=/bin/evil")
    m.addon("/loader/addons/deep/deep.addon.efi", "init=/bin/evil")
    m.addon("/loader/addons/folder.addon.efi/inside.addon.efi", "init=/bin/evil")
    m.addon(standing("a-rather-long-name-with-several.dots.and_marks+~@"), "loglevel=3")


CASES = [
    Case("addon_signatures", _signatures, _signatures_expected, smoke=True, linux=LINUX),
    Case("addon_order", _order, _order_expected, smoke=True),
    Case("addon_picked", _picked_alone, Booted(
        line=f"{BASE} loglevel=2 log_buf_len=1M", admitted=[picked("trace")], last={"result": "started"})),
    Case("addon_picked_refused", _picked_refused, _picked_refused_expected, smoke=True),
    Case("addon_picked_untrusted", _picked_untrusted, Refused(
        "\\EFI\\ukiload\\addons\\trace.addon.efi, which the request names, is untrusted: " + UNTRUSTED, then="reset")),
    Case("addon_picked_missing", _picked_missing, Refused(
        "trace.addon.efi, which the request names, is refused: does not exist on the ESP", then="reset",
        line=f"{BASE} log_buf_len=1M")),
    Case("addon_same_name_on_disk", _same_name, Booted(
        line=f"{BASE} loglevel=2", admitted=[picked("trace")], last={"result": "started"},
        refused={path: '"init=/bin/evil" refused: sensitive (control of PID 1), no rule with that flag' for path in (
            own("~trace"), standing("evil"), "/EFI/Linux/good.efi.extra.d/EVIL.ADDON.EFI")})),
    Case("addon_swapped", _swapped, Booted(
        line=f"{BASE} loglevel=3", admitted=[standing("a")], shown=["swap: the addon on disk is another one now"],
        check=_is_swapped)),
    Case("addon_uname", _uname, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[standing("equal")],
        left_out={standing("longer"): "is for kernel",
                  standing("other"): 'is for kernel "6.1.0-other", the UKI has',
                  standing("prefix"): 'is for kernel "6.12", the UKI has'})),
    Case("addon_uname_unknown", _uname_unknown, Booted(
        left_out={standing("a"): "the UKI does not say which it has (no .uname)"})),
    Case("addon_sections", _sections, Booted(
        line=f"{BASE} crashkernel=64M", admitted=[standing("good")],
        refused={standing("code"): "holds .initrd, which is code and not words, "
                                   "and ukiload's policy has no @allow-sections",
                 standing("empty"): "holds nothing: no .cmdline with a word in it",
                 standing("linux"): "has a .linux section: it is a UKI, not an addon",
                 standing("microcode"): "holds .ucode, which is code and not words",
                 standing("odd"): "has section .odd, which an addon must not hold",
                 standing("pcrs"): "has section .pcrsig, which an addon must not hold",
                 standing("text"): "is not a PE image: it does not begin with MZ"},
        check=_guest_saw()), linux=True),
    Case("addon_initrd_allowed", _initrd_allowed, Booted(
        line=f"{BASE} loglevel=3", admitted=[standing("code"), picked("more")],
        refused={standing("microcode"): "holds .ucode, which is code and not words"},
        last={"result": "started"}, check=_guest_saw(SECRET, "picked")), linux=True),
    Case("addon_xbootldr", _xbootldr, Booted(
        line=f"{BASE} crashkernel=64M loglevel=3", admitted=[standing("here"), own("own")])),
    Case("addon_counter", _counter, Booted(
        line=f"{BASE} loglevel=3", uki="/EFI/Linux/good+2-1.efi", admitted=[own("right")], check=_counted)),
    Case("addon_names", _names, Booted(
        line=f"{BASE} crashkernel=64M loglevel=3",
        admitted=["/loader/addons/UPPER.ADDON.EFI", standing("a-rather-long-name-with-several.dots.and_marks+~@")])),
]
