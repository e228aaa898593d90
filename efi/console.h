/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen: labelled lines, broken between words to fit it. Nothing here waits for a key. */
#pragma once

#include "fw.h"

enum console_tone { CONSOLE_PLAIN, CONSOLE_GOOD, CONSOLE_WARN };

/* An empty screen: what is told then stands where firmware's logo was, and has all lines of a small one. */
void console_clear(void);

/* Messages below this level are not shown: 0 errors, 1 what happens (default), 2 details. */
void console_level(unsigned level);

/* "  label    text": errors and refusals. */
void console_warn(const char *label, const char *text);
/* The same, for what happens. */
void console_info(const char *label, const char *text);
/* The same, for details. */
void console_debug(const char *label, const char *text);
/* The same without an end, over what the line had before: the next one goes over it, until console_end_line. */
void console_in_place(const char *label, const char *text);
void console_end_line(void);
/* A line of its own without a label. */
void console_line(enum console_tone tone, const char *text);
