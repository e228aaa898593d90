/* SPDX-License-Identifier: BSD-2-Clause */
/* Every call of every scenario fails or lies, once and from there on, and each time the oracle must be content. */
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* How a call can go wrong. */
static const struct way {
        enum call call;
        enum lie lie;
        EFI_STATUS status;
        bool hides; /* as a disk may be without the file: then what has to be refused because of it need not be */
} ways[] = {
        { CALL_ALLOCATE_POOL, LIE_NONE, EFI_OUT_OF_RESOURCES, false },
        { CALL_MEMORY_MAP, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_MEMORY_MAP, LIE_ZERO, 0, false },
        { CALL_MEMORY_MAP, LIE_LARGER, 0, false },
        { CALL_MEMORY_MAP, LIE_SMALLER, 0, false },
        { CALL_HANDLE_PROTOCOL, LIE_NONE, EFI_UNSUPPORTED, false },
        { CALL_LOCATE_PROTOCOL, LIE_NONE, EFI_NOT_FOUND, false },
        { CALL_LOCATE_HANDLES, LIE_NONE, EFI_OUT_OF_RESOURCES, false },
        { CALL_LOCATE_PATH, LIE_NONE, EFI_NOT_FOUND, false },
        { CALL_LOCATE_PATH, LIE_FOUND, 0, false },
        { CALL_INSTALL, LIE_NONE, EFI_OUT_OF_RESOURCES, false },
        { CALL_UNINSTALL, LIE_NONE, EFI_ACCESS_DENIED, false },
        { CALL_UNLOAD_IMAGE, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_LOAD_IMAGE, LIE_NONE, EFI_LOAD_ERROR, false },
        { CALL_LOAD_IMAGE, LIE_NONE, EFI_ACCESS_DENIED, false },
        { CALL_LOAD_IMAGE, LIE_HANDLE, EFI_SECURITY_VIOLATION, false },
        { CALL_LOAD_IMAGE, LIE_FLIP, 0, false },
        { CALL_LOAD_IMAGE, LIE_ZERO, 0, false },
        { CALL_START_IMAGE, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_GET_VARIABLE, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_GET_VARIABLE, LIE_LARGER, 0, false },
        { CALL_SET_VARIABLE, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_SET_VARIABLE, LIE_NOTHING, 0, false },
        { CALL_OPEN_VOLUME, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_OPEN, LIE_NONE, EFI_NOT_FOUND, true },
        { CALL_OPEN, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_READ, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_READ, LIE_ZERO, 0, true },
        { CALL_READ, LIE_HALF, 0, false },
        { CALL_READ, LIE_LARGER, 0, false },
        { CALL_READ, LIE_FLIP, 0, true },
        { CALL_READ, LIE_NAME, 0, true },
        { CALL_READ, LIE_FOLDER, 0, true },
        { CALL_WRITE, LIE_NONE, EFI_WRITE_PROTECTED, false },
        { CALL_GET_INFO, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_GET_INFO, LIE_LARGER, 0, false },
        { CALL_GET_INFO, LIE_SMALLER, 0, false },
        { CALL_GET_INFO, LIE_ZERO, 0, false },
        { CALL_GET_INFO, LIE_FOLDER, 0, true },
        { CALL_GET_INFO, LIE_NAME, 0, true },
        { CALL_SET_INFO, LIE_NONE, EFI_WRITE_PROTECTED, false },
        { CALL_SET_POSITION, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_FLUSH, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_READ_BLOCKS, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_READ_BLOCKS, LIE_FLIP, 0, false },
        { CALL_TPM_CAPABILITY, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_TPM_CAPABILITY, LIE_ZERO, 0, false },
        { CALL_TPM_EXTEND, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_TPM_COMMAND, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_TPM_COMMAND, LIE_FLIP, 0, false },
        { CALL_CC_MAP, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_CC_EXTEND, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_RNG, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_TABLE, LIE_NONE, EFI_OUT_OF_RESOURCES, false },
        { CALL_TIME, LIE_NONE, EFI_DEVICE_ERROR, false },
        { CALL_CREATE_EVENT, LIE_NONE, EFI_OUT_OF_RESOURCES, false },
        { CALL_SET_TIMER, LIE_NONE, EFI_INVALID_PARAMETER, false },
        { CALL_WAIT, LIE_NONE, EFI_UNSUPPORTED, false },
        { CALL_CHECK, LIE_NONE, EFI_INVALID_PARAMETER, false },
};
#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

static unsigned starts, faults;

/* One start with one thing that goes wrong; the number of calls of that kind. */
static unsigned one(const struct scenario *s, const struct way *w, unsigned from, unsigned to) {
        struct machine *m = s->make();
        const char *why;
        unsigned calls;

        machine_fault(m, w->call, from, to, w->status)->lie = w->lie;
        m->must_refuse = m->must_refuse && !w->hides;
        machine_start(m);
        starts++;
        why = machine_judge(m);
        calls = m->calls[w->call];
        if (why) {
                faults++;
                printf("# %s: %s, lie %d, status %lx, from %u to %u: %s\n", s->name, call_name(w->call), (int) w->lie,
                       (unsigned long) w->status & 0xff, from, to, why);
        }
        machine_free(m);
        return calls;
}

static void undisturbed(const struct scenario *s) {
        struct machine *m = s->make();
        const char *why;

        machine_start(m);
        why = machine_judge(m);
        if (why)
                fail_msg("undisturbed: %s", why);
        assert_int_equal(m->n_started, s->starts);
        machine_free(m);
}

static void every_call_may_fail_or_lie(void **state) {
        const struct scenario *s = *state;

        faults = starts = 0;
        undisturbed(s);
        for (size_t i = 0; i < N_WAYS; i++) {
                unsigned n = one(s, &ways[i], ALWAYS, 0);

                for (unsigned k = 1; k <= n; k++) {
                        (void) one(s, &ways[i], k, k);
                        (void) one(s, &ways[i], k, ALWAYS);
                }
        }
        printf("# %s: %u starts\n", s->name, starts);
        assert_int_equal(faults, 0);
}

int main(void) {
        struct CMUnitTest tests[SCENARIOS];

        for (unsigned i = 0; i < SCENARIOS; i++)
                tests[i] = (struct CMUnitTest) { scenarios[i].name, every_call_may_fail_or_lie, NULL, NULL,
                                                 (void *) (uintptr_t) &scenarios[i] };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
