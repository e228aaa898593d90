/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables, read and written over firmware that does not always do what it says. */
#include "inside.h"

#include "vars.h"

#define NAME    "Test"
#define WIDE    L"Test"
#define PASSING 6u
#define LASTING 7u

/* A machine that came up, with that variable (n 0: without it) and no call counted. */
static struct machine *with(const char *bytes, size_t n, UINT32 attributes) {
        struct machine *m = machine_new();

        machine_start(m);
        if (n > 0)
                machine_set(m, NAME, &ukiload_vendor, attributes, bytes, n);
        memset(m->calls, 0, sizeof(m->calls));
        m->in->watching = false;
        return m;
}

static void holds(struct machine *m, const char *bytes, UINT32 attributes) {
        struct span value;
        UINT32 has;

        assert_true(machine_get(m, NAME, &ukiload_vendor, &value, &has));
        assert_int_equal(value.n, strlen(bytes));
        assert_memory_equal(value.p, bytes, value.n);
        assert_int_equal(has, attributes);
}

/* Nothing is kept of what could not be read. */
static void not_read(struct machine *m, EFI_STATUS status) {
        size_t blocks = m->in->n_blocks;
        struct var v = { .attributes = 99 };

        assert_int_equal(vars_get(WIDE, &ukiload_vendor, &v), status);
        assert_int_equal(v.attributes, 99);
        assert_null(v.data.p);
        assert_int_equal(m->in->n_blocks, blocks);
        machine_free(m);
}

static void a_variable_is_read_whole_or_its_error_is_told(void **state) {
        static char large[65537];
        struct machine *m = with("ab", 2, PASSING);
        struct var v;

        (void) state;
        assert_int_equal(vars_get(WIDE, &ukiload_vendor, &v), EFI_SUCCESS);
        assert_int_equal(v.data.n, 2);
        assert_memory_equal(v.data.p, "ab", 2);
        assert_int_equal(v.attributes, PASSING);
        vars_free(&v);
        assert_null(v.data.p);
        machine_free(m);
        m = with(large, sizeof(large) - 1, PASSING);
        assert_int_equal(vars_get(WIDE, &ukiload_vendor, &v), EFI_SUCCESS);
        vars_free(&v);
        machine_free(m);
        not_read(with(large, sizeof(large), PASSING), EFI_BUFFER_TOO_SMALL);
        not_read(with(NULL, 0, 0), EFI_NOT_FOUND);
        m = with("ab", 2, PASSING);
        machine_fault(m, CALL_GET_VARIABLE, 1, 1, EFI_SUCCESS); /* of no bytes: nothing can have been read */
        not_read(m, EFI_DEVICE_ERROR);
        m = with("ab", 2, PASSING);
        machine_fault(m, CALL_GET_VARIABLE, 2, 2, EFI_SECURITY_VIOLATION);
        not_read(m, EFI_SECURITY_VIOLATION);
        m = with("ab", 2, PASSING);
        machine_fault(m, CALL_ALLOCATE_POOL, 1, 1, EFI_OUT_OF_RESOURCES);
        not_read(m, EFI_OUT_OF_RESOURCES);
}

static void what_cannot_be_asked_for_is_there(void **state) {
        struct machine *m = with("ab", 2, PASSING);

        (void) state;
        assert_true(vars_exists(WIDE, &ukiload_vendor));
        assert_false(vars_exists(WIDE, &loader_vendor));
        machine_fault(m, CALL_GET_VARIABLE, 1, ALWAYS, EFI_DEVICE_ERROR);
        assert_true(vars_exists(WIDE, &loader_vendor));
        machine_free(m);
}

static void deletes(struct machine *m, EFI_STATUS status) {
        assert_int_equal(vars_delete(WIDE, &ukiload_vendor), status);
        machine_free(m);
}

static void deleted_is_what_is_gone(void **state) {
        struct machine *m = with("ab", 2, LASTING);

        (void) state;
        assert_int_equal(vars_delete(WIDE, &ukiload_vendor), EFI_SUCCESS);
        assert_false(machine_get(m, NAME, &ukiload_vendor, &(struct span) { 0 }, NULL));
        deletes(m, EFI_SUCCESS); /* there is none now */
        m = with("ab", 2, LASTING);
        machine_lie(m, CALL_SET_VARIABLE, NULL, 1, 1, LIE_NOTHING);
        deletes(m, EFI_WRITE_PROTECTED);
        m = with("ab", 2, LASTING);
        machine_fault(m, CALL_SET_VARIABLE, 1, 1, EFI_SECURITY_VIOLATION);
        deletes(m, EFI_SECURITY_VIOLATION);
}

/* Sets it to "ab", volatile, by so many calls of SetVariable. */
static void sets(struct machine *m, unsigned calls, EFI_STATUS status) {
        assert_int_equal(vars_set(WIDE, &ukiload_vendor, PASSING, span_of("ab")), status);
        assert_int_equal(m->calls[CALL_SET_VARIABLE], calls);
        if (status == EFI_SUCCESS)
                holds(m, "ab", PASSING);
        machine_free(m);
}

static void a_variable_is_written_only_where_it_is_another(void **state) {
        (void) state;
        sets(with("ab", 2, PASSING), 0, EFI_SUCCESS);
        sets(with(NULL, 0, 0), 1, EFI_SUCCESS);
        sets(with("ac", 2, PASSING), 1, EFI_SUCCESS);
        sets(with("abc", 3, PASSING), 1, EFI_SUCCESS);
        sets(with("ab", 2, LASTING), 2, EFI_SUCCESS); /* other attributes: it has to go first */
        sets(with("x", 1, LASTING), 2, EFI_SUCCESS);
}

static void written_is_what_can_be_read_again(void **state) {
        struct machine *m = with("ab", 2, LASTING);

        (void) state;
        machine_lie(m, CALL_SET_VARIABLE, NULL, 1, 1, LIE_NOTHING); /* the delete */
        sets(m, 1, EFI_WRITE_PROTECTED);
        m = with(NULL, 0, 0);
        machine_fault(m, CALL_SET_VARIABLE, 1, 1, EFI_OUT_OF_RESOURCES);
        sets(m, 1, EFI_OUT_OF_RESOURCES);
        m = with(NULL, 0, 0);
        machine_lie(m, CALL_SET_VARIABLE, NULL, 1, 1, LIE_NOTHING);
        sets(m, 1, EFI_DEVICE_ERROR);
        m = with("ab", 2, PASSING);
        machine_lie(m, CALL_GET_VARIABLE, NULL, 1, ALWAYS, LIE_FLIP);
        sets(m, 1, EFI_DEVICE_ERROR);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_variable_is_read_whole_or_its_error_is_told),
                T(what_cannot_be_asked_for_is_there),
                T(deleted_is_what_is_gone),
                T(a_variable_is_written_only_where_it_is_another),
                T(written_is_what_can_be_read_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
