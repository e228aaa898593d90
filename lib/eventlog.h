/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's log of what it extended PCRs with: TCG PC Client Platform Firmware Profile, 10.2, the crypto agile format. */
#pragma once

#include "span.h"
#include "text.h"

enum bank { BANK_SHA1, BANK_SHA256, BANK_SHA384, BANK_SHA512, BANKS };

#define EVENTLOG_ALGORITHMS_MAX 16u
#define EVENTLOG_EVENTS_MAX     65536u

#define EV_SEPARATOR                     0x00000004u
#define EV_EVENT_TAG                     0x00000006u
#define EV_IPL                           0x0000000du
#define EV_EFI_VARIABLE_DRIVER_CONFIG    0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_VARIABLE_AUTHORITY        0x800000e0u

struct tcg_event {
        uint32_t pcr, type;
        struct span digest[BANKS]; /* empty: the bank is not active */
        struct span data;
};

/* Where a walk over a log stands. */
struct eventlog {
        struct span rest;    /* what is not read yet */
        size_t n;            /* events read, those that extend nothing too */
        bool has[BANKS];     /* banks that the log says it has digests for */
        size_t n_algorithms; /* known here or not, with the sizes of their digests */
        struct {
                uint16_t id, size;
        } algorithm[EVENTLOG_ALGORITHMS_MAX];
};

enum eventlog_step { EVENTLOG_EVENT, EVENTLOG_END, EVENTLOG_DAMAGED };

/* Reads the first event, which tells the algorithms. bytes are borrowed. False with a clause: this is no such log. */
bool eventlog_open(struct span bytes, struct eventlog *ret, struct text *why);
/* The next event that extends a PCR (EV_NO_ACTION is passed over); *ret is written only for EVENTLOG_EVENT and borrows the log's
 * bytes. After EVENTLOG_DAMAGED, which comes with a clause, the walk is over. */
enum eventlog_step eventlog_next(struct eventlog *log, struct tcg_event *ret, struct text *why);

/* "sha1", "sha256", "sha384", "sha512" */
const char *bank_name(enum bank b);
/* Bytes of one of its digests, at most 64. */
size_t bank_size(enum bank b);

/* What firmware says of an image that it loaded (UEFI_IMAGE_LOAD_EVENT): the text of its file path nodes, in ASCII; empty if
 * there is none. */
void event_image_path(const struct tcg_event *e, struct text *ret);
/* What it says of a variable (UEFI_VARIABLE_DATA): name in ASCII, other characters as `?`, and content. False if its sizes do not
 * fit. */
bool event_variable(const struct tcg_event *e, struct text *ret_name, struct span *ret_data);
