/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives: Linux "initramfs buffer format", newc. Where none begins (padding, a compressed archive) the next four bytes are
 * looked at. */
#include "proto.h"
#include "sha256.h"
#include "tiny.h"

#define HEADER    110u
#define TYPE_MASK 0170000u
#define TYPE_FILE 0100000u

struct entry {
        UINT32 mode;
        struct span name; /* NUL included */
        struct span data;
        UINTN end; /* of the entry, from its beginning */
};

/* Field i of eight hexadecimal digits. */
static UINT32 field(const UINT8 *header, UINTN i) {
        UINT32 value = 0;

        for (UINTN k = 0; k < 8; k++) {
                UINT8 c = header[6 + 8 * i + k];

                value = value << 4 | (UINT32) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return value;
}

static UINTN aligned(UINTN n) {
        return (n + 3) & ~(UINTN) 3;
}

static bool read_entry(struct span rest, struct entry *ret) {
        UINTN data;

        if (rest.n < HEADER || !span_starts(rest, "070701"))
                return false;
        ret->mode = field(rest.p, 1);
        data = aligned(HEADER + (UINTN) field(rest.p, 11));
        if (!span_sub(rest, HEADER, field(rest.p, 11), &ret->name) || !span_sub(rest, data, field(rest.p, 6), &ret->data))
                return false;
        ret->end = aligned(data + ret->data.n);
        return true;
}

static void report_file(const struct entry *e) {
        UINT8 digest[SHA256_SIZE];
        char mode[] = { (char) ('0' + (e->mode >> 9 & 7)), (char) ('0' + (e->mode >> 6 & 7)), (char) ('0' + (e->mode >> 3 & 7)),
                        (char) ('0' + (e->mode & 7)), 0 };

        sha256_of(e->data, digest);
        say("@@file ");
        say(mode);
        say(" ");
        say_hex(digest, sizeof(digest));
        say(" /");
        say_bytes(e->name.p, span_trim_nul(e->name).n);
        say("\n");
}

static void report_all(struct span initrd) {
        struct entry e;

        while (initrd.n > 0) {
                bool found = read_entry(initrd, &e);
                UINTN step = found ? e.end : 4;

                if (found && (e.mode & TYPE_MASK) == TYPE_FILE && span_starts(e.name, ".extra/"))
                        report_file(&e);
                if (step >= initrd.n)
                        return;
                initrd.p += step;
                initrd.n -= step;
        }
}

void report_extra(EFI_BOOT_SERVICES *bs) {
        EFI_GUID load_file2 = LOAD_FILE2_GUID;
        struct {
                VENDOR_DEVICE_PATH vendor;
                EFI_DEVICE_PATH end;
        } path = { { { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(path.vendor), 0 } }, LINUX_INITRD_MEDIA_GUID },
                   { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(path.end), 0 } } };
        EFI_DEVICE_PATH *rest = &path.vendor.Header;
        struct load_file2 *initrd;
        EFI_PHYSICAL_ADDRESS where;
        EFI_HANDLE handle;
        UINTN size = 0;

        if (bs->LocateDevicePath(&load_file2, &rest, &handle) != EFI_SUCCESS ||
            bs->HandleProtocol(handle, &load_file2, (void **) &initrd) != EFI_SUCCESS ||
            initrd->load_file(initrd, rest, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL ||
            bs->AllocatePages(AllocateAnyPages, EfiLoaderData, (size + 4095) / 4096, &where) != EFI_SUCCESS)
                return;
        if (initrd->load_file(initrd, rest, FALSE, &size, (void *) (UINTN) where) != EFI_SUCCESS)
                return;
        measure(bs, TAG_INITRD, "Linux initrd", (const void *) (UINTN) where, size);
        report_all((struct span) { (const UINT8 *) (UINTN) where, size });
}
