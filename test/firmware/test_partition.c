/* SPDX-License-Identifier: BSD-2-Clause */
/* A UKI on a partition that the request names by its GUID. In the bench partition n has n + 1 sixteen times, on each disk. */
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define NAME  "PARTUUID=02020202-0202-0202-0202-020202020202"
#define NAMED "ukiload.uki=" NAME "/EFI/Linux/b.efi"
#define B     "\\EFI\\Linux\\b.efi"
#define EXTRA B ".extra.d\\"

/* The UKI on the other disk, with addons; and one on the ESP that is not meant, with others. */
static struct machine *two_disks(void) {
        struct machine *m = machine_new();

        m->other_disk = true;
        machine_uki(m, OTHER_DISK, B, 257, "root=/dev/vdb", DB);
        machine_addon(m, OTHER_DISK, EXTRA "q.addon.efi", "quiet", DB);
        machine_addon(m, OTHER_DISK, SCENE_GLOBAL "\\l.addon.efi", "loglevel=5", DB);
        machine_addon(m, OTHER_DISK, "\\EFI\\ukiload\\addons\\p.addon.efi", "t=picked", DB);
        machine_uki(m, ESP, B, 257, "root=/dev/vda", DB);
        machine_addon(m, ESP, SCENE_GLOBAL "\\t.addon.efi", "t=esp", DB);
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\p.addon.efi", "t=esp", DB);
        return m;
}

static void it_is_started_with_the_addons_of_its_own_volume(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = two_disks();

                if (stub == 252)
                        machine_uki(m, OTHER_DISK, B, stub, "root=/dev/vdb", DB);
                machine_arm(m, NAMED " ukiload.addon=p");
                scene_line(m, "root=/dev/vdb loglevel=5 quiet t=picked");
                assert_string_equal(machine_status(m, "uki"), B);
                assert_string_equal(machine_status(m, "volume"), NAME);
                assert_string_equal(machine_last(m, "result"), "started");
                assert_non_null(strstr(m->screen, B " on " NAME));
                assert_int_equal(m->calls[CALL_CONNECT], 0);
                machine_free(m);
        }
}

static void options_of_a_standing_entry_name_it_too(void **state) {
        struct machine *m = two_disks();

        (void) state;
        m->options = NAMED;
        scene_ends(m, "root=/dev/vdb loglevel=5 quiet");
}

static void a_disk_that_firmware_passed_over_is_connected(void **state) {
        struct machine *m = two_disks();

        (void) state;
        m->hurried = true;
        machine_arm(m, NAMED);
        scene_ends(m, "root=/dev/vdb loglevel=5 quiet");
        m = two_disks();
        m->hurried = true;
        machine_arm(m, NAMED);
        machine_fault(m, CALL_CONNECT, 1, ALWAYS, EFI_DEVICE_ERROR);
        scene_refused(m, NAME " is no GPT partition with a file system");
}

static void nobody_else_connects_anything(void **state) {
        struct machine *m = two_disks();

        (void) state;
        m->hurried = true;
        scene_line(m, "root=/dev/vda t=esp");
        assert_int_equal(m->calls[CALL_CONNECT], 0);
        machine_free(m);
}

static void what_is_not_there_is_refused_by_its_name(void **state) {
        struct machine *m = two_disks();

        (void) state;
        machine_arm(m, "ukiload.uki=PARTUUID=03030303-0303-0303-0303-030303030303/EFI/Linux/b.efi");
        scene_refused(
                m, "PARTUUID=03030303-0303-0303-0303-030303030303 is no GPT partition with a file system that firmware can read");
        m = two_disks();
        machine_arm(m, "ukiload.uki=" NAME "/EFI/Linux/c.efi");
        scene_refused(m, "\\EFI\\Linux\\c.efi does not exist on " NAME);
        m = two_disks();
        m->options = "ukiload.uki=PARTUUID=03030303-0303-0303-0303-030303030303/EFI/Linux/b.efi";
        scene_refuses(m, "is no GPT partition");
}

/* A clone of the disk. Whether firmware has connected it is not ours to ask for, once one is there. */
static void two_of_one_guid_are_refused(void **state) {
        (void) state;
        for (int hurried = 0; hurried < 2; hurried++) {
                struct machine *m = two_disks();

                m->xbootldr = true;
                m->hurried = hurried;
                machine_uki(m, XBOOTLDR, B, 257, "root=/dev/xbootldr", DB);
                machine_arm(m, NAMED);
                if (hurried)
                        scene_ends(m, "root=/dev/xbootldr");
                else
                        scene_refused(m, NAME " is more than one partition");
        }
}

