/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a systemd-stub looks for a UKI's own addons and sidecars: in a folder beside the image, named after the path that the
 * image was loaded by.
 *
 * Followed is get_extra_dir of systemd's src/boot/util.c (src/boot/efi up to 256; get_dropin_dir of cpio.c in 252 and 253), read
 * for each release of 252 to 262:
 *   up to 254.5    the whole path as it is, and ".extra.d"
 *   from 254.6 on  the path without a boot counter, and ".extra.d"
 * Stable series of 252 and 253 never got the change. What the stub takes for a counter is not what systemd-boot counts
 * (path_counter): it looks at the first `+` of the whole path, folders included, and at no other. If digits follow it (a number
 * of at most 64 bits), perhaps `-` and digits, and then `.` or the end, that much is cut; if not, nothing is. So
 * \EFI\Linux\debian-6.6.13+bpo+3.efi keeps its counter, \EFI\Li+3.x\a.efi becomes \EFI\Li.x\a.efi, and k+1.5.efi becomes k.5.efi.
 * The stubs 252, 254, 257 and 262 that Debian ships were asked as well, by booting them (test/qemu/journeys/test_places.py). */
#pragma once

#include "uki.h"

/* The folder of a stub of that version, e.g. 254 and 26. uki_path is the path in the device path that LoadImage gets, from the
 * root of the volume. */
void stubplace_folder(unsigned version, unsigned minor, struct span uki_path, struct text *ret);
/* The folder of the UKI's addons. Where its stub knows no addons (before 254, or not systemd's) ukiload alone applies them, as
 * 257 does: counting down must not hide them. */
void stubplace_addons(const struct uki *uki, struct span uki_path, struct text *ret);
