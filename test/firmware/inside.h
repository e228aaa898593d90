/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the machine: what the files of the bench share, and no test needs. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define HANDLES_MAX   64u
#define PROTOCOLS_MAX 6u

struct handle {
        size_t n;
        EFI_GUID guid[PROTOCOLS_MAX];
        void *interface[PROTOCOLS_MAX];
};

struct block {
        struct block *next, **back;
        size_t n;
        bool kept;
        _Alignas(16) uint8_t bytes[];
};

struct variable {
        struct variable *next;
        CHAR16 name[64];
        EFI_GUID vendor;
        UINT32 attributes;
        size_t n;
        uint8_t *data;
};

/* An image that LoadImage made. */
struct image {
        struct image *next;
        struct handle *handle;
        EFI_LOADED_IMAGE loaded;
        EFI_DEVICE_PATH *path; /* the rest behind the device, owned */
        uint8_t *memory;
        char name[320]; /* the path as text */
        uint8_t *file;  /* what it was made of */
        size_t file_n;
        bool by_child;
};

struct volume_of {
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL fs;
        struct node *root;
        struct handle *handle;
        uint8_t path[128];
};
struct disk_of {
        EFI_BLOCK_IO_PROTOCOL io;
        EFI_BLOCK_IO_MEDIA media;
        uint8_t path[64];
        uint8_t blocks[40][512];
        bool other;
};

struct kept_memory {
        struct kept_memory *next;
        _Alignas(16) uint8_t bytes[];
};

/* Bytes that LoadImage accepted from ukiload: what a child may see. */
struct accepted {
        struct accepted *next;
        uint8_t *bytes;
        size_t n;
};

struct inside {
        EFI_SYSTEM_TABLE st;
        EFI_BOOT_SERVICES bs;
        EFI_RUNTIME_SERVICES rt;
        SIMPLE_TEXT_OUTPUT_INTERFACE out;
        SIMPLE_TEXT_OUTPUT_MODE out_mode;
        UINT64 timer; /* the event that there is, and what it is set to, in 100 ns; 0: it is not, or was told */
        bool timer_there;
        UINT64 now, timer_set; /* how long files were read, in 100 ns, and when the timer was set */
        EFI_CONFIGURATION_TABLE tables[8];
        struct block *blocks;
        size_t n_blocks;
        struct handle *handles[HANDLES_MAX];
        size_t n_handles, n_files;
        struct open_file *files;
        struct variable *variables;
        struct image *images;
        struct accepted *accepted;
        struct kept_memory *kept;
        struct {
                void *p[4096];
                size_t n;
        } gone;
        struct node *graveyard;
        struct volume_of volumes[VOLUMES];
        struct disk_of disks[2];
        struct handle *self;
        EFI_LOADED_IMAGE self_image;
        CHAR16 self_options[2048];
        CHAR16 inherited[32]; /* LoadOptions that a loader leaves to all it loads: shim 16 its own, one text */
        struct security2_arch security2;
        struct shim_lock lock;
        struct shim_image_loader loader;
        struct tcg2 tpm;
        struct cc_measurement cc;
        struct handle *trust_handle;
        uint8_t smbios[1024], smbios_entry[32];
        size_t taken_away; /* protocols that are gone by shim's doing */
        size_t connected;  /* volumes, of two protocols each, that there are since their disk was connected */
        bool in_child, watching, was_armed;
        jmp_buf running;
};

extern struct machine *the_machine; /* services have no context */

/* fault.c: counts the call; NULL: it is to do its work. */
const struct fault *fault_at(enum call call, const char *what);
static inline bool fails(const struct fault *f) {
        return f && f->lie == LIE_NONE;
}
static inline bool lies(const struct fault *f, enum lie lie) {
        return f && f->lie == lie;
}
void misuse(const char *what, const char *whom);

/* large.c */
void *large_take(size_t n);
void large_give(void *p);

/* memory.c */
void *keep_memory(struct machine *m, size_t n); /* as long as the machine, zeroed */
void memory_services(EFI_BOOT_SERVICES *bs);
void memory_free(struct machine *m);
void let_go(struct machine *m, void *p, void *begin, size_t n); /* frees p, whose n bytes at begin somebody may still read */
bool block_keep(void *p);                                       /* a pool block that is firmware's from now on */

/* handles.c */
void handle_services(EFI_BOOT_SERVICES *bs);
struct handle *handle_new(struct machine *m);
void handle_add(struct handle *h, const EFI_GUID *guid, void *interface);
void handle_remove(struct machine *m, struct handle *h);
bool handle_lives(const struct machine *m, const struct handle *h);
void *handle_get(const struct machine *m, const struct handle *h, const EFI_GUID *guid);
void *handle_any(const struct machine *m, const EFI_GUID *guid);
size_t handle_protocols(const struct machine *m);
/* LocateDevicePath without a fault. */
struct handle *handle_nearest(const struct machine *m, const EFI_GUID *guid, const EFI_DEVICE_PATH **path);

/* paths.c */
size_t path_bytes(const EFI_DEVICE_PATH *path);                     /* without its end */
void path_text(const EFI_DEVICE_PATH *path, char *ret, size_t cap); /* the file path nodes of it */
EFI_DEVICE_PATH *path_copy(const EFI_DEVICE_PATH *path);
void disks_make(struct machine *m);
bool disks_connect(struct machine *m, const struct handle *handle); /* the handle is a disk's that was not connected yet */

/* tree.c, files.c */
struct node *node_find(struct node *from, const CHAR16 *path);
void node_free(struct node *node);
void files_service(struct volume_of *v);
void files_close(struct machine *m); /* whatever is still open */
void wide(const char *ascii, CHAR16 *ret, size_t cap);
void narrow(const CHAR16 *s, char *ret, size_t cap); /* as ASCII, others as ? */

/* variables.c */
void variable_services(EFI_RUNTIME_SERVICES *rt);
void variables_free(struct machine *m, bool volatile_only);

/* images.c, loader.c, trust.c */
void image_services(struct machine *m);
void images_free(struct machine *m);
EFI_STATUS image_load(struct machine *m, EFI_HANDLE parent, EFI_DEVICE_PATH *path, struct span bytes, struct image **ret);
void image_unload(struct machine *m, struct image *image);
struct image *image_of(const struct machine *m, EFI_HANDLE handle);
/* Copies an image into memory as a loader does, relocated; NULL: it is none. The caller frees it. */
uint8_t *load_pe(const uint8_t *file, size_t n, size_t *ret_n);
bool find_section(const uint8_t *memory, size_t size, const char *name, struct span *ret);
enum key signer(const uint8_t *file, size_t n);
void trust_services(struct machine *m);
bool trust_restored(const struct machine *m);
void trust_started(struct machine *m); /* something is started */
/* What stands in front of LoadImage: EFI_SUCCESS if the image may be loaded. */
EFI_STATUS trust_verdict(struct machine *m, EFI_HANDLE parent, EFI_DEVICE_PATH *path, const uint8_t *bytes, size_t n);

/* stub.c: a whole file, as whoever loads one by its path reads it; the caller frees it. NULL: it cannot be read. */
uint8_t *root_read(EFI_FILE_PROTOCOL *root, const CHAR16 *path, size_t *ret_n);

/* tpm.c, extras.c */
void tpm_services(struct machine *m);
void console_services(struct machine *m);
void extra_services(struct machine *m);

/* stub.c, kernel.c: the children */
void stub_runs(struct machine *m, struct image *image);
void kernel_runs(struct machine *m, struct image *image);
void child_begins(struct machine *m, enum child_kind kind, const struct image *image);
void child_free(struct machine *m);
