/* SPDX-License-Identifier: BSD-2-Clause */
#include "reload.h"

#include "addons.h"
#include "console.h"
#include "counting.h"
#include "gather.h"
#include "handoff_kernel.h"
#include "handoff_stub.h"
#include "initrd_media.h"
#include "loader_line.h"
#include "measure.h"
#include "overlay_proof.h"
#include "path.h"
#include "report.h"
#include "stub_vars.h"

/* What this attempt holds; released in reload_try. */
struct attempt {
        const struct volume *volume;
        struct disk disk;        /* the same, as lib/ asks it */
        struct volume_file file; /* until LoadImage has it */
        struct overlayfs *overlay;
        EFI_HANDLE image;              /* loaded, not started */
        struct handoff_kernel *kernel; /* for that handoff */
        enum reload_result result;     /* what it comes to if a step says false */
};

/* With the case that the file's own name has: the stub derives names from the path that it was loaded by. */
static void set_true_name(struct boot *b, const char *path, const char *long_name) {
        struct span base = path_base(span_of(path));
        struct text text = TEXT_IN(b->uki_path);

        text_bytes(&text, (struct span) { (const uint8_t *) path, strlen(path) - base.n });
        text_str(&text, long_name);
}

static bool read_uki(struct boot *b, struct attempt *a, const char *path) {
        struct text text = TEXT_IN(b->uki_path);

        text_str(&text, path);
        text_cat(&b->why, path, " ", NULL);
        if (!volume_read(a->volume, path, UKI_FILE_MAX, &a->file, &b->why))
                return false;
        text_clear(&b->why);
        set_true_name(b, path, a->file.name);
        b->hashed = b->request && (b->request->has_sha256 || b->request->has_plan);
        if (b->hashed)
                sha256_of(a->file.bytes, b->sha256);
        counting_plan(b, a->volume);
        return true;
}

static struct plan_input plan_input(struct boot *b) {
        return (struct plan_input) {
                .uki_path = b->uki_path,
                .pe = &b->pe,
                .sha256 = b->sha256,
                .machine = ARCH_NATIVE,
                .policy = b->has_policy ? &b->policy : NULL,
                .request = b->request,
                .addons = b->addons,
                .n_addons = b->n_addons,
                .smbios_extra = b->stub_extra,
                .confidential = b->confidential,
                .only_pinned = true,
                .unsettled = true,
        };
}

/* The bytes that the plan borrows are about to go: a reason must not be told from freed memory. */
static void free_file(struct boot *b, struct attempt *a) {
        plan_detach(&b->plan);
        volume_file_free(&a->file);
}

/* A step that ends the whole start, not only this UKI's. */
static bool stop(struct attempt *a) {
        a->result = RELOAD_STOP;
        return false;
}

static bool obey_plan(struct boot *b, struct attempt *a) {
        b->planned = b->plan.uki_ok;
        if (b->plan.result == PLAN_START)
                return true;
        text_clear(&b->why);
        text_str(&b->why, b->plan.why);
        return b->plan.result == PLAN_REFUSE ? stop(a) : false;
}

/* Judges the file before LoadImage sees it: a refused image would leave measurements behind. */
static bool judge_file(struct boot *b, struct attempt *a) {
        struct plan_input in;

        text_cat(&b->why, b->uki_path, " ", NULL);
        if (!pe_open_file(a->file.bytes, &b->pe, &b->why))
                return false;
        if (!gather_addons(&a->disk, &b->pe, b->start_path, b->request, b->addons, &b->n_addons, &b->why))
                return stop(a);
        text_clear(&b->why);
        in = plan_input(b);
        plan_make(&in, &b->scratch, &b->plan);
        return obey_plan(b, a);
}

static bool load(struct boot *b, struct attempt *a) {
        FW_POOL EFI_DEVICE_PATH *path = NULL;
        bool loaded;

        a->overlay = overlayfs_new(a->volume);
        if (a->overlay)
                path = devpath_file(overlayfs_path(a->overlay), b->start_path);
        if (!path || overlayfs_install(a->overlay) != EFI_SUCCESS) {
                text_str(&b->why, "the overlay file system could not be installed");
                return false;
        }
        text_cat(&b->why, b->uki_path, " ", NULL);
        loaded = trust_load(&b->trust, path, &b->pe, &a->image, &b->why);
        if (loaded)
                text_clear(&b->why);
        free_file(b, a);
        return loaded;
}

struct vouching {
        struct boot *boot;
        struct overlayfs *overlay;
};

static void vouch(void *arg, struct plan_addon *addon) {
        struct vouching *v = arg;

        addons_validate(v->boot, v->overlay, addon);
}

/* The kernel goes through LoadImage once more, as it lies in memory: what shim would refuse there, the stub of 257 does not
 * survive, and that of 262 comes back from. */
static bool judge_kernel(struct boot *b) {
        if (!plan_loads_kernel(&b->plan, b->trust.way == TRUST_SHIM_HOOKED))
                return true;
        text_cat(&b->why, b->uki_path, ": the kernel inside ", NULL);
        if (!pe_open_file(b->plan.uki.section[UKI_LINUX], &b->scratch.pe, &b->why) ||
            !trust_takes_kernel(&b->trust, &b->scratch.pe, &b->why))
                return false;
        text_clear(&b->why);
        return true;
}

