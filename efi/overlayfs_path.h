/* SPDX-License-Identifier: BSD-2-Clause */
/* Names inside the overlay: UCS-2, as callers of EFI_FILE_PROTOCOL.Open give them. */
#pragma once

#include "fw.h"

/* The absolute path of name as seen from the folder base (itself absolute): separators either way, `.` and `..` resolved, repeated and trailing ones
 * dropped; "\" for the root. False if it does not fit into cap characters or climbs above the root. */
bool overlayfs_path_resolve(const CHAR16 *base, const CHAR16 *name, CHAR16 *out, size_t cap);
/* The last part of an absolute path. */
const CHAR16 *overlayfs_path_base(const CHAR16 *path);
/* path is dir\name, without case. */
bool overlayfs_path_is(const CHAR16 *path, const CHAR16 *dir, const CHAR16 *name);
/* path is a folder above dir. */
bool overlayfs_path_above(const CHAR16 *path, const CHAR16 *dir);
/* Ends in ".addon.efi", without case, or would once FAT has dropped blanks and dots at its end. name: at most max characters. */
bool overlayfs_path_hidden(const CHAR16 *name, size_t max);
