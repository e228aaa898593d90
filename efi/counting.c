/* SPDX-License-Identifier: BSD-2-Clause */
#include "counting.h"

#include "path.h"
#include "report.h"
#include "vars.h"

static const EFI_GUID loader_guid = LOADER_GUID;

static void publish(const char *path) {
        CHAR16 wide[PLAN_PATH_MAX];

        if (fw_ucs2(path, wide, PLAN_PATH_MAX))
                (void) vars_set(L"LoaderBootCountPath", &loader_guid, VARS_BS_RT,
                                (struct span) { (const uint8_t *) wide, (strlen(path) + 1) * sizeof(CHAR16) });
}

void counting_count_down(struct boot *b, const struct volume *volume) {
        struct span base = path_base(span_of(b->uki_path));
        char name[VOLUME_NAME_MAX], path[PLAN_PATH_MAX];
        struct text new_name = TEXT_IN(name), new_path = TEXT_IN(path);

        if (vars_exists(L"LoaderBootCountPath", &loader_guid) || !path_count_down(base, &new_name))
                return;
        text_bytes(&new_path, (struct span) { (const uint8_t *) b->uki_path, strlen(b->uki_path) - base.n });
        text_bytes(&new_path, text_span(&new_name));
        if (new_path.cut || volume_rename(volume, b->uki_path, name) != EFI_SUCCESS) {
                report_note(b, "counting", "the UKI's boot counter could not be renamed: this boot is not counted");
                return;
        }
        memcpy(b->uki_path, path, sizeof(path));
        publish(path);
}
