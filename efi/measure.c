/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include "proto.h"

#define PCR_KERNEL_PARAMETERS 12u

static void describe(struct measured_event *event, UINT32 index)
{
        static const CHAR16 text[] = L"ukiload policy";

        _Static_assert(sizeof(text) <= sizeof(event->data), "the description must fit");
        memset(event, 0, sizeof(*event));
        event->size = (UINT32) (sizeof(*event) - sizeof(event->data) + sizeof(text));
        event->header_size = 14; /* TCG EFI Protocol Specification: size of the header itself */
        event->header_version = 1;
        event->index = index;
        event->type = EV_IPL;
        memcpy(event->data, text, sizeof(text));
}

static bool measure_tpm(struct span data)
{
        static const EFI_GUID guid = TCG2_GUID;
        struct tcg2 *tpm = fw_locate(&guid);
        struct measured_event event;

        if (!tpm)
                return true;
        describe(&event, PCR_KERNEL_PARAMETERS);
        return tpm->hash_log_extend_event(tpm, 0, (EFI_PHYSICAL_ADDRESS) (uintptr_t) data.p, data.n, &event) == EFI_SUCCESS;
}

static bool measure_cc(struct span data)
{
        static const EFI_GUID guid = CC_MEASUREMENT_GUID;
        struct cc_measurement *cc = fw_locate(&guid);
        struct measured_event event;
        UINT32 mr;

        if (!cc)
                return true;
        if (cc->map_pcr_to_mr(cc, PCR_KERNEL_PARAMETERS, &mr) != EFI_SUCCESS)
                return false;
        describe(&event, mr);
        return cc->hash_log_extend_event(cc, 0, (EFI_PHYSICAL_ADDRESS) (uintptr_t) data.p, data.n, &event) == EFI_SUCCESS;
}

bool measure_policy(struct span text)
{
        bool cc = measure_cc(text), tpm = measure_tpm(text);

        return cc && tpm;
}