/* Judges again from the loaded image, which is what was verified, and has the admitted addons validated by LoadImage. */
static bool judge_loaded(struct boot *b, struct attempt *a) {
        struct vouching v = { b, a->overlay };
        struct plan_input in;
        struct span bytes;

        text_cat(&b->why, b->uki_path, " as loaded ", NULL);
        if (!trust_image_bytes(a->image, &bytes)) {
                text_str(&b->why, "cannot be seen in memory");
                return stop(a);
        }
        if (!pe_open_image(bytes, &b->pe, &b->why))
                return false;
        text_clear(&b->why);
        in = plan_input(b);
        plan_settle(&in, &b->scratch, vouch, &v, &b->plan);
        return obey_plan(b, a) && judge_kernel(b);
}

static bool no_foreign_initrd(struct boot *b) {
        if (!initrd_media_taken())
                return true;
        text_str(&b->why, "an initrd is already registered with firmware, and the UKI would take it unsigned or fail: "
                          "remove what adds one (initrd, extra) from the boot entry that starts ukiload");
        return false;
}

static bool measure_policies(struct boot *b) {
        struct span uki_policy = span_trim_nul(b->plan.uki.policy);
        EFI_STATUS status = EFI_SUCCESS;

        if ((!b->plan.measure_policy || measure_policy(b->policy.text, &status) != MEASURE_FAILED) &&
            (!b->plan.measure_uki_policy || measure_policy(uki_policy, &status) != MEASURE_FAILED))
                return true;
        text_cat(&b->why, "the policy asks to be measured (@measure), and the TPM does not take the measurement (",
                 fw_status(status), ")", NULL);
        return false;
}

/* The last look at what the child is about to be given, from its side. What it looks at is in memory: nothing that follows
 * changes it. */
static bool prove(struct boot *b, struct attempt *a) {
        return a->kernel ? handoff_kernel_proof(b, a->kernel) : overlay_proof(b, a->overlay, a->image);
}

/* The last things before StartImage, all of which may still refuse. */
static bool prepare(struct boot *b, struct attempt *a) {
        loader_line_find(b);
        if (b->plan.handoff == PLAN_HANDOFF_KERNEL) {
                a->kernel = handoff_kernel_prepare(b, a->volume, a->image);
                if (!a->kernel)
                        return false;
        } else if (!handoff_stub_serve(b, a->overlay, &b->why) || !handoff_stub_options(b, a->image))
                return false;
        return trust_retain(&b->trust, &b->why) && no_foreign_initrd(b) &&
               (!a->kernel || handoff_kernel_offer(a->kernel, &b->why)) && prove(b, a) && measure_policies(b);
}

static EFI_STATUS start_stub(struct attempt *a) {
        EFI_STATUS status;

        fw_watchdog();
        status = fw_bs->StartImage(a->image, NULL, NULL);
        a->image = NULL; /* unloaded by whoever started it; the handle must not be touched */
        return status;
}

/* Only comes back if the UKI does not run. */
static bool start(struct boot *b, struct attempt *a) {
        EFI_STATUS status;

        if (!prepare(b, a))
                return stop(a);
        loader_line_measure(b);
        counting_count_down(b, a->volume);
        stub_vars_tell_esp(b, a->volume);
        report_plan(b);
        console_line(CONSOLE_GOOD, "ukiload starts it.");
        report_status(b, REPORT_STARTED);
        if (b->executing)
                (void) report_last(b->last_id, REPORT_STARTED, "");
        status = a->kernel ? handoff_kernel_start(a->kernel, b, a->volume) : start_stub(a);
        plan_detach(&b->plan); /* the image was unloaded when it came back */
        text_cat(&b->why, b->uki_path, " was started and came back (", fw_status(status), ")", NULL);
        a->result = RELOAD_FAILED;
        return false;
}

/* The story of one UKI: each step says false, and b->why why, where it ends. */
static bool steps(struct boot *b, struct attempt *a, const char *path) {
        if (!no_foreign_initrd(b))
                return stop(a);
        return read_uki(b, a, path) && judge_file(b, a) && load(b, a) && judge_loaded(b, a) && start(b, a);
}

enum reload_result reload_try(struct boot *b, const struct volume *volume, const char *path) {
        struct attempt a = { .volume = volume, .disk = volume_disk(volume), .result = RELOAD_NEXT };

        b->planned = false;
        text_clear(&b->why);
        (void) steps(b, &a, path);
        handoff_kernel_free(a.kernel);
        free_file(b, &a);
        if (a.image)
                (void) fw_bs->UnloadImage(a.image);
        overlayfs_free(a.overlay);
        gather_release(&a.disk, b->addons, b->n_addons);
        report_status(b, a.result == RELOAD_FAILED ? REPORT_FAILED : REPORT_REFUSED);
        b->reported = true;
        b->n_addons = 0;
        b->planned = false;
        return a.result;
}
