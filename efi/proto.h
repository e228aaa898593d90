/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocols and GUIDs that gnu-efi's headers of 2022 lack, and only the members that are used. */
#pragma once

#include <efi.h>

/* GUIDs stand as the specifications print them, and types of functions on one line. */
/* clang-format off */
#define UKILOAD_GUID       { 0x1efb867d, 0x9fca, 0x434e, { 0xa3, 0x45, 0x77, 0x38, 0xaa, 0x0e, 0xd8, 0x8e } }
/* Boot Loader Interface (systemd). */
#define LOADER_GUID        { 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f } }
#define GLOBAL_GUID        { 0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } }
#define XBOOTLDR_TYPE_GUID { 0xbc13c2ff, 0x59e6, 0x4262, { 0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72 } }

/* shim: the lock protocol of all versions and the loader protocol of 16.0 and newer. */
#define SHIM_LOCK_GUID         { 0x605dab50, 0xe046, 0x4300, { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 } }
#define SHIM_IMAGE_LOADER_GUID { 0x1f492041, 0xfadb, 0x4e59, { 0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab } }

#if defined(__x86_64__)
#define SHIM_ABI __attribute__((sysv_abi)) /* shim builds this one protocol without the firmware's convention */
#elif defined(__aarch64__)
#define SHIM_ABI
#else
#error "a new architecture: which convention has shim's lock protocol there?"
#endif

struct shim_lock {
        EFI_STATUS (SHIM_ABI *verify)(const void *buffer, UINT32 size);
};

struct shim_image_loader {
        EFI_IMAGE_LOAD load_image;
};

/* UEFI Platform Initialization 1.7, volume 2, 12.9.1: what LoadImage asks before it accepts an image. */
#define SECURITY2_ARCH_GUID { 0x94ab2f58, 0x1438, 0x4ef1, { 0x91, 0x52, 0x18, 0x94, 0x1a, 0x3a, 0x0e, 0x68 } }

struct security2_arch;
typedef EFI_STATUS (EFIAPI *security2_check)(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer,
                                             UINTN size, BOOLEAN boot_policy);
struct security2_arch {
        security2_check check;
};

#define LOAD_FILE2_GUID         { 0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } }
#define LINUX_INITRD_MEDIA_GUID { 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } }

/* TCG EFI Protocol Specification 1.0, chapter 6. */
#define TCG2_GUID { 0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f } }
/* UEFI 2.10, 38.2: confidential computing measurement. */
#define CC_MEASUREMENT_GUID { 0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b } }

#define EV_EVENT_TAG 0x06u
#define EV_IPL       0x0du

struct measured_event {
        UINT32 size, header_size;
        UINT16 header_version;
        UINT32 index; /* PCR, or measurement register */
        UINT32 type;
        UINT8 data[];
} __attribute__((packed));

struct tcg2_capability {
        UINT8 size, structure_version[2], protocol_version[2];
        UINT32 hash_algorithms, event_logs;
        BOOLEAN tpm_present;
        UINT16 max_command, max_response;
        UINT32 manufacturer, banks, active_banks;
};

struct tcg2 {
        EFI_STATUS (EFIAPI *get_capability)(struct tcg2 *this, struct tcg2_capability *ret);
        EFI_STATUS (EFIAPI *get_event_log)(struct tcg2 *this, UINT32 format, EFI_PHYSICAL_ADDRESS *ret_first,
                                           EFI_PHYSICAL_ADDRESS *ret_last, BOOLEAN *ret_truncated);
        EFI_STATUS (EFIAPI *hash_log_extend_event)(struct tcg2 *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                                   struct measured_event *event);
        EFI_STATUS (EFIAPI *submit_command)(struct tcg2 *this, UINT32 size, const UINT8 *command, UINT32 answer_size,
                                            UINT8 *ret_answer);
};

struct cc_measurement {
        void *get_capability, *get_event_log;
        EFI_STATUS (EFIAPI *hash_log_extend_event)(struct cc_measurement *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data,
                                                   UINT64 size, struct measured_event *event);
        EFI_STATUS (EFIAPI *map_pcr_to_mr)(struct cc_measurement *this, UINT32 pcr, UINT32 *ret_mr);
};

/* UEFI 2.10, 37.5. */
#define RNG_GUID { 0x3152bca5, 0xeade, 0x433d, { 0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44 } }

struct rng {
        void *get_info;
        EFI_STATUS (EFIAPI *get_rng)(struct rng *this, EFI_GUID *algorithm, UINTN size, UINT8 *ret);
};

/* UEFI 2.10, 13.2. */
struct load_file2 {
        EFI_STATUS (EFIAPI *load_file)(struct load_file2 *this, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *size,
        void *buffer);
};
/* clang-format on */
