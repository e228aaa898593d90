/* SPDX-License-Identifier: BSD-2-Clause */
/* The file systems that ukiload looks at: the one that it was started from, the extended boot loader partition of the same disk,
 * and the partition that a request names. */
#pragma once

#include "devpath.h"
#include "disk.h"
#include "fw.h"

#define VOLUME_NAME_MAX   (NAME_MAX_BYTES + 1u) /* characters of a name, and its bytes in UTF-8 with NUL */
#define VOLUME_INFO_BYTES (SIZE_OF_EFI_FILE_INFO + VOLUME_NAME_MAX * sizeof(CHAR16))

/* The name in an EFI_FILE_INFO. Its declaration has one character, and a compiler may believe that where the structure is a
 * member of another. */
static inline const CHAR16 *volume_info_name(const EFI_FILE_INFO *info) {
        return (const CHAR16 *) (const void *) ((const uint8_t *) info + SIZE_OF_EFI_FILE_INFO);
}

struct volume {
        EFI_HANDLE handle;
        EFI_DEVICE_PATH *path;   /* firmware's */
        EFI_FILE_PROTOCOL *root; /* open as long as the volume is */
        bool xbootldr;
        char name[64]; /* "PARTUUID=...", if a request named it; else empty */
};

/* A file's bytes, read once. */
struct volume_file {
        struct span bytes;          /* pool; volume_file_free */
        char name[VOLUME_NAME_MAX]; /* its own, as GetInfo gives it: that of the path but for case */
};

bool volume_open(EFI_HANDLE handle, struct volume *ret);
void volume_close(struct volume *v);
/* The extended boot loader partition on own's disk, by its type GUID in the partition table. */
bool volume_open_xbootldr(const struct volume *own, struct volume *ret);
/* The file systems on GPT partitions of that GUID (as on the disk): how many, and the first one. beside: only on that one's disk,
 * and not itself; NULL: on any. */
size_t volume_find_partition(const uint8_t guid[16], const struct volume *beside, EFI_HANDLE *ret);
/* The one partition of that GUID, wherever it is: disks that firmware has passed over are connected, if it is not there yet.
 * Refuses (sentence in why): there is none, there is more than one, it cannot be opened. */
bool volume_open_partition(const uint8_t guid[16], struct volume *ret, struct text *why);
/* The volume as those of lib/ ask it who walk it; v is to stay where it is. */
struct disk volume_disk(const struct volume *v);
/* "the ESP", "XBOOTLDR" or the name that a request has for it, for messages. */
const char *volume_name(const struct volume *v);

/* Reads path (normalised), as many bytes as it had when it was opened. Refuses (clause in why): missing, a folder, another file's
 * short name, empty, larger than max, an end before that many. What is added while it is read is not read: what was is judged. */
bool volume_read(const struct volume *v, const char *path, size_t max, struct volume_file *ret, struct text *why);
/* Reads at most n bytes from offset off; *ret_n is how many there were. */
bool volume_read_part(const struct volume *v, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n);
/* The size of a plain file. */
bool volume_file_size(const struct volume *v, const char *path, uint64_t *ret);
void volume_file_free(struct volume_file *f);
bool volume_exists(const struct volume *v, const char *path);

/* Calls each(arg, name, usable) for every plain file of a folder (disk.h). */
enum disk_listing volume_list(const struct volume *v, const char *dir, disk_each each, void *arg, struct text *why);

/* Whether an existing file can be opened for writing. */
bool volume_writable(const struct volume *v, const char *path);
/* Renames a file within its folder. */
EFI_STATUS volume_rename(const struct volume *v, const char *path, const char *new_name);
