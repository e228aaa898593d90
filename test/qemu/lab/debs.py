# SPDX-License-Identifier: BSD-2-Clause
"""Packages of several Debian releases, side by side, without touching the system.

The matrix needs shim of Debian 11, systemd of Debian 12 and 13, firmware of three releases and two
kernels, and a machine has one release only. So apt is run with a configuration of its own (sources,
lists, cache and status all private) and packages are unpacked, never installed. Mirror and keyring
are those the system already trusts; apt checks the signatures as always.

The newest systemd and firmware (Debian sid) and systemd 254 (backports of Debian 12) are fetched
too; where that fails, the rows for them say so and are skipped.

    /usr/bin/python3 test/qemu/lab/debs.py      fetch what is missing (no network if all is there)
                     --refresh                  forget what is there and fetch the newest versions
                     --path bookworm-arm64 usr/include/efi    print where something is

The cache is $UKILOAD_CACHE, by default ~/.cache/ukiload; `trees/RELEASE/` holds the files.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Release:
    """One set of packages that is unpacked into one tree."""

    name: str  # also the name of the tree
    suite: str
    packages: tuple[str, ...]
    arch: str = "amd64"
    whole: bool = False  # with everything that the packages depend on


def _own_suite() -> str:
    """Debian 13 on Debian 13, else Debian 12."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    return release if release == "trixie" else "bookworm"


# What ukictl is linked with where it is built: Debian 13 has renamed some.
_LINKED = tuple(name + ("t64" if _own_suite() == "trixie" and name in ("libefiboot1", "libefivar1", "libssl3") else "")
                for name in ("libblkid1", "libefiboot1", "libefivar1", "libjson-c5", "libmount1", "libssl3"))

RELEASES = (
    Release("bullseye", "bullseye", ("shim-signed", "shim-helpers-amd64-signed", "ovmf")),
    Release("bookworm", "bookworm", ("shim-signed", "shim-helpers-amd64-signed", "systemd-boot-efi",
                                     "ovmf", "linux-image-cloud-amd64", "dracut-core",
                                     # kexec and the libraries that it wants; no system here has Xen
                                     "kexec-tools", "libxenmisc4.17", "libxencall1", "libxendevicemodel1",
                                     "libxenevtchn1", "libxenforeignmemory1", "libxengnttab1", "libxentoolcore1",
                                     "libxentoollog1")),
    # Ukiload for arm64 is compiled with these headers; the others are booted.
    Release("bookworm-arm64", "bookworm", ("gnu-efi", "systemd-boot-efi", "linux-image-cloud-arm64",
                                           "qemu-efi-aarch64"), arch="arm64"),
    Release("trixie-arm64", "trixie", ("shim-signed", "shim-helpers-arm64-signed", "systemd-boot-efi",
                                       "systemd-boot-efi-arm64-signed", "qemu-efi-aarch64", "busybox-static",
                                       "linux-image-cloud-arm64"), arch="arm64"),
    Release("trixie", "trixie", ("systemd-boot-efi", "systemd-boot-efi-amd64-signed", "systemd-ukify",
                                 "ovmf", "python3-pefile",
                                 "linux-image-cloud-amd64")),
    # A system that boots, see rootfs.py. Its libraries are those of the machine that builds ukictl.
    Release("system", _own_suite(), ("base-files", "base-passwd", "bash", "coreutils", "dbus", "findutils", "grep",
                                   "kexec-tools", "kmod",
                                   "libc-bin", "libpam-modules", "libpam-runtime", "login", "mawk", "mount",
                                   "ncurses-base", "passwd", "sed", "systemd-boot", "systemd-sysv", "udev",
                                   "usr-is-merged", "util-linux", *_LINKED), whole=True),
)
# What ukictl and the unit tests are linked with for arm64, by `make check-arm64` only.
SYSROOT = Release("sysroot-arm64", "bookworm", ("libc6-dev", "libcmocka-dev", "libssl-dev", "libjson-c-dev",
                                                "libefivar-dev", "libefiboot-dev", "libblkid-dev", "libmount-dev"),
                  arch="arm64", whole=True)
SID = Release("sid", "sid", ("systemd-boot-efi", "systemd-boot-efi-amd64-signed", "systemd-ukify", "ovmf-generic"))
SID_ARM64 = Release("sid-arm64", "sid", ("systemd-boot-efi", "systemd-boot-efi-arm64-signed", "qemu-efi-aarch64"),
                    arch="arm64")
