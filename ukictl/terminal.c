/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_is(FILE *f) {
        const char *term = getenv("TERM");

        return isatty(fileno(f)) && term && term[0] && strcmp(term, "dumb") != 0;
}

size_t terminal_width(FILE *f) {
        const char *columns = getenv("COLUMNS");
        long n = columns ? strtol(columns, NULL, 10) : 0;
        struct winsize size;

        if (!terminal_is(f))
                return 0;
        if (n <= 0 && ioctl(fileno(f), TIOCGWINSZ, &size) == 0)
                n = size.ws_col;
        return n >= 20 && n <= 1000 ? (size_t) n : 80;
}

const char *terminal_code(FILE *f, const char *code) {
        const char *no = getenv("NO_COLOR");

        return terminal_is(f) && !(no && no[0]) ? code : "";
}
