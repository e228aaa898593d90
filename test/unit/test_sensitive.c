/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exact.h"
#include "policy.h"

static const char *reason_of(const char *line) {
        struct span rest = span_of(line);
        struct cmdline_word w;

        assert_true(cmdline_next(&rest, &w));
        return policy_sensitive(&w);
}

/* Reason, then the words that must have it. */
static const struct {
        char why[36], words[640];
} sensitive[] = {
        { "control of PID 1",
          "init=/bin/sh init rdinit=/x rdinit systemd.unit=x systemd.debug_shell systemd.debug-shell systemd.run=x "
          "systemd.setenv=A systemd.set_credential=x:y systemd.mask=x rd.break rd.systemd.unit=x rd.in_it=x "
          "rd_NO_LUKS" },
        { "control of the rescue shell",
          "single S s 1 -b emergency rescue break break=top panic=0 rdbreak rdshell sysrq_always_enabled" },
        { "root and its integrity",
          "root=/dev/x roothash=0 rootflags=x rootfstype=x usrhash=x usr=x mount.usr=x mount.usrflags=x nfsroot=x "
          "resume=x resume_offset=1 composefs=0 ostree=x dm-mod.create=x dm_mod.create=x veritytab=no fstab=0 "
          "luks=no luks.uuid=x luks.key=x boot=nfs noinitrd netroot=x initrd=x initrdmem=1,2 ima_appraise=off "
          "ima_policy=x evm=fix integrity_audit=0 dm_verity.require_signatures=0 overlayroot=tmpfs" },
        { "security modules and audit",
          "lockdown=none lsm= security=none selinux=0 enforcing=0 apparmor=0 apparmor.enabled=0 audit=0 "
          "checkreqprot=1 ipe.enforce=0 no_file_caps" },
        { "kernel policy", "bootconfig sysctl.kernel.modprobe=/x sysctl.vm.x=1 initcall_blacklist=x fips=0" },
        { "kernel hardening",
          "mitigations=off nokaslr nosmap nosmep nopti pti=off kpti=0 spectre_v2=off spectre_bhi=off nospectre_v2 "
          "spec_store_bypass_disable=off spec_rstack_overflow=off nospec_store_bypass_disable l1tf=off mds=off "
          "retbleed=off rodata=off ssbd=force-off tsx=on tsx_async_abort=off init_on_alloc=0 init-on-free=0 "
          "randomize_kstack_offset=0 slab_merge hardened_usercopy=off vsyscall=emulate arm64.nobti "
          "id_aa64pfr1.bt=0 no_hash_pointers mmio_stale_data=off clearcpuid=smap cfi=off ibt=off" },
        { "module loading and signatures", "module.sig_enforce=0 module.sig-enforce=0 module_blacklist=x module-blacklist=x "
                                           "modprobe.blacklist=x" },
        { "access to any memory",
          "memmap=1G!4G mem=1G iomem=relaxed reserve_mem=x ramoops.mem_address=1 phram.phram=x mem_encrypt=off "
          "proc_mem.force_override=always elfcorehdr=1" },
        { "devices' access to memory",
          "iommu=off iommu.passthrough=1 intel_iommu=off amd_iommu=off intremap=off ohci1394_dma=early "
          "pci=disable_acs_redir=x pci=nomsi,config_acs=x" },
        { "firmware tables and start-up code",
          "acpi=off acpi_rsdp=1 acpi.debug_level=1 efi=runtime efi_fake_mem=x efivar_ssdt=x dtb=x "
          "add_efi_memmap firmware_class.path=/x noefi" },
        { "early console at any address",
          "earlycon earlycon=uart8250,mmio32,0x1 earlyprintk=ttyS0 console=uart,io,0x3f8 console=uart8250 "
          "console=uart console=pl011,mmio32,0x9000000 console=ns16550a,io,0x3f8 console=pl011,0x9000000" },
        { "a debugger on the running kernel", "kgdboc=ttyS0 kgdbwait kgdboc_earlycon ekgdboc=kbd" },
        { "configuration that runs as root",
          "ds=nocloud;s=http://x/ ignition.config.url=x inst.ks=x autoinstall cloud-config-url=x" },
        { "becomes init's environment", "LD_PRELOAD=/x PATH=/x BOOT_IMAGE=/x A LD-PRELOAD=x X1=2 INIT=/x" },
};

static void each_listed_name_is_sensitive_for_its_reason(void **state) {
        (void) state;
        for (size_t i = 0; i < sizeof(sensitive) / sizeof(sensitive[0]); i++) {
                struct span rest = span_of(sensitive[i].words);
                struct cmdline_word w;

                while (cmdline_next(&rest, &w)) {
                        const char *why = policy_sensitive(&w);

                        if (!why || strcmp(why, sensitive[i].why) != 0)
                                fail_msg("%.*s: %s", (int) w.whole.n, (const char *) w.whole.p, why ? why : "not sensitive");
                }
        }
}

/* What people want addons for must stay possible without the flag. */
static void what_people_want_addons_for_is_not_sensitive(void **state) {
        static const char words[] =
                "quiet debug ignore_loglevel loglevel=7 log_buf_len=1M log-buf-len=1M crashkernel=256M console=tty0 console=ttyS0,115200n8 "
                "console=hvc0 console=ttyAMA0 console= console consoleblank=0 amdgpu.dcdebugmask=0x10 i915.enable_psr=0 pci=nomsi pci "
                "pcie_aspm=off nvme_core.default_ps_max_latency_us=0 usbcore.autosuspend=-1 kvm.ignore_msrs=1 kvm-intel.nested=1 "
                "printk.devkmsg=on nomodeset video=x reboot=pci idle=nomwait fips=1 fips splash plymouth.enable=0 sinit "
                "xinit=1 single_x 11 sS s.x rescue.x emergency.x A.B=1 aB=1 123 1_2 -- memtest=1 lsm.debug net.ifnames=0 dyndbg=x "
                "transparent_hugepage=never hugepages=16 isolcpus=1 rcu_nocbs=1 nmi_watchdog=0 tsc=reliable clocksource=hpet "
                "efx=1 userroot=1 uroot=x bootx=1 audit_backlog_limit=8192 mount.us=1 modulex=1 kgd=1 =x _ -";
        struct span rest = span_of(words);
        struct cmdline_word w;

        (void) state;
        while (cmdline_next(&rest, &w)) {
                const char *why = policy_sensitive(&w);

                if (why)
                        fail_msg("%.*s: %s", (int) w.whole.n, (const char *) w.whole.p, why);
        }
}

/* A name that ends in the midst of a listed one, where its bytes end too. */
static void a_beginning_is_not_sensitive(void **state) {
        static const char *const words[] = { "system", "systemd", "roo", "us", "ini", "" };

        (void) state;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                struct span s = exact(span_of(words[i]));
                struct cmdline_word w = { .whole = s, .name = s, .value = { s.p + s.n, 0 } };

                assert_null(policy_sensitive(&w));
                exact_free(s);
        }
}

static void reasons_outlive_the_call(void **state) {
        const char *first = reason_of("init=x");

        (void) state;
        assert_ptr_equal(first, reason_of("rdinit=x"));
        assert_string_equal(first, "control of PID 1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_listed_name_is_sensitive_for_its_reason),
                cmocka_unit_test(what_people_want_addons_for_is_not_sensitive),
                cmocka_unit_test(reasons_outlive_the_call),
                cmocka_unit_test(a_beginning_is_not_sensitive),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
