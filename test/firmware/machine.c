/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine from power on to the end of ukiload. */
#include "inside.h"

#include "console.h"
#include "initrd_media.h"

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* A start takes and gives back large pieces of memory: a small quarantine keeps them warm. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
        return "quarantine_size_mb=4:malloc_context_size=6:max_malloc_fill_size=0";
}

struct machine *machine_new(void) {
        static const uint8_t boot_current[2] = { 7, 0 };
        struct machine *m;

        if (the_machine)
                machine_free(the_machine); /* of a test that failed */
        m = large_take(sizeof(*m));
        if (!m)
                abort();
        memset(m, 0, sizeof(*m));
        m->in = calloc(1, sizeof(*m->in));
        if (!m->in)
                abort();
        the_machine = m;
        m->secure_boot = m->tpm = true;
        m->policy = BENCH_POLICY;
        m->child_returns = RUNS;
        for (unsigned i = 0; i < VOLUMES; i++) {
                m->in->volumes[i].root = calloc(1, sizeof(struct node));
                if (!m->in->volumes[i].root)
                        abort();
                m->in->volumes[i].root->folder = true;
                machine_folder(m, i, "\\EFI\\Linux");
                machine_folder(m, i, "\\loader");
        }
        machine_set(m, "BootCurrent", &global_vendor, 6, boot_current, 2);
        return m;
}

/* What a running machine holds. */
static void switch_off(struct machine *m) {
        struct inside *in = m->in;
        size_t n_faults = m->n_faults;

        m->n_faults = 0;
        in->watching = false;
        initrd_media_remove(); /* what efi/ keeps in statics dies with its image */
        m->n_faults = n_faults;
        images_free(m);
        memory_free(m);
        while (in->n_handles > 0)
                handle_remove(m, in->handles[0]);
        memset(&in->st, 0, sizeof(in->st));
        files_close(m);
        in->in_child = false;
}

void machine_free(struct machine *m) {
        if (m->in->self)
                switch_off(m);
        child_free(m);
        variables_free(m, false);
        for (unsigned i = 0; i < VOLUMES; i++)
                node_free(m->in->volumes[i].root);
        node_free(m->in->graveyard);
        while (m->in->kept) {
                struct kept_memory *k = m->in->kept;

                m->in->kept = k->next;
                free(k);
        }
        free(m->in);
        large_give(m);
        the_machine = NULL;
}

/* ukiload's image as it was loaded. */
static void load_self(struct machine *m) {
        static const EFI_GUID loaded = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        static uint8_t *memory;
        struct pe_write_section sections[2];
        struct inside *in = m->in;
        struct span file;
        size_t n = 0, size;

        machine_section(sections, &n, ".sbat", "ukiload,1\n");
        if (m->policy)
                machine_section(sections, &n, ".ukipol", m->policy);
        file = machine_image(m, sections, n, DB);
        free(memory);
        memory = load_pe(file.p, file.n, &size);
        in->self_image = (EFI_LOADED_IMAGE) { .Revision = 0x1000,
                                              .SystemTable = &in->st,
                                              .DeviceHandle = in->volumes[ESP].handle,
                                              .ImageBase = memory,
                                              .ImageSize = size };
        if (m->options) {
                wide(m->options, in->self_options, 2048);
                in->self_image.LoadOptions = in->self_options;
                in->self_image.LoadOptionsSize = (UINT32) ((strlen(m->options) + 1) * sizeof(CHAR16));
        }
        wide("of-shim init=/bin/sh", in->inherited, 32);
        in->self = handle_new(m);
        handle_add(in->self, &loaded, &in->self_image);
}

static void power_on(struct machine *m) {
        static CHAR16 vendor[] = L"Bench";
        struct inside *in = m->in;
        uint8_t on = m->secure_boot;

        the_machine = m;
        if (in->self)
                switch_off(m);
        in->st = (EFI_SYSTEM_TABLE) { .Hdr.Revision = 0x2004e,
                                      .FirmwareVendor = vendor,
                                      .FirmwareRevision = 0x10000,
                                      .BootServices = &in->bs,
                                      .RuntimeServices = &in->rt };
        memory_services(&in->bs);
        handle_services(&in->bs);
        variable_services(&in->rt);
        image_services(m);
        extra_services(m);
        console_services(m);
        disks_make(m);
        trust_services(m);
        tpm_services(m);
        load_self(m);
        machine_set(m, "SecureBoot", &global_vendor, 6, &on, 1);
        console_level(1);
}

static void forget_what_happened(struct machine *m) {
        child_free(m);
        m->returned = EFI_SUCCESS;
        m->n_started = 0;
        m->watchdog_s = 300; /* by the boot manager */
        m->reset = false;
        m->screen[0] = m->misuse[0] = m->left[0] = 0;
        memset(m->calls, 0, sizeof(m->calls));
        m->slept_ms = m->stalled_ms = m->nv_writes = 0;
        m->n_measured = 0;
}

void machine_power_cycle(struct machine *m) {
        static const uint8_t boot_current[2] = { 7, 0 };

        variables_free(m, true);
        machine_set(m, "BootCurrent", &global_vendor, 6, boot_current, 2);
        forget_what_happened(m);
}

static void count(struct machine *m, const char *what, size_t before, size_t after) {
        size_t at = strlen(m->left);

        if (before != after)
                snprintf(m->left + at, sizeof(m->left) - at, "%zu %s, %zu before; ", after, what, before);
}

void machine_start(struct machine *m) {
        size_t handles, protocols;
        EFI_IMAGE_LOAD load_image;

        forget_what_happened(m);
        power_on(m);
        handles = m->in->n_handles;
        protocols = handle_protocols(m);
        load_image = m->in->bs.LoadImage;
        m->in->watching = true;
        m->in->taken_away = m->in->connected = 0;
        m->in->was_armed = machine_armed(m);
        if (setjmp(m->in->running) != 0)
                return; /* a child runs */
        m->returned = efi_main(m->in->self, &m->in->st);
        count(m, "pool blocks", 0, m->in->n_blocks);
        count(m, "handles", handles, m->in->n_handles - m->in->connected);
        count(m, "protocols", protocols, handle_protocols(m) + m->in->taken_away - 2 * m->in->connected);
        count(m, "timers", 0, m->in->timer_there);
        count(m, "open files", 0, m->in->n_files);
        count(m, "overrides", 0, !trust_restored(m));
        count(m, "hooks of LoadImage", 0, m->in->bs.LoadImage != load_image);
}
