/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor, asked as firmware asks it (lib/confidential.h). That AMD's SEV is on stands in a register that user space reads
 * only through the kernel's msr module; without that, its being offered to a guest must do. */
#include "host/cvm.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <fcntl.h>
#include <unistd.h>

#include "confidential.h"

static struct confidential_leaf cpuid_leaf(void *arg, uint32_t leaf) {
        struct confidential_leaf r;

        (void) arg;
        __cpuid_count(leaf, 0, r.a, r.b, r.c, r.d);
        return r;
}

static bool read_msr(void *arg, uint32_t index, uint64_t *ret) {
        (void) arg;
        int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        bool ok = pread(fd, ret, sizeof(*ret), (off_t) index) == (ssize_t) sizeof(*ret);
        (void) close(fd);
        return ok;
}

bool maybe_confidential_vm(void) {
        const struct confidential_cpu cpu = { .cpuid = cpuid_leaf, .msr = read_msr };

        return confidential_vm(&cpu);
}
#elif defined(__aarch64__)
bool maybe_confidential_vm(void) {
        return false;
}
#else
#error "a new architecture: what marks a confidential VM there?"
#endif
