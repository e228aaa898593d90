/* SPDX-License-Identifier: BSD-2-Clause */
/* The variables that a stub leaves, of an image whose stub's role ukiload takes. */
#include "inside.h"
#include "scenes.h"

#define SET_BY_LOADER "of the loader"

static struct machine *plain(unsigned stub) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, SCENE_UKI, stub, "root=/dev/vda", DB);
        machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
        machine_file(m, ESP, SCENE_OWN "\\own.cred", span_of("credential"));
        machine_file(m, ESP, "\\loader\\credentials\\all.cred", span_of("credential"));
        m->options = "u=1"; /* which no stub can add */
        return m;
}

/* A text, that ends where the variable ends; NULL: there is none. */
static const char *text_of(const struct machine *m, const char *name) {
        static char text[320];
        struct span value;
        UINT32 attributes;

        if (!machine_get(m, name, &loader_vendor, &value, &attributes))
                return NULL;
        assert_int_equal(attributes, 6);
        assert_true(value.n >= 2 && value.n % 2 == 0 && value.p[value.n - 2] == 0 && value.p[value.n - 1] == 0);
        narrow((const CHAR16 *) (const void *) value.p, text, sizeof(text));
        assert_int_equal(value.n, 2 * (strlen(text) + 1));
        return text;
}

static void is(const struct machine *m, const char *name, const char *text) {
        const char *there = text_of(m, name);

        if (!there != !text || (text && strcmp(there, text) != 0))
                fail_msg("%s is %s, not %s", name, there ? there : "not there", text ? text : "nothing");
}

static void kernel_starts(struct machine *m) {
        scene_start(m);
        assert_int_equal(m->child.kind, CHILD_KERNEL);
}

static void a_stub_tells_who_it_is_and_where_it_came_from(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub++) {
                struct machine *m = plain(stub);
                struct span features;

                kernel_starts(m);
                if (!strstr(text_of(m, "StubInfo"), " as systemd-stub "))
                        fail_msg("%s", text_of(m, "StubInfo"));
                assert_true(machine_get(m, "StubFeatures", &loader_vendor, &features, NULL));
                assert_int_equal(features.n, 8);
                is(m, "LoaderDevicePartUUID", "01010101-0101-0101-0101-010101010101");
                is(m, "LoaderImageIdentifier", SCENE_UKI);
                is(m, "LoaderFirmwareInfo", "Bench 1.00");
                is(m, "LoaderFirmwareType", "UEFI 2.78");
                is(m, "StubDevicePartUUID", stub < 257 ? NULL : "01010101-0101-0101-0101-010101010101");
                is(m, "StubImageIdentifier", stub < 257 ? NULL : SCENE_UKI);
                is(m, "StubProfile", stub < 257 ? NULL : "0");
                is(m, "StubPcrKernelImage", "11");
                is(m, "StubPcrKernelParameters", "12");
                is(m, "StubPcrInitRDSysExts", stub < 253 ? "13" : NULL); /* there are none: 252 counts that as measured */
                machine_free(m);
        }
}

/* What the loader left is the truth about the loader; what a stub left before is not about this one. */
static void what_the_loader_left_stays_and_what_a_stub_left_does_not(void **state) {
        static const char *const of_loader[] = { "LoaderDevicePartUUID", "LoaderImageIdentifier", "LoaderFirmwareInfo",
                                                 "LoaderFirmwareType" },
                                 *const of_stub[] = { "StubInfo",           "StubProfile",
                                                      "StubDevicePartUUID", "StubImageIdentifier",
                                                      "StubPcrKernelImage", "StubPcrKernelParameters" };
        struct machine *m = plain(257);

        (void) state;
        for (size_t i = 0; i < sizeof(of_loader) / sizeof(of_loader[0]); i++)
                machine_set_text(m, of_loader[i], &loader_vendor, 6, SET_BY_LOADER);
        for (size_t i = 0; i < sizeof(of_stub) / sizeof(of_stub[0]); i++)
                machine_set_text(m, of_stub[i], &loader_vendor, 6, SET_BY_LOADER);
        kernel_starts(m);
        for (size_t i = 0; i < sizeof(of_loader) / sizeof(of_loader[0]); i++)
                is(m, of_loader[i], SET_BY_LOADER);
        for (size_t i = 0; i < sizeof(of_stub) / sizeof(of_stub[0]); i++)
                if (strcmp(text_of(m, of_stub[i]), SET_BY_LOADER) == 0)
                        fail_msg("%s is what it was", of_stub[i]);
        machine_free(m);
}

