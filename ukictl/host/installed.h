/* SPDX-License-Identifier: BSD-2-Clause */
/* Where ukiload lies on an ESP, and its entry in systemd-boot's menu (names: contract.h). systemd-boot may have a boot counter in
 * the name of the entry, or of the image among the UKIs: `ukiload+2-1`. */
#pragma once

#include "arch.h"
#include "host/files.h"

/* The image as a path on this host: in its place, else in that of up to 0.2. malloc'ed; NULL: there is none. */
char *installed_find(const char *esp, uint16_t machine);

/* "ukiload", perhaps a counter, and the tail. */
bool installed_is_name(const char *name, const char *tail);
/* The files of a folder of the ESP that are called so, as paths on this host; none if there is no such folder. */
bool installed_files(const char *esp, const char *dir, const char *tail, struct names *ret, struct text *why);

/* The image that came with this program: beside it as installed, or in the tree that it was built in. malloc'ed; NULL: none. */
char *installed_package_image(void);

/* What the menu entry says. */
void installed_entry_text(struct text *ret);
/* The file is a menu entry that starts what lies at firmware's path. */
bool installed_entry_starts(const char *file, const char *path);
/* What systemd-boot has called the entry by in this boot: as_file says that it keeps a counter in its ids. */
void installed_entry_id(const char *esp, bool as_file, struct text *ret);
