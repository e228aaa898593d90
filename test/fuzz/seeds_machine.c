/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for what a machine hands over: pictures, partition tables, SMBIOS, signature lists, SBAT, status texts, event logs.
 * make_seeds calls this. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void seeds_machine(const char *dir);

static unsigned char buf[4096];
static size_t len;

static void write_seed(const char *dir, const char *target, unsigned number, const void *p, size_t n) {
        char path[4096];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, target);
        (void) mkdir(path, 0777);
        (void) snprintf(path, sizeof(path), "%s/%s/machine-%u", dir, target, number);
        file = fopen(path, "wb");
        if (!file)
                return;
        (void) fwrite(p, 1, n, file);
        (void) fclose(file);
}

static void add(const void *p, size_t n) {
        memcpy(buf + len, p, n);
        len += n;
}

static void add_number(unsigned long value, unsigned bytes) {
        for (; bytes > 0; bytes--, value >>= 8)
                buf[len++] = (unsigned char) value;
}

static void add_zeros(size_t n) {
        memset(buf + len, 0, n);
        len += n;
}

static void flush(const char *dir, const char *target, unsigned number) {
        write_seed(dir, target, number, buf, len);
        len = 0;
}

/* Two by two pixels in each depth. */
static void pictures(const char *dir) {
        static const unsigned depths[] = { 1, 4, 8, 16, 24, 32 };

        for (unsigned i = 0; i < 6; i++) {
                unsigned depth = depths[i], palette = depth <= 8 ? 4u << depth : 0, row = (2 * depth + 31) / 32 * 4;

                add("BM", 2);
                add_number(14 + 40 + palette + 2 * row, 4);
                add_number(0, 4);
                add_number(14 + 40 + palette, 4);
                add_number(40, 4);
                add_number(2, 4);
                add_number(2, 4);
                add_number(1, 2);
                add_number(depth, 2);
                add_zeros(24);
                add_zeros(palette);
                for (unsigned k = 0; k < 2 * row; k++)
                        add_number(k * 37, 1);
                flush(dir, "fuzz_bmp", i);
        }
}

static void partitions(const char *dir) {
        add_number(1, 1); /* the target mends the checksums */
        add("EFI PART\0\0\1\0\x5c\0\0\0", 16);
        add_zeros(56);
        add_number(2, 8);
        add_number(4, 4);
        add_number(128, 4);
        add_zeros(512 - 88);
        add_zeros(128);
        add("wanted type guidunique part guid", 32);
        add_zeros(96);
        add_zeros(256);
        flush(dir, "fuzz_gpt", 0);
}

static void host_strings(const char *dir) {
        /* clang-format off */
        static const char table[] = "\x01\x06\x00\x00\x01\x02" "maker\0model\0\0" "\x02\x04\x01\x00\0\0"
                "\x0b\x05\x02\x00\x02" "other=1\0io.systemd.x=quiet splash\0\0" "\x7f\x04\x03\x00\0\0";
        /* clang-format on */
        static const char old[] = "_SM_\0\x1f\x02\x08\0\0\0\0\0\0\0\0_DMI_\0\x40\x01\0\0\x0f\0\x05\0\x28";
        static const char new[] = "_SM3_\0\x18\x03\x03\0\x01\0\x40\x01\0\0\0\0\x0f\0\0\0\0\0";

        write_seed(dir, "fuzz_smbios", 0, table, sizeof(table) - 1);
        write_seed(dir, "fuzz_smbios", 1, old, sizeof(old));
        write_seed(dir, "fuzz_smbios", 2, new, sizeof(new) - 1);
}

/* One list: the type's GUID, sizes, `n` entries of `each` bytes. */
static void add_list(const char *guid, unsigned each, unsigned n) {
        add(guid, 16);
        add_number(28 + each * n, 4);
        add_number(0, 4);
        add_number(each, 4);
        for (unsigned i = 0; i < each * n; i++)
                add_number(i, 1);
}

