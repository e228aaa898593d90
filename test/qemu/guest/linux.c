/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux.h"

#include <string.h>

#define DT_DIR 4

/* getdents64(2) */
struct entry {
        uint64_t inode;
        int64_t next;
        uint16_t size;
        uint8_t type;
        char name[];
};

void init_main(void);

#if defined(__x86_64__)

/* The kernel leaves the stack aligned as a caller must. */
__asm__(".globl _start\n_start: call init_main\n");

long linux_call(long number, long first, long second, long third, long fourth, long fifth) {
        register long r10 __asm__("r10") = fourth;
        register long r8 __asm__("r8") = fifth;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8)
                         : "rcx", "r11", "memory");
        return result;
}

uint64_t linux_ticks(void) {
        uint32_t low, high;

        __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
        return (uint64_t) high << 32 | low;
}

#else

__asm__(".globl _start\n_start: bl init_main\n");

long linux_call(long number, long first, long second, long third, long fourth, long fifth) {
        register long x8 __asm__("x8") = number;
        register long x0 __asm__("x0") = first;
        register long x1 __asm__("x1") = second;
        register long x2 __asm__("x2") = third;
        register long x3 __asm__("x3") = fourth;
        register long x4 __asm__("x4") = fifth;

        __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
        return x0;
}

uint64_t linux_ticks(void) {
        uint64_t ticks;

        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
}

#endif

/* -------- files -------- */

static bool is_itself_or_parent(const char *name) {
        return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

int linux_open(const char *path, int flags) {
        return (int) linux_call(__NR_openat, AT_FDCWD, (long) path, flags | O_CLOEXEC, 0, 0);
}

void linux_close(int fd) {
        (void) linux_call(__NR_close, fd, 0, 0, 0, 0);
}

long linux_read(const char *path, void *ret, size_t room, bool once) {
        int fd = linux_open(path, O_RDONLY);
        size_t n = 0;
        long got = fd;

        while (fd >= 0 && n < room && (got = linux_call(__NR_read, fd, (long) ret + (long) n, (long) (room - n), 0, 0)) > 0) {
                n += (size_t) got;
                if (once)
                        break;
        }
        if (fd >= 0)
                linux_close(fd);
        return got < 0 ? got : (long) n;
}

bool linux_list(const char *path, void (*seen)(void *context, const char *name, bool is_folder), void *context) {
        _Alignas(struct entry) char entries[4096];
        int fd = linux_open(path, O_RDONLY);
        long got;

        if (fd < 0)
                return false;
        while ((got = linux_call(__NR_getdents64, fd, (long) entries, sizeof(entries), 0, 0)) > 0)
                for (long at = 0; at < got;) {
                        const struct entry *e = (const void *) (entries + at);

                        if (!is_itself_or_parent(e->name))
                                seen(context, e->name, e->type == DT_DIR);
                        at += e->size;
                }
        linux_close(fd);
        return true;
}

/* -------- what is said -------- */

static char kept[4096];
static size_t n_kept;

static void flush(void) {
        for (size_t at = 0; at < n_kept;) {
                long done = linux_call(__NR_write, 1, (long) (kept + at), (long) (n_kept - at), 0, 0);

                if (done <= 0)
                        break;
                at += (size_t) done;
        }
        n_kept = 0;
}

void say_bytes(const void *bytes, size_t n) {
        const char *p = bytes;

        for (size_t i = 0; i < n; i++) {
                kept[n_kept++] = p[i];
                if (p[i] == '\n' || n_kept == sizeof(kept))
                        flush();
        }
}

void say(const char *text) {
        say_bytes(text, strlen(text));
}

void say_hex(const void *bytes, size_t n) {
        const uint8_t *p = bytes;

        for (size_t i = 0; i < n; i++) {
                const char digits[] = { "0123456789abcdef"[p[i] >> 4], "0123456789abcdef"[p[i] & 15] };

                say_bytes(digits, sizeof(digits));
        }
}
