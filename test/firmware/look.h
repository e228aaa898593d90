/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay as a stub, or whoever else it lets look, sees it through EFI_FILE_PROTOCOL. */
#pragma once

#include "machine.h"

union look_info {
        EFI_FILE_INFO info;
        uint8_t bytes[sizeof(EFI_FILE_INFO) + 600];
};
extern union look_info look_info; /* for what GetInfo and Read of a folder say */
extern EFI_GUID look_info_guid;
extern EFI_FILE_PROTOCOL *look_root;

/* A start of SCENE_UKI, with addons for all, of its own, one that is not allowed, and \more; its stub lets `look` look before it
 * looks for addons itself. */
void look_start(void (*look)(struct machine *m));
EFI_STATUS look_open(const char *path, UINT64 mode, EFI_FILE_PROTOCOL **ret);
/* ... of which it is known that it opens. */
EFI_FILE_PROTOCOL *look_open_for(const char *path, UINT64 mode);
/* The volume's object under the overlay's that was opened last. */
EFI_FILE_PROTOCOL *look_under(struct machine *m);
