/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR 7: each certificate has one event, when it lets an image in for the first time. Those of the running boot stand in its log;
 * for others the event is made from db or MokListRT as firmware and shim make it: a UEFI_VARIABLE_DATA with the list's entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/authenticode.h"
#include "host/efivars.h"
#include "esl.h"
#include "judge/predict.h"

struct authority {
        const struct tcg_event *event; /* in the log; NULL: made */
        struct bytes made;
        char name[16]; /* of the variable */
        bool used;     /* it has its event already */
};

/* trust.good[i] is the certificate of list[i]. */
struct authorities {
        struct believed believed;
        struct authority *list;
};

static X509 *read_cert(struct span der) {
        const uint8_t *p = der.p;

        return der.n <= INT32_MAX ? d2i_X509(NULL, &p, (long) der.n) : NULL;
}

static struct authority *add(struct authorities *a, X509 *cert, const char *name) {
        size_t n = a->believed.n_good++;

        if ((n & (n - 1)) == 0) { /* full at each power of two */
                a->believed.good = realloc(a->believed.good, (n ? 2 * n : 1) * sizeof(*a->believed.good));
                a->list = realloc(a->list, (n ? 2 * n : 1) * sizeof(*a->list));
                if (!a->believed.good || !a->list) {
                        fputs("ukictl: out of memory\n", stderr);
                        exit(1);
                }
        }
        memset(&a->believed.good[n], 0, sizeof(a->believed.good[n]));
        a->believed.good[n].kind = BELIEVED_CERT;
        a->believed.good[n].cert = cert;
        memset(&a->list[n], 0, sizeof(a->list[n]));
        snprintf(a->list[n].name, sizeof(a->list[n].name), "%s", name);
        return &a->list[n];
}

/* ---- from the log ---- */

/* The entry of a signature list that vouched: 16 bytes of owner and a certificate. */
static void add_logged(struct authorities *a, const struct tcg_event *e) {
        char buf[32];
        struct text name = TEXT_IN(buf);
        struct span data;
        X509 *cert;

        if (e->pcr != 7 || e->type != EV_EFI_VARIABLE_AUTHORITY || !event_variable(e, &name, &data) || data.n <= 16)
                return;
        cert = read_cert((struct span) { data.p + 16, data.n - 16 });
        if (cert)
                add(a, cert, buf)->event = e;
}

/* ---- from the machine's variables ---- */

static void put(struct bytes *b, const void *p, size_t n) {
        if (n > 0)
                memcpy(b->p + b->n, p, n);
        b->n += n;
}

static void put_u64(struct bytes *b, uint64_t value) {
        for (unsigned i = 0; i < 8; i++)
                put(b, &(uint8_t) { (uint8_t) (value >> (8 * i)) }, 1);
}

static struct bytes make_event(const uint8_t guid[16], const char *name, const struct esl_entry *entry) {
        size_t len = strlen(name);
        struct bytes b = { need(32 + 2 * len + entry->owner.n + entry->data.n), 0 };

        put(&b, guid, 16);
        put_u64(&b, len);
        put_u64(&b, entry->owner.n + entry->data.n);
        for (size_t i = 0; i < len; i++)
                put(&b, &(uint8_t[]) { (uint8_t) name[i], 0 }, 2);
        put(&b, entry->owner.p, entry->owner.n);
        put(&b, entry->data.p, entry->data.n);
        return b;
}

static void add_lists(struct authorities *a, const char *dir, const char *name, const char *guid_text, const uint8_t guid[16]) {
        char buf[256];
        struct text why = TEXT_IN(buf);
        struct bytes b = { NULL, 0 };
        struct esl at;

        if (efivar_read(dir, name, guid_text, &b, &why) == EFIVAR_READ && esl_open(bytes_span(&b), &at, &why))
                for (struct esl_entry entry; esl_next(&at, &entry);) {
                        X509 *cert = entry.kind == ESL_X509 ? read_cert(entry.data) : NULL;

                        if (cert)
                                add(a, cert, name)->made = make_event(guid, name, &entry);
                }
        bytes_free(&b);
}

static void add_variables(struct authorities *a, const struct predict_job *job) {
        static const uint8_t security[16] = { 0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                              0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f };
        static const uint8_t shim[16] = { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                                          0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 };
        const char *dir = job->efivars ? job->efivars : EFIVARS_DIR;

        if (!job->efivars && job->eventlog_path)
                return; /* the log of another machine, perhaps */
        add_lists(a, dir, "db", GUID_SECURITY, security);
        if (job->has_shim)
                add_lists(a, dir, "MokListRT", GUID_SHIM, shim);
}

