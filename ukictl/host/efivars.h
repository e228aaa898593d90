/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variables as files `Name-guid` with four bytes of attributes in front (Linux efivarfs). */
#pragma once

#include "host/files.h"

#define EFIVARS_DIR   "/sys/firmware/efi/efivars"
#define GUID_GLOBAL   "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define GUID_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f" /* db, dbx */
#define GUID_SHIM     "605dab50-e046-4300-abb6-3dd810dd8b23" /* MokListRT, MokListXRT, SbatLevelRT */

#define EFIVAR_ATTRIBUTES 4u

enum efivar_state { EFIVAR_READ, EFIVAR_ABSENT, EFIVAR_FAILED };

/* There are EFI variables in dir at all. */
bool efivars_present(const char *dir);
/* The file of the variable as it is. */
enum efivar_state efivar_file(const char *dir, const char *name, const char *guid, struct bytes *ret, struct text *why);
/* The variable without its attributes. EFIVAR_FAILED: it is there, and why has the sentence. */
enum efivar_state efivar_read(const char *dir, const char *name, const char *guid, struct bytes *ret, struct text *why);
