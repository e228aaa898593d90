/* SPDX-License-Identifier: BSD-2-Clause */
#include "init.h"
#include "sha256.h"

#include <asm/stat.h>
#include <linux/stat.h>
#include <string.h>

#define VARIABLES "/sys/firmware/efi/efivars"
#define LOG       "/sys/kernel/security/tpm0/binary_bios_measurements"
#define TPM       "/sys/class/tpm/tpm0"
#define PATH_ROOM 512u

/* Files as a whole, one after the other. */
static uint8_t content[1u << 20];

/* FOLDER/NAME. False: too long. */
static bool join(const char *folder, const char *name, char ret[PATH_ROOM]) {
        size_t n = strlen(folder), m = strlen(name);

        if (n + 1 + m >= PATH_ROOM)
                return false;
        memcpy(ret, folder, n);
        ret[n] = '/';
        memcpy(ret + n + 1, name, m + 1);
        return true;
}

static void report_content(const char *path, bool once) {
        long n = linux_read(path, content, sizeof(content), once);

        say_hex(content, n > 0 ? (size_t) n : 0);
        say("\n");
}

void report_hex(const char *key, const char *path) {
        if (linux_call(__NR_faccessat, AT_FDCWD, (long) path, 0, 0, 0) != 0)
                return;
        say(key);
        report_content(path, false);
}

/* -------- variables -------- */

/* A star stands for anything, a hash for one character. */
static bool matches(const char *name, const char *pattern) {
        for (; *pattern && *pattern != '*'; pattern++, name++)
                if (*name == 0 || (*pattern != '#' && *pattern != *name))
                        return false;
        if (*pattern == 0)
                return *name == 0;
        for (; !matches(name, pattern + 1); name++)
                if (*name == 0)
                        return false;
        return true;
}

static void report_variable(void *context, const char *name, bool is_folder) {
        static const char wanted[][40] = {
                "*-1efb867d-9fca-434e-a345-7738aa0ed88e",
                "*-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
                "SecureBoot-*",
                "SetupMode-*",
                "Boot####-8be4df61-*",
                "BootNext-*",
                "BootOrder-*",
                "BootCurrent-*",
                "MokSBState*",
                "ShimRetainProtocol-*",
                "SbatLevelRT-*",
        };
        char path[PATH_ROOM];
        bool found = false;

        (void) context;
        for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && !found; i++)
                found = matches(name, wanted[i]);
        if (!found || is_folder || !join(VARIABLES, name, path))
                return;
        say("@@var ");
        say(name);
        say(" ");
        report_content(path, true); /* efivarfs asks firmware for all of it each time */
}

void report_variables(void) {
        (void) linux_list(VARIABLES, report_variable, NULL);
}

/* -------- files -------- */

static void say_mode(unsigned mode) {
        const char digits[] = { (char) ('0' + (mode >> 6 & 7)), (char) ('0' + (mode >> 3 & 7)), (char) ('0' + (mode & 7)), ' ',
                                0 };

        say(digits);
}

static void say_digest(const char *path) {
        uint8_t digest[SHA256_SIZE];
        struct sha256 ctx;
        int fd = linux_open(path, O_RDONLY);
        long n;

        sha256_init(&ctx);
        while ((n = linux_call(__NR_read, fd, (long) content, sizeof(content), 0, 0)) > 0)
                sha256_update(&ctx, (struct span) { content, (size_t) n });
        linux_close(fd);
        sha256_final(&ctx, digest);
        say_hex(digest, sizeof(digest));
}

static void report_file(void *folder, const char *name, bool is_folder) {
        char path[PATH_ROOM];
        struct stat found;

        if (!join(folder, name, path))
                return;
        if (is_folder)
                (void) linux_list(path, report_file, path);
        else if (linux_call(__NR_newfstatat, AT_FDCWD, (long) path, (long) &found, AT_SYMLINK_NOFOLLOW, 0) == 0 &&
                 S_ISREG(found.st_mode)) {
                say("@@file ");
                say_mode(found.st_mode);
                say_digest(path);
                say(" ");
                say(path);
                say("\n");
        }
}

void report_extra(void) {
        char root[] = "/.extra";

        (void) linux_list(root, report_file, root);
}

/* -------- TPM -------- */

void report_log(void) {
        report_hex("@@tpmlog ", LOG);
}

static void report_register(void *bank, const char *name, bool is_folder) {
        char folder[PATH_ROOM], path[PATH_ROOM];
        long n;

        if (is_folder || !join(TPM, bank, folder) || !join(folder, name, path) ||
            (n = linux_read(path, content, sizeof(content), true)) <= 0)
                return;
        say("@@pcr ");
        say((const char *) bank + strlen("pcr-"));
        say("/");
        say(name);
        say(" ");
        say_bytes(content, (size_t) n);
}

static void report_bank(void *context, const char *name, bool is_folder) {
        char folder[PATH_ROOM], bank[PATH_ROOM];

        (void) context;
        if (!is_folder || !matches(name, "pcr-*") || !join(TPM, name, folder))
                return;
        memcpy(bank, name, strlen(name) + 1);
        (void) linux_list(folder, report_register, bank);
}

void report_registers(void) {
        (void) linux_list(TPM, report_bank, NULL);
}
