/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a PE/COFF image (Microsoft "PE Format"; UEFI 2.10, 2.1.1), as a file or as LoadImage laid it out in memory.
 *
 * pe_open_* proves everything once: headers and section table lie in the bytes, every section's data lies in the bytes,
 * no two sections overlap in the file or in memory, no sum wraps, the certificate table is the end of the file, the entry point
 * lies in a section. Code that holds a struct pe needs no further checks. Of what is sound it opens EFI applications only, also
 * of machines that are not ours, so that they can be named. One overlap is let through: ukify makes the .sbat of systemd 252's
 * stub longer than its place before .sdmagic; the copy in memory is then damaged, and nothing here may depend on it.
 * Nothing here loads or starts an image; that is LoadImage's work. */
#pragma once

#include "arch.h"
#include "contract.h"
#include "span.h"
#include "text.h"

#define PE_SUBSYSTEM_EFI_APPLICATION 10u
#define PE_NX_COMPAT                 0x0100u

#define PE_SCN_UNINITIALISED 0x00000080u
#define PE_SCN_DISCARDABLE   0x02000000u
#define PE_SCN_EXECUTE       0x20000000u
#define PE_SCN_READ          0x40000000u
#define PE_SCN_WRITE         0x80000000u

#define PE_DIR_SECURITY 4u
#define PE_DIR_RELOC    5u
#define PE_DIR_DEBUG    6u

struct pe_section {
        char name[9];               /* NUL-terminated; at most 8 bytes */
        uint32_t vaddr, vsize;      /* in memory, from ImageBase */
        uint32_t raw_off, raw_size; /* in the file */
        uint32_t flags;
};

struct pe {
        struct span bytes; /* the file, or the loaded image from ImageBase on */
        bool mapped;       /* bytes is a loaded image: sections lie at vaddr */
        uint16_t machine, characteristics, subsystem, dll_characteristics;
        uint16_t major_image_version;
        uint32_t entry, size_of_image, size_of_headers, section_alignment, file_alignment;
        uint32_t table_off, n_dirs; /* offset of the section table, behind the data directories; how many of these there are */
        uint32_t checksum_off, cert_dir_off; /* offsets of CheckSum and of the security directory entry; 0: no entry */
        uint32_t cert_off, cert_size;        /* security directory: file offset and bytes; 0, 0: unsigned, or mapped */
        size_t n_sections;
        struct pe_section sections[PE_SECTIONS_MAX]; /* in the order of the table */
};

/* Judges a file in one buffer. On failure appends one clause to why ("is not a PE image: ...") and leaves *ret_pe
 * undefined; the caller names the file in front of it. ret_pe borrows file. */
bool pe_open_file(struct span file, struct pe *ret_pe, struct text *why);
/* Reads the headers at the front of a file of file_size bytes whose rest is not in memory, to choose among files: the sections
 * are as the table says and not judged, and pe_bytes gives an empty span for what is not there. Before anything is done with the
 * file, pe_open_file. */
bool pe_open_head(struct span head_bytes, uint64_t file_size, struct pe *ret_pe, struct text *why);
/* Judges an image that LoadImage accepted: image is [ImageBase, ImageBase + ImageSize). */
bool pe_open_image(struct span image, struct pe *ret_pe, struct text *why);

/* The bytes of a section: in a loaded image VirtualSize bytes; in a file min(VirtualSize, SizeOfRawData) bytes, for the rest
 * of a raw section is padding that the loader does not map. Never fails for a section of an opened pe. */
struct span pe_bytes(const struct pe *pe, const struct pe_section *section);

/* The first section of that name from index `from` on; NULL if there is none. Names compare in all eight bytes. */
const struct pe_section *pe_find(const struct pe *pe, const char *name, size_t from);
/* Whether the section has that name. */
bool pe_named(const struct pe_section *section, const char *name);
/* How many sections have that name. */
size_t pe_count(const struct pe *pe, const char *name);

/* Data directory i, as it stands; all zero if there are not so many. */
struct pe_dir {
        uint32_t addr, size;
};
struct pe_dir pe_directory(const struct pe *pe, uint32_t i);

/* What Authenticode hashes of a file (Microsoft "Windows Authenticode Portable Executable Signature Format"): for a host
 * tool that computes the digest with its own crypto library: the headers without CheckSum and the security directory entry, the
 * sections as they lie in the file, and then, as firmware does it (EDK2 HashPeImage), as many bytes before the certificate table
 * as were not counted yet. Where sections and headers leave no gap, that is the file in order; where they do, bytes before the
 * end are hashed twice and those in the gap perhaps never. sbsign computes the same, and so does shim, but that some versions
 * leave the rest out where there is no certificate table. */
struct pe_hashed {
        struct span range[PE_SECTIONS_MAX + 4u];
        size_t n;
        bool rest; /* the last range is the bytes that headers and sections did not count */
};
void pe_hashed_ranges(const struct pe *pe, struct pe_hashed *ret);
