/* SPDX-License-Identifier: BSD-2-Clause */
/* Who decides what may be loaded: firmware by its Security2 protocol, shim's lock protocol, a shim that stands behind
 * LoadImage. */
#include "inside.h"

static EFI_STATUS no(const struct machine *m) {
        return m->violation_with_handle ? EFI_SECURITY_VIOLATION : EFI_ACCESS_DENIED;
}

static EFI_STATUS EFIAPI firmware_check(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer, UINTN size,
                                        BOOLEAN boot_policy) {
        const struct machine *m = the_machine;

        (void) this;
        (void) path;
        (void) boot_policy;
        return !m->secure_boot || signer(buffer, size) == DB ? EFI_SUCCESS : no(m);
}

static EFI_STATUS SHIM_ABI lock_verify(const void *buffer, UINT32 size) {
        enum key key = signer(buffer, size);

        return key == DB || key == MOK ? EFI_SUCCESS : EFI_SECURITY_VIOLATION;
}

/* shim 16.1 knows the sections of an image that it loaded. */
static bool is_section_of(struct machine *m, EFI_HANDLE parent, const uint8_t *bytes, size_t n) {
        const struct image *image = image_of(m, parent);
        struct span kernel;

        return image && find_section(image->memory, (size_t) image->loaded.ImageSize, ".linux", &kernel) && kernel.n == n &&
               memcmp(kernel.p, bytes, n) == 0;
}

EFI_STATUS trust_verdict(struct machine *m, EFI_HANDLE parent, EFI_DEVICE_PATH *path, const uint8_t *bytes, size_t n) {
        static const EFI_GUID lock = SHIM_LOCK_GUID;

        if (m->shim == SHIM_16) {
                if (!m->secure_boot || lock_verify(bytes, (UINT32) n) == EFI_SUCCESS || is_section_of(m, parent, bytes, n))
                        return EFI_SUCCESS;
                return EFI_SECURITY_VIOLATION;
        }
        /* The stub has an override of its own around its LoadImage, if the lock protocol is still there. */
        if (m->in->in_child && handle_any(m, &lock) && lock_verify(bytes, (UINT32) n) == EFI_SUCCESS)
                return EFI_SUCCESS;
        return m->in->security2.check(&m->in->security2, path, (void *) (uintptr_t) bytes, n, FALSE);
}

void trust_services(struct machine *m) {
        static const EFI_GUID security2 = SECURITY2_ARCH_GUID, lock = SHIM_LOCK_GUID, loader = SHIM_IMAGE_LOADER_GUID;
        struct inside *in = m->in;

        in->security2.check = firmware_check;
        in->lock.verify = lock_verify;
        /* An idle shim has a LoadImage too, only not in the table. */
        in->loader.load_image = m->shim == SHIM_16 ? in->bs.LoadImage : (EFI_IMAGE_LOAD) (uintptr_t) 1;
        in->trust_handle = handle_new(m);
        handle_add(in->trust_handle, &security2, &in->security2);
        if (m->shim != NO_SHIM)
                handle_add(in->trust_handle, &lock, &in->lock);
        if (m->shim == SHIM_16 || m->shim == SHIM_16_IDLE)
                handle_add(in->trust_handle, &loader, &in->loader);
        if (m->shim == SHIM_15)
                machine_set(m, "MokListRT", &shim_vendor, 6, "x", 1);
}

bool trust_restored(const struct machine *m) {
        return m->in->security2.check == firmware_check;
}

/* shim before 16 takes its lock protocol away when a loader starts something, unless it was asked not to. */
void trust_started(struct machine *m) {
        static const EFI_GUID lock = SHIM_LOCK_GUID;
        struct handle *h = m->in->trust_handle;
        struct span value;

        if (m->shim != SHIM_15 || machine_get(m, "ShimRetainProtocol", &shim_vendor, &value, NULL))
                return;
        for (size_t i = 0; i < h->n; i++)
                if (memcmp(&h->guid[i], &lock, sizeof(lock)) == 0) {
                        m->in->taken_away++;
                        h->n--;
                        h->guid[i] = h->guid[h->n];
                        h->interface[i] = h->interface[h->n];
                }
}
