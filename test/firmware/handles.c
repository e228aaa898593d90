/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles and the protocols on them. */
#include "inside.h"

static const EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static bool guid_eq(const EFI_GUID *a, const EFI_GUID *b) {
        return memcmp(a, b, sizeof(*a)) == 0;
}

struct handle *handle_new(struct machine *m) {
        struct handle *h = calloc(1, sizeof(*h));

        if (!h || m->in->n_handles == HANDLES_MAX)
                abort();
        m->in->handles[m->in->n_handles++] = h;
        return h;
}

void handle_add(struct handle *h, const EFI_GUID *guid, void *interface) {
        if (h->n == PROTOCOLS_MAX)
                abort();
        h->guid[h->n] = *guid;
        h->interface[h->n++] = interface;
}

void handle_remove(struct machine *m, struct handle *h) {
        for (size_t i = 0; i < m->in->n_handles; i++)
                if (m->in->handles[i] == h) {
                        memmove(&m->in->handles[i], &m->in->handles[i + 1], (m->in->n_handles - i - 1) * sizeof(h));
                        m->in->n_handles--;
                        free(h);
                        return;
                }
}

bool handle_lives(const struct machine *m, const struct handle *h) {
        for (size_t i = 0; i < m->in->n_handles; i++)
                if (m->in->handles[i] == h)
                        return true;
        return false;
}

void *handle_get(const struct machine *m, const struct handle *h, const EFI_GUID *guid) {
        if (!handle_lives(m, h))
                return NULL;
        for (size_t i = 0; i < h->n; i++)
                if (guid_eq(&h->guid[i], guid))
                        return h->interface[i];
        return NULL;
}

void *handle_any(const struct machine *m, const EFI_GUID *guid) {
        for (size_t i = 0; i < m->in->n_handles; i++) {
                void *interface = handle_get(m, m->in->handles[i], guid);

                if (interface)
                        return interface;
        }
        return NULL;
}

size_t handle_protocols(const struct machine *m) {
        size_t n = 0;

        for (size_t i = 0; i < m->in->n_handles; i++)
                n += m->in->handles[i]->n;
        return n;
}

struct handle *handle_nearest(const struct machine *m, const EFI_GUID *guid, const EFI_DEVICE_PATH **path) {
        struct handle *best = NULL;
        size_t most = 0;

