/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle. Whatever failed or lied, one of two things is true at the end:
 *
 * A child was started. Then its line and its addons are those that UkiloadStatus shows as started and admitted, each addon with
 * bytes that LoadImage accepted from ukiload; nothing forbidden is in the line and nothing required is missing; its own
 * LoadOptions are empty or a profile; what was armed is armed no longer, and a request that could not be deleted had no effect.
 * Or nothing was started. Then the reason is in UkiloadStatus or on the screen, no addon is said to be admitted that LoadImage
 * was not asked about, a consumed request ended in a reset, a standing start in an error.
 *
 * And always: UEFI's rules were kept, and what was taken is given back. */
#include "inside.h"

static char why[1024];

static const char *broken(const char *promise, const char *what) {
        snprintf(why, sizeof(why), "%s%s%s", promise, *what ? ": " : "", what);
        return why;
}

static unsigned hex_digit(char c) {
        return (unsigned) (c >= 'a' ? c - 'a' + 10 : c - '0');
}

const char *machine_field(const char *text, size_t n, const char *key, unsigned nth) {
        static char value[2][4200];
        static unsigned turn;
        char *to = value[turn++ % 2];
        size_t length = strlen(key), at = 0;

        for (to[0] = 0; at < n;) {
                size_t end = at;

                while (end < n && text[end] != '\n')
                        end++;
                if (end - at > length && memcmp(text + at, key, length) == 0 && text[at + length] == '=' && nth-- == 0) {
                        size_t m = 0;

                        for (at += length + 1; at < end; at++)
                                if (text[at] == '\\' && at + 3 < end + 0 && text[at + 1] == 'x') {
                                        to[m++] = (char) (hex_digit(text[at + 2]) << 4 | hex_digit(text[at + 3]));
                                        at += 3;
                                } else
                                        to[m++] = text[at];
                        to[m] = 0;
                        return to;
                }
                at = end + 1;
        }
        return to;
}

static const char *variable_field(const struct machine *m, const char *name, const char *key) {
        struct span value;

        return machine_get(m, name, &ukiload_vendor, &value, NULL) ? machine_field((const char *) value.p, value.n, key, 0) : "";
}

const char *machine_status(const struct machine *m, const char *key) {
        return variable_field(m, "UkiloadStatus", key);
}

const char *machine_last(const struct machine *m, const char *key) {
        return variable_field(m, "UkiloadLast", key);
}

static bool has_word(const char *line, const char *word) {
        size_t n = strlen(word);

        for (const char *p = line; (p = strstr(p, word)); p++)
                if ((p == line || p[-1] == ' ') && (p[n] == 0 || p[n] == ' '))
                        return true;
        return false;
}

static const char *first(const char *const *words, const char *line, bool present) {
        for (size_t i = 0; i < 8 && words[i]; i++)
                if (has_word(line, words[i]) == present)
                        return words[i];
        return NULL;
}

static const char *base(const char *path) {
        return strrchr(path, '\\') ? strrchr(path, '\\') + 1 : path;
}

/* The addon that the stub took is the one that the status names; a picked one has `~` in front. */
static bool same_addon(const char *seen, const char *said) {
        size_t n = strlen(said) - strlen(" admitted");
        char name[320];

        snprintf(name, sizeof(name), "%.*s", (int) n, said);
        seen = base(seen);
        if (strlen(seen) < strlen(base(name)))
                return false;
        for (; strlen(seen) > strlen(base(name)); seen++)
                if (*seen != '~')
                        return false;
        return strcmp(seen, base(name)) == 0;
}

static bool was_accepted(const struct machine *m, const struct seen_addon *seen) {
        for (const struct accepted *a = m->in->accepted; a; a = a->next)
                if (a->n == seen->n && memcmp(a->bytes, seen->bytes, a->n) == 0)
                        return true;
        return false;
}

