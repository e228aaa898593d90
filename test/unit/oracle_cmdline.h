/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux does with a command line, told once more in its own terms (a C string that is written into), so that tests and
 * fuzzers have something to compare lib/cmdline.c with. Deliberately slow and plain, and sharing nothing with what it checks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* include/linux/ctype.h's isspace over lib/ctype.c's table. */
static inline bool oracle_isspace(char c) {
        return c != '\0' && strchr(" \t\n\v\f\r\xa0", c) != NULL;
}

/* Where the word ends that args begins with. */
static inline char *oracle_word_end(char *args) {
        bool inside = false;

        for (; *args != '\0' && (inside || !oracle_isspace(*args)); args++)
                inside ^= *args == '"';
        return args;
}

/* Cuts the word that args begins with (no blank before it). *ret_value is NULL if it has none. Gives where the next word
 * begins. */
static inline char *oracle_next_arg(char *args, char **ret_name, char **ret_value) {
        const bool opened = *args == '"';
        char *const end = oracle_word_end(args), *next = *end == '\0' ? end : end + 1, *equals, *quote;

        *end = '\0';
        args += opened;
        *ret_name = args;

        equals = *args == '\0' ? NULL : strchr(args + 1, '=');
        *ret_value = equals ? equals + 1 : NULL;
        if (equals)
                *equals = '\0';

        quote = end > args && end[-1] == '"' ? end - 1 : NULL;
        if (*ret_value && **ret_value == '"') {
                ++*ret_value;
                if (quote)
                        *quote = '\0';
        } else if (opened && quote)
                *quote = '\0';

        while (oracle_isspace(*next))
                next++;
        return next;
}

/* The early scan's question: is there such a word between bytes that are not above a blank? ret_times counts. */
static inline bool oracle_early_has(const char *line, const char *word, size_t *ret_times) {
        const size_t n = strlen(word);
        const unsigned char *const start = (const unsigned char *) line;
        size_t times = 0;

        for (const unsigned char *p = start; *p != '\0'; p++)
                if ((p == start || p[-1] <= ' ') && memcmp(p, word, strnlen((const char *) p, n)) == 0 &&
                    strlen((const char *) p) >= n && p[n] <= ' ')
                        times++;
        *ret_times = times;
        return times > 0;
}

/* `*` and `?` as one would define them. Exponential: small inputs only. */
static inline bool oracle_glob(const char *pattern, size_t np, const char *text, size_t nt) {
        if (np == 0)
                return nt == 0;
        if (*pattern == '*')
                return oracle_glob(pattern + 1, np - 1, text, nt) || (nt > 0 && oracle_glob(pattern, np, text + 1, nt - 1));
        return nt > 0 && (*pattern == '?' || *pattern == *text) && oracle_glob(pattern + 1, np - 1, text + 1, nt - 1);
}
