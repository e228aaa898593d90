/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch.h"

#include "span.h"

/* clang-format off */
static const struct arch arches[] = {
        { PE_MACHINE_X86_64, "x86_64", "x64", .pe32_plus = true, .bzimage = true, .code_n = 11,
          .code = { 0x48, 0xb8, 0x03, 0, 0, 0, 0, 0, 0, 0x80, /* mov rax, 0x8000000000000003 */
                    0xc3 } },                                 /* ret */
        { PE_MACHINE_AARCH64, "aarch64", "aa64", .pe32_plus = true, .code_n = 12,
          .code = { 0x60, 0x00, 0x80, 0xd2,     /* mov x0, #3 */
                    0x00, 0x00, 0xf0, 0xf2,     /* movk x0, #0x8000, lsl #48 */
                    0xc0, 0x03, 0x5f, 0xd6 } }, /* ret */
        { PE_MACHINE_IA32, "ia32", "ia32", .pe32_plus = false },
};
/* clang-format on */

const struct arch *arch_of(uint16_t machine) {
        for (size_t i = 0; i < sizeof(arches) / sizeof(arches[0]); i++)
                if (arches[i].machine == machine)
                        return &arches[i];
        return NULL;
}

const struct arch *arch_named(const char *name) {
        for (size_t i = 0; i < sizeof(arches) / sizeof(arches[0]); i++)
                if (arches[i].code_n > 0 && span_eq_str(span_of(name), arches[i].name))
                        return &arches[i];
        return NULL;
}

const char *arch_name(uint16_t machine) {
        const struct arch *a = arch_of(machine);

        return a ? a->name : "unknown machine";
}

bool arch_fits(uint16_t machine, uint16_t firmware, struct text *why) {
        if (machine == firmware)
                return true;
        text_cat(why, "is for ", arch_name(machine), ", but this firmware is ", arch_name(firmware),
                 ": install the image for this machine", NULL);
        return false;
}
