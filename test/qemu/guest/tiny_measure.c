/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux' EFI stub does with a TPM, and the log as it hands it out. Followed: Linux 6.12, efi-stub-helper.c,
 * efi_measure_tagged_event; TCG EFI Protocol Specification, 6.5. */
#include "proto.h"
#include "tiny.h"

#define LINUX_PCR    9u
#define FORMAT_TCG_2 2u
#define EVENT_HEADER 14u
#define TEXT_ROOM    32u
#define DIGESTS_AT   8u /* in an event of the log: how many there are */

struct tcg2 *find_tpm(EFI_BOOT_SERVICES *bs) {
        EFI_GUID guid = TCG2_GUID;
        struct tcg2_capability capability = { .size = sizeof(capability) };
        struct tcg2 *tpm;

        if (bs->LocateProtocol(&guid, NULL, (void **) &tpm) != EFI_SUCCESS ||
            tpm->get_capability(tpm, &capability) != EFI_SUCCESS || !capability.tpm_present)
                return NULL;
        return tpm;
}

void measure(EFI_BOOT_SERVICES *bs, UINT32 tag, const char *text, const void *data, UINTN size) {
        struct __attribute__((packed)) {
                UINT32 size, header_size;
                UINT16 version;
                UINT32 pcr, type, tag, text_size;
                char text[TEXT_ROOM];
        } event = { .header_size = EVENT_HEADER, .version = 1, .pcr = LINUX_PCR, .type = EV_EVENT_TAG, .tag = tag };
        struct tcg2 *tpm = find_tpm(bs);

        if (!tpm)
                return;
        do
                event.text[event.text_size] = text[event.text_size];
        while (text[event.text_size++]);
        event.size = (UINT32) (sizeof(event) - TEXT_ROOM) + event.text_size;
        (void) tpm->hash_log_extend_event(tpm, 0, (UINTN) data, size, (struct measured_event *) (void *) &event);
}

static UINT32 le32(const UINT8 *p) {
        return p[0] | (UINT32) p[1] << 8 | (UINT32) p[2] << 16 | (UINT32) p[3] << 24;
}

/* 0: unknown */
static UINTN digest_bytes(const UINT8 *id) {
        switch (id[0] | id[1] << 8) {
        case 0x04: return 20;
        case 0x0b: return 32;
        case 0x0c: return 48;
        case 0x0d: return 64;
        default: return 0;
        }
}

static const UINT8 *end_of(const UINT8 *event) {
        const UINT8 *p = event + DIGESTS_AT + 4;

        for (UINT32 n = le32(event + DIGESTS_AT); n > 0; n--) {
                if (digest_bytes(p) == 0)
                        return event;
                p += 2 + digest_bytes(p);
        }
        return p + 4 + le32(p);
}

void report_log(EFI_BOOT_SERVICES *bs) {
        EFI_PHYSICAL_ADDRESS first, last;
        struct tcg2 *tpm = find_tpm(bs);
        const UINT8 *begin;
        BOOLEAN cut;

        if (!tpm || tpm->get_event_log(tpm, FORMAT_TCG_2, &first, &last, &cut) != EFI_SUCCESS || !first || cut)
                return;
        begin = (const UINT8 *) (UINTN) first;
        say("@@tpmlog ");
        say_hex(begin, (UINTN) (end_of((const UINT8 *) (UINTN) last) - begin));
        say("\n");
}
