/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives for /.extra of the initrd, byte for byte as systemd-stub 252 to 262 writes them (format: Linux "initramfs buffer
 * format", newc).
 *
 * An archive is made in one buffer of the caller's, and a file's bytes are read from the disk straight to where they belong in
 * it:
 *
 *      cpio_begin(&c, NULL, 0, ".extra/credentials", 0500, 0400);       first round: nothing is written, sizes are counted
 *      for each file: cpio_file(&c, name, size, &where);
 *      cpio_end(&c); c.len is how large the buffer must be
 *      cpio_begin(&c, buffer, c.len, ...), the same again, with reading `size` bytes to `where`
 *
 * Fixed: uid, gid, mtime, devices and the checksum are 0, nlink is 1, inodes count from 1 in each archive, directories that lead
 * to the last one are 0555, everything is padded with NUL to four bytes. Whoever gives the files gives them sorted
 * (cpio_name_before). */
#pragma once

#include "contract.h"
#include "span.h"

struct cpio {
        uint8_t *p; /* caller's; NULL: only count */
        size_t cap;
        size_t len;      /* bytes so far; after cpio_end the archive's size, a multiple of 4 */
        bool bad;        /* something did not fit or was not allowed: nothing more is written, and the archive is worth nothing */
        struct span dir; /* "a/b/c", without slashes at both ends */
        uint32_t file_mode; /* permission bits */
        uint32_t inode;     /* of the next entry */
        size_t last;        /* where the last file's entry begins, for cpio_drop_file */
};

/* Begins with the directory and all that lead to it. dir_mode and file_mode are permission bits. dir is borrowed until
 * cpio_end. */
bool cpio_begin(struct cpio *c, uint8_t *p, size_t cap, const char *dir, uint32_t dir_mode, uint32_t file_mode);
/* Adds a file of size bytes. *ret_data is where they are to be written before cpio_end (NULL while counting, or if size is 0).
 * False: a name that cpio_name_ok refuses, more than 2^32 - 1 bytes, or it does not fit. */
bool cpio_file(struct cpio *c, struct span name, size_t size, uint8_t **ret_data);
/* Takes the file back that was added last: it could not be read after all, and the stub leaves such a file out. */
void cpio_drop_file(struct cpio *c);
/* Ends the archive. False if anything went wrong since cpio_begin. */
bool cpio_end(struct cpio *c);

/* A whole archive with one file, as the stub makes them from sections. p NULL: only *ret_size is computed. False: it does not fit
 * into cap bytes. */
bool cpio_single(uint8_t *p, size_t cap, const char *dir, const char *name, struct span content, size_t *ret_size);

/* What the stub takes from a folder by name: ASCII, not empty, no leading dot, at most CPIO_NAME_MAX bytes, no slash. */
bool cpio_name_ok(struct span name);
/* The stub's order of files: by code unit, the shorter first. */
bool cpio_name_before(struct span a, struct span b);
