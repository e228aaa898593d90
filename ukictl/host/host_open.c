/* SPDX-License-Identifier: BSD-2-Clause */
/* What is looked for before a verb works on a machine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/esp.h"
#include "host/root.h"

bool host_mounted(const struct host *h, const char *path) {
        if (h->root[0] == '\0')
                return esp_is_mount(path);
        /* Below another root there are no mounts to speak of; a test makes the folder. */
        return host_has(h, path);
}

enum exit_code host_open(struct host *h, struct text *why) {
        struct stat st;

        h->alien = h->root[0] != '\0' || h->efivars_path;
        /* What is mounted stands there, and what a link below --root leads to: without it all would be said to be absent. */
        if (access("/proc/self/fd", F_OK) != 0) {
                text_str(why,
                         "/proc is not mounted, as in a chroot that was made by hand: mount -t proc proc /proc, and do it again");
                return EXIT_FAILED;
        }
        if (h->root[0] && !root_set(h->root)) {
                text_cat(why, h->root, ": ", strerror(errno), ": name with --root a folder that stands for /", NULL);
                return EXIT_NO_FIRMWARE;
        }
        h->efivars = h->efivars_path ? strdup(h->efivars_path) : host_path(h, EFIVARS_DIR);
        if (!h->no_variables &&
            (!h->efivars || !root_stat(h->efivars, &st) || !S_ISDIR(st.st_mode) || (!h->alien && !efivars_present(h->efivars)))) {
                text_cat(why, h->efivars ? h->efivars : EFIVARS_DIR,
                         ": there are no EFI variables: the machine did not start through UEFI, or efivarfs is not mounted there",
                         NULL);
                return EXIT_NO_FIRMWARE;
        }
        esp_find(h);
        return EXIT_OK;
}

enum exit_code host_need_root(const struct host *h, struct text *why) {
        if (geteuid() == 0 || h->dry_run || h->root[0] || h->efivars_path)
                return EXIT_OK;
        text_str(why, "EFI variables and the ESP are root's to write: do it as root, or look first with --dry-run");
        return EXIT_PRIVILEGE;
}
