/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "plan_inside.h"
#include "stubrole.h"

struct text *plan_refuse(struct plan_work *w, enum plan_result result, enum plan_blame blame) {
        if (w->ret->result != PLAN_START)
                return &w->dropped;
        w->ret->result = result;
        w->ret->blame = blame;
        return &w->sentence;
}

struct span plan_extra(const struct plan_work *w) {
        const struct uki *uki = &w->ret->uki;

        if (!stub_has(uki, STUB_SMBIOS))
                return (struct span) { NULL, 0 };
        return w->in->smbios_extra;
}

static void work_begin(struct plan_work *w, const struct plan_input *in, struct plan_scratch *scratch, struct plan *ret) {
        memset(ret, 0, sizeof(*ret));
        ret->result = PLAN_START;
        ret->blame = PLAN_BLAME_NONE;
        ret->handoff = PLAN_HANDOFF_STUB;
        w->in = in;
        w->scratch = scratch;
        w->ret = ret;
        w->uki_policy = NULL;
        w->overlay_ok = true;
        w->overlay_why[0] = '\0';
        w->sentence = TEXT_IN(ret->why);
        w->dropped = TEXT_IN(w->dropped_buf);
        if (in->request && in->request->has_profile)
                ret->profile = in->request->profile;
        for (size_t i = 0; i < in->n_addons; i++) {
                struct text why = TEXT_IN(in->addons[i].why);

                in->addons[i].verdict = PLAN_REFUSED;
                memset(&in->addons[i].addon, 0, sizeof(in->addons[i].addon));
                text_str(&why, "it was not looked at, because the image itself is refused");
        }
}

/* Before anything is parsed: a request that pins another file should hear just that. */
static void check_pinned_image(struct plan_work *w) {
        const struct request *req = w->in->request;

        if (!req || !req->has_sha256 || memcmp(req->sha256, w->in->sha256, SHA256_SIZE) == 0)
                return;
        struct text *why = plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_REQUEST);
        text_cat(why, w->in->uki_path, " has the digest ", NULL);
        text_hex(why, (struct span) { w->in->sha256, SHA256_SIZE });
        text_str(why, ", but the request says ukiload.sha256=");
        text_hex(why, (struct span) { req->sha256, SHA256_SIZE });
        text_str(why, ": the file changed after the request was made; make it again");
}

static bool open_image(struct plan_work *w) {
        struct plan *ret = w->ret;
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!uki_open(w->in->pe, ret->profile, &ret->uki, &clause)) {
                text_cat(plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT), w->in->uki_path, " ", buf, NULL);
                return false;
        }
        ret->uki_ok = true;
        plan_keep_names(ret);
        ret->stub_untested = stub_has(&ret->uki, STUB_TESTED + 1);
        if (!arch_fits(ret->uki.machine, w->in->machine, &clause)) {
                text_cat(plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT), w->in->uki_path, " ", buf, NULL);
                return false;
        }
        if (!uki_kernel_open(ret->uki.section[UKI_LINUX], ret->uki.machine, &w->scratch->pe, &ret->kernel, &clause)) {
                text_cat(plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT), w->in->uki_path, " ", buf, NULL);
                return false;
        }
        if (ret->uki.stub == UKI_STUB_SYSTEMD && !ret->kernel.efi_entry && !ret->kernel.handover) {
                text_cat(
                        plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT), w->in->uki_path,
                        " has a kernel in .linux that its stub cannot start: "
                        "it has neither an EFI entry with an initrd protocol (Linux 5.8 or newer) nor the handover entry of older ones",
                        NULL);
                return false;
        }
        return true;
}

static bool open_policy(struct plan_work *w) {
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!w->ret->uki.has_policy)
                return true;
        if (!policy_parse(w->ret->uki.policy, &w->scratch->uki_policy, &clause)) {
                text_cat(plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_POLICY), w->in->uki_path,
                         ": the policy in it (.ukipol) is not valid: ", buf,
                         "; `ukictl policy lint` shows it, and the image has to be built again", NULL);
                return false;
        }
        w->uki_policy = &w->scratch->uki_policy;
        return true;
}

static void take_directives(struct plan_work *w) {
        const struct policy *own = w->in->policy, *uki = w->uki_policy;
        bool own_off = own && own->requests_off, uki_off = uki && uki->requests_off;

        w->ret->measure_policy = own && own->measure;
        w->ret->measure_uki_policy = uki && uki->measure;
        if (w->in->request && (own_off || uki_off))
                text_cat(plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_REQUEST),
                         own_off ? "requests are switched off by `@requests off` in ukiload's policy"
                                 : "requests are switched off by `@requests off` in the policy of ",
                         own_off ? "" : w->in->uki_path, ": only a start without a request is possible", NULL);
}

