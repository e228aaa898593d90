/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that will lie on the ESP: this program, with the machine's policy, signed. What lies there already and is the same
 * program is kept, with the signature that it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bls.h"
#include "host/installed.h"
#include "judge/authenticode.h"
#include "judge/install_inside.h"
#include "judge/policy_file.h"
#include "pe_write.h"

#define SIGNED_ALREADY                                                                                                     \
        " is signed, so that no other policy can be put into it: name an unsigned image with --sign-key and --sign-cert, " \
        "or take its own policy with --policy image"

struct span install_section(struct span file, const char *name) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        const struct pe_section *section = pe_open_file(file, pe, &ignored) ? pe_find(pe, name, 0) : NULL;
        struct span found = section ? span_trim_nul(pe_bytes(pe, section)) : (struct span) { NULL, 0 };

        free(pe);
        return found;
}

static bool is_signed(struct span file) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        bool is = pe_open_file(file, pe, &ignored) && pe->cert_size > 0;

        free(pe);
        return is;
}

static bool digest_of(struct span file, uint8_t ret[32]) {
        char buf[512];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        struct signatures *s = need(sizeof(*s));
        struct believed nobody = { 0 };
        bool ok = pe_open_file(file, pe, &ignored);

        memset(s, 0, sizeof(*s));
        ok = ok && signatures_check(pe, NULL, &nobody, s, &ignored);
        if (ok)
                memcpy(ret, s->digest, sizeof(s->digest));
        signatures_free(s);
        free(s);
        free(pe);
        return ok;
}

static bool has_rule(struct span policy, struct span rule) {
        char buf[POLICY_RULE_BYTES + 1];
        struct text other = TEXT_IN(buf);

        while (policy_next_rule(&policy, &other))
                if (span_eq(text_span(&other), rule))
                        return true;
        return false;
}

static void note_missing(struct install_job *job, const char *sign, struct span of, struct span in) {
        char buf[POLICY_RULE_BYTES + 1], line[POLICY_RULE_BYTES + 1 + 4];
        struct text rule = TEXT_IN(buf);

        while (policy_next_rule(&of, &rule)) {
                struct text t = TEXT_IN(line);
                if (has_rule(in, text_span(&rule)))
                        continue;
                text_cat(&t, sign, " ", buf, NULL);
                names_add(&job->policy_changes, line);
        }
}

static enum exit_code embed(struct install_job *job, struct span policy, struct text *why) {
        struct pe_write_section section = { ".ukipol", policy, 0 };
        size_t cap = job->image.n + policy.n + 65536, size = 0;
        uint8_t *out = need(cap);

        text_cat(why, job->image_path, " ", NULL);
        if (!pe_append_section(bytes_span(&job->image), &section, out, cap, &size, why)) {
                free(out);
                return EXIT_FORMAT;
        }
        text_clear(why);
        bytes_free(&job->image);
        job->image = (struct bytes) { out, size };
        return EXIT_OK;
}

/* The policy that somebody named for this machine, with --policy or by putting it into /etc. */
static enum exit_code put_named(struct install_job *job, const char *path, struct text *why) {
        struct policy_file *file = need(sizeof(*file));
        enum exit_code code = EXIT_OK;

        if (!policy_file_open(path, file, why))
                code = EXIT_FORMAT;
        else if (!file->present) {
                text_cat(why, path, ": has no .ukipol section", NULL);
                code = EXIT_FORMAT;
        } else if (!span_eq(span_trim_nul(file->text), install_section(bytes_span(&job->image), ".ukipol"))) {
                if (is_signed(bytes_span(&job->image))) {
                        text_cat(why, job->image_path, SIGNED_ALREADY, NULL);
                        code = EXIT_REFUSED;
                } else
                        code = embed(job, span_trim_nul(file->text), why);
        }
        free(file);
        return code;
}

/* What is installed keeps its policy. Who signed an image with another one has named that. */
static enum exit_code put_installed(struct install_job *job, struct text *why) {
        struct span policy = install_section(bytes_span(&job->installed), ".ukipol");

        if (!job->installed_path || policy.n == 0 || span_eq(policy, install_section(bytes_span(&job->image), ".ukipol")))
                return EXIT_OK;
        if (is_signed(bytes_span(&job->image))) {
                job->policy_from = "the image's own, as it was signed";
                return EXIT_OK;
        }
        job->policy_from = "kept from what is installed (--policy image takes the image's own)";
        free(job->policy_path);
        job->policy_path = strdup(job->installed_path);
        return embed(job, policy, why);
}

