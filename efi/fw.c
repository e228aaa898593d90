/* SPDX-License-Identifier: BSD-2-Clause */
#include "fw.h"

#include "utf8.h"

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

size_t fw_len(const CHAR16 *s, size_t max) {
        size_t n = 0;

        while (n < max && s[n])
                n++;
        return n;
}

bool fw_ucs2(const char *utf8, CHAR16 *out, size_t cap) {
        struct span rest = span_of(utf8);
        size_t n = 0;
        uint16_t c;

        while (n + 1 < cap && utf8_next(&rest, &c))
                out[n++] = c;
        out[rest.n == 0 ? n : 0] = 0;
        return rest.n == 0;
}

bool fw_name(const CHAR16 *s, size_t max, struct text *out) {
        size_t n = fw_len(s, max);
        bool good = true;

        for (size_t i = 0; i < n; i++) {
                const uint8_t high_first[2] = { (uint8_t) (s[i] >> 8), (uint8_t) s[i] };

                if (s[i] >= 0x20 && s[i] != 0x7f && !utf8_is_surrogate(s[i])) {
                        utf8_put(out, s[i]);
                        continue;
                }
                good = false;
                text_str(out, "\\u");
                text_hex(out, (struct span) { high_first, sizeof(high_first) });
        }
        return good && !out->cut;
}

bool fw_ascii(const CHAR16 *s, size_t max, struct text *out) {
        size_t n = fw_len(s, max);

        for (size_t i = 0; i < n; i++) {
                if (s[i] < 0x20 || s[i] > 0x7e)
                        return false;
                text_char(out, (char) s[i]);
        }
        return !out->cut;
}

static CHAR16 lower(CHAR16 c) {
        return c >= 'A' && c <= 'Z' ? (CHAR16) (c + 32) : c;
}

bool fw_eq_nocase(const CHAR16 *a, const CHAR16 *b) {
        while (*a && lower(*a) == lower(*b)) {
                a++;
                b++;
        }
        return lower(*a) == lower(*b);
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

void fw_sleep_ms(unsigned ms) {
        (void) fw_bs->Stall((UINTN) ms * 1000);
}

void fw_watchdog(void) {
        (void) fw_bs->SetWatchdogTimer((UINTN) 300, 0, 0, NULL);
}
