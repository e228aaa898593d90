/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenes.h"

#include "inside.h"

struct machine *scene_plain(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, SCENE_UKI, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
        m->forbidden[0] = "init=/bin/sh";
        return m;
}

struct machine *scene_over(enum shim shim, bool secure_boot) {
        struct machine *m = machine_new();

        m->shim = shim;
        m->secure_boot = secure_boot;
        machine_start(m);
        m->in->watching = false;
        memset(m->calls, 0, sizeof(m->calls));
        return m;
}

struct machine *scene_addons(unsigned stub) {
        struct machine *m = machine_new();

        m->policy = BENCH_POLICY "@require audit=1\n";
        machine_uki(m, ESP, SCENE_UKI, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, SCENE_GLOBAL "\\audit.addon.efi", "audit=1", DB);
        machine_addon(m, ESP, SCENE_OWN "\\level.addon.efi", "loglevel=7", DB);
        machine_addon(m, ESP, SCENE_OWN "\\evil.addon.efi", "init=/bin/sh", DB);
        machine_file(m, ESP, SCENE_OWN "\\own.cred", span_of("credential"));
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\kdump.addon.efi", "crashkernel=1G", DB);
        machine_arm(m, "ukiload.addon=kdump");
        m->forbidden[0] = "init=/bin/sh";
        m->required[0] = "audit=1";
        m->requested[0] = "crashkernel=1G";
        return m;
}

EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *scene_overlay(struct machine *m) {
        const EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

        for (size_t i = m->in->n_handles; i-- > 0;)
                for (size_t k = 0; k < m->in->handles[i]->n; k++)
                        if (memcmp(&m->in->handles[i]->guid[k], &guid, sizeof(guid)) == 0)
                                return m->in->handles[i]->interface[k];
        return NULL;
}

static EFI_STATUS EFIAPI open_esp(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret) {
        (void) this;
        this = &the_machine->in->volumes[ESP].fs;
        return this->OpenVolume(this, ret);
}

void scene_no_overlay(struct machine *m) {
        scene_overlay(m)->OpenVolume = open_esp;
}

static void (*meddle)(struct machine *m);

/* The last look for an initrd is what follows the last addon. */
static void watch_last_look(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call != CALL_LOCATE_PATH || m->calls[CALL_UNLOAD_IMAGE] == 0)
                return;
        m->watch = NULL;
        meddle(m);
}

void scene_before_proof(struct machine *m, void (*with)(struct machine *m)) {
        meddle = with;
        m->watch = watch_last_look;
}

void scene_start(struct machine *m) {
        const char *why;

        machine_start(m);
        why = machine_judge(m);
        if (why)
                fail_msg("%s\n--- screen\n%s\n--- status\n%s\n--- ignored\n%s", why, m->screen, m->child.status,
                         m->child.ignored);
}

void scene_line(struct machine *m, const char *line) {
        scene_start(m);
        if (m->n_started != (line != NULL))
                fail_msg("%u started\n%s", m->n_started, m->screen);
        if (line)
                assert_string_equal(m->child.line, line);
}

void scene_ends(struct machine *m, const char *line) {
        scene_line(m, line);
        machine_free(m);
}

static void refusal(struct machine *m, const char *reason, const char *words) {
        if (!strstr(reason, words))
                fail_msg("the reason is \"%s\", without \"%s\"", reason, words);
        machine_free(m);
}

void scene_refuses(struct machine *m, const char *words) {
        scene_line(m, NULL);
        refusal(m, machine_status(m, "reason"), words);
}

void scene_refused(struct machine *m, const char *words) {
        scene_line(m, NULL);
        refusal(m, machine_last(m, "reason"), words);
}
