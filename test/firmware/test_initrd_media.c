/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd that is offered to the kernel: asked by everybody who may ask, and proven before the start. */
#include "inside.h"

#include "initrd_media.h"

static const EFI_GUID file_guid = LOAD_FILE2_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static struct initrd of(const char *first, const char *second) {
        struct initrd list = { 0 };

        assert_true(initrd_add(&list, span_of(first)) && initrd_add(&list, span_of(second)));
        return list;
}

/* More than there are addresses. */
static struct initrd endless(void) {
        struct initrd list = of("ab", "cd");

        list.piece[0].n = SIZE_MAX - 3;
        return list;
}

static struct machine *running(void) {
        struct machine *m = machine_new();

        machine_start(m);
        memset(m->calls, 0, sizeof(m->calls));
        m->in->watching = false;
        return m;
}

static struct load_file2 *registered(const struct machine *m) {
        return handle_any(m, &file_guid);
}

static bool proven(const struct initrd *list) {
        char why[128];
        struct text text = TEXT_IN(why);
        const bool ok = initrd_media_proof(list, &text);

        assert_string_equal(why, ok ? "" : "another initrd");
        return ok;
}

/* 10.3.4.3 of UEFI 2.10, LoadFile2: what a caller may do wrong. */
static void the_kernel_gets_the_pieces_if_it_asks_as_it_should(void **state) {
        struct machine *m = running();
        struct initrd list = of("abcde", "fgh");
        struct load_file2 *file;
        char *buffer = malloc(12);
        UINTN size = 0;

        (void) state;
        assert_non_null(buffer);
        assert_int_equal(initrd_media_offer(&list), EFI_SUCCESS);
        assert_true(initrd_media_taken());
        file = registered(m);
        assert_non_null(file);
        assert_int_equal(file->load_file(NULL, NULL, FALSE, &size, NULL), EFI_INVALID_PARAMETER);
        assert_int_equal(file->load_file(file, NULL, FALSE, NULL, buffer), EFI_INVALID_PARAMETER);
        assert_int_equal(file->load_file(file, NULL, TRUE, &size, NULL), EFI_UNSUPPORTED);
        assert_int_equal(size, 0);
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, NULL), EFI_BUFFER_TOO_SMALL);
        assert_int_equal(size, 12);
        size = 99;
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, NULL), EFI_BUFFER_TOO_SMALL);
        assert_int_equal(size, 12);
        size = 11;
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, buffer), EFI_BUFFER_TOO_SMALL);
        assert_int_equal(size, 12);
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, buffer), EFI_SUCCESS);
        assert_memory_equal(buffer, "abcde\0\0\0fgh\0", 12);
        size = 99;
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, buffer), EFI_SUCCESS);
        assert_int_equal(size, 12);
        initrd_media_remove();
        assert_false(initrd_media_taken());
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, buffer), EFI_NOT_FOUND); /* whoever kept it */
        initrd_media_remove();                                                              /* again: there is nothing to do */
        assert_string_equal(m->misuse, "");
        free(buffer);
        machine_free(m);
}

/* As if a kernel's buffer lay over what it asks for. */
static void what_is_not_given_as_it_was_planned_is_an_error(void **state) {
        struct machine *m = running();
        static const uint8_t behind[] = "WXYZ";
        uint8_t buffer[] = "....abcd";
        struct initrd list = { 0 };
        UINTN size = 8;

        (void) state;
        assert_true(initrd_add(&list, (struct span) { buffer + 4, 4 }));
        assert_true(initrd_add(&list, (struct span) { behind, 4 }));
        assert_int_equal(initrd_media_offer(&list), EFI_SUCCESS);
        assert_true(proven(&list));
        assert_int_equal(registered(m)->load_file(registered(m), NULL, FALSE, &size, buffer), EFI_DEVICE_ERROR);
        initrd_media_remove();
        machine_free(m);
}

static void no_pieces_are_no_initrd(void **state) {
        struct machine *m = running();
        const struct initrd none = { 0 };

        (void) state;
        assert_int_equal(initrd_media_offer(&none), EFI_SUCCESS);
        assert_int_equal(m->calls[CALL_INSTALL], 0);
        assert_false(initrd_media_taken());
        assert_true(proven(&none));
        machine_free(m);
}

static void more_than_there_are_addresses_is_not_given(void **state) {
        struct machine *m = running();
        const struct initrd list = endless(), other = of("abc", "");
        struct load_file2 *file;
        UINTN size = 99;

        (void) state;
        assert_int_equal(initrd_media_offer(&list), EFI_SUCCESS);
        file = registered(m);
        assert_int_equal(file->load_file(file, NULL, FALSE, &size, NULL), EFI_NOT_FOUND);
        assert_int_equal(size, 99);
        assert_false(proven(&list));
        assert_false(proven(&other));
        initrd_media_remove();
        assert_int_equal(initrd_media_offer(&other), EFI_SUCCESS);
        assert_false(proven(&list));
        machine_free(m);
}

static void proven_is_the_list_that_is_offered_and_it_takes_no_memory(void **state) {
        const struct initrd list = of("abcde", "fgh"), none = { 0 };
        const struct initrd others[] = { of("abcde", "fgi"), of("abcde", "fghij"), of("abcde", ""), of("abcde", "fg"),
                                         of("abcde\1\1\1fgh\1", "") };
        struct machine *m = running();

        (void) state;
        assert_int_equal(initrd_media_offer(&list), EFI_SUCCESS);
        assert_true(proven(&list));
        assert_false(proven(&none));
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                assert_false(proven(&others[i]));
        machine_fault(m, CALL_ALLOCATE_POOL, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
        assert_true(proven(&list));
        initrd_media_remove();
        assert_false(proven(&list));
        assert_int_equal(m->in->n_blocks, 0);
        machine_free(m);
}

static struct load_file2 *theirs;

static EFI_STATUS EFIAPI pass_on(struct load_file2 *this, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *size, void *buffer) {
        (void) this;
        return theirs->load_file(theirs, path, boot_policy, size, buffer);
}

/* It gives the right bytes when it is asked before the start, and would give others after it. */
static void what_somebody_else_gives_is_never_proven(void **state) {
        static uint8_t path[24];
        static struct load_file2 other = { pass_on };
        struct machine *m = running();
        const struct initrd list = of("abcde", "fgh");
        struct handle *nearer = handle_new(m), *ours;

        (void) state;
        assert_int_equal(initrd_media_offer(&list), EFI_SUCCESS);
        theirs = registered(m);
        ours = m->in->handles[m->in->n_handles - 1];
        memcpy(path, handle_get(m, ours, &path_guid), sizeof(path));
        handle_add(nearer, &path_guid, path);
        handle_add(nearer, &file_guid, &other);
        assert_false(proven(&list));
        handle_remove(m, nearer);
        assert_true(proven(&list));
        theirs->load_file = pass_on;
        assert_false(proven(&list));
        machine_free(m);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(the_kernel_gets_the_pieces_if_it_asks_as_it_should),        T(no_pieces_are_no_initrd),
                T(what_is_not_given_as_it_was_planned_is_an_error),           T(more_than_there_are_addresses_is_not_given),
                T(proven_is_the_list_that_is_offered_and_it_takes_no_memory), T(what_somebody_else_gives_is_never_proven),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
