/* SPDX-License-Identifier: BSD-2-Clause */
#include "path.h"
#include "plan_inside.h"

#define NO_POLICY "this ukiload carries no policy (.ukipol), so nothing may be added: embed one and sign it again"

/* An upper bound, asked before the words are taken: one addon too many is that addon's fault, and must not cost the boot. */
static bool line_has_room(const struct plan_work *w, struct span more, struct text *why) {
        size_t extra = plan_extra(w).n, max = w->ret->kernel.cmdline_max;
        size_t need = w->ret->overlay.signed_line.n + 1 + w->ret->overlay.line.len + w->ret->overlay.held + 1 + more.n;

        if (extra > 0)
                need += 1 + extra;
        /* The separators of empty parts are counted too; who is that close to the limit is over it. */
        if (need <= max)
                return true;
        text_str(why, "with its words the command line would be ");
        text_dec(why, need);
        text_str(why, " bytes, and this image's kernel takes ");
        text_dec(why, max);
        return false;
}

static void name_sections(unsigned sections, struct text *t) {
        if (sections & POLICY_INITRD)
                text_str(t, " .initrd");
        if (sections & POLICY_UCODE)
                text_str(t, " .ucode");
        if (sections & POLICY_DTB)
                text_str(t, " .dtb");
}

static unsigned sections_of(const struct addon *addon) {
        return (addon->initrd.n > 0 ? (unsigned) POLICY_INITRD : 0) | (addon->ucode.n > 0 ? (unsigned) POLICY_UCODE : 0) |
               (addon->dtb.n > 0 ? (unsigned) POLICY_DTB : 0);
}

static bool sections_allowed(const struct plan_work *w, const struct addon *addon, struct text *why) {
        unsigned wanted = sections_of(addon);
        unsigned by_own = wanted & ~w->in->policy->sections;
        unsigned by_uki = w->uki_policy ? wanted & ~w->uki_policy->sections : 0;

        if (by_own == 0 && by_uki == 0)
                return true;
        text_str(why, "holds");
        name_sections(by_own ? by_own : by_uki, why);
        text_str(why, by_own ? ", which is code and not words, and ukiload's policy has no @allow-sections for it"
                             : ", which is code and not words, and the policy in the image has no @allow-sections for it");
        return false;
}

static bool words_allowed(struct plan_work *w, struct span line, bool unauthenticated, struct text *why) {
        if (line.n == 0)
                return true;
        if (!w->overlay_ok) {
                text_str(why, w->overlay_why);
                return false;
        }
        return line_has_room(w, line, why) && overlay_add(&w->ret->overlay, line, unauthenticated, why);
}

/* A text without a word is judged too: it moves its neighbours apart. */
static bool text_allowed(struct plan_work *w, const struct addon *addon, struct text *why) {
        const struct overlay *o = &w->ret->overlay;

        if (!addon->has_cmdline)
                return true;
        if (addon->cmdline.n > 0)
                return words_allowed(w, addon->text, false, why);
        if (!o->stub.reads_on || addon->text.n == 0)
                return overlay_add(&w->ret->overlay, addon->text, false, why);
        text_str(why,
                 "its .cmdline holds nothing but blanks, and " STUBS_READING_ON " may then read on behind it; make it without");
        return false;
}

static enum plan_blame verdict(struct plan_addon *a, enum plan_verdict v, enum plan_blame blame) {
        a->verdict = v;
        return blame;
}

/* Cheapest question first; the words last, because only they leave a trace in the overlay. */
static enum plan_blame judge_addon(struct plan_work *w, struct plan_addon *a) {
        struct pe *pe = &w->scratch->pe;
        struct text why = TEXT_IN(a->why);

