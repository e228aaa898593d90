/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the two handoffs. The image's own stub does it wherever it can, because it alone knows all that it does. */
#include "plan_inside.h"

static void name_stub(const struct uki *uki, struct text *t) {
        if (uki->stub != UKI_STUB_SYSTEMD)
                text_str(t, "a stub that is not systemd's");
        else if (uki->stub_text[0])
                text_shown(t, span_of(uki->stub_text), 48);
        else {
                text_str(t, "systemd-stub ");
                text_dec(t, uki->stub_version);
        }
}

/* The least systemd-stub that takes this addon. */
static unsigned stub_for_addon(const struct addon *addon) {
        if (addon->initrd.n > 0 || addon->ucode.n > 0)
                return STUB_INITRD_ADDONS;
        return addon->dtb.n > 0 ? STUB_DTB_ADDONS : STUB_ADDONS;
}

static const struct plan_addon *find_addon_beyond_stub(const struct plan_work *w, unsigned *ret_version) {
        for (size_t i = 0; i < w->in->n_addons; i++) {
                const struct plan_addon *a = &w->in->addons[i];
                unsigned version = a->verdict == PLAN_ADMITTED ? stub_for_addon(&a->addon) : 0;

                if (version > 0 && !stub_has(&w->ret->uki, version)) {
                        *ret_version = version;
                        return a;
                }
        }
        return NULL;
}

static void say_stub_lacks(const struct plan_work *w, const char *what, unsigned version, struct text *t) {
        text_str(t, what);
        text_str(t, ", and the image's stub (");
        name_stub(&w->ret->uki, t);
        text_str(t, ") cannot: systemd-stub does from version ");
        text_dec(t, version);
        text_str(t, " on");
}

/* What the stub of this image cannot do, as a clause; what to do about it in remedy. False: it can do all. */
static bool needs_kernel(const struct plan_work *w, struct text *why, struct text *remedy) {
        const struct overlay *o = &w->ret->overlay;
        const struct plan_addon *addon;
        unsigned version = 0;

        if (o->n_words > o->n_signed_words) {
                struct span word = { (const uint8_t *) o->text + o->words[o->n_signed_words].off,
                                     o->words[o->n_signed_words].len };

                text_str(why, "the request's unsigned word ");
                text_quoted(why, word);
                text_str(why, " has to be added, and no stub takes one");
                text_str(remedy, "put it into a signed addon");
        } else if (o->n_words > 0 && o->splits) {
                text_str(why,
                         "the addons' words have to go before the `--` of the image's .cmdline, and no stub puts them there");
                text_str(remedy, "build the image without `--`, or remove the addons");
        } else if ((addon = find_addon_beyond_stub(w, &version))) {
                text_cat(why, addon->path, " has to be applied", NULL);
                say_stub_lacks(w, "", version, why);
                text_str(remedy, "build the image with systemd-stub ");
                text_dec(remedy, version);
                text_str(remedy, " or newer, or remove the addon");
        } else if ((w->ret->profile > 0 || w->ret->uki.n_profiles > 0) && !stub_has(&w->ret->uki, STUB_PROFILES)) {
                say_stub_lacks(w, "the image's profiles have to be told apart", STUB_PROFILES, why);
                text_str(remedy, "build the image with systemd-stub " LIMIT_TEXT(STUB_PROFILES) " or newer");
        } else
                return false;
        return true;
}

/* Where the stub's role cannot be taken without leaving something out. */
static bool beyond_kernel_handoff(const struct plan_work *w, struct text *why) {
        const struct uki *uki = &w->ret->uki;
        enum uki_section lost = uki->has[UKI_DTB]       ? UKI_DTB
                                : uki->has[UKI_DTBAUTO] ? UKI_DTBAUTO
                                : uki->has[UKI_HWIDS]   ? UKI_HWIDS
                                : uki->has[UKI_EFIFW]   ? UKI_EFIFW
                                                        : UKI_SECTION_COUNT;
        const char *section = lost != UKI_SECTION_COUNT ? uki_section_name(lost) : NULL;

        for (size_t i = 0; i < w->in->n_addons && !section; i++)
                if (w->in->addons[i].verdict == PLAN_ADMITTED && w->in->addons[i].addon.dtb.n > 0)
                        section = "a .dtb addon";
        if (section) {
                text_cat(why, "without the stub ", section, " cannot be handled as it would", NULL);
                return true;
        }
        if (!w->ret->kernel.efi_entry)
                text_str(
                        why,
                        "its kernel cannot be started without a stub: it has no EFI entry with an initrd protocol (Linux 5.8 or newer)");
        return !w->ret->kernel.efi_entry;
}

static bool does_more(const struct plan_work *w) {
        return stub_has(&w->ret->uki, STUB_BEYOND);
}

/* For a stub whose deeds are not known here, or not done, only the image's author can say that nothing is lost without it. */
static bool kernel_permitted(const struct plan_work *w) {
        bool known = w->ret->uki.stub == UKI_STUB_SYSTEMD && !does_more(w);

        return known || (w->uki_policy && w->uki_policy->handoff_kernel);
}

static struct text *refuse_handoff(struct plan_work *w, enum plan_blame blame, const char *need) {
        struct text *t = plan_refuse(w, PLAN_REFUSE, blame);

        text_cat(t, w->in->uki_path, ": ", need, NULL);
        return t;
}

#define STUB_BEYOND_TEXT                         \
        "systemd-stub from version " LIMIT_TEXT( \
                STUB_BEYOND) " on gives the system a boot secret and consoles and measures SMBIOS, which ukiload does not"

static void check_kernel(struct plan_work *w, const char *need, const char *remedy) {
        bool asked = w->ret->overlay.n_words > w->ret->overlay.n_signed_words;
        enum plan_blame blame = asked ? PLAN_BLAME_REQUEST : PLAN_BLAME_FORMAT;
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (w->in->request && w->in->request->handoff_stub)
                text_cat(refuse_handoff(w, PLAN_BLAME_REQUEST, need),
                         "; but the request says ukiload.handoff=stub: leave that out, or ", remedy, NULL);
        else if (!kernel_permitted(w))
                text_cat(refuse_handoff(w, blame, need), does_more(w) ? "; " STUB_BEYOND_TEXT : "",
                         "; taking this stub's role needs `@handoff kernel` in the image's own policy; ", remedy, NULL);
        else if (beyond_kernel_handoff(w, &clause))
                text_cat(refuse_handoff(w, blame, need), "; ", buf, "; ", remedy, NULL);
}

void plan_choose_handoff(struct plan_work *w) {
        struct text why = TEXT_IN(w->ret->handoff_why);
        char buf[128];
        struct text remedy = TEXT_IN(buf);

        if (needs_kernel(w, &why, &remedy)) {
                w->ret->handoff = PLAN_HANDOFF_KERNEL;
                check_kernel(w, w->ret->handoff_why, buf);
                return;
        }
        w->ret->handoff = PLAN_HANDOFF_STUB;
        if (w->ret->n_admitted == 0) {
                text_str(&why, "nothing is added, the image starts as it is");
                return;
        }
        text_str(&why, "the image's own stub (");
        name_stub(&w->ret->uki, &why);
        text_str(&why, ") applies the addons");
}

bool plan_loads_kernel(const struct plan *plan, bool shim_loads) {
        return plan->handoff == PLAN_HANDOFF_KERNEL ||
               (plan->uki.stub == UKI_STUB_SYSTEMD && (shim_loads || !stub_has(&plan->uki, STUB_LOADER)));
}
