# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images and addons, made with ukify of systemd 257 and cached by content."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import boot_images, cache, debs, guest
from .arch import HOST, Arch

Content = bytes | str | Path

OSREL = "ID=ukiload-test\nNAME=\"ukiload test\"\nPRETTY_NAME=\"ukiload test image\"\nVERSION_ID=1\n"
CMDLINE = "console=ttyS0 quiet"


@dataclass(frozen=True)
class Profile:
    """A further profile of a UKI: what it has of its own, on top of the base sections."""

    text: str  # content of .profile, e.g. "ID=debug\nTITLE=Debug"
    cmdline: str | None = None
    sections: Mapping[str, Content] = field(default_factory=dict)


def _ukify(out: Path, words: Sequence[str]) -> None:
    script = debs.path("trixie", "usr/bin/ukify")
    modules = debs.tree("trixie") / "usr/lib/python3/dist-packages"
    done = subprocess.run(["/usr/bin/python3", str(script), "build", "--output", str(out), *words],
                          env={**os.environ, "PYTHONPATH": str(modules), "PYTHONDONTWRITEBYTECODE": "1"},
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ukify {' '.join(words)}:\n{done.stderr[-2000:]}")


def as_file(content: Content) -> Path:
    """Content as a file."""
    if isinstance(content, Path):
        return content
    return cache.stored(content if isinstance(content, bytes) else content.encode(), "section")


def _section_words(sections: Mapping[str, Content]) -> list[str]:
    return [f"--section={name}:@{as_file(content)}" for name, content in sections.items()]


def _build(suffix: str, words: list[str]) -> Path:
    """Run ukify, unless the same words over the same file contents were run before."""
    inputs: list[Path | bytes | str] = ["ukify", debs.path("trixie", "usr/bin/ukify")]
    for word in words:
        head, _, tail = word.partition("=")
        file = Path(tail.rpartition("@")[2])
        inputs += [head, tail.rpartition("@")[0], file] if file.is_absolute() and file.is_file() else [word]
    return cache.build(suffix, inputs, lambda out: _ukify(out, words))


def _text(name: str, value: Content) -> str:
    """A word that hands text to ukify by file: as a word it would lose a leading @ and final blanks."""
    return f"--{name}=@{as_file(value)}"


def uki(*, cmdline: Content | None = CMDLINE, kernel: str | Path = "kernel612", stub: str = "stub257",
        sign: str | None = "mok", signed_kernel: bool = False, initrd: Path | None = None,
        osrel: Content = OSREL, uname: str | None = "", profiles: Sequence[Profile] = (),
        base_profile: str = "ID=main\nTITLE=Main\n", sbat: Content | None = None,
        sections: Mapping[str, Content] | None = None, arch: Arch = HOST) -> Path:
    """A UKI that boots the guest.

    kernel: a short name or a file vmlinuz-RELEASE. "tiny" has no guest: it reports what concerns ukiload, and no
    script of the test runs.
    cmdline, uname: None leaves the section out; uname "" means the kernel's own release.
    sign: name of a test key, or None for an unsigned image.
    signed_kernel: keep Debian's signature on `.linux` (off by default: the common case of own UKIs).
    profiles: profile 1, 2, ...; profile 0 is the base, described by base_profile.
    sections: further sections, name with its dot -> content.
    sbat: lines to put into `.sbat` beside those of stub and kernel.
    """
    linux = boot_images.image(kernel, arch)
    words = [f"--linux={linux if signed_kernel else boot_images.unsigned(linux)}",
             f"--initrd={initrd or guest.initrd(str(kernel), arch=arch)}", f"--stub={boot_images.image(stub, arch)}",
             f"--efi-arch={arch.efi}", _text("os-release", osrel)]
    if cmdline is not None:
        words.append(_text("cmdline", cmdline))
    if uname is not None:
        words.append(f"--uname={uname or boot_images.kernel_release(kernel, arch)}")
    if sbat is not None:
        words.append(_text("sbat", sbat))
    words += _section_words(sections or {})
    if profiles:
        words.append(_text("profile", base_profile))
        words += [f"--join-profile={_profile(item, arch)}" for item in profiles]
    image = _build("uki.efi", words)
    return boot_images.sign(image, sign) if sign else image


def _profile(item: Profile, arch: Arch) -> Path:
    # Any stub would do, only sections are taken; the addon's has no .sbat, which must not come first.
    words = [f"--stub={boot_images.image('addon257', arch)}", f"--efi-arch={arch.efi}", _text("profile", item.text)]
    if item.cmdline is not None:
        words.append(_text("cmdline", item.cmdline))
    return _build("profile.efi", words + _section_words(item.sections))


def addon(cmdline: Content | None = None, *, sign: str | None = "mok", uname: str | None = None,
          sbat: Content | None = None, sections: Mapping[str, Content] | None = None, arch: Arch = HOST) -> Path:
    """A signed addon: a command line, other sections, or both."""
    words = [f"--stub={boot_images.image('addon257', arch)}", f"--efi-arch={arch.efi}"]
    if cmdline is not None:
        words.append(_text("cmdline", cmdline))
    if uname is not None:
        words.append(f"--uname={uname}")
    if sbat is not None:
        words.append(_text("sbat", sbat))
    image = _build("addon.efi", words + _section_words(sections or {}))
    return boot_images.sign(image, sign) if sign else image
