/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/kdump.h"

#include <stdlib.h>
#include <string.h>

#include "host/root.h"
#include "host/run.h"

#define GRUB_CONFIG "/etc/default/grub.d/kdump-tools.cfg"
/* By the machine's memory; Fedora and RHEL have the same. */
#define DEFAULT_SIZE "1G-4G:192M,4G-64G:256M,64G-:512M"

/* What a line says behind these words, up to a blank. False: it does not have them, or nothing follows. */
static bool value_behind(struct span line, const char *words, struct text *ret) {
        size_t n = strlen(words);

        for (size_t at = 0; at + n < line.n; at++) {
                size_t end = at + n;

                if (memcmp(line.p + at, words, n) != 0)
                        continue;
                while (end < line.n && !strchr(" \t\"'", line.p[end]))
                        end++;
                text_bytes(ret, span_between(line, at + n, end));
                return ret->len > 0;
        }
        return false;
}

static bool find_value(struct span text, const char *words, struct text *ret) {
        for (struct span line; span_line(&text, &line);)
                if (value_behind(line, words, ret))
                        return true;
        return false;
}

/* "crashkernel suggested size: 192M", or "Unknown (...)". */
static bool ask_kdump_config(const struct host *h, struct text *ret) {
        static const char *const words[] = { "kdump-config", "show", NULL };
        char buf[8192];
        struct text said = TEXT_IN(buf);

        return !h->alien && run_read(words, &said) == 0 && find_value(text_span(&said), "crashkernel suggested size: ", ret) &&
               ret->p[0] >= '0' && ret->p[0] <= '9';
}

static bool ask_grub_config(const struct host *h, struct text *ret) {
        char *path = host_path(h, GRUB_CONFIG), buf[512];
        struct text ignored = TEXT_IN(buf);
        struct bytes b = { NULL, 0 };
        bool found = root_there(path) && bytes_read(path, FILE_TEXT_MAX, &b, &ignored) &&
                     find_value(bytes_span(&b), "crashkernel=", ret);

        bytes_free(&b);
        free(path);
        return found;
}

void kdump_suggest(const struct host *h, struct text *ret_size, struct text *ret_from) {
        if (ask_kdump_config(h, ret_size)) {
                text_str(ret_from, "suggested by kdump-config");
                return;
        }
        text_clear(ret_size);
        if (ask_grub_config(h, ret_size))
                text_str(ret_from, GRUB_CONFIG);
        else {
                text_str(ret_size, DEFAULT_SIZE);
                text_str(ret_from, "the default, by the machine's memory");
        }
}

static uint64_t number_in(const struct host *h, const char *path) {
        char buf[32];
        struct text t = TEXT_IN(buf);

        return host_read(h, path, &t) ? strtoull(buf, NULL, 10) : 0;
}

void kdump_look(const struct host *h, struct kdump_state *ret) {
        static const char *const words[] = { "kdump-config", "status", NULL };
        char buf[2048];
        struct text said = TEXT_IN(buf), kept = TEXT_IN(ret->said);
        struct span rest, line;

        ret->reserved = number_in(h, "/sys/kernel/kexec_crash_size");
        ret->loaded = host_flag(h, "/sys/kernel/kexec_crash_loaded");
        if (h->alien || run_read(words, &said) != 0)
                return;
        for (rest = text_span(&said); span_line(&rest, &line);)
                if (span_starts(line, "current state")) {
                        text_clear(&kept);
                        text_shown(&kept, line, 200);
                }
}
