/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files beside the UKI a stub takes, and what they become: .cred, .raw and .confext.raw. */
#include "stubrole.h"

#include "cpio.h"
#include "stubplace.h"
#include "stubs.h"

static const struct stubrole_source sources[STUBROLE_SIDECARS] = {
        [STUBROLE_CREDENTIALS] = { "", ".cred", "", ".extra/credentials", 0500, 0400, STUBROLE_PCR_PARAMETERS,
                                   STUBROLE_OF_PARAMETERS, "Credentials initrd" },
        [STUBROLE_GLOBAL_CREDENTIALS] = { DIR_CREDENTIALS, ".cred", "", ".extra/global_credentials", 0500, 0400,
                                          STUBROLE_PCR_PARAMETERS, STUBROLE_OF_PARAMETERS, "Global credentials initrd" },
        [STUBROLE_SYSEXT] = { "", ".raw", ".confext.raw", ".extra/sysext", 0555, 0444, STUBROLE_PCR_SYSEXTS, STUBROLE_OF_SYSEXTS,
                              "System extension initrd" },
        [STUBROLE_GLOBAL_SYSEXT] = { DIR_EXTENSIONS, ".raw", ".confext.raw", ".extra/global_sysext", 0555, 0444,
                                     STUBROLE_PCR_SYSEXTS, STUBROLE_OF_SYSEXTS, "Global system extension initrd" },
        [STUBROLE_CONFEXT] = { "", ".confext.raw", "", ".extra/confext", 0555, 0444, STUBROLE_PCR_PARAMETERS,
                               STUBROLE_OF_CONFEXTS, "Configuration extension initrd" },
        [STUBROLE_GLOBAL_CONFEXT] = { DIR_EXTENSIONS, ".confext.raw", "", ".extra/global_confext", 0555, 0444,
                                      STUBROLE_PCR_PARAMETERS, STUBROLE_OF_CONFEXTS, "Global configuration extension initrd" },
};

static unsigned since(enum stubrole_sidecar kind) {
        switch (kind) {
        case STUBROLE_CONFEXT: return STUB_CONFEXT;
        case STUBROLE_GLOBAL_SYSEXT:
        case STUBROLE_GLOBAL_CONFEXT: return STUB_GLOBAL_EXTENSIONS;
        default: return 0;
        }
}

bool stubrole_source(unsigned version, enum stubrole_sidecar kind, struct stubrole_source *ret) {
        if (version < since(kind))
                return false;
        *ret = sources[kind];
        if (version < STUB_CONFEXT)
                ret->except[0] = '\0'; /* *.confext.raw was a system extension like any other *.raw */
        return true;
}

void stubrole_folder(const struct uki *uki, const struct stubrole_source *source, struct span uki_path, struct text *ret) {
        if (source->folder[0])
                text_str(ret, source->folder);
        else
                stubplace_folder(stubrole_version(uki), uki->stub_minor, uki_path, ret);
}

bool stubrole_takes(const struct stubrole_source *source, struct span name) {
        return cpio_name_ok(name) && span_ends_nocase(name, source->suffix) &&
               !(source->except[0] && span_ends_nocase(name, source->except));
}
