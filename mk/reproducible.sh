#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
#   reproducible.sh ARCH IMAGE-NAME
#
# Builds the image from two copies of the tree, in folders of different length, once with debug
# information and once without, and compares the bytes.
set -eu

arch=$1
name=$2
top=build/reproducible
rm -rf "$top"

build() {
    mkdir -p "$1"
    cp -R Makefile mk linker efi lib policy "$1/"
    MAKEFLAGS='' make -C "$1" -j "$(nproc)" --no-print-directory "ARCH=$arch" "DEBUG=$2" firmware >"$1.log" 2>&1 || {
        tail -n 20 "$1.log" >&2
        echo "reproducible: the copy in $1 does not build" >&2
        exit 1
    }
}

build "$top/a" -g
build "$top/another/folder-with-a-longer-name" -g0
if ! cmp "$top/a/build/$arch/$name" "$top/another/folder-with-a-longer-name/build/$arch/$name"; then
    echo "reproducible: $name depends on the folder or on debug information" >&2
    exit 1
fi
echo "reproducible: two builds of $name in two folders are equal: $(sha256sum <"$top/a/build/$arch/$name" | cut -c1-16)"
