/* SPDX-License-Identifier: BSD-2-Clause */
/* Other people's images, as `make deps` unpacks them: every one must open, load and show the digest that its signer signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "pe_load.h"
#include "pe_shim.h"
#include "sha256.h"
#include "uki.h"

static glob_t files;

static int find_files(void **state) {
        static const char *const patterns[] = {
                "%s/trees/*/boot/vmlinuz-*",
                "%s/trees/*/usr/lib/shim/*.efi*",
                "%s/trees/*/usr/lib/systemd/boot/efi/*.efi*",
        };
        const char *cache = getenv("UKILOAD_CACHE"), *home = getenv("HOME");
        char folder[512], pattern[1024];

        (void) state;
        (void) snprintf(folder, sizeof(folder), "%s%s", cache ? cache : home ? home : "", cache ? "" : "/.cache/ukiload");
        for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                (void) snprintf(pattern, sizeof(pattern), patterns[i], folder);
                (void) glob(pattern, i > 0 ? GLOB_APPEND : 0, NULL, &files);
        }
        return 0;
}

static struct span read_file(const char *path) {
        FILE *f = fopen(path, "rb");
        uint8_t *bytes;
        long n;

        assert_non_null(f);
        assert_int_equal(fseek(f, 0, SEEK_END), 0);
        n = ftell(f);
        assert_true(n > 0);
        rewind(f);
        bytes = malloc((size_t) n);
        assert_non_null(bytes);
        assert_int_equal(fread(bytes, 1, (size_t) n, f), n);
        assert_int_equal(fclose(f), 0);
        return (struct span) { bytes, (size_t) n };
}

static void release(struct span s) {
        free((void *) (uintptr_t) s.p);
}

/* What is signed is an ASN.1 structure that ends in the digest as OCTET STRING of 32 bytes. */
static bool table_has_digest(const struct pe *pe) {
        const uint8_t octet_string[] = { 0x04, SHA256_SIZE };
        struct pe_hashed h;
        struct sha256 ctx;
        uint8_t wanted[2 + SHA256_SIZE];

        sha256_init(&ctx);
        pe_hashed_ranges(pe, &h);
        for (size_t i = 0; i < h.n; i++)
                sha256_update(&ctx, h.range[i]);
        memcpy(wanted, octet_string, 2);
        sha256_final(&ctx, wanted + 2);
        return memmem(pe->bytes.p + pe->cert_off, pe->cert_size, wanted, sizeof(wanted)) != NULL;
}

static void assert_same_views(const struct pe *file, const char *path) {
        static struct pe image;
        struct span memory = pe_load(file);
        char buf[384];
        struct text why = TEXT_IN(buf);

        if (!pe_open_image(memory, &image, &why))
                fail_msg("%s, loaded, %s", path, buf);
        for (size_t i = 0; i < file->n_sections; i++) {
                struct span a = pe_bytes(file, &file->sections[i]), b = pe_bytes(&image, &image.sections[i]);

                assert_int_equal(b.n, file->sections[i].vsize);
                assert_true(a.n <= b.n);
                if (a.n > 0)
                        assert_memory_equal(a.p, b.p, a.n);
        }
        release(memory);
}

static void every_image_opens(void **state) {
        static struct pe pe;
        size_t n_signed = 0;

        (void) state;
        if (files.gl_pathc == 0)
                skip();
        for (size_t i = 0; i < files.gl_pathc; i++) {
                struct span file = read_file(files.gl_pathv[i]);
                char buf[384];
                struct text why = TEXT_IN(buf);

                if (!pe_open_file(file, &pe, &why))
                        fail_msg("%s %s", files.gl_pathv[i], buf);
                assert_same_views(&pe, files.gl_pathv[i]);
                if (pe.machine == PE_MACHINE_X86_64 && !pe_shim_loads(&pe, &why))
                        fail_msg("%s %s", files.gl_pathv[i], buf);
                if (pe.cert_size > 0) {
                        n_signed++;
                        if (!table_has_digest(&pe))
                                fail_msg("%s: another digest than the one that was signed", files.gl_pathv[i]);
                }
                release(file);
        }
        assert_true(n_signed > 0);
}

static void every_kernel_starts_from_efi(void **state) {
        static struct pe scratch;
        size_t n = 0;

        (void) state;
        for (size_t i = 0; i < files.gl_pathc; i++) {
                struct uki_kernel kernel;
                struct span file;
                char buf[384];
                struct text why = TEXT_IN(buf);

                if (!strstr(files.gl_pathv[i], "/vmlinuz-"))
                        continue;
                n++;
                file = read_file(files.gl_pathv[i]);
                assert_true(pe_open_file(file, &scratch, &why));
                if (!uki_kernel_open(file, scratch.machine, &scratch, &kernel, &why))
                        fail_msg("%s %s", files.gl_pathv[i], buf);
                assert_true(kernel.efi_entry);
                assert_int_equal(kernel.cmdline_max, 2047);
                release(file);
        }
        if (n == 0)
                skip();
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(every_image_opens), cmocka_unit_test(every_kernel_starts_from_efi) };

        return cmocka_run_group_tests(tests, find_files, NULL);
}
