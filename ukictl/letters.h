/* SPDX-License-Identifier: BSD-2-Clause */
/* kexec's way of naming what is to be done: `-l`, `-e`, `-f`, `-u`, `-S` among the other options. */
#pragma once

#include <stdbool.h>

/* -l (or --load) is there and no -f behind it: of both the last one decides, as in kexec, where each takes back what the other
 * asked for. */
bool letters_load_alone(int argc, char **argv);

/* If argv[1] is an option: finds kexec's letter (or long name) for a verb, takes it out of argv, and returns the verb; a letter
 * that stays is an option of that verb. NULL: there is none. *argc shrinks by what was taken out. */
const char *letters_verb(int *argc, char **argv);
