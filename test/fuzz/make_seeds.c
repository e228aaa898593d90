/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the corpora that the fuzzers start from.
 *
 *     make_seeds DIR      writes DIR/TARGET/NAME
 *
 * Each seeds_*.c makes those of its targets. */
#include <stdio.h>
#include <sys/stat.h>

void seeds_pe(const char *dir);
void seeds_plan(const char *dir);
void seeds_policy(const char *dir);
void seeds_request(const char *dir);
void seeds_machine(const char *dir);
void seeds_start(const char *dir);

int main(int argc, char *argv[]) {
        if (argc != 2) {
                (void) fprintf(stderr, "usage: make_seeds DIR\n");
                return 2;
        }
        (void) mkdir(argv[1], 0777);
        seeds_pe(argv[1]);
        seeds_plan(argv[1]);
        seeds_policy(argv[1]);
        seeds_request(argv[1]);
        seeds_machine(argv[1]);
        seeds_start(argv[1]);
        return 0;
}
