/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin of QEMU (its interface of version 1): how often each block of instructions ran, and when first. At the end it writes a
 * line for each to the file of its argument `out=`: where it lay, how many instructions it has, how often it ran, how many
 * instructions of others ran before it was translated (which is right before it runs), its bytes in hex. owners.py reads them.
 * The functions are declared here because Debian's packages of QEMU 7.2 have no header for them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT     __attribute__((visibility("default")))
#define BUCKETS    (1u << 20)
#define BYTES_MAX  8192u
#define INLINE_ADD 0

struct qemu_plugin_tb;
struct qemu_plugin_insn;

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*call)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *at, uint64_t value);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*call)(uint64_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

/* A block may be translated more than once, and another may come to lie where it lay: place and bytes tell them apart. */
struct block {
        struct block *next;
        uint64_t at, runs, first;
        size_t n_insns, n;
        uint8_t bytes[];
};

static struct block *table[BUCKETS];
static const char *out;
static uint64_t executed; /* instructions of all that ran */

static struct block *find(uint64_t at, const uint8_t *bytes, size_t n) {
        uint64_t hash = 14695981039346656037u ^ at;
        struct block **place, *found;

        for (size_t i = 0; i < n; i++)
                hash = (hash ^ bytes[i]) * 1099511628211u;
        place = &table[(hash >> 20) % BUCKETS];
        for (found = *place; found; found = found->next)
                if (found->at == at && found->n == n && memcmp(found->bytes, bytes, n) == 0)
                        return found;
        found = calloc(1, sizeof(*found) + n);
        if (!found)
                abort();
        memcpy(found->bytes, bytes, n);
        found->at = at;
        found->n = n;
        found->first = executed;
        found->next = *place;
        *place = found;
        return found;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb) {
        const size_t n_insns = qemu_plugin_tb_n_insns(tb);
        uint8_t bytes[BYTES_MAX];
        size_t n = 0;
        struct block *block;

        (void) id;
        for (size_t i = 0; i < n_insns && n + 16 <= sizeof(bytes); i++) {
                const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

                memcpy(bytes + n, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
                n += qemu_plugin_insn_size(insn);
        }
        block = find(qemu_plugin_tb_vaddr(tb), bytes, n);
        block->n_insns = n_insns;
        qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &block->runs, 1);
        qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &executed, n_insns);
}

static void write_block(FILE *file, const struct block *block) {
        fprintf(file, "%" PRIx64 " %zu %" PRIu64 " %" PRIu64 " ", block->at, block->n_insns, block->runs, block->first);
        for (size_t i = 0; i < block->n; i++)
                fprintf(file, "%02x", block->bytes[i]);
        fputc('\n', file);
}

static void write_all(uint64_t id, void *data) {
        FILE *file = fopen(out, "w");

        (void) id;
        (void) data;
        if (!file)
                return;
        for (size_t i = 0; i < BUCKETS; i++)
                for (const struct block *block = table[i]; block; block = block->next)
                        if (block->runs > 0)
                                write_block(file, block);
        fclose(file);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
        (void) info;
        if (argc < 1 || strncmp(argv[0], "out=", 4) != 0)
                return -1;
        out = strdup(argv[0] + 4);
        qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
        qemu_plugin_register_atexit_cb(id, write_all, NULL);
        return 0;
}
