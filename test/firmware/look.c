/* SPDX-License-Identifier: BSD-2-Clause */
#include "look.h"

#include "inside.h"
#include "scenes.h"

union look_info look_info;
EFI_GUID look_info_guid = EFI_FILE_INFO_ID;
EFI_FILE_PROTOCOL *look_root;

static void (*look)(struct machine *m);
static unsigned looks;

EFI_STATUS look_open(const char *path, UINT64 mode, EFI_FILE_PROTOCOL **ret) {
        CHAR16 text[700];

        wide(path, text, 700);
        return look_root->Open(look_root, ret, text, mode, 0);
}

EFI_FILE_PROTOCOL *look_open_for(const char *path, UINT64 mode) {
        EFI_FILE_PROTOCOL *file = NULL;

        if (look_open(path, mode, &file) != EFI_SUCCESS)
                fail_msg("%s does not open", path);
        return file;
}

EFI_FILE_PROTOCOL *look_under(struct machine *m) {
        return (EFI_FILE_PROTOCOL *) m->in->files;
}

static void visit(struct machine *m, EFI_FILE_PROTOCOL *of_the_stub) {
        look_root = of_the_stub;
        looks++;
        look(m);
}

void look_start(void (*with)(struct machine *m)) {
        struct machine *m = machine_new();

        machine_uki(m, ESP, SCENE_UKI, 257, "root=/dev/vda", DB);
        machine_addon(m, ESP, SCENE_GLOBAL "\\q.addon.efi", "quiet", DB);
        machine_addon(m, ESP, SCENE_OWN "\\level.addon.efi", "loglevel=7", DB);
        machine_addon(m, ESP, SCENE_OWN "\\evil.addon.efi", "init=/bin/sh", DB);
        machine_addon(m, ESP, "\\more\\x.addon.efi", "init=/bin/sh", DB);
        machine_file(m, ESP, "\\more\\file", span_of("0123456789"));
        m->visit = visit;
        look = with;
        looks = 0;
        scene_line(m, "root=/dev/vda quiet loglevel=7");
        assert_int_equal(looks, 1);
        machine_free(m);
}
