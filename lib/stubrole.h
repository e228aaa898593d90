/* SPDX-License-Identifier: BSD-2-Clause */
/* What systemd-stub does with a UKI, as data: every measurement in the order of its code, and the pieces of the initrd. Firmware
 * executes it when ukiload takes the stub's role, and `ukictl predict` computes PCR values from it, for either handoff.
 *
 * Followed are src/boot of systemd 252.39, 257.13 and 262 (src/boot/efi in 252). What differs between versions goes by the UKI's
 * own stub, so that a boot without that stub shows no difference. What that stub cannot do at all (addons on 252) is done as 257
 * does it.
 *
 * PCR 8 is not extended: 252 did so beside PCR 12 only where it was built with -Defi-tpm-pcr-compat=true, which is off by default
 * and in Debian, and nothing in an image tells; 253 dropped it.
 * Not reproduced: .dtb .dtbauto .hwids .efifw (plan_make refuses them for this handoff), and of 261 and newer the measurement of
 * SMBIOS into PCR 1, the console= words found by probing, the boot secret, and an initrd that was registered before. */
#pragma once

#include "initrd.h"
#include "plan.h"

#define STUBROLE_PCR_IMAGE      11u
#define STUBROLE_PCR_PARAMETERS 12u
#define STUBROLE_PCR_SYSEXTS    13u

/* Ids of EV_EVENT_TAG events (systemd src/fundamental/tpm2-pcr.h). */
#define STUBROLE_TAG_PROFILE 0x13aed6dbu
#define STUBROLE_TAG_INITRD  0x49dffe0fu
#define STUBROLE_TAG_UCODE   0xdac08e1au

/* The systemd version whose deeds are imitated for this UKI: its own stub's; 257 for a stub that is not systemd's, and for an
 * image with profiles whose stub is older than profiles. */
unsigned stubrole_version(const struct uki *uki);

/* Whose StubPcr* variable an event counts for. */
enum stubrole_account { STUBROLE_OF_IMAGE, STUBROLE_OF_PARAMETERS, STUBROLE_OF_SYSEXTS, STUBROLE_OF_CONFEXTS, STUBROLE_ACCOUNTS };

/* ---- Sidecars: files beside the UKI that become archives ---- */

/* clang-format off */
enum stubrole_sidecar { /* in the order of measurement and in the initrd */
        STUBROLE_CREDENTIALS, STUBROLE_GLOBAL_CREDENTIALS, STUBROLE_SYSEXT, STUBROLE_GLOBAL_SYSEXT, STUBROLE_CONFEXT,
        STUBROLE_GLOBAL_CONFEXT,
        STUBROLE_SIDECARS,
};
/* clang-format on */

struct stubrole_source {
        char folder[24]; /* from the root of the UKI's volume; empty: the UKI's own; see stubrole_folder */
        char suffix[16]; /* what names end in, without case */
        char except[16]; /* ... unless they end in this; empty: no exception */
        char dir[32];    /* in the initrd, for cpio_begin */
        uint32_t dir_mode, file_mode;
        unsigned pcr;
        enum stubrole_account account;
        char description[48];
};

/* False if that version has no such sidecar. */
bool stubrole_source(unsigned version, enum stubrole_sidecar kind, struct stubrole_source *ret);
/* The folder, from the root of the UKI's volume; the UKI's own is where stubplace.h says. */
void stubrole_folder(const struct uki *uki, const struct stubrole_source *source, struct span uki_path, struct text *ret);
/* Whether a plain file of that name in the folder belongs into the archive. */
bool stubrole_takes(const struct stubrole_source *source, struct span name);

/* ---- The role ---- */

#define STUBROLE_EVENTS_MAX 320u

struct stubrole_event {
        unsigned pcr;
        uint32_t tag;   /* 0: EV_IPL (0x0d), event data is the description; else EV_EVENT_TAG (0x06) with this id */
        bool cc;        /* EFI_CC_MEASUREMENT_PROTOCOL, where there is one, gets it too, first, as EV_IPL */
        bool hash_text; /* what is hashed is stubrole_ucs2(data), its NUL included; else data as it is */
        struct span data;
        struct span description; /* goes into the log as stubrole_ucs2, its NUL included */
        enum stubrole_account account;
};

struct stubrole_input {
        const struct plan *plan;         /* of which uki, profile and overlay count */
        const struct plan_addon *addons; /* the admitted ones are applied */
        size_t n_addons;
        struct span told;                       /* the line that a loader told the stub, and it takes (loaderline.h), or none */
        struct span smbios_extra;               /* as plan_input has it; empty in a confidential VM */
        struct span sidecar[STUBROLE_SIDECARS]; /* finished archives; empty: there are no such files */
        uint8_t *singles;                       /* memory for the archives made of sections; stubrole_singles_size bytes */
        size_t singles_cap;
};

