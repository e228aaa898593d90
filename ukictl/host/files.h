/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and folders of the host. On failure a clause with the path in front is appended to why. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "contract.h"
#include "need.h"
#include "span.h"
#include "text.h"
#include "ukictl.h"

#define FILE_IMAGE_MAX UKI_FILE_MAX
#define FILE_TEXT_MAX  ((size_t) 1 << 20) /* policies, certificates, signature lists */

struct bytes {
        uint8_t *p;
        size_t n;
};

/* The whole file, at most max bytes; *ret is the caller's to bytes_free. */
bool bytes_read(const char *path, size_t max, struct bytes *ret, struct text *why);
void bytes_free(struct bytes *b);
static inline struct span bytes_span(const struct bytes *b) {
        return (struct span) { b->p, b->n };
}

/* Writes beside path and renames, so that there is never half a file. Mode 0644. */
bool bytes_write(const char *path, struct span data, struct text *why);
/* Removes what writing to a folder has left where it was cut short, by a power cut or a kill. */
void folder_sweep(const char *dir);

/* The names in a folder, sorted; an absent folder has none. False if it is there but cannot be read. */
bool names_read(const char *dir, struct names *ret, struct text *why);
/* Of these only plain files: what a volume's other entries are called means nothing. */
bool files_read(const char *dir, struct names *ret, struct text *why);

/* dir, a slash, and len bytes of name; malloc'ed. */
char *file_join(const char *dir, const char *name, size_t len);

/* The host's path of a firmware path (`\EFI\Linux\x.efi`) under root, without case where the file system has it; malloc'ed, NULL
 * if there is no such file. */
char *volume_find(const char *root, const char *path);
/* The name of what opens as file, as its folder lists it: but for case the last part of the path, unless that is the short name
 * which FAT keeps beside a long one. malloc'ed, NULL: it is not listed. */
char *volume_own_name(const char *file);
/* The firmware path of a host file, if it lies under root; each part is its own name. */
bool volume_name(const char *root, const char *file, struct text *ret);
/* The folder that a FAT volume with this file is mounted on; NULL: it lies on another file system. malloc'ed. */
char *volume_of(const char *file);

/* host/files_put.c */

/* The folder of the firmware path under root, as it is spelled there; what is missing of it is made. malloc'ed; NULL with a
 * sentence. */
char *volume_folder(const char *root, const char *path, bool *ret_made, struct text *why);
/* All that was written to the volume is on its disk. False with a sentence: that is not known. */
bool volume_flush(const char *root, struct text *why);
/* The file is there, and these are its bytes. */
bool file_holds(const char *path, struct span want);
/* What is to be done about an errno of a volume, for the end of a sentence; empty: it depends. */
const char *file_advice(int error);
/* bytes_write, and reads back: a failure leaves what was there before. EXIT_OK, EXIT_PRIVILEGE or EXIT_FAILED with a sentence. */
enum exit_code file_put(const char *path, struct span data, struct text *why);