BACKPORTS = Release("backports", "bookworm-backports", ("systemd-boot-efi",))


class DebsError(Exception):
    """Something a person has to put right; the text says what."""


def cache_dir() -> Path:
    """The cache, absolute, made if missing."""
    named = os.environ.get("UKILOAD_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = (Path(named) if named else base / "ukiload").absolute()
    path.mkdir(parents=True, exist_ok=True)
    return path


def tree(release: str) -> Path:
    """Where the packages of a release are unpacked."""
    return cache_dir() / "trees" / release


def path(release: str, pattern: str) -> Path:
    """The one file of a release that matches; the newest version if a wildcard matches several."""
    found = sorted(tree(release).glob(pattern), key=_version_key)
    if not found:
        raise DebsError(f"{pattern} of Debian {release} is not in {tree(release)}: run test/deps.sh")
    return found[-1]


def _version_key(item: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", str(item))]


# --- what the system already knows --------------------------------------------------------------

def _deb822(text: str) -> Iterator[dict[str, str]]:
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and key:
                fields[key] += " " + line.strip()
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if fields:
            yield fields


def _one_line(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)", line)
        if match:
            options = dict(word.split("=", 1) for word in (match[1] or "").split() if "=" in word)
            yield {"types": "deb", "uris": match[2], "suites": match[3],
                   "signed-by": options.get("signed-by", "")}


def mirror() -> tuple[str, str]:
    """(URI, keyring) of the Debian archive this system uses."""
    etc = Path("/etc/apt")
    stanzas: list[dict[str, str]] = []
    for source in sorted((etc / "sources.list.d").glob("*.sources")):
        stanzas += _deb822(source.read_text(errors="replace"))
    for source in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]:
        if source.is_file():
            stanzas += _one_line(source.read_text(errors="replace"))
    for stanza in stanzas:
        uris = stanza.get("uris", "").split()
        suites = stanza.get("suites", "").split()
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled", "yes") == "no":
            continue
        # The security archive has the same key but other suites; what we want is the main one.
        if uris and re.search(r"/debian/?$", uris[0]) and any(re.fullmatch(r"[a-z]+", s) for s in suites):
            keyring = stanza.get("signed-by") or str(KEYRING)
            return uris[0], keyring if keyring.startswith("/") else str(KEYRING)
    raise DebsError("no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d: "
                    "add the archive of Debian 12 there")


# --- apt, apart from the system -----------------------------------------------------------------

def _apt(release: Release) -> list[str]:
    """Options that make apt see our release and nothing of the system's state."""
    state = cache_dir() / "apt" / release.name
    for sub in ("lists/partial", "archives/partial", "debs"):
        (state / sub).mkdir(parents=True, exist_ok=True)
    uri, keyring = mirror()
    sources = state / "ukiload.sources"
    sources.write_text(f"Types: deb\nURIs: {uri}\nSuites: {release.suite}\nComponents: main\n"
                       f"Architectures: {release.arch}\nSigned-By: {keyring}\n")
    options = {
        "Dir::Etc::sourcelist": sources, "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-", "Dir::Etc::preferencesparts": "-",
        "Dir::State": state, "Dir::State::Lists": state / "lists", "Dir::State::status": "/dev/null",
        "Dir::Cache": state, "Dir::Cache::archives": state / "archives",
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "",
        "APT::Architecture": release.arch, "APT::Architectures": release.arch,
        "APT::Default-Release": "", "APT::Sandbox::User": "root", "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none", "Acquire::PDiffs": "false", "Acquire::Retries": "3",
        "Acquire::Check-Valid-Until": "false",  # a mirror that stands still is no worse for a test
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
    }
    return [word for key, value in options.items() for word in ("-o", f"{key}={value}")]


def _run(words: list[str], what: str, cwd: Path | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)
    if done.returncode:
        tail = "\n".join("  " + line for line in (done.stdout + done.stderr).strip().splitlines()[-8:])
        raise DebsError(f"{what}:\n{tail}")
    return done.stdout


def _real_name(release: Release, package: str) -> str:
    """A kernel metapackage stands for the package that holds the files."""
    if not package.startswith("linux-image-cloud-"):
        return package
    text = _run(["apt-cache", *_apt(release), "depends", package], f"{package} of {release.name} is unknown")
    match = re.search(r"Depends: (linux-image-\S+)", text)
    if not match:
        raise DebsError(f"{package} of {release.name} names no kernel package")
    return match[1]


def _stamp(release: Release, package: str) -> Path:
    return cache_dir() / "stamps" / release.name / package


def _fetch(release: Release, packages: list[str]) -> None:
    debs = cache_dir() / "apt" / release.name / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir(parents=True)
    names = {_real_name(release, package): package for package in packages}
    _run(["apt-get", *_apt(release), "-q", "download", *(f"{name}:{release.arch}" for name in names)],
         f"packages of Debian {release.suite} cannot be downloaded", cwd=debs)
    tree(release.name).mkdir(parents=True, exist_ok=True)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg", "-x", str(deb), str(tree(release.name))], f"{deb.name} cannot be unpacked")
        stamp = _stamp(release, names[deb.name.partition("_")[0]])
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(deb.name + "\n")
        deb.unlink()
        print(f"deps: {deb.name} of Debian {release.suite}", flush=True)


def _fetch_whole(release: Release) -> None:
    """Packages and all that they depend on, unpacked over each other as on a system whose /bin is /usr/bin."""
    archives = cache_dir() / "apt" / release.name / "archives"
    root = tree(release.name)
    for old in (root, archives):  # of a run that was cut short
        shutil.rmtree(old, ignore_errors=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    _run(["apt-get", *_apt(release), "-q", "-y", "--no-install-recommends", "--download-only", "install",
          *release.packages],
         f"a system of Debian {release.suite} cannot be downloaded")
    debs = sorted(archives.glob("*.deb"))
    for deb in debs:
        # dpkg -x would put a folder in the place of /bin.
        _run(["sh", "-c", 'dpkg --fsys-tarfile "$1" | tar -x -p --keep-directory-symlink -C "$2"', "-", str(deb),
              str(root)],
             f"{deb.name} cannot be unpacked")
    for package in release.packages:
        stamp = _stamp(release, package)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text("".join(deb.name + "\n" for deb in debs))
    for deb in debs:
        deb.unlink()
    print(f"deps: a system of Debian {release.suite}, {len(debs)} packages", flush=True)


@contextmanager
def _only_one() -> Iterator[None]:
    """Two test runs may start at once; the second waits and then finds everything there."""
    with open(cache_dir() / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def missing(release: Release) -> list[str]:
    """The packages of a release that are not in the cache."""
    return [package for package in release.packages if not _stamp(release, package).exists()]


def _bring(release: Release) -> None:
    wanted = missing(release)
    if not wanted:
        return
    _run(["apt-get", *_apt(release), "-q", "update"],
         f"the package lists of Debian {release.suite} cannot be read from {mirror()[0]}; "
         "is the mirror of /etc/apt reachable, and debian-archive-keyring up to date?")
    if release.whole:
        _fetch_whole(release)
    else:
        _fetch(release, wanted)


def ensure(releases: tuple[Release, ...] = RELEASES, wished: tuple[Release, ...] = ()) -> list[str]:
    """Everything in place; the network is touched only for what is missing. Gives what is to be said of those that are
    only wished for, and could not be had. Each release has lists and a cache of its own, so they come side by side."""
    if not any(missing(release) for release in (*releases, *wished)):
        return []
    with _only_one(), concurrent.futures.ThreadPoolExecutor() as pool:
        coming = {release: pool.submit(_bring, release) for release in (*releases, *wished)}
    without = []
    for release, done in coming.items():
        error = done.exception()
        if isinstance(error, DebsError) and release in wished:
            without.append(f"without what Debian {release.suite} has, and the rows for it: {error}")
        elif error:
            raise error
    return without


def main() -> int:
    parser = argparse.ArgumentParser(prog="debs.py", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--refresh", action="store_true", help="forget what is there")
    parser.add_argument("--sysroot", action="store_true", help="the libraries of arm64, too")
    parser.add_argument("--path", nargs=2, metavar=("RELEASE", "FILE"), help="print where a file is")
    args = parser.parse_args()
    try:
        if args.path:
            print(path(*args.path))
            return 0
        if args.refresh:
            with _only_one():
                for name in ("stamps", "trees", "systems", "chroots"):
                    shutil.rmtree(cache_dir() / name, ignore_errors=True)
        without = ensure((*RELEASES, SYSROOT) if args.sysroot else RELEASES, (SID, SID_ARM64, BACKPORTS))
    except DebsError as error:
        print(f"deps: {error}", file=sys.stderr)
        return 1
    for text in without:
        print(f"deps: {text}")
    print("deps: every package of other Debian releases is there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
