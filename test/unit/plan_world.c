/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_world.h"

static char policy_text[POLICY_SIZE_MAX];

void world_begin(struct world *w, unsigned stub, const char *cmdline) {
        memset(w, 0, sizeof(*w));
        w->in.uki_path = "\\EFI\\Linux\\a.efi";
        w->in.machine = PE_MACHINE_X86_64;
        image_make(&w->kernel, PE_MACHINE_X86_64, NULL, 0);
        image_put(&w->kernel, AT_IMAGE_VERSION, 1, 2);
        w->sections[w->n_sections++] = (struct pe_write_section) { ".linux", image_span(&w->kernel), 0 };
        world_section(w, ".uname", "6.1");
        if (cmdline)
                world_section(w, ".cmdline", cmdline);
        if (stub > 0) {
                snprintf(w->magic, sizeof(w->magic), "#### LoaderInfo: systemd-stub %u.3-1 ####", stub);
                world_section(w, ".sdmagic", w->magic);
        }
}

void world_section(struct world *w, const char *name, const char *text) {
        struct pe_write_section *s = &w->sections[w->n_sections++];

        assert_true(w->n_sections <= WORLD_SECTIONS);
        snprintf(s->name, sizeof(s->name), "%s", name);
        s->data = span_of(text);
}

void world_policy(struct world *w, const char *text) {
        char buf[256];
        struct text why = TEXT_IN(buf);

        snprintf(policy_text, sizeof(policy_text), "@version 1\n%s\n", text);
        if (!policy_parse(span_of(policy_text), &w->policy, &why))
                fail_msg("the test's policy is not valid: %s", buf);
        w->in.policy = &w->policy;
}

void world_request(struct world *w, const char *text) {
        char buf[256];
        struct text why = TEXT_IN(buf);
        size_t n = strlen(text);

        assert_true(2 * n + 2 <= sizeof(w->raw_request));
        for (size_t i = 0; i <= n; i++) {
                w->raw_request[2 * i] = text[i];
                w->raw_request[2 * i + 1] = 0;
        }
        struct span raw = { (const uint8_t *) w->raw_request, 2 * n + 2 };
        if (request_from_options(raw, (struct span) { NULL, 0 }, &w->request, &why) != REQUEST_OK)
                fail_msg("the test's request is none: %s", buf);
        w->in.request = &w->request;
}

struct plan_addon *world_addon_with(struct world *w, enum plan_origin origin, const char *path, const char *words,
                                    const char *section, const char *content) {
        struct pe_write_section sections[2];
        size_t n = 0, at = w->in.n_addons++;
        assert_true(at < WORLD_ADDONS);
        memset(sections, 0, sizeof(sections));
        if (words) {
                snprintf(sections[n].name, sizeof(sections[n].name), ".cmdline");
                sections[n++].data = span_of(words);
        }
        if (section) {
                snprintf(sections[n].name, sizeof(sections[n].name), "%s", section);
                sections[n++].data = span_of(content);
        }
        image_make(&w->images[at], PE_MACHINE_X86_64, sections, n);
        struct plan_addon *a = &w->addons[at];
        a->origin = origin;
        snprintf(a->path, sizeof(a->path), "%s", path);
        a->file = image_span(&w->images[at]);
        w->in.addons = w->addons;
        return a;
}

struct plan_addon *world_addon(struct world *w, enum plan_origin origin, const char *path, const char *words) {
        return world_addon_with(w, origin, path, words, NULL, NULL);
}

void world_plan(struct world *w) {
        char buf[256];
        struct text why = TEXT_IN(buf);

        image_make(&w->uki, PE_MACHINE_X86_64, w->sections, w->n_sections);
        if (!pe_open_file(image_span(&w->uki), &w->pe, &why))
                fail_msg("the test's UKI is none: %s", buf);
        sha256_of(image_span(&w->uki), w->sha256);
        w->in.pe = &w->pe;
        w->in.sha256 = w->sha256;
        /* What was there before must not matter. */
        memset(&w->plan, 0xa5, sizeof(w->plan));
        memset(&w->scratch, 0x5a, sizeof(w->scratch));
        plan_make(&w->in, &w->scratch, &w->plan);
}

void assert_starts(const struct world *w, const char *line) {
        if (w->plan.result != PLAN_START)
                fail_msg("refused: %s", w->plan.why);
        assert_int_equal(w->plan.blame, PLAN_BLAME_NONE);
        assert_string_equal(w->plan.why, "");
        assert_string_equal(w->plan.line, line);
        assert_int_equal(w->plan.line_len, strlen(line));
}

void assert_refused(const struct world *w, enum plan_result result, enum plan_blame blame, const char *words) {
        if (w->plan.result != result || w->plan.blame != blame || !strstr(w->plan.why, words))
                fail_msg("result %d, blame %d, \"%s\"; wanted %d, %d, \"%s\"", (int) w->plan.result, (int) w->plan.blame,
                         w->plan.why, (int) result, (int) blame, words);
}
