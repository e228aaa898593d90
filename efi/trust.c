/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust.h"

#include "proto.h"
#include "vars.h"

static const EFI_GUID shim_lock_guid = SHIM_LOCK_GUID;

static bool secure_boot_on(void)
{
        static const EFI_GUID global = GLOBAL_GUID;
        struct var v;
        bool on;
        EFI_STATUS status = vars_get(L"SecureBoot", &global, &v);

        if (status == EFI_NOT_FOUND)
                return false; /* firmware without Secure Boot */
        if (status != EFI_SUCCESS)
                return true;
        on = v.data.n != 1 || v.data.p[0] != 0;
        vars_free(&v);
        return on;
}

void trust_probe(struct trust *ret)
{
        static const EFI_GUID loader_guid = SHIM_IMAGE_LOADER_GUID;
        const struct shim_image_loader *loader = fw_locate(&loader_guid);

        ret->secure_boot = secure_boot_on();
        /* The protocol alone proves nothing: a shim without vendor keys, or with validation disabled, installs it and hooks nothing. */
        if (loader && fw_bs->LoadImage == loader->load_image)
                ret->way = TRUST_SHIM_HOOKED;
        else if (ret->secure_boot && fw_locate(&shim_lock_guid))
                ret->way = TRUST_SHIM_LOCK;
        else
                ret->way = TRUST_FIRMWARE;
}

const char *trust_clause(const struct trust *t)
{
        if (!t->secure_boot)
                return "not validated: Secure Boot is off";
        if (t->way == TRUST_FIRMWARE)
                return "validated by firmware";
        return "validated by shim";
}

/* The override. Firmware asks the Security2 protocol about each image; around our own LoadImage that question goes to shim first. Statics,
 * since the protocol passes no context; boot services are single-threaded. */
static security2_check original_check;

static EFI_STATUS EFIAPI ask_shim_first(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer, UINTN size,
                                        BOOLEAN boot_policy)
{
        const struct shim_lock *shim = fw_locate(&shim_lock_guid);

        if (shim && buffer && size <= UINT32_MAX && shim->verify(buffer, (UINT32) size) == EFI_SUCCESS)
                return EFI_SUCCESS;
        return original_check(this, path, buffer, size, boot_policy);
}

static struct security2_arch *override_install(void)
{
        static const EFI_GUID guid = SECURITY2_ARCH_GUID;
        struct security2_arch *security = fw_locate(&guid);

        if (security) {
                original_check = security->check;
                security->check = ask_shim_first;
        }
        return security;
}

static void override_remove(struct security2_arch *security)
{
        if (security)
                security->check = original_check;
}

static EFI_STATUS load_image(const struct trust *t, EFI_DEVICE_PATH *path, struct span bytes, EFI_HANDLE *ret_image)
{
        struct security2_arch *security = t->way == TRUST_SHIM_LOCK ? override_install() : NULL;
        EFI_STATUS status = fw_bs->LoadImage(FALSE, fw_image, path, (void *) (uintptr_t) bytes.p, bytes.n, ret_image);

        override_remove(security);
        return status;
}

bool trust_load(const struct trust *t, EFI_DEVICE_PATH *path, struct span bytes, EFI_HANDLE *ret_image, struct text *why)
{
        EFI_HANDLE image = NULL;
        EFI_STATUS status = load_image(t, path, bytes, &image);

        if (status == EFI_SUCCESS && image) {
                *ret_image = image;
                return true;
        }
        /* Firmware may load an image that it refuses to start, and hand it over with this status. */
        if (status == EFI_SECURITY_VIOLATION && image)
                (void) fw_bs->UnloadImage(image);
        if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
                text_cat(why, "is not signed by a key that this machine trusts, or is revoked (", fw_status(status),
                         "): sign it with a key in db or a machine owner key", NULL);
        else
                text_cat(why, "is not accepted by LoadImage (", fw_status(status), ")", NULL);
        return false;
}

bool trust_image_bytes(EFI_HANDLE image, struct span *ret)
{
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *loaded = fw_protocol(image, &guid);

        if (!loaded || !loaded->ImageBase)
                return false;
        *ret = (struct span) { loaded->ImageBase, (size_t) loaded->ImageSize };
        return true;
}

void trust_retain(const struct trust *t)
{
        static const uint8_t yes = 1;

        if (t->way == TRUST_SHIM_LOCK && !vars_exists(L"ShimRetainProtocol", &shim_lock_guid))
                (void) vars_set(L"ShimRetainProtocol", &shim_lock_guid, VARS_BS_RT, (struct span) { &yes, 1 });
}
