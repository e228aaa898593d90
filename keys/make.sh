#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Makes the keys the tests and the demo sign with, in build/keys (or the folder given). They are
# made on each machine and never committed; who enrolls one of them on real hardware has no
# Secure Boot any more.
#
#   mok      the machine owner key, enrolled in shim
#   db       a key in the firmware's db, for machines without shim
#   vendor   a third certificate: enrolled where a test says so
#   unknown  enrolled nowhere
#
# Each is NAME.key, NAME.crt (PEM) and NAME.der. `guid` is the owner that signature lists name.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
out=${1:-$root/build/keys}
mkdir -p "$out"
umask 077

make_key() {
    [ -s "$out/$1.der" ] && return 0
    tmp=$(mktemp -d "$out/.new.XXXXXX")
    # The extensions are named in full: what a machine's openssl.cnf adds by itself differs.
    openssl req -quiet -new -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -subj "/CN=ukiload test $1/" \
        -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=codeSigning \
        -keyout "$tmp/$1.key" -out "$tmp/$1.crt" 2>"$tmp/log" || { cat "$tmp/log" >&2; exit 1; }
    openssl x509 -in "$tmp/$1.crt" -outform DER -out "$tmp/$1.der"
    # .der last: it is what says that the three belong together.
    mv "$tmp/$1.key" "$tmp/$1.crt" "$out/"
    mv "$tmp/$1.der" "$out/"
    rm -r "$tmp"
    echo "keys: made $1"
}

exec 9>"$out/.lock"
flock 9
for name in mok db vendor unknown; do
    make_key "$name"
done
[ -s "$out/guid" ] || echo 7c1f3a52-9d0e-4b6e-8a35-2f6d1e0b94c7 >"$out/guid"
