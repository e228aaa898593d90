/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile firmware and variables: what of doc/hostile-inputs.md only a whole start shows. */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "scenes.h"

#define UKI          "\\EFI\\Linux\\a.efi"
#define GLOB         "\\loader\\addons\\"
#define OWN          UKI ".extra.d\\"
#define POOL         "\\EFI\\ukiload\\addons\\"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- LoadImage and StartImage ---- */

struct denial {
        enum lie lie;
        EFI_STATUS status;
};

/* Firmware says access denied, shim a violation, some with a handle that must be given back. */
static void a_violation_is_one_with_a_handle_and_without(void **state) {
        static const struct denial denials[] = {
                { LIE_HANDLE, EFI_SECURITY_VIOLATION },
                { LIE_NONE, EFI_SECURITY_VIOLATION },
                { LIE_NONE, EFI_ACCESS_DENIED },
        };

        (void) state;
        for (size_t i = 0; i < COUNT(denials); i++)
                for (unsigned stub = 252; stub <= 257; stub += 5) {
                        struct machine *m = scene_plain(stub);
                        struct fault *f = machine_fault(m, CALL_LOAD_IMAGE, 1, ALWAYS, denials[i].status);

                        f->lie = denials[i].lie;
                        scene_refuses(m, "is not signed by a key that this machine trusts, or is revoked (");
                        m = scene_plain(stub);
                        f = machine_fault(m, CALL_LOAD_IMAGE, 1, ALWAYS, denials[i].status);
                        f->lie = denials[i].lie;
                        f->only = "q.addon.efi";
                        scene_line(m, "root=/dev/vda");
                        assert_non_null(strstr(m->child.status, "q.addon.efi untrusted: "));
                        machine_free(m);
                }
}

/* Whatever it returns, success too: it is gone, it is told of, and its handle is not touched again (the bench gives it back at
 * its return). */
static void a_child_that_exits_with_anything_has_failed(void **state) {
        static const EFI_STATUS statuses[] = { EFI_SUCCESS,    EFI_ABORTED,
                                               EFI_LOAD_ERROR, EFI_SECURITY_VIOLATION,
                                               EFI_NOT_FOUND,  5 /* a warning */ };

        (void) state;
        for (size_t i = 0; i < COUNT(statuses); i++)
                for (unsigned stub = 252; stub <= 257; stub += 5) {
                        struct machine *m = scene_plain(stub);

                        m->child_returns = statuses[i];
                        scene_line(m, "root=/dev/vda quiet");
                        assert_int_equal(m->returned, EFI_LOAD_ERROR);
                        assert_string_equal(machine_status(m, "result"), "failed");
                        assert_non_null(strstr(machine_status(m, "reason"), "was started and came back"));
                        machine_free(m);
                }
}

/* shim 16 forgets the sections of all that was loaded after an image that is unloaded: so the UKI comes first, and each addon
 * goes before the next. */
struct order {
        unsigned uki, addons, loaded;
};

static void note_order(struct machine *m, enum call call, unsigned nth, const char *what) {
        struct order *o = m->watch_arg;

        (void) nth;
        if (call == CALL_LOAD_IMAGE && strstr(what, ".addon.efi")) {
                assert_int_equal(o->uki, 1);
                assert_int_equal(o->loaded, 0);
                o->addons++;
                o->loaded++;
        } else if (call == CALL_LOAD_IMAGE && strstr(what, "a.efi")) {
                assert_int_equal(o->addons, 0);
                o->uki++;
        } else if (call == CALL_UNLOAD_IMAGE) {
                assert_int_equal(o->loaded, 1);
                o->loaded--;
        } else if (call == CALL_START_IMAGE)
                assert_int_equal(o->loaded, 0);
        m->in->watching = call != CALL_START_IMAGE; /* the stub's own loads are not ukiload's */
}

static void the_uki_is_loaded_once_and_first_and_each_addon_is_unloaded(void **state) {
        (void) state;
        for (unsigned stub = 252; stub <= 257; stub += 5) {
                struct machine *m = scene_plain(stub);
                struct order o = { 0 };

                machine_addon(m, ESP, OWN "t.addon.efi", "t=1", DB);
                m->shim = SHIM_16;
                m->watch = note_order;
                m->watch_arg = &o;
                scene_line(m, "root=/dev/vda quiet t=1");
                assert_int_equal(o.uki, 1);
                assert_int_equal(o.addons, 2);
                machine_free(m);
        }
}

/* ---- Where ukiload comes from ---- */

static void come_from(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->in->self_image.DeviceHandle = m->watch_arg ? m->in->trust_handle : NULL;
        m->watch = NULL;
}

/* From the network, from memory, from a handle that is no disk's: there is no volume to look at. */
static void without_a_volume_of_its_own_nothing_is_started(void **state) {
        (void) state;
        for (int with_handle = 0; with_handle < 2; with_handle++) {
                struct machine *m = scene_plain(257);

                m->watch = come_from;
                m->watch_arg = with_handle ? m : NULL;
                scene_refuses(
                        m,
                        "ukiload was not started from a file system: start it from the ESP, or name the UKI with its partition");
        }
}

static void by_nodes(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->in->self_image.FilePath = m->watch_arg;
        m->watch = NULL;
}

