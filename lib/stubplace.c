/* SPDX-License-Identifier: BSD-2-Clause */
#include "stubplace.h"

#include <string.h>

#include "stubs.h"

static bool leaves_out_counter(unsigned version, unsigned minor) {
        return version > STUB_CUTS_COUNTER || (version == STUB_CUTS_COUNTER && minor >= STUB_CUTS_COUNTER_MINOR);
}

/* Digits from at on; where they end, or 0 if there are none or the number is larger than 64 bits. */
static size_t after_number(struct span s, size_t at) {
        uint64_t value = 0;
        size_t i = at;

        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
                uint64_t digit = (uint64_t) (s.p[i] - '0');

                if (value > (UINT64_MAX - digit) / 10)
                        return 0;
                value = value * 10 + digit;
        }
        return i > at ? i : 0;
}

/* Where the counter that begins at the `+` ends; 0 if it is none. */
static size_t after_counter(struct span path, size_t plus) {
        size_t end = after_number(path, plus + 1);

        if (end > 0 && end < path.n && path.p[end] == '-')
                end = after_number(path, end + 1);
        return end == path.n || path.p[end] == '.' ? end : 0;
}

void stubplace_folder(unsigned version, unsigned minor, struct span uki_path, struct text *ret) {
        size_t plus = 0, end = 0;

        while (plus < uki_path.n && uki_path.p[plus] != '+')
                plus++;
        if (leaves_out_counter(version, minor))
                end = after_counter(uki_path, plus);
        text_clear(ret);
        text_bytes(ret, span_between(uki_path, 0, end > 0 ? plus : uki_path.n));
        if (end > 0)
                text_bytes(ret, span_from(uki_path, end));
        text_str(ret, DIR_TAIL);
}

void stubplace_addons(const struct uki *uki, struct span uki_path, struct text *ret) {
        if (stub_has(uki, STUB_ADDONS))
                stubplace_folder(uki->stub_version, uki->stub_minor, uki_path, ret);
        else
                stubplace_folder(STUB_MODEL, 0, uki_path, ret);
}
