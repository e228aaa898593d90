/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/policy_file.h"

#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "host/installed.h"
#include "host/once.h"
#include "host/root.h"
#include "pe_once.h"

/* ukiload reads its policy in memory: it must be the one that lies in the file. */
static bool once(const struct pe *pe, struct text *why) {
        static const char section[][9] = { ".ukipol" };

        return pe_once_sections(pe, section, 1, why) && pe_once_relocations(pe, section, 1, why);
}

static bool find_in_image(const char *path, struct policy_file *ret, struct text *why) {
        struct pe *pe = need(sizeof(*pe));

        text_cat(why, path, " ", NULL);
        bool ok = pe_open_file(ret->file, pe, why);
        if (ok && pe_count(pe, ".ukipol") > 1) {
                text_str(why, "has more than one .ukipol section");
                ok = false;
        }
        ok = ok && once(pe, why);
        if (ok) {
                const struct pe_section *section = pe_find(pe, ".ukipol", 0);

                ret->present = section != NULL;
                ret->text = section ? pe_bytes(pe, section) : (struct span) { NULL, 0 };
                text_clear(why);
        }
        free(pe);
        return ok;
}

bool policy_file_read(const char *path, struct policy_file *ret, struct text *why) {
        memset(ret, 0, sizeof(*ret));
        if (!once_read(path, FILE_IMAGE_MAX, &ret->file, why))
                return false;
        if (span_starts(ret->file, "MZ"))
                return find_in_image(path, ret, why);
        ret->present = true;
        ret->text = ret->file;
        return true;
}

bool policy_file_open(const char *path, struct policy_file *ret, struct text *why) {
        char buf[512];
        struct text clause = TEXT_IN(buf);

        if (!policy_file_read(path, ret, why))
                return false;
        if (!ret->present || policy_parse(ret->text, &ret->policy, &clause))
                return true;
        text_cat(why, path, ": ", buf, NULL);
        return false;
}

char *policy_file_find(const struct host *h, uint16_t machine, bool *ret_to_come) {
        char *found = h->esp ? installed_find(h->esp, machine) : NULL;

        *ret_to_come = h->esp && !found;
        if (!*ret_to_come)
                return found;
        found = host_path(h, INSTALL_POLICY_FILE);
        if (root_there(found))
                return found;
        free(found);
        return installed_package_image();
}
