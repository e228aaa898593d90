/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/named.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bls.h"
#include "path.h"
#include "uki.h"
#include "host/files.h"
#include "host/root.h"

#define NAME_BYTES 200u /* FAT takes 255 */

/* While boots are counted an image is `debian+2-1.efi`, and still `debian` to people, as to systemd. */
static char *find_counted(const char *volume, const char *name) {
        char *dir = volume_find(volume, DIR_IMAGES), *found = NULL, buf[1];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        size_t n = strlen(name);

        if (n > 4 && strcasecmp(name + n - 4, ".efi") == 0)
                n -= 4;
        if (dir && names_read(dir, &names, &ignored))
                for (size_t i = 0; i < names.n && !found; i++) {
                        struct path_counter c = path_counter(span_of(names.v[i]));

                        if (c.counted && c.at == n && strncasecmp(names.v[i], name, n) == 0)
                                found = file_join(dir, names.v[i], strlen(names.v[i]));
                }
        names_free(&names);
        free(dir);
        return found;
}

/* A folder is no image, whatever it is called. */
static char *find_image(const char *volume, const char *path) {
        char *found = volume_find(volume, path);
        struct stat st;

        if (!found || (root_stat(found, &st) && !S_ISDIR(st.st_mode)))
                return found;
        free(found);
        return NULL;
}

/* A name as firmware has it, or a bare one that is looked for in \EFI\Linux. */
static char *find_by_name(const char *volume, const char *name) {
        char path[NAME_BYTES + 64];

        if (!volume || strlen(name) > NAME_BYTES)
                return NULL;
        if (name[0] == '\\')
                return find_image(volume, name);
        snprintf(path, sizeof(path), DIR_IMAGES "\\%s", name);
        char *found = find_image(volume, path);
        if (found)
                return found;
        snprintf(path, sizeof(path), DIR_IMAGES "\\%s.efi", name);
        found = find_image(volume, path);
        return found ? found : find_counted(volume, name);
}

/* A bare name is the volumes' first: whatever has that name in the working directory cannot be booted from there anyway. */
static char *find_file(const struct host *h, const char *name) {
        char *found = strchr(name, '/') ? NULL : find_by_name(h->esp, name);

        if (!found && !strchr(name, '/'))
                found = find_by_name(h->xbootldr, name);
        struct stat st;
        return found ? found : root_stat(name, &st) && !S_ISDIR(st.st_mode) ? strdup(name) : NULL;
}

/* "name@profile", where no file has the whole for its name. */
static char *find_with_profile(const struct host *h, const char *asked, char **ret_profile) {
        const char *at = strrchr(asked, '@');

        if (!at || at == asked || !at[1] || strchr(at, '/'))
                return NULL;
        char *name = strndup(asked, (size_t) (at - asked));
        char *found = find_file(h, name);

        free(name);
        if (found)
                *ret_profile = strdup(at + 1);
        return found;
}

/* What cannot be read, or is not mounted, is not said to be absent. */
static enum exit_code say_not_found(const struct host *h, const char *asked, struct text *why) {
        struct stat st;
        bool path = strchr(asked, '/') != NULL;

        if (path && !root_stat(asked, &st) && (errno == EACCES || errno == EPERM)) {
                text_cat(why, asked, ": only root can read it: do it as root", NULL);
                return EXIT_PRIVILEGE;
        }
        enum exit_code code = path ? EXIT_OK : host_need_readable(h, why);
        if (code == EXIT_OK && !path && !h->esp && !h->xbootldr)
                code = host_need_esp(h, why);
        if (code != EXIT_OK)
                return code;
        text_cat(why, asked, ": there is no such image; ukictl list shows what there is", NULL);
        return EXIT_FAILED;
}

enum exit_code named_find(const struct host *h, const char *asked, struct named *ret, struct text *why) {
        *ret = (struct named) { NULL, NULL };
        ret->file = find_file(h, asked);
        if (!ret->file)
                ret->file = find_with_profile(h, asked, &ret->profile);
        if (ret->file)
                return EXIT_OK;
        return say_not_found(h, asked, why);
}

void named_free(struct named *named) {
        free(named->file);
        free(named->profile);
        *named = (struct named) { NULL, NULL };
}

enum exit_code named_profile(const struct named *named, const char *option, const char **ret, struct text *why) {
        if (option && named->profile && strcmp(option, named->profile) != 0) {
                text_cat(why, "the image's name says profile \"", named->profile, "\", and --profile says \"", option,
                         "\": name one of them", NULL);
                return EXIT_USAGE;
        }
        *ret = option ? option : named->profile;
        return EXIT_OK;
}

static bool is_number(const char *s) {
        return *s && strlen(s) < 9 && strspn(s, "0123456789") == strlen(s);
}

static bool find_profile(const struct pe *pe, const char *profile, unsigned *ret, struct text *ids) {
        struct uki *uki = need(sizeof(*uki));
        char buf[256];
        bool found = false;
        unsigned n = 1;

        for (unsigned i = 0; i < n && !found; i++) {
                struct text ignored = TEXT_IN(buf);

                if (!uki_open(pe, i, uki, &ignored))
                        break;
                n = uki->n_profiles;
                struct span id =
                        uki->has[UKI_PROFILE] ? bls_osrel_field(uki->section[UKI_PROFILE], "ID") : (struct span) { NULL, 0 };
                found = id.n > 0 && span_eq_str(id, profile);
                *ret = i;
                text_str(ids, ids->len > 0 ? ", " : "");
                text_shown(ids, id, 64);
        }
        free(uki);
        return found;
}

enum exit_code named_profile_number(const struct pe *pe, const char *profile, unsigned *ret, struct text *why) {
        unsigned number = 0;
        char buf[512];
        struct text ids = TEXT_IN(buf);

        if (is_number(profile))
                number = (unsigned) strtoul(profile, NULL, 10);
        else if (!find_profile(pe, profile, &number, &ids)) {
                text_cat(why, "no profile of it has the ID \"", profile, "\"", NULL);
                text_cat(why, ids.len > 0 ? "; it has: " : "; it has none with an ID", buf, NULL);
                return EXIT_REFUSED;
        }
        *ret = number;
        return EXIT_OK;
}
