/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sbat.h"

#define HEADER "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
#define STUB   "systemd-stub,2,The systemd Developers,systemd,257,https://systemd.io/\n"
#define LEVEL  "sbat,1,2024040900\nshim,4\ngrub,4\ngrub.peimage,2\n"

static const struct {
        const char *sbat, *level, *says; /* says NULL: allowed */
} rows[] = {
        { HEADER STUB, LEVEL, NULL },
        { HEADER "shim,4,UEFI shim,shim,1,https://example.com\n", LEVEL, NULL },
        { HEADER "shim,5,UEFI shim,shim,1,https://example.com\n", LEVEL, NULL },
        { HEADER "shim,3,UEFI shim,shim,1,https://example.com\n", LEVEL,
          "is revoked by SBAT: component \"shim\" has generation 3, the least allowed is 4" },
        { HEADER STUB "grub,3,a,b,c,d", LEVEL, "component \"grub\" has generation 3, the least allowed is 4" },
        /* whole names */
        { HEADER "gru,1,a,b,c,d\ngrub.debian,1,a,b,c,d\n", LEVEL, NULL },
        { HEADER "grub.peimage,1,a,b,c,d\n", LEVEL, "\"grub.peimage\"" },
        /* the header line is judged like any other */
        { HEADER, "sbat,2,2030010100\n", "component \"sbat\" has generation 1, the least allowed is 2" },
        /* line ends, order mark, padding */
        { "\xef\xbb\xbf"
          "shim,3,a,b,c,d\r\n\r\n",
          LEVEL, "\"shim\"" },
        { HEADER "\n\nshim,3,a,b,c,d",
          "\xef\xbb\xbf"
          "shim,4\r\n\n",
          "\"shim\"" },
        { "", LEVEL, NULL },
        { HEADER STUB, "", NULL },
        { HEADER STUB "x,1,a,b,c,d,e,f\n", LEVEL, NULL },
        /* what shim does not parse it does not start */
        { "shim\n", LEVEL, "has the malformed .sbat line \"shim\"" },
        { "shim,4\n", LEVEL, "malformed" },
        { "shim,4,a,b,c\n", LEVEL, "malformed" },
        { "shim,4,a,,c,d\n", LEVEL, "malformed" },
        { "shim,,a,b,c,d\n", LEVEL, "malformed" },
        { ",4,a,b,c,d\n", LEVEL, "malformed" },
        { "shim,4x,a,b,c,d\n", LEVEL, "malformed" },
        { "shim,-4,a,b,c,d\n", LEVEL, "malformed" },
        { "shim,4/,a,b,c,d\n", LEVEL, "malformed" },
        { "shim,1000000000,a,b,c,d\n", LEVEL, "malformed" },
        { "shim,999999999,a,b,c,d\n", LEVEL, NULL },
        { "\x7f\x01\xff\xfe", LEVEL, "malformed .sbat line \"\\x7f\\x01\\xff\\xfe\"" },
        { HEADER, "shim\n", "SBAT level has the broken line \"shim\"" },
        { HEADER, "shim,x\n", "SBAT level has the broken line" },
};

static void each_row_is_judged_by_its_level(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char buf[384];
                struct text why = TEXT_IN(buf);
                bool allowed = sbat_allowed(span_of(rows[i].sbat), span_of(rows[i].level), &why);

                if (allowed != (rows[i].says == NULL) || (rows[i].says && !strstr(buf, rows[i].says)))
                        fail_msg("row %zu: %s, \"%s\"", i, allowed ? "allowed" : "refused", buf);
                if (allowed)
                        assert_int_equal(why.len, 0);
        }
}

/* Sections are padded, the variable may end in a NUL: what follows is not text. */
static void ends_at_the_first_nul(void **state) {
        static const uint8_t padded[] = HEADER "\0shim,1,a,b,c,d\n";
        static const uint8_t level[] = "other,1\n\0sbat,9\n";
        char buf[384];
        struct text why = TEXT_IN(buf);

        (void) state;
        assert_true(sbat_allowed((struct span) { padded, sizeof(padded) }, (struct span) { level, sizeof(level) }, &why));
        assert_false(sbat_allowed((struct span) { padded, sizeof(padded) }, span_of("sbat,9\n"), &why));
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(each_row_is_judged_by_its_level),
                                            cmocka_unit_test(ends_at_the_first_nul) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
