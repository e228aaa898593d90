/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/kind.h"

#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "pe.h"
#include "uki.h"

static bool bytes_at(struct span s, size_t at, const char *magic, size_t n) {
        return s.n >= at + n && memcmp(s.p + at, magic, n) == 0;
}

static bool has(const struct pe *pe, const char *section) {
        return pe_find(pe, section, 0) != NULL;
}

/* In .sdmagic or in a line of .sbat, which name what is what. */
static bool says(const struct pe *pe, const char *section, const char *what) {
        const struct pe_section *magic = pe_find(pe, section, 0);
        struct span text = magic ? pe_bytes(pe, magic) : (struct span) { NULL, 0 };

        return text.n > 0 && memmem(text.p, text.n, what, strlen(what)) != NULL;
}

/* Linux Documentation/arch/x86/boot.rst, arch/arm64/booting.rst, and drivers/firmware/efi/libstub/zboot-header.S. */
static bool is_kernel(struct span file) {
        return bytes_at(file, 0x202, "HdrS", 4) || bytes_at(file, 0x38, "ARMd", 4) || bytes_at(file, 4, "zimg", 4);
}

static enum kind kind_of_pe(struct span file, const struct pe *pe) {
        /* lanzaboote: .linux is a path, and the digest of what lies there stands beside it. */
        if (has(pe, ".linuxh") || has(pe, ".kernelh"))
                return KIND_THIN;
        if (uki_is_candidate(pe))
                return KIND_UKI;
        if (is_kernel(file))
                return KIND_KERNEL;
        if (says(pe, ".sbat", "\nshim,"))
                return KIND_SHIM;
        if (says(pe, ".sdmagic", "systemd-boot") || says(pe, ".sbat", "\ngrub,") || has(pe, "mods"))
                return KIND_LOADER;
        if (has(pe, ".ukipol"))
                return KIND_UKILOAD;
        if (has(pe, ".cmdline") || has(pe, ".dtb") || has(pe, ".ucode") || has(pe, ".initrd"))
                return KIND_ADDON;
        return says(pe, ".sdmagic", "systemd-stub") ? KIND_STUB : KIND_PROGRAM;
}

static bool is_archive(struct span file) {
        static const struct magic {
                const char *bytes;
                size_t n;
        } magics[] = {
                { "070701", 6 },
                { "070702", 6 },
                { "\x1f\x8b", 2 },
                { "\x28\xb5\x2f\xfd", 4 },
                { "BZh", 3 },
                { "\xfd"
                  "7zXZ",
                  5 },
                { "\x02\x21\x4c\x18", 4 },
                { "\x04\x22\x4d\x18", 4 },
                { "\x5d\0\0", 3 },
        };

        for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
                if (bytes_at(file, 0, magics[i].bytes, magics[i].n))
                        return true;
        return false;
}

enum kind kind_of(struct span file) {
        char buf[1];
        struct text ignored = TEXT_IN(buf);
        struct pe *pe = need(sizeof(*pe));
        enum kind kind = is_kernel(file) ? KIND_KERNEL
                         : file.n == 0   ? KIND_EMPTY
                         : bytes_at(file, 0,
                                    "\x7f"
                                    "ELF",
                                    4)
                                 ? KIND_ELF
                         : is_archive(file) ? KIND_ARCHIVE
                                            : KIND_UKI;

        if (bytes_at(file, 0, "MZ", 2) && pe_open_file(file, pe, &ignored))
                kind = kind_of_pe(file, pe);
        free(pe);
        return kind;
}

const char *kind_refusal(enum kind kind) {
        switch (kind) {
        case KIND_UKI: break;
        case KIND_KERNEL: return "is a kernel, not a UKI: build one around it with ukify build";
        case KIND_ADDON: return "is an addon, not a UKI: name the UKI, and the addon behind --addon";
        case KIND_THIN: return "is a thin image, whose kernel is another file: ukiload starts UKIs that have it inside";
        case KIND_STUB: return "is a stub without a kernel: build a UKI from both with ukify build";
        case KIND_UKILOAD: return "is ukiload itself: name the UKI that it shall start";
        case KIND_SHIM: return "is shim, a boot loader: name the UKI that it leads to";
        case KIND_LOADER: return "is a boot loader, not a UKI: name the UKI that it starts";
        case KIND_PROGRAM: return "is an EFI program that has no kernel inside: name a UKI";
        case KIND_EMPTY: return "is empty: copy the UKI there once more";
        case KIND_ARCHIVE: return "is an initrd or another archive, not a UKI: name the UKI that it belongs to";
        case KIND_ELF: return "is an ELF program, not a UKI: firmware starts PE images only";
        }
        return "";
}