struct stubrole {
        unsigned version;
        size_t n_events;
        struct stubrole_event event[STUBROLE_EVENTS_MAX];
        struct initrd initrd;
        /* what events point to */
        char profile_text[12];
        char told_text[CMDLINE_MAX + 1], smbios_text[CMDLINE_MAX + 1];
        struct stubrole_source source[STUBROLE_SIDECARS]; /* of this version */
        bool missing[STUBROLE_SIDECARS];                  /* this version looks for such files and there are none */
};

/* Bytes of the archives made of sections (tpm2-pcr-signature.json, tpm2-pcr-public-key.pem, os-release, profile); 0 if there are
 * none. False if the sum is larger than a size_t. */
bool stubrole_singles_size(const struct uki *uki, size_t *ret);
/* The whole role. Makes the archives of sections in in->singles. False with a clause ("has more initrds ...") only if something
 * does not fit. ret borrows everything that in points to, and itself: it is not to be copied. */
bool stubrole_make(const struct stubrole_input *in, struct stubrole *ret, struct text *why);

/* Text as systemd-stub turns it into UCS-2: up to the first NUL, what is not valid UTF-8 or not in the basic plane is left out, a
 * NUL at the end. Writes little-endian bytes to dst if they all fit into cap. Returns how many bytes there are, the NUL included:
 * with cap 0 dst may be NULL. */
size_t stubrole_ucs2(struct span utf8, uint8_t *dst, size_t cap);

/* ---- Variables of vendor 4a67b082-0a4c-41cf-b6c7-440b29bb8c4f, volatile; strings are UCS-2 with NUL ---- */

enum stubrole_variable {
        STUBROLE_STUB_INFO,           /* stubrole_info */
        STUBROLE_STUB_FEATURES,       /* u64, little-endian: stubrole_features */
        STUBROLE_STUB_PROFILE,        /* the profile's number, decimal */
        STUBROLE_STUB_PART_UUID,      /* of the UKI's partition, upper case, if it has one */
        STUBROLE_STUB_IMAGE_ID,       /* the UKI's FilePath as text */
        STUBROLE_STUB_PCR_IMAGE,      /* "11", if stubrole_account_measured says so */
        STUBROLE_STUB_PCR_PARAMETERS, /* "12", likewise */
        STUBROLE_STUB_PCR_SYSEXTS,    /* "13", likewise */
        STUBROLE_STUB_PCR_CONFEXTS,   /* "12", likewise */
        STUBROLE_LOADER_PART_UUID,    /* these four only where they are not set yet */
        STUBROLE_LOADER_IMAGE_ID,
        STUBROLE_LOADER_FIRMWARE_INFO, /* vendor, blank, major, ".", two digits of minor: the system table's FirmwareRevision */
        STUBROLE_LOADER_FIRMWARE_TYPE, /* "UEFI ", major, ".", two digits of minor: of the system table's revision */
        STUBROLE_VARIABLES,
};

/* The variable's name into ret (a caller's array of 32 bytes). False if that version does not set it. */
bool stubrole_variable(unsigned version, enum stubrole_variable v, char ret_name[32]);
/* Set only where there is none: it may be systemd-boot's. */
bool stubrole_if_unset(enum stubrole_variable v);
/* StubFeatures: what a stub of that version does and ukiload in its role does too, and what ukiload adds (addons of command
 * lines). Never device trees, URLs or SMBIOS measurements. */
uint64_t stubrole_features(unsigned version);
/* "ukiload 0.1 as systemd-stub 252.39-1~deb12u2" */
void stubrole_info(const struct uki *uki, const char *ukiload_version, struct text *ret);

/* How the stub comes to its StubPcr* variables, peculiarities of each version included: feed the outcome of every event in order,
 * then ask. measured: the TPM or the CC protocol took it, and neither failed. */
struct stubrole_outcome {
        int flag[STUBROLE_ACCOUNTS];
};
void stubrole_outcome_begin(const struct stubrole *role, struct stubrole_outcome *ret);
void stubrole_outcome_note(const struct stubrole *role, const struct stubrole_event *event, bool measured,
                           struct stubrole_outcome *o);
/* Whether the account's StubPcr* variable is to be set. */
bool stubrole_account_measured(const struct stubrole_outcome *o, enum stubrole_account account);
