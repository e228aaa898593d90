/* SPDX-License-Identifier: BSD-2-Clause */
/* Images that shim refuses although firmware's own loader takes them, whoever signed them (shim 15.8 and 16.1: pe-relocate.c,
 * pe.c and verify.c; the two are alike here). shim reads what firmware ignores: the size of a section without bytes, the place of
 * one without data, FileAlignment, how far the certificate table is from the end.
 *
 * Not told here, since the file does not know it: whether that shim wants NX_COMPAT (16.1 does where firmware enforces it). */
#pragma once

#include "pe.h"

/* What shim asks of a file before it looks at signatures, where another loader asks it through its protocol (any shim) and where
 * it loads the file itself. pe is what pe_open_file opened, of a machine that this firmware starts. Appends one clause to why
 * that names the section. */
bool pe_shim_verifies(const struct pe *pe, struct text *why);
/* The same, and what it asks while it loads: shim from 16.0 on does so, for its LoadImage replaces firmware's. */
bool pe_shim_loads(const struct pe *pe, struct text *why);