/* The path that it was loaded by decides nothing: none, one of several nodes, one that has no end in sight. */
static void its_own_file_path_is_not_needed(void **state) {
        static uint8_t nodes[] = { 4, 4, 10, 0, '\\', 0, 'E', 0, 0, 0, 4, 4, 8, 0, 'x', 0, 0, 0, 0x7f, 0xff, 4, 0 };
        static uint8_t endless[] = { 4, 4, 0, 0 };
        void *const paths[] = { NULL, nodes, endless };

        (void) state;
        for (size_t i = 0; i < COUNT(paths); i++) {
                struct machine *m = scene_plain(257);

                m->watch = by_nodes;
                m->watch_arg = paths[i];
                scene_ends(m, "root=/dev/vda quiet");
        }
}

/* ---- Variables ---- */

static struct {
        uint8_t bytes[2];
        size_t n;
} secure_boot;

static void put_secure_boot(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->watch = NULL;
        machine_set(m, "SecureBoot", &global_vendor, 6, secure_boot.bytes, secure_boot.n);
}

/* A UKI that only shim vouches for: it starts because shim is asked, and shim is asked because Secure Boot counts as on. */
static void secure_boot_of_any_odd_value_is_on(void **state) {
        static const uint8_t values[][2] = { { 1, 0 }, { 0, 0 }, { 0, 1 }, { 2, 0 }, { 0xff, 0 } };

        (void) state;
        for (size_t i = 0; i < COUNT(values); i++)
                for (size_t n = 0; n <= 2; n++) {
                        struct machine *m;

                        if (values[i][0] == 0 && n == 1) /* that is off */
                                continue;
                        m = scene_plain(257);
                        machine_uki(m, ESP, UKI, 257, "root=/dev/vda", MOK);
                        m->shim = SHIM_15;
                        memcpy(secure_boot.bytes, values[i], 2);
                        secure_boot.n = n;
                        m->watch = put_secure_boot;
                        scene_line(m, "root=/dev/vda quiet");
                        assert_non_null(strstr(m->screen, "validated by shim"));
                        machine_free(m);
                }
}

static void no_secure_boot(struct machine *m, enum call call, unsigned nth, const char *what) {
        (void) call;
        (void) nth;
        (void) what;
        m->watch = NULL;
        machine_unset(m, "SecureBoot", &global_vendor);
}

static void firmware_without_secure_boot_is_told_as_that(void **state) {
        struct machine *m = scene_plain(257);

        (void) state;
        machine_uki(m, ESP, UKI, 257, "root=/dev/vda", UNSIGNED);
        m->secure_boot = false;
        m->watch = no_secure_boot;
        scene_line(m, "root=/dev/vda quiet");
        assert_non_null(strstr(m->screen, "not validated: Secure Boot is off"));
        machine_free(m);
}

/* A full or locked NVRAM stops no standing start, and executes no request. */
static void variables_that_cannot_be_written_execute_no_request(void **state) {
        static const EFI_STATUS statuses[] = { EFI_WRITE_PROTECTED, EFI_OUT_OF_RESOURCES, EFI_SECURITY_VIOLATION,
                                               EFI_DEVICE_ERROR };

        (void) state;
        for (size_t i = 0; i < COUNT(statuses); i++)
                for (int armed = 0; armed < 2; armed++) {
                        struct machine *m = scene_plain(257);

                        machine_fault(m, CALL_SET_VARIABLE, 1, ALWAYS, statuses[i]);
                        machine_addon(m, ESP, POOL "k.addon.efi", "crashkernel=1G", DB);
                        if (armed)
                                machine_arm(m, "ukiload.addon=k");
                        scene_ends(m, "root=/dev/vda quiet");
                }
}

/* ---- One shot ---- */

struct power {
        unsigned at, calls;
        bool armed;
};

static void cut_power(struct machine *m, enum call call, unsigned nth, const char *what) {
        struct power *p = m->watch_arg;

        (void) call;
        (void) nth;
        (void) what;
        if (m->in->in_child || ++p->calls != p->at)
                return;
        p->armed = machine_armed(m);
        longjmp(m->in->running, 1);
}

/* The power goes at each call of a start in turn, up to StartImage: the request was not executed yet, or
 * it is gone, and what comes next is the default. */
static void a_power_cut_at_any_call_leaves_no_second_boot_of_a_request(void **state) {
        (void) state;
        for (struct power p = { .at = 1 };; p = (struct power) { .at = p.at + 1 }) {
                struct machine *m = scene_plain(257);
                bool cut;

                machine_addon(m, ESP, POOL "k.addon.efi", "crashkernel=1G", DB);
                machine_arm(m, "ukiload.addon=k");
                m->watch = cut_power;
                m->watch_arg = &p;
                machine_start(m);
                cut = p.calls == p.at;
                assert_true(!cut || p.armed == machine_armed(m));
                if (m->n_started > 0)
                        assert_false(machine_armed(m));
                p.armed = machine_armed(m);
                m->watch = NULL;
                machine_power_cycle(m);
                scene_line(m, p.armed ? m->child.line : "root=/dev/vda quiet");
                assert_false(machine_armed(m));
                machine_power_cycle(m);
                scene_ends(m, "root=/dev/vda quiet");
                if (!cut)
                        return;
        }
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_violation_is_one_with_a_handle_and_without),
                T(a_child_that_exits_with_anything_has_failed),
                T(the_uki_is_loaded_once_and_first_and_each_addon_is_unloaded),
                T(without_a_volume_of_its_own_nothing_is_started),
                T(its_own_file_path_is_not_needed),
                T(secure_boot_of_any_odd_value_is_on),
                T(firmware_without_secure_boot_is_told_as_that),
                T(variables_that_cannot_be_written_execute_no_request),
                T(a_power_cut_at_any_call_leaves_no_second_boot_of_a_request),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
