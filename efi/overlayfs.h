/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay file system: a volume as the UKI's stub is to see it.
 *
 * A handle of ours with the real volume's device path plus one vendor media node, and a SimpleFileSystem that passes everything
 * through (writes too) except that every `*.addon.efi` anywhere is hidden and only the addons given to overlayfs_serve appear,
 * read from memory: the very bytes that were validated. Which names those are is lib's to say: served.h.
 *
 * A folder in which something is served is ours: it opens as a folder by its full path and from any folder above it, whatever the
 * volume has in its place or above (nothing, a file, another folder's short name, what cannot be read); our files are listed
 * first, then what else the volume lists there, and an error of the volume is the end of that list. None of it needs memory that
 * the overlay has not got already. */
#pragma once

#include "volume.h"

struct overlayfs;

/* A new overlay of volume, not yet visible to firmware. NULL if there is no memory. */
struct overlayfs *overlayfs_new(const struct volume *volume);
/* Shows a file `name` in the folder `dir` (normalised path, need not exist on the volume); bytes are borrowed until
 * overlayfs_free. */
bool overlayfs_serve(struct overlayfs *o, const char *dir, const char *name, struct span bytes);
/* Takes back all that is shown. */
void overlayfs_withdraw(struct overlayfs *o);
/* Puts it on its handle. */
EFI_STATUS overlayfs_install(struct overlayfs *o);
/* The handle that it is on, once installed. */
EFI_HANDLE overlayfs_handle(const struct overlayfs *o);
/* The device path of the overlay, to which a file's path is appended. */
const EFI_DEVICE_PATH *overlayfs_path(const struct overlayfs *o);
/* Takes it off its handle again, if it was installed, and frees it. NULL is fine. */
void overlayfs_free(struct overlayfs *o);