static enum exit_code put_policy(struct install_job *job, struct text *why) {
        job->policy_from = "the image's own";
        job->policy_path = strdup(job->image_path);
        if (job->policy_arg && strcmp(job->policy_arg, "image") == 0)
                return EXIT_OK;
        if (!job->policy_arg && !host_has(&job->host, INSTALL_POLICY_FILE))
                return put_installed(job, why);
        free(job->policy_path);
        job->policy_from = job->policy_arg ? job->policy_arg : INSTALL_POLICY_FILE;
        job->policy_path = job->policy_arg ? strdup(job->policy_arg) : host_path(&job->host, INSTALL_POLICY_FILE);
        return put_named(job, job->policy_path, why);
}

static void list_changes(struct install_job *job) {
        struct span old = install_section(bytes_span(&job->installed), ".ukipol");
        struct span new = install_section(bytes_span(&job->image), ".ukipol");

        if (!job->installed.p)
                return;
        note_missing(job, "-", old, new);
        note_missing(job, "+", new, old);
}

/* A signature has a time in it, so that signing the same program again gives other bytes: what is there and holds, stays. */
static bool keep_installed(struct install_job *job) {
        uint8_t have[32], want[32];

        if (!job->installed.p || !is_signed(bytes_span(&job->installed)) || !digest_of(bytes_span(&job->installed), have) ||
            !digest_of(bytes_span(&job->image), want) || memcmp(have, want, sizeof(have)) != 0)
                return false;
        if ((job->signing.tool || is_signed(bytes_span(&job->image))) && !install_is_trusted(job, bytes_span(&job->installed)))
                return false;
        bytes_free(&job->image);
        job->image.p = need(job->installed.n);
        job->image.n = job->installed.n;
        memcpy(job->image.p, job->installed.p, job->installed.n);
        return true;
}

static enum exit_code sign(struct install_job *job, struct text *why) {
        struct bytes as_signed;

        if (!job->signing.tool || (!job->key && is_signed(bytes_span(&job->image))))
                return EXIT_OK;
        if (!signing_sign(&job->signing, bytes_span(&job->image), &as_signed, why))
                return EXIT_FAILED;
        job->signed_now = true;
        bytes_free(&job->image);
        job->image = as_signed;
        return EXIT_OK;
}

static void read_installed(struct install_job *job) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        job->installed_path = job->host.esp ? installed_find(job->host.esp, ARCH_NATIVE) : NULL;
        if (job->installed_path && bytes_read(job->installed_path, FILE_IMAGE_MAX, &job->installed, &ignored) &&
            !install_is_ukiload(bytes_span(&job->installed)))
                bytes_free(&job->installed);
}

static bool is_for_this_machine(const struct install_job *job, struct text *why) {
        struct pe *pe = need(sizeof(*pe));
        char buf[256];
        struct text clause = TEXT_IN(buf);
        bool ok = pe_open_file(bytes_span(&job->image), pe, &clause) && arch_fits(pe->machine, ARCH_NATIVE, &clause);

        if (!ok)
                text_cat(why, job->image_path, ": ", buf, NULL);
        free(pe);
        return ok;
}

enum exit_code install_read_image(struct install_job *job, struct text *why) {
        if (!bytes_read(job->image_path, FILE_IMAGE_MAX, &job->image, why))
                return EXIT_FAILED;
        if (!install_is_ukiload(bytes_span(&job->image))) {
                text_cat(why, job->image_path, ": is not ukiload's image", NULL);
                return EXIT_FORMAT;
        }
        if (!is_for_this_machine(job, why))
                return EXIT_FORMAT;
        read_installed(job);
        enum exit_code code = put_policy(job, why);
        if (code != EXIT_OK)
                return code;
        list_changes(job);
        if (!job->key && !signing_find(&job->host, &job->signing, why))
                return EXIT_FAILED;
        if (job->key)
                signing_with(job->key, job->cert, &job->signing);
        return keep_installed(job) ? EXIT_OK : sign(job, why);
}

void install_version(struct span image, struct text *ret) {
        text_bytes(ret, bls_osrel_field(install_section(image, ".osrel"), "VERSION_ID"));
}
