/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan: one pure function from what was found (a UKI, policies, addons, a request) to what will be started, with the reason
 * for every verdict. Firmware executes it; `ukictl plan` prints it. */
#pragma once

#include "addon.h"
#include "contract.h"
#include "overlay.h"
#include "request.h"
#include "sha256.h"
#include "stubs.h"

#define PLAN_PATH_MAX     320u
#define PLAN_WHY_MAX      640u  /* a clause, which may name a path */
#define PLAN_SENTENCE_MAX 1536u /* two paths and two clauses: what does not fit is left out whole, and would be the reason */
/* From STUB_CONSOLE on systemd-stub appends to a line without console= one for a serial port and a virtio console that it finds,
 * and console=tty0 after them. Which it finds is only known when it runs. */
#define PLAN_STUB_CONSOLE "console=* (of a device that the stub finds)"
#define PLAN_STUB_MAX     84u  /* 80 shown bytes of a stub's mark, and "..." */
#define PLAN_NAME_MAX     256u /* 60 of PRETTY_NAME likewise, each of which may be shown as \xNN */

enum plan_origin {              /* in the order of application */
                   PLAN_GLOBAL, /* \loader\addons */
                   PLAN_LOCAL,  /* <uki>.extra.d */
                   PLAN_PICKED, /* \EFI\ukiload\addons, named by the request */
};

enum plan_verdict { PLAN_ADMITTED, PLAN_NOT_FOR_IMAGE, PLAN_REFUSED, PLAN_UNTRUSTED };

struct plan_addon {
        /* given */
        enum plan_origin origin;
        char path[PLAN_PATH_MAX];     /* as messages name it, from the root of the volume */
        struct span file;             /* the bytes, read once; borrowed */
        char unread[PLAN_WHY_MAX];    /* not empty: it could not be read (missing, too large, bad name), and this is the clause */
        char untrusted[PLAN_WHY_MAX]; /* not empty: LoadImage refuses it, and this is the clause */
        bool asked;                   /* by plan_settle: whoever can tell was asked whether it is trusted */
        /* made by plan_make */
        enum plan_verdict verdict;
        char why[PLAN_WHY_MAX]; /* unless PLAN_ADMITTED: one clause, without the path ("PATH VERDICT: WHY") */
        struct addon addon;     /* for PLAN_ADMITTED; borrows file */
};

enum plan_result {
        PLAN_START,
        PLAN_REFUSE_IMAGE, /* this UKI is not to be started; a standing start may try the next one */
        PLAN_REFUSE,       /* nothing is to be started: a request that does not hold, @require, abort */
};

enum plan_blame { PLAN_BLAME_NONE, PLAN_BLAME_FORMAT, PLAN_BLAME_TRUST, PLAN_BLAME_POLICY, PLAN_BLAME_REQUEST };

enum plan_handoff { PLAN_HANDOFF_STUB, PLAN_HANDOFF_KERNEL };

struct plan_input {
        const char *uki_path; /* for messages */
        const struct pe *pe;  /* the UKI, file or loaded image; borrowed */
        const uint8_t
                *sha256;  /* digest of the UKI file, SHA256_SIZE bytes; read only where it is compared or ret->digest is made */
        uint16_t machine; /* of this firmware */
        const struct policy *policy;   /* ukiload's own; NULL: it has none, nothing is allowed */
        const struct request *request; /* NULL: a standing start without one */
        struct plan_addon *addons;     /* sorted by plan_sort */
        size_t n_addons;
        struct span smbios_extra; /* io.systemd.stub.kernel-cmdline-extra: the stub adds it; empty in a confidential VM */
        bool confidential;        /* a confidential VM: no unsigned word ever */
        bool only_pinned;         /* ret->digest is made only where the request pins it: else nothing compares it */
        bool unsettled;           /* an admitted addon may still turn out untrusted: ukiload.plan= is not compared yet */
};

