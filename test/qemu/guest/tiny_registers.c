/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TPM's registers hold, read from itself (TCG TPM 2.0 Library, part 3, 22.4, TPM2_PCR_Read), as guest/init_report.c
 * tells it of Linux. */
#include "proto.h"
#include "tiny.h"

#define REGISTERS   24u
#define ANSWER_ROOM 128u
/* In the answer: head, update counter, one selection, how many digests, size of the first. */
#define DIGEST_AT (10u + 4u + 4u + 6u + 4u + 2u)

static void report_register(struct tcg2 *tpm, UINT8 bank, const char *name, UINT8 size, UINT8 number) {
        UINT8 command[] = { 0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1, 0, bank, 3, 0, 0, 0 };
        UINT8 answer[ANSWER_ROOM] = { 0 };
        const char digits[] = { (char) ('0' + number / 10), (char) ('0' + number % 10), 0 };

        command[17 + number / 8] = (UINT8) (1u << number % 8);
        /* where a bank is not active no digest comes */
        if (tpm->submit_command(tpm, sizeof(command), command, sizeof(answer), answer) != EFI_SUCCESS ||
            answer[DIGEST_AT - 1] != size)
                return;
        say("@@pcr ");
        say(name);
        say("/");
        say(number < 10 ? digits + 1 : digits);
        say(" ");
        say_hex(answer + DIGEST_AT, size);
        say("\n");
}

void report_registers(EFI_BOOT_SERVICES *bs) {
        static const struct {
                UINT8 id, size;
                char name[8];
        } banks[] = { { 0x04, 20, "sha1" }, { 0x0b, 32, "sha256" }, { 0x0c, 48, "sha384" }, { 0x0d, 64, "sha512" } };
        struct tcg2 *tpm = find_tpm(bs);

        for (UINTN i = 0; tpm && i < sizeof(banks) / sizeof(*banks); i++)
                for (UINT8 number = 0; number < REGISTERS; number++)
                        report_register(tpm, banks[i].id, banks[i].name, banks[i].size, number);
}
