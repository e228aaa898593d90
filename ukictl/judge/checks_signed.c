/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "pe_shim.h"
#include "sbat.h"
#include "judge/authenticode.h"
#include "judge/checks.h"

static void check_signature(struct verdict *v, const struct signature *s, enum believed_way way) {
        struct text t = check_add(v, "signature", s->intact ? CHECK_OK : CHECK_FAILED, EXIT_UNTRUSTED);

        if (s->p7 && s->signer[0])
                text_cat(&t, "by \"", s->signer, "\": ", NULL);
        text_str(&t, s->intact ? "the digest is this file's" : s->broken);
        if (!s->intact || !s->not_for_shim || way == BELIEVED_WITHOUT_SHIM)
                return;
        t = check_add(v, "signature", CHECK_NOTE, EXIT_OK);
        text_cat(&t, "its digest is ", s->not_for_shim, ", which current firmware takes; shim takes SHA-256 only", NULL);
}

static void check_forbidden(struct verdict *v, const struct signatures *sigs, const struct believed *believed) {
        struct text t;
        bool any = sigs->bad_image != NULL;

        if (sigs->bad_image) {
                t = check_add(v, "revoked", CHECK_FAILED, EXIT_UNTRUSTED);
                text_cat(&t, "the image's digest is listed in ", sigs->bad_image->from, NULL);
        }
        for (size_t i = 0; i < sigs->n; i++) {
                if (!sigs->list[i].bad)
                        continue;
                any = true;
                t = check_add(v, "revoked", CHECK_FAILED, EXIT_UNTRUSTED);
                text_cat(&t, "the signature by \"", sigs->list[i].signer, "\" leads to a certificate that is listed in ",
                         sigs->list[i].bad->from, NULL);
        }
        if (!any) {
                t = check_add(v, "revoked", believed->has_bad ? CHECK_OK : CHECK_SKIPPED, EXIT_OK);
                text_str(&t, believed->has_bad ? "neither image nor signer is"
                             : believed->has_variables
                                     ? "this machine has no list of revocations"
                                     : "no list at hand: there are no EFI variables here, and no --dbx was given");
        }
}

static bool any_intact(const struct signatures *sigs) {
        for (size_t i = 0; i < sigs->n; i++)
                if (sigs->list[i].intact)
                        return true;
        return false;
}

/* The first signature that counts; NULL: none. */
static const struct signature *find_trusted(const struct signatures *sigs) {
        for (size_t i = 0; i < sigs->n; i++)
                if (sigs->list[i].intact && sigs->list[i].good)
                        return &sigs->list[i];
        return NULL;
}

static void check_trust(struct verdict *v, const struct signatures *sigs, const struct believed *believed) {
        const struct signature *s = find_trusted(sigs);
        struct text t;

        if (sigs->good_image || s) {
                t = check_add(v, "trust", CHECK_OK, EXIT_OK);
                if (sigs->good_image)
                        text_cat(&t, "the image's digest is listed in ", sigs->good_image->from, NULL);
                else
                        text_cat(&t, "the signature by \"", s->signer, "\" leads to a certificate in ", s->good->from, NULL);
                return;
        }
        bool known = believed->has_good || believed->has_variables;
        t = check_add(v, "trust", known || sigs->n == 0 ? CHECK_FAILED : CHECK_SKIPPED, EXIT_UNTRUSTED);
        if (sigs->n == 0)
                text_str(&t, "not signed: firmware refuses it under Secure Boot; sign it, say with sbsign");
        else if (!any_intact(sigs))
                text_str(
                        &t,
                        "no signature on it is sound, so nobody vouches for it; take the file from its source again, or sign it again");
        else if (known)
                text_str(
                        &t,
                        believed->has_variables && !believed->has_good
                                ? "this machine has neither db nor MokListRT, so no signature counts"
                                : "no signature leads to a certificate that is trusted; enroll the signer's, or sign with another key");
        else
                text_str(&t, "nobody to ask: there are no EFI variables here, and neither --cert nor --db was given");
}

static void name_voucher(struct verdict *v, const struct signatures *sigs) {
        struct text t = TEXT_IN(v->voucher);

        if (sigs->good_image)
                text_cat(&t, "its digest in ", sigs->good_image->from, NULL);
        for (size_t i = 0; i < sigs->n && t.len == 0; i++)
                if (sigs->list[i].intact && sigs->list[i].good)
                        text_cat(&t, "\"", sigs->list[i].signer, "\" (", sigs->list[i].good->from, ")", NULL);
}

void check_signed(struct verdict *v, const struct pe *pe, const uint8_t digest[32], const struct believed *believed) {
        struct signatures *sigs = need(sizeof(*sigs));
        char buf[160];
        struct text why = TEXT_IN(buf);

        if (!signatures_check(pe, digest, believed, sigs, &why)) {
                struct text t = check_add(v, "signature", CHECK_FAILED, EXIT_UNTRUSTED);

                text_str(&t, buf);
        } else {
                for (size_t i = 0; i < sigs->n; i++)
                        check_signature(v, &sigs->list[i], believed->way);
                check_forbidden(v, sigs, believed);
                check_trust(v, sigs, believed);
                name_voucher(v, sigs);
        }
        if (believed->has_variables && believed->secure_boot == 0) {
                struct text t = check_add(v, "firmware", CHECK_NOTE, EXIT_OK);

                text_str(&t, "Secure Boot is off here: firmware checks no signature until it is on");
        }
        signatures_free(sigs);
        free(sigs);
}

void check_shim(struct verdict *v, const struct pe *pe, const struct believed *believed) {
        char buf[256];
        struct text why = TEXT_IN(buf);
        bool shim = false;

        if (pe_shim_loads(pe, &why))
                return;
        for (size_t i = 0; i < believed->n_good; i++)
                shim = shim || believed->good[i].is_mok;
        struct text t = check_add(v, "shim", shim ? CHECK_FAILED : CHECK_NOTE, EXIT_FORMAT);
        text_cat(&t, buf, shim ? "" : "; firmware without shim takes it", NULL);
}

void check_sbat(struct verdict *v, const struct pe *pe, const struct believed *believed) {
        const struct pe_section *section = pe_find(pe, ".sbat", 0);
        char buf[256];
        struct text why = TEXT_IN(buf);
        struct text t;

        if (!section) {
                t = check_add(v, "sbat", CHECK_NOTE, EXIT_OK);
                text_str(&t, "has no .sbat: shim starts it from another loader, but it cannot be revoked by generation");
        } else if (!believed->has_sbat_level) {
                t = check_add(v, "sbat", CHECK_SKIPPED, EXIT_OK);
                text_str(&t, "no level to compare with: there is no SbatLevelRT here, and no --sbat-level was given");
        } else {
                bool ok = sbat_allowed(span_trim_nul(pe_bytes(pe, section)), span_trim_nul(bytes_span(&believed->sbat_level)),
                                       &why);

                t = check_add(v, "sbat", ok ? CHECK_OK : CHECK_FAILED, EXIT_UNTRUSTED);
                text_str(&t, ok ? "not below the revocation level" : buf);
        }
}
