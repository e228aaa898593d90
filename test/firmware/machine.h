/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine on the bench: firmware enough for all of efi/, in memory, where any call can fail, lie or be counted. A whole start
 * takes about a millisecond.
 *
 *      struct machine *m = machine_new();              // Secure Boot on, keys in db, a TPM, an ESP; the policy of machine_new
 *      machine_uki(m, ESP, "\\EFI\\Linux\\a.efi", 257, "root=/dev/vda", DB);
 *      machine_addon(m, ESP, "\\loader\\addons\\q.addon.efi", "quiet", DB);
 *      machine_start(m);                               // runs efi_main, and the UKI's stub or the kernel that it starts
 *      assert_string_equal(m->child.line, "root=/dev/vda quiet");
 *      assert_null(machine_judge(m));                  // the oracle of judge.c
 *      machine_free(m);
 *
 * Fields under "settings" are for the test to change before machine_start, fields under "what happened" for it to read
 * afterwards. A machine may be started more than once: files and non-volatile variables stay, as at a second boot
 * (machine_power_cycle between the two forgets the volatile ones). There is one machine at a time. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <efi.h>

#include "pe_write.h"
#include "proto.h"

/* ---- Calls, and how they fail ---- */

/* clang-format off */
enum call {
        CALL_ALLOCATE_POOL, CALL_MEMORY_MAP, CALL_HANDLE_PROTOCOL, CALL_LOCATE_PROTOCOL, CALL_LOCATE_HANDLES, CALL_LOCATE_PATH,
        CALL_INSTALL, CALL_UNINSTALL, CALL_LOAD_IMAGE, CALL_UNLOAD_IMAGE, CALL_START_IMAGE, CALL_GET_VARIABLE, CALL_SET_VARIABLE,
        CALL_OPEN_VOLUME, CALL_OPEN, CALL_READ, CALL_WRITE, CALL_GET_INFO, CALL_SET_INFO, CALL_SET_POSITION, CALL_FLUSH,
        CALL_READ_BLOCKS, CALL_TPM_CAPABILITY, CALL_TPM_EXTEND, CALL_TPM_COMMAND, CALL_CC_MAP, CALL_CC_EXTEND, CALL_RNG,
        CALL_TABLE, CALL_TIME, CALL_CREATE_EVENT, CALL_SET_TIMER, CALL_WAIT, CALL_CHECK, CALL_CONNECT,
        CALLS,
};
/* clang-format on */
const char *call_name(enum call call);

enum lie {
        LIE_NONE,    /* no lie: the call fails with `status` */
        LIE_ZERO,    /* success: Read of no bytes, GetInfo of an empty file, a TPM that is not there */
        LIE_HALF,    /* Read, Write: success with half of the bytes */
        LIE_FLIP,    /* Read, LoadImage, GetVariable: success, and a bit of the content is not what it was */
        LIE_LARGER,  /* GetInfo, GetVariable: one byte more than there is; Read: than was given */
        LIE_SMALLER, /* GetInfo: one byte less */
        LIE_FOLDER,  /* GetInfo: a file for a folder, a folder for a file */
        LIE_NAME,    /* GetInfo, Read of a folder: another name */
        LIE_HANDLE,  /* LoadImage: `status`, and a loaded image with it. Others: success, and NULL */
        LIE_NOTHING, /* SetVariable, UnloadImage, Uninstall: success, and nothing was done */
        LIE_FOUND,   /* LocateDevicePath: something is there */
};

struct fault {
        enum call call;
        const char *only;  /* counts only calls whose path, file or variable name has this in it; NULL: all */
        unsigned from, to; /* hits the calls from..to, counted from 1; to 0: only `from` */
        EFI_STATUS status;
        enum lie lie;
        unsigned seen; /* how many there were */
};
#define ALWAYS 0xffffffffu

/* ---- Files ---- */

enum { ESP, XBOOTLDR, OTHER_DISK, VOLUMES }; /* OTHER_DISK has an XBOOTLDR of its own, which is not for us */

struct node {
        CHAR16 name[256], alias[16]; /* alias: the 8.3 name, if it differs */
        bool folder;
        uint8_t *bytes;
        size_t n;
        /* how it lies */
        EFI_STATUS open_status; /* not 0: cannot be opened */
        EFI_STATUS list_status; /* not 0: a folder whose list breaks off with this ... */
        unsigned list_good;     /* ... after so many entries */
        bool endless;           /* a folder whose list gives its last entry again and again */
        EFI_STATUS read_status; /* not 0: cannot be read ... */
        size_t read_good;       /* ... from this byte on */
        struct node *parent, *child, *next;
};