/* ---- who lets what in ---- */

static void keep(struct predict_job *job, const struct tcg_event *e) {
        char buf[128];
        struct text name = TEXT_IN(buf);
        struct span data;

        if (!event_variable(e, &name, &data))
                text_str(&name, "separator");
        job->of = e->type == EV_EFI_VARIABLE_AUTHORITY ? OF_AUTHORITY : OF_OTHERS;
        predict_kept(job, PCR_7, buf, e);
}

static struct authority *find_authority(const struct predict_job *job, const struct authorities *a, const struct pe *pe) {
        struct signatures *sigs = need(sizeof(*sigs));
        char buf[256];
        struct text why = TEXT_IN(buf);
        struct authority *found = NULL;

        if (signatures_check(pe, plan_job_signed(job->plan_job, pe->bytes), &a->believed, sigs, &why))
                for (size_t i = 0; i < sigs->n && !found; i++)
                        if (sigs->list[i].intact && sigs->list[i].good)
                                found = &a->list[sigs->list[i].good - a->believed.good];
        signatures_free(sigs);
        free(sigs);
        return found;
}

static void let_in(struct predict_job *job, const struct authorities *a, const char *what, const struct pe *pe) {
        struct authority *by = find_authority(job, a, pe);
        char buf[320];
        struct text why = TEXT_IN(buf);

        if (!by) {
                text_cat(
                        &why, what,
                        " is let in by a certificate that let nothing in in the running boot, and that is not in the variables here: "
                        "its event is not known",
                        NULL);
                predict_give_up(job, PCR_7, buf);
                return;
        }
        job->of = OF_AUTHORITY;
        if (!by->used && by->event)
                keep(job, by->event);
        else if (!by->used)
                predict_hashed(job, PCR_7, by->name, &(struct span) { by->made.p, by->made.n }, 1);
        by->used = true;
}

static void let_all_in(struct predict_job *job, const struct authorities *a) {
        struct plan_job *plan = job->plan_job;
        struct pe *pe = need(sizeof(*pe));
        char buf[256];
        struct text why = TEXT_IN(buf);

        if (job->via == VIA_STOCK)
                ;
        else if (job->launcher.p)
                let_in(job, a, "ukiload", &job->launcher_pe);
        else
                predict_give_up(job, PCR_7, "no ukiload image was found here: name it with --ukiload FILE");
        plan_job_digest(plan, false, true);
        let_in(job, a, plan->uki_path, &plan->pe);
        for (size_t i = 0; i < plan->n_found; i++)
                if (plan->found[i].verdict == PLAN_ADMITTED && pe_open_file(plan->found[i].file, pe, &why))
                        let_in(job, a, plan->found[i].path, pe);
        free(pe);
}

/* shim logs the revocation level whatever it starts. */
static bool is_sbat_level(const struct tcg_event *e) {
        char buf[32];
        struct text name = TEXT_IN(buf);
        struct span data;

        return e->type == EV_EFI_VARIABLE_AUTHORITY && event_variable(e, &name, &data) && strcmp(buf, "SbatLevel") == 0;
}

static void mark_used(struct authorities *a, const struct tcg_event *e) {
        for (size_t i = 0; i < a->believed.n_good; i++)
                a->list[i].used = a->list[i].used || a->list[i].event == e;
}

static void forget(struct authorities *a) {
        for (size_t i = 0; i < a->believed.n_good; i++) {
                X509_free(a->believed.good[i].cert);
                bytes_free(&a->list[i].made);
        }
        free(a->believed.good);
        free(a->list);
}

void predict_authorities(struct predict_job *job, size_t cut) {
        struct authorities a = { .believed.has_good = true };
        bool shim_runs = !job->has_shim;

        /* What shim lets in has events of shim's own, even for a certificate that firmware has asked before. */
        for (size_t i = 0; i < job->log.n; i++) {
                shim_runs = shim_runs || predict_is_shims(&job->log.events[i]);
                if (shim_runs)
                        add_logged(&a, &job->log.events[i]);
        }
        add_variables(&a, job);
        for (size_t i = 0; i < job->log.n; i++) {
                const struct tcg_event *e = &job->log.events[i];

                if (e->pcr != 7 || (i >= cut && job->secure_boot && !is_sbat_level(e)))
                        continue;
                keep(job, e);
                mark_used(&a, e);
        }
        if (job->secure_boot)
                let_all_in(job, &a);
        job->of = OF_OTHERS;
        forget(&a);
}
