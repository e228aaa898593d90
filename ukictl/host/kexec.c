/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/kexec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lock.h"
#include "host/root.h"
#include "host/run.h"
#include "out.h"

bool kexec_kernel_loaded(const struct host *h) {
        return host_flag(h, "/sys/kernel/kexec_loaded") || host_flag(h, "/sys/kernel/kexec/loaded");
}

/* Where a link leads; empty: it is none. */
static void read_target(const char *path, char target[1024]) {
        const char *name;
        int dir = root_parent(path, &name);
        ssize_t n = dir < 0 ? -1 : readlinkat(dir, name, target, 1023);

        if (dir >= 0)
                close(dir);
        target[n > 0 ? n : 0] = '\0';
}

/* A link to ukictl, wherever that lies: below --root the target may be another system's. */
static bool is_self(const char *path) {
        char target[1024];

        read_target(path, target);
        const char *slash = strrchr(target, '/');
        return strcmp(slash ? slash + 1 : target, "ukictl") == 0;
}

bool kexec_is_ours(const struct host *h) {
        char *path = host_path(h, KEXEC_PATH);
        bool ours = path && is_self(path);

        free(path);
        return ours;
}

bool kexec_is_broken(const struct host *h) {
        char *path = host_path(h, KEXEC_PATH), target[1024];

        read_target(path, target);
        /* below --root it may be there as this system names it */
        bool broken = is_self(path) && !root_there(path) && access(target, X_OK) != 0;
        free(path);
        return broken;
}

char *kexec_real(const struct host *h) {
        static const char *const places[] = { KEXEC_REAL, KEXEC_OLD_PATH ".distrib", KEXEC_PATH, KEXEC_OLD_PATH };

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                char *path = host_path(h, places[i]);

                if (path && root_there(path) && !is_self(path))
                        return path;
                free(path);
        }
        return NULL;
}

bool kexec_asked_by_systemctl(void) {
        char path[64], name[32] = "";

        snprintf(path, sizeof(path), "/proc/%ld/comm", (long) getppid());
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
        if (fd >= 0)
                close(fd);
        return n > 0 && strcmp(name, "systemctl\n") == 0;
}

int kexec_become(const struct host *h, char **argv) {
        char *real = kexec_real(h);

        if (!real)
                return out_fail(
                        false, EXIT_FAILED,
                        "this is for kexec-tools and not for firmware, and kexec-tools is not there: install it, or see ukictl load --help");
        fflush(stdout);
        execv(real, argv);
        int r = out_fail(false, EXIT_FAILED, "%s: %s", real, strerror(errno));
        free(real);
        return r;
}

/* Tells dpkg that the name is taken, or free again: only a diversion as ours is. False: dpkg said no; a system without
 * dpkg-divert has nobody to tell. */
static bool divert(const struct host *h, const char *name, bool on) {
        char root[1100], to[64];
        const char *words[] = { "dpkg-divert", "--quiet",  "--local", "--no-rename",
                                root,          "--divert", to,        on ? "--add" : "--remove",
                                name,          NULL };

        snprintf(root, sizeof(root), "--root=%s", h->root[0] ? h->root : "/");
        snprintf(to, sizeof(to), "%s.distrib", name);
        int code = run_program(words, NULL);
        return code == 0 || code == RUN_ABSENT;
}

static bool divert_both(const struct host *h, bool on, struct text *why) {
        bool first = divert(h, KEXEC_PATH, on);

        if (first && divert(h, KEXEC_OLD_PATH, on))
                return true;
        if (first && on)
                (void) divert(h, KEXEC_PATH, false);
        text_str(why, "dpkg-divert does not agree to divert " KEXEC_PATH "; what it said stands above");
        return false;
}