/* ---- The machine ---- */

enum shim { NO_SHIM, SHIM_15, SHIM_16, SHIM_16_IDLE /* its protocols are there, and it does not hook */ };
enum key { UNSIGNED, DB, MOK, STRANGER };
#define RUNS ((EFI_STATUS) 0x1234) /* child_returns: it does not come back */

struct seen_addon {
        char path[320];
        uint8_t *bytes;
        size_t n;
};

enum child_kind { CHILD_NONE, CHILD_STUB, CHILD_KERNEL };
struct child {
        enum child_kind kind;
        unsigned version;   /* of the stub */
        char line[61440];   /* the command line that the kernel gets, as UTF-8 */
        char options[1024]; /* what LoadOptions were, for a stub */
        char path[320];     /* the file path it was loaded by */
        size_t n_addons;
        struct seen_addon addons[160]; /* stub: those it took, in its order */
        char ignored[512];             /* stub: what it would say on the screen of folders and addons that it could not take */
        uint8_t *initrd;               /* kernel: what LoadFile2 gave */
        size_t initrd_n;
        char status[4097], last[1025]; /* UkiloadStatus and UkiloadLast when it began; empty: there was none */
        bool armed;                    /* UkiloadRequest was still there when it began */
        unsigned n_loaded;             /* images that ukiload had loaded and not unloaded, with this one */
};

struct measured {
        unsigned pcr;
        bool cc;
        uint32_t type;
        char data[64]; /* the first bytes of what was hashed */
        size_t n;
};

struct machine {
        /* settings */
        bool secure_boot;  /* the variable; false: it is 0 */
        bool confidential; /* what fw_confidential_vm says */
        enum shim shim;
        bool violation_with_handle; /* LoadImage refuses with EFI_SECURITY_VIOLATION and a handle, not with EFI_ACCESS_DENIED */
        bool tpm, cc, rng;
        unsigned free_pages;      /* in one piece; 0: more than anybody wants */
        unsigned kib_per_s;       /* how fast files are read; 0: in no time */
        bool xbootldr;            /* the disk has an XBOOTLDR partition */
        bool other_disk;          /* another disk, a clone with the same partition GUIDs, stands in front of it */
        bool hurried;             /* firmware has not connected the other disk */
        const char *policy;       /* of ukiload's image; NULL: it has none */
        const char *options;      /* LoadOptions of ukiload; NULL: none */
        const char *smbios;       /* a vendor string (type 11); NULL: there is no SMBIOS */
        bool keeps_freed;         /* what is freed becomes 0xaf and stays readable; false: the address sanitizer ends the test */
        EFI_STATUS child_returns; /* RUNS, or what the started image returns */
        struct fault faults[8];
        size_t n_faults;
        /* Called before each call of CALL_*, for a machine that changes under ukiload's hands; nth counts calls of this kind. */
        void (*watch)(struct machine *m, enum call call, unsigned nth, const char *what);
        void *watch_arg;
        /* Called by the stub with the root of its volume, before it looks for addons: whatever else somebody may open there. */
        void (*visit)(struct machine *m, EFI_FILE_PROTOCOL *root);

        /* what the oracle (judge.c) is to hold it to; ended by NULL */
        const char *forbidden[8]; /* words that must never be in a child's line */
        const char *required[8];  /* words that must be in every child's line */
        const char *requested[8]; /* words that must be in the line of a child that executes the armed request */
        bool must_refuse;         /* nothing may be started at all */

        /* what happened */
        EFI_STATUS returned;   /* of efi_main, unless a child runs */
        unsigned n_started;    /* how many children were started */
        struct child child;    /* the last one */
        bool reset;            /* ResetSystem was called */
        char screen[32768];    /* a carriage return alone is one */
        size_t pages_given;    /* and not taken back */
        unsigned calls[CALLS]; /* how many there were */
        unsigned slept_ms;     /* with a timer, or without one ... */
        unsigned stalled_ms;   /* ... and of that without, by a processor that was kept busy */
        unsigned watchdog_s;   /* what the watchdog was set to last */
        unsigned nv_writes;    /* writes to non-volatile variables */
        struct measured measured[400];
        size_t n_measured;
        char misuse[256]; /* the first thing that was done against the rules of UEFI */
        char left[256];   /* what was not given back: memory, handles, open files, hooks; after a return only */

