/* SPDX-License-Identifier: BSD-2-Clause */
/* A file system by the GUID of its partition (UEFI 2.10, 10.3.5.1: the HARDDRIVE node has it as its signature). */
#include "gpt.h"
#include "volume.h"

static bool is_on(EFI_HANDLE handle, const uint8_t guid[16], const struct volume *beside) {
        static const EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
        const EFI_DEVICE_PATH *path = fw_protocol(handle, &path_guid);
        uint8_t found[16];

        if (beside && (handle == beside->handle || !devpath_same_disk(path, beside->path)))
                return false;
        return devpath_partition_guid(path, found) && memcmp(found, guid, sizeof(found)) == 0;
}

size_t volume_find_partition(const uint8_t guid[16], const struct volume *beside, EFI_HANDLE *ret) {
        EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_HANDLE *handles = NULL;
        UINTN n = 0;
        size_t found = 0;

        if (fw_bs->LocateHandleBuffer(ByProtocol, &fs_guid, NULL, &n, &handles) != EFI_SUCCESS)
                return 0;
        for (UINTN i = 0; i < n; i++)
                if (is_on(handles[i], guid, beside) && found++ == 0)
                        *ret = handles[i];
        fw_free(handles);
        return found;
}

/* Firmware in a hurry connects the disk that it boots from and no other. */
static void connect_all(void) {
        EFI_HANDLE *handles = NULL;
        UINTN n = 0;

        if (fw_bs->LocateHandleBuffer(AllHandles, NULL, NULL, &n, &handles) != EFI_SUCCESS)
                return;
        fw_watchdog();
        for (UINTN i = 0; i < n; i++)
                (void) fw_bs->ConnectController(handles[i], NULL, NULL, TRUE);
        fw_free(handles);
}

bool volume_open_partition(const uint8_t guid[16], struct volume *ret, struct text *why) {
        char name[sizeof(ret->name)];
        struct text text = TEXT_IN(name);
        EFI_HANDLE handle = NULL;
        size_t n = volume_find_partition(guid, NULL, &handle);

        if (n == 0) {
                connect_all();
                n = volume_find_partition(guid, NULL, &handle);
        }
        text_str(&text, "PARTUUID=");
        gpt_guid_write(guid, &text);
        text_cat(why, name, " ", NULL);
        if (n == 0)
                text_str(why,
                         "is no GPT partition with a file system that firmware can read: connect its disk, or arm another UKI");
        else if (n > 1)
                text_str(
                        why,
                        "is more than one partition, and which one is meant cannot be known: give one of them another GUID, or take its disk out");
        else if (!volume_open(handle, ret))
                text_str(why, "has a file system that firmware cannot open: repair it");
        else {
                text_clear(why);
                memcpy(ret->name, name, sizeof(name));
                return true;
        }
        return false;
}
