/* SPDX-License-Identifier: BSD-2-Clause */
/* The proof before the start: what was not seen as planned is not started. */
#include <string.h>

#include "inside.h"

#define UKI  "\\EFI\\Linux\\a.efi"
#define OWN  UKI ".extra.d"
#define GLOB "\\loader\\addons"

/* An addon for all, one of the UKI's own, one that is picked; and one that is not allowed, a credential. */
static struct machine *plain(unsigned stub) {
        struct machine *m = machine_new();

        m->policy = BENCH_POLICY "@require audit=1\n";
        machine_uki(m, ESP, UKI, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, GLOB "\\audit.addon.efi", "audit=1", DB);
        machine_addon(m, ESP, OWN "\\level.addon.efi", "loglevel=7", DB);
        machine_addon(m, ESP, OWN "\\evil.addon.efi", "init=/bin/sh", DB);
        machine_file(m, ESP, OWN "\\own.cred", span_of("credential"));
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\kdump.addon.efi", "crashkernel=1G", DB);
        machine_arm(m, "ukiload.addon=kdump");
        m->forbidden[0] = "init=/bin/sh";
        m->required[0] = "audit=1";
        m->requested[0] = "crashkernel=1G";
        return m;
}

static void start(struct machine *m) {
        const char *why;

        machine_start(m);
        why = machine_judge(m);
        if (why)
                fail_msg("%s\n--- screen\n%s\n--- ignored\n%s", why, m->screen, m->child.ignored);
}

static void refused(struct machine *m, const char *words) {
        start(m);
        assert_int_equal(m->n_started, 0);
        if (!strstr(machine_last(m, "reason"), words))
                fail_msg("the reason is: %s", machine_last(m, "reason"));
        machine_free(m);
}

static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *overlay_fs(struct machine *m) {
        const EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

        for (size_t i = m->in->n_handles; i-- > 0;)
                for (size_t k = 0; k < m->in->handles[i]->n; k++)
                        if (memcmp(&m->in->handles[i]->guid[k], &guid, sizeof(guid)) == 0)
                                return m->in->handles[i]->interface[k];
        return NULL;
}

static void breaks_off(struct machine *m, const char *path) {
        struct node *node = machine_find(m, ESP, path);

        node->list_status = EFI_DEVICE_ERROR;
        node->list_good = 3;
}

static void (*meddle)(struct machine *m);

/* Addons are unloaded after the UKI was loaded; the proof comes later. */
static void before_the_proof(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void)nth;
        (void)what;
        if (call != CALL_UNLOAD_IMAGE)
                return;
        m->watch = NULL;
        meddle(m);
}

static struct image *uki_of(struct machine *m) {
        struct image *image = m->in->images;

        while (image && strcmp(image->name, UKI) != 0)
                image = image->next;
        assert_non_null(image);
        return image;
}

static void other_volume(struct machine *m) {
        uki_of(m)->loaded.DeviceHandle = m->in->volumes[ESP].handle;
}

static void other_path(struct machine *m) {
        ((uint8_t *)uki_of(m)->loaded.FilePath)[4 + 2] ^= 1;
}

static void no_path(struct machine *m) {
        uki_of(m)->loaded.FilePath = NULL;
}

/* The volume itself in the place of the overlay. */
static EFI_STATUS EFIAPI open_esp(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret) {
        (void)this;
        this = &the_machine->in->volumes[ESP].fs;
        return this->OpenVolume(this, ret);
}

static void no_overlay(struct machine *m) {
        overlay_fs(m)->OpenVolume = open_esp;
}

static void other_bytes(struct machine *m) {
        no_overlay(m);
        machine_remove(m, ESP, OWN "\\evil.addon.efi");
        machine_addon(m, ESP, OWN "\\level.addon.efi", "loglevel=0", DB);
}

static void one_missing(struct machine *m) {
        no_overlay(m);
        machine_remove(m, ESP, OWN "\\evil.addon.efi");
}

static void one_unreadable(struct machine *m) {
        no_overlay(m);
        machine_find(m, ESP, GLOB "\\audit.addon.efi")->read_status = EFI_DEVICE_ERROR;
}

static void folder_breaks_off(struct machine *m) {
        no_overlay(m);
        breaks_off(m, GLOB);
}

static void test_what_is_not_seen_as_planned_is_not_started(void **state) {
        static const struct { void (*meddle)(struct machine *m); const char *why; } cases[] = {
                { other_volume, "firmware says that it was loaded from another volume" },
                { other_path, "firmware says that it was loaded by another path" },
                { no_path, "firmware says that it was loaded by another path" },
                { no_overlay, "evil.addon.efi would be taken from the image's own folder" },
                { other_bytes, "level.addon.efi would be taken with other bytes than those that were validated" },
                { one_missing, "kdump.addon.efi, which the plan admits, would not be found" },
                { one_unreadable, "audit.addon.efi is listed and cannot be read" },
                { folder_breaks_off, "and the plan admits " GLOB "\\audit.addon.efi there" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct machine *m = plain(257);

                m->watch = before_the_proof;
                meddle = cases[i].meddle;
                refused(m, cases[i].why);
        }
}

/* The kernel's line is changed after it was set. */
static void change_the_line(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void)nth;
        (void)what;
        if (call == CALL_HANDLE_PROTOCOL)
                for (struct image *image = m->in->images; image; image = image->next)
                        if (image->loaded.LoadOptions)
                                ((CHAR16 *)image->loaded.LoadOptions)[0] = 'x';
}

static void test_another_line_for_the_kernel_is_not_started(void **state) {
        struct machine *m = plain(252);

        (void)state;
        m->watch = change_the_line;
        refused(m, "what its kernel would get is not what was planned: another command line");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_not_seen_as_planned_is_not_started),
                cmocka_unit_test(test_another_line_for_the_kernel_is_not_started),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
