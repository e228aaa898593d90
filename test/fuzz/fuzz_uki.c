/* SPDX-License-Identifier: BSD-2-Clause */
/* A UKI is the same UKI as a file and as firmware has loaded it; nothing that decides stands twice in a profile; the policy and
 * the stub's mark come from the base. The last byte chooses the profile. Loaded at other addresses, by EDK2's loader and by
 * shim's, it is still the same. */
#include "loaderline.h"
#include "twice.h"
#include "uki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pe file, image, scratch;

static bool in_file(struct span s) {
        return s.n == 0 || (s.p >= file.bytes.p && s.p + s.n <= file.bytes.p + file.bytes.n);
}

/* Where the stub would look, told another way: the last row before each section that is of that name and not hidden by a
 * .profile. */
static const struct pe_section *effective(const char *name, unsigned profile) {
        const struct pe_section *base = NULL, *own = NULL;
        unsigned seen = 0;

        for (size_t i = 0; i < file.n_sections; i++) {
                const struct pe_section *s = &file.sections[i];

                seen += pe_named(s, ".profile");
                if (!pe_named(s, name) || s->vsize == 0)
                        continue;
                if (seen == 0 && !base)
                        base = s;
                if (seen == profile + 1 && !own)
                        own = s;
        }
        return own ? own : base;
}

static void check_uki(const struct uki *uki, unsigned profile) {
        static const char unique[][9] = { ".linux", ".cmdline", ".osrel", ".uname", ".initrd", ".sbat", ".ukipol" };

        MUST(uki->profile == profile && uki->n_profiles == pe_count(&file, ".profile"));
        MUST(profile == 0 || profile < uki->n_profiles);
        MUST(uki->section[UKI_LINUX].n > 0);
        for (enum uki_section s = 0; s < UKI_SECTION_COUNT; s++) {
                const struct pe_section *expected = effective(uki_section_name(s), profile);

                MUST(uki->has[s] == (expected != NULL) && in_file(uki->section[s]));
                MUST(!expected || span_eq(uki->section[s], pe_bytes(&file, expected)));
        }
        for (size_t i = 0; i < sizeof(unique) / sizeof(unique[0]); i++)
                for (const struct pe_section *s = pe_find(&file, unique[i], 0); s;) {
                        const struct pe_section *next = pe_find(&file, unique[i], (size_t) (s - file.sections) + 1);
                        bool divided = false;

                        for (const struct pe_section *t = s; next && t < next; t++)
                                divided |= pe_named(t, ".profile");
                        MUST(!next || divided);
                        s = next;
                }
        MUST(uki->has_policy == (pe_count(&file, ".ukipol") == 1) && (uki->has_policy || uki->policy.n == 0));
        MUST((uki->stub == UKI_STUB_SYSTEMD) == (uki->stub_text[0] != 0));
        MUST(memchr(uki->stub_text, 0, sizeof(uki->stub_text)));
        for (const char *c = uki->stub_text; *c; c++)
                MUST(*c >= 0x20 && *c <= 0x7e);
}

static void check_kernel(const struct uki *uki) {
        struct uki_kernel kernel;
        char buf[384];
        struct text why = TEXT_IN(buf);

        if (uki_kernel_open(uki->section[UKI_LINUX], uki->machine, &scratch, &kernel, &why))
                MUST(kernel.cmdline_max <= 2047 && why.len == 0);
        else
                MUST(why.len > 0);
}

static void is_that_uki(const struct pe *loaded, void *arg) {
        const struct uki *uki = arg;
        struct uki again;
        char buf[384];
        struct text why = TEXT_IN(buf);

        MUST(uki_open(loaded, uki->profile, &again, &why) && uki->stub_version == again.stub_version);
        for (enum uki_section s = 0; s < UKI_SECTION_COUNT; s++)
                MUST(uki->has[s] == again.has[s]);
}

static void load_twice(struct uki *uki) {
        static const char judged[][9] = {
                ".linux",  ".osrel",   ".cmdline", ".initrd",  ".ucode", ".splash", ".dtb",     ".uname",  ".sbat",
                ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".hwids", ".efifw",  ".sdmagic", ".ukipol",
        };

        twice_load(&file, judged, sizeof(judged) / sizeof(judged[0]), is_that_uki, uki);
}

/* systemd-boot reads it from the file, and ukiload what it tells from the image. */
static void same_line_told(void) {
        char of_file[256], of_image[256];
        struct text a = TEXT_IN(of_file), b = TEXT_IN(of_image);
        const struct span info = span_of("systemd-boot 252"), path = span_of("\\EFI\\Linux\\a.efi");
        const bool told = loaderline_make(info, path, &file, &a);

        MUST(told == loaderline_make(info, path, &image, &b) && span_eq(text_span(&a), text_span(&b)));
        MUST(!told || pe_find(&file, ".cmdline", 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const unsigned profile = size > 0 ? data[size - 1] & 3u : 0;
        struct uki uki, loaded;
        struct span memory;
        char buf[384], said[384];
        struct text why = TEXT_IN(buf), memory_why = TEXT_IN(said);

        if (open_views((struct span) { data, size }, &file, &image, &memory)) {
                bool ok = uki_open(&file, profile, &uki, &why);

                MUST(ok == (why.len == 0) && !why.cut);
                /* a .linux that is only zeros in memory is empty in the file: the file's view is the stricter one */
                if (ok) {
                        MUST(uki_open(&image, profile, &loaded, &memory_why));
                        check_uki(&uki, profile);
                        check_kernel(&uki);
                        load_twice(&uki);
                        same_line_told();
                        MUST(uki.stub_version == loaded.stub_version && uki.has_policy == loaded.has_policy);
                        for (enum uki_section s = 0; s < UKI_SECTION_COUNT; s++)
                                MUST(uki.has[s] == loaded.has[s] &&
                                     (s == UKI_SBAT || span_eq(span_trim_nul(uki.section[s]), span_trim_nul(loaded.section[s]))));
                        MUST(span_eq(span_trim_nul(uki.policy), span_trim_nul(loaded.policy)));
                }
        }
        close_views(memory);
        return 0;
}