static const char *judge_addons(const struct machine *m) {
        const struct child *c = &m->child;
        const char *said;
        size_t at = 0;

        for (unsigned i = 0; *(said = machine_field(c->status, strlen(c->status), "addon", i)); i++) {
                if (!span_ends(span_of(said), " admitted")) /* the path may hold blanks */
                        continue;
                if (at == c->n_addons || !same_addon(c->addons[at].path, said))
                        return broken("an addon that the status shows as admitted was not seen by the stub, there", said);
                at++;
        }
        if (*machine_field(c->status, strlen(c->status), "truncated", 0)) /* not all are listed */
                return NULL;
        return at < c->n_addons ? broken("the stub saw an addon that the status does not show as admitted", c->addons[at].path)
                                : NULL;
}

static const char *judge_status(const struct machine *m) {
        const struct child *c = &m->child;
        size_t n = strlen(c->status);
        const char *line;

        if (strcmp(machine_field(c->status, n, "result", 0), "started") != 0)
                return strstr(m->screen, "UkiloadStatus could not be written")
                               ? NULL
                               : broken("something was started, and neither status nor screen knows", c->status);
        line = machine_field(c->status, n, "cmdline", 0);
        if (strcmp(line, c->line) != 0 && !*machine_field(c->status, n, "truncated", 0)) {
                snprintf(why, sizeof(why), "the status says \"%s\" and the kernel got \"%s\"", line, c->line);
                return why;
        }
        if (!c->line[0] != !line[0])
                return broken("an empty line", "");
        return c->kind == CHILD_STUB ? judge_addons(m) : NULL;
}

static bool executed(const struct machine *m) {
        return strcmp(machine_field(m->child.status, strlen(m->child.status), "id", 0), "t1") == 0;
}

static const char *judge_request(const struct machine *m) {
        const struct child *c = &m->child;

        if (!m->in->was_armed)
                return NULL;
        if (c->armed && executed(m))
                return broken("a request was executed and is still armed", "");
        if (c->armed && !strstr(m->screen, "not executed"))
                return broken("a request is still armed, and nobody says why", "");
        if (c->armed && m->requested[0] && !first(m->requested, c->line, false))
                return broken("a request that is still armed was executed", c->line);
        if (executed(m) && first(m->requested, c->line, false))
                return broken("the request was executed, and a word of it is not in the line",
                              first(m->requested, c->line, false));
        return NULL;
}

/* What firmware does not take back cannot be given back. */
static bool was_refused(const struct machine *m, enum call call) {
        for (size_t i = 0; i < m->n_faults; i++)
                if (m->faults[i].call == call && m->faults[i].seen >= m->faults[i].from)
                        return true;
        return false;
}

/* None, a profile, or the line that it has anyway, where systemd-boot would have told it that. */
static bool meant(const struct machine *m, const char *options) {
        return !options[0] || options[0] == '@' ||
               (!m->secure_boot && !m->confidential && strncmp(m->child.line, options, strlen(options)) == 0);
}

static const char *judge_child(const struct machine *m) {
        const struct child *c = &m->child;

        if (first(m->forbidden, c->line, true))
                return broken("a forbidden word is in the kernel's line", c->line);
        if (first(m->required, c->line, false))
                return broken("a required word is not in the kernel's line", c->line);
        if (!meant(m, c->options))
                return broken("the stub got LoadOptions that ukiload did not mean", c->options);
        if (strstr(c->ignored, "addon "))
                return broken("the stub could not take", c->ignored);
        if (c->n_loaded != (c->kind == CHILD_STUB ? 1u : 2u) && !was_refused(m, CALL_UNLOAD_IMAGE))
                return broken("more images are loaded than the child, and its UKI", "");
        for (size_t i = 0; i < c->n_addons; i++)
                if (!was_accepted(m, &c->addons[i]))
                        return broken("the stub saw an addon that ukiload had not validated", c->addons[i].path);
        return judge_status(m) ? why : judge_request(m);
}

