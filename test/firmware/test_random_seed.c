/* SPDX-License-Identifier: BSD-2-Clause */
/* The random seed: what goes into it, when there is enough, and that nothing is handed out before the file is another. */
#include "inside.h"

#include "random_seed.h"
#include "sha256.h"

#define SEED "\\loader\\random-seed"
#define LONG 100u

static const EFI_GUID table_guid = { 0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b } };

static struct {
        UINT32 size;
        uint8_t bytes[40000];
} earlier;

/* What a machine has to make a seed of; -1: there is none. */
struct sources {
        int table, token, file;
        bool rng;
};

static EFI_STATUS EFIAPI seventh(UINT64 *ret) {
        *ret = 7;
        return EFI_SUCCESS;
}

static uint8_t bytes_of(size_t i) {
        return (uint8_t) ('A' + i % 26);
}

static struct machine *with(struct sources s) {
        struct machine *m = machine_new();
        static uint8_t bytes[40000];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = bytes_of(i);
        m->rng = s.rng;
        machine_start(m);
        m->in->bs.GetNextMonotonicCount = seventh;
        if (s.token >= 0)
                machine_set(m, "LoaderSystemToken", &loader_vendor, 7, bytes, (size_t) s.token);
        if (s.file >= 0)
                machine_file(m, ESP, SEED, (struct span) { bytes, (size_t) s.file });
        if (s.table >= 0) {
                earlier.size = (UINT32) s.table;
                memcpy(earlier.bytes, bytes, sizeof(earlier.bytes));
                m->in->tables[m->in->st.NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE) { table_guid, &earlier };
        }
        memset(m->calls, 0, sizeof(m->calls));
        m->screen[0] = 0;
        return m;
}

static void refresh(struct machine *m, bool secure_boot) {
        struct volume esp;

        assert_true(volume_open(m->in->volumes[ESP].handle, &esp));
        random_seed_refresh(&esp, secure_boot);
        volume_close(&esp);
        assert_int_equal(m->in->n_files, 0);
        assert_int_equal(m->in->n_blocks, 0);
        assert_string_equal(m->misuse, "");
}

/* The seed that was handed to the kernel, not the one that was there; NULL: none. */
static const uint8_t *handed_out(const struct machine *m) {
        const uint8_t *table = NULL;
        UINT32 size;

        for (size_t i = 0; i < m->in->st.NumberOfTableEntries; i++)
                if (memcmp(&m->in->tables[i].VendorGuid, &table_guid, sizeof(table_guid)) == 0 &&
                    m->in->tables[i].VendorTable != &earlier)
                        table = m->in->tables[i].VendorTable;
        if (!table)
                return NULL;
        memcpy(&size, table, sizeof(size));
        assert_int_equal(size, SHA256_SIZE);
        return table + sizeof(size);
}

static void mix(struct sha256 *hash, const void *bytes, uint64_t n) {
        sha256_update(hash, (struct span) { (const uint8_t *) &n, sizeof(n) });
        sha256_update(hash, (struct span) { bytes, n });
}

/* The same by its description: the two seeds that these sources make. */
static void seeds_of(struct sources s, bool time, uint8_t ret_file[SHA256_SIZE], uint8_t ret_kernel[SHA256_SIZE]) {
        static uint8_t bytes[40000], rng[SHA256_SIZE];
        const uint64_t seven = 7;
        EFI_TIME now;
        struct sha256 hash;
        uint8_t key[SHA256_SIZE + 1];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = bytes_of(i);
        memset(rng, 0x5c, sizeof(rng));
        memset(&now, 0, sizeof(now));
        now.Year = 2026;
        now.Month = 1;
        now.Day = 2;
        sha256_init(&hash);
        sha256_update(&hash, span_of("ukiload random seed 1"));
        mix(&hash, bytes, s.table >= 0 && s.table <= 32768 ? (uint64_t) s.table : 0);
        mix(&hash, rng, s.rng ? sizeof(rng) : 0);
        mix(&hash, bytes, s.token >= 0 ? (uint64_t) s.token : 0);
        mix(&hash, bytes, s.file >= 32 ? (uint64_t) s.file : 0);
        mix(&hash, &seven, sizeof(seven));
        mix(&hash, &now, time ? sizeof(now) : 0);
        sha256_final(&hash, key);
        key[SHA256_SIZE] = 0;
        sha256_of((struct span) { key, sizeof(key) }, ret_file);
        key[SHA256_SIZE] = 1;
        sha256_of((struct span) { key, sizeof(key) }, ret_kernel);
}

