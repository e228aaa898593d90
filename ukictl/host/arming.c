/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/arming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/installed.h"
#include "host/lock.h"
#include "host/nvram.h"
#include "host/utf16.h"

#define BOOT_ID_FILE  "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_CHARS 16u /* of 32 hex digits: enough to tell boots apart */
#define RANDOM_BYTES  6u

/* The first hex digits of this boot's id. */
static bool boot_id(const struct host *h, char ret[BOOT_ID_CHARS + 1]) {
        char buf[64];
        struct text t = TEXT_IN(buf);
        size_t n = 0;

        if (!host_read(h, BOOT_ID_FILE, &t))
                return false;
        for (const char *p = buf; *p && n < BOOT_ID_CHARS; p++)
                if (*p != '-')
                        ret[n++] = *p;
        ret[n] = '\0';
        return n == BOOT_ID_CHARS;
}

bool arming_new_id(const struct host *h, char ret[REQUEST_ID_MAX + 1]) {
        char boot[BOOT_ID_CHARS + 1];
        uint8_t random[RANDOM_BYTES];
        struct text t = text_in(ret, REQUEST_ID_MAX + 1);

        if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random))
                return false;
        if (boot_id(h, boot))
                text_cat(&t, boot, "-", NULL);
        text_hex(&t, (struct span) { random, sizeof(random) });
        return !t.cut;
}

bool arming_id_is_of_this_boot(const struct host *h, const char *id) {
        char boot[BOOT_ID_CHARS + 1];
        const char *dash = strchr(id, '-');

        if (!dash || (size_t) (dash - id) != BOOT_ID_CHARS || !boot_id(h, boot))
                return true;
        return strncmp(id, boot, BOOT_ID_CHARS) == 0;
}

const char *arming_state_name(enum arming_state s) {
        switch (s) {
        case ARMING_NONE: return "no";
        case ARMING_ARMED: return "yes";
        case ARMING_STALE: return "stale";
        case ARMING_INCOMPLETE: return "incomplete";
        case ARMING_FOREIGN: return "foreign";
        case ARMING_BROKEN: break;
        }
        return "broken";
}

static void read_pointers(const struct host *h, struct arming *a) {
        struct text t = TEXT_IN(a->oneshot);
        bool usable = a->has_request && a->state != ARMING_BROKEN;
        const struct request *r = &a->request;

        a->has_next = boot_number(h, "BootNext", &a->next);
        const struct boot_entry *next = a->has_next ? boot_entry_find(&a->entries, a->next) : NULL;
        a->next_ours = next ? next->ours : a->has_next && usable && r->via == REQUEST_VIA_BOOT && r->via_boot == a->next;
        a->has_oneshot = utf16_variable(h, "LoaderEntryOneShot", GUID_LOADER, &t) && t.len > 0;
        /* By hand, the same name may have been set; without a request of ours it is somebody else's. */
        a->oneshot_ours = a->has_oneshot && usable && r->via == REQUEST_VIA_LOADER &&
                          (installed_is_name(a->oneshot, ENTRY_TAIL) || installed_is_name(a->oneshot, UKI_TAIL));
}

static void judge_pointer(const struct host *h, struct arming *a, struct text *why) {
        const struct request *r = &a->request;
        bool leads = r->via == REQUEST_VIA_BOOT ? a->has_next && a->next == r->via_boot : a->oneshot_ours;
        const struct boot_entry *entry = r->via == REQUEST_VIA_BOOT ? boot_entry_find(&a->entries, r->via_boot) : NULL;

        if (entry && entry->alike) {
                a->state = ARMING_FOREIGN;
                boot_entry_say_alike(h, entry, why);
        } else if (leads && r->via == REQUEST_VIA_BOOT && !(entry && entry->ours)) {
                a->state = ARMING_INCOMPLETE;
                text_str(why,
                         entry ? "BootNext names an entry that is not ukiload's" : "BootNext names an entry that does not exist");
        } else if (!leads) {
                a->state = ARMING_INCOMPLETE;
                text_str(why, r->via == REQUEST_VIA_BOOT
                                      ? "BootNext does not lead to the request, which will not be executed"
                                      : "LoaderEntryOneShot does not lead to the request, which will not be executed");
        }
}

