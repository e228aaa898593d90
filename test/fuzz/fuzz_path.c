/* SPDX-License-Identifier: BSD-2-Clause */
/* File names from a request, from a directory and from the command line of ukictl. */
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "stubplace.h"

#define INPUT_NAME_MAX 1024u

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
        must(path_of_file(in, &again, &why) && strcmp(buf, again_buf) == 0);
        must(!path.cut && why.len == 0 && path.len > 1 && path.len <= PATH_MAX_BYTES && strlen(buf) == path.len);
        must(buf[0] == '\\' && buf[path.len - 1] != '\\');
        must(!strpbrk(buf, "/:*?\"<>|") && !strstr(buf, "\\\\") && !strstr(buf, "\\..\\") && !strstr(buf, ".\\"));
        must(!span_ends(text_span(&path), ".") && path_base(text_span(&path)).n > 0);
        must(path_normalise(text_span(&path), &again, &why) && strcmp(buf, again_buf) == 0);
}

/* A name counts down to the end, one by one. */
static void check_counter(struct span name) {
        static char next_buf[INPUT_NAME_MAX + 32];
        struct text next = TEXT_IN(next_buf);
        struct path_counter c = path_counter(name), after;

        must(!c.counted || (c.len >= 2 && c.at + c.len + 4 == name.n && name.p[c.at] == '+'));
        if (!path_count_down(name, &next)) {
                must(!c.counted || c.left == 0);
                return;
        }
        after = path_counter(text_span(&next));
        must(after.counted && after.left == c.left - 1 && after.at == c.at);
        must(after.done == c.done + 1 || (after.done == c.done && c.done == 0x7fffffff));
}

/* The stub's folder is the path, or the path without "+N" or "+N-N" at its first plus, and nothing else. */
static void check_place(struct span path) {
        static char old_buf[INPUT_NAME_MAX + 32], buf[INPUT_NAME_MAX + 32];
        struct text old = TEXT_IN(old_buf), dir = TEXT_IN(buf);
        size_t plus = 0, gap;

        stubplace_folder(254, 5, path, &old);
        stubplace_folder(254, 6, path, &dir);
        must(!old.cut && !dir.cut && old.len == path.n + strlen(".extra.d") && dir.len <= old.len);
        must(path.n == 0 || memcmp(old_buf, path.p, path.n) == 0);
        if (dir.len == old.len) {
                must(memcmp(old_buf, buf, old.len) == 0);
                return;
        }
        while (old_buf[plus] != '+')
                plus++;
        gap = old.len - dir.len;
        must(gap >= 2 && memcmp(old_buf, buf, plus) == 0 && memcmp(old_buf + plus + gap, buf + plus, dir.len - plus) == 0);
        must(old_buf[plus + gap] == '.' && strspn(old_buf + plus + 1, "0123456789-") == gap - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct span in = { data, size }, name;

        if (size > INPUT_NAME_MAX)
                return 0;
        check_normalise(in);
        check_place(in);
        name = path_base(in);
        must(name.n <= size && (name.n == 0 || name.p + name.n == data + size));
        check_counter(name);
        must(!path_is_stub_addon(in) || (path_is_addon(in) && size <= PATH_MAX_BYTES && data[0] != '.'));
        return 0;
}
