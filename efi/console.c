/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#define LABEL_WIDTH 11u

static unsigned level = 1;

void console_level(unsigned new_level) {
        level = new_level;
}

/* The one place where text becomes output: what is not printable is shown as \xNN, for a terminal obeys control bytes, whoever
 * wrote them. */
static void put(const char *s, size_t n) {
        while (n > 0) {
                size_t part = n < 32 ? n : 32;
                char shown[4 * 32 + 1];
                CHAR16 wide[sizeof(shown)];
                struct text text = TEXT_IN(shown);

                text_shown(&text, (struct span) { (const uint8_t *) s, part }, part);
                (void) ucs2_from_utf8(shown, wide, sizeof(shown));
                (void) fw_st->ConOut->OutputString(fw_st->ConOut, wide);
                s += part;
                n -= part;
        }
}

static void back(void) {
        CHAR16 start[] = { '\r', 0 };

        (void) fw_st->ConOut->OutputString(fw_st->ConOut, start);
}

static void new_line(void) {
        CHAR16 end[] = { '\r', '\n', 0 };

        (void) fw_st->ConOut->OutputString(fw_st->ConOut, end);
}

static size_t width(void) {
        SIMPLE_TEXT_OUTPUT_INTERFACE *out = fw_st->ConOut;
        UINTN columns = 0, rows = 0;

        if (out->QueryMode(out, out->Mode->Mode < 0 ? 0 : (UINTN) out->Mode->Mode, &columns, &rows) != EFI_SUCCESS ||
            columns < 40)
                return 79;
        return columns - 1 < 120 ? columns - 1 : 120;
}

static void spaces(size_t n) {
        while (n-- > 0)
                put(" ", 1);
}

/* How much of s goes on a line of room characters: up to the last blank, or all of a word that is longer than the line. */
static size_t line_part(const char *s, size_t n, size_t room) {
        size_t cut = room;

        if (n <= room)
                return n;
        while (cut > 0 && s[cut] != ' ')
                cut--;
        return cut > 0 ? cut : room;
}

static void wrapped(const char *s, size_t indent) {
        size_t n = strlen(s), room = width() - indent;

        for (bool first = true; first || n > 0; first = false) {
                size_t part = line_part(s, n, room);

                if (!first)
                        spaces(indent);
                put(s, part);
                new_line();
                s += part;
                n -= part;
                while (*s == ' ') {
                        s++;
                        n--;
                }
        }
}

static void colour(enum console_tone tone) {
        UINTN attribute = tone == CONSOLE_WARN ? EFI_YELLOW : tone == CONSOLE_GOOD ? EFI_LIGHTGREEN : EFI_LIGHTGRAY;

        (void) fw_st->ConOut->SetAttribute(fw_st->ConOut, attribute);
}

static void put_label(const char *label) {
        size_t n = strlen(label);

        spaces(2);
        put(label, n);
        spaces(n + 2 < LABEL_WIDTH ? LABEL_WIDTH - n - 2 : 1);
}

void console_clear(void) {
        if (!fw_st->ConOut)
                return;
        colour(CONSOLE_PLAIN);
        (void) fw_st->ConOut->ClearScreen(fw_st->ConOut);
}

static void labelled(enum console_tone tone, const char *label, const char *text) {
        if (!fw_st->ConOut)
                return;
        colour(tone);
        put_label(label);
        wrapped(text, LABEL_WIDTH);
        colour(CONSOLE_PLAIN);
}

void console_warn(const char *label, const char *text) {
        labelled(CONSOLE_WARN, label, text);
}

void console_info(const char *label, const char *text) {
        if (level >= 1)
                labelled(CONSOLE_PLAIN, label, text);
}

void console_debug(const char *label, const char *text) {
        if (level >= 2)
                labelled(CONSOLE_PLAIN, label, text);
}

void console_in_place(const char *label, const char *text) {
        if (!fw_st->ConOut || level < 1)
                return;
        back();
        put_label(label);
        put(text, strlen(text));
}

void console_end_line(void) {
        if (fw_st->ConOut && level >= 1)
                new_line();
}

void console_line(enum console_tone tone, const char *text) {
        if (!fw_st->ConOut || (tone != CONSOLE_WARN && level < 1))
                return;
        colour(tone);
        wrapped(text, 0);
        colour(CONSOLE_PLAIN);
}
