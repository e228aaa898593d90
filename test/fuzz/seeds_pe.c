/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for the PE targets: small images of pe_write, sound ones and one for each kind of trouble. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pe_write.h"

void seeds_pe(const char *dir);

/* clang-format off */
#define TEXT(section_name, text) { .name = section_name, .data = { (const uint8_t *)(text), sizeof(text) - 1 } }
/* clang-format on */
#define MAGIC TEXT(".sdmagic", "#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####")
#define SBAT  TEXT(".sbat", "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n")

struct seed {
        char name[16];
        size_t n;
        struct pe_write_section sections[12];
};

static const struct seed ukis[] = {
        { "plain",
          8,
          { SBAT, MAGIC, TEXT(".osrel", "ID=x\nVERSION_ID=1\n"), TEXT(".cmdline", "root=/dev/vda quiet"), TEXT(".uname", "6.1"),
            TEXT(".linux", "kernel"), TEXT(".initrd", "070701"), TEXT(".splash", "BM") } },
        { "policy", 3, { MAGIC, TEXT(".ukipol", "@version 1\nquiet\n"), TEXT(".linux", "kernel") } },
        { "profiles",
          9,
          { MAGIC, TEXT(".cmdline", "a"), TEXT(".linux", "k"), TEXT(".profile", "ID=a"), TEXT(".profile", "ID=b"),
            TEXT(".cmdline", "b"), TEXT(".profile", "ID=c"), TEXT(".linux", "l"), TEXT(".initrd", "i") } },
        { "firmware",
          8,
          { TEXT(".linux", "k"), TEXT(".dtbauto", "d"), TEXT(".dtbauto", "e"), TEXT(".efifw", "f"), TEXT(".hwids", "h"),
            TEXT(".ucode", "u"), TEXT(".pcrsig", "{}"), TEXT(".pcrpkey", "-----") } },
        { "twice", 3, { TEXT(".linux", "k"), TEXT(".cmdline", "a"), TEXT(".cmdline", "b") } },
        { "empty", 2, { TEXT(".linux", "k"), TEXT(".cmdline", "\0\0") } },
};

static const struct seed addons[] = {
        { "plain", 3, { TEXT(".cmdline", "crashkernel=256M\n"), TEXT(".uname", "6.1"), SBAT } },
        { "ukify",
          5,
          { MAGIC, TEXT(".osrel", "ID=x"), TEXT(".cmdline", " console=ttyS0,115200 "), TEXT(".uname", "6.1\0"), SBAT } },
        { "code",
          4,
          { TEXT(".initrd", "070701"), TEXT(".ucode", "u"), TEXT(".dtb", "\xd0\x0d\xfe\xed"), TEXT(".cmdline", "a") } },
        { "uki", 2, { TEXT(".linux", "k"), TEXT(".cmdline", "a") } },
        { "other", 2, { TEXT(".profile", "ID=a"), TEXT(".cmdline", "a") } },
        { "blank", 1, { TEXT(".cmdline", "  \n\0") } },
        { "uname", 2, { TEXT(".cmdline", "a"), TEXT(".uname", "6.") } },
};

static uint8_t image[64 * 1024];

static void write_seed(const char *dir, const char *target, const char *name, size_t n) {
        char path[4096];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, target);
        (void) mkdir(path, 0777);
        (void) snprintf(path, sizeof(path), "%s/%s/%s", dir, target, name);
        file = fopen(path, "wb");
        if (!file || fwrite(image, 1, n, file) != n || fclose(file) != 0) {
                perror(path);
                exit(1);
        }
}

static size_t make(uint16_t machine, const struct seed *seed) {
        size_t n;

        memset(image, 0, sizeof(image));
        if (!pe_write(machine, seed->sections, seed->n, image, sizeof(image), &n)) {
                (void) fprintf(stderr, "make_seeds: %s does not fit\n", seed->name);
                exit(1);
        }
        return n;
}

static void put32(size_t at, uint32_t value) {
        for (size_t i = 0; i < 4; i++)
                image[at + i] = (uint8_t) (value >> (8 * i));
}

/* A certificate table behind the image; the directory entry of pe_write's headers is at 0xe8. */
static size_t sign(size_t n) {
        put32(0xe8, (uint32_t) n);
        put32(0xec, 24);
        put32(n, 24);
        put32(n + 4, 0x00020200);
        return n + 24;
}

