/* SPDX-License-Identifier: BSD-2-Clause */
/* What is armed for the next boot: a request in UkiloadRequest, and the pointer that leads firmware to ukiload.
 *
 * The request is written completely first and the pointer last; it is taken back in the other order. So whatever is cut short
 * leaves a request without a pointer, which ukiload does not execute ("incomplete"), never a pointer to half a request.
 *
 * The id that ukictl gives begins with this boot's id. A request from another boot that is still there was passed by, by a kexec
 * or by firmware that did not obey BootNext; it is stale, and exec does not use it. */
#pragma once

#include "host/bootentry.h"
#include "request.h"

enum arming_state {
        ARMING_NONE,
        ARMING_ARMED,
        ARMING_STALE,      /* complete, but from an earlier boot */
        ARMING_INCOMPLETE, /* a request, but nothing leads to it */
        ARMING_FOREIGN,    /* it names the Boot#### entry of another ukiload: another system armed it and takes it back */
        ARMING_BROKEN,     /* ukiload will refuse the request for what it is */
};

struct arming {
        enum arming_state state;
        char why[256];          /* unless ARMING_NONE or ARMING_ARMED: the clause */
        bool has_request;       /* the variable is there */
        struct bytes raw;       /* its content */
        struct request request; /* meaningful for the states other than ARMING_NONE and ARMING_BROKEN */
        struct boot_entries entries;
        const struct boot_entry *ours; /* ukiload's entry; NULL: not installed */
        bool has_next, next_ours;
        uint16_t next;
        bool has_oneshot, oneshot_ours;
        char oneshot[256];
};

/* EXIT_OK, or a sentence in why. ret is to be freed in any case. */
enum exit_code arming_read(const struct host *h, struct arming *ret, struct text *why);
void arming_free(struct arming *a);
const char *arming_state_name(enum arming_state s); /* "no", "yes", "stale", "incomplete", "foreign", "broken" */

/* The request as the variable has it; *ret is the caller's to bytes_free. EXIT_OK, or EXIT_REFUSED and a sentence. */
enum exit_code arming_format(const struct request *request, struct bytes *ret, struct text *why);
/* Writes the request and then the pointer that its `via` names; loader_id is for LoaderEntryOneShot. On failure what was armed
 * before is put back, and why has the sentence. */
enum exit_code arming_write(const struct host *h, const struct request *request, const char *loader_id, struct text *why);
/* Takes back what ukiload armed and nothing else; nothing to take back is fine. a is what arming_read found: a request that came
 * since stays, and is a failure. */
enum exit_code arming_clear(const struct host *h, const struct arming *a, struct text *why);

/* A new id: this boot, and 48 random bits. */
bool arming_new_id(const struct host *h, char ret[REQUEST_ID_MAX + 1]);
/* Whether the id was made in this boot; true too if that cannot be told. */
bool arming_id_is_of_this_boot(const struct host *h, const char *id);
