/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlayfs_path.h"

static bool is_separator(CHAR16 c) {
        return c == '\\' || c == '/';
}

/* Takes off the last part; false at the root. */
static bool climb(CHAR16 *out, size_t *len) {
        if (*len == 0)
                return false;
        while (out[*len - 1] != '\\')
                (*len)--;
        (*len)--;
        out[*len] = 0;
        return true;
}

static bool append_part(CHAR16 *out, size_t *len, size_t cap, const CHAR16 *part, size_t n) {
        if (n == 1 && part[0] == '.')
                return true;
        if (n == 2 && part[0] == '.' && part[1] == '.')
                return climb(out, len);
        if (*len + n + 2 > cap)
                return false;
        out[(*len)++] = '\\';
        memcpy(out + *len, part, n * sizeof(*part));
        *len += n;
        out[*len] = 0;
        return true;
}

static bool append_parts(CHAR16 *out, size_t *len, size_t cap, const CHAR16 *name) {
        while (*name) {
                size_t n = 0;

                while (name[n] && !is_separator(name[n]))
                        n++;
                if (n > 0 && !append_part(out, len, cap, name, n))
                        return false;
                name += n;
                if (*name)
                        name++;
        }
        return true;
}

bool overlayfs_path_resolve(const CHAR16 *base, const CHAR16 *name, CHAR16 *out, size_t cap) {
        size_t len = 0;

        out[0] = 0;
        if (!is_separator(*name) && !append_parts(out, &len, cap, base))
                return false;
        if (!append_parts(out, &len, cap, name))
                return false;
        if (len == 0) {
                out[0] = '\\';
                out[1] = 0;
        }
        return true;
}

const CHAR16 *overlayfs_path_base(const CHAR16 *path) {
        const CHAR16 *base = path;

        for (; *path; path++)
                if (*path == '\\')
                        base = path + 1;
        return base;
}

bool overlayfs_path_is(const CHAR16 *path, const CHAR16 *dir, const CHAR16 *name) {
        CHAR16 whole[1024];

        return overlayfs_path_resolve(dir, name, whole, sizeof(whole) / sizeof(whole[0])) && fw_eq_nocase(path, whole);
}

bool overlayfs_path_above(const CHAR16 *path, const CHAR16 *dir) {
        CHAR16 above[1024];
        size_t n = fw_len(path, sizeof(above) / sizeof(above[0]) - 1);

        if (n == 1) /* the root */
                return dir[1] != 0;
        if (fw_len(dir, n) < n || dir[n] != '\\')
                return false;
        memcpy(above, dir, n * sizeof(*dir));
        above[n] = 0;
        return fw_eq_nocase(path, above);
}

bool overlayfs_path_hidden(const CHAR16 *name, size_t max) {
        static const CHAR16 suffix[] = L".addon.efi";
        const size_t suffix_len = sizeof(suffix) / sizeof(suffix[0]) - 1;
        size_t n = fw_len(name, max);
        CHAR16 end[sizeof(suffix) / sizeof(suffix[0])];

        while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '.'))
                n--;
        if (n < suffix_len)
                return false;
        memcpy(end, name + n - suffix_len, suffix_len * sizeof(*name));
        end[suffix_len] = 0;
        return fw_eq_nocase(end, suffix);
}
