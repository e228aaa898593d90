/* SPDX-License-Identifier: BSD-2-Clause */
/* The request: what a reload asks for, in LoadOptions or in the variable UkiloadRequest. Unauthenticated text that selects among
 * signed things; it never carries policy.
 *
 * Words are separated by blanks: a leading `@N`, which is a profile, ukiload.KEY=VALUE, and kernel parameters. Keys and their
 * values are listed in ukiload(7) and, in one table, in request_inside.h. */
#pragma once

#include "contract.h"
#include "span.h"
#include "text.h"

enum request_kind {
        REQUEST_NONE, /* empty, or a shape that carries no request; *why says which if it is not plainly empty */
        REQUEST_OK,
        REQUEST_BAD, /* meant as a request, but refused: why has the clause */
};

enum request_via { REQUEST_VIA_ANY, REQUEST_VIA_LOADER, REQUEST_VIA_BOOT };

enum request_log { REQUEST_LOG_UNSET, REQUEST_LOG_ERROR, REQUEST_LOG_INFO, REQUEST_LOG_DEBUG };

struct request {
        char text[REQUEST_CHARS_MAX + 1]; /* the request in ASCII, own path and systemd-boot's tail cut off */
        size_t text_len;
        bool cut_path, cut_tail; /* an own path at the front, systemd-boot's SMBIOS words at the end were cut */
        bool has_profile;
        unsigned profile; /* 0 if !has_profile */
        char uki[256];    /* normalised path; empty: not given */
        bool has_partition;
        uint8_t partition[16]; /* of uki, if has_partition: its GUID as it lies on the disk. Else the ESP's or XBOOTLDR's path */
        size_t n_addons;
        char addons[REQUEST_ADDONS_MAX][REQUEST_ADDON_MAX + 1]; /* names without ".addon.efi" */
        bool has_sha256, has_plan;
        uint8_t sha256[32], plan[32];
        char id[REQUEST_ID_MAX + 1]; /* empty: none */
        enum request_via via;
        uint16_t via_boot; /* Boot#### for REQUEST_VIA_BOOT */
        bool handoff_stub, oneshot;
        enum request_log log;
        struct text words; /* kernel parameters joined by one blank; over words_buf */
        char words_buf[REQUEST_CHARS_MAX + 1];
};

/* Parses LoadOptions (raw bytes; every shape that firmware and shim are known to give: no NUL, odd size, leading NUL, `WINDOWS`,
 * a whole EFI_LOAD_OPTION, a BDS GUID tail, own path first, ASCII). tail: the SMBIOS string that systemd-boot may have appended
 * (may be empty).
 *
 * *ret is always overwritten and points nowhere but into itself: do not copy it by assignment. REQUEST_OK: complete.
 * REQUEST_NONE: all zero but cut_path and cut_tail. REQUEST_BAD: for the record only; of text, id and via what could be read. */
enum request_kind request_from_options(struct span raw, struct span tail, struct request *ret, struct text *why);
/* Parses the content of UkiloadRequest: exact UCS-2, NUL at the end and nowhere else, id and via present. Never REQUEST_NONE.
 * *ret as above. */
enum request_kind request_from_variable(struct span raw, struct request *ret, struct text *why);
/* Appends what ukiload.uki= has, for people: the path, or the partition and the path on it. Nothing if it was not given. */
#define REQUEST_UKI_CHARS (PATH_MAX_BYTES + 64u) /* with its NUL */
void request_uki(const struct request *req, struct text *ret);
/* Whether ukiload.addon= can name an addon that is called so, without ADDON_TAIL. */
bool request_can_name(struct span addon);
/* The pair of request_from_*: writes the text of a request (ASCII, no NUL) for the variable to ret, which it empties first.
 * Parsed again it is the same request. False if it would be longer than REQUEST_CHARS_MAX or than ret. */
bool request_format(const struct request *req, struct text *ret);