static void another_vendor(struct machine *m, enum call call, unsigned nth, const char *what) {
        static CHAR16 vendor[] = { 'B', 0xe4, 'r', 0 };

        (void) call;
        (void) nth;
        (void) what;
        m->watch = NULL;
        m->in->st.FirmwareVendor = vendor;
        m->in->st.FirmwareRevision = (9u << 16) + 10;
        m->in->st.Hdr.Revision = (2u << 16) + 9;
        memset(m->in->volumes[ESP].path + 18 + 24, 0xab, 4); /* the GUID of the partition, mixed-endian on the disk */
        m->in->volumes[ESP].path[18 + 24] = 0xf0;
        m->in->volumes[ESP].path[18 + 39] = 0xc9;
}

/* Of a vendor's name that is not ASCII only the number is left. */
static void numbers_stand_as_systemd_writes_them(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->watch = another_vendor;
        kernel_starts(m);
        is(m, "LoaderFirmwareInfo", " 9.10");
        is(m, "LoaderFirmwareType", "UEFI 2.09");
        is(m, "LoaderDevicePartUUID", "ABABABF0-0101-0101-0101-0101010101C9");
        machine_free(m);
}

static void no_partition(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->watch = NULL;
        memcpy(m->in->volumes[ESP].path + 18, (const uint8_t[]) { 0x7f, 0xff, 4, 0 }, 4);
}

static void a_volume_that_is_no_partition_has_no_number(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->watch = no_partition;
        kernel_starts(m);
        is(m, "LoaderDevicePartUUID", NULL);
        is(m, "StubDevicePartUUID", NULL);
        is(m, "StubImageIdentifier", SCENE_UKI);
        machine_free(m);
}

/* Where systemd-boot is in this boot it has told already; a stub that starts without one would name its own volume. */
static void of_an_image_on_xbootldr_the_loader_came_from_the_esp(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5)
                for (int told = 0; told < 2; told++) {
                        struct machine *m = machine_new();

                        m->xbootldr = true;
                        machine_uki(m, XBOOTLDR, SCENE_UKI, stub, "root=/dev/vda", DB);
                        machine_addon(m, XBOOTLDR, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
                        if (told)
                                machine_set_text(m, "LoaderDevicePartUUID", &loader_vendor, 6, SET_BY_LOADER);
                        scene_line(m, "root=/dev/vda quiet");
                        is(m, "LoaderDevicePartUUID", told ? SET_BY_LOADER : "01010101-0101-0101-0101-010101010101");
                        machine_free(m);
                }
}

static void what_was_not_measured_is_not_said_to_be(void **state) {
        struct machine *m = plain(257);

        (void) state;
        m->tpm = false;
        kernel_starts(m);
        is(m, "StubPcrKernelImage", NULL);
        is(m, "StubPcrKernelParameters", NULL);
        machine_free(m);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_stub_tells_who_it_is_and_where_it_came_from),
                T(what_the_loader_left_stays_and_what_a_stub_left_does_not),
                T(numbers_stand_as_systemd_writes_them),
                T(a_volume_that_is_no_partition_has_no_number),
                T(of_an_image_on_xbootldr_the_loader_came_from_the_esp),
                T(what_was_not_measured_is_not_said_to_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
