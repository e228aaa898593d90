/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux for a program without libc, which is the guest's init: every byte of an initrd is hashed by shim, and a static libc has
 * many. What fails returns a negative error number, as the kernel does. */
#pragma once

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

long linux_call(long number, long first, long second, long third, long fourth, long fifth);

/* The time stamp counter, on arm64 the timer's. Under QEMU's instruction clock that is the number of instructions since the
 * machine was switched on: the cost of a boot, the same in every run. */
uint64_t linux_ticks(void);

/* A file descriptor, which a program started later does not have. */
int linux_open(const char *path, int flags);
void linux_close(int fd);

/* The bytes of a file, as far as there is room. once: with a single call, for what makes its whole content anew for each. */
long linux_read(const char *path, void *ret, size_t room, bool once);

/* Calls seen for each name in the folder but . and .., until it has told all. False: there is no such folder. */
bool linux_list(const char *path, void (*seen)(void *context, const char *name, bool is_folder), void *context);

/* What is said is kept until a line is whole or there is no room, and goes to descriptor 1. */
void say(const char *text);
void say_bytes(const void *bytes, size_t n);
void say_hex(const void *bytes, size_t n);
