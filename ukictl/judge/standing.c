/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/standing.h"

#include <stdlib.h>
#include <string.h>

#include "host/digest.h"
#include "host/installed.h"
#include "host/once.h"
#include "judge/install.h"
#include "judge/next_boot.h"

#ifndef UKILOAD_VERSION
#define UKILOAD_VERSION "unknown"
#endif

const char *standing_package(void) {
        return UKILOAD_VERSION;
}

/* As whoever starts it will: through firmware's entry if there is one, else as the machine boots. */
static void read_trust(const struct host *h, struct span image, struct standing *ret) {
        struct next_boot *job = next_boot_new();
        struct text why = TEXT_IN(ret->why), by = TEXT_IN(ret->by);

        job->host = *h;
        if (h->no_variables)
                text_str(&why, "cannot be told here, without EFI variables");
        ret->trust = h->no_variables ? STANDING_UNASKED : STANDING_NOBODY;
        if (!h->no_variables && arming_read(h, &job->arming, &why) == EXIT_OK && next_boot_read_believed(job, &why) == EXIT_OK) {
                bool taken = next_boot_judge_image(job, IMAGE_FILE, image, &why) == EXIT_OK;

                next_boot_voucher(job, IMAGE_FILE, image, &by);
                if (taken)
                        ret->trust = !job->checks_on               ? STANDING_UNASKED
                                     : strstr(ret->by, "(MokList") ? STANDING_MOK
                                                                   : STANDING_DB;
        }
        next_boot_free(job);
}

static bool has_policy_of(const char *path, struct span policy) {
        struct policy_file *file = need(sizeof(*file));
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        bool same = path && policy_file_read(path, file, &ignored) && span_eq(span_trim_nul(file->text), policy);

        free(file);
        return same;
}

static void read_policy(const struct host *h, struct span image, struct standing *ret) {
        struct span text = install_section(image, ".ukipol"), rest = text;
        char rule[POLICY_RULE_BYTES + 1], *named = host_path(h, INSTALL_POLICY_FILE), *package = installed_package_image();
        struct text t = TEXT_IN(rule), digest = TEXT_IN(ret->digest);
        uint8_t sha256[32];

        ret->has_policy = text.n > 0;
        while (policy_next_rule(&rest, &t))
                ret->rules += rule[0] != '@'; /* as policy lint counts them: without directives */
        digest_sha256(text, sha256);
        text_hex(&digest, (struct span) { sha256, sizeof(sha256) });
        ret->policy_from = has_policy_of(named, text) ? INSTALL_POLICY_FILE : has_policy_of(package, text) ? "package" : "image";
        free(named);
        free(package);
}

static void read_image(const struct host *h, struct standing *ret) {
        struct text why = TEXT_IN(ret->why), version = TEXT_IN(ret->version);
        struct span image;

        if (!once_read(ret->path, FILE_IMAGE_MAX, &image, &why))
                return;
        if (!install_is_ukiload(image)) {
                text_cat(&why, ret->path, ": another program lies in the place of ukiload", NULL);
                return;
        }
        ret->state = STANDING_HERE;
        install_version(image, &version);
        read_policy(h, image, ret);
        read_trust(h, image, ret);
}

void standing_read(const struct host *h, struct standing *ret) {
        struct text why = TEXT_IN(ret->why);

        memset(ret, 0, sizeof(*ret));
        if (host_need_esp(h, &why) != EXIT_OK)
                return;
        ret->path = installed_find(h->esp, ARCH_NATIVE);
        ret->state = ret->path ? STANDING_UNKNOWN : STANDING_ABSENT;
        if (ret->path)
                read_image(h, ret);
}

void standing_free(struct standing *s) {
        free(s->path);
        s->path = NULL;
}
