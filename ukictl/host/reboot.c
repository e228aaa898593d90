/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/reboot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "host/run.h"
#include "out.h"

/* systemctl would otherwise start a kernel that is loaded for kexec, or only restart user space. */
static const char *const skip[] = { "SYSTEMCTL_SKIP_AUTO_KEXEC", "SYSTEMCTL_SKIP_AUTO_SOFT_REBOOT" };

int reboot_say_not(const struct host *h) {
        if (h->json) {
                struct json_object *o = json_object_new_object();

                out_add_bool(o, "rebooting", false);
                out_json(o);
        } else if (!h->quiet)
                out_say("%s=1 %s=1 systemctl reboot", skip[0], skip[1]);
        return EXIT_OK;
}

static int reboot_now(const struct host *h) {
        sync();
        reboot(RB_AUTOBOOT);
        return out_fail(h->json, errno == EPERM ? EXIT_PRIVILEGE : EXIT_FAILED, "the kernel refuses to reboot: %s",
                        strerror(errno));
}

int reboot_machine(const struct host *h, bool force) {
        if (force)
                return reboot_now(h);
        static const char *const words[] = { "systemctl", "reboot", NULL };

        for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
                setenv(skip[i], "1", 1);
        int code = run_program(words, NULL);
        if (code == 0)
                return EXIT_OK;
        if (code == RUN_ABSENT)
                return out_fail(h->json, EXIT_FAILED,
                                "systemctl is not there: reboot as this system does, or with ukictl exec --force");
        return out_fail(h->json, geteuid() == 0 ? EXIT_FAILED : EXIT_PRIVILEGE,
                        "systemctl reboot failed, and what is armed stays armed: see above, or use --force");
}
