/* SPDX-License-Identifier: BSD-2-Clause */
#include "trust.h"

#include "measure.h"
#include "pe_shim.h"
#include "pe_signed.h"
#include "proto.h"
#include "vars.h"

/* Where a kernel that lies in memory "is": LoadImage wants a path. Random, ours. */
/* clang-format off */
#define KERNEL_NODE_GUID { 0x6b1f4e02, 0x53a9, 0x4d0e, { 0xb1, 0x17, 0x90, 0x5e, 0x2c, 0x4a, 0x88, 0x63 } }
/* clang-format on */

static const EFI_GUID shim_lock_guid = SHIM_LOCK_GUID;

static bool secure_boot_on(void) {
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

static bool is_one(const CHAR16 *name, UINT32 with, UINT32 without) {
        struct var v;
        bool one;

        if (vars_get(name, &shim_lock_guid, &v) != EFI_SUCCESS)
                return false;
        one = (v.attributes & with) == with && !(v.attributes & without) && v.data.n == 1 && v.data.p[0] == 1;
        vars_free(&v);
        return one;
}

/* shim obeys MokSBState, which the running system cannot write, and tells it by a volatile copy. */
static bool validation_off(void) {
        return is_one(L"MokSBState", EFI_VARIABLE_BOOTSERVICE_ACCESS, EFI_VARIABLE_RUNTIME_ACCESS) ||
               is_one(L"MokSBStateRT", EFI_VARIABLE_RUNTIME_ACCESS, EFI_VARIABLE_NON_VOLATILE);
}

void trust_probe(struct trust *ret) {
        static const EFI_GUID loader_guid = SHIM_IMAGE_LOADER_GUID;
        const struct shim_image_loader *loader = fw_locate(&loader_guid);

        ret->secure_boot = secure_boot_on();
        ret->shim_accepts_all = validation_off();
        /* The protocol alone proves nothing: a shim without vendor keys, or with validation disabled, installs it and hooks
         * nothing. */
        if (loader && fw_bs->LoadImage == loader->load_image)
                ret->way = TRUST_SHIM_HOOKED;
        else if (ret->secure_boot && fw_locate(&shim_lock_guid))
                ret->way = TRUST_SHIM_LOCK;
        else
                ret->way = TRUST_FIRMWARE;
}

const char *trust_clause(const struct trust *t) {
        if (!t->secure_boot)
                return "not validated: Secure Boot is off";
        if (t->way == TRUST_FIRMWARE)
                return "validated by firmware";
        if (t->shim_accepts_all)
                return "not validated: shim's validation is switched off (mokutil --enable-validation switches it on)";
        return "validated by shim";
}

/* The override. Firmware asks the Security2 protocol about each image; around our own LoadImage that question goes to shim first.
 * Statics, since the protocol passes no context; boot services are single-threaded. */
static security2_check original_check;

static EFI_STATUS EFIAPI ask_shim_first(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer, UINTN size,
                                        BOOLEAN boot_policy) {
        const struct shim_lock *shim = fw_locate(&shim_lock_guid);

        if (shim && buffer && size <= UINT32_MAX && shim->verify(buffer, (UINT32) size) == EFI_SUCCESS)
                return EFI_SUCCESS;
        return original_check(this, path, buffer, size, boot_policy);
}

/* Says yes to one buffer, the kernel inside a UKI that was validated, and asks the original about everything else. */
static struct span accepted;

static EFI_STATUS EFIAPI accept_one_buffer(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer,
                                           UINTN size, BOOLEAN boot_policy) {
        if (buffer && buffer == (const void *) accepted.p && size == accepted.n)
                return EFI_SUCCESS;
        return original_check(this, path, buffer, size, boot_policy);
}

/* LoadImage with our answer in front of firmware's; NULL: without one. The override is gone when this returns. */
static EFI_STATUS load_image(security2_check check, EFI_HANDLE parent, EFI_DEVICE_PATH *path, struct span bytes,
                             EFI_HANDLE *ret_image) {
        static const EFI_GUID guid = SECURITY2_ARCH_GUID;
        struct security2_arch *security = check ? fw_locate(&guid) : NULL;
        EFI_STATUS status;

        if (security) {
                original_check = security->check;
                security->check = check;
        }
        status = fw_bs->LoadImage(FALSE, parent, path, (void *) (uintptr_t) bytes.p, bytes.n, ret_image);
        if (security)
                security->check = original_check;
        /* Firmware may load an image that it refuses to start, and hand it over with this status. */
        if (status == EFI_SECURITY_VIOLATION && *ret_image)
                (void) fw_bs->UnloadImage(*ret_image);
        return status == EFI_SUCCESS && !*ret_image ? EFI_LOAD_ERROR : status;
}

/* A cause that firmware's status does not show. */
static const char *lost_tpm(void) {
        return measure_tpm_lost()
                       ? ": the TPM does not answer, and firmware measures what it loads; switch the machine off and on"
                       : "";
}

bool trust_takes_kernel(const struct trust *t, const struct pe *pe, struct text *why) {
        return t->way != TRUST_SHIM_HOOKED || pe_shim_loads(pe, why);
}

/* Why LoadImage said no. An older shim may have refused the file's form, and firmware's db then its signature. */
static void explain(const struct trust *t, const struct pe *pe, EFI_STATUS status, struct text *why) {
        if (status != EFI_SECURITY_VIOLATION && status != EFI_ACCESS_DENIED)
                text_cat(why, "is not accepted by LoadImage (", fw_status(status), ")", lost_tpm(), NULL);
        else if (pe_changed_since_signed(pe))
                text_cat(why, "was changed after it was signed, or is damaged: its signature does not fit its bytes (",
                         fw_status(status), "): take it from its source again", NULL);
        else if (t->way != TRUST_SHIM_LOCK || pe_shim_verifies(pe, why))
                text_cat(why, "is not signed by a key that this machine trusts, or is revoked (", fw_status(status),
                         "): sign it with a key in db or a machine owner key", NULL);
}

static bool load_file(const struct trust *t, EFI_DEVICE_PATH *path, struct span bytes, const struct pe *pe, EFI_HANDLE *ret_image,
                      struct text *why) {
        EFI_HANDLE image = NULL;
        EFI_STATUS status;

        if (t->way == TRUST_SHIM_HOOKED && !pe_shim_loads(pe, why))
                return false;
        /* What LoadImage refuses may leave events and handles behind. */
        if (!fw_fits(pe->size_of_image, "has no room in memory beside its file", why))
                return false;
        status = load_image(t->way == TRUST_SHIM_LOCK ? ask_shim_first : NULL, fw_image, path, bytes, &image);
        if (status == EFI_SUCCESS)
                *ret_image = image;
        else
                explain(t, pe, status, why);
        return status == EFI_SUCCESS;
}

bool trust_load(const struct trust *t, EFI_DEVICE_PATH *path, const struct pe *pe, EFI_HANDLE *ret_image, struct text *why) {
        return load_file(t, path, pe->bytes, pe, ret_image, why);
}

bool trust_load_shown(const struct trust *t, EFI_DEVICE_PATH *path, const struct pe *pe, EFI_HANDLE *ret_image,
                      struct text *why) {
        return load_file(t, path, (struct span) { 0 }, pe, ret_image, why);
}

bool trust_load_kernel(const struct trust *t, EFI_HANDLE uki, struct span kernel, EFI_HANDLE *ret_image, struct text *why) {
        static const EFI_GUID none = KERNEL_NODE_GUID;
        struct {
                VENDOR_DEVICE_PATH vendor;
                EFI_DEVICE_PATH end;
        } __attribute__((packed)) path = {
                { { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } }, none },
                { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
        };
        /* shim 16.1 knows the sections of the UKI that it validated, by the UKI's handle and exactly these bytes. */
        bool shim_knows = t->way == TRUST_SHIM_HOOKED;
        EFI_HANDLE image = NULL;
        EFI_STATUS status;

        accepted = kernel;
        status = load_image(t->secure_boot && !shim_knows ? accept_one_buffer : NULL, uki, (void *) &path, kernel, &image);
        accepted = (struct span) { 0 };
        if (status == EFI_SUCCESS) {
                *ret_image = image;
                return true;
        }
        text_cat(why, "has a kernel (.linux) that LoadImage does not accept (", fw_status(status), ")", lost_tpm(),
                 shim_knows ? ": shim 16.0 takes only kernels with a signature of their own, 16.1 takes this one" : "", NULL);
        return false;
}

bool trust_image_bytes(EFI_HANDLE image, struct span *ret) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *loaded = fw_protocol(image, &guid);

        if (!loaded || !loaded->ImageBase)
                return false;
        *ret = (struct span) { loaded->ImageBase, (size_t) loaded->ImageSize };
        return true;
}

bool trust_retain(const struct trust *t, struct text *why) {
        static const uint8_t yes = 1;
        EFI_STATUS status;
        struct var v;

        if (t->way != TRUST_SHIM_LOCK)
                return true;
        status = vars_get(L"ShimRetainProtocol", &shim_lock_guid, &v);
        if (status == EFI_SUCCESS)
                vars_free(&v);
        else
                status = vars_set(L"ShimRetainProtocol", &shim_lock_guid, VARS_BS_RT, (struct span) { &yes, 1 });
        if (status == EFI_SUCCESS)
                return true;
        text_cat(why, "the UKI's stub could not have its addons validated: ShimRetainProtocol cannot be set (", fw_status(status),
                 ")", NULL);
        return false;
}

bool trust_old_shim(void) {
        static const EFI_GUID loader_guid = SHIM_IMAGE_LOADER_GUID;

        return !fw_locate(&loader_guid) && vars_exists(L"MokListRT", &shim_lock_guid);
}
