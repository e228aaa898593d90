/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of `ukictl install`: image, entry and folder, written so that what is cut short harms nothing. EXIT_OK, or a sentence in
 * why. */
#pragma once

#include "judge/install.h"

enum exit_code install_write(struct install_job *job, struct text *why);

/* verb/install_move.c: once the new place is whole. What systemd-boot was told to start goes over to the new entry, and the image
 * among the UKIs goes, unless something else still leads there. */
enum exit_code install_move(struct install_job *job, struct text *why);

/* verb/install_print.c */
void install_print(const struct install_job *job);
/* For update where there is nothing to update: EXIT_OK. */
enum exit_code install_say_absent(const struct install_job *job);
