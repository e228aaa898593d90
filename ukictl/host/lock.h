/* SPDX-License-Identifier: BSD-2-Clause */
/* Of two ukictl at a time that look at something and then change it, the second waits for the first. */
#pragma once

/* folder: held itself, where another system's files are changed; NULL: this system's, for which there is a file that is root's
 * alone, so that nobody else can make it wait. -1: nothing is there to hold, as in a system without /run. */
int lock_hold(const char *folder);
void lock_leave(int held);
