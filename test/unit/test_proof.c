/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "proof.h"

static struct plan_addon addons[5];
static struct proof proof;
static char buf[512];

static void add(size_t i, enum plan_origin origin, enum plan_verdict verdict, const char *path, const char *bytes) {
        memset(&addons[i], 0, sizeof(addons[i]));
        addons[i].origin = origin;
        addons[i].verdict = verdict;
        strcpy(addons[i].path, path);
        addons[i].file = span_of(bytes);
}

static void plan_of_five(void) {
        add(0, PLAN_GLOBAL, PLAN_ADMITTED, "\\loader\\addons\\a.addon.efi", "A");
        add(1, PLAN_GLOBAL, PLAN_REFUSED, "\\loader\\addons\\b.addon.efi", "B");
        add(2, PLAN_LOCAL, PLAN_ADMITTED, "\\EFI\\Linux\\x.efi.extra.d\\a.addon.efi", "C");
        add(3, PLAN_LOCAL, PLAN_UNTRUSTED, "\\EFI\\Linux\\x.efi.extra.d\\d.addon.efi", "D");
        add(4, PLAN_PICKED, PLAN_ADMITTED, "\\EFI\\ukiload\\addons\\e.addon.efi", "E");
        proof = (struct proof) { .addons = addons, .n = 5 };
}

static bool see(bool global, const char *name, const char *bytes) {
        struct text why = TEXT_IN(buf);

        return proof_seen(&proof, global, span_of(name), span_of(bytes), &why);
}

static bool end(void) {
        struct text why = TEXT_IN(buf);

        return proof_end(&proof, &why);
}

static void what_is_as_planned_is_proven(void **state) {
        (void) state;
        plan_of_five();
        assert_true(see(true, "a.addon.efi", "A"));
        assert_true(see(false, "a.addon.efi", "C"));
        assert_false(end());
        assert_non_null(strstr(buf, "\\EFI\\ukiload\\addons\\e.addon.efi, which the plan admits, would not be found"));
        assert_true(see(false, "~~e.addon.efi", "E"));
        assert_true(end());
        assert_false(see(false, "~~e.addon.efi", "E")); /* once */
        assert_non_null(strstr(buf, "the plan admits nothing there"));
        proof = (struct proof) { .addons = addons, .n = 0 };
        assert_true(end());
}

static const struct {
        bool global;
        const char *name, *bytes, *why;
} wrong_first[] = {
        { false, "a.addon.efi", "A",
          "a.addon.efi would be taken from the image's own folder, and the plan admits \\loader\\addons\\a.addon.efi there" },
        { true, "b.addon.efi", "A", "b.addon.efi would be taken from \\loader\\addons" },
        { true, "~a.addon.efi", "A", "~a.addon.efi would be taken" }, /* only a picked one may have them */
        { true, "A.addon.efi", "A", "A.addon.efi would be taken" },
        { true, "aa.addon.efi", "A", "aa.addon.efi would be taken" },
        { true, "a.addon.efi", "B", "\\loader\\addons\\a.addon.efi would be taken with other bytes" },
        { true, "a.addon.efi", "AA", "with other bytes" },
        { true, "a.addon.efi", "", "with other bytes" },
};

static void each_difference_to_the_plan_is_told(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(wrong_first) / sizeof(wrong_first[0]); i++) {
                plan_of_five();
                assert_false(see(wrong_first[i].global, wrong_first[i].name, wrong_first[i].bytes));
                assert_non_null(strstr(buf, wrong_first[i].why));
        }
        plan_of_five();
        assert_true(see(true, "a.addon.efi", "A"));
        assert_false(see(true, "a.addon.efi", "C"));
        assert_false(see(false, "~e.addon.efi", "E")); /* before its turn */
        assert_false(see(false, "d.addon.efi", "D"));  /* untrusted */
}

static void a_picked_one_is_shown_with_tildes_only(void **state) {
        (void) state;
        plan_of_five();
        proof.at = 4;
        assert_false(see(false, "xe.addon.efi", "E"));
        assert_false(see(false, "~xe.addon.efi", "E"));
        strcpy(addons[4].path, "\\EFI\\ukiload\\addons\\~e.addon.efi");
        assert_false(see(false, "e.addon.efi", "E"));
        assert_true(see(false, "~e.addon.efi", "E"));
}

static struct proof_names names;

static void take(const char *name) {
        proof_take(&names, span_of(name));
}

