/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include "proto.h"
#include "stubrole.h"
#include "tpm2.h"

#define EVENT_HEADER_BYTES offsetof(struct measured_event, data)
#define TAG_BYTES          8u /* of an EV_EVENT_TAG: its id, and the size of what follows */

/* EDK2 counts a TPM as absent from the first command on that it does not carry out. */
static bool was_present;

/* EFI_NOT_FOUND: there is no TPM. Any other error is one that does not answer, which is not the same as none. */
static EFI_STATUS find_tpm(struct tcg2 **ret) {
        static const EFI_GUID guid = TCG2_GUID;
        struct tcg2 *tpm = fw_locate(&guid);
        struct tcg2_capability capability = { .size = sizeof(capability) };
        EFI_STATUS status;

        if (!tpm)
                return EFI_NOT_FOUND;
        status = tpm->get_capability(tpm, &capability);
        if (status != EFI_SUCCESS)
                return status == EFI_NOT_FOUND ? EFI_DEVICE_ERROR : status;
        if (!capability.tpm_present)
                return was_present ? EFI_DEVICE_ERROR : EFI_NOT_FOUND;
        *ret = tpm;
        return EFI_SUCCESS;
}

void measure_begin(void) {
        struct tcg2 *tpm;

        was_present = false;
        was_present = find_tpm(&tpm) == EFI_SUCCESS;
}

bool measure_tpm_lost(void) {
        uint8_t answer[TPM2_ANSWER_MAX] = { 0 };
        struct tcg2 *tpm;
        EFI_STATUS status = find_tpm(&tpm);

        if (status == EFI_SUCCESS) /* what firmware says of it may be what it once was told */
                return tpm->submit_command(tpm, TPM2_READ_CLOCK_BYTES, tpm2_read_clock, sizeof(answer), answer) != EFI_SUCCESS ||
                       !tpm2_works((struct span) { answer, sizeof(answer) });
        return status != EFI_NOT_FOUND;
}

static enum measure_result result_of(EFI_STATUS status, EFI_STATUS *ret_status) {
        if (status == EFI_SUCCESS)
                return MEASURE_DONE;
        *ret_status = status;
        return MEASURE_FAILED;
}

/* EFI_VOLUME_FULL is the answer of a log without room: the register was extended all the same. LoadImage of EDK2 goes on then. */
static EFI_STATUS extended(const struct measure_event *e, EFI_STATUS status) {
        return status == EFI_VOLUME_FULL && e->unlogged_counts ? EFI_SUCCESS : status;
}

/* The log's record (pool) for an event; tag 0 makes it EV_IPL. */
static struct measured_event *record(const struct measure_event *e, uint32_t index, uint32_t tag) {
        size_t head = tag ? TAG_BYTES : 0, bytes = EVENT_HEADER_BYTES + head + e->description.n;
        uint32_t words[2] = { tag, (uint32_t) e->description.n };
        struct measured_event *r = fw_alloc(bytes);

        if (!r)
                return NULL;
        r->size = (UINT32) bytes;
        r->header_size = 14; /* of the header behind `size` */
        r->header_version = 1;
        r->index = index;
        r->type = tag ? EV_EVENT_TAG : EV_IPL;
        memcpy(r->data, words, head);
        memcpy(r->data + head, e->description.p, e->description.n);
        return r;
}

static enum measure_result measure_tpm(const struct measure_event *e, EFI_STATUS *ret_status) {
        FW_POOL struct measured_event *r = NULL;
        struct tcg2 *tpm = NULL;
        EFI_STATUS status = find_tpm(&tpm);

        if (status == EFI_NOT_FOUND)
                return MEASURE_NOBODY;
        if (status != EFI_SUCCESS)
                return result_of(status, ret_status);
        r = record(e, e->pcr, e->tag);
        status = r ? tpm->hash_log_extend_event(tpm, 0, (uintptr_t) e->data.p, e->data.n, r) : EFI_OUT_OF_RESOURCES;
        return result_of(extended(e, status), ret_status);
}

static enum measure_result measure_cc(const struct measure_event *e, EFI_STATUS *ret_status) {
        static const EFI_GUID guid = CC_MEASUREMENT_GUID;
        struct cc_measurement *cc = fw_locate(&guid);
        FW_POOL struct measured_event *r = NULL;
        EFI_STATUS status;
        UINT32 mr;

        if (!cc)
                return MEASURE_NOBODY;
        status = cc->map_pcr_to_mr(cc, e->pcr, &mr);
        if (status != EFI_SUCCESS)
                return result_of(status, ret_status);
        r = record(e, mr, 0);
        status = r ? cc->hash_log_extend_event(cc, 0, (uintptr_t) e->data.p, e->data.n, r) : EFI_OUT_OF_RESOURCES;
        return result_of(extended(e, status), ret_status);
}

enum measure_result measure_extend(const struct measure_event *event, EFI_STATUS *ret_status) {
        enum measure_result cc = event->cc ? measure_cc(event, ret_status) : MEASURE_NOBODY, tpm = measure_tpm(event, ret_status);

        if (cc == MEASURE_FAILED || tpm == MEASURE_FAILED)
                return MEASURE_FAILED;
        return cc == MEASURE_DONE || tpm == MEASURE_DONE ? MEASURE_DONE : MEASURE_NOBODY;
}

enum measure_result measure_policy(struct span text, EFI_STATUS *ret_status) {
        static const CHAR16 description[] = L"ukiload policy";
        struct measure_event event = {
                .pcr = 12,
                .cc = true,
                .unlogged_counts = true, /* whoever seals to it asks the register */
                .data = text,
                .description = { (const uint8_t *) description, sizeof(description) },
        };

        return measure_extend(&event, ret_status);
}

enum measure_result measure_options(struct span utf8) {
        struct span ucs2 = { NULL, stubrole_ucs2(utf8, NULL, 0) };
        FW_POOL uint8_t *p = fw_alloc(ucs2.n);
        struct measure_event event = { .pcr = STUBROLE_PCR_PARAMETERS };
        EFI_STATUS ignored;

        if (!p)
                return MEASURE_FAILED;
        (void) stubrole_ucs2(utf8, p, ucs2.n);
        ucs2.p = p;
        event.data = event.description = ucs2;
        return measure_extend(&event, &ignored);
}
