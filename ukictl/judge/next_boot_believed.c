/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the next boot will believe: db and dbx alone, or shim's lists too, as the way leads. */
#include "judge/next_boot.h"

#include <stdlib.h>
#include <string.h>

#include "host/nvram.h"

/* As ukiload decides it: in doubt on. */
static bool secure_boot_on(const struct host *h, struct text *why) {
        struct bytes b;
        enum efivar_state state = efivar_read(h->efivars, "SecureBoot", GUID_GLOBAL, &b, why);

        if (state != EFIVAR_READ)
                return state != EFIVAR_ABSENT;
        bool on = b.n != 1 || b.p[0] != 0;
        bytes_free(&b);
        return on;
}

static bool byte_is_one(const struct host *h, const char *name) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        if (efivar_read(h->efivars, name, GUID_SHIM, &b, &ignored) != EFIVAR_READ)
                return false;
        bool one = b.n >= 1 && b.p[0] == 1;
        bytes_free(&b);
        return one;
}

static bool variable_there(const struct host *h, const char *name, const char *guid) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct nvram_var v;
        enum efivar_state state = nvram_get(h, name, guid, &v, &ignored);

        if (state == EFIVAR_READ)
                bytes_free(&v.data);
        return state != EFIVAR_ABSENT;
}

/* Keeps the items that are, or are not, shim's. */
static void keep(struct believed_item *items, size_t *n, bool mok) {
        size_t kept = 0;

        for (size_t i = 0; i < *n; i++) {
                if (items[i].is_mok == mok)
                        items[kept++] = items[i];
                else
                        X509_free(items[i].cert);
        }
        *n = kept;
}

static void forget_shim(struct believed *t) {
        keep(t->good, &t->n_good, false);
        keep(t->bad, &t->n_bad, false);
        bytes_free(&t->sbat_level);
        t->has_sbat_level = false;
}

/* The entry that will be started says it; as systemd-boot's entry, or where none is there yet, this boot. */
static bool goes_through_shim(const struct next_boot *job, bool shim_ran) {
        if (job->way != NEXT_AS_ENTRY)
                return job->way == NEXT_THROUGH_SHIM;
        return job->by_loader || !job->arming.ours ? shim_ran : boot_entry_through_shim(job->arming.ours);
}

static void add_shim(struct next_boot *job) {
        const struct host *h = &job->host;

        next_boot_find_shim(job);
        if (!job->through_shim)
                forget_shim(&job->believed);
        else if (byte_is_one(h, "MokSBStateRT") && job->checks_on) {
                job->checks_on = false;
                next_boot_note(job, "shim's validation is switched off on this machine (mokutil): no signature is checked", NULL);
        } else if (byte_is_one(h, "MokIgnoreDB"))
                keep(job->believed.good, &job->believed.n_good, true);
}

enum exit_code next_boot_read_believed(struct next_boot *job, struct text *why) {
        const struct host *h = &job->host;
        bool shim_ran = variable_there(h, "MokListRT", GUID_SHIM);

        job->believed = (struct believed) { .secure_boot = -1 };
        if (!believed_add_variables(&job->believed, h->efivars, why))
                return EXIT_FAILED;
        job->checks_on = !h->no_variables && secure_boot_on(h, why);
        text_clear(why);
        job->believed.secure_boot = job->checks_on;
        job->believed.has_variables = true;
        job->through_shim = goes_through_shim(job, shim_ran);
        job->mok_unknown = job->through_shim && !shim_ran;
        job->believed.way = job->through_shim ? BELIEVED_THROUGH_SHIM : BELIEVED_WITHOUT_SHIM;
        add_shim(job);
        if (!job->checks_on && !job->through_shim && !h->no_variables)
                next_boot_note(job, "Secure Boot is off: firmware checks no signature", NULL);
        if (job->mok_unknown && job->checks_on)
                next_boot_note(job,
                               "shim did not run in this boot, so that its keys (MokListRT) cannot be seen: only db counts here",
                               NULL);
        return EXIT_OK;
}

void next_boot_vouch(void *arg, struct plan_addon *a) {
        struct text why = TEXT_IN(a->untrusted);

        if (next_boot_judge_image(arg, a->path, a->file, &why) != EXIT_OK && why.len == 0)
                text_str(&why, "nobody vouches for it");
}

enum exit_code next_boot_make_plan(struct next_boot *job) {
        struct plan_job *p = job->plan;

        for (size_t i = 0; i < p->n_found; i++)
                p->found[i].untrusted[0] = '\0';
        plan_job_make(p, &p->pe, next_boot_vouch, job);
        return plan_exit_code(&p->plan);
}

enum exit_code next_boot_plan_again(struct next_boot *job, struct text *why) {
        enum exit_code code = EXIT_FAILED;

        plan_job_forget(job->plan);
        job->plan->append = job->words.len > 0 ? job->words_buf : NULL;
        if (!gather_request(job->plan, &code, why) || !gather_found(job->plan, &code, why))
                return code;
        code = next_boot_make_plan(job);
        if (code != EXIT_OK)
                text_str(why, job->plan->plan.why);
        return code;
}
