/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen: what stands where, on consoles of every kind. */
#include "inside.h"

#include "console.h"

static EFI_STATUS answer;
static UINTN columns, asked;

static EFI_STATUS EFIAPI narrow_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode, UINTN *ret_columns, UINTN *rows) {
        (void) this;
        asked = mode;
        *ret_columns = columns;
        *rows = 25;
        return answer;
}

/* A machine that came up and found nothing, with a clean screen of so many columns. */
static struct machine *screen_of(UINTN n, EFI_STATUS status) {
        struct machine *m = machine_new();

        machine_start(m);
        m->in->out.QueryMode = narrow_mode;
        columns = n;
        answer = status;
        asked = 99;
        m->screen[0] = 0;
        return m;
}

static void shows(struct machine *m, const char *screen) {
        assert_string_equal(m->screen, screen);
        m->screen[0] = 0;
}

/* Text that nobody may read beyond its NUL. */
static char *exactly(const char *text) {
        char *copy = strdup(text);

        assert_non_null(copy);
        return copy;
}

static void line(const char *text) {
        char *copy = exactly(text);

        console_line(CONSOLE_PLAIN, copy);
        free(copy);
}

static void a_line_breaks_between_words_or_in_a_word_that_has_no_room(void **state) {
        struct machine *m = screen_of(41, EFI_SUCCESS); /* the last column stays empty: some consoles break there themselves */

        (void) state;
        line("0123456789 0123456789 0123456789 1234567"); /* 40 */
        shows(m, "0123456789 0123456789 0123456789 1234567\n");
        line("0123456789 0123456789 0123456789 1234 67   890");
        shows(m, "0123456789 0123456789 0123456789 1234 67\n890\n");
        line("0123456789 0123456789 0123456789 12345678");
        shows(m, "0123456789 0123456789 0123456789\n12345678\n");
        line("0123456789012345678901234567890123456789012 4");
        shows(m, "0123456789012345678901234567890123456789\n012 4\n");
        line("0123456789012345678901234567890123456789 ");
        shows(m, "0123456789012345678901234567890123456789\n");
        line("");
        shows(m, "\n");
        machine_free(m);
}

static void a_label_stands_in_front_and_what_follows_stands_under_its_text(void **state) {
        struct machine *m = screen_of(41, EFI_SUCCESS);

        (void) state;
        console_info("image", "0123456789 0123456789 0123456789 1234567");
        shows(m, "  image    0123456789 0123456789\n           0123456789 1234567\n");
        console_info("eight888", "a");
        shows(m, "  eight888 a\n");
        console_info("nine99999", "a");
        shows(m, "  nine99999 a\n");
        console_info("empty", "");
        shows(m, "  empty    \n");
        machine_free(m);
}

static void a_console_that_does_not_know_its_width_has_80_columns(void **state) {
        static const struct {
                UINTN columns;
                EFI_STATUS status;
                size_t width;
        } consoles[] = {
                { 240, EFI_SUCCESS, 120 }, { 121, EFI_SUCCESS, 120 }, { 120, EFI_SUCCESS, 119 },     { 40, EFI_SUCCESS, 39 },
                { 39, EFI_SUCCESS, 79 },   { 0, EFI_SUCCESS, 79 },    { 100, EFI_DEVICE_ERROR, 79 },
        };
        char text[200], screen[210];

        (void) state;
        memset(text, 'x', sizeof(text));
        for (size_t i = 0; i < sizeof(consoles) / sizeof(consoles[0]); i++) {
                struct machine *m = screen_of(consoles[i].columns, consoles[i].status);

                text[consoles[i].width + 1] = 0;
                line(text);
                text[consoles[i].width + 1] = 'x';
                snprintf(screen, sizeof(screen), "%.*s\nx\n", (int) consoles[i].width, text);
                shows(m, screen);
                machine_free(m);
        }
}

/* UEFI 2.10, 12.4: Mode is -1 where no mode was ever set. */
static void a_console_without_a_mode_is_asked_for_the_first(void **state) {
        static const struct {
                INT32 mode;
                UINTN asked;
        } modes[] = { { -1, 0 }, { 0, 0 }, { 3, 3 } };

        (void) state;
        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
                struct machine *m = screen_of(80, EFI_SUCCESS);

                m->in->out_mode.Mode = modes[i].mode;
                line("text");
                assert_int_equal(asked, modes[i].asked);
                machine_free(m);
        }
}

static void say_all(void) {
        console_debug("d", "1");
        console_info("i", "2");
        console_warn("w", "3");
        console_line(CONSOLE_PLAIN, "4");
        console_line(CONSOLE_GOOD, "5");
        console_line(CONSOLE_WARN, "6");
}

static void a_level_shows_what_it_says_and_errors_always(void **state) {
        static const char *const screens[] = {
                "  w        3\n6\n",
                "  i        2\n  w        3\n4\n5\n6\n",
                "  d        1\n  i        2\n  w        3\n4\n5\n6\n",
        };

        (void) state;
        for (unsigned level = 0; level < 3; level++) {
                struct machine *m = screen_of(80, EFI_SUCCESS);

                console_level(level);
                say_all();
                shows(m, screens[level]);
                machine_free(m);
        }
}

/* A server without a console has no ConOut before a driver is bound to one. */
static void a_machine_without_a_console_is_told_nothing(void **state) {
        struct machine *m = screen_of(80, EFI_SUCCESS);

        (void) state;
        m->in->st.ConOut = NULL;
        console_level(2);
        console_clear();
        say_all();
        shows(m, "");
        machine_free(m);
}

/* Firmware's logo may be there, and lines of others. */
static void what_was_on_the_screen_is_gone_before_anything_is_said(void **state) {
        struct machine *m = machine_new();

        (void) state;
        strcpy(m->screen, "BdsDxe: starting Boot0001\n");
        machine_start(m);
        assert_memory_equal(m->screen, "ukiload ", 8);
        machine_free(m);
}

/* How long is the oracle's to say. */
static void a_message_is_left_by_a_timer_and_without_one_by_a_busy_processor(void **state) {
        static const enum call calls[] = { CALL_CREATE_EVENT, CALL_SET_TIMER, CALL_WAIT, CALLS };

        (void) state;
        for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
                struct machine *m = machine_new();
                bool has_timer = calls[i] == CALLS;

                machine_fault(m, calls[i], 1, ALWAYS, EFI_UNSUPPORTED);
                machine_start(m);
                assert_null(machine_judge(m));
                assert_int_equal(m->slept_ms, 5000);
                assert_int_equal(m->stalled_ms, has_timer ? 0 : 5000);
                machine_free(m);
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_line_breaks_between_words_or_in_a_word_that_has_no_room),
                T(a_label_stands_in_front_and_what_follows_stands_under_its_text),
                T(a_console_that_does_not_know_its_width_has_80_columns),
                T(a_console_without_a_mode_is_asked_for_the_first),
                T(a_level_shows_what_it_says_and_errors_always),
                T(a_machine_without_a_console_is_told_nothing),
                T(what_was_on_the_screen_is_gone_before_anything_is_said),
                T(a_message_is_left_by_a_timer_and_without_one_by_a_busy_processor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
