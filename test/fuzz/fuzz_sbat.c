/* SPDX-License-Identifier: BSD-2-Clause */
/* SBAT: an image's section and a machine's level, a NUL byte between them, against a reader made of libc's string functions. */
#include "must.h"
#include "sbat.h"

#define TEXT_MAX 2048u

/* The next line of *rest that is not empty, without its line end; NULL at the end. */
static char *next_line(char **rest) {
        char *line;

        while ((line = strsep(rest, "\n"))) {
                size_t n = strlen(line);

                if (n > 0 && line[n - 1] == '\r')
                        line[n - 1] = 0;
                if (*line)
                        return line;
        }
        return NULL;
}

/* The generation of a line, its name cut off; -1: malformed. */
static long generation(char *line, int columns) {
        char *name = strsep(&line, ","), *digits = strsep(&line, ",");

        if (!*name || !digits || !*digits || strlen(digits) > 9 || strspn(digits, "0123456789") != strlen(digits))
                return -1;
        while (columns-- > 0) {
                char *column = strsep(&line, ",");

                if (!column || !*column)
                        return -1;
        }
        return strtol(digits, NULL, 10);
}

static bool line_allowed(const char *component, long own, const char *level) {
        char copy[TEXT_MAX + 1], *rest = copy, *line;

        strcpy(copy, level);
        while ((line = next_line(&rest))) {
                long least = generation(line, 0);

                if (least < 0 || (strcmp(line, component) == 0 && own < least))
                        return false;
        }
        return true;
}

static bool oracle(const char *sbat, const char *level) {
        char copy[TEXT_MAX + 1], *rest = copy, *line;

        strcpy(copy, sbat);
        while ((line = next_line(&rest))) {
                long own = generation(line, 4);

                if (own < 0 || !line_allowed(line, own, level))
                        return false;
        }
        return true;
}

static const char *without_mark(const char *s) {
        return strncmp(s, "\xef\xbb\xbf", 3) == 0 ? s + 3 : s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char sbat[TEXT_MAX + 1] = "", level[TEXT_MAX + 1] = "", buf[400];
        const uint8_t *nul = memchr(data, 0, size);
        size_t n = nul ? (size_t) (nul - data) : size, m = nul ? size - n - 1 : 0;
        struct text why = TEXT_IN(buf);
        bool allowed;

        if (n > TEXT_MAX || m > TEXT_MAX)
                return 0;
        memcpy(sbat, data, n);
        if (nul)
                memcpy(level, nul + 1, m);
        allowed = sbat_allowed((struct span) { data, n }, nul ? (struct span) { nul + 1, m } : (struct span) { 0 }, &why);
        MUST(allowed == (why.len == 0));
        MUST(allowed == oracle(without_mark(sbat), without_mark(level)));
        return 0;
}
