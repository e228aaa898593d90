/* SPDX-License-Identifier: BSD-2-Clause */
/* A Unified Kernel Image: a PE whose sections systemd-stub reads (UAPI.5 "Unified Kernel Image"; systemd src/fundamental/uki.h
 * for names and order, facts of versions 252 to 262). */
#pragma once

#include "pe.h"
#include "stubmark.h"

/* In the stub's order of measurement. */
/* clang-format off */
enum uki_section {
        UKI_LINUX, UKI_OSREL, UKI_CMDLINE, UKI_INITRD, UKI_UCODE, UKI_SPLASH, UKI_DTB, UKI_UNAME, UKI_SBAT, UKI_PCRSIG,
        UKI_PCRPKEY, UKI_PROFILE, UKI_DTBAUTO, UKI_HWIDS, UKI_EFIFW, UKI_SECTION_COUNT,
};
/* clang-format on */

enum uki_stub {
        UKI_STUB_SYSTEMD, /* says so of itself (stubmark.h) */
        UKI_STUB_OTHER,   /* no such mark */
};

struct uki {
        uint16_t machine;
        enum uki_stub stub;
        unsigned stub_version, stub_minor; /* 252 and 39, 257 and 0, ...; 0 unless UKI_STUB_SYSTEMD */
        char stub_text[STUBMARK_MAX + 1];  /* "systemd-stub 257.13-1~deb13u1"; empty if there is no mark */
        unsigned n_profiles;               /* how many .profile sections; 0: one profile without a section */
        unsigned profile;                  /* the one that the fields below are for */
        bool has[UKI_SECTION_COUNT];
        struct span section[UKI_SECTION_COUNT]; /* effective: the profile's own, else the base one; empty if !has */
        struct span policy;                     /* .ukipol, from the base part only */
        bool has_policy;
};

/* The name of a section, with its dot. */
const char *uki_section_name(enum uki_section s);

/* Judges pe as a UKI for one profile. Refuses (one clause appended to why): no .linux in the effective profile; a profile that
 * does not exist; .linux, .cmdline, .osrel, .uname, .initrd, .sbat, .ukipol, .sdmagic twice in one profile; .ukipol inside a
 * profile, or empty; an empty .linux; a text section (.cmdline .osrel .uname .profile .ukipol) whose VirtualSize is more than a
 * FileAlignment beyond what the file has. All profiles are judged, not only the wanted one. A section with VirtualSize 0 is
 * absent, as for the stub. ret borrows pe->bytes. Accepts pe of either view. */
bool uki_open(const struct pe *pe, unsigned profile, struct uki *ret, struct text *why);

/* Whether all that uki_open reads, of any profile, has its VirtualSize bytes in the file (a view by pe_open_file): then the file
 * shows what the loaded image will, without a copy as large as that. */
bool uki_fills_file(const struct pe *file);

/* Fills the three stub fields of ret only, for who must know them before the image is judged. */
void uki_read_stub(const struct pe *pe, struct uki *ret);

/* True if pe has a .linux section anywhere: what makes a file under \EFI\Linux a candidate at all. */
bool uki_is_candidate(const struct pe *pe);

/* What of the kernel in .linux a loader must know. */
struct uki_kernel {
        uint32_t cmdline_max; /* bytes without NUL that the kernel takes: min(2047, its header's cmdline_size) */
        bool efi_entry;       /* is a PE of the UKI's machine with MajorImageVersion >= 1 */
        bool handover;        /* has the older entry of x86, by which systemd-stub starts kernels without the other */
};
/* linux is the .linux section's bytes; scratch is overwritten. False with a clause if it is no kernel that EFI can start. */
bool uki_kernel_open(struct span linux_bytes, uint16_t machine, struct pe *scratch, struct uki_kernel *ret, struct text *why);
