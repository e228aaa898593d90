/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/sidecars.h"

#include <stdlib.h>
#include <string.h>

#include "cpio.h"

static int by_code_unit(const void *a, const void *b) {
        struct span x = span_of(*(char *const *) a), y = span_of(*(char *const *) b);

        return cpio_name_before(x, y) ? -1 : cpio_name_before(y, x);
}

bool sidecars_list(const char *dir, const struct stubrole_source *source, struct names *ret, struct text *why) {
        struct names names;
        size_t kept = 0;

        if (!files_read(dir, &names, why))
                return false;
        for (size_t i = 0; i < names.n; i++) {
                if (stubrole_takes(source, span_of(names.v[i])))
                        names.v[kept++] = names.v[i];
                else
                        free(names.v[i]);
        }
        names.n = kept;
        if (kept > 0)
                qsort(names.v, names.n, sizeof(*names.v), by_code_unit);
        *ret = names;
        return true;
}

char *sidecars_folder(const struct plan_job *plan, const struct uki *uki, const struct stubrole_source *source) {
        char buf[PLAN_PATH_MAX + 16];
        struct text folder = TEXT_IN(buf);

        stubrole_folder(uki, source, span_of(plan->start_path), &folder);
        if (plan->on_volume || source->folder[0])
                return plan->root ? volume_find(plan->root, buf) : NULL;
        char *beside = plan_folder_of(plan->uki); /* as plan takes addons beside a UKI that lies on no volume */
        char *found = volume_find(beside, buf);
        free(beside);
        return found;
}

static bool too_many(const struct plan_job *plan, const struct stubrole_source *source, struct text *why) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct names names = { NULL, 0 };
        char *dir = sidecars_folder(plan, &plan->plan.uki, source);
        bool many = dir && sidecars_list(dir, source, &names, &ignored) && names.n > SIDECARS_MAX;

        if (many)
                text_cat(why, plan->uki_path, " has more than " LIMIT_TEXT(SIDECARS_MAX) " files *", source->suffix, " in ", dir,
                         ", and ukiload takes no more where it takes the stub's role: remove some", NULL);
        names_free(&names);
        free(dir);
        return many;
}

void sidecars_judge(struct plan_job *plan) {
        struct plan *p = &plan->plan;
        struct stubrole_source source;

        if (p->result != PLAN_START || p->handoff != PLAN_HANDOFF_KERNEL)
                return;
        for (unsigned kind = 0; kind < STUBROLE_SIDECARS; kind++) {
                struct text why = TEXT_IN(p->why);

                if (!stubrole_source(stubrole_version(&p->uki), (enum stubrole_sidecar) kind, &source) ||
                    !too_many(plan, &source, &why))
                        continue;
                p->result = PLAN_REFUSE_IMAGE;
                p->blame = PLAN_BLAME_FORMAT;
                return;
        }
}
