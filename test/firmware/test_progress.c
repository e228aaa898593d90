/* SPDX-License-Identifier: BSD-2-Clause */
/* Slow media: how a file is asked for, and what the screen says meanwhile. */
#include "inside.h"

#include "volume.h"

#define FILE_A "\\a.txt"
#define MB     1000000u

static struct volume v;
static struct volume_file file;

/* A machine with a file of that many bytes on a disk of that speed; its screen is clean, and no call is counted. */
static struct machine *disk_of(size_t bytes, unsigned kib_per_s) {
        struct machine *m = machine_new();
        uint8_t *content = malloc(bytes);

        assert_non_null(content);
        memset(content, 'x', bytes);
        machine_file(m, ESP, FILE_A, (struct span) { content, bytes });
        free(content);
        machine_start(m);
        m->in->watching = false;
        m->kib_per_s = kib_per_s;
        assert_true(volume_open(m->in->volumes[ESP].handle, &v));
        memset(m->calls, 0, sizeof(m->calls));
        m->screen[0] = 0;
        return m;
}

/* Nothing is left over of a read, whatever became of it. */
static void over(struct machine *m) {
        volume_file_free(&file);
        volume_close(&v);
        assert_int_equal(m->in->n_files, 0);
        assert_int_equal(m->in->n_blocks, 0);
        assert_false(m->in->timer_there);
        assert_string_equal(m->misuse, "");
        machine_free(m);
}

static bool read_it(size_t bytes) {
        char buf[200];
        struct text why = TEXT_IN(buf);

        if (!volume_read(&v, FILE_A, 1u << 30, &file, &why))
                return false;
        assert_int_equal(file.bytes.n, bytes);
        for (size_t i = 0; i < bytes; i += 4093)
                assert_int_equal(file.bytes.p[i], 'x');
        assert_int_equal(file.bytes.p[bytes - 1], 'x');
        return true;
}

static void a_fast_disk_is_asked_three_times_and_the_screen_stays_as_it_is(void **state) {
        struct machine *m = disk_of(40 * MB, 2u << 20);

        (void) state;
        assert_true(read_it(40 * MB));
        assert_string_equal(m->screen, "");
        assert_int_equal(m->calls[CALL_READ], 3);
        assert_int_equal(m->calls[CALL_CHECK], 2);
        over(m);
}

static void a_small_file_costs_no_timer(void **state) {
        struct machine *m = disk_of(1u << 20, 100);

        (void) state;
        assert_true(read_it(1u << 20));
        assert_string_equal(m->screen, "");
        assert_int_equal(m->calls[CALL_READ], 1);
        assert_int_equal(m->calls[CALL_CREATE_EVENT] + m->calls[CALL_SET_TIMER] + m->calls[CALL_CHECK], 0);
        over(m);
}

static void a_slow_disk_has_a_line_that_is_written_over_each_second(void **state) {
        struct machine *m = disk_of(8 * MB, 2000);

        (void) state;
        assert_true(read_it(8 * MB));
        assert_string_equal(m->screen, "\r  reading  39 % of 8 MB, 2.0 MB/s       "
                                       "\r  reading  65 % of 8 MB, 2.0 MB/s       "
                                       "\r  reading  91 % of 8 MB, 2.0 MB/s       "
                                       "\r  reading  100 % of 8 MB, 2.0 MB/s      \n");
        over(m);
}

static void what_takes_less_than_a_second_is_not_worth_a_line(void **state) {
        struct machine *m = disk_of(8 * MB, 10000);

        (void) state;
        assert_true(read_it(8 * MB));
        assert_string_equal(m->screen, "");
        over(m);
}

/* No Read takes so long that the line stands still, or the watchdog barks. */
static UINT64 longest, before;

static void time_reads(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call != CALL_READ && call != CALL_CHECK)
                return;
        if (m->in->now - before > longest)
                longest = m->in->now - before;
        before = m->in->now;
}

static void no_read_lasts_much_longer_than_a_second(void **state) {
        static const unsigned speeds[] = { 1000, 2000, 20400, 20600, 100000, 330000, 1000000 };

        (void) state;
        for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
                struct machine *m = disk_of(100 * MB, speeds[i]);

                longest = before = 0;
                m->watch = time_reads;
                m->in->watching = true;
                assert_true(read_it(100 * MB));
                assert_true(longest < 11000000);
                m->in->watching = false;
                over(m);
        }
}

static void a_read_that_fails_leaves_a_whole_line_behind(void **state) {
        struct machine *m = disk_of(8 * MB, 2000);

        (void) state;
        machine_find(m, ESP, FILE_A)->read_status = EFI_DEVICE_ERROR;
        machine_find(m, ESP, FILE_A)->read_good = 4 * MB;
        assert_false(read_it(8 * MB));
        assert_string_equal(m->screen, "\r  reading  39 % of 8 MB, 2.0 MB/s       \n");
        over(m);
}

static void without_a_timer_it_is_read_all_the_same(void **state) {
        static const enum call calls[] = { CALL_CREATE_EVENT, CALL_SET_TIMER };

        (void) state;
        for (unsigned i = 0; i < 4; i++) {
                struct machine *m = disk_of(20 * MB, 2000);

                machine_fault(m, calls[i / 2], 1 + i % 2, ALWAYS, EFI_OUT_OF_RESOURCES);
                assert_true(read_it(20 * MB));
                over(m);
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_fast_disk_is_asked_three_times_and_the_screen_stays_as_it_is),
                T(a_small_file_costs_no_timer),
                T(a_slow_disk_has_a_line_that_is_written_over_each_second),
                T(what_takes_less_than_a_second_is_not_worth_a_line),
                T(no_read_lasts_much_longer_than_a_second),
                T(a_read_that_fails_leaves_a_whole_line_behind),
                T(without_a_timer_it_is_read_all_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
