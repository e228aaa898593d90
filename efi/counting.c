/* SPDX-License-Identifier: BSD-2-Clause */
#include "counting.h"

#include "path.h"
#include "report.h"
#include "vars.h"

static const EFI_GUID loader_guid = LOADER_GUID;

/* systemd-boot counted something in this boot. Only what is volatile was made in it: a variable in flash would switch counting
 * off for good. */
static bool counted_already(void) {
        struct var v;
        bool counted;

        if (vars_get(L"LoaderBootCountPath", &loader_guid, &v) != EFI_SUCCESS)
                return false;
        counted = v.attributes == VARS_BS_RT;
        vars_free(&v);
        return counted;
}

static bool publish(const char *path) {
        CHAR16 wide[PLAN_PATH_MAX];

        return ucs2_from_utf8(path, wide, PLAN_PATH_MAX) &&
               vars_set(L"LoaderBootCountPath", &loader_guid, VARS_BS_RT,
                        (struct span) { (const uint8_t *) wide, (ucs2_len(wide, PLAN_PATH_MAX) + 1) * sizeof(CHAR16) }) ==
                       EFI_SUCCESS;
}

void counting_plan(struct boot *b, const struct volume *volume) {
        struct span base = path_base(span_of(b->uki_path));
        char name[VOLUME_NAME_MAX], path[PLAN_PATH_MAX];
        struct text new_name = TEXT_IN(name), new_path = TEXT_IN(path);
        bool fits;

        memcpy(b->start_path, b->uki_path, sizeof(b->start_path));
        b->uncounted = NULL;
        /* systemd-bless-boot looks on the ESP and XBOOTLDR only: elsewhere no boot would ever be good. */
        if (volume->name[0] || path_counter(base).left == 0 || counted_already())
                return;
        fits = path_count_down(base, &new_name);
        text_bytes(&new_path, (struct span) { (const uint8_t *) b->uki_path, strlen(b->uki_path) - base.n });
        text_bytes(&new_path, text_span(&new_name));
        if (!fits || new_path.cut)
                b->uncounted = "its name is too long";
        else if (volume_exists(volume, path))
                b->uncounted = "there is already a file of the name with one try less";
        else if (!volume_writable(volume, b->uki_path))
                b->uncounted = "its volume cannot be written";
        else
                memcpy(b->start_path, path, sizeof(path));
}

/* Firmware may rename a file and fail when it writes that back: which name it has now is looked at. */
static bool is_renamed(const struct boot *b, const struct volume *volume) {
        return volume_exists(volume, b->start_path) && !volume_exists(volume, b->uki_path);
}

void counting_count_down(struct boot *b, const struct volume *volume) {
        char line[128];
        struct text text = TEXT_IN(line);
        struct span new_name = path_base(span_of(b->start_path));
        EFI_STATUS status;

        text_str(&text, "this boot of the UKI is not counted: ");
        if (b->uncounted) {
                text_str(&text, b->uncounted);
                report_note(b, "counting", line);
        } else if (!span_eq_str(span_of(b->start_path), b->uki_path)) {
                status = volume_rename(volume, b->uki_path, (const char *) new_name.p);
                if (status != EFI_SUCCESS && !is_renamed(b, volume)) {
                        text_cat(&text, "it could not be renamed (", fw_status(status), ")", NULL);
                        report_note(b, "counting", line);
                        return;
                }
                memcpy(b->uki_path, b->start_path, sizeof(b->uki_path));
                if (!publish(b->uki_path))
                        report_note(b, "counting",
                                    "LoaderBootCountPath cannot be set: the running system will not bless the UKI");
        }
}
