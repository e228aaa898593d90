/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole plans. Two bytes of switches (the second is the stub's version less 100), then parts between NULs: ukiload's policy, the
 * UKI's policy, the signed line, the request, then addons (a byte of switches and the words each). Whatever is started was
 * allowed by every rule that can be asked for here a second time. */
#include <stdint.h>
#include <string.h>

#include "must.h"
#include "pe_write.h"
#include "plan.h"

#define ADDONS      5u
#define IMAGE_BYTES 16384u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum addon_switch {
        ADDON_ORIGIN = 3,
        ADDON_INITRD = 4,
        ADDON_UNAME = 8,
        ADDON_UNTRUSTED = 16,
        ADDON_UNREAD = 32,
        ADDON_DTB = 64,
        ADDON_BENT = 128
};
enum plan_switch { PLAN_CONFIDENTIAL = 1, PLAN_OLD_KERNEL = 4, PLAN_SMBIOS = 8, PLAN_OTHER_MACHINE = 16, PLAN_PROFILES = 32 };

static uint8_t kernel[IMAGE_BYTES], image[4 * IMAGE_BYTES], addon_images[ADDONS][IMAGE_BYTES];
static struct policy own;
static struct request request;
static struct plan_addon addons[ADDONS];
static struct plan_scratch scratch;
static struct plan plan, again;
static struct pe pe;
static uint8_t sha256[SHA256_SIZE];

static struct span take_part(struct span *rest, size_t max) {
        struct span part = { rest->p, 0 };

        while (part.n < rest->n && rest->p[part.n] != '\0')
                part.n++;
        size_t used = part.n < rest->n ? part.n + 1 : part.n;
        *rest = (struct span) { rest->p + used, rest->n - used };
        if (part.n > max)
                part.n = max;
        return part;
}

static struct pe_write_section section(const char *name, struct span data) {
        struct pe_write_section s = { .data = data };

        memcpy(s.name, name, strlen(name) + 1);
        return s;
}

static bool make_uki(unsigned flags, uint8_t stub, struct span policy, struct span line) {
        struct pe_write_section s[8];
        char buf[96];
        struct text magic = TEXT_IN(buf), why = TEXT_IN(buf);
        size_t n = 0, size = 0;

        MUST(pe_write(PE_MACHINE_X86_64, NULL, 0, kernel, sizeof(kernel), &size));
        kernel[0x84] = (flags & PLAN_OLD_KERNEL) ? 0 : 1; /* MajorImageVersion */
        s[n++] = section(".linux", (struct span) { kernel, size });
        s[n++] = section(".uname", span_of("6.1"));
        if (stub > 0) {
                text_str(&magic, "#### LoaderInfo: systemd-stub ");
                text_dec(&magic, stub + 100u);
                text_str(&magic, " ####");
                s[n++] = section(".sdmagic", text_span(&magic));
        }
        if (line.n > 0)
                s[n++] = section(".cmdline", line);
        if (policy.n > 0)
                s[n++] = section(".ukipol", policy);
        if (flags & PLAN_PROFILES) {
                s[n++] = section(".profile", span_of("ID=a"));
                s[n++] = section(".profile", span_of("ID=b"));
        }
        if (!pe_write(PE_MACHINE_X86_64, s, n, image, sizeof(image), &size))
                return false;
        why = TEXT_IN(buf);
        sha256_of((struct span) { image, size }, sha256);
        MUST(pe_open_file((struct span) { image, size }, &pe, &why));
        return true;
}

static size_t make_addons(struct span rest) {
        size_t n = 0;

        for (; n < ADDONS && rest.n > 0; n++) {
                struct span part = take_part(&rest, 4096);
                struct plan_addon *a = &addons[n];
                struct pe_write_section s[4];
                size_t k = 0, size = 0;
                uint8_t flags = part.n > 0 ? part.p[0] : 0;

                memset(a, 0, sizeof(*a));
                struct text path = TEXT_IN(a->path);
                text_cat(&path, "\\x\\", (const char[6][2]) { "b", "a", "d", "c", "e", "f" }[n], ".addon.efi", NULL);
                a->origin = (flags & ADDON_ORIGIN) % 3;
                if (part.n > 1)
                        s[k++] = section(".cmdline", (struct span) { part.p + 1, part.n - 1 });
                if (flags & ADDON_INITRD)
                        s[k++] = section(".initrd", span_of("cpio"));
                if (flags & ADDON_DTB)
                        s[k++] = section(".dtb", span_of("tree"));
                if (flags & ADDON_UNAME)
                        s[k++] = section(".uname", span_of("6.12"));
                MUST(pe_write(PE_MACHINE_X86_64, s, k, addon_images[n], IMAGE_BYTES, &size));
                if (flags & ADDON_BENT)
                        addon_images[n][(size_t) flags * 3] ^= 0x41;
                a->file = (struct span) { addon_images[n], size };
                memcpy(a->untrusted, "no", (flags & ADDON_UNTRUSTED) ? 3 : 0);
                memcpy(a->unread, "no", (flags & ADDON_UNREAD) ? 3 : 0);
        }
        return n;
}