static void names_are_taken_and_sorted_as_the_stub_does(void **state) {
        static const char *const sorted[] = { "A.addon.efi",  "Z.ADDON.EFI", "a.addon.efi",
                                              "ab.addon.efi", "b.addon.efi", "~b.addon.efi" };
        char longest[PROOF_NAME_BYTES + 1];

        (void) state;
        names.n = 0;
        take("b.addon.efi");
        take("~b.addon.efi");
        take("a.addon.efi");
        take(".a.addon.efi");
        take("a.efi");
        take("\xc3\xa4.addon.efi");
        take("Z.ADDON.EFI");
        take("ab.addon.efi");
        take("A.addon.efi");
        assert_int_equal(names.n, 6);
        for (size_t i = 0; i < 6; i++)
                assert_string_equal(names.name[i], sorted[i]);
        memset(longest, 'x', sizeof(longest));
        memcpy(longest + 245, ".addon.efi", 11);
        take(longest);
        assert_int_equal(names.n, 7);
        assert_string_equal(names.name[5], longest);
        memcpy(longest + 246, ".addon.efi", 11);
        take(longest);
        assert_int_equal(names.n, 7);
}

static void the_first_place_is_the_first(void **state) {
        static struct proof_names two[2];

        (void) state;
        memset(two, 0xff, sizeof(two));
        two[1] = (struct proof_names) { .n = 0 };
        proof_take(&two[1], span_of("b.addon.efi"));
        proof_take(&two[1], span_of("a.addon.efi"));
        assert_int_equal(two[1].n, 2);
        assert_string_equal(two[1].name[0], "a.addon.efi");
        assert_string_equal(two[1].name[1], "b.addon.efi");
}

static void more_names_than_there_is_room_for_are_seen(void **state) {
        (void) state;
        memset(&names, 0, sizeof(names));
        for (size_t i = 0; i < PLAN_ADDONS_MAX; i++) {
                take("a.addon.efi");
                assert_false(names.full);
        }
        take("a.efi");
        assert_false(names.full);
        take("a.addon.efi");
        assert_true(names.full);
        assert_int_equal(names.n, PLAN_ADDONS_MAX);
}

#define UCS2(s) ((struct span) { (const uint8_t *) (s), sizeof(s) })

static void the_options_decode_to_the_plans_line(void **state) {
        static const struct {
                struct span ucs2;
                const char *line;
                bool same;
        } cases[] = {
                { { (const uint8_t *) "", 0 }, "", true },
                { UCS2(u"root=/dev/vda quiet"), "root=/dev/vda quiet", true },
                { UCS2(u"root=/dev/vda quiet"), "root=/dev/vda quie", false },
                { UCS2(u"root=/dev/vda quie"), "root=/dev/vda quiet", false },
                { UCS2(u"a\0b"), "a", true },
                { UCS2(u"a\nb"), "a", true }, /* Linux's EFI stub ends there */
                { UCS2(u"a\nb"), "a\nb", false },
                { UCS2(u"x=\u00e4\u20ac"), "x=\xc3\xa4\xe2\x82\xac", true },
                { UCS2(u"x=\u00e4\u20ac"), "x=\xc3\xa4\xe2\x82\xad", false },
                { UCS2(u"x=\u0161"), "x=a", false },            /* not cut to a byte */
                { { (const uint8_t *) "a\0b", 3 }, "a", true }, /* half a character */
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(proof_options(cases[i].ucs2, span_of(cases[i].line)), cases[i].same);
}

static void a_line_that_ends_too_soon(void **state) {
        static const char *const lines[] = { "", "\xe2", "\xe2\x82" };

        (void) state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct span line = exact(span_of(lines[i]));

                assert_false(proof_options(UCS2(u"\u20ac"), line));
                exact_free(line);
        }
}

static struct plan plan;
static struct initrd list;
static char file_a[] = "ucode-a initrd-a", file_c[] = "ucode-c initrd-c", file_d[] = "refused", base[] = "base",
            other[] = "archive";

static struct span part(const char *file, size_t off, size_t n) {
        return (struct span) { (const uint8_t *) file + off, n };
}

static bool prove(const struct span *pieces, size_t n) {
        struct text why = TEXT_IN(buf);

        list.n = 0;
        for (size_t i = 0; i < n; i++)
                assert_true(initrd_add(&list, pieces[i]));
        return proof_initrd(&list, &plan, addons, 5, &why);
}

