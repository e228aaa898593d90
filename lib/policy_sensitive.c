/* SPDX-License-Identifier: BSD-2-Clause */
/* The built-in sensitive set: parameters that let whoever chooses them run code, take a protection away, write to memory, or put
 * something else in the place of init or of the root file system. An allow rule must say `sensitive` to let one through, so that
 * nobody opens such a door by a rule written for something else.
 *
 * Where the names come from: Documentation/admin-guide/kernel-parameters.txt and idreg-override of arm64 (Linux 6.1 and newer),
 * kernel-command-line(7), systemd(1), dracut.cmdline(7), initramfs-tools(7), mkinitcpio(8), and what cloud-init, Ignition and the
 * installers read from /proc/cmdline. A parameter of a driver ("kvm.x", "usbcore.x") is not here unless it does one of the things
 * above by itself: its author names it literally in a rule, and that is consent enough.
 *
 * Names stand folded (`_` for `-`), a final `*` takes whatever follows, and a listed name counts with any value and with none. */
#include "policy.h"

#include <string.h>

enum reason {
        /* clang-format off */
        PID1, SHELL, ROOT, LSM, KERNEL, MITIGATION, MODULES, MEMORY, DMA, FIRMWARE, DEBUGGER, PROVISION, EARLYCON, ENVIRONMENT,
        /* clang-format on */
};

static const char reasons[][36] = {
        [PID1] = "control of PID 1",
        [SHELL] = "control of the rescue shell",
        [ROOT] = "root and its integrity",
        [LSM] = "security modules and audit",
        [KERNEL] = "kernel policy",
        [MITIGATION] = "kernel hardening",
        [MODULES] = "module loading and signatures",
        [MEMORY] = "access to any memory",
        [DMA] = "devices' access to memory",
        [FIRMWARE] = "firmware tables and start-up code",
        [DEBUGGER] = "a debugger on the running kernel",
        [PROVISION] = "configuration that runs as root",
        [EARLYCON] = "early console at any address",
        [ENVIRONMENT] = "becomes init's environment",
};

