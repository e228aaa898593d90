/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/root.h"

#define LOCK_FILE "/run/ukictl.lock"

int lock_hold(const char *folder) {
        int fd = folder ? root_open(folder, O_RDONLY | O_DIRECTORY, 0)
                        : open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd >= 0)
                (void) flock(fd, LOCK_EX);
        return fd;
}

void lock_leave(int held) {
        if (held >= 0)
                close(held);
}
