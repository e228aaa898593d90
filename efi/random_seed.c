/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed is a hash over everything at hand: what an earlier loader left, the firmware's generator, the system token, the file,
 * a counter, the clock. The file gets the hash's one derivative before Linux gets the other, so no seed is ever used twice. */
#include "random_seed.h"

#include "proto.h"
#include "sha256.h"
#include "vars.h"

#define SEED_BYTES     ((size_t) SHA256_SIZE)
#define FILE_BYTES_MAX 32768u
#define LOADER_SEEDED  (1u << 6) /* of LoaderFeatures (Boot Loader Interface) */
/* clang-format off */
#define SEED_TABLE_GUID { 0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b } }
/* clang-format on */

static const EFI_GUID loader_guid = LOADER_GUID;

struct seed_table {
        UINT32 size;
        UINT8 seed[];
};

static bool loader_did_it(void) {
        struct var v;
        bool did;

        if (vars_get(L"LoaderFeatures", &loader_guid, &v) != EFI_SUCCESS)
                return false;
        did = v.data.n == 8 && (v.data.p[0] & LOADER_SEEDED);
        vars_free(&v);
        return did;
}

/* Each input with its length in front, so that no two lists of inputs hash alike. */
static void mix(struct sha256 *hash, struct span input) {
        uint64_t n = input.n;

        sha256_update(hash, (struct span) { (const uint8_t *) &n, sizeof(n) });
        sha256_update(hash, input);
}

static bool mix_table(struct sha256 *hash) {
        static const EFI_GUID guid = SEED_TABLE_GUID;
        const struct seed_table *table = NULL;

        for (UINTN i = 0; i < fw_st->NumberOfTableEntries; i++)
                if (fw_guid_eq(&fw_st->ConfigurationTable[i].VendorGuid, &guid))
                        table = fw_st->ConfigurationTable[i].VendorTable;
        if (!table || table->size > FILE_BYTES_MAX) {
                mix(hash, (struct span) { 0 });
                return false;
        }
        mix(hash, (struct span) { table->seed, table->size });
        return table->size >= SEED_BYTES;
}

static bool mix_rng(struct sha256 *hash) {
        static const EFI_GUID guid = RNG_GUID;
        struct rng *rng = fw_locate(&guid);
        uint8_t bytes[SHA256_SIZE];
        bool got = rng && rng->get_rng(rng, NULL, sizeof(bytes), bytes) == EFI_SUCCESS;

        mix(hash, (struct span) { bytes, got ? sizeof(bytes) : 0 });
        memset(bytes, 0, sizeof(bytes));
        return got;
}

static bool mix_token(struct sha256 *hash) {
        struct var v = { 0 };
        bool enough;

        (void) vars_get(L"LoaderSystemToken", &loader_guid, &v);
        enough = v.data.n >= SEED_BYTES;
        mix(hash, v.data);
        vars_free(&v);
        return enough;
}

static void mix_time(struct sha256 *hash) {
        UINT64 counter = 0;
        EFI_TIME now;
        bool ok;

        (void) fw_bs->GetNextMonotonicCount(&counter);
        mix(hash, (struct span) { (const uint8_t *) &counter, sizeof(counter) });
        memset(&now, 0, sizeof(now));
        ok = fw_rt->GetTime(&now, NULL) == EFI_SUCCESS;
        mix(hash, (struct span) { (const uint8_t *) &now, ok ? sizeof(now) : 0 });
}

/* Opens the seed file; creates it only if something better than the file's own content goes into it. */
static EFI_FILE_PROTOCOL *open_file(const struct volume *esp, bool seeded) {
        CHAR16 name[] = L"\\loader\\random-seed";
        UINT64 mode = EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE;
        EFI_FILE_PROTOCOL *file = NULL;
        EFI_STATUS status = esp->root->Open(esp->root, &file, name, mode, 0);

        if (status == EFI_NOT_FOUND && seeded)
                status = esp->root->Open(esp->root, &file, name, mode | EFI_FILE_MODE_CREATE, 0);
        return status == EFI_SUCCESS ? file : NULL;
}

