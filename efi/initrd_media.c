/* SPDX-License-Identifier: BSD-2-Clause */
#include "initrd_media.h"

#include "proof.h"
#include "proto.h"

struct media_path {
        VENDOR_DEVICE_PATH vendor;
        EFI_DEVICE_PATH end;
} __attribute__((packed));

/* One initrd at a time, as Linux looks for one. */
static struct {
        struct load_file2 protocol;
        struct media_path path;
        const struct initrd *list;
        EFI_HANDLE handle;
} media;

static void set_path(struct media_path *ret) {
        static const EFI_GUID guid = LINUX_INITRD_MEDIA_GUID;

        memset(ret, 0, sizeof(*ret));
        ret->vendor.Header = (EFI_DEVICE_PATH) { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(ret->vendor), 0 } };
        ret->vendor.Guid = guid;
        ret->end = (EFI_DEVICE_PATH) { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(ret->end), 0 } };
}

/* Linux's question for an initrd: which handle answers it? */
static bool find(struct media_path *path, EFI_HANDLE *ret) {
        EFI_GUID guid = LOAD_FILE2_GUID;
        EFI_DEVICE_PATH *rest = (void *) path;

        set_path(path);
        return fw_bs->LocateDevicePath(&guid, &rest, ret) == EFI_SUCCESS;
}

bool initrd_media_taken(void) {
        struct media_path path;
        EFI_HANDLE handle;

        return find(&path, &handle);
}

static EFI_STATUS EFIAPI load_file(struct load_file2 *this, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *size,
                                   void *buffer) {
        size_t need;

        (void) path;
        if (!this || !size)
                return EFI_INVALID_PARAMETER;
        if (boot_policy)
                return EFI_UNSUPPORTED;
        if (!media.list || !initrd_size(media.list, &need))
                return EFI_NOT_FOUND;
        if (!buffer || *size < need) {
                *size = need;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = need;
        return initrd_read(media.list, buffer, need) && proof_initrd_bytes(media.list, (struct span) { buffer, need })
                       ? EFI_SUCCESS
                       : EFI_DEVICE_ERROR;
}

EFI_STATUS initrd_media_offer(const struct initrd *list) {
        EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID, file_guid = LOAD_FILE2_GUID;

        if (list->n == 0)
                return EFI_SUCCESS;
        set_path(&media.path);
        media.protocol.load_file = load_file;
        media.list = list;
        media.handle = NULL;
        return fw_bs->InstallMultipleProtocolInterfaces(&media.handle, &path_guid, &media.path, &file_guid, &media.protocol,
                                                        NULL);
}

/* What the kernel reads, by a function of ours and from this very list, is compared as it is read. */
static bool gives(struct load_file2 *file, struct media_path *path, const struct initrd *list) {
        UINTN size = 0;
        size_t planned;

        return file == &media.protocol && file->load_file == load_file && media.list == list && initrd_size(list, &planned) &&
               file->load_file(file, &path->end, FALSE, &size, NULL) == EFI_BUFFER_TOO_SMALL && size == planned;
}

bool initrd_media_proof(const struct initrd *list, struct text *why) {
        static const EFI_GUID guid = LOAD_FILE2_GUID;
        struct media_path path;
        EFI_HANDLE handle = NULL;
        bool found = find(&path, &handle);

        if (list->n == 0 ? !found : found && gives(fw_protocol(handle, &guid), &path, list))
                return true;
        text_str(why, "another initrd");
        return false;
}

void initrd_media_remove(void) {
        EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID, file_guid = LOAD_FILE2_GUID;

        if (media.handle)
                (void) fw_bs->UninstallMultipleProtocolInterfaces(media.handle, &path_guid, &media.path, &file_guid,
                                                                  &media.protocol, NULL);
        media.handle = NULL;
        media.list = NULL;
}
