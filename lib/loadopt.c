/* SPDX-License-Identifier: BSD-2-Clause */
#include "loadopt.h"

#define NODE_END        0x7fu
#define NODE_END_ENTIRE 0xffu
#define NODE_HEAD       4u /* type, subtype, length: all that an End node has */

bool loadopt_next_path(struct span *list) {
        uint16_t len;
        struct span node;

        for (size_t at = 0;; at += len) {
                if (!span_u16(*list, at + 2, &len) || len < NODE_HEAD || !span_sub(*list, at, len, &node))
                        return false;
                if (node.p[0] != NODE_END || node.p[1] != NODE_END_ENTIRE)
                        continue;
                if (len == NODE_HEAD)
                        *list = span_from(*list, at + len);
                return len == NODE_HEAD;
        }
}

bool loadopt_open(struct span raw, struct span *ret_paths, struct span *ret_optional) {
        uint16_t paths_len, c = 1;
        size_t at = 6;
        struct span paths;

        if (!span_u16(raw, 4, &paths_len))
                return false;
        for (; c != 0; at += 2)
                if (!span_u16(raw, at, &c))
                        return false;
        if (!span_sub(raw, at, paths_len, &paths))
                return false;
        *ret_paths = paths;
        *ret_optional = span_from(raw, at + paths_len);
        return true;
}
