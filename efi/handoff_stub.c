/* SPDX-License-Identifier: BSD-2-Clause */
#include "handoff_stub.h"

#include "loader_line.h"
#include "path.h"
#include "stubplace.h"

/* The stub sorts the names of one folder by code unit, and a picked addon comes after the UKI's own: it is shown there with more
 * `~`, the last printable character, in front than any other name has. */
static size_t tildes_needed(const struct boot *b) {
        size_t most = 0;

        for (size_t i = 0; i < b->n_addons; i++) {
                struct span name = path_base(span_of(b->addons[i].path));
                size_t n = 0;

                while (n < name.n && name.p[n] == '~')
                        n++;
                if (b->addons[i].origin == PLAN_LOCAL && n > most)
                        most = n;
        }
        return most + 1;
}

static bool serve(const struct plan_addon *a, const char *extra_dir, size_t tildes, struct overlayfs *o) {
        char name[VOLUME_NAME_MAX];
        struct text text = TEXT_IN(name);

        for (size_t i = 0; a->origin == PLAN_PICKED && i < tildes; i++)
                text_char(&text, '~');
        text_bytes(&text, path_base(span_of(a->path)));
        return !text.cut && overlayfs_serve(o, a->origin == PLAN_GLOBAL ? "\\loader\\addons" : extra_dir, name, a->file);
}

bool handoff_stub_serve(const struct boot *b, struct overlayfs *o, struct text *why) {
        char extra_dir[PLAN_PATH_MAX];
        struct text text = TEXT_IN(extra_dir);
        size_t tildes = tildes_needed(b);

        stubplace_addons(&b->plan.uki, span_of(b->start_path), &text);
        for (size_t i = 0; i < b->n_addons; i++) {
                if (b->addons[i].verdict != PLAN_ADMITTED || serve(&b->addons[i], extra_dir, tildes, o))
                        continue;
                text_cat(why, b->addons[i].path, " cannot be shown to the stub: its name is too long", NULL);
                return false;
        }
        return true;
}

/* shim 16 gives its own options to everything that is loaded, by one pointer to one text: also to the kernel that the stub loads,
 * and a stub that has no line to give leaves them there. So the text itself has to go. */
static void empty_inherited(const EFI_LOADED_IMAGE *loaded) {
        if (loaded->LoadOptions && loaded->LoadOptionsSize >= sizeof(CHAR16))
                *(CHAR16 *) loaded->LoadOptions = 0;
}

bool handoff_stub_options(struct boot *b, EFI_HANDLE image) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        EFI_LOADED_IMAGE *loaded = fw_protocol(image, &guid);
        char buf[CMDLINE_MAX + 1];
        struct text text = TEXT_IN(buf);

        if (!loaded) {
                text_cat(&b->why, b->uki_path, " cannot be started: firmware has lost its image", NULL);
                return false;
        }
        empty_inherited(loaded);
        if (b->plan.profile != 0) {
                text_char(&text, '@');
                text_dec(&text, b->plan.profile);
        }
        text_bytes(&text, loader_line_for_stub(b));
        (void) ucs2_from_utf8(buf, b->stub_options, CMDLINE_MAX + 1);
        loaded->LoadOptions = b->stub_options;
        loaded->LoadOptionsSize = (UINT32) ((ucs2_len(b->stub_options, CMDLINE_MAX) + 1) * sizeof(CHAR16));
        return true;
}