/* Firmware had its turn since it was armed, and ukiload did not: it would have consumed the request. */
static void judge_age(struct arming *a, struct text *why) {
        char entry[9];
        bool by_firmware = a->request.via == REQUEST_VIA_BOOT, there = boot_entry_find(&a->entries, a->request.via_boot) != NULL;

        snprintf(entry, sizeof(entry), "Boot%04X", a->request.via_boot);
        text_clear(why);
        text_str(why, "it was armed in an earlier boot, and this one did not come from it");
        if (by_firmware && !there)
                text_cat(why, ": ", entry, " is gone from firmware's entries: run ukictl install, or try --method=loader-entry",
                         NULL);
        else if (by_firmware && a->state == ARMING_INCOMPLETE)
                text_cat(why, ": firmware did not start ", entry, ": try --method=loader-entry", NULL);
        else if (by_firmware)
                text_cat(why, ": unless that was a kexec, firmware passes over BootNext: try --method=loader-entry", NULL);
        if (a->state == ARMING_ARMED)
                a->state = ARMING_STALE;
}

static void judge(const struct host *h, struct arming *a, uint32_t attributes) {
        struct text why = TEXT_IN(a->why);

        if (!a->has_request)
                return;
        a->state = ARMING_ARMED;
        if (attributes != NVRAM_NV_BS_RT) {
                a->state = ARMING_BROKEN;
                text_str(&why, "its variable has other attributes than ukiload takes");
        } else if (request_from_variable(bytes_span(&a->raw), &a->request, &why) != REQUEST_OK)
                a->state = ARMING_BROKEN;
        read_pointers(h, a);
        if (a->state != ARMING_ARMED)
                return;
        judge_pointer(h, a, &why);
        if ((a->state == ARMING_ARMED || a->state == ARMING_INCOMPLETE) && !arming_id_is_of_this_boot(h, a->request.id))
                judge_age(a, &why);
}

enum exit_code arming_read(const struct host *h, struct arming *ret, struct text *why) {
        struct nvram_var v = { .attributes = 0 };

        memset(ret, 0, sizeof(*ret));
        if (!boot_entries_read(h, &ret->entries, why))
                return EXIT_FAILED;
        ret->ours = boot_entry_ours(&ret->entries);
        enum efivar_state state = nvram_get(h, "UkiloadRequest", GUID_UKILOAD, &v, why);
        if (state == EFIVAR_FAILED)
                return EXIT_FAILED;
        ret->has_request = state == EFIVAR_READ;
        ret->raw = v.data;
        read_pointers(h, ret);
        judge(h, ret, v.attributes);
        return EXIT_OK;
}

void arming_free(struct arming *a) {
        bytes_free(&a->raw);
        free(a->entries.v);
        a->entries = (struct boot_entries) { NULL, 0 };
        a->ours = NULL;
}

static enum exit_code write_oneshot(const struct host *h, const char *name, struct text *why) {
        struct bytes id = utf16_write(span_of(name));
        enum exit_code code = nvram_set(h, "LoaderEntryOneShot", GUID_LOADER, NVRAM_NV_BS_RT, bytes_span(&id), why);

        bytes_free(&id);
        return code;
}

static enum exit_code write_next(const struct host *h, uint16_t number, struct text *why) {
        const uint8_t raw[2] = { (uint8_t) number, (uint8_t) (number >> 8) };

        return nvram_set(h, "BootNext", GUID_GLOBAL, NVRAM_NV_BS_RT, (struct span) { raw, sizeof(raw) }, why);
}

static enum exit_code clear_next(const struct host *h, const struct arming *a, struct text *why) {
        return a->next_ours ? nvram_delete(h, "BootNext", GUID_GLOBAL, why) : EXIT_OK;
}