static bool begin_overlay(struct plan_work *w) {
        struct plan *ret = w->ret;
        struct text line = TEXT_IN(ret->signed_line);
        struct text why = TEXT_IN(w->overlay_why);

        const struct stubline rules = stubline_rules(stubrole_version(&ret->uki), !ret->kernel.efi_entry && ret->kernel.handover);

        if (ret->uki.has[UKI_CMDLINE])
                stubline_section(&rules, ret->uki.section[UKI_CMDLINE], &line);
        if (rules.reads_on && stubline_only_blanks(&rules, ret->uki.section[UKI_CMDLINE])) {
                text_cat(plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT), w->in->uki_path,
                         ": its .cmdline holds nothing but blanks, and " STUBS_READING_ON
                         " then read on behind it, so nobody knows the line; build the image without a .cmdline",
                         NULL);
                return false;
        }
        if (line.cut || line.len > ret->kernel.cmdline_max) {
                struct text *t = plan_refuse(w, PLAN_REFUSE_IMAGE, PLAN_BLAME_FORMAT);

                text_cat(t, w->in->uki_path, ": its .cmdline is longer than the ", NULL);
                text_dec(t, ret->kernel.cmdline_max);
                text_str(t, " bytes that its kernel takes, and the kernel would cut it; build the image with a shorter one");
                return false;
        }
        w->overlay_ok = overlay_begin(&ret->overlay, text_span(&line), w->in->policy, w->uki_policy, &why);
        ret->overlay.stub = rules;
        ret->overlay.no_section = !ret->uki.has[UKI_CMDLINE];
        return true;
}

static void refuse_line(struct plan_work *w, const char *clause) {
        bool added = plan_has_overlay(w);

        text_cat(plan_refuse(w, added ? PLAN_REFUSE : PLAN_REFUSE_IMAGE, added ? PLAN_BLAME_POLICY : PLAN_BLAME_FORMAT),
                 w->in->uki_path, ": ", clause, NULL);
}

static void digest_text(struct sha256 *ctx, const char *s) {
        sha256_update(ctx, span_of(s));
}

static void digest_hex_line(struct sha256 *ctx, const char *key, const uint8_t digest[SHA256_SIZE]) {
        char buf[2 * SHA256_SIZE + 16];
        struct text t = TEXT_IN(buf);

        text_str(&t, key);
        text_hex(&t, (struct span) { digest, SHA256_SIZE });
        text_char(&t, '\n');
        sha256_update(ctx, text_span(&t));
}

static void make_digest(struct plan_work *w, struct span governed_line) {
        struct sha256 ctx;
        uint8_t digest[SHA256_SIZE];
        char buf[32];
        struct text profile = TEXT_IN(buf);

        sha256_init(&ctx);
        digest_text(&ctx, "ukiload-plan 1\n");
        digest_hex_line(&ctx, "uki ", w->in->sha256);
        text_str(&profile, "profile ");
        text_dec(&profile, w->ret->profile);
        text_char(&profile, '\n');
        sha256_update(&ctx, text_span(&profile));
        for (size_t i = 0; i < w->in->n_addons; i++) {
                if (w->in->addons[i].verdict != PLAN_ADMITTED)
                        continue;
                sha256_of(w->in->addons[i].file, digest);
                digest_hex_line(&ctx, "addon ", digest);
        }
        digest_text(&ctx, "line ");
        sha256_update(&ctx, governed_line);
        digest_text(&ctx, "\n");
        sha256_final(&ctx, w->ret->digest);
        w->ret->has_digest = true;
}

/* Whether the request pins the plan, and this one is the last. */
static bool is_pinned(const struct plan_work *w) {
        return !w->in->unsettled && w->in->request && w->in->request->has_plan;
}

/* Twice: the digest is over what ukiload governs, the line shown is what the kernel gets. */
static bool compose(struct plan_work *w) {
        struct plan *ret = w->ret;
        struct text line = TEXT_IN(ret->line);
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!overlay_compose(&ret->overlay, (struct span) { NULL, 0 }, ret->kernel.cmdline_max, &line, &clause)) {
                refuse_line(w, buf);
                return false;
        }
        if (!w->in->only_pinned || is_pinned(w))
                make_digest(w, text_span(&line));
        ret->line_len = line.len;
        if (plan_extra(w).n == 0)
                return true;
        line = TEXT_IN(ret->line);
        if (!overlay_compose(&ret->overlay, plan_extra(w), ret->kernel.cmdline_max, &line, &clause)) {
                refuse_line(w, buf);
                return false;
        }
        ret->stub_words = line.len > ret->line_len;
        ret->line_len = line.len;
        return true;
}

static void check_requirements(struct plan_work *w) {
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!overlay_requirements(&w->ret->overlay, &clause))
                text_cat(plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_POLICY), w->in->uki_path, ": ", buf, NULL);
}

static void check_pinned_plan(struct plan_work *w) {
        const struct request *req = w->in->request;

        if (!is_pinned(w) || memcmp(req->plan, w->ret->digest, SHA256_SIZE) == 0)
                return;
        struct text *why = plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_REQUEST);
        text_cat(why, w->in->uki_path, ": the plan now has the digest ", NULL);
        text_hex(why, (struct span) { w->ret->digest, SHA256_SIZE });
        text_str(why, ", but the request says ukiload.plan=");
        text_hex(why, (struct span) { req->plan, SHA256_SIZE });
        text_str(why, ": the image, an addon or a policy changed since; make the request again");
}

void plan_make(const struct plan_input *in, struct plan_scratch *scratch, struct plan *ret) {
        struct plan_work w;

        work_begin(&w, in, scratch, ret);
        check_pinned_image(&w);
        if (!open_image(&w) || !open_policy(&w))
                return;
        take_directives(&w);
        if (!begin_overlay(&w))
                return;
        plan_judge_addons(&w);
        plan_judge_words(&w);
        plan_choose_handoff(&w);
        if (!compose(&w))
                return;
        plan_note_console(ret);
        check_requirements(&w);
        check_pinned_plan(&w);
}
