/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubrole.h"

#include <string.h>

#include "cpio.h"
#include "path.h"
#include "stubs.h"

struct work {
        const struct stubrole_input *in;
        struct stubrole *ret;
        struct text *why;
        bool failed; /* what comes after is left out, and nothing of it is to be used */
};

/* The first reason stays. */
static void fail(struct work *w, const char *clause) {
        if (!w->failed)
                text_str(w->why, clause);
        w->failed = true;
}

unsigned stubrole_version(const struct uki *uki) {
        const bool has_profiles = uki->n_profiles > 0 || uki->profile > 0;

        return stub_has(uki, has_profiles ? STUB_PROFILES : 0) ? uki->stub_version : STUB_MODEL;
}

/* From which version on the stub measures the section. */
static unsigned measured_since(enum uki_section s) {
        switch (s) {
        case UKI_UNAME:
        case UKI_SBAT: return STUB_MEASURES_UNAME;
        case UKI_UCODE: return STUB_UCODE;
        case UKI_PROFILE:
        case UKI_DTBAUTO:
        case UKI_HWIDS: return STUB_PROFILES;
        case UKI_EFIFW: return STUB_EFIFW;
        default: return 0;
        }
}

/* .pcrsig holds signatures over what comes out, so it cannot go in. */
static bool is_measured(unsigned version, const struct uki *uki, enum uki_section s) {
        return s != UKI_PCRSIG && uki->has[s] && uki->section[s].n > 0 && version >= measured_since(s);
}

static void add_event(struct work *w, struct stubrole_event event) {
        const unsigned since = event.tag ? STUB_CC_TAGS : STUB_CC;

        if (w->ret->n_events == STUBROLE_EVENTS_MAX) {
                fail(w, "has more to be measured than there is room for");
                return;
        }
        event.cc = event.cc || w->ret->version >= since;
        w->ret->event[w->ret->n_events++] = event;
}

static void add_piece(struct work *w, struct span piece) {
        if (!initrd_add(&w->ret->initrd, piece))
                fail(w, "has more initrds than there is room for");
}

static void measure_profile(struct work *w) {
        struct text number = TEXT_IN(w->ret->profile_text);
        const unsigned profile = w->in->plan->uki.profile;

        text_dec(&number, profile);
        if (profile > 0)
                add_event(w, (struct stubrole_event) { .pcr = STUBROLE_PCR_PARAMETERS,
                                                       .tag = STUBROLE_TAG_PROFILE,
                                                       .hash_text = true,
                                                       .data = text_span(&number),
                                                       .description = text_span(&number),
                                                       .account = STUBROLE_OF_PARAMETERS });
}

static void measure_sections(struct work *w) {
        const struct uki *uki = &w->in->plan->uki;

        for (unsigned i = 0; i < UKI_SECTION_COUNT; i++) {
                const enum uki_section s = (enum uki_section) i;
                const struct span name = span_of(uki_section_name(s));
                struct stubrole_event event = { .pcr = STUBROLE_PCR_IMAGE,
                                                .data = { name.p, name.n + 1 },
                                                .description = name,
                                                .account = STUBROLE_OF_IMAGE };

                if (!is_measured(w->ret->version, uki, s))
                        continue;
                add_event(w, event);
                event.data = uki->section[s];
                add_event(w, event);
        }
}

/* Words of a command line: the same text is hashed and logged. */
static void measure_words(struct work *w, struct span words, bool cc) {
        if (words.n > 0)
                add_event(w, (struct stubrole_event) { .pcr = STUBROLE_PCR_PARAMETERS,
                                                       .hash_text = true,
                                                       .data = words,
                                                       .description = words,
                                                       .cc = cc,
                                                       .account = STUBROLE_OF_PARAMETERS });
}

/* 254 measures the words of \\loader\\addons and of .extra.d for themselves, later ones together. */
static void measure_signed_words(struct work *w, struct span words) {
        const size_t first = w->in->plan->overlay.first_folder_len;
        const bool as_257 = w->ret->version < STUB_ADDONS;
        struct span rest = words;

        if (first > 0 && first < words.n && span_sub(words, first + 1, words.n - first - 1, &rest))
                words.n = first;
        else
                rest.n = 0;
        measure_words(w, words, as_257);
        measure_words(w, rest, as_257);
}

/* The line that was told, then signed words as 257 measures those of addons, then a request's own as it measures a custom line,
 * then the host's. */
static void measure_command_line(struct work *w) {
        const struct overlay *o = &w->in->plan->overlay;
        const size_t asked_at = o->signed_len > 0 && o->line.len > o->signed_len ? o->signed_len + 1 : o->signed_len;
        const uint8_t *words = (const uint8_t *) o->text;
        const struct uki *uki = &w->in->plan->uki;
        const struct stubline rules = stubline_rules(w->ret->version, false);
        struct text told = TEXT_IN(w->ret->told_text), host = TEXT_IN(w->ret->smbios_text);

        stubline_section(&rules, w->in->told, &told);
        measure_words(w, text_span(&told), true);
        measure_signed_words(w, (struct span) { words, o->signed_len });
        measure_words(w, (struct span) { words + asked_at, o->line.len - asked_at }, true);
        if (stub_has(uki, STUB_SMBIOS)) /* as in the plan's line */
                stubline_smbios(&w->in->plan->overlay.stub, w->in->smbios_extra, &host);
        measure_words(w, text_span(&host), false);
}

