/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <sys/utsname.h>
#include <string.h>

#include "addon.h"
#include "path.h"
#include "policy.h"
#include "uki.h"
#include "judge/checks.h"
#include "judge/kind.h"

static void check_machine(struct verdict *v, const struct pe *pe) {
        struct utsname u;
        const char *name = arch_name(pe->machine);
        bool same = uname(&u) == 0 && strcmp(u.machine, name) == 0;
        struct text t = check_add(v, "machine", same ? CHECK_OK : CHECK_NOTE, EXIT_OK);

        text_cat(&t, name, same ? "" : ", which is not this machine's: other firmware has to start it", NULL);
}

static void check_subsystem(struct verdict *v, const struct pe *pe) {
        bool ok = pe->subsystem == PE_SUBSYSTEM_EFI_APPLICATION;
        struct text t = check_add(v, "subsystem", ok ? CHECK_OK : CHECK_FAILED, EXIT_FORMAT);

        text_str(&t, ok ? "EFI application" : "not an EFI application (subsystem 10), but ");
        if (!ok)
                text_dec(&t, pe->subsystem);
}

/* Strict firmware refuses what can be both written and executed; other firmware does not care yet. */
static void check_memory(struct verdict *v, const struct pe *pe) {
        const struct pe_section *both = NULL;

        for (size_t i = 0; i < pe->n_sections && !both; i++)
                if ((pe->sections[i].flags & PE_SCN_WRITE) && (pe->sections[i].flags & PE_SCN_EXECUTE))
                        both = &pe->sections[i];
        bool nx = (pe->dll_characteristics & PE_NX_COMPAT) && pe->section_alignment >= 4096;
        struct text t = check_add(v, "sections", both || !nx ? CHECK_NOTE : CHECK_OK, EXIT_OK);
        text_dec(&t, pe->n_sections);
        text_str(&t, ", none overlap");
        if (both)
                text_cat(&t, "; ", both->name, " can be written and executed, and strict NX firmware refuses that", NULL);
        else if (!nx)
                text_str(&t, "; not marked NX_COMPAT with 4 KiB sections, and strict NX firmware refuses that");
}

static void check_policy(struct verdict *v, const struct uki *uki) {
        struct policy *policy = need(sizeof(*policy));
        char buf[256];
        struct text why = TEXT_IN(buf);
        bool ok = policy_parse(uki->policy, policy, &why);
        struct text t = check_add(v, "policy", ok ? CHECK_OK : CHECK_FAILED, EXIT_FORMAT);

        text_cat(&t, ok ? "has one of its own (.ukipol), which narrows ukiload's" : "its .ukipol is not valid: ", ok ? "" : buf,
                 NULL);
        free(policy);
}

static void check_uki(struct verdict *v, const struct pe *pe, struct pe *scratch) {
        struct uki *uki = need(sizeof(*uki));
        struct uki_kernel kernel;
        char buf[256];
        struct text why = TEXT_IN(buf);
        bool ok = uki_open(pe, 0, uki, &why) && uki_kernel_open(uki->section[UKI_LINUX], pe->machine, scratch, &kernel, &why);
        struct text t = check_add(v, "kind", ok ? CHECK_OK : CHECK_FAILED, EXIT_FORMAT);

        text_str(&t, "unified kernel image");
        if (!ok)
                text_cat(&t, " that ukiload refuses: ", buf, NULL);
        else if (uki->stub_text[0]) {
                text_str(&t, ", ");
                text_shown(&t, span_of(uki->stub_text), 64);
        } else
                text_str(&t, " with a stub that is not systemd's");
        if (ok && uki->has_policy)
                check_policy(v, uki);
        free(uki);
}

static void check_addon(struct verdict *v, const struct pe *pe) {
        struct addon addon;
        char buf[256];
        struct text why = TEXT_IN(buf);
        bool ok = addon_open(pe, NULL, &addon, &why) == ADDON_FITS;
        struct text t = check_add(v, "kind", ok ? CHECK_OK : CHECK_FAILED, EXIT_FORMAT);
        text_cat(&t, ok ? "addon" : "addon that ukiload refuses: ", ok ? "" : buf, NULL);
        if (ok && addon.cmdline.n > 0) {
                text_str(&t, " with the words ");
                text_quoted(&t, addon.cmdline);
        }
        if (ok && !path_is_addon(span_of(v->path))) {
                t = check_add(v, "name", CHECK_NOTE, EXIT_OK);
                text_str(&t, "does not end in .addon.efi: neither systemd-stub nor ukiload looks at it");
        }
}

static void check_other(struct verdict *v, const struct pe *pe) {
        const char *other = kind_refusal(kind_of(pe->bytes));
        struct text t = check_add(v, "kind", CHECK_OK, EXIT_OK);

        text_str(&t, other[0] ? "another EFI image, which " : "another EFI image: neither .linux nor .cmdline");
        text_bytes(&t, (struct span) { (const uint8_t *) other, strcspn(other, ",:") });
}

static void check_kind(struct verdict *v, const struct pe *pe, struct pe *scratch) {
        if (uki_is_candidate(pe))
                check_uki(v, pe, scratch);
        else if (path_is_addon(span_of(v->path)) || pe_find(pe, ".cmdline", 0))
                check_addon(v, pe);
        else
                check_other(v, pe);
}

bool check_format(struct verdict *v, struct span file, struct pe *pe) {
        char buf[256];
        struct text why = TEXT_IN(buf);
        struct pe *scratch = need(sizeof(*scratch));
        bool ok = pe_open_file(file, pe, &why);
        struct text t = check_add(v, "format", ok ? CHECK_OK : CHECK_FAILED, EXIT_FORMAT);

        const char *other = ok ? "" : kind_refusal(kind_of(file));
        text_str(&t, ok ? "PE image" : other[0] ? other : buf);
        if (ok) {
                check_machine(v, pe);
                check_subsystem(v, pe);
                check_memory(v, pe);
                check_kind(v, pe, scratch);
        }
        free(scratch);
        return ok;
}
