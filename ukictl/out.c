/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "layout.h"
#include "terminal.h"
#include "text.h"

#define ERASE "\033[K"
#define RESET "\033[0m"
#define BOLD  "\033[1m"
#define RED   "\033[1;31m"

/* The line that says how far something is: drawn where it has taken a second, and at most five times in one. */
static struct {
        bool off, drawn;
        struct timespec begun, last;
} progress;

void out_quiet(bool quiet) {
        progress.off = quiet || !terminal_is(stderr);
}

static double since(const struct timespec *then) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (double) (now.tv_sec - then->tv_sec) + (double) (now.tv_nsec - then->tv_nsec) / 1e9;
}

void out_progress(const char *what, size_t done, size_t total) {
        if (progress.off || total < OUT_PROGRESS_STEP)
                return;
        if (!progress.begun.tv_sec)
                (void) clock_gettime(CLOCK_MONOTONIC, &progress.begun);
        if (since(&progress.begun) < 1 || since(&progress.last) < 0.2)
                return;
        const char *slash = strrchr(what, '/');
        char *shown = out_shown(span_of(slash ? slash + 1 : what));
        size_t n = strlen(shown), room = terminal_width(stderr) - 8;
        for (n = n < room ? n : room; n > 0 && (shown[n] & 0xc0) == 0x80;)
                n--;
        fprintf(stderr, "\r" ERASE "%.*s %zu%%", (int) n, shown, 100 * done / total);
        free(shown);
        (void) clock_gettime(CLOCK_MONOTONIC, &progress.last);
        progress.drawn = true;
}

void out_progress_end(void) {
        if (progress.drawn)
                fputs("\r" ERASE, stderr);
        progress.drawn = false;
}

/* Lines, with the verdict in them in its colour. */
static void print_verdict(FILE *f, const char *lines) {
        static const char *const codes[] = {
                [LAYOUT_PLAIN] = "", [LAYOUT_GOOD] = "\033[32m", [LAYOUT_WARNING] = "\033[33m", [LAYOUT_BAD] = "\033[31m"
        };
        size_t at;
        const char *mood = terminal_code(f, codes[layout_mood(span_of(lines), &at)]);
        size_t word = strcspn(lines + at, " :,\n");

        fprintf(f, "%.*s%s%.*s%s%s\n", (int) at, lines, mood, (int) word, lines + at, mood[0] ? RESET : "", lines + at + word);
}

/* What is text already, after what stands in the line; verdict: it may have one, which has a colour. */
static void print_shown(FILE *f, struct span shown, size_t used, size_t indent, bool verdict) {
        size_t width = terminal_width(f), room = layout_room(shown.n, indent);

        if (width == 0) {
                fprintf(f, "%.*s\n", (int) shown.n, (const char *) shown.p);
                return;
        }
        char *p = need(room);
        struct text t = text_in(p, room);
        layout_wrap(shown, width, used, indent, &t);
        if (verdict)
                print_verdict(f, p);
        else
                fprintf(f, "%s\n", p);
        free(p);
}

/* On a terminal verdict, reason and what to do on lines of their own; elsewhere a line. */
static void print_refusal(enum exit_code code, const char *sentence) {
        struct span s = span_of(sentence);
        size_t next = layout_next_step(s);

        if (terminal_width(stderr) == 0 || code == EXIT_OK) {
                fprintf(stderr, "ukictl: %s\n", sentence);
                return;
        }
        const char *bold = terminal_code(stderr, RED);
        fprintf(stderr, "%sukictl: %s%s\n        ", bold, layout_verdict(code), bold[0] ? RESET : "");
        print_shown(stderr, (struct span) { s.p, next < s.n ? next - 2 : next }, 8, 8, false);
        if (next == s.n)
                return;
        fprintf(stderr, "%snext:%s   ", terminal_code(stderr, BOLD), terminal_code(stderr, RESET));
        print_shown(stderr, span_from(s, next), 8, 8, false);
}

/* The caller's to free. */
static char *formatted(const char *format, va_list args) {
        char *text;

        if (vasprintf(&text, format, args) >= 0)
                return text;
        fputs("ukictl: out of memory\n", stderr);
        exit(EXIT_FAILED);
}

static bool failures_as_json;

void out_failures_as_json(void) {
        failures_as_json = true;
}

int out_fail(bool json, enum exit_code code, const char *format, ...) {
        va_list args;

        va_start(args, format);
        char *sentence = formatted(format, args);
        va_end(args);
        char *shown = out_shown(span_of(sentence));
        print_refusal(code, shown);
        if (json || failures_as_json) {
                struct json_object *o = json_object_new_object();

                out_add(o, "error", shown);
                out_add_int(o, "exit", (int) code);
                out_json(o);
        }
        free(shown);
        free(sentence);
        return (int) code;
}

/* One line of what a format and its arguments give; whatever they hold, it stays one line. */
static void print_line(FILE *f, const char *before, const char *format, va_list args) {
        char *line = formatted(format, args);
        char *shown = out_shown(span_of(line));
        size_t lead = strspn(shown, " ");
        fputs(before, f);
        print_shown(f, span_of(shown), strlen(before), before[0] ? strlen(before) : lead + 4, true);
        free(shown);
        free(line);
}

void out_say(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print_line(stdout, "", format, args);
        va_end(args);
}

void out_warn(const char *format, ...) {
        va_list args;

        va_start(args, format);
        print_line(stderr, "ukictl: ", format, args);
        va_end(args);
}

void out_text(const char *before, struct span text) {
        while (text.n > 0) {
                const uint8_t *end = memchr(text.p, '\n', text.n);
                size_t n = end ? (size_t) (end - text.p) : text.n, used = end ? n + 1 : n;
                char *shown = out_shown((struct span) { text.p, n });

                printf("%s%s\n", before, shown);
                free(shown);
                text = (struct span) { text.p + used, text.n - used };
        }
}

void out_field(const char *key, const char *value) {
        const char *end = strchrnul(value, '\n');

        out_field_span(key, (struct span) { (const uint8_t *) value, (size_t) (end - value) });
        out_text("          ", span_of(*end ? end + 1 : end));
}

void out_field_span(const char *key, struct span value) {
        char *shown = out_shown(value);
        const char *bold = key[0] ? terminal_code(stdout, BOLD) : "";

        printf("%s%-9s%s ", bold, key, bold[0] ? RESET : "");
        print_shown(stdout, span_of(shown), 10, 10, true);
        free(shown);
}

void out_row(const char *key, const char *format, ...) {
        va_list args;

        va_start(args, format);
        char *value = formatted(format, args);
        va_end(args);
        out_field_span(key, span_of(value));
        free(value);
}

/* What was said since, for one object that holds all; NULL: it is printed at once. */
static struct json_object *collected;

void out_collect(void) {
        collected = json_object_new_array();
}

struct json_object *out_collected(void) {
        struct json_object *all = collected;

        collected = NULL;
        return all;
}

void out_json(struct json_object *o) {
        out_add_int(o, "ukictl", OUT_JSON_VERSION);
        if (collected) {
                json_object_array_add(collected, o);
                return;
        }
        puts(json_object_to_json_string_ext(o,
                                            JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(o);
}
