/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include "proto.h"

#define EVENT_HEADER_BYTES offsetof(struct measured_event, data)
#define TAG_BYTES 8u /* of an EV_EVENT_TAG: its id, and the size of what follows */

static struct tcg2 *tpm_present(void) {
        static const EFI_GUID guid = TCG2_GUID;
        struct tcg2 *tpm = fw_locate(&guid);
        struct tcg2_capability capability = { .size = sizeof(capability) };

        if (!tpm || tpm->get_capability(tpm, &capability) != EFI_SUCCESS || !capability.tpm_present)
                return NULL;
        return tpm;
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

static enum measure_result measure_tpm(const struct measure_event *e) {
        struct tcg2 *tpm = tpm_present();
        FW_POOL struct measured_event *r = NULL;

        if (!tpm)
                return MEASURE_NOBODY;
        r = record(e, e->pcr, e->tag);
        if (!r || tpm->hash_log_extend_event(tpm, 0, (uintptr_t) e->data.p, e->data.n, r) != EFI_SUCCESS)
                return MEASURE_FAILED;
        return MEASURE_DONE;
}

static enum measure_result measure_cc(const struct measure_event *e) {
        static const EFI_GUID guid = CC_MEASUREMENT_GUID;
        struct cc_measurement *cc = fw_locate(&guid);
        FW_POOL struct measured_event *r = NULL;
        UINT32 mr;

        if (!cc)
                return MEASURE_NOBODY;
        if (cc->map_pcr_to_mr(cc, e->pcr, &mr) != EFI_SUCCESS)
                return MEASURE_FAILED;
        r = record(e, mr, 0);
        if (!r || cc->hash_log_extend_event(cc, 0, (uintptr_t) e->data.p, e->data.n, r) != EFI_SUCCESS)
                return MEASURE_FAILED;
        return MEASURE_DONE;
}

enum measure_result measure_extend(const struct measure_event *event) {
        enum measure_result cc = event->cc ? measure_cc(event) : MEASURE_NOBODY, tpm = measure_tpm(event);

        if (cc == MEASURE_FAILED || tpm == MEASURE_FAILED)
                return MEASURE_FAILED;
        return cc == MEASURE_DONE || tpm == MEASURE_DONE ? MEASURE_DONE : MEASURE_NOBODY;
}

enum measure_result measure_policy(struct span text) {
        static const CHAR16 description[] = L"ukiload policy";
        struct measure_event event = {
                .pcr = 12,
                .cc = true,
                .data = text,
                .description = { (const uint8_t *) description, sizeof(description) },
        };

        return measure_extend(&event);
}
