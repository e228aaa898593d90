/* SPDX-License-Identifier: BSD-2-Clause */
/* What an installation will mean on this machine, said before anything is written. */
#include <stdlib.h>
#include <string.h>

#include "bls.h"
#include "judge/install_inside.h"
#include "policy.h"
#include "judge/shim.h"
#include "judge/survey.h"

#define OUR_ID "zz-ukiload" /* linker/osrel */

static void note(struct install_job *job, const char *first, const char *second, const char *third) {
        char buf[1024];
        struct text t = TEXT_IN(buf);
        text_cat(&t, first, second, third, NULL);
        names_add(&job->notes, buf);
}

bool install_is_ukiload(struct span file) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        const struct pe_section *osrel = pe_open_file(file, pe, &ignored) ? pe_find(pe, ".osrel", 0) : NULL;
        bool is = osrel && span_eq_str(bls_osrel_field(span_trim_nul(pe_bytes(pe, osrel)), "ID"), OUR_ID);
        free(pe);
        return is;
}

/* A job that believes whom a start of the new entry would believe. */
static struct next_boot *new_job(const struct install_job *job) {
        struct next_boot *l = next_boot_new();
        l->host = job->host;
        l->way = job->through_shim ? NEXT_THROUGH_SHIM : NEXT_DIRECTLY;
        return l;
}

static bool check_policy(struct span image, struct text *why) {
        struct pe *pe = need(sizeof(*pe));
        struct policy *policy = need(sizeof(*policy));
        bool ok = pe_open_file(image, pe, why);
        const struct pe_section *section = ok ? pe_find(pe, ".ukipol", 0) : NULL;
        if (ok && !section) {
                text_str(why, "it has no policy (.ukipol): embed one with ukictl policy embed");
                ok = false;
        }
        ok = ok && policy_parse(pe_bytes(pe, section), policy, why);
        free(policy);
        free(pe);
        return ok;
}

static bool trusts(struct next_boot *l, struct span image, struct text *voucher, struct text *why) {
        bool was_on = l->checks_on;
        l->checks_on = true;
        bool trusted = next_boot_judge_image(l, IMAGE_FILE, image, why) == EXIT_OK;
        next_boot_voucher(l, IMAGE_FILE, image, voucher);
        l->checks_on = was_on;
        return trusted;
}

bool install_is_trusted(const struct install_job *job, struct span image) {
        char buf[512], voucher_buf[256];
        struct text ignored = TEXT_IN(buf), voucher = TEXT_IN(voucher_buf);
        struct next_boot *l = new_job(job);
        bool is = next_boot_read_believed(l, &ignored) == EXIT_OK && trusts(l, image, &voucher, &ignored);
        next_boot_free(l);
        return is;
}

/* Of a refusal for want of trust the remedy is that of whoever installs; any other has one of its own. */
static void say_remedy(struct text *why) {
        const char *end = strncmp(why->p, "trust: ", 7) == 0 ? strstr(why->p, "; ") : NULL;

        if (!end)
                return;
        why->len = (size_t) (end - why->p);
        why->p[why->len] = '\0';
        text_str(why, "; sign it with --sign-key and --sign-cert, with a key that this machine trusts");
}

static enum exit_code say_trust(struct install_job *job, struct next_boot *l, struct text *ret_why) {
        char buf[512], voucher_buf[256];
        struct text why = TEXT_IN(buf), voucher = TEXT_IN(voucher_buf);
        bool was_on = l->checks_on, trusted = trusts(l, bytes_span(&job->image), &voucher, &why);
        say_remedy(&why);
        if (job->signed_now)
                note(job, "signed with ", job->signing.from, "");
        if (trusted)
                note(job, "the image is signed, and vouched for by ", voucher_buf, "");
        else if (was_on && !job->force) {
                text_cat(ret_why, job->image_path, ": firmware will not start it, so nothing was written: ", buf,
                         ", or insist with --force", NULL);
                return EXIT_UNTRUSTED;
        } else if (was_on)
                note(job, "firmware will NOT start the image: ", buf, "");
        else
                note(job, "the image would not start under Secure Boot, which is off: ", buf, "");
        return EXIT_OK;
}