static void measure_sidecars(struct work *w) {
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++) {
                struct stubrole_source *source = &w->ret->source[i];

                if (!stubrole_source(w->ret->version, (enum stubrole_sidecar) i, source))
                        continue;
                w->ret->missing[i] = w->in->sidecar[i].n == 0;
                if (!w->ret->missing[i])
                        add_event(w, (struct stubrole_event) { .pcr = source->pcr,
                                                               .data = w->in->sidecar[i],
                                                               .description = span_of(source->description),
                                                               .account = source->account });
        }
}

/* The section of one kind from an addon, and its measurement. */
static void apply_addon(struct work *w, const struct plan_addon *a, uint32_t tag) {
        const struct span blob = tag == STUBROLE_TAG_UCODE ? a->addon.ucode : a->addon.initrd;

        if (a->verdict != PLAN_ADMITTED || blob.n == 0)
                return;
        add_piece(w, blob);
        add_event(w, (struct stubrole_event) { .pcr = STUBROLE_PCR_PARAMETERS,
                                               .tag = tag,
                                               .data = blob,
                                               .description = path_base(span_of(a->path)),
                                               .account = STUBROLE_OF_PARAMETERS });
}

/* Backwards, for the kernel takes the first microcode that it finds. */
static void apply_ucode_addons(struct work *w) {
        for (size_t i = w->in->n_addons; i > 0; i--)
                apply_addon(w, &w->in->addons[i - 1], STUBROLE_TAG_UCODE);
}

static void apply_initrd_addons(struct work *w) {
        for (size_t i = 0; i < w->in->n_addons; i++)
                apply_addon(w, &w->in->addons[i], STUBROLE_TAG_INITRD);
}

/* ---- archives of one section each ---- */

#define N_SINGLES 4u

/* In the order of the initrd. False: there is no such archive. */
static bool single(const struct uki *uki, unsigned i, struct span *ret_content, char ret_name[24]) {
        static const struct {
                enum uki_section section;
                unsigned since;
                char name[24];
        } singles[N_SINGLES] = {
                { UKI_PCRSIG, 0, "tpm2-pcr-signature.json" },
                { UKI_PCRPKEY, 0, "tpm2-pcr-public-key.pem" },
                { UKI_OSREL, STUB_PROFILES, "os-release" },
                { UKI_PROFILE, STUB_PROFILES, "profile" },
        };

        if (!uki->has[singles[i].section] || uki->section[singles[i].section].n == 0 || stubrole_version(uki) < singles[i].since)
                return false;
        *ret_content = uki->section[singles[i].section];
        memcpy(ret_name, singles[i].name, sizeof(singles[i].name));
        return true;
}

bool stubrole_singles_size(const struct uki *uki, size_t *ret) {
        struct span content;
        char name[24];
        size_t sum = 0, size;

        for (unsigned i = 0; i < N_SINGLES; i++) {
                if (!single(uki, i, &content, name))
                        continue;
                if (!cpio_single(NULL, 0, ".extra", name, content, &size) || size > SIZE_MAX - sum)
                        return false;
                sum += size;
        }
        *ret = sum;
        return true;
}

static void add_singles(struct work *w) {
        struct span content;
        char name[24];
        size_t used = 0, size;

        for (unsigned i = 0; i < N_SINGLES; i++) {
                uint8_t *to = w->in->singles ? w->in->singles + used : NULL;

                if (!single(&w->in->plan->uki, i, &content, name))
                        continue;
                if (!to || !cpio_single(to, w->in->singles_cap - used, ".extra", name, content, &size)) {
                        fail(w, "has more for /.extra than there is room for");
                        return;
                }
                used += size;
                add_piece(w, (struct span) { to, size });
        }
}

static void add_sections(struct work *w) {
        const struct uki *uki = &w->in->plan->uki;

        if (w->ret->version >= STUB_UCODE)
                add_piece(w, uki->section[UKI_UCODE]);
        add_piece(w, uki->section[UKI_INITRD]);
}

static void add_sidecars(struct work *w) {
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                if (w->ret->source[i].dir[0])
                        add_piece(w, w->in->sidecar[i]);
}

/* In the order of the stub's code: what is measured before the initrd is put together, then the initrd, in which only addons are
 * measured. */
bool stubrole_make(const struct stubrole_input *in, struct stubrole *ret, struct text *why) {
        struct work w = { .in = in, .ret = ret, .why = why };

        memset(ret, 0, sizeof(*ret));
        ret->version = stubrole_version(&in->plan->uki);
        measure_profile(&w);
        measure_sections(&w);
        measure_command_line(&w);
        measure_sidecars(&w);
        apply_ucode_addons(&w);
        add_sections(&w);
        add_sidecars(&w);
        add_singles(&w);
        apply_initrd_addons(&w);
        return !w.failed;
}
