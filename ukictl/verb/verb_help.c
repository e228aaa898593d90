/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb says of itself. */
#include "verb/verb.h"

#include <string.h>

#define COLUMN_MAX 24u /* what is longer has its help below */
#define WIDTH      78u

static bool is_end(const struct option_row *row) {
        return !row->name && !row->letter;
}

static bool is_offered(const struct option_row *row) {
        return row->name && row->kind <= OPTION_CHOICE;
}

/* "-o, --output FILE" */
static void name_row(const struct option_row *row, struct text *t) {
        if (row->letter)
                text_cat(t, "-", (char[]) { row->letter, '\0' }, ", ", NULL);
        text_cat(t, "--", row->name, row->value ? " " : "", row->value ? row->value : "", NULL);
}

static size_t column_of(const struct verb *verb) {
        size_t column = 0;

        for (const struct option_row *row = verb->options; !is_end(row); row++) {
                char buf[80];
                struct text t = TEXT_IN(buf);

                if (!is_offered(row) || !row->help)
                        continue;
                name_row(row, &t);
                if (t.len <= COLUMN_MAX && t.len > column)
                        column = t.len;
        }
        return column + 2;
}

static void say_row(const struct option_row *row, size_t column) {
        char buf[80];
        struct text t = TEXT_IN(buf);

        name_row(row, &t);
        if (t.len + 2 > column) {
                out_say("  %s", buf);
                text_clear(&t);
        }
        for (const char *at = row->help, *end; *at; at = *end ? end + 1 : end, text_clear(&t)) {
                end = strchrnul(at, '\n');
                out_say("  %-*s%.*s", (int) column, buf, (int) (end - at), at);
        }
}

/* Those whose name is enough, as many on a line as there is room for. */
static void say_names(const struct verb *verb) {
        char buf[160];
        struct text line = TEXT_IN(buf);

        for (const struct option_row *row = verb->options; !is_end(row); row++) {
                char one_buf[80];
                struct text one = TEXT_IN(one_buf);

                if (!is_offered(row) || row->help)
                        continue;
                name_row(row, &one);
                if (line.len + one.len + 2 > WIDTH) {
                        out_say("  %s", buf);
                        text_clear(&line);
                }
                text_cat(&line, line.len > 0 ? "  " : "", one_buf, NULL);
        }
        if (line.len > 0)
                out_say("  %s", buf);
}

void verb_help(const struct verb *verb, const char *before) {
        size_t column = column_of(verb);

        if (verb->verbs) {
                for (const struct verb *const *v = verb->verbs; *v; v++)
                        out_say("%sukictl %s %s", v == verb->verbs ? before : "       ", (*v)->name, (*v)->usage);
        } else
                out_say("%sukictl %s %s", before, verb->name, verb->usage);
        out_say("%s", "");
        for (const struct verb *const *v = verb->verbs; v && *v; v++)
                out_say("  %-8s %s", (*v)->name + strlen(verb->name) + 1, (*v)->about);
        if (verb->verbs)
                out_say("%s", "");
        out_text("", span_of(verb->about));
        out_say("%s", "");
        for (const struct option_row *row = verb->options; !is_end(row); row++)
                if (is_offered(row) && row->help)
                        say_row(row, column);
        say_names(verb);
        out_say("%s", "");
        out_text("", span_of(verb->end));
}
