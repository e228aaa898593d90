/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/once.h"
#include "pe.h"

/* A line of .sbat begins with the component's name. */
static bool has_component(struct span sbat, const char *name) {
        size_t n = strlen(name);

        for (size_t i = 0; i + n <= sbat.n; i++)
                if ((i == 0 || sbat.p[i - 1] == '\n') && memcmp(sbat.p + i, name, n) == 0)
                        return true;
        return false;
}

bool shim_is(const struct host *h, const char *path) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        char *file = path[0] ? volume_find(h->esp, path) : NULL;
        struct pe *pe = need(sizeof(*pe));
        struct span b;
        bool is = false;

        if (file && once_read(file, FILE_IMAGE_MAX, &b, &ignored)) {
                const struct pe_section *sbat = pe_open_file(b, pe, &ignored) ? pe_find(pe, ".sbat", 0) : NULL;

                is = sbat && has_component(pe_bytes(pe, sbat), "shim,");
        }
        free(pe);
        free(file);
        return is;
}

static bool found(const struct host *h, const char *path, struct text *ret) {
        if (!path || !shim_is(h, path))
                return false;
        text_str(ret, path);
        return !ret->cut;
}

static bool find_in_folders(const struct host *h, struct text *ret) {
        char buf[256], path[PLAN_PATH_MAX];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        char *dir = volume_find(h->esp, "\\EFI");
        bool ok = false;

        if (dir && names_read(dir, &names, &ignored))
                for (size_t i = 0; i < names.n && !ok; i++) {
                        snprintf(path, sizeof(path), "\\EFI\\%.200s\\shim%s" UKI_TAIL, names.v[i], arch_of(ARCH_NATIVE)->suffix);
                        ok = found(h, path, ret);
                }
        names_free(&names);
        free(dir);
        return ok;
}

bool shim_find(const struct host *h, const struct boot_entries *entries, struct text *ret) {
        uint16_t current;
        const struct boot_entry *now = boot_number(h, "BootCurrent", &current) ? boot_entry_find(entries, current) : NULL;

        if (found(h, now ? now->file : NULL, ret))
                return true;
        for (size_t i = 0; i < entries->n; i++)
                if (!entries->v[i].ours && found(h, entries->v[i].file, ret))
                        return true;
        char removable[64];
        snprintf(removable, sizeof(removable), "\\EFI\\BOOT\\BOOT%s.EFI", arch_of(ARCH_NATIVE)->suffix);
        return find_in_folders(h, ret) || found(h, removable, ret);
}

bool shim_on_removable_path(const char *path) {
        static const char removable[] = "\\EFI\\BOOT\\";
        struct span head = { (const uint8_t *) path, strlen(path) < strlen(removable) ? 0 : strlen(removable) };

        return span_eq_nocase(head, span_of(removable));
}

/* shim carries a text "$Version: 16.0 $" in a section for such things. */
unsigned shim_version(const struct host *h, const char *path) {
        static const char mark[] = "$Version: ";
        char buf[256], *file = volume_find(h->esp, path);
        struct text ignored = TEXT_IN(buf);
        struct span b;
        unsigned long major = 0, minor = 0;

        if (file && once_read(file, FILE_IMAGE_MAX, &b, &ignored)) {
                const uint8_t *at = memmem(b.p, b.n, mark, strlen(mark));
                char number[16] = "";

                for (size_t i = 0; at && i < sizeof(number) - 1 && at + strlen(mark) + i < b.p + b.n; i++)
                        number[i] = (char) at[strlen(mark) + i];
                char *dot = number;
                major = strtoul(number, &dot, 10);
                minor = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;
        }
        free(file);
        return major < 1000 && minor < 100 ? (unsigned) (100 * major + minor) : 0;
}
