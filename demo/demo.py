# SPDX-License-Identifier: BSD-2-Clause
"""make demo: a whole chain under Secure Boot, told in plain words while it happens.

Each act boots an emulated PC, shows what ukiload puts on the screen and what Linux then finds, and
checks what it tells. Exit code 1: something was not as told. 2: it could not begin or go on.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test" / "qemu"))

# pylint: disable=wrong-import-position
import parts  # noqa: E402
from lab import BS, LOADER, NV, RT, SHIM, UKILOAD, Chain, boot_images, keys  # noqa: E402
from lab.debs import DebsError  # noqa: E402
from lab.vm import Result  # noqa: E402
from parts import ADDONS, BASE  # noqa: E402
from tell import Screen, Tale  # noqa: E402

_WAITS = re.compile(r"MokManager|MOK management|Press any key", re.IGNORECASE)
KDUMP = f"{BASE} crashkernel=256M"

# What the guest shows of itself. The first four bytes of a file in efivarfs are the variable's attributes.
_SHOW = f"""
E=/sys/firmware/efi/efivars
G={UKILOAD}
show() {{ echo "\\$ $*"; "$@"; }}
variable() {{ tail -c +5 $E/$1 2>/dev/null | tr -d '\\000'; }}
show cat /proc/cmdline
"""
_STATUS = """
echo "$ tail -c +5 $E/UkiloadStatus-*   (some of its lines)"
variable UkiloadStatus-$G | grep -E '^(result|addon|cmdline)='
"""
_LAST = """
echo "$ tail -c +5 $E/UkiloadLast-*"
variable UkiloadLast-$G
"""
_CHAIN = f"""
show cat /sys/kernel/kexec_crash_size
echo 'who was there before, by the variables they left:'
[ -e $E/MokListRT-{SHIM} ] && echo "  shim, with a machine owner key in MokListRT"
echo "  $(variable LoaderInfo-{LOADER})"
echo "  ukiload, result=$(variable UkiloadStatus-$G | sed -n s/^result=//p)"
echo "  $(variable StubInfo-{LOADER})"
"""


def _arm(identity: str, addon: str) -> str:
    """Shell words that arm one boot, as any program on the running system may."""
    request = rf"ukiload.uki=\EFI\Linux\debian.efi ukiload.addon={addon} ukiload.id={identity} ukiload.via=loader"
    raw = struct.pack("<L", NV | BS | RT) + (request + "\0").encode("utf-16-le")
    return (f"echo 'writes the EFI variable UkiloadRequest, and reboots:'\necho '  {request}'\n"
            f"echo {base64.b64encode(raw).decode()} | base64 -d >$E/UkiloadRequest-$G && touch /reboot\n")


class Demo:
    """The machine of the demo and the acts it is booted for."""

    def __init__(self, tale: Tale) -> None:
        self.tale = tale
        self.files: dict[str, Path] = {}
        self.screens: list[str] = []

    # --- the machine ---

    def chain(self, name: str, addons: list[str], *, entry: str = "ukiload.conf") -> Chain:
        """A machine with these standing addons; systemd-boot starts `entry`."""
        chain = Chain(f"demo-{name}", entry=entry, timeout=300)
        chain.files.update(self.files)
        chain.files[boot_images.MENU] = boot_images.MENU_ENTRY
        for addon in addons:
            chain.files[f"/loader/addons/{addon}.addon.efi"] = ADDONS[addon].file
        return chain

    def switch_on(self, chain: Chain, script: str, after: Result | None = None) -> Result:
        """Boot, show the screen meanwhile, keep the log."""
        screen = Screen(self.tale)
        chain.on_serial, chain.script = screen, script
        self.tale.gap()
        result = chain.again(after.disk, after.vars_file) if after else chain.boot()
        screen(result.serial + "\n")
        self.screens.append(result.serial)
        name = f"boot{len(self.screens)}-{chain.name.removeprefix('demo-')}.log"
        shutil.copyfile(result.run_dir / "serial.log", parts.OUT / name)
        self.tale.gap()
        return result

    # --- the acts ---

    def prepare(self) -> None:
        """Keys, image, addons, and who signed what."""
        tale = self.tale
        tale.title("What is prepared")
        tale.gap()
        parts.require()
        shutil.rmtree(parts.OUT, ignore_errors=True)
        tale.item("key", f"{_short(keys.key_file('mok'))}, a machine owner key; its certificate is enrolled in the "
                         "emulated PC beside Microsoft's, as a person would do it with MokManager")
        self.files = parts.chain_files()
        kernel = boot_images.kernel_release("kernel612")
        tale.item("image", f"debian.efi, made by ukify, signed as a whole: Debian's kernel {kernel}, a small "
                           f"initrd, the stub of systemd 257, and the command line \"{BASE}\"")
        for item in ADDONS.values():
            parts.write_addon(item)
            tale.item("addon", f"{item.name}.addon.efi: \"{item.words}\", {'signed' if item.signed else 'NOT signed'}")
        tale.say("The chain. Each link starts the next one, and only if its signature is good:")
        tale.gap()
        tale.item("firmware", "OVMF of Debian 13 with Microsoft's keys, Secure Boot on: a PC from the shop")
        for name, title in zip(self.files, ("shim 16.1", "systemd-boot", "ukiload", "UKI"), strict=True):
            path = name.replace("/", "\\")
            tale.item(title, f"{path}, signed by: {' and '.join(parts.signers(self.files[name]))}")

    def kdump(self) -> None:
        """Act 1."""
        tale = self.tale
        tale.begin("Act 1: a signed addon sets memory aside for a crash kernel",
                   "A signed addon added crashkernel=256M to a signed image, just as ukictl plan had said.")
        tale.say("""The image carries its command line under its signature: nobody can add crashkernel=256M without
                 building and signing it anew. A signed addon can, if ukiload's policy has a rule for it, and it has
                 one: "crashkernel=*". What will happen at the next boot, ukictl plan says before it:""")
        chain = self.chain("kdump", ["kdump"])
        plan = self._plan(chain)
        tale.say("Now the machine is switched on. shim and systemd-boot say nothing when all is well; ukiload does:")
        result = self.switch_on(chain, _SHOW + _CHAIN)
        report = result.report
        tale.claim(f"/proc/cmdline is the signed line and the addon's words: {KDUMP}", report.cmdline == KDUMP,
                   report.cmdline)
        tale.claim("Linux set 256 MiB aside for the crash kernel", str(256 << 20) in report.output, report.output)
        tale.claim("Secure Boot was on all the way, and the kernel has locked itself down",
                   report.secure_boot and report.lockdown == "integrity", report.lockdown)
        text = "\n".join(report.output)
        links = r"shim.*\n *systemd-boot 257.*\n *ukiload, result=started\n *systemd-stub 257"
        tale.claim("every link of the chain was there", bool(re.search(links, text)), text)
        tale.claim("it was exactly what ukictl plan had said",
                   (report.cmdline, report.status.get("handoff")) == (plan["line"], [plan["handoff"]]), report.status)

    def _plan(self, chain: Chain) -> dict[str, object]:
        esp = parts.lay_out({name: file for name, file in chain.files.items() if isinstance(file, Path)})
        words: list[str | Path] = [parts.UKICTL, "plan", esp / "EFI/Linux/debian.efi", "--esp-path", esp]
        self.tale.gap()
        self.tale.quote("host", f"$ ukictl plan debian.efi --esp-path {_short(esp)}")
        for line in parts.run(words).splitlines():
            if re.match(r"(image|addons|line|result)\b", line):
                self.tale.quote("host", line)
        plan = json.loads(parts.run([*words, "--json"]))
        assert isinstance(plan, dict)
        return plan

    def takeover(self) -> None:
        """Act 2."""
        tale = self.tale
        tale.begin("Act 2: a signed addon asks for init=/bin/sh, a root shell without password",
                   "A signed addon asked for init=/bin/sh: the stub alone took it, ukiload's policy stopped it.")
        tale.say("""rescue.addon.efi is signed with the same key as everything else. First without ukiload, for
                 comparison: systemd-boot starts debian.efi, and its stub takes whatever words a trusted key has
                 signed.""")
        stock = self.switch_on(self.chain("stock", ["kdump", "rescue"], entry="debian.efi"), _SHOW)
        tale.claim("without ukiload, init=/bin/sh reaches Linux", stock.report.cmdline == f"{KDUMP} init=/bin/sh",
                   stock.report.cmdline)
        tale.say("Then the same files, with ukiload in between:")
        result = self.switch_on(self.chain("policy", ["kdump", "rescue"]), _SHOW + _STATUS)
        tale.claim("with ukiload it does not; the other addon still does, and the machine boots",
                   result.report.cmdline == KDUMP, result.report.cmdline)
        self._refused(result, "rescue", "sensitive (control of PID 1)")

    def unsigned(self) -> Result:
        """Act 3. Its Linux arms the boot of act 4."""
        tale = self.tale
        tale.begin("Act 3: an addon that nobody signed",
                   "An addon without a signature was left out, on shim's word, and the machine booted without it.")
        tale.say("""stranger.addon.efi asks for loglevel=7. The policy has a rule for that, but the file has no
                 signature; whom to trust is not ukiload's decision, it asks shim. (Having shown that, this Linux
                 prepares act 4.)""")
        chain = self.chain("unsigned", ["kdump", "stranger"])
        result = self.switch_on(chain, _SHOW + _STATUS + _arm("demo-1", "biglog"))
        tale.claim("its words are not on the command line; those of the signed addon are",
                   result.report.cmdline == KDUMP, result.report.cmdline)
        self._refused(result, "stranger", "is not signed by a key that this machine trusts")
        return result

    def one_boot(self, after: Result) -> None:
        """Act 4."""
        tale = self.tale
        tale.begin("Act 4: an addon for one boot only, chosen by the running system",
                   "A running Linux chose an addon for one boot. When it chose a bad one, nothing was started with it, "
                   "and the default boot followed.")
        tale.say(r"""As with kexec, a running system can say what comes next: here debian.efi, once, with the addon
                 biglog out of \EFI\ukiload\addons. The request is not signed, and need not be: it chooses among signed
                 things, and the policy judges them as ever. The Linux of act 3 has asked for it and rebooted:""")
        after.disk.remove("/loader/addons/stranger.addon.efi")
        after.disk.put({f"/EFI/ukiload/addons/{name}.addon.efi": ADDONS[name].file for name in ("biglog", "rescue")})
        chain = self.chain("one-boot", [])
        picked = self.switch_on(chain, _SHOW + _LAST + _arm("demo-2", "rescue"), after)
        report = picked.report
        tale.claim("the chosen addon's words follow those of the standing one",
                   report.cmdline == f"{KDUMP} log_buf_len=4M", report.cmdline)
        tale.claim("the request is used up: it cannot come back", report.status.get("id") == ["demo-1"]
                   and report.last.get("result") == ["started"], report.last)
        tale.say("""That Linux has asked for another boot, with the addon rescue. What a request names must hold in
                 full. It does not, so nothing is started: ukiload resets the machine, and its default boots.""")
        chain.follow_resets = True
        chain.name = "demo-refused"
        refused = self.switch_on(chain, _SHOW + _LAST, picked)
        report = refused.report
        tale.claim("nothing was started with it, and ukiload reset the machine", refused.resets == 1
                   and len(refused.reports) == 1, f"{refused.resets} resets, {len(refused.reports)} systems")
        tale.claim("the default boot came up, without any chosen addon", report.cmdline == KDUMP, report.cmdline)
        tale.claim("the reason outlived the reset: Linux reads it in UkiloadLast", report.last.get("id") == ["demo-2"]
                   and report.last.get("result") == ["refused"]
                   and "init=/bin/sh" in " ".join(report.last.get("reason", [])), report.last)
        tale.claim("in none of these boots did the machine wait for a person: no MokManager, no key to press",
                   not any(_WAITS.search(screen) for screen in self.screens), "a prompt on the screen")

    def _refused(self, result: Result, name: str, why: str) -> None:
        verdicts = [line for line in result.report.status.get("addon", []) if f"{name}.addon.efi" in line]
        self.tale.claim("the reason stands on the screen, and the running system reads it in UkiloadStatus",
                        why in " ".join(result.serial.split()) and len(verdicts) == 1 and why in verdicts[0]
                        and f"{name}.addon.efi admitted" not in verdicts[0], verdicts)

    def close(self) -> int:
        """The summary; the exit code."""
        tale = self.tale
        wrong = sum(len(act.wrong) for act in tale.acts)
        tale.title("What you have seen")
        tale.gap()
        for act in tale.acts:
            tale.verdict(act)
        tale.say(f"{tale.claims} claims were checked against what the machine reported: "
                 f"{f'{wrong} did not hold' if wrong else 'all hold'}. It took {tale.seconds} seconds.")
        tale.gap()
        tale.item("files", f"{_short(parts.OUT)}/esp: the boot partition of act 1, as ukictl saw it")
        tale.item("", f"{_short(parts.OUT)}/addons: the four addons")
        tale.item("", f"{_short(parts.OUT)}/boot*.log: the screen of each boot, unabridged")
        tale.item("", "policy/default.policy: what ukiload lets through, with the reasons")
        tale.item("next", "README.md tells how to use it on a machine of your own; make check runs every test.")
        return 1 if wrong else 0


def _short(path: Path) -> str:
    return str(path.relative_to(keys.ROOT))


def main() -> int:
    """The whole demo; the exit code."""
    tale = Tale()
    demo = Demo(tale)
    tale.say("""ukiload boots a Unified Kernel Image (UKI) under Secure Boot and lets signed addons add words to its
             kernel command line, but only such words as a policy allows. Here it does so in an emulated PC (QEMU),
             with real firmware, shim, systemd-boot and Debian's kernel. Six boots, a minute or two; your own
             machine's boot is not touched.""")
    try:
        demo.prepare()
        demo.kdump()
        demo.takeover()
        demo.one_boot(demo.unsigned())
    except (parts.DemoError, DebsError, RuntimeError) as error:
        tale.say(f"The demo cannot go on: {error}")
        return 2
    except AssertionError as error:
        tale.say("The machine did not do what was told above:")
        print(error)
        return 1
    except KeyboardInterrupt:
        tale.say("Interrupted.")
        return 130
    return demo.close()


if __name__ == "__main__":
    sys.exit(main())