static bool said_why(const struct machine *m) {
        const char *result = machine_status(m, "result");

        if ((strcmp(result, "refused") == 0 || strcmp(result, "failed") == 0) && *machine_status(m, "reason"))
                return true;
        for (const char *p = m->screen; (p = strchr(p, '\n')); p++)
                if ((strncmp(p, "\n  refused  ", 12) == 0 || strncmp(p, "\n  failed   ", 12) == 0) &&
                    p[12 + strspn(p + 12, " ")] != '\n')
                        return true;
        return false;
}

/* LoadImage was asked about the image and about each addon that is said to be admitted. */
static bool all_were_asked_about(const struct machine *m) {
        struct span status;
        size_t admitted = 0;
        const char *said;

        if (m->n_started > 0 || !machine_get(m, "UkiloadStatus", &ukiload_vendor, &status, NULL))
                return true;
        for (unsigned i = 0; *(said = machine_field((const char *) status.p, status.n, "addon", i)); i++)
                admitted += span_ends(span_of(said), " admitted");
        return admitted == 0 || m->calls[CALL_LOAD_IMAGE] > admitted;
}

static const char *judge_nothing(const struct machine *m) {
        const char *result = machine_status(m, "result");

        if (!said_why(m))
                return broken("nothing was started, and neither status nor screen says why", m->screen);
        if (m->n_started == 0 && strcmp(result, "started") == 0 && !strstr(m->screen, "UkiloadStatus could not be written"))
                return broken("nothing was started, and the status says otherwise", "");
        if (!all_were_asked_about(m))
                return broken("nothing was started, and an addon that nobody was asked about is said to be admitted", "");
        if (m->slept_ms != 5000)
                return broken("the message was not left for as long as it has to be", "");
        if (m->returned == EFI_SUCCESS)
                return broken("ukiload returned EFI_SUCCESS", "");
        if (!m->reset && m->watchdog_s != 0)
                return broken("ukiload returned, and left the watchdog running", "");
        if (m->in->was_armed && machine_armed(m) && !strstr(m->screen, "not executed"))
                return broken("a request is still armed, and nobody says why", "");
        if (m->in->was_armed && !machine_armed(m) && !m->reset && !strstr(m->screen, "not executed"))
                return broken("a request was consumed, nothing was started, and there was no reset", "");
        return NULL;
}

/* Every refusal that anybody was told, for who looks whether its rule can be found (test/ukictl/sentences.py). */
static void note_told(const struct machine *m) {
        const char *file = getenv("UKILOAD_TOLD"), *line;
        FILE *to = file ? fopen(file, "a") : NULL;
        struct span status;

        if (!to)
                return;
        fprintf(to, "%s\n", machine_status(m, "reason"));
        if (machine_get(m, "UkiloadStatus", &ukiload_vendor, &status, NULL))
                for (unsigned i = 0; *(line = machine_field((const char *) status.p, status.n, "addon", i)); i++)
                        if (strstr(line, " refused: "))
                                fprintf(to, "%s\n", strstr(line, " refused: ") + strlen(" refused: "));
        (void) fclose(to);
}

const char *machine_judge(const struct machine *m) {
        const char *verdict = NULL;

        note_told(m);

        if (m->misuse[0])
                return broken("misuse of UEFI", m->misuse);
        if (m->left[0] && !was_refused(m, CALL_UNINSTALL) && !was_refused(m, CALL_UNLOAD_IMAGE))
                return broken("not given back", m->left);
        if (m->n_started > 1)
                return broken("more than one thing was started", "");
        if (m->n_started > 0 && m->must_refuse)
                return broken("something was started that had to be refused", m->child.line);
        if (m->n_started > 0)
                verdict = judge_child(m);
        if (!verdict && (m->n_started == 0 || m->child_returns != RUNS))
                verdict = judge_nothing(m);
        return verdict;
}
