/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel inside a UKI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pe_image.h"
#include "uki.h"
#include "why.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct image image;
static struct pe pe;

/* A bzImage that is a PE: its setup header lies where pe_write's table and first section lie. */
static void make_kernel(uint16_t machine, uint16_t version, uint32_t cmdline_size) {
        image_make(&image, machine, NULL, 0);
        image_put(&image, 0x202, 0x53726448, 4);
        image_put(&image, 0x206, version, 2);
        image_put(&image, 0x238, cmdline_size, 4);
        image_put(&image, AT_IMAGE_VERSION, 3, 2);
}

static void reads_the_kernel_header(void **state) {
        static const struct {
                uint16_t machine, version;
                uint32_t size, max;
        } rows[] = {
                { PE_MACHINE_X86_64, 0x020f, 2047, 2047 }, { PE_MACHINE_X86_64, 0x020f, 4096, 2047 },
                { PE_MACHINE_X86_64, 0x0206, 255, 255 },   { PE_MACHINE_X86_64, 0x0205, 2047, 255 },
                { PE_MACHINE_X86_64, 0x020f, 0, 0 },       { PE_MACHINE_AARCH64, 0x020f, 255, 2047 },
        };
        struct uki_kernel kernel;

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                make_kernel(rows[i].machine, rows[i].version, rows[i].size);
                assert_true(uki_kernel_open(image_span(&image), rows[i].machine, &pe, &kernel, &why));
                assert_int_equal(kernel.cmdline_max, rows[i].max);
                assert_true(kernel.efi_entry);
        }
        /* of a machine that has no row: what the header says is for x86 */
        make_kernel(PE_MACHINE_X86_64, 0x020f, 255);
        image_put(&image, 0x1fe, 0xaa55, 2);
        image_put(&image, 0x234, 1, 1);
        image_put(&image, 0x236, 8, 2);
        image_put(&image, AT_MACHINE, NO_MACHINE, 2);
        assert_true(uki_kernel_open(image_span(&image), NO_MACHINE, &pe, &kernel, &why));
        assert_int_equal(kernel.cmdline_max, 2047);
        assert_false(kernel.handover);
        /* an EFI zboot image has no such header */
        make_kernel(PE_MACHINE_X86_64, 0x020f, 255);
        image_put(&image, 0x202, 0, 4);
        image_put(&image, AT_IMAGE_VERSION, 0, 2);
        assert_true(uki_kernel_open(image_span(&image), PE_MACHINE_X86_64, &pe, &kernel, &why));
        assert_int_equal(kernel.cmdline_max, 2047);
        assert_false(kernel.efi_entry);
        assert_int_equal(why.len, 0);
}

static void refuses_what_is_no_kernel(void **state) {
        struct uki_kernel kernel;

        (void) state;
        make_kernel(PE_MACHINE_AARCH64, 0x020f, 2047);
        assert_false(uki_kernel_open(image_span(&image), PE_MACHINE_X86_64, &pe, &kernel, &why));
        assert_string_equal(buf, "has a kernel in .linux that EFI cannot start: it is for aarch64");
        text_clear(&why);
        assert_false(uki_kernel_open(span_of("vmlinuz"), PE_MACHINE_X86_64, &pe, &kernel, &why));
        assert_string_equal(buf, "has a kernel in .linux that EFI cannot start: it is not a PE image: it does not begin with MZ");
        text_clear(&why);
        assert_false(uki_kernel_open((struct span) { 0 }, PE_MACHINE_X86_64, &pe, &kernel, &why));
        assert_string_equal(buf, "has a kernel in .linux that EFI cannot start: it is not a PE image: there is no byte in it");
}

/* A signed kernel in what ukify 257.0 makes: VirtualSize is the kernel's SizeOfImage, so that zeros follow its certificate
 * table. */
