/* SPDX-License-Identifier: BSD-2-Clause */
/* Both tokenizers and the stubs' decoding against the oracles, and the globs: the input is a command line and a .cmdline section;
 * up to its first newline it also serves as a pattern. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/oracle_cmdline.h"
#include "../unit/oracle_stubline.h"
#include "cmdline.h"
#include "must.h"
#include "policy.h"
#include "stubline.h"
#include "stubrole.h"

#define LINE_MAX_BYTES 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is(struct span s, const char *str) {
        return s.n == strlen(str) && (s.n == 0 || memcmp(s.p, str, s.n) == 0);
}

static void check_kernel(struct span line, const char *string) {
        char copy[LINE_MAX_BYTES + 1], *at = copy, *name, *value;
        struct cmdline_word w;
        struct span rest = line;
        size_t dashes = 0;
        bool has_dashes = false;

        strcpy(copy, string);
        while (oracle_isspace(*at))
                at++;
        while (cmdline_next(&rest, &w)) {
                MUST(*at != '\0');
                const size_t where = (size_t) (at - copy);

                at = oracle_next_arg(at, &name, &value);
                MUST(w.whole.p == line.p + where && w.whole.n > 0 && w.whole.p + w.whole.n <= line.p + line.n);
                MUST(is(w.name, name) && w.has_value == (value != NULL) && is(w.value, value ? value : ""));
                if (!has_dashes && !value && strcmp(name, "--") == 0) {
                        has_dashes = true;
                        dashes = where;
                }
        }
        MUST(*at == '\0' && rest.n == 0);

        size_t found = 0;
        MUST(cmdline_find_dashes(line, &found) == has_dashes && found == dashes);
}

static void check_early(struct span line, const char *string) {
        struct span rest = line, word;
        const uint8_t *end = line.p;

        while (cmdline_next_early(&rest, &word)) {
                char copy[LINE_MAX_BYTES + 1];
                size_t times = 0, seen = 0;
                struct span again = line, other;

                for (; end < word.p; end++)
                        MUST(*end <= ' ');
                end = word.p + word.n;
                if (word.n > 64)
                        continue;
                memcpy(copy, word.p, word.n);
                copy[word.n] = '\0';
                MUST(oracle_early_has(string, copy, &times));
                while (cmdline_next_early(&again, &other))
                        seen += span_eq(word, other);
                MUST(seen == times);
        }
        for (; end < line.p + strlen(string); end++)
                MUST(*end <= ' ');
}

/* What each stub and the kernel's EFI stub make of the section; and ukiload hands on just that, where it takes the stub's
 * place. */
static void check_stub(struct span section, unsigned version, bool handover) {
        static struct oracle_line decoded, again;
        static uint8_t kernel[3 * LINE_MAX_BYTES + 1], options[2 * LINE_MAX_BYTES + 2];
        static char line_buf[3 * LINE_MAX_BYTES + 1];
        const struct stubline rules = stubline_rules(version, handover);
        struct text line = TEXT_IN(line_buf);
        size_t n;

        oracle_decode(section.p, section.n, &decoded);
        oracle_mangle(version, &decoded);
        n = oracle_kernel(&decoded, handover, kernel);
        stubline_section(&rules, section, &line);
        MUST(!line.cut && line.len == n && memcmp(line_buf, kernel, n) == 0);

        oracle_decode(kernel, n, &again);
        MUST(handover || (again.n == decoded.n && memcmp(again.c, decoded.c, again.n * sizeof(again.c[0])) == 0));
        MUST(stubrole_ucs2(text_span(&line), options, sizeof(options)) == 2 * again.n + 2);
        for (size_t i = 0; i < again.n; i++)
                MUST((options[2 * i] | options[2 * i + 1] << 8) == again.c[i]);
}

static void check_stubs(struct span section) {
        static const unsigned versions[] = { 252, 254, 255, 256, 257, 262 };

        for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
                check_stub(section, versions[i], false);
                check_stub(section, versions[i], true);
        }
}

/* Where the bytes suit an overlay, the two tokenizers see the same words. */
static void check_agreement(struct span line) {
        char why_buf[256];
        struct text why = TEXT_IN(why_buf);
        struct span kernel = line, early = line, word;
        struct cmdline_word w;

        if (!cmdline_bytes_ok(line, &why)) {
                MUST(why.len > 0);
                return;
        }
        MUST(cmdline_balanced(line));
        while (cmdline_next(&kernel, &w))
                MUST(cmdline_next_early(&early, &word) && span_eq(word, w.whole) && !w.quoted);
        MUST(!cmdline_next_early(&early, &word));
}

static void check_glob(struct span line) {
        const uint8_t *cut = line.n ? memchr(line.p, '\n', line.n) : NULL;
        size_t np, nt, stars = 0;

        if (!cut)
                return;
        np = (size_t) (cut - line.p);
        nt = line.n - np - 1;
        for (size_t i = 0; i < np; i++)
                stars += line.p[i] == '*';
        const bool have = policy_glob((struct span) { line.p, np }, (struct span) { cut + 1, nt });

        if (np <= 12 && nt <= 16 && stars <= 4)
                MUST(have == oracle_glob((const char *) line.p, np, (const char *) cut + 1, nt));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *string;

        if (size > LINE_MAX_BYTES)
                return 0;
        string = calloc(1, size + 1); /* to the byte, so that a read beyond it is seen */
        if (!string)
                return 0;
        if (size > 0)
                memcpy(string, data, size);
        const struct span line = { (const uint8_t *) string, size };

        check_kernel(line, string);
        check_early(line, string);
        check_agreement(line);
        check_stubs(line);
        check_glob(line);
        free(string);
        return 0;
}