        struct inside *in;
};

/* Secure Boot on with keys in db, a TPM, empty volumes, BootCurrent 0007, and BENCH_POLICY. */
struct machine *machine_new(void);
#define BENCH_POLICY \
        "@version 1\nquiet\nloglevel=?\nconsole=* repeat\ncrashkernel=* override\naudit=1 sensitive\nt=* repeat\nu=* unsigned\n"
void machine_free(struct machine *m);
void machine_start(struct machine *m);
/* What a reset does: volatile variables, the screen and "what happened" are forgotten. */
void machine_power_cycle(struct machine *m);
struct fault *machine_fault(struct machine *m, enum call call, unsigned from, unsigned to, EFI_STATUS status);
struct fault *machine_lie(struct machine *m, enum call call, const char *only, unsigned from, unsigned to, enum lie lie);

/* The oracle: NULL, or a sentence that says which promise is broken. See judge.c. */
const char *machine_judge(const struct machine *m);

/* ---- Scenarios: machines that are worth disturbing ---- */

/* A machine that these bytes choose: volumes, images, addons, policy, request, faults and lies, and what the oracle is to hold it
 * to. Any bytes do. */
struct machine *machine_random(const uint8_t *bytes, size_t n);

struct scenario {
        const char *name;
        struct machine *(*make)(void);
        bool starts; /* if nothing disturbs it */
};
#define SCENARIOS 17u
extern const struct scenario scenarios[SCENARIOS];

/* ---- Files and images ---- */

/* Makes or replaces a file (bytes are copied) with the folders above it. */
struct node *machine_file(struct machine *m, unsigned volume, const char *path, struct span bytes);
struct node *machine_folder(struct machine *m, unsigned volume, const char *path);
/* NULL: there is none. */
struct node *machine_find(const struct machine *m, unsigned volume, const char *path);
void machine_remove(struct machine *m, unsigned volume, const char *path);
void machine_alias(struct node *node, const char *alias);

/* An image of these sections, signed; lives as long as the machine. */
struct span machine_image(struct machine *m, const struct pe_write_section *sections, size_t n, enum key key);
/* Signs the bytes of an unsigned image (a copy is returned); what is changed afterwards is not what was signed. */
struct span machine_sign(struct machine *m, struct span image, enum key key);
/* The sections of a plain UKI into ret (an array of UKI_PARTS; NULL line: none; stub 0: another stub's); returns how many. */
#define UKI_PARTS 16
size_t machine_uki_sections(struct machine *m, unsigned stub, const char *line, struct pe_write_section *ret);
/* One more section. */
void machine_section(struct pe_write_section *sections, size_t *n, const char *name, const char *text);
struct node *machine_uki(struct machine *m, unsigned volume, const char *path, unsigned stub, const char *line, enum key key);
struct node *machine_addon(struct machine *m, unsigned volume, const char *path, const char *words, enum key key);

/* ---- Variables ---- */

extern const EFI_GUID ukiload_vendor, loader_vendor, global_vendor, shim_vendor;
void machine_set(struct machine *m, const char *name, const EFI_GUID *vendor, UINT32 attributes, const void *data, size_t n);
/* ASCII as UCS-2 with NUL. */
void machine_set_text(struct machine *m, const char *name, const EFI_GUID *vendor, UINT32 attributes, const char *text);
void machine_unset(struct machine *m, const char *name, const EFI_GUID *vendor);
/* False if there is none. */
bool machine_get(const struct machine *m, const char *name, const EFI_GUID *vendor, struct span *ret, UINT32 *ret_attributes);
/* Arms: id `t1`, via Boot0007 and these words. */
void machine_arm(struct machine *m, const char *words);
bool machine_armed(const struct machine *m);
/* The first value of a key in UkiloadStatus or UkiloadLast, unescaped; "" if there is none. Valid until the next call. */
const char *machine_status(const struct machine *m, const char *key);
const char *machine_last(const struct machine *m, const char *key);
/* The same of any text of that form. */
const char *machine_field(const char *text, size_t n, const char *key, unsigned nth);