static void the_initrd_has_the_plans_pieces(void **state) {
        struct span good[7], bad[8];

        (void) state;
        plan_of_five();
        addons[0].file = span_of(file_a);
        addons[0].addon.ucode = part(file_a, 0, 7);
        addons[0].addon.initrd = part(file_a, 8, 8);
        addons[2].file = span_of(file_c);
        addons[2].addon.ucode = part(file_c, 0, 7);
        addons[2].addon.initrd = part(file_c, 8, 8);
        addons[3].file = span_of(file_d);
        plan.uki.section[UKI_INITRD] = span_of(base);
        good[0] = addons[2].addon.ucode;
        good[1] = addons[0].addon.ucode;
        good[2] = span_of(base);
        good[3] = good[4] = span_of(other);
        good[5] = addons[0].addon.initrd;
        good[6] = addons[2].addon.initrd;
        assert_true(prove(good, 7));
        for (size_t i = 0; i < 7; i++) { /* each of the plan's is missed; what is of neither does not matter */
                memcpy(bad, good, sizeof(good));
                memmove(bad + i, bad + i + 1, (6 - i) * sizeof(bad[0]));
                assert_int_equal(prove(bad, 6), i == 3 || i == 4);
        }
        for (size_t i = 0; i < 6; i++) { /* and so is their order */
                memcpy(bad, good, sizeof(good));
                bad[i] = good[i + 1];
                bad[i + 1] = good[i];
                assert_int_equal(prove(bad, 7), i == 2 || i == 3 || i == 4);
        }
        for (size_t i = 0; i <= 7; i++) { /* and what is of an addon that is not admitted, or comes twice */
                for (size_t k = 0; k < 2; k++) {
                        memcpy(bad, good, i * sizeof(bad[0]));
                        bad[i] = k == 0 ? part(file_d, 2, 3) : addons[0].addon.initrd;
                        memcpy(bad + i + 1, good + i, (7 - i) * sizeof(bad[0]));
                        assert_false(prove(bad, 8));
                }
        }
        assert_non_null(strstr(buf, "the pieces of its initrd"));
}

static void the_initrd_has_pieces_of_the_admitted_only(void **state) {
        struct span pieces[3];

        (void) state;
        plan_of_five();
        plan.uki.section[UKI_INITRD] = (struct span) { NULL, 0 };
        addons[2].file = span_of(file_c);
        addons[2].addon.initrd = part(file_c, 8, 8);
        addons[3].file = span_of(file_d);
        addons[3].addon.ucode = part(file_d, 0, 3); /* not admitted */
        addons[3].addon.initrd = part(file_d, 3, 4);
        pieces[0] = addons[2].addon.initrd;
        assert_true(prove(pieces, 1));
        pieces[0].n--;
        assert_false(prove(pieces, 1));
}

static void one_missing_piece_is_enough(void **state) {
        struct span pieces[2];

        (void) state;
        plan_of_five();
        plan.uki.section[UKI_INITRD] = (struct span) { NULL, 0 };
        addons[0].file = span_of(file_a);
        addons[2].file = span_of(file_c);
        addons[2].addon.ucode = part(file_c, 0, 7);
        pieces[0] = span_of(other);
        assert_false(prove(pieces, 1));
        addons[2].addon.ucode = (struct span) { NULL, 0 };
        addons[0].addon.initrd = part(file_a, 8, 8);
        addons[2].addon.initrd = part(file_c, 8, 8);
        pieces[0] = addons[2].addon.initrd;
        pieces[1] = span_of(other);
        assert_false(prove(pieces, 2));
}

static void the_initrd_is_compared_byte_for_byte(void **state) {
        struct span cut = exact((struct span) { (const uint8_t *) "abc\0d", 5 });

        (void) state;
        list.n = 0;
        assert_true(proof_initrd_bytes(&list, (struct span) { NULL, 0 }));
        assert_false(proof_initrd_bytes(&list, span_of("x")));
        assert_true(initrd_add(&list, span_of("abc")) && initrd_add(&list, span_of("de")));
        assert_true(proof_initrd_bytes(&list, (struct span) { (const uint8_t *) "abc\0de\0\0", 8 }));
        assert_false(proof_initrd_bytes(&list, (struct span) { (const uint8_t *) "abc\0de\0\0\0", 9 }));
        assert_false(proof_initrd_bytes(&list, (struct span) { (const uint8_t *) "abc\0de\0", 7 }));
        assert_false(proof_initrd_bytes(&list, (struct span) { (const uint8_t *) "abc\0dx\0\0", 8 }));
        assert_false(proof_initrd_bytes(&list, (struct span) { (const uint8_t *) "abcde", 5 }));
        assert_false(proof_initrd_bytes(&list, cut));
        exact_free(cut);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_as_planned_is_proven),
                cmocka_unit_test(each_difference_to_the_plan_is_told),
                cmocka_unit_test(names_are_taken_and_sorted_as_the_stub_does),
                cmocka_unit_test(more_names_than_there_is_room_for_are_seen),
                cmocka_unit_test(the_options_decode_to_the_plans_line),
                cmocka_unit_test(the_initrd_has_the_plans_pieces),
                cmocka_unit_test(the_initrd_is_compared_byte_for_byte),
                cmocka_unit_test(a_picked_one_is_shown_with_tildes_only),
                cmocka_unit_test(the_first_place_is_the_first),
                cmocka_unit_test(a_line_that_ends_too_soon),
                cmocka_unit_test(the_initrd_has_pieces_of_the_admitted_only),
                cmocka_unit_test(one_missing_piece_is_enough),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