static bool write_at(EFI_FILE_PROTOCOL *file, UINT64 at, const uint8_t *bytes, size_t n) {
        UINTN size = n;

        return n == 0 || (file->SetPosition(file, at) == EFI_SUCCESS &&
                          file->Write(file, &size, (void *) (uintptr_t) bytes) == EFI_SUCCESS && size == n);
}

/* Mixes the old content in; *ret_size is how much there was, and it is overwritten in memory. */
static bool mix_file(struct sha256 *hash, EFI_FILE_PROTOCOL *file, uint8_t *buffer, size_t *ret_size) {
        UINTN size = FILE_BYTES_MAX;

        if (file->Read(file, &size, buffer) != EFI_SUCCESS || size > FILE_BYTES_MAX)
                return false;
        mix(hash, (struct span) { buffer, size >= SEED_BYTES ? size : 0 });
        memset(buffer, 0, size);
        *ret_size = size;
        return true;
}

static void install(const uint8_t seed[SHA256_SIZE]) {
        EFI_GUID guid = SEED_TABLE_GUID;
        void *memory = NULL;
        struct seed_table *table;

        if (fw_bs->AllocatePool(EfiACPIReclaimMemory, sizeof(*table) + SEED_BYTES, &memory) != EFI_SUCCESS)
                return;
        table = memory;
        table->size = (UINT32) SEED_BYTES;
        memcpy(table->seed, seed, SEED_BYTES);
        if (fw_bs->InstallConfigurationTable(&guid, table) != EFI_SUCCESS)
                fw_free(table);
}

/* One key, two derivatives: 0 for the file, 1 for Linux. */
static void derive(const uint8_t key[SHA256_SIZE], uint8_t which, uint8_t ret[SHA256_SIZE]) {
        struct sha256 hash;

        sha256_init(&hash);
        sha256_update(&hash, (struct span) { key, SHA256_SIZE });
        sha256_update(&hash, (struct span) { &which, 1 });
        sha256_final(&hash, ret);
}

static void renew(struct sha256 *hash, EFI_FILE_PROTOCOL *file) {
        FW_POOL uint8_t *buffer = fw_alloc(FILE_BYTES_MAX);
        uint8_t key[SHA256_SIZE], seed[SHA256_SIZE];
        size_t size = 0;

        if (!buffer || !mix_file(hash, file, buffer, &size))
                return;
        mix_time(hash);
        sha256_final(hash, key);
        derive(key, 0, seed);
        /* zeros over the rest of a longer file; buffer holds nothing else by now */
        if (write_at(file, SEED_BYTES, buffer, size > SEED_BYTES ? size - SEED_BYTES : 0) &&
            write_at(file, 0, seed, SEED_BYTES) && file->Flush(file) == EFI_SUCCESS) {
                derive(key, 1, seed);
                install(seed);
        }
        memset(key, 0, sizeof(key));
        memset(seed, 0, sizeof(seed));
}

void random_seed_refresh(const struct volume *esp, bool secure_boot) {
        struct sha256 hash;
        bool from_table, from_rng, from_token;
        EFI_FILE_PROTOCOL *file;

        if (loader_did_it())
                return;
        sha256_init(&hash);
        sha256_update(&hash, span_of("ukiload random seed 1"));
        from_table = mix_table(&hash);
        from_rng = mix_rng(&hash);
        from_token = mix_token(&hash);
        /* The file alone may have been copied to many machines, and under Secure Boot nothing that is merely stored is enough. */
        if (!from_table && !from_rng && (secure_boot || !from_token))
                return;
        file = open_file(esp, from_table || from_rng);
        if (!file)
                return;
        renew(&hash, file);
        (void) file->Close(file);
}