/* The file is the one seed, followed by zeros where it was longer, and the kernel has the other. */
static void made(const struct machine *m, struct sources s, bool time) {
        uint8_t file[SHA256_SIZE], kernel[SHA256_SIZE];
        const struct node *node = machine_find(m, ESP, SEED);
        const uint8_t *table = handed_out(m);

        seeds_of(s, time, file, kernel);
        assert_int_equal(m->calls[CALL_WRITE], s.file > 32 ? 2 : 1);
        assert_non_null(node);
        assert_int_equal(node->n, s.file > 32 ? s.file : 32);
        assert_memory_equal(node->bytes, file, sizeof(file));
        for (size_t i = 32; i < node->n; i++)
                assert_int_equal(node->bytes[i], 0);
        assert_non_null(table);
        assert_memory_equal(table, kernel, sizeof(kernel));
}

/* Nothing is handed out; the file is as it was, unless it may have been written before that was seen. */
static void nothing(struct machine *m, int file, bool untouched) {
        const struct node *node = machine_find(m, ESP, SEED);

        assert_null(handed_out(m));
        assert_int_equal(node != NULL, file >= 0);
        for (size_t i = 0; untouched && node && i < node->n; i++)
                assert_int_equal(node->bytes[i], bytes_of(i));
        machine_free(m);
}

