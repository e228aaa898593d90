/* SPDX-License-Identifier: BSD-2-Clause */
/* The policies that come with the project: each must parse, and our own lint must have nothing to say. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "overlay.h"

static struct policy pol;
static struct overlay o;
static char bytes[POLICY_SIZE_MAX + 1];

static void load(const char *path) {
        FILE *file = fopen(path, "rb");
        char said[512];
        struct text why = TEXT_IN(said);
        size_t n;

        if (!file)
                fail_msg("%s cannot be opened: run from the top of the tree", path);
        n = fread(bytes, 1, sizeof(bytes), file);
        assert_int_equal(fclose(file), 0);
        if (!policy_parse((struct span) { (uint8_t *) bytes, n }, &pol, &why))
                fail_msg("%s: %s", path, said);
}

static void complain(void *arg, unsigned line, const char *sentence) {
        fail_msg("%s line %u %s", (const char *) arg, line, sentence);
}

static void all_shipped_policies_are_clean(void **state) {
        glob_t found;

        (void) state;
        assert_int_equal(glob("policy/*.policy", 0, NULL, &found), 0);
        assert_int_equal(glob("policy/examples/*.policy", GLOB_APPEND, NULL, &found), 0);
        assert_true(found.gl_pathc >= 5);
        for (size_t i = 0; i < found.gl_pathc; i++) {
                load(found.gl_pathv[i]);
                policy_lint(&pol, complain, found.gl_pathv[i]);
        }
        globfree(&found);
}

static bool admits(const char *line) {
        char said[512];
        struct text why = TEXT_IN(said);

        assert_true(overlay_begin(&o, span_of("root=x"), &pol, NULL, &why));
        return overlay_add(&o, span_of(line), false, &why);
}

static void the_default_policy_allows_what_it_says(void **state) {
        (void) state;
        load("policy/default.policy");
        for (size_t i = 0; i < pol.n_rules; i++)
                assert_int_equal(pol.rules[i].flags & ~(unsigned) POLICY_REPEAT, 0);
        assert_true(admits("quiet debug ignore_loglevel loglevel=7 log_buf_len=1M crashkernel=512M"));
        assert_true(admits("crashkernel=1G,high crashkernel=256M,low"));
        assert_true(
                admits("console=tty0 console=ttyS0 console=ttyS1,115200n8 console=hvc0 console=ttyAMA0 console=ttyAMA1,115200"));
        assert_false(admits("console=ttyAMA0,mmio32,0xfe000000"));
        assert_false(admits("loglevel=7 loglevel=8"));
        assert_false(admits("console=uart8250,io,0x3f8"));
        assert_false(admits("console=ttyS0,mmio32,0xfe000000"));
        assert_false(admits("init=/bin/sh"));
}

/* Each form that the kernel documents (Documentation/admin-guide/kdump/kdump.rst, kernel-parameters.txt). */
static void every_form_of_crashkernel_is_taken(void **state) {
        static const char *const files[] = { "policy/default.policy", "policy/examples/kdump.policy" };
        static const char *const forms[] = {
                "crashkernel=256M",
                "crashkernel=64M@16M",
                "crashkernel=384M-:128M",
                "crashkernel=512M-2G:64M,2G-:128M",
                "crashkernel=512M-2G:64M,2G-:128M@16M",
                "crashkernel=1G,high",
                "crashkernel=1G,high crashkernel=256M,low",
                "crashkernel=0,low crashkernel=512M,high",
                "crashkernel=256M crashkernel=1G,cma",
                "crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M crashkernel=512M,cma",
        };

        (void) state;
        for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
                load(files[f]);
                for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
                        char said[512];
                        struct text why = TEXT_IN(said);

                        /* with and without one in the signed line */
                        assert_true(admits(forms[i]));
                        assert_true(overlay_begin(&o, span_of("crashkernel=64M quiet"), &pol, NULL, &why));
                        assert_true(overlay_add(&o, span_of(forms[i]), false, &why));
                }
        }
}

static void examples_do_what_they_say(void **state) {
        (void) state;
        load("policy/examples/kdump.policy");
        assert_true(admits("crashkernel=1G,high crashkernel=256M,low panic=10"));
        load("policy/examples/serial-console.policy");
        assert_true(admits("console=tty0 console=ttyS1,115200n8"));
        load("policy/examples/debugging.policy");
        assert_true(admits("debug systemd.log_level=debug initcall_debug"));
        assert_false(admits("systemd.unit=rescue.target"));
        load("policy/examples/hardware-quirks.policy");
        assert_true(admits("amdgpu.dcdebugmask=0x10 pci=nomsi"));
        assert_false(admits("pci=disable_acs_redir=pci:0:0"));
        assert_false(admits("usbcore.authorized-default=1"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_shipped_policies_are_clean),
                cmocka_unit_test(the_default_policy_allows_what_it_says),
                cmocka_unit_test(every_form_of_crashkernel_is_taken),
                cmocka_unit_test(examples_do_what_they_say),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