static void say_pcr7(struct install_job *job, struct next_boot *l, const struct surveyed *first) {
        char own_buf[256], uki_buf[256], buf[64];
        struct text own = TEXT_IN(own_buf), uki = TEXT_IN(uki_buf), ignored = TEXT_IN(buf);
        struct bytes b;
        if (!first || !l->checks_on || !bytes_read(first->file, FILE_IMAGE_MAX, &b, &ignored))
                return;
        next_boot_voucher(l, IMAGE_FILE, bytes_span(&job->image), &own);
        next_boot_voucher(l, first->path, bytes_span(&b), &uki);
        bytes_free(&b);
        if (own.len == 0 || uki.len == 0)
                return; /* nobody vouches for it: it will not start, and that is said */
        if (strcmp(own_buf, uki_buf) == 0)
                note(job, "PCR 7 stays in boots through ukiload: it and ", first->path, " are vouched for by the same");
        else
                note(job, "PCR 7 will differ in boots through ukiload, for another certificate vouches for it than for ",
                     first->path, ": disks sealed to PCR 7 will ask for their passphrase there");
}

/* The addons that the stock stub applies to the default image, and that this policy will not. */
static void list_hidden(struct install_job *job, const struct surveyed *first, const char *policy) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct next_boot *l = first ? new_job(job) : NULL;
        if (!l)
                return;
        enum exit_code code = survey_judge(l, first, policy, &why);
        for (size_t i = 0; i < l->plan->n_found; i++) {
                const struct plan_addon *a = &l->plan->found[i];
                char line[PLAN_PATH_MAX + PLAN_WHY_MAX];
                struct text t = TEXT_IN(line);
                if (a->verdict != PLAN_REFUSED && a->verdict != PLAN_UNTRUSTED)
                        continue;
                text_cat(&t, a->path, ": ", a->why, NULL);
                names_add(&job->hidden, line);
        }
        if (code != EXIT_OK)
                note(job, "ukiload would not start ", first->path, " as it is: ");
        if (code != EXIT_OK)
                note(job, "  ", buf, "");
        next_boot_free(l);
}

static enum exit_code take_shim(struct install_job *job, struct text *shim, struct text *why) {
        text_str(shim, job->shim_arg);
        for (char *p = job->shim; *p; p++)
                *p = *p == '/' ? '\\' : *p;
        job->through_shim = !shim->cut && shim_is(&job->host, job->shim);
        if (job->through_shim)
                return EXIT_OK;
        text_cat(why, job->shim_arg, ": is no shim on the ESP: name it from the root of the ESP, or say --shim none", NULL);
        return EXIT_USAGE;
}

/* Shim where the machine boots through it. */
enum exit_code install_choose_way(struct install_job *job, struct text *why) {
        struct text shim = TEXT_IN(job->shim);
        struct bytes b = { NULL, 0 };
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        if (job->shim_arg && strcmp(job->shim_arg, "none") == 0)
                return EXIT_OK;
        if (job->shim_arg)
                return take_shim(job, &shim, why);
        if (efivar_read(job->host.efivars, "MokListRT", GUID_SHIM, &b, &ignored) == EFIVAR_ABSENT)
                return EXIT_OK;
        bytes_free(&b);
        job->through_shim = shim_find(&job->host, &job->entries, &shim);
        if (!job->through_shim)
                note(job, "this machine booted through shim, but there is none on this ESP: the entry starts ukiload without it",
                     "", "");
        else if (shim_on_removable_path(job->shim))
                note(job, job->shim, " is on the removable path, where some builds of shim take no options",
                     ": try one reload, and name another with --shim if it fails");
        return EXIT_OK;
}

enum exit_code install_keep_way(struct install_job *job) {
        const struct boot_entry *ours = boot_entry_ours(&job->entries);
        struct text shim = TEXT_IN(job->shim);

        job->through_shim = ours && boot_entry_through_shim(ours);
        if (job->through_shim)
                text_str(&shim, ours->file);
        return EXIT_OK;
}

static enum exit_code say_meaning(struct install_job *job, struct text *why) {
        struct survey survey;
        struct next_boot *l = new_job(job);
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        survey_read(&job->host, &survey);
        const struct surveyed *first = survey.n > 0 ? &survey.v[0] : NULL;
        enum exit_code code = EXIT_OK;
        if (job->host.no_variables)
                note(job, "whether the machine will start the image cannot be told here, without its variables", "", "");
        else if (next_boot_read_believed(l, &ignored) == EXIT_OK) {
                code = say_trust(job, l, why);
                say_pcr7(job, l, first);
        }
        list_hidden(job, first, job->policy_path);
        survey_free(&survey);
        next_boot_free(l);
        return code;
}

enum exit_code install_judge(struct install_job *job, struct text *why) {
        text_cat(why, job->image_path, ": ", NULL);
        if (!check_policy(bytes_span(&job->image), why))
                return EXIT_FORMAT;
        text_clear(why);
        return say_meaning(job, why);
}
