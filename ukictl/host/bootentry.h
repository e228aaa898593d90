/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot#### entries (EFI_LOAD_OPTION, UEFI 2.10, 3.1.3), and the one among them that is ukiload's. */
#pragma once

#include "host/esp.h"
#include "plan.h"

#define BOOTENTRY_TITLE "ukiload"
#define BOOTENTRY_WORD  "ukiload.oneshot"

struct boot_entry {
        uint16_t number;
        bool active;
        char title[128];
        char file[PLAN_PATH_MAX];            /* what firmware starts; empty: not a file */
        char partition[37];                  /* PARTUUID in lower case; empty: names none */
        char options[REQUEST_CHARS_MAX + 1]; /* optional data as text up to its NUL; empty if it is no text */
        size_t options_bytes;                /* of optional data, as they are */
        const char *image;                   /* IMAGE_FILE or OLD_IMAGE_FILE, whichever it names; NULL: neither */
        bool ours;                           /* title, file (or options) and partition are those of the ukiload on this ESP */
        bool alike; /* title and file are, but the partition is another or cannot be compared: it is another system's, or the
                                        * other ESP's of a mirror, and not to be touched */
};

struct boot_entries {
        struct boot_entry *v;
        size_t n;
};

/* All entries that parse, in the order of their numbers; what does not parse is not ours and is passed over. False with a
 * sentence if the folder of variables cannot be read. ret->v is the caller's to free. */
bool boot_entries_read(const struct host *h, struct boot_entries *ret, struct text *why);
const struct boot_entry *boot_entry_find(const struct boot_entries *all, uint16_t number);
/* The first of ours; NULL if there is none. */
const struct boot_entry *boot_entry_ours(const struct boot_entries *all);
/* Says of an alike one, by its number, why it is not taken for ours. */
void boot_entry_say_alike(const struct host *h, const struct boot_entry *entry, struct text *ret);
/* It leads to a partition of this ESP; of a plain folder, to none. */
bool boot_entry_is_on(const struct host *h, const struct boot_entry *entry);
/* One that names ukiload has another image in between: shim, which is told ukiload's path. */
bool boot_entry_through_shim(const struct boot_entry *entry);

/* A u16 variable of firmware's (BootNext, BootCurrent). False if it is not there or not two bytes. */
bool boot_number(const struct host *h, const char *name, uint16_t *ret);

/* host/bootentry_build.c: the bytes of our entry for a partition of the ESP. part NULL: on a plain folder the path names none.
 * shim NULL: ukiload itself. False with a sentence. ret is the caller's. */
bool boot_entry_build(const struct host *h, const struct partition *part, const char *shim, struct bytes *ret, struct text *why);
enum exit_code boot_entry_write(const struct host *h, uint16_t number, struct span data, struct text *why);
enum exit_code boot_entry_delete(const struct host *h, uint16_t number, struct text *why);
/* A number from least on that no variable and no list of firmware's uses. */
uint16_t boot_entry_free_number(const struct host *h, const struct boot_entries *all, uint16_t least);
