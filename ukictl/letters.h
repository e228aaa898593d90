/* SPDX-License-Identifier: BSD-2-Clause */
/* kexec's way of naming what is to be done: `-l`, `-e`, `-f`, `-u`, `-S` among the other options. */
#pragma once

/* If argv[1] is an option: finds kexec's letter (or long name) for a verb, takes it out of argv, and returns the verb; a letter
 * that stays is an option of that verb. NULL: there is none. *argc shrinks by what was taken out. */
const char *letters_verb(int *argc, char **argv);