static void set_type(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) nth;
        (void) what;
        if (call == CALL_LOCATE_HANDLES)
                m->in->volumes[OTHER_DISK].path[18 + 41] = *(const uint8_t *) m->watch_arg;
}

static void only_a_signature_of_the_type_guid_counts(void **state) {
        static uint8_t types[] = { 0, 1, 2, 3 };

        (void) state;
        for (size_t i = 0; i < sizeof(types); i++) {
                struct machine *m = two_disks();

                m->watch = set_type;
                m->watch_arg = &types[i];
                machine_arm(m, NAMED);
                if (types[i] == 2)
                        scene_ends(m, "root=/dev/vdb loglevel=5 quiet");
                else
                        scene_refused(m, NAME " is no GPT partition");
        }
}

static void one_that_goes_away_is_refused(void **state) {
        struct machine *m = two_disks();

        (void) state;
        machine_arm(m, NAMED);
        machine_fault(m, CALL_OPEN_VOLUME, 2, ALWAYS, EFI_MEDIA_CHANGED); /* the first is the ESP's */
        scene_refused(m, NAME " has a file system that firmware cannot open");
        m = two_disks();
        machine_arm(m, NAMED);
        machine_fault(m, CALL_READ, 1, ALWAYS, EFI_NO_MEDIA);
        scene_refused(m, B " could not be read to its end");
        m = two_disks();
        machine_arm(m, NAMED);
        machine_fault(m, CALL_LOCATE_HANDLES, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
        scene_refused(m, "is no GPT partition");
}

/* systemd-bless-boot would not find it. */
static void its_tries_are_not_counted(void **state) {
        struct machine *m = two_disks();

        (void) state;
        machine_uki(m, OTHER_DISK, "\\EFI\\Linux\\c+3.efi", 257, "root=/dev/vdc", DB);
        machine_arm(m, "ukiload.uki=" NAME "/EFI/Linux/c+3.efi");
        scene_line(m, "root=/dev/vdc loglevel=5");
        assert_non_null(machine_find(m, OTHER_DISK, "\\EFI\\Linux\\c+3.efi"));
        machine_free(m);
}

static void from_nowhere(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->in->self_image.DeviceHandle = m->in->trust_handle;
}

/* From a network there is no ESP, and a partition is a partition. */
static void ukiload_needs_no_volume_of_its_own(void **state) {
        /* in the role of 253, which refreshes the random seed, there is no seed of ours to refresh */
        static const unsigned stubs[] = { 252, 253, 257 };

        (void) state;
        for (size_t i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++) {
                struct machine *m = two_disks();

                m->rng = true;
                m->watch = from_nowhere;
                machine_uki(m, OTHER_DISK, B, stubs[i], "root=/dev/vdb", DB);
                machine_arm(m, NAMED);
                scene_ends(m, "root=/dev/vdb loglevel=5 quiet");
        }
}

/* It would be that of the other disk. */
static void the_seed_of_the_esp_is_not_for_an_image_from_elsewhere(void **state) {
        static const uint8_t seed[32] = { 1, 2, 3 };
        struct machine *m = two_disks();
        const struct node *file = machine_file(m, ESP, "\\loader\\random-seed", (struct span) { seed, sizeof(seed) });

        (void) state;
        m->rng = true;
        machine_uki(m, OTHER_DISK, B, 253, "root=/dev/vdb", DB);
        machine_arm(m, NAMED);
        scene_line(m, "root=/dev/vdb loglevel=5 quiet");
        assert_memory_equal(file->bytes, seed, sizeof(seed));
        machine_free(m);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(it_is_started_with_the_addons_of_its_own_volume),
                T(options_of_a_standing_entry_name_it_too),
                T(a_disk_that_firmware_passed_over_is_connected),
                T(nobody_else_connects_anything),
                T(what_is_not_there_is_refused_by_its_name),
                T(two_of_one_guid_are_refused),
                T(only_a_signature_of_the_type_guid_counts),
                T(one_that_goes_away_is_refused),
                T(its_tries_are_not_counted),
                T(ukiload_needs_no_volume_of_its_own),
                T(the_seed_of_the_esp_is_not_for_an_image_from_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
