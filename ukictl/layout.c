/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include <stdbool.h>
#include <string.h>

size_t layout_room(size_t n, size_t indent) {
        return n * (indent + 2) + indent + 2;
}

/* Characters; what has two columns is rare enough. */
static size_t columns(struct span s) {
        size_t n = 0;

        for (size_t i = 0; i < s.n; i++)
                n += (s.p[i] & 0xc0) != 0x80;
        return n;
}

/* The word that s begins with: up to a blank, or a command up to its backtick and what follows it. */
static size_t word_len(struct span s) {
        const uint8_t *end = s.n > 0 && s.p[0] == '`' ? memchr(s.p + 1, '`', s.n - 1) : NULL;
        size_t n = end ? (size_t) (end - s.p) : 0;

        while (n < s.n && s.p[n] != ' ')
                n++;
        return n;
}

static void new_line(size_t indent, struct text *ret) {
        text_char(ret, '\n');
        for (size_t i = 0; i < indent; i++)
                text_char(ret, ' ');
}

/* "`ukictl exec`," */
static void put_command(struct span word, size_t indent, struct text *ret) {
        const uint8_t *end = memrchr(word.p, '`', word.n);

        new_line(indent + 2, ret);
        text_bytes(ret, (struct span) { word.p + 1, (size_t) (end - word.p) - 1 });
}

void layout_wrap(struct span s, size_t width, size_t used, size_t indent, struct text *ret) {
        bool begun = false, command = false;

        while (s.n > 0) {
                size_t blanks = 0;

                while (blanks < s.n && s.p[blanks] == ' ')
                        blanks++;
                struct span word = { s.p + blanks, word_len(span_from(s, blanks)) };
                s = span_from(s, blanks + word.n);
                command = word.n > 2 && word.p[0] == '`' && memrchr(word.p, '`', word.n) != word.p;
                if (command) {
                        put_command(word, indent, ret);
                        used = width;
                        begun = true;
                        continue;
                }
                if (begun && used + blanks + columns(word) > width) {
                        new_line(indent, ret);
                        used = indent;
                } else {
                        for (size_t i = 0; i < blanks; i++)
                                text_char(ret, ' ');
                        used += blanks;
                }
                text_bytes(ret, word);
                used += columns(word);
                begun = true;
        }
}

static bool begins(struct span s, const char *word) {
        size_t n = strlen(word);

        return s.n >= n && memcmp(s.p, word, n) == 0 && (s.n == n || s.p[n] == ' ' || s.p[n] == ':' || s.p[n] == ',');
}

static bool begins_with_one_of(struct span s, const char *const *words) {
        for (; *words; words++)
                if (begins(s, *words))
                        return true;
        return false;
}

size_t layout_next_step(struct span sentence) {
        static const char *const to_do[] = {
                "add",    "allow",  "answer",  "ask",    "build",   "choose", "copy",  "delete", "did",     "do",   "embed",
                "enroll", "give",   "install", "leave",  "let",     "load",   "look",  "make",   "mount",   "move", "name",
                "put",    "reboot", "remove",  "rename", "repair",  "run",    "say",   "see",    "shorten", "sign", "strip",
                "take",   "try",    "ukictl",  "unload", "unmount", "use",    "write", NULL,
        };
        bool quoted = false;
        int depth = 0;

        for (size_t i = 0; i + 2 < sentence.n; i++) {
                uint8_t c = sentence.p[i];

                quoted ^= c == '"' || c == '`';
                depth += quoted ? 0 : (c == '(') - (c == ')');
                if (!quoted && depth == 0 && (c == ':' || c == ';') && sentence.p[i + 1] == ' ' &&
                    begins_with_one_of(span_from(sentence, i + 2), to_do))
                        return i + 2;
        }
        return sentence.n;
}

const char *layout_verdict(enum exit_code code) {
        switch (code) {
        case EXIT_OK: return "done";
        case EXIT_FAILED: break;
        case EXIT_USAGE: return "not understood";
        case EXIT_NOT_ARMED: return "nothing that could be done is armed";
        case EXIT_PRIVILEGE: return "not permitted";
        case EXIT_FORMAT: return "refused for its format";
        case EXIT_UNTRUSTED: return "refused for its signature";
        case EXIT_REFUSED: return "refused by a rule";
        case EXIT_NO_FIRMWARE: return "not possible on this machine as it is";
        case EXIT_NVRAM: return "NVRAM takes nothing";
        case EXIT_FOREIGN: return "the next boot is somebody else's";
        case EXIT_BYPASS: return "the next boot would not come to ukiload";
        }
        return "it failed";
}

static enum layout_mood mood_of_word(struct span line) {
        static const char *const good[] = { "starts", "start", "admitted", "good", "yes", "ok", "confirmed", "armed", NULL };
        static const char *const warning[] = { "note", "skipped", "stale", "incomplete", "foreign", "hung", NULL };
        static const char *const bad[] = { "refused", "FAILED", "failed", "broken", "no:", NULL };

        return begins_with_one_of(line, good)      ? LAYOUT_GOOD
               : begins_with_one_of(line, warning) ? LAYOUT_WARNING
               : begins_with_one_of(line, bad)     ? LAYOUT_BAD
                                                   : LAYOUT_PLAIN;
}

static size_t skip_blanks(struct span line, size_t at) {
        while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\n'))
                at++;
        return at;
}

enum layout_mood layout_mood(struct span line, size_t *ret_at) {
        size_t at = skip_blanks(line, 0);
        enum layout_mood mood = mood_of_word(span_from(line, at));

        for (size_t i = at; mood == LAYOUT_PLAIN && i < line.n; i++) {
                size_t next = skip_blanks(line, i + 1);

                if (line.p[i] != ':' || next == i + 1)
                        continue;
                at = next;
                mood = mood_of_word(span_from(line, at));
                break;
        }
        *ret_at = at;
        return mood;
}