static void zeros_behind_the_kernel_are_padding(void **state) {
        struct uki_kernel kernel;

        (void) state;
        make_kernel(PE_MACHINE_X86_64, 0x020f, 2047);
        image_sign(&image, 64);
        memset(image.bytes + image.n, 0, 0x4000);
        for (size_t zeros = 0; zeros <= 0x4000; zeros += 0x1000) {
                const struct span loaded = { image.bytes, image.n + zeros };

                assert_true(uki_kernel_open(loaded, PE_MACHINE_X86_64, &pe, &kernel, &why));
        }
        image.bytes[image.n + 0x3fff] = 1;
        assert_false(uki_kernel_open((struct span) { image.bytes, image.n + 0x4000 }, PE_MACHINE_X86_64, &pe, &kernel, &why));
        assert_non_null(strstr(buf, "there is data behind its certificate table"));
}

/* What systemd-stub asks for before it takes the older entry, each alone. */
static void knows_the_older_entry(void **state) {
        static const struct {
                uint16_t machine, boot_flag, version, flags;
                uint32_t magic;
                uint8_t relocatable;
                bool has;
        } rows[] = {
                { PE_MACHINE_X86_64, 0xaa55, 0x020f, 8, 0x53726448, 1, true },
                { PE_MACHINE_AARCH64, 0xaa55, 0x020f, 8, 0x53726448, 1, false },
                { PE_MACHINE_X86_64, 0xaa54, 0x020f, 8, 0x53726448, 1, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020f, 8, 0x53726449, 1, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020f, 8, 0x53726448, 0, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020f, 7, 0x53726448, 1, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020b, 7, 0x53726448, 1, true },
                { PE_MACHINE_X86_64, 0xaa55, 0x020a, 8, 0x53726448, 1, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020b, 7, 0x53726448, 0, false },
                { PE_MACHINE_X86_64, 0xaa55, 0x020c, 7, 0x53726448, 1, false },
        };
        struct uki_kernel kernel;

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                make_kernel(rows[i].machine, rows[i].version, 2047);
                image_put(&image, 0x1fe, rows[i].boot_flag, 2);
                image_put(&image, 0x202, rows[i].magic, 4);
                image_put(&image, 0x234, rows[i].relocatable, 1);
                image_put(&image, 0x236, rows[i].flags, 2);
                assert_true(uki_kernel_open(image_span(&image), rows[i].machine, &pe, &kernel, &why));
                if (kernel.handover != rows[i].has)
                        fail_msg("row %zu", i);
        }
}

/* Image.gz and its like, which GRUB and U-Boot start. */
static void what_is_no_program_is_called_by_its_kind(void **state) {
        static const struct {
                const char *bytes, *kind;
        } rows[] = {
                { "\x1f\x8b\x08", "compressed by gzip" },
                { "\xfd"
                  "7zXZ",
                  "compressed by xz" },
                { "(\xb5/\xfd", "compressed by zstd" },
                { "\x02!L\x18", "compressed by lz4" },
                { "BZh9", "compressed by bzip2" },
                { "]", "compressed by lzma" },
                { "\x89LZO", "compressed by lzo" },
                { "\x7f"
                  "ELF",
                  "an ELF file" },
        };
        struct uki_kernel kernel;
        char said[200];

        (void) state;
        for (size_t i = 0; i < COUNT(rows); i++) {
                struct text sentence = TEXT_IN(said);

                text_cat(&sentence, "has a kernel in .linux that EFI cannot start: it is ", rows[i].kind,
                         ": take bzImage, Image or vmlinuz.efi of that build", NULL);
                text_clear(&why);
                assert_false(uki_kernel_open(span_of(rows[i].bytes), PE_MACHINE_AARCH64, &pe, &kernel, &why));
                assert_string_equal(buf, said);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(reads_the_kernel_header, fresh),
                cmocka_unit_test_setup(refuses_what_is_no_kernel, fresh),
                cmocka_unit_test_setup(what_is_no_program_is_called_by_its_kind, fresh),
                cmocka_unit_test_setup(zeros_behind_the_kernel_are_padding, fresh),
                cmocka_unit_test_setup(knows_the_older_entry, fresh),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
