/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for the text targets: requests, file names, boot entries. make_seeds calls this. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEX32 "00112233445566778899aabbccddeeff"

void seeds_request(const char *dir);

static void write_seed(const char *dir, const char *target, unsigned number, const void *p, size_t n) {
        char path[4096];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, target);
        (void) mkdir(path, 0777);
        (void) snprintf(path, sizeof(path), "%s/%s/text-%u", dir, target, number);
        file = fopen(path, "wb");
        if (!file)
                return;
        (void) fwrite(p, 1, n, file);
        (void) fclose(file);
}

/* First byte: 1 for text that the target spreads to UCS-2, plus twice the length of systemd-boot's tail. */
static void requests(const char *dir) {
        static const char texts[][220] = {
                "\001@1 ukiload.uki=/EFI/Linux/b.efi quiet ukiload.addon=kdump.addon.efi ukiload.addon=serial",
                "\001ukiload.uki=PARTUUID=0a1b2c3d-2222-4333-8444-5555555555ff/EFI/Linux/b.efi ukiload.id=a ukiload.via=0007",
                "\001ukiload.uki=LABEL=x/a.efi ukiload.uki=PARTUUID=12345678-01/a.efi",
                "\001ukiload.sha256=" HEX32 HEX32 " ukiload.plan=" HEX32 HEX32,
                "\001ukiload.id=A.b_c-9 ukiload.via=00aF ukiload.handoff=stub ukiload.log=debug ukiload.oneshot loglevel=7",
                "\001ukiload.id=x ukiload.via=loader ukiload.profile=3 ukiload.log=info ukiload.log=error",
                "\001\\EFI\\ukiload\\ukiloadx64.efi @1 quiet",
                "\001FS0:\\my own\\ukiload.efi ukiload.uki=\\a.efi",
                "\001\\EFI\\my own\\ukiload.efi debug",
                "\011ukiload.uki=\\a.efi tail",
                "\001WINDOWS",
                "\001ukiload.foo=\"a b\"",
        };
        /* A whole load option around "@1". */
        static const unsigned char option[] = {
                0, 1, 0, 0, 0, 12, 0, 'a', 0, 0, 0, 4, 4, 8, 0, 'b', 0, 0, 0, 0x7f, 0xff, 4, 0, '@', 0, '1', 0, 0, 0,
        };
        unsigned i = 0;

        for (; i < sizeof(texts) / sizeof(texts[0]); i++)
                write_seed(dir, "fuzz_request", i, texts[i], strlen(texts[i]));
        write_seed(dir, "fuzz_request", i, option, sizeof(option));
}

static void paths(const char *dir) {
        static const char texts[][40] = {
                "\\EFI\\Linux\\foo+3.efi", "/EFI//Linux/foo+2-1.EFI",       "kdump.addon.efi", "\\a\\..\\b",
                "\\MY-LON~1.EFI",          "a+b+2147483647-2147483647.efi",
        };

        for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                write_seed(dir, "fuzz_path", i, texts[i], strlen(texts[i]));
}

/* Three files with their folders, a folder to open from, and the name. */
static void served(const char *dir) {
        static const char *const opened[] = { "q.addon.efi",
                                              "..\\..\\loader\\ADDONS\\q.addon.efi. ",
                                              "\\EFI\\Linux\\a.efi.extra.d\\L.addon.efi",
                                              "..\\..\\..",
                                              "./x\\.addon.efi",
                                              "\\EFI\\Linux",
                                              "\\loader\\entries\\a.conf",
                                              "\\" };
        char seed[256];

        for (unsigned i = 0; i < sizeof(opened) / sizeof(opened[0]); i++) {
                int n = snprintf(
                        seed, sizeof(seed),
                        "\\loader\\addons|q.addon.efi|EFI/Linux/a.efi.extra.d|l.addon.efi|\\|\x81.addon.efi|\\loader\\addons|%s",
                        opened[i]);

                for (int k = 0; k < n; k++)
                        if (seed[k] == '|')
                                seed[k] = 0;
                write_seed(dir, "fuzz_served", i, seed, (size_t) n);
        }
}

static void entries(const char *dir) {
        static const char seed[] =
                "Debian-6.1.0-40+3-1.efi\0debian-6.12.48~rc1^a.efi\0"
                "ID=debian\nIMAGE_ID='x'\nVERSION_ID=\"12\"\n\0# c\nID=arch\r\nBUILD_ID=rolling\nIMAGE_VERSION=00123";
        static const char spent[] = "a+0-3.efi\0A.efi\0\0NAME=x";

        write_seed(dir, "fuzz_bls", 0, seed, sizeof(seed) - 1);
        write_seed(dir, "fuzz_bls", 1, spent, sizeof(spent) - 1);
}

void seeds_request(const char *dir) {
        requests(dir);
        paths(dir);
        served(dir);
        entries(dir);
}
