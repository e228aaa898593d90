/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_world.h"

static struct world w;

/* Who is untrusted, and who was asked for. */
struct voucher {
        const char *strangers;
        char asked[64];
};

static void vouch(void *arg, struct plan_addon *a) {
        struct voucher *v = arg;
        const char *name = strrchr(a->path, '\\') + 1;
        struct text untrusted = TEXT_IN(a->untrusted);

        assert_int_equal(a->verdict, PLAN_ADMITTED);
        strncat(v->asked, name, 1);
        if (strchr(v->strangers, name[0]))
                text_str(&untrusted, "is a stranger's");
}

static struct voucher settle(const char *strangers) {
        struct voucher v = { .strangers = strangers };

        world_plan(&w); /* builds the image; its plan is forgotten */
        plan_settle(&w.in, &w.scratch, vouch, &v, &w.plan);
        return v;
}

static void begin(const char *policy) {
        world_begin(&w, 257, "root=/dev/vda");
        world_policy(&w, policy);
}

static void each_admitted_one_is_asked_for_once(void **state) {
        struct voucher v;

        (void) state;
        begin("quiet\nloglevel=?");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "forbidden");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\c", "loglevel=3");
        v = settle("");
        assert_string_equal(v.asked, "ac");
        assert_starts(&w, "root=/dev/vda quiet loglevel=3");
}

static void one_that_falls_out_lets_in_what_collided_with_it(void **state) {
        struct voucher v;

        (void) state;
        begin("loglevel=?\nquiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "loglevel=1");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "loglevel=2");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\c", "loglevel=3");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\d", "quiet");
        v = settle("ab");
        assert_string_equal(v.asked, "adbc");
        assert_int_equal(w.addons[0].verdict, PLAN_UNTRUSTED);
        assert_int_equal(w.addons[1].verdict, PLAN_UNTRUSTED);
        assert_string_equal(w.addons[1].why, "is a stranger's");
        assert_starts(&w, "root=/dev/vda loglevel=3 quiet");
}

static void the_digest_is_compared_when_the_set_stays(void **state) {
        char request[128];
        struct text t = TEXT_IN(request);

        (void) state;
        begin("loglevel=?");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "loglevel=1");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "loglevel=2");
        (void) settle("a");
        text_str(&t, "ukiload.plan=");
        text_hex(&t, (struct span) { w.plan.digest, SHA256_SIZE });
        w.addons[0].untrusted[0] = 0;
        world_request(&w, request);
        (void) settle("a"); /* that of the first round is another one */
        assert_starts(&w, "root=/dev/vda loglevel=2");
        w.addons[0].untrusted[0] = 0;
        (void) settle("");
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_REQUEST, "the plan now has the digest");
}

static void what_is_refused_is_asked_for_no_further(void **state) {
        struct voucher v;

        (void) state;
        begin("@on-violation abort\nquiet\nloglevel=?");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "loglevel=3");
        v = settle("a");
        assert_string_equal(v.asked, "ab");
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_TRUST, "is a stranger's");
        begin("quiet");
        world_addon(&w, PLAN_PICKED, "\\EFI\\ukiload\\addons\\a", "forbidden");
        v = settle("");
        assert_string_equal(v.asked, "");
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "forbidden");
        begin("quiet"); /* nor what would have been admitted: each question is a measurement */
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "quiet");
        world_addon(&w, PLAN_PICKED, "\\EFI\\ukiload\\addons\\a", "forbidden");
        v = settle("");
        assert_string_equal(v.asked, "");
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "forbidden");
}

static void without_a_voucher_all_are_trusted(void **state) {
        (void) state;
        begin("quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "quiet");
        world_plan(&w);
        memset(&w.plan, 0xa5, sizeof(w.plan));
        plan_settle(&w.in, &w.scratch, NULL, NULL, &w.plan);
        assert_starts(&w, "root=/dev/vda quiet");
}

/* How addon i is told of where the plan starts or does not. */
static void assert_told(size_t i, const char *verdict, const char *why) {
        const char *clause;

        assert_string_equal(plan_addon_told(&w.addons[i], w.plan.result == PLAN_START, &clause), verdict);
        assert_string_equal(clause, why);
}

/* Where nothing is started what nobody was asked about is not said to be admitted; where no signature is judged at all, and the
 * plan starts, it is the policy's verdict. */
static void one_that_nobody_was_asked_about_is_told_of_as_that(void **state) {
        static const char unasked[] = "the policy admits it, but nothing is started";

        (void) state;
        begin("quiet\nloglevel=?\n@require audit=1");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "forbidden");
        (void) settle("");
        assert_refused(&w, PLAN_REFUSE, PLAN_BLAME_POLICY, "audit=1");
        assert_told(0, "not validated", unasked);
        assert_told(1, "refused", w.addons[1].why);
        /* those that were asked about keep their verdicts, and so on for each plan */
        begin("quiet\nloglevel=?\n@on-violation abort");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\a", "quiet");
        world_addon(&w, PLAN_GLOBAL, "\\loader\\addons\\b", "loglevel=3");
        (void) settle("b");
        assert_told(0, "admitted", "");
        assert_told(1, "untrusted", "is a stranger's");
        w.addons[1].untrusted[0] = 0;
        plan_settle(&w.in, &w.scratch, NULL, NULL, &w.plan);
        assert_told(0, "admitted", "");
        assert_false(w.addons[0].asked);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_admitted_one_is_asked_for_once),
                cmocka_unit_test(one_that_falls_out_lets_in_what_collided_with_it),
                cmocka_unit_test(the_digest_is_compared_when_the_set_stays),
                cmocka_unit_test(what_is_refused_is_asked_for_no_further),
                cmocka_unit_test(without_a_voucher_all_are_trusted),
                cmocka_unit_test(one_that_nobody_was_asked_about_is_told_of_as_that),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
