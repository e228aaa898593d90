/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variables. */
#include "inside.h"

const EFI_GUID ukiload_vendor = UKILOAD_GUID, loader_vendor = LOADER_GUID, global_vendor = GLOBAL_GUID,
               shim_vendor = SHIM_LOCK_GUID;

static bool same_text(const CHAR16 *a, const CHAR16 *b) {
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

static struct variable **find(const struct machine *m, const CHAR16 *name, const EFI_GUID *vendor) {
        struct variable **v = &m->in->variables;

        while (*v && (!same_text((*v)->name, name) || memcmp(&(*v)->vendor, vendor, sizeof(*vendor)) != 0))
                v = &(*v)->next;
        return v;
}

static void forget(struct variable **where) {
        struct variable *v = *where;

        *where = v->next;
        free(v->data);
        free(v);
}

static void put(struct machine *m, const CHAR16 *name, const EFI_GUID *vendor, UINT32 attributes, const void *data, size_t n) {
        struct variable **where = find(m, name, vendor), *v;

        if (*where)
                forget(where);
        v = calloc(1, sizeof(*v));
        if (!v || !(v->data = malloc(n)))
                abort();
        memcpy(v->data, data, n);
        for (size_t i = 0; i < 63 && name[i]; i++)
                v->name[i] = name[i];
        v->vendor = *vendor;
        v->attributes = attributes;
        v->n = n;
        v->next = m->in->variables;
        m->in->variables = v;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes, UINTN *size, VOID *data) {
        char text[64];
        const struct fault *f;
        const struct variable *v;
        UINTN n;

        narrow(name, text, sizeof(text));
        f = fault_at(CALL_GET_VARIABLE, text);
        if (fails(f))
                return f->status;
        v = *find(the_machine, name, vendor);
        if (!v)
                return EFI_NOT_FOUND;
        n = v->n + (lies(f, LIE_LARGER) ? 1 : 0);
        if (attributes)
                *attributes = v->attributes;
        if (*size < n || !data) {
                *size = n;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = v->n;
        memcpy(data, v->data, v->n);
        if (lies(f, LIE_FLIP))
                ((uint8_t *) data)[0] ^= 1;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size, VOID *data) {
        char text[64];
        const struct fault *f;
        struct variable **where;

        narrow(name, text, sizeof(text));
        f = fault_at(CALL_SET_VARIABLE, text);
        if (fails(f))
                return f->status;
        if (lies(f, LIE_NOTHING))
                return EFI_SUCCESS;
        where = find(the_machine, name, vendor);
        if (attributes & EFI_VARIABLE_NON_VOLATILE || (*where && (*where)->attributes & EFI_VARIABLE_NON_VOLATILE))
                the_machine->nv_writes++;
        if (size == 0 || attributes == 0) {
                if (!*where)
                        return EFI_NOT_FOUND;
                forget(where);
                return EFI_SUCCESS;
        }
        if (*where && (*where)->attributes != attributes)
                return EFI_INVALID_PARAMETER;
        put(the_machine, name, vendor, attributes, data, size);
        return EFI_SUCCESS;
}

void variable_services(EFI_RUNTIME_SERVICES *rt) {
        rt->GetVariable = get_variable;
        rt->SetVariable = set_variable;
}

void variables_free(struct machine *m, bool volatile_only) {
        struct variable **v = &m->in->variables;

        while (*v)
                if (volatile_only && (*v)->attributes & EFI_VARIABLE_NON_VOLATILE)
                        v = &(*v)->next;
                else
                        forget(v);
}

void machine_set(struct machine *m, const char *name, const EFI_GUID *vendor, UINT32 attributes, const void *data, size_t n) {
        CHAR16 text[64];

        wide(name, text, 64);
        put(m, text, vendor, attributes, data, n);
}

void machine_set_text(struct machine *m, const char *name, const EFI_GUID *vendor, UINT32 attributes, const char *text) {
        CHAR16 value[2048];

        wide(text, value, 2048);
        machine_set(m, name, vendor, attributes, value, (strlen(text) + 1) * sizeof(CHAR16));
}

void machine_unset(struct machine *m, const char *name, const EFI_GUID *vendor) {
        CHAR16 text[64];
        struct variable **where;

        wide(name, text, 64);
        where = find(m, text, vendor);
        if (*where)
                forget(where);
}

bool machine_get(const struct machine *m, const char *name, const EFI_GUID *vendor, struct span *ret, UINT32 *ret_attributes) {
        CHAR16 text[64];
        const struct variable *v;

        wide(name, text, 64);
        v = *find(m, text, vendor);
        if (!v)
                return false;
        *ret = (struct span) { v->data, v->n };
        if (ret_attributes)
                *ret_attributes = v->attributes;
        return true;
}

void machine_arm(struct machine *m, const char *words) {
        char text[1100];

        snprintf(text, sizeof(text), "ukiload.id=t1 ukiload.via=0007 %s", words);
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, text);
}

bool machine_armed(const struct machine *m) {
        struct span value;

        return machine_get(m, "UkiloadRequest", &ukiload_vendor, &value, NULL);
}
