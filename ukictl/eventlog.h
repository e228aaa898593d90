/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's log of what it extended PCRs with (TCG PC Client Platform Firmware Profile, 10.2: crypto agile format), and the arithmetic of
 * PCRs. */
#pragma once

#include <stdbool.h>

#include "span.h"
#include "text.h"

enum bank { BANK_SHA1, BANK_SHA256, BANK_SHA384, BANKS };

#define DIGEST_MAX 48u

#define EV_SEPARATOR           0x00000004u
#define EV_EVENT_TAG           0x00000006u
#define EV_IPL                 0x0000000du
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_VARIABLE_AUTHORITY 0x800000e0u

struct tcg_event {
        uint32_t pcr, type;
        struct span digest[BANKS]; /* empty: the bank is not active */
        struct span data;
};

struct eventlog {
        bool has[BANKS];
        size_t n;
        struct tcg_event *events; /* without EV_NO_ACTION, which extends nothing */
};

/* bytes are borrowed. False with a clause; ret is to be freed in any case. */
bool eventlog_parse(struct span bytes, struct eventlog *ret, struct text *why);
void eventlog_free(struct eventlog *log);

/* "sha1", "sha256", "sha384" */
const char *bank_name(enum bank b);
size_t bank_size(enum bank b);
/* The digest of parts one after the other. */
void bank_hash(enum bank b, const struct span *parts, size_t n, uint8_t ret[DIGEST_MAX]);
/* value becomes H(value || digest). */
void bank_extend(enum bank b, uint8_t value[DIGEST_MAX], const uint8_t *digest);
/* What the PCR held after all events. */
void eventlog_replay(const struct eventlog *log, enum bank b, unsigned pcr, uint8_t ret[DIGEST_MAX]);

/* What firmware says of an image that it loaded (UEFI_IMAGE_LOAD_EVENT): the text of its file path nodes, in ASCII; empty if there is none. */
void event_image_path(const struct tcg_event *e, struct text *ret);
/* What it says of a variable (UEFI_VARIABLE_DATA): name in ASCII, and content. */
bool event_variable(const struct tcg_event *e, struct text *ret_name, struct span *ret_data);