static enum exit_code clear_oneshot(const struct host *h, const struct arming *a, struct text *why) {
        return a->oneshot_ours ? nvram_delete(h, "LoaderEntryOneShot", GUID_LOADER, why) : EXIT_OK;
}

/* As it was before. That this fails too is said, for then nobody knows what is armed. */
static void put_back(const struct host *h, const struct arming *a, struct text *why) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        enum exit_code code =
                a->has_request ? nvram_set(h, "UkiloadRequest", GUID_UKILOAD, NVRAM_NV_BS_RT, bytes_span(&a->raw), &ignored)
                               : nvram_delete(h, "UkiloadRequest", GUID_UKILOAD, &ignored);

        if (code != EXIT_OK)
                text_str(why, "; what was armed before could not be put back: run ukictl unload");
        else if (a->has_request)
                text_str(why, "; what was armed before still is");
}

enum exit_code arming_format(const struct request *request, struct bytes *ret, struct text *why) {
        char buf[REQUEST_CHARS_MAX + 1];
        struct text t = TEXT_IN(buf);

        if (!request_format(request, &t)) {
                text_str(why,
                         "the request is longer than " LIMIT_TEXT(REQUEST_CHARS_MAX) " characters: name fewer addons or words");
                return EXIT_REFUSED;
        }
        *ret = utf16_write(text_span(&t));
        return EXIT_OK;
}

/* Of two at a time the second waits for what the first one writes, reads back and, if that fails, puts back: it would take the
 * other's request for its own. */
static int hold(const struct host *h) {
        return lock_hold(h->alien ? h->efivars : NULL);
}

static enum exit_code write_both(const struct host *h, const struct arming *a, const struct request *request, struct span raw,
                                 const char *loader_id, struct text *why) {
        bool by_boot = request->via == REQUEST_VIA_BOOT;
        enum exit_code code = nvram_set(h, "UkiloadRequest", GUID_UKILOAD, NVRAM_NV_BS_RT, raw, why);

        if (code == EXIT_OK)
                code = by_boot ? write_next(h, request->via_boot, why) : write_oneshot(h, loader_id, why);
        if (code != EXIT_OK) {
                put_back(h, a, why);
                return code;
        }
        /* An earlier arming on the other way leads nowhere now; ukiload would say stale and reset. */
        return by_boot ? clear_oneshot(h, a, why) : clear_next(h, a, why);
}

enum exit_code arming_write(const struct host *h, const struct request *request, const char *loader_id, struct text *why) {
        struct arming now;
        struct bytes raw;
        enum exit_code code = arming_format(request, &raw, why);

        if (code != EXIT_OK)
                return code;
        int held = hold(h);
        code = arming_read(h, &now, why);
        if (code == EXIT_OK)
                code = write_both(h, &now, request, bytes_span(&raw), loader_id, why);
        lock_leave(held);
        arming_free(&now);
        bytes_free(&raw);
        return code;
}

static enum exit_code clear(const struct host *h, const struct arming *a, struct text *why) {
        enum exit_code code = clear_next(h, a, why);

        if (code == EXIT_OK)
                code = clear_oneshot(h, a, why);
        if (code == EXIT_OK && a->has_request && a->state != ARMING_FOREIGN)
                code = nvram_delete(h, "UkiloadRequest", GUID_UKILOAD, why);
        return code;
}

enum exit_code arming_clear(const struct host *h, const struct arming *a, struct text *why) {
        struct arming now;
        int held = hold(h);
        enum exit_code code = arming_read(h, &now, why);

        if (code == EXIT_OK && !span_eq(bytes_span(&now.raw), bytes_span(&a->raw))) {
                text_str(why, "another request was armed or taken back just now, and what is there stays: see ukictl status");
                code = EXIT_FAILED;
        }
        if (code == EXIT_OK)
                code = clear(h, a, why);
        lock_leave(held);
        arming_free(&now);
        return code;
}