static bool make_request(struct span text) {
        static uint8_t raw[2 * (REQUEST_CHARS_MAX + 1)];
        char buf[256];
        struct text why = TEXT_IN(buf);

        for (size_t i = 0; i < text.n; i++) {
                raw[2 * i] = text.p[i];
                raw[2 * i + 1] = 0;
        }
        raw[2 * text.n] = raw[2 * text.n + 1] = 0;
        return request_from_options((struct span) { raw, 2 * text.n + 2 }, (struct span) { NULL, 0 }, &request, &why) ==
               REQUEST_OK;
}

static void check_addons(const struct plan_input *in) {
        size_t admitted = 0;

        for (size_t i = 0; i < in->n_addons; i++) {
                const struct plan_addon *a = &in->addons[i];
                bool in_boot = a->verdict == PLAN_ADMITTED;

                MUST(a->verdict == PLAN_ADMITTED || a->verdict == PLAN_NOT_FOR_IMAGE || a->verdict == PLAN_REFUSED ||
                     a->verdict == PLAN_UNTRUSTED);
                MUST(in_boot == (a->why[0] == '\0'));
                MUST(!in_boot || (in->policy && !a->untrusted[0] && !a->unread[0]));
                MUST(!in_boot || a->addon.initrd.n == 0 || (in->policy->sections & POLICY_INITRD));
                MUST(plan.result != PLAN_START || in_boot || a->origin != PLAN_PICKED);
                MUST(plan.result != PLAN_START || in_boot || a->verdict == PLAN_NOT_FOR_IMAGE || !in->policy ||
                     !in->policy->abort_on_violation);
                MUST(i == 0 || in->addons[i - 1].origin <= a->origin);
                admitted += in_boot;
        }
        MUST(!plan.uki_ok || plan.result == PLAN_REFUSE_IMAGE || admitted == plan.n_admitted);
}

static void check_overlay(const struct plan_input *in) {
        const struct overlay *o = &plan.overlay;

        for (size_t i = 0; i < o->n_words; i++) {
                struct span s = { (const uint8_t *) o->text + o->words[i].off, o->words[i].len };
                struct cmdline_word w;

                MUST(cmdline_next(&s, &w) && in->policy && policy_match(in->policy, &w));
        }
        MUST(o->n_words == o->n_signed_words || (in->request && !in->confidential && plan.handoff == PLAN_HANDOFF_KERNEL));
}

static void check_start(const struct plan_input *in) {
        MUST(plan.why[0] == '\0' && plan.blame == PLAN_BLAME_NONE && plan.uki_ok);
        MUST(plan.line_len <= plan.kernel.cmdline_max && plan.line_len == strlen(plan.line));
        MUST(in->machine == PE_MACHINE_X86_64);
        MUST(!in->request || !in->policy || !in->policy->requests_off);
        if (plan.handoff == PLAN_HANDOFF_KERNEL)
                MUST(plan.kernel.efi_entry && !(in->request && in->request->handoff_stub));
        else
                MUST(!plan.overlay.splits || plan.overlay.n_words == 0);
        if (plan.n_admitted > 0 && plan.handoff == PLAN_HANDOFF_STUB)
                MUST(plan.uki.stub == UKI_STUB_SYSTEMD && plan.uki.stub_version >= 254);
        check_overlay(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span rest = { data, size };
        char buf[256];
        struct text why = TEXT_IN(buf);

        if (size < 3 || size > 20000)
                return 0;
        unsigned flags = data[0];
        uint8_t stub = data[1];
        rest = (struct span) { data + 2, size - 2 };
        struct span own_text = take_part(&rest, 4096), uki_text = take_part(&rest, 4096), line = take_part(&rest, 4096);
        bool asked = make_request(take_part(&rest, REQUEST_CHARS_MAX));
        if (!make_uki(flags, stub, uki_text, line))
                return 0;
        struct plan_input in = {
                .uki_path = "\\u.efi",
                .pe = &pe,
                .sha256 = sha256,
                .request = asked ? &request : NULL,
                .addons = addons,
                .machine = (flags & PLAN_OTHER_MACHINE) ? PE_MACHINE_AARCH64 : PE_MACHINE_X86_64,
                .policy = own_text.n > 0 && policy_parse(own_text, &own, &why) ? &own : NULL,
                .n_addons = make_addons(rest),
                .smbios_extra = span_of((flags & PLAN_SMBIOS) ? "from=host" : ""),
                .confidential = (flags & PLAN_CONFIDENTIAL) != 0,
        };
        plan_sort(addons, in.n_addons);
        memset(&scratch, 0x5a, sizeof(scratch));
        plan_make(&in, &scratch, &again);
        memset(&scratch, 0xa5, sizeof(scratch));
        memset(&plan, 0xa5, sizeof(plan));
        plan_make(&in, &scratch, &plan);
        MUST(plan.result == again.result && memcmp(plan.line, again.line, sizeof(plan.line)) == 0);
        MUST(memcmp(plan.digest, again.digest, SHA256_SIZE) == 0 && strcmp(plan.why, again.why) == 0);
        check_addons(&in);
        if (plan.result == PLAN_START)
                check_start(&in);
        else
                MUST(plan.why[0] != '\0' && plan.blame != PLAN_BLAME_NONE);
        return 0;
}
