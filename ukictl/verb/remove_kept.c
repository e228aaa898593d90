/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <strings.h>

#include "host/esp.h"
#include "verb/remove_inside.h"

/* With --all-esps: of another ESP that ukiload is taken off as well. ret_was: a dry run has been there, and it would be gone. */
static bool has_its_turn(const struct removal *m, const struct boot_entry *entry, bool *ret_was) {
        const struct names *uuids = m->call.host.other_uuids;
        bool was = m->call.host.dry_run;

        for (size_t i = 0; uuids && i < uuids->n; i++) {
                was = was && strcasecmp(uuids->v[i], m->call.host.esp_uuid[0]) != 0;
                if (strcasecmp(uuids->v[i], entry->partition) == 0) {
                        *ret_was = was;
                        return true;
                }
        }
        return false;
}

bool remove_keep_alike(struct removal *m, const struct arming *a) {
        bool any = false;

        for (size_t i = 0; i < a->entries.n; i++) {
                char buf[256];
                struct text t = TEXT_IN(buf);
                bool was = false;

                if (!a->entries.v[i].alike)
                        continue;
                bool goes_too = has_its_turn(m, &a->entries.v[i], &was);
                any = any || !was;
                if (goes_too)
                        continue;
                boot_entry_say_alike(&m->call.host, &a->entries.v[i], &t);
                names_add(&m->kept, buf);
        }
        return any;
}

void remove_keep_others(struct removal *m) {
        struct names others = { NULL, 0 };

        if (!m->call.host.other_uuids)
                esp_others(&m->call.host, &others);
        for (size_t i = 0; i < others.n; i++) {
                char buf[PLAN_PATH_MAX + 128];
                struct text t = TEXT_IN(buf);

                text_cat(&t, others.v[i], ": on another ESP of this machine; ukictl remove --all-esps takes it, too", NULL);
                names_add(&m->kept, buf);
        }
        names_free(&others);
}
