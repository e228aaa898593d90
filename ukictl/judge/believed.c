/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/believed.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/efivars.h"
#include "esl.h"

#define MOK_PARTS 16u /* shim cuts a long list into MokListRT, MokListRT1, ... */

static struct believed_item *add_item(struct believed *t, bool bad, enum believed_kind kind, const char *from) {
        struct believed_item **list = bad ? &t->bad : &t->good;
        size_t *n = bad ? &t->n_bad : &t->n_good;
        struct believed_item *items = realloc(*list, (*n + 1) * sizeof(*items));

        if (!items) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        *list = items;
        struct believed_item *item = &items[(*n)++];
        memset(item, 0, sizeof(*item));
        item->kind = kind;
        snprintf(item->from, sizeof(item->from), "%s", from);
        item->is_mok = strncmp(from, "MokList", 7) == 0;
        return item;
}

static X509 *read_der(struct span der) {
        const uint8_t *p = der.p;
        X509 *cert = der.n <= INT32_MAX ? d2i_X509(NULL, &p, (long) der.n) : NULL;

        ERR_clear_error();
        return cert;
}

static const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static X509 *read_pem(const struct bytes *b) {
        BIO *bio = BIO_new_mem_buf(b->p, (int) b->n);
        X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

        BIO_free(bio);
        ERR_clear_error();
        return cert;
}

static X509 *read_cert(const struct bytes *b) {
        X509 *cert = read_der(bytes_span(b));

        return cert ? cert : read_pem(b);
}

static bool is_list(struct span bytes) {
        char buf[128];
        struct text ignored = TEXT_IN(buf);
        struct esl at;

        return bytes.n > 0 && esl_open(bytes, &at, &ignored);
}

/* A file for another option, or for another tool; NULL: who knows. */
static const char *kind_of(const struct bytes *b, bool bad) {
        struct span all = bytes_span(b);
        X509 *cert = read_cert(b);
        uint16_t revision = 0, type = 0; /* of EFI_VARIABLE_AUTHENTICATION_2, behind time and length: UEFI 2.11, 8.2.2 */

        X509_free(cert);
        if (cert)
                return bad ? "is a certificate and no signature list: make one of it with cert-to-efi-sig-list"
                           : "is a certificate and no signature list: name it with --cert";
        if (all.n > 4 && all.p[1] == 0 && all.p[2] == 0 && all.p[3] == 0 && is_list(span_from(all, 4)))
                return "is a variable as efivarfs shows it: take the first four bytes off, or name its folder with --efivars";
        if (span_u16(all, 20, &revision) && span_u16(all, 22, &type) && revision == 0x0200 && type == 0x0ef1)
                return "is a signed update of a variable (.auth): take the list that it was made of (.esl)";
        return NULL;
}

bool believed_add_cert(struct believed *t, const char *path, struct text *why) {
        struct bytes b;

        if (!bytes_read(path, FILE_TEXT_MAX, &b, why))
                return false;
        X509 *cert = read_cert(&b);
        bool list = !cert && is_list(bytes_span(&b));
        bytes_free(&b);
        if (!cert) {
                text_cat(why, path,
                         list ? ": is a signature list and no certificate: name it with --db"
                              : ": is no certificate in PEM or DER",
                         NULL);
                return false;
        }
        add_item(t, false, BELIEVED_CERT, base_name(path))->cert = cert;
        t->has_good = true;
        return true;
}

/* A certificate that OpenSSL cannot read is passed over: firmware could not use it either. */
static void add_entry(struct believed *t, const struct esl_entry *entry, const char *from, bool bad) {
        X509 *cert;

        switch (entry->kind) {
        case ESL_X509:
                if ((cert = read_der(entry->data)))
                        add_item(t, bad, BELIEVED_CERT, from)->cert = cert;
                break;
        case ESL_SHA256: memcpy(add_item(t, bad, BELIEVED_IMAGE, from)->digest, entry->data.p, 32); break;
        case ESL_X509_SHA256:
                if (bad)
                        memcpy(add_item(t, bad, BELIEVED_TBS, from)->digest, entry->data.p, 32);
                break;
        case ESL_OTHER: break;
        }
}

