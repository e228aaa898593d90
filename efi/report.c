/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "console.h"
#include "status.h"
#include "vars.h"

static const EFI_GUID ukiload_guid = UKILOAD_GUID;

static const char *result_name(enum report_result result) {
        switch (result) {
        case REPORT_TAKEN: return "taken";
        case REPORT_STARTED: return "started";
        case REPORT_REFUSED: return "refused";
        case REPORT_STALE: return "stale";
        case REPORT_FAILED:
        default: return "failed";
        }
}

void report_note(struct boot *b, const char *key, const char *text) {
        size_t need = strlen(key) + 1 + strlen(text) + 1;

        if (need < b->notes.cap - b->notes.len)
                text_cat(&b->notes, key, "=", text, "\n", NULL);
        else
                b->n_notes_left++;
        console_warn(key, text);
}

void report_earlier(struct boot *b) {
        char line[BOOT_WHY_MAX];
        struct text text = TEXT_IN(line);
        struct span rest, key, value, reason = { 0 };
        struct var v;

        if (vars_get(L"UkiloadStatus", &ukiload_guid, &v) != EFI_SUCCESS)
                return;
        rest = v.data;
        while (v.attributes == VARS_BS_RT && status_next(&rest, &key, &value))
                if (span_eq_str(key, "reason"))
                        reason = value;
        if (reason.n > 0) {
                text_str(&text, "an earlier start of ukiload in this boot came to nothing: ");
                text_shown(&text, reason, sizeof(line) / 2);
                report_note(b, "earlier", line);
        }
        vars_free(&v);
}

static void show_image(const struct boot *b) {
        char line[PLAN_PATH_MAX + PLAN_NAME_MAX + 240];
        struct text text = TEXT_IN(line);

        text_str(&text, b->uki_path);
        if (b->named.name[0])
                text_cat(&text, " on ", b->named.name, NULL);
        if (b->plan.name[0])
                text_cat(&text, " (", b->plan.name, ")", NULL);
        if (b->plan.uki.n_profiles > 0) {
                text_str(&text, ", profile ");
                text_dec(&text, b->plan.profile);
        }
        text_cat(&text, ", ", trust_clause(&b->trust), NULL);
        console_info("image", line);
}

static void show_addon(const struct plan_addon *a) {
        char line[PLAN_PATH_MAX + PLAN_WHY_MAX + 32];
        struct text text = TEXT_IN(line);

        text_str(&text, a->path);
        if (a->verdict == PLAN_ADMITTED) {
                text_str(&text, " gives ");
                if (a->addon.cmdline.n > 0)
                        text_shown(&text, a->addon.cmdline, 160);
                else
                        text_str(&text, "no words");
                text_str(&text, a->addon.initrd.n > 0 ? ", an initrd" : "");
                text_str(&text, a->addon.ucode.n > 0 ? ", microcode" : "");
                text_str(&text, a->addon.dtb.n > 0 ? ", a device tree" : "");
                console_info("addon", line);
                return;
        }
        text_cat(&text, a->why[0] == '"' ? ": " : " ", a->why, NULL);
        if (a->verdict == PLAN_NOT_FOR_IMAGE)
                console_info("left out", line);
        else
                console_warn("hidden", line);
}

static void show_handoff(const struct boot *b) {
        char line[PLAN_WHY_MAX + 64];
        struct text text = TEXT_IN(line);

        text_cat(&text, plan_handoff_name(b->plan.handoff), ": ", b->plan.handoff_why, NULL);
        text_str(&text, b->plan.stub_untested ? "; the stub is newer than the newest that was tested" : "");
        if (b->plan.handoff == PLAN_HANDOFF_KERNEL || b->plan.stub_untested)
                console_info("handoff", line);
        else
                console_debug("handoff", line);
}

void report_plan(const struct boot *b) {
        show_image(b);
        for (size_t i = 0; i < b->n_addons; i++)
                show_addon(&b->addons[i]);
        show_handoff(b);
        console_info("line", b->plan.line);
        if (b->plan.stub_words)
                console_info("", "(its last words come from SMBIOS through the stub; the policy does not govern them)");
        if (b->plan.stub_console)
                console_info("", "(the stub may add " PLAN_STUB_CONSOLE "; the policy does not govern it)");
}

