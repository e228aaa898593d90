#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Brings a Debian 12 or 13 machine to the state in which everything here builds and every test runs;
# deps.sh deb: to the one in which `make deb` makes its package.
# Installs what is missing and nothing else; with everything in place it neither downloads nor
# needs root. Packages of other Debian releases never touch the system: test/qemu/lab/debs.py
# keeps them in a cache of our own.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

build='gcc make binutils pkg-config gnu-efi gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross
libssl-dev libjson-c-dev libefivar-dev libefiboot-dev libblkid-dev libmount-dev'
check='clang clang-format clang-tidy llvm lld libclang-rt-dev cppcheck libcmocka-dev codespell mandoc shellcheck
zsh fish systemd'
# systemd for systemd-analyze. uuid-runtime and util-linux are not listed: a Debian without them does not boot.
boot='mmdebstrap sbsigntool openssl qemu-system-x86 qemu-system-arm ovmf swtpm swtpm-tools mtools dosfstools e2fsprogs gdisk busybox-static cpio
zstd xz-utils kmod python3 python3-pytest python3-pytest-xdist python3-pefile python3-cryptography python3-jsonschema ca-certificates'

deb='build-essential debhelper lintian fakeroot python3 python3-pefile'

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
if [ "${1:-}" = deb ]; then
    # The package that has this file is another one in each release.
    wanted="$build $deb $([ -e /usr/share/pkgconfig/systemd.pc ] || echo systemd-dev)"
else
    wanted="$build $check $boot"
fi
# An older keyring does not know the key of Debian 13; installing it again brings the newest.
[ -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ] || missing=" debian-archive-keyring"
for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
done

if [ -z "$missing" ]; then
    echo "deps: every system package is there"
else
    if [ "$(id -u)" -ne 0 ]; then
        echo "deps: these packages are missing and installing them needs root:$missing" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    echo "deps: reading the package lists"
    if ! apt-get -q update >"$log" 2>&1; then
        # A broken third-party source must not stop us: what matters is whether the install works.
        echo "deps: apt-get update reported errors; trying with the lists at hand"
    fi
    echo "deps: installing$missing"
    # shellcheck disable=SC2086 # a list of names, meant to be split
    if ! apt-get -q -y -o DPkg::Lock::Timeout=600 --no-install-recommends install $missing >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "deps: apt-get could not install the packages above; see its last lines" >&2
        exit 1
    fi
fi

[ "${1:-}" = deb ] || exec /usr/bin/python3 "$here/qemu/lab/debs.py"
