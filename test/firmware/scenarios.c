/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines that are worth disturbing: one for each way through efi/. All are made so that the oracle knows which words must be
 * there and which never. */
#include "inside.h"

#define REQUIRING BENCH_POLICY "@require audit=1\n"
#define UKI       "\\EFI\\Linux\\a.efi"

/* A UKI with a good addon in each folder and one that the policy does not allow. */
static struct machine *standing(unsigned stub) {
        struct machine *m = machine_new();

        m->policy = REQUIRING;
        machine_uki(m, ESP, UKI, stub, "root=/dev/vda ro", DB);
        machine_addon(m, ESP, "\\loader\\addons\\audit.addon.efi", "audit=1", DB);
        machine_addon(m, ESP, "\\loader\\addons\\stranger.addon.efi", "quiet", STRANGER);
        machine_addon(m, ESP, UKI ".extra.d\\level.addon.efi", "loglevel=7", DB);
        machine_addon(m, ESP, UKI ".extra.d\\evil.addon.efi", "init=/bin/sh", DB);
        machine_addon(m, ESP, "\\EFI\\ukiload\\addons\\kdump.addon.efi", "crashkernel=512M", DB);
        machine_file(m, ESP, UKI ".extra.d\\a.cred", span_of("credential"));
        machine_file(m, ESP, "\\loader\\random-seed", span_of("0123456789abcdef0123456789abcdef"));
        m->rng = true;
        m->forbidden[0] = "init=/bin/sh";
        m->forbidden[1] = "quiet";
        m->required[0] = "root=/dev/vda";
        m->required[1] = "ro";
        m->required[2] = "audit=1";
        return m;
}

static struct machine *stub_handoff(void) {
        return standing(257);
}

static struct machine *kernel_handoff(void) {
        return standing(252);
}

static struct machine *armed(unsigned stub) {
        struct machine *m = standing(stub);

        machine_arm(m, "ukiload.uki=" UKI " ukiload.addon=kdump");
        m->requested[0] = "crashkernel=512M";
        return m;
}

static struct machine *request_stub(void) {
        return armed(257);
}

static struct machine *request_kernel(void) {
        return armed(252);
}

/* A word of the request itself, which only the kernel handoff can apply. */
static struct machine *request_word(void) {
        struct machine *m = standing(257);

        machine_arm(m, "ukiload.uki=" UKI " u=1");
        m->requested[0] = "u=1";
        return m;
}

static struct machine *request_refused(void) {
        struct machine *m = standing(257);

        machine_arm(m, "ukiload.uki=" UKI " init=/bin/sh");
        m->must_refuse = false; /* if the request cannot be deleted it is as if there were none */
        m->requested[0] = "init=/bin/sh";
        return m;
}

static struct machine *came_back(void) {
        struct machine *m = armed(257);

        m->child_returns = EFI_ABORTED;
        return m;
}

static struct machine *kernel_came_back(void) {
        struct machine *m = armed(252);

        m->child_returns = EFI_LOAD_ERROR;
        return m;
}

static struct machine *uki_refused(void) {
        struct machine *m = standing(257);

        machine_uki(m, ESP, UKI, 257, "root=/dev/vda ro", STRANGER);
        m->violation_with_handle = m->must_refuse = true;
        return m;
}

static struct machine *addon_required_and_untrusted(void) {
        struct machine *m = standing(257);

        machine_addon(m, ESP, "\\loader\\addons\\audit.addon.efi", "audit=1", STRANGER);
        m->must_refuse = true;
        return m;
}

static struct machine *abort_on_violation(void) {
        struct machine *m = standing(257);

        m->policy = REQUIRING "@on-violation abort\n";
        machine_remove(m, ESP, "\\loader\\addons\\stranger.addon.efi");
        m->must_refuse = true;
        return m;
}

static struct machine *on_xbootldr(void) {
        struct machine *m = machine_new();

        m->policy = REQUIRING;
        m->xbootldr = m->other_disk = true;
        machine_uki(m, XBOOTLDR, "\\EFI\\Linux\\x.efi", 257, "root=/dev/vdb", DB);
        machine_addon(m, XBOOTLDR, "\\loader\\addons\\audit.addon.efi", "audit=1", DB);
        machine_uki(m, OTHER_DISK, "\\EFI\\Linux\\y.efi", 257, "root=/dev/other", DB);
        machine_addon(m, OTHER_DISK, "\\loader\\addons\\audit.addon.efi", "audit=1", DB);
        m->required[0] = "root=/dev/vdb";
        m->required[1] = "audit=1";
        return m;
}

/* The same of a partition that the request names, on a disk that is not connected; what lies on the ESP is not meant. */
static struct machine *on_named_partition(void) {
        struct machine *m = machine_new();

        m->policy = REQUIRING;
        m->other_disk = m->hurried = true;
        machine_uki(m, OTHER_DISK, UKI, 257, "root=/dev/other", DB);
        machine_addon(m, OTHER_DISK, "\\loader\\addons\\audit.addon.efi", "audit=1", DB);
        machine_uki(m, ESP, UKI, 257, "root=/dev/vda", DB);
        machine_addon(m, ESP, "\\loader\\addons\\audit.addon.efi", "audit=1", DB);
        machine_arm(m, "ukiload.uki=PARTUUID=02020202-0202-0202-0202-020202020202" UKI);
        m->requested[0] = "root=/dev/other";
        m->required[0] = "audit=1";
        return m;
}

static struct machine *measured_policy(void) {
        struct machine *m = standing(257);

        m->policy = REQUIRING "@measure\n";
        m->cc = true;
        return m;
}

static struct machine *under_shim_15(void) {
        struct machine *m = armed(257);

        m->shim = SHIM_15;
        machine_uki(m, ESP, UKI, 257, "root=/dev/vda ro", MOK);
        machine_addon(m, ESP, "\\loader\\addons\\audit.addon.efi", "audit=1", MOK);
        return m;
}

static struct machine *under_shim_16(void) {
        struct machine *m = armed(252);

        m->shim = SHIM_16;
        machine_uki(m, ESP, UKI, 252, "root=/dev/vda ro", MOK);
        return m;
}

/* The newest cannot be started, the next is counted. */
static struct machine *second_choice(void) {
        struct machine *m = standing(257);

        machine_remove(m, ESP, UKI);
        machine_uki(m, ESP, "\\EFI\\Linux\\a+3.efi", 257, "root=/dev/vda ro", DB);
        machine_uki(m, ESP, "\\EFI\\Linux\\b+3.efi", 257, "root=/dev/vda ro bad", STRANGER);
        m->forbidden[2] = "bad";
        return m;
}

const struct scenario scenarios[SCENARIOS] = {
        { "a standing start by the stub", stub_handoff, true },
        { "a standing start by the kernel handoff", kernel_handoff, true },
        { "a request by the stub", request_stub, true },
        { "a request by the kernel handoff", request_kernel, true },
        { "a request with a word of its own", request_word, true },
        { "a request that is refused", request_refused, false },
        { "a UKI that comes back", came_back, true },
        { "a kernel that comes back", kernel_came_back, true },
        { "a UKI of a stranger", uki_refused, false },
        { "a required addon of a stranger", addon_required_and_untrusted, false },
        { "a violation that aborts", abort_on_violation, false },
        { "a UKI on XBOOTLDR, and a cloned disk", on_xbootldr, true },
        { "a UKI on a partition that is named", on_named_partition, true },
        { "a policy that is measured", measured_policy, true },
        { "shim 15", under_shim_15, true },
        { "shim 16", under_shim_16, true },
        { "a second choice", second_choice, true },
};
