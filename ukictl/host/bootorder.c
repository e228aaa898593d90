/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/bootorder.h"

#include "host/nvram.h"

static bool order_read(const struct host *h, struct nvram_var *ret) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);

        return nvram_get(h, "BootOrder", GUID_GLOBAL, ret, &ignored) == EFIVAR_READ;
}

bool boot_order_has(const struct host *h, uint16_t number) {
        struct nvram_var order;
        bool has = false;

        if (!order_read(h, &order))
                return false;
        uint16_t at;
        for (size_t i = 0; span_u16(bytes_span(&order.data), i, &at); i += 2)
                has = has || at == number;
        bytes_free(&order.data);
        return has;
}

enum exit_code boot_order_without(const struct host *h, uint16_t number, struct text *why) {
        struct nvram_var order;

        if (!boot_order_has(h, number) || !order_read(h, &order))
                return EXIT_OK;
        size_t n = 0;
        uint16_t at;
        for (size_t i = 0; span_u16(bytes_span(&order.data), i, &at); i += 2)
                if (at != number) {
                        order.data.p[n] = order.data.p[i];
                        order.data.p[n + 1] = order.data.p[i + 1];
                        n += 2;
                }
        struct span without = { order.data.p, n };
        /* A variable of no bytes is none to firmware, which deletes it. */
        enum exit_code code = n == 0 ? nvram_delete(h, "BootOrder", GUID_GLOBAL, why)
                                     : nvram_set(h, "BootOrder", GUID_GLOBAL, order.attributes, without, why);
        bytes_free(&order.data);
        return code;
}
