/* SPDX-License-Identifier: BSD-2-Clause */
#include "fw.h"

EFI_SYSTEM_TABLE *fw_st;
EFI_BOOT_SERVICES *fw_bs;
EFI_RUNTIME_SERVICES *fw_rt;
EFI_HANDLE fw_image;

void fw_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        fw_image = image;
        fw_st = st;
        fw_bs = st->BootServices;
        fw_rt = st->RuntimeServices;
}

void *fw_alloc_unset(size_t bytes) {
        void *p = NULL;

        return fw_bs->AllocatePool(EfiLoaderData, bytes > 0 ? bytes : 1, &p) == EFI_SUCCESS ? p : NULL;
}

void *fw_alloc(size_t bytes) {
        void *p = fw_alloc_unset(bytes);

        if (p)
                memset(p, 0, bytes);
        return p;
}

/* UEFI 2.10, 7.2: EFI_BOOT_SERVICES.GetMemoryMap. The map may grow by what holds it, so there is room for more. */
static void *memory_map(UINTN *ret_size, UINTN *ret_stride) {
        UINTN size = 0, room, key;
        UINT32 version;
        void *map;

        if (fw_bs->GetMemoryMap(&size, NULL, &key, ret_stride, &version) != EFI_BUFFER_TOO_SMALL || size > (1u << 20))
                return NULL;
        room = size += 1024;
        map = fw_alloc(room);
        if (map && fw_bs->GetMemoryMap(&size, map, &key, ret_stride, &version) == EFI_SUCCESS && size <= room &&
            *ret_stride >= sizeof(EFI_MEMORY_DESCRIPTOR)) {
                *ret_size = size;
                return map;
        }
        fw_free(map);
        return NULL;
}

/* The largest piece of free memory; UINT64_MAX: nobody knows. */
static uint64_t free_piece(void) {
        UINTN size, stride;
        FW_POOL uint8_t *map = memory_map(&size, &stride);
        uint64_t best = 0;

        for (UINTN at = 0; map && size - at >= stride; at += stride) {
                EFI_MEMORY_DESCRIPTOR item;

                memcpy(&item, map + at, sizeof(item));
                if (item.Type == EfiConventionalMemory && item.NumberOfPages > best)
                        best = item.NumberOfPages;
        }
        return map && best < UINT64_MAX / EFI_PAGE_SIZE ? best * EFI_PAGE_SIZE : UINT64_MAX;
}

/* Firmware may find room where its map shows pieces. Asked only where the map says no: giving pages and taking them is slow. */
static bool pages_are_given(uint64_t bytes) {
        const UINTN pages = (UINTN) ((bytes + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE);
        EFI_PHYSICAL_ADDRESS at = 0;

        if (fw_bs->AllocatePages(AllocateAnyPages, EfiLoaderCode, pages, &at) != EFI_SUCCESS)
                return false;
        (void) fw_bs->FreePages(at, pages);
        return true;
}

bool fw_fits(uint64_t bytes, const char *clause, struct text *why) {
        uint64_t there = free_piece();

        if (bytes <= there || pages_are_given(bytes))
                return true;
        text_cat(why, clause, ": it takes ", NULL);
        text_dec(why, bytes / 1000000 + 1);
        text_str(why, " MB in one piece, and ");
        text_dec(why, there / 1000000);
        text_str(why, " MB are free: give the machine more memory, or take a smaller image");
        return false;
}

void fw_free(void *p) {
        if (p)
                (void) fw_bs->FreePool(p);
}

void *fw_protocol(EFI_HANDLE handle, const EFI_GUID *guid) {
        EFI_GUID copy = *guid;
        void *interface = NULL;

        if (!handle || fw_bs->HandleProtocol(handle, &copy, &interface) != EFI_SUCCESS)
                return NULL;
        return interface;
}

void *fw_locate(const EFI_GUID *guid) {
        EFI_GUID copy = *guid;
        void *interface = NULL;

        if (fw_bs->LocateProtocol(&copy, NULL, &interface) != EFI_SUCCESS)
                return NULL;
        return interface;
}

bool fw_guid_eq(const EFI_GUID *a, const EFI_GUID *b) {
        return memcmp(a, b, sizeof(*a)) == 0;
}

const char *fw_status(EFI_STATUS status) {
        static const struct {
                EFI_STATUS status;
                char name[24];
        } names[] = {
                { EFI_SUCCESS, "success" },
                { EFI_NOT_FOUND, "not found" },
                { EFI_ACCESS_DENIED, "access denied" },
                { EFI_SECURITY_VIOLATION, "security violation" },
                { EFI_OUT_OF_RESOURCES, "out of memory or space" },
                { EFI_WRITE_PROTECTED, "write protected" },
                { EFI_UNSUPPORTED, "unsupported" },
                { EFI_LOAD_ERROR, "load error" },
                { EFI_INVALID_PARAMETER, "invalid parameter" },
                { EFI_DEVICE_ERROR, "device error" },
                { EFI_VOLUME_CORRUPTED, "file system damaged" },
                { EFI_VOLUME_FULL, "file system full" },
                { EFI_BUFFER_TOO_SMALL, "too large" },
                { EFI_BAD_BUFFER_SIZE, "wrong size" },
                { EFI_NO_MEDIA, "no medium" },
                { EFI_MEDIA_CHANGED, "medium changed" },
                { EFI_NOT_READY, "not ready" },
                { EFI_NO_RESPONSE, "no response" },
                { EFI_TIMEOUT, "timeout" },
                { EFI_ABORTED, "aborted" },
                { EFI_CRC_ERROR, "checksum error" },
                { EFI_INCOMPATIBLE_VERSION, "incompatible version" },
                { EFI_PROTOCOL_ERROR, "protocol error" },
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (names[i].status == status)
                        return names[i].name;
        return "firmware error";
}

/* While a timer runs firmware lets the processor halt; Stall turns it round and round. */
static bool sleep_by_timer(unsigned ms) {
        EFI_EVENT timer;
        UINTN index;
        bool slept;

        if (fw_bs->CreateEvent(EVT_TIMER, 0, NULL, NULL, &timer) != EFI_SUCCESS)
                return false;
        slept = fw_bs->SetTimer(timer, TimerRelative, (UINT64) ms * 10000) == EFI_SUCCESS &&
                fw_bs->WaitForEvent(1, &timer, &index) == EFI_SUCCESS;
        (void) fw_bs->CloseEvent(timer);
        return slept;
}

void fw_sleep_ms(unsigned ms) {
        if (!sleep_by_timer(ms))
                (void) fw_bs->Stall((UINTN) ms * 1000);
}

void fw_watchdog(void) {
        (void) fw_bs->SetWatchdogTimer((UINTN) 300, 0, 0, NULL);
}

void fw_watchdog_off(void) {
        (void) fw_bs->SetWatchdogTimer(0, 0, 0, NULL);
}