        for (size_t i = 0; i < m->in->n_handles; i++) {
                struct handle *h = m->in->handles[i];
                const EFI_DEVICE_PATH *own = handle_get(m, h, &path_guid);
                size_t n = own ? path_bytes(own) : 0;

                if (n == 0 || n > path_bytes(*path) || !handle_get(m, h, guid) || memcmp(own, *path, n) != 0 || n <= most)
                        continue;
                best = h;
                most = n;
        }
        if (best)
                *path = (const void *) ((const uint8_t *) *path + most);
        return best;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret) {
        const struct fault *f = fault_at(CALL_HANDLE_PROTOCOL, NULL);
        void *interface;

        if (fails(f))
                return f->status;
        if (!handle_lives(the_machine, handle)) {
                misuse("HandleProtocol on a handle that is gone", "");
                return EFI_INVALID_PARAMETER;
        }
        interface = handle_get(the_machine, handle, guid);
        if (!interface)
                return EFI_UNSUPPORTED;
        *ret = interface;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret) {
        const struct fault *f = fault_at(CALL_LOCATE_PROTOCOL, NULL);
        void *interface;

        (void) registration;
        if (fails(f))
                return f->status;
        interface = handle_any(the_machine, guid);
        if (!interface)
                return EFI_NOT_FOUND;
        *ret = interface;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_handles(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, VOID *key, UINTN *ret_n, EFI_HANDLE **ret) {
        const struct fault *f = fault_at(CALL_LOCATE_HANDLES, NULL);
        const struct inside *in = the_machine->in;
        void *list = NULL;
        size_t n = 0;

        (void) key;
        if (fails(f))
                return f->status;
        if ((type != ByProtocol && type != AllHandles) ||
            the_machine->in->bs.AllocatePool(EfiBootServicesData, HANDLES_MAX * sizeof(EFI_HANDLE), &list) != EFI_SUCCESS)
                return EFI_OUT_OF_RESOURCES;
        for (size_t i = 0; i < in->n_handles; i++)
                if (type == AllHandles || handle_get(the_machine, in->handles[i], guid))
                        ((EFI_HANDLE *) list)[n++] = in->handles[i];
        *ret_n = n;
        *ret = list;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path, EFI_HANDLE *ret) {
        const struct fault *f = fault_at(CALL_LOCATE_PATH, NULL);
        const EFI_DEVICE_PATH *rest = *path;
        struct handle *h;

        if (fails(f))
                return f->status;
        h = lies(f, LIE_FOUND) ? the_machine->in->self : handle_nearest(the_machine, guid, &rest);
        if (!h)
                return EFI_NOT_FOUND;
        *path = (EFI_DEVICE_PATH *) (uintptr_t) rest;
        *ret = h;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI connect(EFI_HANDLE handle, EFI_HANDLE *drivers, EFI_DEVICE_PATH *rest, BOOLEAN all) {
        const struct fault *f = fault_at(CALL_CONNECT, NULL);

        (void) drivers;
        (void) rest;
        if (fails(f))
                return f->status;
        if (!handle_lives(the_machine, handle))
                misuse("ConnectController on a handle that is gone", "");
        if (!all || !disks_connect(the_machine, handle))
                return EFI_NOT_FOUND;
        return EFI_SUCCESS;
}

/* A second handle of the same device path is refused, as EDK2 does. */
static bool path_taken(const EFI_DEVICE_PATH *path) {
        const EFI_DEVICE_PATH *rest = path;

        return handle_nearest(the_machine, &path_guid, &rest) && path_bytes(rest) == 0;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, ...) {
        const struct fault *f = fault_at(CALL_INSTALL, NULL);
        struct handle *h = *handle;
        const EFI_GUID *guid;
        va_list list;

        if (fails(f))
                return f->status;
        va_start(list, handle);
        while ((guid = va_arg(list, const EFI_GUID *))) {
                void *interface = va_arg(list, void *);

                if (guid_eq(guid, &path_guid) && path_taken(interface)) {
                        va_end(list);
                        return EFI_ALREADY_STARTED;
                }
                if (!h)
                        h = handle_new(the_machine);
                handle_add(h, guid, interface);
        }
        va_end(list);
        *handle = h;
        return EFI_SUCCESS;
}

static bool take_off(struct handle *h, const EFI_GUID *guid, const void *interface) {
        for (size_t i = 0; i < h->n; i++)
                if (guid_eq(&h->guid[i], guid) && h->interface[i] == interface) {
                        h->n--;
                        h->guid[i] = h->guid[h->n];
                        h->interface[i] = h->interface[h->n];
                        return true;
                }
        return false;
}

static EFI_STATUS EFIAPI uninstall(EFI_HANDLE handle, ...) {
        const struct fault *f = fault_at(CALL_UNINSTALL, NULL);
        struct handle *h = handle;
        const EFI_GUID *guid;
        va_list list;

        if (fails(f))
                return f->status;
        if (!handle_lives(the_machine, h)) {
                misuse("Uninstall on a handle that is gone", "");
                return EFI_INVALID_PARAMETER;
        }
        va_start(list, handle);
        while ((guid = va_arg(list, const EFI_GUID *)))
                if (!take_off(h, guid, va_arg(list, void *)))
                        misuse("Uninstall of a protocol that is not there", "");
        va_end(list);
        if (h->n == 0)
                handle_remove(the_machine, h);
        return EFI_SUCCESS;
}

void handle_services(EFI_BOOT_SERVICES *bs) {
        bs->HandleProtocol = handle_protocol;
        bs->LocateProtocol = locate_protocol;
        bs->LocateHandleBuffer = locate_handles;
        bs->LocateDevicePath = locate_device_path;
        bs->ConnectController = (void *) connect;
        bs->InstallMultipleProtocolInterfaces = (void *) install;
        bs->UninstallMultipleProtocolInterfaces = (void *) uninstall;
}
