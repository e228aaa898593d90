/* SPDX-License-Identifier: BSD-2-Clause */
#include "handoff_kernel.h"

#include "initrd_media.h"
#include "loader_line.h"
#include "measure.h"
#include "proof.h"
#include "random_seed.h"
#include "report.h"
#include "sidecars.h"
#include "splash.h"
#include "stub_vars.h"

struct handoff_kernel {
        EFI_HANDLE kernel;
        uint8_t *options; /* LoadOptions: the line in UCS-2 */
        size_t options_bytes;
        uint8_t *singles; /* archives made of sections */
        struct disk disk; /* of the UKI */
        struct sidecars sidecars;
        struct sidecar_file files[SIDECARS_MAX];
        struct stubrole role;
        struct stubrole_outcome outcome;
};

static bool make_role(struct boot *b, struct handoff_kernel *h) {
        struct stubrole_input in = {
                .plan = &b->plan,
                .addons = b->addons,
                .n_addons = b->n_addons,
                .smbios_extra = b->stub_extra,
                .told = loader_line_for_stub(b),
        };
        char buf[PLAN_PATH_MAX + PLAN_WHY_MAX];
        struct text left_out = TEXT_IN(buf);

        if (!stubrole_singles_size(&b->plan.uki, &in.singles_cap)) {
                text_str(&b->why, "the image's sections are too large");
                return false;
        }
        h->singles = fw_alloc(in.singles_cap);
        in.singles = h->singles;
        if (!h->singles) {
                text_str(&b->why, "out of memory");
                return false;
        }
        text_cat(&b->why, b->uki_path, " ", NULL);
        if (!sidecars_make(&h->disk, b->start_path, &b->plan.uki, &h->sidecars, &left_out, &b->why))
                return false;
        if (left_out.len > 0)
                report_note(b, "left-out", buf);
        memcpy(in.sidecar, h->sidecars.archive, sizeof(in.sidecar));
        if (!stubrole_make(&in, &h->role, &b->why))
                return false;
        text_clear(&b->why);
        return true;
}

static bool make_options(struct boot *b, struct handoff_kernel *h) {
        struct span line = { (const uint8_t *) b->plan.line, b->plan.line_len };

        h->options_bytes = stubrole_ucs2(line, NULL, 0);
        h->options = fw_alloc(h->options_bytes);
        if (!h->options) {
                text_str(&b->why, "out of memory");
                return false;
        }
        (void) stubrole_ucs2(line, h->options, h->options_bytes);
        return true;
}

static bool load_kernel(struct boot *b, EFI_HANDLE uki, struct handoff_kernel *h) {
        text_cat(&b->why, b->uki_path, " ", NULL);
        if (!trust_load_kernel(&b->trust, uki, b->plan.uki.section[UKI_LINUX], &h->kernel, &b->why))
                return false;
        text_clear(&b->why);
        return true;
}

struct handoff_kernel *handoff_kernel_prepare(struct boot *b, const struct volume *v, EFI_HANDLE uki) {
        struct handoff_kernel *h = fw_alloc(sizeof(*h));

        if (!h) {
                text_str(&b->why, "out of memory");
                return NULL;
        }
        h->disk = volume_disk(v);
        h->sidecars.files = h->files;
        h->sidecars.cap = SIDECARS_MAX;
        if (load_kernel(b, uki, h) && make_options(b, h) && make_role(b, h))
                return h;
        handoff_kernel_free(h);
        return NULL;
}

static bool measure_one(const struct stubrole_event *e) {
        size_t data_bytes = stubrole_ucs2(e->data, NULL, 0), text_bytes = stubrole_ucs2(e->description, NULL, 0);
        FW_POOL uint8_t *data = e->hash_text ? fw_alloc(data_bytes) : NULL;
        FW_POOL uint8_t *text = fw_alloc(text_bytes);
        struct measure_event event = { .pcr = e->pcr, .tag = e->tag, .cc = e->cc, .data = e->data };
        EFI_STATUS status;

        if (!text || (e->hash_text && !data))
                return false;
        if (e->hash_text) {
                (void) stubrole_ucs2(e->data, data, data_bytes);
                event.data = (struct span) { data, data_bytes };
        }
        (void) stubrole_ucs2(e->description, text, text_bytes);
        event.description = (struct span) { text, text_bytes };
        return measure_extend(&event, &status) == MEASURE_DONE;
}

static void measure_all(struct handoff_kernel *h) {
        stubrole_outcome_begin(&h->role, &h->outcome);
        for (size_t i = 0; i < h->role.n_events; i++)
                stubrole_outcome_note(&h->role, &h->role.event[i], measure_one(&h->role.event[i]), &h->outcome);
}

bool handoff_kernel_offer(struct handoff_kernel *h, struct text *why) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *loaded = fw_protocol(h->kernel, &guid);
        EFI_STATUS status = loaded ? initrd_media_offer(&h->role.initrd) : EFI_NOT_FOUND;

        if (status != EFI_SUCCESS) {
                text_cat(why, "the kernel cannot be given its initrd (", fw_status(status), ")", NULL);
                return false;
        }
        loaded->LoadOptions = h->options;
        loaded->LoadOptionsSize = (UINT32) h->options_bytes;
        return true;
}

static bool options_proven(const struct boot *b, const struct handoff_kernel *h) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *loaded = fw_protocol(h->kernel, &guid);

        return loaded && loaded->LoadOptions &&
               proof_options((struct span) { loaded->LoadOptions, loaded->LoadOptionsSize },
                             (struct span) { (const uint8_t *) b->plan.line, b->plan.line_len });
}

bool handoff_kernel_proof(struct boot *b, struct handoff_kernel *h) {
        char buf[PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (!options_proven(b, h))
                text_str(&clause, "another command line");
        else if (proof_initrd(&h->role.initrd, &b->plan, b->addons, b->n_addons, &clause) &&
                 initrd_media_proof(&h->role.initrd, &clause))
                return true;
        text_cat(&b->why, b->uki_path, ": what its kernel would get is not what was planned: ", buf, "; it is not started", NULL);
        return false;
}

EFI_STATUS handoff_kernel_start(struct handoff_kernel *h, const struct boot *b, const struct volume *v) {
        EFI_STATUS status;

        measure_all(h);
        if (b->plan.uki.has[UKI_SPLASH])
                splash_show(b->plan.uki.section[UKI_SPLASH]);
        /* Of an image on another disk ours is not the ESP, and there may be none. */
        if (h->role.version >= STUB_SEED && !v->name[0])
                random_seed_refresh(&b->volumes[0], b->trust.secure_boot);
        stub_vars_set(b, v, &h->role, &h->outcome);
        fw_watchdog();
        status = fw_bs->StartImage(h->kernel, NULL, NULL);
        h->kernel = NULL;
        initrd_media_remove();
        return status;
}

void handoff_kernel_free(struct handoff_kernel *h) {
        if (!h)
                return;
        initrd_media_remove();
        if (h->kernel)
                (void) fw_bs->UnloadImage(h->kernel);
        sidecars_release(&h->disk, &h->sidecars);
        fw_free(h->singles);
        fw_free(h->options);
        fw_free(h);
}
