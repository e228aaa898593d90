/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM and the confidential computing protocol: they note what they are given. */
#include "inside.h"

static void note(unsigned pcr, bool cc, uint32_t type, const uint8_t *data, size_t n) {
        struct machine *m = the_machine;
        struct measured *r = &m->measured[m->n_measured];

        if (m->n_measured == sizeof(m->measured) / sizeof(m->measured[0]))
                abort();
        m->n_measured++;
        *r = (struct measured) { .pcr = pcr, .cc = cc, .type = type, .n = n };
        if (n > 0)
                memcpy(r->data, data, n < sizeof(r->data) - 1 ? n : sizeof(r->data) - 1);
}

static EFI_STATUS EFIAPI get_capability(struct tcg2 *this, struct tcg2_capability *ret) {
        const struct fault *f = fault_at(CALL_TPM_CAPABILITY, NULL);

        (void) this;
        if (fails(f))
                return f->status;
        ret->tpm_present = !lies(f, LIE_ZERO);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI tpm_extend(struct tcg2 *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                    struct measured_event *event) {
        const struct fault *f = fault_at(CALL_TPM_EXTEND, NULL);

        (void) this;
        (void) flags;
        if (fails(f) && f->status != EFI_VOLUME_FULL) /* the log's answer, when all else is done */
                return f->status;
        note(event->index, false, event->type, (const uint8_t *) (uintptr_t) data, (size_t) size);
        return fails(f) ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

/* To whatever it is asked, as to a question that takes no answer but success. */
static EFI_STATUS EFIAPI submit(struct tcg2 *this, UINT32 size, const UINT8 *command, UINT32 answer_size, UINT8 *ret_answer) {
        static const uint8_t success[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0 };
        const struct fault *f = fault_at(CALL_TPM_COMMAND, NULL);

        (void) this;
        if (fails(f))
                return f->status;
        if (size < sizeof(success) || command[0] != 0x80 || answer_size < sizeof(success))
                abort();
        memcpy(ret_answer, success, sizeof(success));
        if (lies(f, LIE_FLIP))
                ret_answer[8] ^= 1; /* TPM_RC_INITIALIZE */
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI map_pcr(struct cc_measurement *this, UINT32 pcr, UINT32 *ret) {
        const struct fault *f = fault_at(CALL_CC_MAP, NULL);

        (void) this;
        if (fails(f))
                return f->status;
        *ret = pcr == 0 ? 0 : pcr < 8 ? 1 : 2;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI cc_extend(struct cc_measurement *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                   struct measured_event *event) {
        const struct fault *f = fault_at(CALL_CC_EXTEND, NULL);

        (void) this;
        (void) flags;
        if (fails(f) && f->status != EFI_VOLUME_FULL)
                return f->status;
        note(event->index, true, event->type, (const uint8_t *) (uintptr_t) data, (size_t) size);
        return fails(f) ? EFI_VOLUME_FULL : EFI_SUCCESS;
}

void tpm_services(struct machine *m) {
        static const EFI_GUID tcg2 = TCG2_GUID, cc = CC_MEASUREMENT_GUID;
        struct inside *in = m->in;

        in->tpm.get_capability = get_capability;
        in->tpm.hash_log_extend_event = tpm_extend;
        in->tpm.submit_command = submit;
        in->cc.map_pcr_to_mr = map_pcr;
        in->cc.hash_log_extend_event = cc_extend;
        if (m->tpm)
                handle_add(handle_new(m), &tcg2, &in->tpm);
        if (m->cc)
                handle_add(handle_new(m), &cc, &in->cc);
}