static void status_text(struct status *s, const char *key, const char *value) {
        if (*value)
                status_add(s, key, span_of(value));
}

static void status_digest(struct status *s, const char *key, const uint8_t digest[SHA256_SIZE]) {
        char hex[2 * SHA256_SIZE + 1];
        struct text text = TEXT_IN(hex);

        text_hex(&text, (struct span) { digest, SHA256_SIZE });
        status_text(s, key, hex);
}

static void status_policy(struct status *s, const struct boot *b) {
        uint8_t digest[SHA256_SIZE];

        if (!b->has_policy) {
                status_text(s, "policy", "none");
                return;
        }
        sha256_of(b->policy.text, digest);
        status_digest(s, "policy", digest);
}

static void status_plan(struct status *s, const struct boot *b) {
        char line[PLAN_STUB_MAX + 16];
        struct text text = TEXT_IN(line);

        if (b->hashed)
                status_digest(s, "sha256", b->sha256);
        text_dec(&text, b->plan.profile);
        status_text(s, "profile", line);
        status_text(s, "handoff", plan_handoff_name(b->plan.handoff));
        status_text(s, "handoff-reason", b->plan.handoff_why);
        text_clear(&text);
        text_str(&text, b->plan.stub_untested ? "untested " : "");
        text_str(&text, b->plan.stub);
        status_text(s, "stub", text.len > 0 ? line : "unknown");
        if (b->plan.has_digest)
                status_digest(s, "plan", b->plan.digest);
        status_text(s, "cmdline", b->plan.line);
        if (b->plan.stub_words)
                status_add(s, "not-governed", b->stub_extra);
        if (b->plan.stub_console)
                status_text(s, "not-governed", PLAN_STUB_CONSOLE);
}

static void status_addons(struct status *s, const struct boot *b) {
        for (size_t i = 0; i < b->n_addons; i++) {
                const char *why, *verdict = plan_addon_told(&b->addons[i], false, &why);

                status_addon(s, b->addons[i].path, verdict, why);
        }
}

/* "key=value" lines as report_note wrote them. */
static void status_notes(struct status *s, struct span notes) {
        struct span key, value;

        while (status_next(&notes, &key, &value)) {
                char name[32];
                struct text text = TEXT_IN(name);

                text_bytes(&text, key);
                status_add(s, name, value);
        }
}

/* Of the request that this start answers: who reads the id beside result=started must not take a stale request for executed. */
static const char *answered_id(const struct boot *b) {
        if (b->consumed && !b->stale)
                return b->last_id;
        return b->request ? b->request->id : "";
}

void report_status(struct boot *b, enum report_result result) {
        struct status *s = &b->status;

        status_begin(s);
        status_text(s, "result", result_name(result));
        status_text(s, "reason", b->why.p);
        status_text(s, "id", answered_id(b));
        status_text(s, "uki", b->uki_path);
        status_text(s, "volume", b->named.name);
        status_policy(s, b);
        if (b->planned)
                status_plan(s, b);
        /* Behind the plan, so that a hundred skipped images do not push it out. */
        status_notes(s, text_span(&b->notes));
        s->n_lines_left += b->n_notes_left;
        if (b->planned)
                status_addons(s, b);
        if (vars_set(L"UkiloadStatus", &ukiload_guid, VARS_BS_RT, status_span(s)) == EFI_SUCCESS)
                return;
        (void) vars_delete(L"UkiloadStatus", &ukiload_guid); /* an older one would be taken for this start's */
        console_warn("status", "UkiloadStatus could not be written: the running system will not see what happened here");
}

static EFI_STATUS write_last(const char *id, enum report_result result, const char *reason) {
        char buf[1024];
        struct text text = TEXT_IN(buf);

        last_format(span_of(id), result_name(result), span_of(reason), &text);
        return vars_set(L"UkiloadLast", &ukiload_guid, VARS_NV_BS_RT, text_span(&text));
}

/* Where NVRAM is full that it was refused is worth more than why. */
EFI_STATUS report_last(const char *id, enum report_result result, const char *reason) {
        EFI_STATUS status = write_last(id, result, reason);

        if (status == EFI_OUT_OF_RESOURCES && reason[0] != 0)
                status = write_last(id, result, "NVRAM has no room for the reason");
        return status;
}
