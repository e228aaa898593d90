/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variables, read whole and written with care. */
#pragma once

#include "fw.h"
#include "proto.h"

#define VARS_NV_BS_RT (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define VARS_BS_RT    (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

struct var {
        struct span data; /* pool; vars_free */
        UINT32 attributes;
};

/* EFI_NOT_FOUND if there is none; any other error is a variable that cannot be read. */
EFI_STATUS vars_get(const CHAR16 *name, const EFI_GUID *vendor, struct var *ret);
void vars_free(struct var *v);
bool vars_exists(const CHAR16 *name, const EFI_GUID *vendor);

/* Sets the variable to exactly this, an existing one of other attributes being deleted first, and reads it back. An equal value
 * is not written again: NVRAM wears. */
EFI_STATUS vars_set(const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes, struct span data);
/* Deletes with attributes 0 and looks whether it is gone: some NVRAM is write protected and says success. */
EFI_STATUS vars_delete(const CHAR16 *name, const EFI_GUID *vendor);
