/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts between NULs: a byte of switches and ukiload's policy, the UKI's policy, the signed line, SMBIOS words, then addons.
 * Whatever is composed is what the oracle's stub and kernel make of the same sections; it holds every signed word in order, by
 * the oracle's tokenizers, and beside them only words that the policies allow, in which no EFI stub finds a file to load. */
#include <stdint.h>
#include <string.h>

#include "../unit/oracle_cmdline.h"
#include "../unit/oracle_stubline.h"
#include "must.h"
#include "overlay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy own, uki;
static struct overlay o, before;
static char line_buf[CMDLINE_MAX + 1], signed_buf[CMDLINE_MAX + 1], extra_buf[CMDLINE_MAX + 1];
static struct oracle_line stub_line, folder, part16; /* as the oracle's stub has them */
static unsigned version;
static bool handover;

static struct span take_part(struct span *rest) {
        struct span part = { rest->p, 0 };

        while (part.n < rest->n && rest->p[part.n] != '\0')
                part.n++;
        *rest = part.n < rest->n ? (struct span) { rest->p + part.n + 1, rest->n - part.n - 1 }
                                 : (struct span) { rest->p + part.n, 0 };
        return part;
}

static bool parse_or_empty(struct span part, struct policy *pol) {
        char why_buf[256];
        struct text why = TEXT_IN(why_buf);

        return part.n > 0 && policy_parse(part, pol, &why);
}

/* The texts of a folder, or of both, are through. */
static void oracle_end_of_texts(void) {
        oracle_mangle(version < 254 ? 257 : version, &folder);
        if (folder.n > 0)
                oracle_append(&stub_line, &folder);
        folder.n = 0;
}

/* What the stub does with an addon; before 254 it is ukiload, which does as 257 does. */
static void oracle_add(struct span text) {
        oracle_decode(text.p, text.n, &part16);
        if (version < 254 || version >= 257)
                oracle_mangle(257, &part16);
        oracle_append(&folder, &part16);
}

static void add_all(struct span rest, unsigned switches) {
        bool asked = false;

        for (unsigned i = 0; i < 8 && rest.n > 0; i++) {
                char why_buf[512];
                struct text why = TEXT_IN(why_buf);
                const bool unauthenticated = i >= (switches >> 4);
                const struct span part = take_part(&rest);

                if (i == 2) {
                        overlay_next_folder(&o);
                        if (version == 254)
                                oracle_end_of_texts();
                }
                if (unauthenticated && !asked)
                        oracle_end_of_texts();
                asked |= unauthenticated;
                before = o;
                if (overlay_add(&o, part, unauthenticated, &why)) {
                        MUST(why.len == 0);
                        oracle_add(part);
                        if (unauthenticated) {
                                oracle_mangle(257, &folder);
                                oracle_end_of_texts();
                        }
                } else
                        MUST(why.len > 0 && memcmp(&o, &before, sizeof(o)) == 0);
                MUST(o.line.len <= OVERLAY_BYTES_MAX && o.n_words <= OVERLAY_WORDS_MAX && o.n_signed_words <= o.n_words &&
                     !o.line.cut);
        }
        oracle_end_of_texts();
}

static bool allowed(struct cmdline_word *w) {
        return o.own && policy_match(o.own, w) && (!o.uki || policy_match(o.uki, w));
}

static void check_words_allowed(void) {
        for (size_t i = 0; i < o.n_words; i++) {
                struct span s = { (const uint8_t *) o.text + o.words[i].off, o.words[i].len };
                struct cmdline_word w;

                MUST(cmdline_next(&s, &w) && s.n == 0 && w.whole.n == o.words[i].len && allowed(&w));
                MUST(!policy_sensitive(&w) || i < o.n_signed_words);
        }
}

/* Every word of line as the oracle cuts it, each behind a \001. */
static void cut_up(char *line, bool early, char *out, size_t *ret_words) {
        *ret_words = 0;
        for (char *at = line, *end; *at != '\0'; at = end) {
                if (early ? (unsigned char) *at <= ' ' : oracle_isspace(*at)) {
                        end = at + 1;
                        continue;
                }
                for (end = at; early && (unsigned char) *end > ' '; end++)
                        ;
                if (!early)
                        end = oracle_word_end(at);
                *out++ = '\001';
                memcpy(out, at, (size_t) (end - at));
                out += end - at;
                ++*ret_words;
        }
        *out = '\0';
}

/* Every word of part in the order of whole, and how many words there are. */
static void check_signed_kept(bool early) {
        static char whole[2 * CMDLINE_MAX + 2], part[2 * CMDLINE_MAX + 2], extra[2 * CMDLINE_MAX + 2];
        size_t n_whole, n_part, n_extra;
        const char *at = whole;

        cut_up(line_buf, early, whole, &n_whole);
        cut_up(signed_buf, early, part, &n_part);
        cut_up(extra_buf, early, extra, &n_extra);
        MUST(n_whole == n_part + o.n_words + n_extra);
        for (const char *w = part; *w != '\0';) {
                const size_t n = 1 + strcspn(w + 1, "\001");

                while (*at != '\0' && (strncmp(at, w, n) != 0 || (at[n] != '\0' && at[n] != '\001')))
                        at += 1 + strcspn(at + 1, "\001");
                MUST(*at != '\0');
                at += n;
                w += n;
        }
}

