/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict about an addon is the same for the file and for the image that firmware has loaded, and what fits holds only what
 * an addon may hold, each once. What fits is then loaded by both loaders at several addresses: it must be the same addon each
 * time. */
#include "addon.h"
#include "pe_write.h"
#include "twice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pe file, image, uki_pe;
static struct uki uki;

static void make_uki(void) {
        static uint8_t bytes[8192];
        const struct pe_write_section sections[] = {
                { .name = ".linux", .data = { (const uint8_t *) "kernel", 6 } },
                { .name = ".uname", .data = { (const uint8_t *) "6.1", 3 } },
        };
        char buf[384];
        struct text why = TEXT_IN(buf);
        size_t n;

        MUST(pe_write(PE_MACHINE_X86_64, sections, 2, bytes, sizeof(bytes), &n));
        MUST(pe_open_file((struct span) { bytes, n }, &uki_pe, &why) && uki_open(&uki_pe, 0, &uki, &why));
}

static bool may_be_there(const char *name) {
        static const char names[][9] = {
                ".cmdline", ".uname", ".sbat",  ".osrel",  ".sdmagic", ".text",
                ".rodata",  ".data",  ".reloc", ".initrd", ".ucode",   ".dtb",
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

static void check_addon(const struct addon *a) {
        MUST(a->cmdline.n + a->initrd.n + a->ucode.n + a->dtb.n > 0 && a->cmdline.n <= ADDON_CMDLINE_MAX);
        MUST(a->cmdline.n == 0 || (a->cmdline.p[0] != ' ' && a->cmdline.p[a->cmdline.n - 1] != ' '));
        MUST(span_eq(a->uname, span_trim_nul(a->uname)));
        for (size_t i = 0; i < file.n_sections; i++)
                MUST(may_be_there(file.sections[i].name) && pe_count(&file, file.sections[i].name) == 1);
}

static void compare(const struct uki *of) {
        struct addon a, b;
        char buf[384], said[384];
        struct text why = TEXT_IN(buf), memory_why = TEXT_IN(said);
        enum addon_verdict verdict = addon_open(&file, of, &a, &why);
        enum addon_verdict loaded = addon_open(&image, of, &b, &memory_why);

        MUST((verdict == ADDON_FITS) == (why.len == 0) && !why.cut);
        if (verdict == ADDON_FITS) {
                check_addon(&a);
                MUST(!of || (file.machine == of->machine && (!a.has_uname || span_eq_str(a.uname, "6.1"))));
        }
        /* code that is zeros in memory only may be empty in the file: then the two are not the same, and the plan refuses */
        if (verdict == loaded && verdict == ADDON_FITS)
                MUST(span_eq(a.cmdline, b.cmdline) && span_eq(a.uname, b.uname) && a.has_uname == b.has_uname);
        if (verdict == ADDON_NOT_FOR_IMAGE)
                MUST(of && loaded == ADDON_NOT_FOR_IMAGE);
}

static void is_that_addon(const struct pe *loaded, void *arg) {
        struct addon again;
        char buf[384];
        struct text why = TEXT_IN(buf);

        MUST(addon_open(loaded, NULL, &again, &why) == ADDON_FITS && addon_same(arg, &again));
}

static void load_twice(void) {
        static const char judged[][9] = { ".cmdline", ".uname", ".initrd", ".ucode", ".dtb" };
        struct addon a;
        char buf[384];
        struct text why = TEXT_IN(buf);

        if (addon_open(&file, NULL, &a, &why) == ADDON_FITS)
                twice_load(&file, judged, sizeof(judged) / sizeof(judged[0]), is_that_addon, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span memory;

        if (uki.machine == 0)
                make_uki();
        if (open_views((struct span) { data, size }, &file, &image, &memory)) {
                compare(NULL);
                compare(&uki);
                load_twice();
        }
        close_views(memory);
        return 0;
}