        if (a->unread[0] != '\0') {
                text_str(&why, a->unread);
                return verdict(a, PLAN_REFUSED, PLAN_BLAME_REQUEST);
        }
        if (!pe_open_file(a->file, pe, &why))
                return verdict(a, PLAN_REFUSED, PLAN_BLAME_FORMAT);
        switch (addon_open(pe, &w->ret->uki, &a->addon, &why)) {
        case ADDON_NOT_FOR_IMAGE: return verdict(a, PLAN_NOT_FOR_IMAGE, PLAN_BLAME_REQUEST);
        case ADDON_BAD: return verdict(a, PLAN_REFUSED, PLAN_BLAME_FORMAT);
        case ADDON_FITS: break;
        }
        if (a->untrusted[0] != '\0') {
                text_str(&why, a->untrusted);
                return verdict(a, PLAN_UNTRUSTED, PLAN_BLAME_TRUST);
        }
        if (!w->in->policy) {
                text_str(&why, NO_POLICY);
                return verdict(a, PLAN_REFUSED, PLAN_BLAME_POLICY);
        }
        if (!sections_allowed(w, &a->addon, &why) || !text_allowed(w, &a->addon, &why))
                return verdict(a, PLAN_REFUSED, PLAN_BLAME_POLICY);
        text_clear(&why);
        return verdict(a, PLAN_ADMITTED, PLAN_BLAME_NONE);
}

/* What a request names must hold in full; what merely lies there is hidden, unless a policy says abort (ukiload-policy(5)). */
static void follow_verdict(struct plan_work *w, const struct plan_addon *a, enum plan_blame blame) {
        bool own_abort = w->in->policy && w->in->policy->abort_on_violation;
        bool uki_abort = w->uki_policy && w->uki_policy->abort_on_violation;

        if (a->verdict == PLAN_ADMITTED) {
                w->ret->n_admitted++;
                return;
        }
        if (a->origin == PLAN_PICKED) {
                text_cat(plan_refuse(w, PLAN_REFUSE, blame), a->path, ", which the request names, is ",
                         plan_verdict_name(a->verdict), ": ", a->why, NULL);
                return;
        }
        if (a->verdict != PLAN_NOT_FOR_IMAGE && (own_abort || uki_abort))
                text_cat(plan_refuse(w, PLAN_REFUSE, blame == PLAN_BLAME_REQUEST ? PLAN_BLAME_FORMAT : blame), a->path, " is ",
                         plan_verdict_name(a->verdict),
                         own_abort ? ", and ukiload's policy says `@on-violation abort`: "
                                   : ", and the image's policy says `@on-violation abort`: ",
                         a->why, NULL);
}

/* The folder's names end in .addon.efi; the request's do not. */
static bool is_named(const struct plan_addon *a, const char *name) {
        struct span base = path_base(span_of(a->path)), stem;

        return a->origin == PLAN_PICKED && span_ends_nocase(base, ADDON_TAIL) &&
               span_sub(base, 0, base.n - (sizeof(ADDON_TAIL) - 1), &stem) && span_eq_nocase(stem, span_of(name));
}

/* A caller that forgot to look for a picked addon would start the image without it. */
static void check_all_picked(struct plan_work *w) {
        const struct request *req = w->in->request;

        for (size_t i = 0; req && i < req->n_addons; i++) {
                bool found = false;

                for (size_t j = 0; j < w->in->n_addons && !found; j++)
                        found = is_named(&w->in->addons[j], req->addons[i]);
                if (!found)
                        text_cat(plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_REQUEST), "the request names the addon ", req->addons[i],
                                 ", and there is no " DIR_POOL "\\", req->addons[i], ADDON_TAIL, NULL);
        }
}

void plan_judge_addons(struct plan_work *w) {
        for (size_t i = 0; i < w->in->n_addons; i++) {
                if (i > 0 && w->in->addons[i - 1].origin == PLAN_GLOBAL && w->in->addons[i].origin != PLAN_GLOBAL)
                        overlay_next_folder(&w->ret->overlay);
                enum plan_blame blame = judge_addon(w, &w->in->addons[i]);
                follow_verdict(w, &w->in->addons[i], blame);
        }
        check_all_picked(w);
}

void plan_judge_words(struct plan_work *w) {
        const struct request *req = w->in->request;
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!req || req->words.len == 0)
                return;
        struct span words = { (const uint8_t *) req->words_buf, req->words.len };
        if (w->in->confidential)
                text_str(&clause, "this is a confidential VM, where words come from signed files only");
        else if (!w->in->policy)
                text_str(&clause, NO_POLICY);
        else if (words_allowed(w, words, true, &clause))
                return;
        struct text *why = plan_refuse(w, PLAN_REFUSE, PLAN_BLAME_POLICY);
        text_str(why, "the request's words ");
        text_quoted(why, words);
        text_cat(why, " are refused: ", buf, "; put them into a signed addon, or leave them out", NULL);
}
