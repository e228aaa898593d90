/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole operating system of a test: says what it sees and switches the machine off. Each line of the report is `@@KEY VALUE`,
 * values in hex where they could hold anything, so that kernel messages between the lines do no harm. lab/guest.py reads it.
 *
 * A shell script would start three programs for each variable, and under emulation they take longer than all else after the
 * kernel. */
#pragma once

#include "linux.h"

/* init_report.c: the parts that need more than a line. */
void report_variables(void);
void report_extra(void);     /* files under /.extra: mode, SHA-256, path */
void report_log(void);       /* what firmware has measured, if there is a TPM */
void report_registers(void); /* what the TPM's registers hold, in each bank */
/* @@KEY and the bytes of a file in hex; nothing without the file. */
void report_hex(const char *key, const char *path);
