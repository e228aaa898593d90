/* SPDX-License-Identifier: BSD-2-Clause */
/* Who validates here: what firmware and shim have put up and left in variables. */
#include "inside.h"
#include "scenes.h"

#include "trust.h"

static const struct trust lock = { true, false, TRUST_SHIM_LOCK };

static void is_way(enum shim shim, bool secure_boot, enum trust_way way, const char *clause) {
        struct machine *m = scene_over(shim, secure_boot);
        struct trust t;

        trust_probe(&t);
        assert_int_equal(t.way, way);
        assert_int_equal(t.secure_boot, secure_boot);
        assert_string_equal(trust_clause(&t), clause);
        machine_free(m);
}

static void who_validates_is_who_stands_in_the_way(void **state) {
        (void) state;
        is_way(NO_SHIM, true, TRUST_FIRMWARE, "validated by firmware");
        is_way(SHIM_15, true, TRUST_SHIM_LOCK, "validated by shim");
        is_way(SHIM_16, true, TRUST_SHIM_HOOKED, "validated by shim");
        is_way(SHIM_16_IDLE, true, TRUST_SHIM_LOCK, "validated by shim");
        is_way(NO_SHIM, false, TRUST_FIRMWARE, "not validated: Secure Boot is off");
        is_way(SHIM_15, false, TRUST_FIRMWARE, "not validated: Secure Boot is off");
        is_way(SHIM_16_IDLE, false, TRUST_FIRMWARE, "not validated: Secure Boot is off");
        is_way(SHIM_16, false, TRUST_SHIM_HOOKED, "not validated: Secure Boot is off");
}

/* Only what shim itself obeys or tells: one byte, 1, of the attributes that it has there. */
static void validation_is_off_only_by_a_variable_of_shims_own(void **state) {
        static const struct {
                const char *name;
                UINT32 attributes;
                uint8_t value[2];
                size_t n;
                bool off;
        } variables[] = {
                { "MokSBState", 3, { 1 }, 1, true },     { "MokSBState", 2, { 1 }, 1, true },
                { "MokSBState", 3, { 0 }, 1, false },    { "MokSBState", 3, { 2 }, 1, false },
                { "MokSBState", 3, { 1, 0 }, 2, false }, { "MokSBState", 7, { 1 }, 1, false },
                { "MokSBState", 1, { 1 }, 1, false },    { "MokSBStateRT", 6, { 1 }, 1, true },
                { "MokSBStateRT", 6, { 0 }, 1, false },  { "MokSBStateRT", 6, { 1, 1 }, 2, false },
                { "MokSBStateRT", 7, { 1 }, 1, false },  { "MokSBStateRT", 2, { 1 }, 1, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
                struct machine *m = scene_over(SHIM_15, true);
                struct trust t;

                machine_set(m, variables[i].name, &shim_vendor, variables[i].attributes, variables[i].value, variables[i].n);
                trust_probe(&t);
                assert_int_equal(t.shim_accepts_all, variables[i].off);
                assert_int_equal(m->in->n_blocks, 0);
                machine_free(m);
        }
}

static void retains(const struct trust *t, bool ok, unsigned writes) {
        struct machine *m = the_machine;
        char why[256];
        struct text text = TEXT_IN(why);

        memset(m->calls, 0, sizeof(m->calls));
        assert_int_equal(trust_retain(t, &text), ok);
        assert_int_equal(why[0] == 0, ok);
        assert_int_equal(m->calls[CALL_SET_VARIABLE], writes);
        assert_int_equal(m->in->n_blocks, 0);
}

static void an_older_shim_is_asked_once_to_keep_its_protocol(void **state) {
        struct machine *m = scene_over(SHIM_15, true);

        (void) state;
        retains(&(const struct trust) { true, false, TRUST_FIRMWARE }, true, 0);
        retains(&(const struct trust) { true, false, TRUST_SHIM_HOOKED }, true, 0);
        retains(&lock, true, 1);
        retains(&lock, true, 0);
        machine_unset(m, "ShimRetainProtocol", &shim_vendor);
        machine_fault(m, CALL_SET_VARIABLE, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
        retains(&lock, false, 1);
        machine_free(m);
}

static void an_old_shim_is_known_by_its_list_and_by_what_it_does_not_have(void **state) {
        static const struct {
                enum shim shim;
                bool list, old;
        } rows[] = { { NO_SHIM, false, false },
                     { NO_SHIM, true, true },
                     { SHIM_15, true, true },
                     { SHIM_16, true, false },
                     { SHIM_16, false, false } };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = scene_over(rows[i].shim, true);

                if (rows[i].list)
                        machine_set(m, "MokListRT", &shim_vendor, 6, "x", 1);
                assert_int_equal(trust_old_shim(), rows[i].old);
                machine_free(m);
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(who_validates_is_who_stands_in_the_way),
                T(validation_is_off_only_by_a_variable_of_shims_own),
                T(an_older_shim_is_asked_once_to_keep_its_protocol),
                T(an_old_shim_is_known_by_its_list_and_by_what_it_does_not_have),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
