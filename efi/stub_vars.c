/* SPDX-License-Identifier: BSD-2-Clause */
#include "stub_vars.h"

#include "gpt.h"
#include "vars.h"

#define VALUE_BYTES 512u

static const EFI_GUID loader_guid = LOADER_GUID;

/* Registry format in capitals, as systemd's stub has it. */
static void part_uuid(const struct volume *v, struct text *t) {
        uint8_t guid[16];
        size_t from = t->len;

        if (!devpath_partition_guid(v->path, guid))
                return;
        gpt_guid_write(guid, t);
        for (size_t i = from; i < t->len; i++)
                if (t->p[i] >= 'a' && t->p[i] <= 'f')
                        t->p[i] = (char) (t->p[i] - 'a' + 'A');
}

/* MAJOR.MINOR with two digits of minor, from a UEFI revision number. */
static void revision(struct text *t, UINT32 value) {
        text_dec(t, value >> 16);
        text_char(t, '.');
        if ((value & 0xffff) < 10)
                text_char(t, '0');
        text_dec(t, value & 0xffff);
}

static void firmware_info(struct text *t) {
        if (!ucs2_ascii(fw_st->FirmwareVendor, 128, t))
                text_clear(t);
        text_char(t, ' ');
        revision(t, fw_st->FirmwareRevision);
}

static void pcr_number(const struct stubrole_outcome *o, enum stubrole_account account, unsigned pcr, struct text *t) {
        if (stubrole_account_measured(o, account))
                text_dec(t, pcr);
}

/* The variable's text; empty: it is not set. */
static void value_of(const struct boot *b, const struct volume *v, enum stubrole_variable which, const struct stubrole_outcome *o,
                     struct text *t) {
        switch (which) {
        case STUBROLE_STUB_INFO: stubrole_info(&b->plan.uki, UKILOAD_VERSION, t); return;
        case STUBROLE_STUB_PROFILE: text_dec(t, b->plan.profile); return;
        case STUBROLE_STUB_PART_UUID:
        case STUBROLE_LOADER_PART_UUID: part_uuid(v, t); return;
        case STUBROLE_STUB_IMAGE_ID:
        case STUBROLE_LOADER_IMAGE_ID:
                text_str(t, b->uki_path); /* after counting: the name that it has now */
                return;
        case STUBROLE_STUB_PCR_IMAGE: pcr_number(o, STUBROLE_OF_IMAGE, STUBROLE_PCR_IMAGE, t); return;
        case STUBROLE_STUB_PCR_PARAMETERS: pcr_number(o, STUBROLE_OF_PARAMETERS, STUBROLE_PCR_PARAMETERS, t); return;
        case STUBROLE_STUB_PCR_SYSEXTS: pcr_number(o, STUBROLE_OF_SYSEXTS, STUBROLE_PCR_SYSEXTS, t); return;
        case STUBROLE_STUB_PCR_CONFEXTS: pcr_number(o, STUBROLE_OF_CONFEXTS, STUBROLE_PCR_PARAMETERS, t); return;
        case STUBROLE_LOADER_FIRMWARE_INFO: firmware_info(t); return;
        case STUBROLE_LOADER_FIRMWARE_TYPE:
                text_str(t, "UEFI ");
                revision(t, fw_st->Hdr.Revision);
                return;
        case STUBROLE_STUB_FEATURES: /* a number, not a text */
        case STUBROLE_VARIABLES:
        default: return;
        }
}

static void set_one(const struct boot *b, const struct volume *v, const struct stubrole *role, enum stubrole_variable which,
                    const struct stubrole_outcome *o) {
        char name[32], value[VALUE_BYTES];
        CHAR16 wide_name[32];
        uint8_t wide[2 * VALUE_BYTES];
        uint64_t features = stubrole_features(role->version);
        struct text text = TEXT_IN(value);
        size_t bytes;

        if (!stubrole_variable(role->version, which, name) || !ucs2_from_utf8(name, wide_name, 32) ||
            (stubrole_if_unset(which) && vars_exists(wide_name, &loader_guid)))
                return;
        if (which == STUBROLE_STUB_FEATURES) {
                (void) vars_set(wide_name, &loader_guid, VARS_BS_RT,
                                (struct span) { (const uint8_t *) &features, sizeof(features) });
                return;
        }
        value_of(b, v, which, o, &text);
        bytes = stubrole_ucs2(text_span(&text), wide, sizeof(wide));
        if (text.len > 0 && bytes <= sizeof(wide))
                (void) vars_set(wide_name, &loader_guid, VARS_BS_RT, (struct span) { wide, bytes });
}

void stub_vars_set(const struct boot *b, const struct volume *v, const struct stubrole *role,
                   const struct stubrole_outcome *outcome) {
        for (unsigned i = 0; i < STUBROLE_VARIABLES; i++)
                set_one(b, v, role, (enum stubrole_variable) i, outcome);
}

void stub_vars_tell_esp(const struct boot *b, const struct volume *v) {
        uint8_t wide[2 * VALUE_BYTES];
        char value[VALUE_BYTES];
        struct text text = TEXT_IN(value);
        size_t bytes;

        if (!v->xbootldr || vars_exists(L"LoaderDevicePartUUID", &loader_guid))
                return;
        part_uuid(&b->volumes[0], &text);
        bytes = stubrole_ucs2(text_span(&text), wide, sizeof(wide));
        if (text.len > 0)
                (void) vars_set(L"LoaderDevicePartUUID", &loader_guid, VARS_BS_RT, (struct span) { wide, bytes });
}