/* The link is made beside and moved over the name, so that there is a kexec at every moment. */
static bool put_link(int dir, struct text *why) {
        char self[1024];
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        self[n > 0 ? n : 0] = '\0';
        (void) unlinkat(dir, "kexec.ukictl", 0);
        if (n > 0 && symlinkat(self, dir, "kexec.ukictl") == 0 && renameat(dir, "kexec.ukictl", dir, "kexec") == 0)
                return true;
        text_cat(why, KEXEC_PATH ": cannot be made a link to ukictl: ", strerror(errno), file_advice(errno), NULL);
        return false;
}

/* What stands there now is the real one, whatever an earlier try that was cut short has left beside it. */
static bool set_aside(int dir, struct text *why) {
        (void) unlinkat(dir, "kexec.ukictl", 0);
        if (faccessat(dir, "kexec", F_OK, AT_SYMLINK_NOFOLLOW) != 0)
                return true;
        if (linkat(dir, "kexec", dir, "kexec.ukictl", 0) == 0 && renameat(dir, "kexec.ukictl", dir, KEXEC_REAL_NAME) == 0)
                return true;
        text_cat(why, KEXEC_PATH, ": cannot be kept as kexec.distrib: ", strerror(errno), file_advice(errno), NULL);
        return false;
}

static bool put_back(int dir, struct text *why) {
        bool real = faccessat(dir, KEXEC_REAL_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

        if ((real ? renameat(dir, KEXEC_REAL_NAME, dir, "kexec") : unlinkat(dir, "kexec", 0)) == 0)
                return true;
        text_cat(why, KEXEC_PATH ": the real kexec cannot be put back: ", strerror(errno), file_advice(errno), NULL);
        return false;
}

static bool same_file(int dir, const char *a, const char *b) {
        struct stat x, y;

        return fstatat(dir, a, &x, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(dir, b, &y, AT_SYMLINK_NOFOLLOW) == 0 &&
               x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool take_the_name(const struct host *h, int dir, struct text *why) {
        if (!divert_both(h, true, why))
                return false;
        if (set_aside(dir, why) && put_link(dir, why))
                return true;
        /* The real one is still in its place: what was made beside it goes, and its upgrades come there again. */
        (void) unlinkat(dir, "kexec.ukictl", 0);
        if (same_file(dir, "kexec", KEXEC_REAL_NAME))
                (void) unlinkat(dir, KEXEC_REAL_NAME, 0);
        (void) (divert(h, KEXEC_PATH, false) && divert(h, KEXEC_OLD_PATH, false));
        return false;
}

static enum exit_code change(const struct host *h, bool on, bool *ret_changed, struct text *why) {
        bool is = kexec_is_ours(h), whole = is && !kexec_is_broken(h);

        *ret_changed = on ? !whole : is;
        if (h->dry_run || (whole && on))
                return EXIT_OK;
        if (!is && !on) { /* a diversion that was left would keep upgrades of kexec-tools away from it */
                (void) (divert(h, KEXEC_PATH, false) && divert(h, KEXEC_OLD_PATH, false));
                return EXIT_OK;
        }
        const char *name;
        char *path = host_path(h, KEXEC_PATH);
        int dir = path ? root_parent(path, &name) : -1;
        free(path);
        if (dir < 0) {
                text_str(why, "there is no folder /usr/sbin on this system, where " KEXEC_PATH " would be");
                return EXIT_FAILED;
        }
        bool ok = !on ? put_back(dir, why) && divert_both(h, false, why) : is ? put_link(dir, why) : take_the_name(h, dir, why);
        close(dir);
        return ok ? EXIT_OK : EXIT_FAILED;
}

/* Of two at a time the second would keep the first one's link as the real kexec, which would be gone. */
enum exit_code kexec_switch(const struct host *h, bool on, bool *ret_changed, struct text *why) {
        int held = h->dry_run ? -1 : lock_hold(h->root[0] ? h->root : NULL);
        enum exit_code code = change(h, on, ret_changed, why);

        lock_leave(held);
        return code;
}
