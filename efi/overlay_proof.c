/* SPDX-License-Identifier: BSD-2-Clause */
#include "overlay_proof.h"

#include "proof.h"
#include "stubplace.h"

/* What the walk needs, in one piece of memory: it is done once and is over before anything starts. */
struct walk {
        EFI_FILE_PROTOCOL *root;
        struct proof proof;
        struct proof_names names; /* of the folder at hand */
        union {
                EFI_FILE_INFO info;
                uint8_t info_bytes[sizeof(EFI_FILE_INFO) + VOLUME_NAME_MAX * sizeof(CHAR16)];
        };
        CHAR16 path[2 * VOLUME_NAME_MAX];
};

static EFI_FILE_PROTOCOL *open_path(struct walk *w, const char *path) {
        EFI_FILE_PROTOCOL *file = NULL;

        if (!ucs2_from_utf8(path, w->path, sizeof(w->path) / sizeof(w->path[0])) ||
            w->root->Open(w->root, &file, w->path, EFI_FILE_MODE_READ, 0) != EFI_SUCCESS)
                return NULL;
        return file;
}

static bool get_info(struct walk *w, EFI_FILE_PROTOCOL *file) {
        EFI_GUID guid = EFI_FILE_INFO_ID;
        UINTN size = sizeof(w->info_bytes);

        memset(w->info_bytes, 0, sizeof(w->info_bytes));
        return file->GetInfo(file, &guid, &size, &w->info) == EFI_SUCCESS;
}

/* The name as bytes, if it is ASCII; any other is none that a stub takes. */
static void take_name(struct walk *w) {
        uint8_t name[VOLUME_NAME_MAX];
        const CHAR16 *wide = volume_info_name(&w->info);
        size_t n = ucs2_len(wide, VOLUME_NAME_MAX);

        for (size_t i = 0; i < n; i++) {
                if (wide[i] > 0x7f)
                        return;
                name[i] = (uint8_t) wide[i];
        }
        proof_take(&w->names, (struct span) { name, n });
}

static bool list_names(struct walk *w, EFI_FILE_PROTOCOL *dir) {
        if (!get_info(w, dir) || !(w->info.Attribute & EFI_FILE_DIRECTORY))
                return false;
        for (unsigned i = 0; i <= PLAN_ADDONS_MAX + FOLDER_MAX; i++) { /* ours, the volume's, the end */
                UINTN size = sizeof(w->info_bytes);

                memset(w->info_bytes, 0, sizeof(w->info_bytes));
                if (dir->Read(dir, &size, &w->info) != EFI_SUCCESS)
                        return false;
                if (size == 0)
                        return true;
                if (!(w->info.Attribute & EFI_FILE_DIRECTORY))
                        take_name(w);
        }
        return false;
}

/* A folder that does not open or cannot be read to its end has no addons: that is what the stub makes of it. */
static void list_folder(struct walk *w, const char *dir) {
        EFI_FILE_PROTOCOL *folder = open_path(w, dir);

        w->names.n = 0;
        w->names.full = false;
        if (folder && !list_names(w, folder))
                w->names.n = 0;
        if (folder)
                (void) folder->Close(folder);
}

/* The whole file in one read, as who loads it reads it. What the stub finds no memory for is lost, so it is a failure here as
 * well. */
static bool read_file(struct walk *w, const char *path, struct span *ret) {
        EFI_FILE_PROTOCOL *file = open_path(w, path);
        uint8_t *bytes = NULL;
        UINTN size = 0;
        bool ok = file && get_info(w, file) && !(w->info.Attribute & EFI_FILE_DIRECTORY);

        if (ok) {
                size = (UINTN) w->info.FileSize;
                bytes = fw_alloc_unset(size);
                ok = bytes && file->Read(file, &size, bytes) == EFI_SUCCESS && size == w->info.FileSize;
        }
        if (file)
                (void) file->Close(file);
        if (ok)
                *ret = (struct span) { bytes, size };
        else
                fw_free(bytes);
        return ok;
}

static bool see_addon(struct walk *w, bool global, const char *dir, const char *name, struct text *why) {
        char path[2 * VOLUME_NAME_MAX];
        struct text text = TEXT_IN(path);
        struct span bytes;
        bool ok;

        text_cat(&text, dir, "\\", name, NULL);
        if (text.cut || !read_file(w, path, &bytes)) {
                text_cat(why, path, " is listed and cannot be read", NULL);
                return false;
        }
        ok = proof_seen(&w->proof, global, span_of(name), bytes, why);
        fw_free((void *) (uintptr_t) bytes.p);
        return ok;
}

static bool see_folder(struct walk *w, bool global, const char *dir, struct text *why) {
        list_folder(w, dir);
        if (w->names.full)
                text_cat(why, dir, " shows more than " LIMIT_TEXT(PLAN_ADDONS_MAX) " addons", NULL);
        for (size_t i = 0; !w->names.full && i < w->names.n; i++)
                if (!see_addon(w, global, dir, w->names.name[i], why))
                        return false;
        return !w->names.full;
}

static bool see_all(struct walk *w, const struct boot *b, struct text *why) {
        char extra_dir[PLAN_PATH_MAX];
        struct text text = TEXT_IN(extra_dir);

        w->proof = (struct proof) { .addons = b->addons, .n = b->n_addons };
        stubplace_addons(&b->plan.uki, span_of(b->start_path), &text);
        return see_folder(w, true, "\\loader\\addons", why) && see_folder(w, false, extra_dir, why) && proof_end(&w->proof, why);
}

/* Where the stub begins: its image's DeviceHandle and FilePath must be what LoadImage was given. */
static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *find_volume(const struct boot *b, const struct overlayfs *o, EFI_HANDLE image,
                                                    struct text *why) {
        static const EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *loaded = fw_protocol(image, &image_guid);
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = NULL;

        if (!loaded || loaded->DeviceHandle != overlayfs_handle(o))
                text_str(why, "firmware says that it was loaded from another volume");
        else if (!devpath_is_file(loaded->FilePath, b->start_path))
                text_str(why, "firmware says that it was loaded by another path");
        else if (!(fs = fw_protocol(loaded->DeviceHandle, &fs_guid)))
                text_str(why, "firmware has lost its volume");
        return fs;
}

static bool walk(const struct boot *b, const struct overlayfs *o, EFI_HANDLE image, struct text *why) {
        FW_POOL struct walk *w = fw_alloc(sizeof(*w));
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = w ? find_volume(b, o, image, why) : NULL;
        bool ok;

        if (!w)
                text_str(why, "there is no memory to look");
        if (!fs)
                return false;
        if (fs->OpenVolume(fs, &w->root) != EFI_SUCCESS) {
                text_str(why, "its volume does not open");
                return false;
        }
        ok = see_all(w, b, why);
        (void) w->root->Close(w->root);
        return ok;
}

bool overlay_proof(struct boot *b, const struct overlayfs *o, EFI_HANDLE image) {
        char buf[PLAN_PATH_MAX + PLAN_WHY_MAX];
        struct text clause = TEXT_IN(buf);

        if (walk(b, o, image, &clause))
                return true;
        text_cat(&b->why, b->uki_path, ": what its stub would find is not what was planned: ", buf,
                 "; it would boot all the same, so it is not started", NULL);
        return false;
}
