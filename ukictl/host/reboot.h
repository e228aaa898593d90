/* SPDX-License-Identifier: BSD-2-Clause */
/* The reboot itself. */
#pragma once

#include "host/host.h"

/* Through systemctl, without its turning the reboot into a kexec or a soft reboot; force: sync and reboot(2). Returns an exit
 * code; on success the machine is going down. */
int reboot_machine(const struct host *h, bool force);
/* For --dry-run and for variables that are not this machine's: what would have been done. Returns EXIT_OK. */
int reboot_say_not(const struct host *h);
