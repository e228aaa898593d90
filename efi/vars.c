/* SPDX-License-Identifier: BSD-2-Clause */
#include "vars.h"

#define VARS_SIZE_MAX 65536u

EFI_STATUS vars_get(const CHAR16 *name, const EFI_GUID *vendor, struct var *ret) {
        EFI_GUID guid = *vendor;
        UINTN size = 0;
        UINT32 attributes = 0;
        uint8_t *data;
        EFI_STATUS status = fw_rt->GetVariable((CHAR16 *) name, &guid, &attributes, &size, NULL);

        if (status != EFI_BUFFER_TOO_SMALL)
                return status == EFI_SUCCESS ? EFI_DEVICE_ERROR : status;
        if (size > VARS_SIZE_MAX)
                return EFI_BUFFER_TOO_SMALL;
        data = fw_alloc(size);
        if (!data)
                return EFI_OUT_OF_RESOURCES;
        status = fw_rt->GetVariable((CHAR16 *) name, &guid, &attributes, &size, data);
        if (status != EFI_SUCCESS) {
                fw_free(data);
                return status;
        }
        *ret = (struct var) { { data, size }, attributes };
        return EFI_SUCCESS;
}

void vars_free(struct var *v) {
        fw_free((void *) (uintptr_t) v->data.p);
        *v = (struct var) { 0 };
}

bool vars_exists(const CHAR16 *name, const EFI_GUID *vendor) {
        EFI_GUID guid = *vendor;
        UINTN size = 0;

        return fw_rt->GetVariable((CHAR16 *) name, &guid, NULL, &size, NULL) != EFI_NOT_FOUND;
}

EFI_STATUS vars_delete(const CHAR16 *name, const EFI_GUID *vendor) {
        EFI_GUID guid = *vendor;
        EFI_STATUS status = fw_rt->SetVariable((CHAR16 *) name, &guid, 0, 0, NULL);

        if (!vars_exists(name, vendor))
                return EFI_SUCCESS;
        return status == EFI_SUCCESS ? EFI_WRITE_PROTECTED : status;
}

static bool holds(const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes, struct span data) {
        struct var now = { 0 };
        bool same;

        if (vars_get(name, vendor, &now) != EFI_SUCCESS)
                return false;
        same = now.attributes == attributes && span_eq(now.data, data);
        vars_free(&now);
        return same;
}

static bool other_attributes(const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes) {
        struct var now = { 0 };
        bool other;

        if (vars_get(name, vendor, &now) != EFI_SUCCESS)
                return false;
        other = now.attributes != attributes;
        vars_free(&now);
        return other;
}

EFI_STATUS vars_set(const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes, struct span data) {
        EFI_GUID guid = *vendor;
        EFI_STATUS status;

        if (holds(name, vendor, attributes, data))
                return EFI_SUCCESS;
        if (other_attributes(name, vendor, attributes)) {
                status = vars_delete(name, vendor);
                if (status != EFI_SUCCESS)
                        return status;
        }
        status = fw_rt->SetVariable((CHAR16 *) name, &guid, attributes, data.n, (void *) (uintptr_t) data.p);
        if (status != EFI_SUCCESS)
                return status;
        return holds(name, vendor, attributes, data) ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}