static void signature_lists(const char *dir) {
        static const char x509[] = "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72";
        static const char sha256[] = "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28";
        static const char x509_sha256[] = "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed";

        add_list(x509, 40, 1);
        add_list(sha256, 48, 3);
        add_list(x509_sha256, 64, 2);
        add_list(sha256, 48, 0);
        flush(dir, "fuzz_esl", 0);
}

static void levels(const char *dir) {
        static const char texts[] =
                "sbat,1,SBAT Version,sbat,1,https://example.com\r\nukiload,2,ukiload,ukiload,0.2,https://example.com\n"
                "\0sbat,1,2025010100\nshim,4\nukiload,2\n";

        write_seed(dir, "fuzz_sbat", 0, texts, sizeof(texts) - 1);
}

static void statuses(const char *dir) {
        static const char texts[] =
                "result=started\nreason=\\x41 \\x5cx41\nid=a\naddon=\\loader\\addons\\a.addon.efi admitted\n\0\xff\x1b[m\0=\0\\x4";

        write_seed(dir, "fuzz_status", 0, texts, sizeof(texts) - 1);
}

static void add_digests(void) {
        add_number(3, 4);
        add_number(4, 2);
        add_zeros(20);
        add_number(0xb, 2);
        add_zeros(32);
        add_number(0xc, 2);
        add_zeros(48);
}

/* A variable and an image, in the banks that the first event names. */
static void event_logs(const char *dir) {
        static const char file[] = "\x04\x04\x0c\0\\\0a\0\0\0\0\0\x7f\xff\x04\0";

        add_number(0, 4);
        add_number(3, 4);
        add_zeros(20);
        add_number(24 + 4 + 12 + 1, 4);
        add("Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
        add_number(3, 4);
        add("\4\0\x14\0\xb\0\x20\0\xc\0\x30\0\0", 13);
        add_number(7, 4);
        add_number(0x80000001, 4);
        add_digests();
        add_number(32 + 6 + 1, 4);
        add_zeros(16);
        add_number(3, 8);
        add_number(1, 8);
        add("d\0b\0x\0\1", 7);
        add_number(4, 4);
        add_number(0x80000003, 4);
        add_digests();
        add_number(32 + 16, 4);
        add_zeros(24);
        add_number(16, 8);
        add(file, 16);
        flush(dir, "fuzz_eventlog", 0);
}

/* One node with one property; and the same whose name is the one that matters. */
static void trees(const char *dir) {
        static const char head[] =
                "\xd0\x0d\xfe\xed\0\0\0\x65\0\0\0\x38\0\0\0\x5c\0\0\0\x28\0\0\0\x11\0\0\0\x10\0\0\0\0\0\0\0\x09\0\0\0\x24";
        static const char body[] = "\0\0\0\1\0\0\0\0\0\0\0\3\0\0\0\6\0\0\0\0debug\0\0\0\0\0\0\2\0\0\0\x09";

        for (unsigned i = 0; i < 2; i++) {
                add(head, 40);
                add_zeros(16);
                add(body, 36);
                add(i ? "bootargs" : "bootargX", 9);
                flush(dir, "fuzz_dtb", i);
        }
}

/* Any bytes are volumes; these are long ones. */
static void volumes(const char *dir) {
        unsigned state = 1;

        for (unsigned number = 0; number < 12; number++) {
                for (len = 0; len < 120 * (number + 1); len++) {
                        state = state * 1664525u + 1013904223u;
                        buf[len] = (unsigned char) (state >> 24);
                }
                buf[0] = (unsigned char) (number % 3); /* every third one changes while it is walked */
                write_seed(dir, "fuzz_disk", number, buf, len);
        }
}

void seeds_machine(const char *dir) {
        pictures(dir);
        partitions(dir);
        host_strings(dir);
        signature_lists(dir);
        levels(dir);
        statuses(dir);
        event_logs(dir);
        trees(dir);
        volumes(dir);
}