static void a_seed_is_made_of_all_that_is_there(void **state) {
        static const struct sources all[] = {
                { -1, -1, 32, true },    { -1, -1, 31, true },    { -1, -1, 33, true },  { -1, -1, 0, true },
                { -1, -1, LONG, true },  { -1, -1, 32768, true }, { -1, 32, 32, true },  { -1, 5, 32, true },
                { 32, -1, 32, false },   { 64, 40, 64, true },    { 31, -1, 32, true },  { 32768, -1, 32, false },
                { 32769, -1, 32, true }, { -1, -1, -1, true },    { 32, -1, -1, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                for (int secure_boot = 0; secure_boot < 2; secure_boot++) {
                        struct machine *m = with(all[i]);

                        refresh(m, secure_boot);
                        made(m, all[i], true);
                        machine_free(m);
                }
}

static void what_is_merely_stored_is_enough_only_without_secure_boot(void **state) {
        static const struct sources stored = { -1, 32, 32, false }, few = { -1, 31, 32, false }, bare = { -1, -1, 32, false },
                                    absent = { -1, 32, -1, false }, short_table = { 31, -1, 32, false },
                                    long_table = { 32769, -1, 32, false };
        const struct sources never[] = { few, bare, absent, short_table, long_table };
        struct machine *m = with(stored);

        (void) state;
        refresh(m, false);
        made(m, stored, true);
        machine_free(m);
        m = with(stored);
        refresh(m, true);
        nothing(m, 32, true);
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
                for (int secure_boot = 0; secure_boot < 2; secure_boot++) {
                        m = with(never[i]);
                        refresh(m, secure_boot);
                        nothing(m, never[i].file, true);
                }
}

/* Bit 6 of LoaderFeatures, which has 64. */
static void what_the_boot_loader_did_is_not_done_again(void **state) {
        static const struct {
                uint8_t first;
                size_t n;
                bool did;
        } features[] = {
                { 0x40, 8, true }, { 0xff, 8, true }, { 0xbf, 8, false }, { 0x40, 4, false }, { 0x40, 9, false },
        };
        static const struct sources s = { -1, -1, 32, true };

        (void) state;
        for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
                const uint8_t value[9] = { features[i].first };
                struct machine *m = with(s);

                machine_set(m, "LoaderFeatures", &loader_vendor, 6, value, features[i].n);
                refresh(m, true);
                if (features[i].did) {
                        nothing(m, 32, true);
                        continue;
                }
                made(m, s, true);
                machine_free(m);
        }
}

static void a_generator_or_a_clock_that_fails_gives_nothing(void **state) {
        static const struct sources s = { -1, -1, 32, true }, table = { 32, -1, 32, true }, table_only = { 32, -1, 32, false };
        struct machine *m = with(s);

        (void) state;
        machine_fault(m, CALL_RNG, 1, 1, EFI_NOT_READY);
        refresh(m, true);
        nothing(m, 32, true);
        m = with(table);
        machine_fault(m, CALL_RNG, 1, 1, EFI_NOT_READY);
        refresh(m, true);
        made(m, table_only, true);
        machine_free(m);
        m = with(s);
        machine_fault(m, CALL_TIME, 1, 1, EFI_DEVICE_ERROR);
        refresh(m, true);
        made(m, s, false);
        machine_free(m);
}

/* Each in turn fails; after what is not written or not known to be, no seed is handed out, for the next boot would have it
 * again. */
static void no_seed_is_handed_out_that_the_file_may_give_again(void **state) {
        static const struct {
                enum call call;
                unsigned nth;
                enum lie lie;
                bool untouched;
        } faults[] = {
                { CALL_ALLOCATE_POOL, 1, LIE_NONE, true }, { CALL_OPEN, 1, LIE_NONE, true },
                { CALL_READ, 1, LIE_NONE, true },          { CALL_SET_POSITION, 1, LIE_NONE, true },
                { CALL_WRITE, 1, LIE_NONE, true },         { CALL_WRITE, 1, LIE_HALF, false },
                { CALL_SET_POSITION, 2, LIE_NONE, false }, { CALL_WRITE, 2, LIE_NONE, false },
                { CALL_WRITE, 2, LIE_HALF, false },        { CALL_FLUSH, 1, LIE_NONE, false },
                { CALL_TABLE, 1, LIE_NONE, false },        { CALL_ALLOCATE_POOL, 2, LIE_NONE, false },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                struct machine *m = with((struct sources) { -1, -1, LONG, true });
                struct fault *f = machine_fault(m, faults[i].call, faults[i].nth, faults[i].nth, EFI_DEVICE_ERROR);

                f->lie = faults[i].lie;
                refresh(m, true);
                assert_true(f->seen >= f->from);
                nothing(m, LONG, faults[i].untouched);
        }
}

static void a_read_that_gives_more_than_was_asked_for_is_none(void **state) {
        struct machine *m = with((struct sources) { -1, -1, 32768, true });

        (void) state;
        machine_lie(m, CALL_READ, "random-seed", 1, 1, LIE_LARGER);
        refresh(m, true);
        nothing(m, 32768, true);
}

/* A file that cannot be opened is not made, nor is one that is opened opened again. */
static void a_file_is_made_only_where_there_is_none(void **state) {
        static const struct {
                int file;
                EFI_STATUS status;
                unsigned opens;
        } cases[] = {
                { 32, EFI_DEVICE_ERROR, 1 },
                { -1, EFI_NOT_FOUND, 2 },
                { 32, EFI_SUCCESS, 1 },
                { -1, EFI_WRITE_PROTECTED, 1 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = with((struct sources) { -1, -1, cases[i].file, true });

                if (cases[i].status == EFI_DEVICE_ERROR || cases[i].status == EFI_WRITE_PROTECTED)
                        machine_fault(m, CALL_OPEN, 1, 1, cases[i].status);
                refresh(m, true);
                assert_int_equal(m->calls[CALL_OPEN], cases[i].opens);
                machine_free(m);
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_seed_is_made_of_all_that_is_there),
                T(what_is_merely_stored_is_enough_only_without_secure_boot),
                T(what_the_boot_loader_did_is_not_done_again),
                T(a_generator_or_a_clock_that_fails_gives_nothing),
                T(no_seed_is_handed_out_that_the_file_may_give_again),
                T(a_read_that_gives_more_than_was_asked_for_is_none),
                T(a_file_is_made_only_where_there_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