static const struct {
        char name[27];
        uint8_t why;
        /* clang-format off */
} names[] = {
        { "initcall_*", KERNEL }, { "init_on_*", MITIGATION }, { "init_pkru", MITIGATION }, { "initrd*", ROOT },
        { "initramfs*", ROOT }, { "init*", PID1 }, { "rdinit", PID1 }, { "systemd.*", PID1 }, { "rd.*", PID1 }, { "rd_*", PID1 },
        { "rdbreak", SHELL }, { "rdshell", SHELL }, { "rdblacklist", MODULES },
        { "single", SHELL }, { "S", SHELL }, { "s", SHELL }, { "1", SHELL }, { "_b", SHELL }, { "emergency", SHELL },
        { "rescue", SHELL }, { "break", SHELL }, { "panic", SHELL }, { "sysrq_always_enabled", SHELL },

        { "root*", ROOT }, { "usr*", ROOT }, { "mount.usr*", ROOT }, { "boot", ROOT }, { "netroot", ROOT }, { "nfsroot*", ROOT },
        { "nfsaddrs", ROOT }, { "nbdroot", ROOT }, { "cifsroot", ROOT }, { "noinitrd", ROOT }, { "resume*", ROOT },
        { "composefs*", ROOT }, { "ostree*", ROOT }, { "overlayroot*", ROOT }, { "dm_mod.*", ROOT }, { "dm_verity.*", ROOT },
        { "veritytab", ROOT }, { "fstab", ROOT }, { "luks", ROOT }, { "luks.*", ROOT }, { "cryptdevice", ROOT },
        { "cryptkey", ROOT }, { "cryptopts", ROOT }, { "cryptroot", ROOT }, { "zfs*", ROOT }, { "bootfs", ROOT },
        { "disablehooks", ROOT }, { "masterkey*", ROOT }, { "ima*", ROOT }, { "evm*", ROOT }, { "integrity*", ROOT },

        { "lockdown*", LSM }, { "lsm", LSM }, { "security", LSM }, { "selinux*", LSM }, { "enforcing", LSM },
        { "checkreqprot", LSM }, { "apparmor*", LSM }, { "tomoyo*", LSM }, { "loadpin.*", LSM }, { "ipe.*", LSM },
        { "no_file_caps", LSM }, { "audit", LSM }, { "bootconfig", KERNEL }, { "sysctl.*", KERNEL }, { "proc_mem.*", MEMORY },

        { "mitigations", MITIGATION }, { "nokaslr", MITIGATION }, { "nosmap", MITIGATION }, { "nosmep", MITIGATION },
        { "nopti", MITIGATION }, { "pti", MITIGATION }, { "kpti", MITIGATION }, { "spectre*", MITIGATION },
        { "nospec*", MITIGATION }, { "spec_*", MITIGATION }, { "ssbd", MITIGATION }, { "l1tf", MITIGATION },
        { "l1d_flush", MITIGATION }, { "mds", MITIGATION }, { "retbleed", MITIGATION }, { "srbds", MITIGATION },
        { "mmio_stale_data", MITIGATION }, { "tsx*", MITIGATION }, { "tsa", MITIGATION }, { "vmscape", MITIGATION },
        { "gather_data_sampling", MITIGATION }, { "reg_file_data_sampling", MITIGATION },
        { "indirect_target_selection", MITIGATION }, { "no_entry_flush", MITIGATION }, { "no_uaccess_flush", MITIGATION },
        { "no_stf_barrier", MITIGATION }, { "stf_barrier", MITIGATION }, { "rodata", MITIGATION }, { "noexec*", MITIGATION },
        { "nopku", MITIGATION }, { "ibt", MITIGATION }, { "cfi", MITIGATION }, { "nousershstk", MITIGATION },
        { "clearcpuid", MITIGATION }, { "setcpuid", MITIGATION }, { "arm64*", MITIGATION }, { "id_aa64*", MITIGATION },
        { "norandmaps", MITIGATION }, { "no_hash_pointers", MITIGATION }, { "hash_pointers", MITIGATION },
        { "debug_boot_weak_hash", MITIGATION }, { "randomize_kstack_offset", MITIGATION }, { "stack_guard_gap", MITIGATION },
        { "hardened_usercopy", MITIGATION }, { "page_poison", MITIGATION }, { "slab_merge", MITIGATION },
        { "slub_merge", MITIGATION }, { "vsyscall", MITIGATION }, { "dis_ucode_ldr", MITIGATION }, { "microcode*", MITIGATION },

        { "module.*", MODULES }, { "module_blacklist", MODULES }, { "modprobe.blacklist", MODULES }, { "nomodule", MODULES },

        { "memmap", MEMORY }, { "mem", MEMORY }, { "mem_encrypt", MEMORY }, { "reserve_mem", MEMORY },
        { "trace_instance", MEMORY }, { "iomem", MEMORY }, { "phram*", MEMORY }, { "slram", MEMORY }, { "ramoops*", MEMORY },
        { "elfcorehdr", MEMORY }, { "virtio_mmio.device", MEMORY },
        { "iommu*", DMA }, { "intel_iommu*", DMA }, { "amd_iommu*", DMA }, { "intremap", DMA }, { "nointremap", DMA },
        { "ivrs_*", DMA }, { "ohci1394_dma", DMA }, { "pcie_acs_override", DMA },
        { "acpi*", FIRMWARE }, { "efi*", FIRMWARE }, { "noefi", FIRMWARE }, { "add_efi_memmap", FIRMWARE }, { "dtb", FIRMWARE },
        { "firmware_class.*", FIRMWARE },
        { "earlycon*", EARLYCON }, { "earlyprintk", EARLYCON },
        { "kgdb*", DEBUGGER }, { "ekgdboc", DEBUGGER }, { "xmon", DEBUGGER },

        { "ds", PROVISION }, { "ci.*", PROVISION }, { "cc", PROVISION }, { "cloud_*", PROVISION },
        { "network_config", PROVISION }, { "ignition.*", PROVISION }, { "combustion.*", PROVISION }, { "coreos.*", PROVISION },
        { "flatcar.*", PROVISION }, { "inst.*", PROVISION }, { "ks", PROVISION }, { "autoinstall", PROVISION },
        { "autoyast", PROVISION }, { "preseed", PROVISION }, { "url", PROVISION }, { "hooks", PROVISION },
};
/* clang-format on */

/* Harmless names of which some values are not. `console=` is handed to the early consoles too (do_early_param in init/main.c),
 * and they take an address in these forms. */
static const struct {
        char name[8], value[23];
        uint8_t why;
} values[] = {
        { "console", "uart*", EARLYCON }, { "console", "*,mmio*", EARLYCON }, { "console", "*,io,*", EARLYCON },
        { "console", "*,0x*", EARLYCON }, { "console", "*,0X*", EARLYCON },   { "pci", "*disable_acs_redir*", DMA },
        { "pci", "*config_acs*", DMA },   { "fips", "0*", KERNEL },
};

static bool name_listed(struct span name, const char *listed) {
        size_t n = strlen(listed);
        const bool family = n > 0 && listed[n - 1] == '*';

        if (family) {
                n--;
                if (name.n < n)
                        return false;
                name.n = n;
        }
        return cmdline_name_eq(name, (struct span) { (const uint8_t *) listed, n });
}

/* A name without a dot that the kernel does not know becomes a variable of init's; those that programs obey are in capitals. */
static bool is_environment(struct span name) {
        bool letter = false;

        for (size_t i = 0; i < name.n; i++) {
                const uint8_t c = name.p[i];

                if (c >= 'A' && c <= 'Z')
                        letter = true;
                else if (!(c >= '0' && c <= '9') && c != '_' && c != '-')
                        return false;
        }
        return letter;
}

const char *policy_sensitive(const struct cmdline_word *word) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (name_listed(word->name, names[i].name))
                        return reasons[names[i].why];
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
                if (word->has_value && name_listed(word->name, values[i].name) &&
                    policy_glob(span_of(values[i].value), word->value))
                        return reasons[values[i].why];
        return is_environment(word->name) ? reasons[ENVIRONMENT] : NULL;
}