/* Where there is a `--`, the overlay stands right before it. */
static void check_before_dashes(void) {
        const size_t at = o.dashes_at + (o.dashes_at > 0 && signed_buf[o.dashes_at - 1] != ' ');

        MUST(strncmp(line_buf, signed_buf, o.dashes_at) == 0 && strncmp(line_buf + at, o.text, o.line.len) == 0);
        MUST(line_buf[at + o.line.len] == ' ' && strstr(line_buf + at + o.line.len + 1, signed_buf + o.dashes_at));
}

/* The stub's own joining, and the kernel's EFI stub. */
static void check_bytes(struct span extra) {
        static uint8_t kernel[3 * ORACLE_CHARS + 1];
        size_t n;

        if (extra.n > 0) {
                oracle_decode(extra.p, extra.n, &part16);
                oracle_append_smbios(version, &stub_line, &part16);
        }
        n = oracle_kernel(&stub_line, handover, kernel);
        MUST(n == strlen(line_buf) && memcmp(kernel, line_buf, n) == 0);
}

/* Beyond what signed line and host say, no file is found; but for words of that very name, which the policy allows. */
static void check_no_file(const char *option) {
        size_t found = 0, named = 0;

        for (size_t i = 0; i < o.n_words; i++) {
                const uint8_t *word = (const uint8_t *) o.text + o.words[i].off;

                found += oracle_find_option(word, o.words[i].len, option);
                named += strncmp((const char *) word, option, strlen(option)) == 0;
        }
        MUST(found == named);
        MUST(oracle_find_option((const uint8_t *) o.text, o.line.len, option) == named);
}

static bool compose(struct span extra_part, size_t max, struct text *line) {
        char why_buf[512];
        struct text why = TEXT_IN(why_buf), required = why;
        bool composed = overlay_compose(&o, extra_part, max, line, &why);

        MUST(composed == (why.len == 0));
        text_clear(&required);
        MUST(overlay_requirements(&o, &required) == (required.len == 0));
        return composed;
}

static void check_composed(struct span extra_part, const struct text *line, size_t max, bool balanced) {
        MUST(line->len <= max && strlen(line_buf) == line->len);
        if (o.splits && o.n_words > 0)
                check_before_dashes();
        else
                check_bytes(extra_part);
        check_no_file("initrd=");
        check_no_file("dtb=");
        if (balanced && o.n_words > 0)
                for (int early = 0; early < 2; early++)
                        check_signed_kept(early);
}

/* The signed line as the kernel gets it and what SMBIOS adds, by lib/ and by the oracle. False: not to be looked at further. */
static bool take_lines(struct span signed_part, struct span extra_part, const struct stubline *rules, struct text *base,
                       struct text *extra) {
        stubline_section(rules, signed_part, base);
        stubline_smbios(rules, extra_part, extra);
        oracle_decode(signed_part.p, signed_part.n, &stub_line);
        oracle_mangle(version, &stub_line);
        stub_line.there = signed_part.n > 0;
        folder.n = 0;
        return !base->cut && !extra->cut && !memchr(signed_buf, '\001', base->len) && !memchr(extra_buf, '\001', extra->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span rest = { data, size }, policy_part, uki_part;
        char why_buf[512];
        struct text line = TEXT_IN(line_buf), base = TEXT_IN(signed_buf), extra = TEXT_IN(extra_buf), why = TEXT_IN(why_buf);
        static const unsigned versions[] = { 257, 254, 256, 252 };
        size_t max;
        bool balanced;

        if (size < 1)
                return 0;
        const unsigned switches = data[0];

        rest = (struct span) { data + 1, size - 1 };
        policy_part = take_part(&rest);
        uki_part = take_part(&rest);
        const struct span signed_part = take_part(&rest);
        struct span extra_part = take_part(&rest);

        version = versions[switches & 3];
        extra_part.n = version < 254 ? 0 : extra_part.n; /* those do not look there */
        handover = switches & 8;
        const struct stubline rules = stubline_rules(version, handover);

        if (!take_lines(signed_part, extra_part, &rules, &base, &extra))
                return 0;
        max = switches & 4 ? base.len + 16 : CMDLINE_MAX;
        max = max > CMDLINE_MAX ? CMDLINE_MAX : max;

        const struct policy *a = parse_or_empty(policy_part, &own) ? &own : NULL;
        const struct policy *b = parse_or_empty(uki_part, &uki) ? &uki : NULL;
        balanced = overlay_begin(&o, text_span(&base), a, b, &why);
        o.stub = rules;
        o.no_section = signed_part.n == 0;
        MUST(balanced == (why.len == 0));
        add_all(rest, switches);
        MUST(balanced || o.n_words == 0);
        check_words_allowed();

        if (compose(extra_part, max, &line))
                check_composed(extra_part, &line, max, balanced);
        else /* never without need: too long, or a no-break space about which the tokenizers disagree */
                MUST(base.len + o.line.len + extra.len + 9 > max || memchr(signed_buf, 0xa0, base.len) ||
                     memchr(extra_buf, 0xa0, extra.len));
        return 0;
}
