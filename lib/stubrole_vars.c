/* SPDX-License-Identifier: BSD-2-Clause */
/* What userspace sees of a stub in EFI variables. */
#include "stubrole.h"

#include <string.h>

#include "stubs.h"

/* Bits of StubFeatures (systemd src/fundamental/efivars-fundamental.h). */
#define STUB_FEATURE_REPORT_BOOT_PARTITION 0u
#define STUB_FEATURE_CREDENTIALS           1u
#define STUB_FEATURE_SYSEXTS               2u
#define STUB_FEATURE_THREE_PCRS            3u
#define STUB_FEATURE_RANDOM_SEED           4u
#define STUB_FEATURE_CMDLINE_ADDONS        5u
#define STUB_FEATURE_CMDLINE_SMBIOS        6u
#define STUB_FEATURE_CONFEXTS              8u
#define STUB_FEATURE_PROFILES              9u
#define STUB_FEATURE_STUB_PARTITION        10u

static const struct {
        char name[32];
        unsigned since;
} variables[STUBROLE_VARIABLES] = {
        [STUBROLE_STUB_INFO] = { "StubInfo", 0 },
        [STUBROLE_STUB_FEATURES] = { "StubFeatures", 0 },
        [STUBROLE_STUB_PROFILE] = { "StubProfile", STUB_PROFILES },
        [STUBROLE_STUB_PART_UUID] = { "StubDevicePartUUID", STUB_PROFILES },
        [STUBROLE_STUB_IMAGE_ID] = { "StubImageIdentifier", STUB_PROFILES },
        [STUBROLE_STUB_PCR_IMAGE] = { "StubPcrKernelImage", 0 },
        [STUBROLE_STUB_PCR_PARAMETERS] = { "StubPcrKernelParameters", 0 },
        [STUBROLE_STUB_PCR_SYSEXTS] = { "StubPcrInitRDSysExts", 0 },
        [STUBROLE_STUB_PCR_CONFEXTS] = { "StubPcrInitRDConfExts", STUB_CONFEXT },
        [STUBROLE_LOADER_PART_UUID] = { "LoaderDevicePartUUID", 0 },
        [STUBROLE_LOADER_IMAGE_ID] = { "LoaderImageIdentifier", 0 },
        [STUBROLE_LOADER_FIRMWARE_INFO] = { "LoaderFirmwareInfo", 0 },
        [STUBROLE_LOADER_FIRMWARE_TYPE] = { "LoaderFirmwareType", 0 },
};

bool stubrole_variable(unsigned version, enum stubrole_variable v, char ret_name[32]) {
        if (version < variables[v].since)
                return false;
        memcpy(ret_name, variables[v].name, sizeof(variables[v].name));
        return true;
}

bool stubrole_if_unset(enum stubrole_variable v) {
        return v >= STUBROLE_LOADER_PART_UUID;
}

static uint64_t bit(bool set, unsigned n) {
        return set ? UINT64_C(1) << n : 0;
}

uint64_t stubrole_features(unsigned version) {
        return bit(true, STUB_FEATURE_REPORT_BOOT_PARTITION) | bit(true, STUB_FEATURE_CREDENTIALS) |
               bit(true, STUB_FEATURE_SYSEXTS) | bit(true, STUB_FEATURE_THREE_PCRS) |
               bit(version >= STUB_SEED, STUB_FEATURE_RANDOM_SEED) | bit(true, STUB_FEATURE_CMDLINE_ADDONS) |
               bit(version >= STUB_SMBIOS, STUB_FEATURE_CMDLINE_SMBIOS) | bit(version >= STUB_CONFEXT, STUB_FEATURE_CONFEXTS) |
               bit(version >= STUB_PROFILES, STUB_FEATURE_PROFILES) | bit(version >= STUB_PROFILES, STUB_FEATURE_STUB_PARTITION);
}

void stubrole_info(const struct uki *uki, const char *ukiload_version, struct text *ret) {
        text_cat(ret, "ukiload ", ukiload_version, " as ", NULL);
        if (uki->stub == UKI_STUB_SYSTEMD && stubrole_version(uki) == uki->stub_version) {
                text_str(ret, uki->stub_text);
        } else {
                text_str(ret, "systemd-stub ");
                text_dec(ret, stubrole_version(uki));
        }
}

/* ---- StubPcr*: -1 nothing was to be measured, 1 all of it was, 0 not all ---- */

static void combine(int *flag, bool measured) {
        *flag = *flag < 0 ? measured : *flag && measured;
}

void stubrole_outcome_begin(const struct stubrole *role, struct stubrole_outcome *ret) {
        for (unsigned i = 0; i < STUBROLE_ACCOUNTS; i++)
                ret->flag[i] = -1;
        for (unsigned i = 0; i < STUBROLE_SIDECARS; i++)
                if (role->missing[i])
                        combine(&ret->flag[role->source[i].account], role->version < STUB_EMPTY_NOT_TAKEN);
}

void stubrole_outcome_note(const struct stubrole *role, const struct stubrole_event *event, bool measured,
                           struct stubrole_outcome *o) {
        combine(&o->flag[event->account], measured && (event->tag == 0 || role->version >= STUB_TAGS_COUNT));
}

bool stubrole_account_measured(const struct stubrole_outcome *o, enum stubrole_account account) {
        return o->flag[account] > 0;
}