/* Other base relocations in place of the two paddings; the rows of .text and .reloc are the first, and .reloc lies at 0x600. */
static void relocate(uint32_t page, uint32_t entries) {
        put32(0x600, page);
        put32(0x600 + 8, entries);
        put32(0x148 + 40 + 36, 0x40000040); /* and loaded by every loader */
}

/* The first section of the seed is at 0x3000. */
static void reloading(const char *dir) {
        static const struct {
                char name[16];
                uint32_t page, entries;
        } hits[] = {
                { "highlow", 0x3000, 0x3004 }, { "dir64", 0x3000, 0xa000 }, { "high", 0x3000, 0x1002 },
                { "low", 0x3000, 0x2002 },     { "code", 0x1000, 0xa000 },  { "header", 0, 0x3150 },
                { "itself", 0x2000, 0x3000 },  { "beyond", 0xfff000, 0 },   { "padding", 0x3000, 0 },
        };
        static const struct {
                char name[16];
                uint32_t flags;
        } flags[] = { { "unread", 0x40 }, { "discard", 0x42000040 }, { "zeroed", 0x400000c0 } };

        for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
                size_t n = make(PE_MACHINE_X86_64, &addons[0]);

                relocate(hits[i].page, hits[i].entries);
                write_seed(dir, "fuzz_addon", hits[i].name, n);
                n = make(PE_MACHINE_X86_64, &ukis[0]);
                relocate(hits[i].page, hits[i].entries);
                write_seed(dir, "fuzz_uki", hits[i].name, n);
        }
        for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
                size_t n = make(PE_MACHINE_X86_64, &addons[0]);

                put32(0x148 + 80 + 36, flags[i].flags);
                write_seed(dir, "fuzz_addon", flags[i].name, n);
        }
}

static void variants(const char *dir) {
        struct seed kernel = { "kernel", 1, { TEXT(".setup", "HdrS") } };
        struct seed inner = ukis[0];
        static uint8_t linux_bytes[4096];
        size_t n = make(PE_MACHINE_X86_64, &ukis[0]);

        write_seed(dir, "fuzz_pe", "signed", sign(n));
        n = make(PE_MACHINE_X86_64, &ukis[0]);
        put32(0x148 + 40 * 2 + 8, 0x1010); /* .sbat over .sdmagic, as ukify lets it grow */
        put32(0x148 + 40 * 3 + 12, 0x4000 - 0x1000 + 0x200);
        write_seed(dir, "fuzz_pe", "grown", n);
        n = make(PE_MACHINE_X86_64, &ukis[5]);
        put32(0x148 + 40 * 3 + 8, 0x300); /* zeros that the file does not have */
        write_seed(dir, "fuzz_pe", "short", n);
        put32(0x148 + 40 * 3 + 8, 0);
        write_seed(dir, "fuzz_uki", "absent", n);
        /* a kernel that is a PE, inside */
        n = make(PE_MACHINE_X86_64, &kernel);
        put32(0x202, 0x53726448);
        put32(0x206, 0x020f);
        put32(0x238, 2047);
        put32(0x84, 1);
        memcpy(linux_bytes, image, n);
        inner.sections[5].data = (struct span) { linux_bytes, n };
        n = make(PE_MACHINE_X86_64, &inner);
        write_seed(dir, "fuzz_uki", "kernel", n);
}

void seeds_pe(const char *dir) {
        for (size_t i = 0; i < sizeof(ukis) / sizeof(ukis[0]); i++) {
                size_t n = make(PE_MACHINE_X86_64, &ukis[i]);

                write_seed(dir, "fuzz_uki", ukis[i].name, n);
                write_seed(dir, "fuzz_pe", ukis[i].name, n);
        }
        for (size_t i = 0; i < sizeof(addons) / sizeof(addons[0]); i++) {
                size_t n = make(PE_MACHINE_X86_64, &addons[i]);

                write_seed(dir, "fuzz_addon", addons[i].name, n);
        }
        write_seed(dir, "fuzz_addon", "aarch64", make(PE_MACHINE_AARCH64, &addons[0]));
        variants(dir);
        reloading(dir);
}
