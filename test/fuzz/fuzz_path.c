/* SPDX-License-Identifier: BSD-2-Clause */
/* File names from a request, from a directory and from the command line of ukictl. */
#include <stdlib.h>
#include <string.h>

#include "path.h"

#define NAME_MAX_BYTES 1024u

static void must(bool holds) {
        if (!holds)
                abort();
}

static void check_normalise(struct span in) {
        char buf[PATH_MAX_BYTES + 1], again_buf[PATH_MAX_BYTES + 1], why_buf[300];
        struct text path = TEXT_IN(buf), again = TEXT_IN(again_buf), why = TEXT_IN(why_buf);

        if (!path_normalise(in, &path, &why)) {
                must(path.len == 0 && why.len > 0);
                return;
        }
        must(!path.cut && why.len == 0 && path.len > 1 && path.len <= PATH_MAX_BYTES && strlen(buf) == path.len);
        must(buf[0] == '\\' && buf[path.len - 1] != '\\');
        must(!strpbrk(buf, "/:*?\"<>|") && !strstr(buf, "\\\\") && !strstr(buf, "\\..\\") && !strstr(buf, ".\\"));
        must(!span_ends(text_span(&path), ".") && path_base(text_span(&path)).n > 0);
        must(path_normalise(text_span(&path), &again, &why) && strcmp(buf, again_buf) == 0);
}

/* A name counts down to the end, one by one, and its folder of addons stays the same. */
static void check_counter(struct span name) {
        static char next_buf[NAME_MAX_BYTES + 32], dir_buf[NAME_MAX_BYTES + 32], next_dir_buf[NAME_MAX_BYTES + 32];
        struct text next = TEXT_IN(next_buf), dir = TEXT_IN(dir_buf), next_dir = TEXT_IN(next_dir_buf);
        struct path_counter c = path_counter(name), after;

        must(!c.counted || (c.len >= 2 && c.at + c.len + 4 == name.n && name.p[c.at] == '+'));
        path_extra_dir(name, &dir);
        must(!dir.cut && dir.len == name.n - c.len + strlen(".extra.d"));
        if (!path_count_down(name, &next)) {
                must(!c.counted || c.left == 0);
                return;
        }
        after = path_counter(text_span(&next));
        must(after.counted && after.left == c.left - 1 && after.at == c.at);
        must(after.done == c.done + 1 || (after.done == c.done && c.done == 0x7fffffff));
        path_extra_dir(text_span(&next), &next_dir);
        must(span_eq(text_span(&dir), text_span(&next_dir)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span in = { data, size }, name;

        if (size > NAME_MAX_BYTES)
                return 0;
        check_normalise(in);
        name = path_base(in);
        must(name.n <= size && (name.n == 0 || name.p + name.n == data + size));
        check_counter(name);
        must(!path_is_stub_addon(in) || (path_is_addon(in) && size <= PATH_MAX_BYTES && data[0] != '.'));
        return 0;
}
