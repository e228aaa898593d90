/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that a kernel gets from the text of .cmdline sections, which is not always the text.
 *
 * systemd-stub decodes UTF-8 leniently into UCS-2 (efi-string.c, xstrn8_to_16: a broken sequence takes as many bytes with it as
 * its first byte announced, overlong forms pass, what is beyond UCS-2 falls out, the first NUL ends it), turns control characters
 * into blanks and trims (util.c, mangle_stub_cmdline). The kernel's EFI stub makes UTF-8 of that again and ends the line at a
 * newline (efi_convert_cmdline). Whoever judges, shows, digests or hands on a line asks here first. Followed are the stubs of
 * systemd 252 to 262. */
#pragma once

#include "text.h"

/* What differs between stubs and kernels; all false: systemd-stub 257 and newer, a kernel of Linux 5.8 or newer. */
struct stubline {
        bool keeps_front; /* until 254: blanks at the front stay, and 0x7f is a character like others */
        bool reads_on;    /* 255 and 256: in a text of blanks only it reads on behind the end, and what comes out nobody knows */
        bool joins_raw;   /* 254 to 256: blanks at the ends of an addon's text stay between it and its neighbours */
        bool per_folder;  /* 254: ... but between the two folders of addons; later all addons are one text */
        bool raw_smbios;  /* 254 to 256: SMBIOS words are not touched, and a blank precedes them even if nothing else does */
        bool ascii;       /* an older kernel, started by its handover entry: characters beyond 0x7e become blanks */
};

/* version: as stubrole_version gives it. Addons on a stub before 254 are ukiload's to add, and it does that as 257 does. */
struct stubline stubline_rules(unsigned version, bool handover);

/* Takes the next character as the stub decodes it off *rest. False at the end: a NUL, or nothing is left. */
bool stubline_next(struct span *rest, uint16_t *ret);
/* Whether the stub takes the character for a blank. */
bool stubline_blank(const struct stubline *rules, uint16_t c);

/* Appends what the kernel gets of a UKI's .cmdline section; out->cut if it is too long for out. */
void stubline_section(const struct stubline *rules, struct span section, struct text *out);
/* Appends what the kernel gets of the words that the stub adds from SMBIOS. */
void stubline_smbios(const struct stubline *rules, struct span extra, struct text *out);
/* The text has characters, and blanks only: see reads_on. */
bool stubline_only_blanks(const struct stubline *rules, struct span text);
