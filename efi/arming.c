/* SPDX-License-Identifier: BSD-2-Clause */
#include "arming.h"

#include "console.h"
#include "report.h"
#include "smbios_strings.h"
#include "status.h"
#include "vars.h"

static const EFI_GUID ukiload_guid = UKILOAD_GUID;

/* Whether UkiloadLast already knows this id: then somebody put an old request back. */
static bool seen_before(const char *id) {
        struct var last;
        char known[REQUEST_ID_MAX * 4 + 1];
        struct text text = TEXT_IN(known);
        bool seen;

        if (vars_get(L"UkiloadLast", &ukiload_guid, &last) != EFI_SUCCESS)
                return false;
        seen = last_field(last.data, "id", &text) && span_eq_str(text_span(&text), id);
        vars_free(&last);
        return seen;
}

/* BootCurrent, if firmware set it. */
static bool boot_current(uint16_t *ret) {
        static const EFI_GUID global = GLOBAL_GUID;
        struct var v;
        bool ok;

        if (vars_get(L"BootCurrent", &global, &v) != EFI_SUCCESS)
                return false;
        ok = v.data.n == 2 && span_u16(v.data, 0, ret);
        vars_free(&v);
        return ok;
}

/* systemd-boot started one of our entries in this boot: they are named ukiload*. */
static bool loader_selected_us(void) {
        static const EFI_GUID loader = LOADER_GUID;
        struct var v;
        char id[VOLUME_NAME_MAX];
        struct text text = TEXT_IN(id);
        bool ours;

        if (vars_get(L"LoaderEntrySelected", &loader, &v) != EFI_SUCCESS)
                return false;
        ours = ucs2_ascii((const void *) v.data.p, v.data.n / sizeof(CHAR16), &text) && text.len >= 7 &&
               span_eq_nocase((struct span) { (const uint8_t *) id, 7 }, span_of("ukiload"));
        vars_free(&v);
        return ours;
}

static bool way_fits(const struct request *r, struct text *why) {
        uint16_t current = 0;

        if (r->via == REQUEST_VIA_LOADER) {
                if (loader_selected_us())
                        return true;
                text_str(why, "it was armed for ukiload's entry in systemd-boot's menu, and this start came on another way");
                return false;
        }
        if (boot_current(&current) && current == r->via_boot)
                return true;
        text_str(why, "it was armed for another Boot#### entry than the one that firmware started now");
        return false;
}

/* A request that is well formed: is it ours to execute, now? */
static void decide(struct boot *b, bool seen) {
        char why[PLAN_WHY_MAX];
        struct text text = TEXT_IN(why);

        text_str(&text, "stale, not executed: ");
        if (seen)
                text_cat(&text, "its id ", b->armed.id, " was executed before", NULL);
        else if (way_fits(&b->armed, &text)) {
                b->request = &b->armed;
                b->executing = true;
                return;
        }
        b->stale = true;
        report_note(b, "request", why);
        (void) report_last(b->armed.id, REPORT_STALE, why);
}

/* Deletes the variable, whatever is in it. False: it stays, and the start goes on as if it were absent. */
static bool consume(struct boot *b) {
        if (vars_delete(L"UkiloadRequest", &ukiload_guid) == EFI_SUCCESS) {
                b->consumed = true;
                return true;
        }
        report_note(b, "request", "not executed: UkiloadRequest cannot be deleted, so it would be executed at every start");
        (void) report_last(b->last_id, REPORT_STALE, "UkiloadRequest cannot be deleted");
        return false;
}

static bool take(struct boot *b, const struct var *v) {
        char why[PLAN_WHY_MAX];
        struct text text = TEXT_IN(why);
        enum request_kind kind = request_from_variable(v->data, &b->armed, &text);
        bool seen = kind == REQUEST_OK && seen_before(b->armed.id);

        memcpy(b->last_id, b->armed.id, sizeof(b->last_id));
        /* Not what is never executed, or UkiloadLast names already: NVRAM wears, and an undeletable request comes at every
         * start. */
        if (kind == REQUEST_OK && !seen)
                (void) report_last(b->last_id, REPORT_TAKEN, "");
        if (!consume(b))
                return true;
        if (v->attributes != VARS_NV_BS_RT) {
                text_str(
                        &b->why,
                        "UkiloadRequest has other attributes than non-volatile, boot service and runtime access: arm it with ukictl");
                return false;
        }
        if (kind != REQUEST_OK) {
                text_cat(&b->why, "UkiloadRequest: ", why, NULL);
                return false;
        }
        decide(b, seen);
        return true;
}

bool arming_take(struct boot *b) {
        struct var v;
        EFI_STATUS status = vars_get(L"UkiloadRequest", &ukiload_guid, &v);
        bool ok;

        if (status == EFI_NOT_FOUND)
                return true;
        if (status != EFI_SUCCESS) { /* left where it is, it might be read, and executed, at some later start */
                if (!consume(b))
                        return true;
                text_cat(&b->why, "UkiloadRequest cannot be read (", fw_status(status), "): arm it again with ukictl", NULL);
                return false;
        }
        ok = take(b, &v);
        vars_free(&v);
        return ok;
}

bool arming_drop(void) {
        if (!vars_exists(L"UkiloadRequest", &ukiload_guid))
                return false;
        if (vars_delete(L"UkiloadRequest", &ukiload_guid) == EFI_SUCCESS)
                return true;
        console_warn("request", "not executed: UkiloadRequest cannot be deleted");
        return false;
}

/* The armed request is complete by itself; what stands beside it in LoadOptions must not change it, nor vanish without a word. */
static void note_ignored_options(struct boot *b, enum request_kind kind) {
        struct span text = { (const uint8_t *) b->options.text, b->options.text_len };

        if (kind == REQUEST_BAD || (kind == REQUEST_OK && !span_eq_str(text, "ukiload.oneshot")))
                report_note(b, "options", "LoadOptions are not used: the armed request decides");
}

bool arming_options(struct boot *b) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *self = fw_protocol(fw_image, &guid);
        struct span raw = { self ? self->LoadOptions : NULL, self && self->LoadOptions ? self->LoadOptionsSize : 0 };
        char why[PLAN_WHY_MAX];
        struct text text = TEXT_IN(why);
        enum request_kind kind = request_from_options(raw, smbios_text(SMBIOS_BOOT_EXTRA), &b->options, &text);

        if (b->options.cut_tail)
                report_note(b, "options",
                            "systemd-boot's words from SMBIOS are cut off: " SMBIOS_BOOT_EXTRA " is not for ukiload");
        if (b->request) {
                note_ignored_options(b, kind);
                return true;
        }
        if (kind == REQUEST_NONE) {
                if (text.len > 0)
                        report_note(b, "options", why);
                return true;
        }
        if (kind == REQUEST_BAD) {
                text_cat(&b->why, "LoadOptions: ", why, NULL);
                return false;
        }
        if (b->options.oneshot) {
                text_str(
                        &b->why,
                        "no request is armed, and this entry is for armed requests only (ukiload.oneshot): arm one with ukictl load");
                return false;
        }
        b->request = &b->options;
        return true;
}
