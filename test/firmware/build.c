/* SPDX-License-Identifier: BSD-2-Clause */
/* Images for the machine: ukiload's own with its policy, UKIs, addons. */
#include "inside.h"

#define AT_IMAGE_VERSION 0x84 /* in an image of pe_write */

static struct span unsigned_image(struct machine *m, const struct pe_write_section *sections, size_t n) {
        size_t size = pe_write_size(sections, n);
        uint8_t *bytes = keep_memory(m, size + 8);

        if (size == 0 || !pe_write(ARCH_NATIVE, sections, n, bytes, size, &size))
                fail_msg("the test's image cannot be written");
        return (struct span) { bytes, size };
}

struct span machine_image(struct machine *m, const struct pe_write_section *sections, size_t n, enum key key) {
        return machine_sign(m, unsigned_image(m, sections, n), key);
}

void machine_section(struct pe_write_section *sections, size_t *n, const char *name, const char *text) {
        struct pe_write_section *s = &sections[(*n)++];

        assert_true(*n <= UKI_PARTS);
        memset(s, 0, sizeof(*s));
        snprintf(s->name, sizeof(s->name), "%s", name);
        s->data = span_of(text);
}

size_t machine_uki_sections(struct machine *m, unsigned stub, const char *line, struct pe_write_section *ret) {
        struct span kernel = unsigned_image(m, NULL, 0);
        char *mark = keep_memory(m, 80);
        size_t n = 0;

        ((uint8_t *) (uintptr_t) kernel.p)[AT_IMAGE_VERSION] = 1;
        machine_section(ret, &n, ".linux", "");
        ret[0].data = kernel;
        machine_section(ret, &n, ".osrel", "ID=bench\nVERSION_ID=1\nPRETTY_NAME=\"Bench Linux\"\n");
        machine_section(ret, &n, ".uname", "6.1.0-bench");
        machine_section(ret, &n, ".initrd", "initrd-of-the-uki");
        if (line)
                machine_section(ret, &n, ".cmdline", line);
        if (stub > 0) {
                snprintf(mark, 80, "#### LoaderInfo: systemd-stub %u.13 ####", stub);
                machine_section(ret, &n, ".sdmagic", mark);
        }
        return n;
}

struct node *machine_uki(struct machine *m, unsigned volume, const char *path, unsigned stub, const char *line, enum key key) {
        struct pe_write_section sections[UKI_PARTS];
        size_t n = machine_uki_sections(m, stub, line, sections);

        return machine_file(m, volume, path, machine_image(m, sections, n, key));
}

struct node *machine_addon(struct machine *m, unsigned volume, const char *path, const char *words, enum key key) {
        struct pe_write_section sections[UKI_PARTS];
        size_t n = 0;

        machine_section(sections, &n, ".cmdline", words);
        return machine_file(m, volume, path, machine_image(m, sections, n, key));
}