struct plan {
        enum plan_result result;
        enum plan_blame blame;
        char why[PLAN_SENTENCE_MAX]; /* unless PLAN_START: the sentence */
        unsigned profile;
        struct uki uki;           /* borrows the pe's bytes, until plan_detach */
        bool uki_ok;              /* uki was meaningful */
        char stub[PLAN_STUB_MAX]; /* the stub's mark, for people; empty: none */
        char name[PLAN_NAME_MAX]; /* PRETTY_NAME of .osrel, likewise */
        enum plan_handoff handoff;
        char handoff_why[PLAN_WHY_MAX];
        bool stub_untested; /* the stub is newer than STUB_TESTED */
        bool stub_words;    /* line ends with words of in->smbios_extra, which no policy governs */
        bool stub_console;  /* the stub may append PLAN_STUB_CONSOLE, which no policy governs */
        size_t n_admitted;
        char line[CMDLINE_MAX + 1]; /* /proc/cmdline as it will be */
        size_t line_len;
        bool has_digest;
        uint8_t digest[SHA256_SIZE];             /* of the whole plan, if has_digest; see plan_make */
        bool measure_policy, measure_uki_policy; /* @measure of ukiload's policy, of the UKI's: each measures itself */
        struct overlay overlay;                  /* which words the addons and the request gave */
        struct uki_kernel kernel;
        char signed_line[CMDLINE_MAX + 1];
};

/* Memory that plan_make needs beside its results; too large for a stack. */
struct plan_scratch {
        struct pe pe;
        struct policy uki_policy;
};

/* Sorts addons into the order of application: origin, then file name by code unit, as systemd-stub does in one folder. */
void plan_sort(struct plan_addon *addons, size_t n);

/* Makes the plan. Always writes *ret and each addon's verdict. *ret borrows from itself, so it is not to be copied.
 *
 * The first thing that fails decides result, blame and why; judging goes on where it still means something, so that the addons'
 * verdicts, the line and the handoff can be shown beside a refusal. An addon that was refused may be admitted by a later call in
 * which another one has become untrusted (the two collided): whoever loads the admitted ones and plans again does so until the
 * set stays the same.
 *
 * Blame: TRUST for an untrusted addon, POLICY for words, sections, @require and a policy that is not valid, FORMAT for what is
 * malformed or beyond the image, REQUEST for all else that the request asked. ret->digest is the SHA-256 of these lines, each
 * ended by a newline: "ukiload-plan 1", "uki HEX", "profile N", "addon HEX" for each admitted addon in order, "line TEXT"
 * (without the SMBIOS words). */
void plan_make(const struct plan_input *in, struct plan_scratch *scratch, struct plan *ret);
/* Whoever can tell (LoadImage in firmware, the lists of keys on the host) judges an admitted addon: a->untrusted gets a
 * clause, or stays empty. */
typedef void (*plan_vouch)(void *arg, struct plan_addon *a);
/* Makes the plan with nothing but vouched addons: it plans, has each admitted addon vouched for, once, and plans again until
 * the set stays. An addon that falls out may let in another one that collided with it; each round loses one at least. Then the
 * same plan once more, now that it is the last: only so can the request have pinned it. in->unsettled does not matter. vouch
 * NULL: nobody is asked, every addon is taken as trusted. */
void plan_settle(const struct plan_input *in, struct plan_scratch *scratch, plan_vouch vouch, void *arg, struct plan *ret);
/* The bytes that plan was made from are about to go, or gone: it forgets all that it borrows from them, and keeps all that a
 * report needs. */
void plan_detach(struct plan *plan);

const char *plan_verdict_name(enum plan_verdict v); /* "admitted", "not for this image", "refused", "untrusted" */
/* What is told of an addon: its verdict, and why, which is empty for one that is admitted. Where nothing is started, one that the
 * policy admits and that nobody was asked about is "not validated". */
const char *plan_addon_told(const struct plan_addon *a, bool starts, const char **ret_why);
const char *plan_origin_name(enum plan_origin o); /* "global", "for this UKI", "picked" */
/* Whether LoadImage will be asked for the kernel inside: by ukiload in the stub's role, by systemd-stub before STUB_LOADER, and
 * where shim stands behind LoadImage by every systemd-stub; else those have a loader of their own. Of other stubs it is not
 * known. */
bool plan_loads_kernel(const struct plan *plan, bool shim_loads);
const char *plan_handoff_name(enum plan_handoff h); /* "stub", "kernel" */