static bool add_lists(struct believed *t, struct span lists, const char *from, bool bad, struct text *why) {
        struct esl at;

        text_cat(why, from, " ", NULL);
        if (!esl_open(lists, &at, why))
                return false;
        text_clear(why);
        for (struct esl_entry entry; esl_next(&at, &entry);)
                add_entry(t, &entry, from, bad);
        if (bad)
                t->has_bad = true;
        else
                t->has_good = true;
        return true;
}

bool believed_add_lists(struct believed *t, const char *path, bool bad, struct text *why) {
        struct bytes b;

        if (!bytes_read(path, FILE_TEXT_MAX, &b, why))
                return false;
        const char *kind = is_list(bytes_span(&b)) ? NULL : kind_of(&b, bad);
        if (kind)
                text_cat(why, path, ": ", kind, NULL);
        bool ok = !kind && add_lists(t, bytes_span(&b), base_name(path), bad, why);
        bytes_free(&b);
        return ok;
}

/* True for an absent variable, too: then there is nothing in it. */
static bool add_variable(struct believed *t, const char *dir, const char *name, const char *guid, bool bad, struct text *why) {
        struct bytes b = { NULL, 0 };
        enum efivar_state state = efivar_read(dir, name, guid, &b, why);
        bool ok = state == EFIVAR_ABSENT || (state == EFIVAR_READ && add_lists(t, bytes_span(&b), name, bad, why));

        bytes_free(&b);
        return ok;
}

static bool add_mok(struct believed *t, const char *dir, const char *name, bool bad, struct text *why) {
        char part[32];

        if (!add_variable(t, dir, name, GUID_SHIM, bad, why))
                return false;
        for (unsigned i = 1; i < MOK_PARTS; i++) {
                snprintf(part, sizeof(part), "%s%u", name, i);
                if (!add_variable(t, dir, part, GUID_SHIM, bad, why))
                        return false;
        }
        return true;
}

static bool add_sbat_level(struct believed *t, const char *dir, struct text *why) {
        enum efivar_state state = EFIVAR_ABSENT;

        if (!t->has_sbat_level)
                state = efivar_read(dir, "SbatLevelRT", GUID_SHIM, &t->sbat_level, why);
        t->has_sbat_level = t->has_sbat_level || state == EFIVAR_READ;
        return state != EFIVAR_FAILED;
}

bool believed_add_variables(struct believed *t, const char *dir, struct text *why) {
        bool given_good = t->has_good, given_bad = t->has_bad;
        struct bytes b = { NULL, 0 };

        if (!efivars_present(dir))
                return true;
        t->has_variables = true;
        if (!given_good && (!add_variable(t, dir, "db", GUID_SECURITY, false, why) || !add_mok(t, dir, "MokListRT", false, why)))
                return false;
        if (!given_bad && (!add_variable(t, dir, "dbx", GUID_SECURITY, true, why) || !add_mok(t, dir, "MokListXRT", true, why)))
                return false;
        enum efivar_state state = efivar_read(dir, "SecureBoot", GUID_GLOBAL, &b, why);
        if (state == EFIVAR_READ && b.n == 1)
                t->secure_boot = b.p[0] == 1;
        bytes_free(&b);
        return state != EFIVAR_FAILED && add_sbat_level(t, dir, why);
}

void believed_free(struct believed *t) {
        for (size_t i = 0; i < t->n_good; i++)
                X509_free(t->good[i].cert);
        for (size_t i = 0; i < t->n_bad; i++)
                X509_free(t->bad[i].cert);
        free(t->good);
        free(t->bad);
        bytes_free(&t->sbat_level);
}
