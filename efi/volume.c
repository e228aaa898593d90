/* SPDX-License-Identifier: BSD-2-Clause */
#include "volume.h"

#include "path.h"
#include "progress.h"
#include "ring.h"

#define REPAIR "): repair its file system, or remove it"

static const EFI_GUID file_info_guid = EFI_FILE_INFO_ID;

bool volume_open(EFI_HANDLE handle, struct volume *ret) {
        static const EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = fw_protocol(handle, &fs_guid);
        EFI_DEVICE_PATH *path = fw_protocol(handle, &path_guid);
        EFI_FILE_PROTOCOL *root = NULL;

        if (!fs || !path || fs->OpenVolume(fs, &root) != EFI_SUCCESS)
                return false;
        *ret = (struct volume) { .handle = handle, .path = path, .root = root };
        return true;
}

void volume_close(struct volume *v) {
        if (v->root)
                (void) v->root->Close(v->root);
        v->root = NULL;
}

const char *volume_name(const struct volume *v) {
        return v->xbootldr ? "XBOOTLDR" : v->name[0] ? v->name : "the ESP";
}

static EFI_FILE_PROTOCOL *open_at(const struct volume *v, const char *path, UINT64 mode, EFI_STATUS *ret_status) {
        CHAR16 name[VOLUME_NAME_MAX * 2];
        EFI_FILE_PROTOCOL *file = NULL;

        *ret_status = EFI_NOT_FOUND;
        if (!ucs2_from_utf8(path, name, sizeof(name) / sizeof(name[0])))
                return NULL;
        *ret_status = v->root->Open(v->root, &file, name, mode, 0);
        return *ret_status == EFI_SUCCESS ? file : NULL;
}

static EFI_STATUS get_info(EFI_FILE_PROTOCOL *file, EFI_FILE_INFO *info) {
        EFI_GUID guid = file_info_guid;
        UINTN size = VOLUME_INFO_BYTES;

        return file->GetInfo(file, &guid, &size, info);
}

static EFI_STATUS read_chunks(EFI_FILE_PROTOCOL *file, uint8_t *to, struct progress *p, size_t *ret_done) {
        for (*ret_done = 0; *ret_done < p->total;) {
                size_t asked = progress_next(p, *ret_done);
                UINTN chunk = asked;
                EFI_STATUS status;

                fw_watchdog();
                status = file->Read(file, &chunk, to + *ret_done);
                if (status != EFI_SUCCESS)
                        return status;
                if (chunk > asked)
                        return EFI_VOLUME_CORRUPTED;
                if (chunk == 0)
                        break;
                *ret_done += chunk;
        }
        return EFI_SUCCESS;
}

/* As many as there are, at most size. */
static EFI_STATUS read_most(EFI_FILE_PROTOCOL *file, uint8_t *to, size_t size, size_t *ret_n) {
        struct progress progress;
        EFI_STATUS status;
        size_t done;

        progress_begin(&progress, size);
        status = read_chunks(file, to, &progress, &done);
        progress_end(&progress, done);
        if (status == EFI_SUCCESS)
                *ret_n = done;
        return status;
}

/* A file that ends before its size is damaged. */
static EFI_STATUS read_all(EFI_FILE_PROTOCOL *file, uint8_t *to, size_t size) {
        size_t n = 0;
        EFI_STATUS status = read_most(file, to, size, &n);

        return status == EFI_SUCCESS && n < size ? EFI_VOLUME_CORRUPTED : status;
}

static bool read_open(EFI_FILE_PROTOCOL *file, const char *path, size_t max, struct volume_file *ret, struct text *why) {
        FW_POOL EFI_FILE_INFO *info = fw_alloc(VOLUME_INFO_BYTES);
        struct text name = TEXT_IN(ret->name);
        EFI_STATUS status = info ? get_info(file, info) : EFI_OUT_OF_RESOURCES;
        uint8_t *data;

        if (status != EFI_SUCCESS) {
                text_cat(why, "has no readable name and size (", fw_status(status), ")", NULL);
                return false;
        }
        if (!ucs2_name(info->FileName, VOLUME_NAME_MAX, &name)) {
                text_str(why, DISK_NAME_FAULT);
                return false;
        }
        if (info->Attribute & EFI_FILE_DIRECTORY) {
                text_str(why, DISK_FOLDER);
                return false;
        }
        if (!disk_own_name(ret->name, path, false, why))
                return false;
        if (!disk_size_fits(info->FileSize, max, why))
                return false;
        data = fw_alloc_unset((size_t) info->FileSize);
        status = data ? read_all(file, data, (size_t) info->FileSize) : EFI_OUT_OF_RESOURCES;
        if (status != EFI_SUCCESS) {
                if (data)
                        text_cat(why, "could not be read to its end (", fw_status(status), ")", NULL);
                else if (fw_fits(info->FileSize, "does not fit into memory", why))
                        text_str(why, "does not fit into memory");
                fw_free(data);
                return false;
        }
        ret->bytes = (struct span) { data, (size_t) info->FileSize };
        return true;
}

bool volume_read(const struct volume *v, const char *path, size_t max, struct volume_file *ret, struct text *why) {
        EFI_STATUS status;
        EFI_FILE_PROTOCOL *file = open_at(v, path, EFI_FILE_MODE_READ, &status);
        bool ok;

        if (!file) {
                text_cat(why, status == EFI_NOT_FOUND ? "does not exist on " : "cannot be opened on ", volume_name(v), NULL);
                if (status != EFI_NOT_FOUND)
                        text_cat(why, " (", fw_status(status), ")", strlen(path) > PATH_MAX_BYTES ? DISK_LONG_PATH : "", NULL);
                return false;
        }
        ok = read_open(file, path, max, ret, why);
        (void) file->Close(file);
        return ok;
}

bool volume_read_part(const struct volume *v, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        EFI_STATUS status;
        EFI_FILE_PROTOCOL *file = open_at(v, path, EFI_FILE_MODE_READ, &status);
        bool ok;

        if (!file)
                return false;
        ok = file->SetPosition(file, off) == EFI_SUCCESS && read_most(file, to, n, ret_n) == EFI_SUCCESS;
        (void) file->Close(file);
        return ok;
}

bool volume_file_size(const struct volume *v, const char *path, uint64_t *ret) {
        FW_POOL EFI_FILE_INFO *info = fw_alloc(VOLUME_INFO_BYTES);
        EFI_STATUS status;
        EFI_FILE_PROTOCOL *file = open_at(v, path, EFI_FILE_MODE_READ, &status);
        bool ok;

        if (!file)
                return false;
        ok = info && get_info(file, info) == EFI_SUCCESS && !(info->Attribute & EFI_FILE_DIRECTORY);
        (void) file->Close(file);
        if (ok)
                *ret = info->FileSize;
        return ok;
}

void volume_file_free(struct volume_file *f) {
        fw_free((void *) (uintptr_t) f->bytes.p);
        f->bytes = (struct span) { 0 };
}

static bool opens(const struct volume *v, const char *path, UINT64 mode) {
        EFI_STATUS status;
        EFI_FILE_PROTOCOL *file = open_at(v, path, mode, &status);

        if (file)
                (void) file->Close(file);
        return file != NULL;
}

bool volume_exists(const struct volume *v, const char *path) {
        return opens(v, path, EFI_FILE_MODE_READ);
}

bool volume_writable(const struct volume *v, const char *path) {
        return opens(v, path, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE);
}

/* What Read gives of a folder's next entry: a whole EFI_FILE_INFO with a name, however firmware fills it. */
static EFI_STATUS read_entry(EFI_FILE_PROTOCOL *dir, EFI_FILE_INFO *info, UINTN *ret_size) {
        UINTN size = VOLUME_INFO_BYTES;
        EFI_STATUS status = dir->Read(dir, &size, info);

        if (status != EFI_SUCCESS)
                return status;
        if (size != 0 && (size < SIZE_OF_EFI_FILE_INFO + sizeof(CHAR16) || size > VOLUME_INFO_BYTES))
                return EFI_VOLUME_CORRUPTED;
        *ret_size = size;
        return EFI_SUCCESS;
}

static enum disk_listing list_open(EFI_FILE_PROTOCOL *dir, EFI_FILE_INFO *info, disk_each each, void *arg, struct text *why) {
        struct ring ring = { 0 };

        for (unsigned i = 0; i < FOLDER_MAX; i++) {
                EFI_STATUS status;
                UINTN size = 0;
                char name[VOLUME_NAME_MAX];
                struct text text = TEXT_IN(name);

                memset(info, 0, VOLUME_INFO_BYTES);
                status = read_entry(dir, info, &size);
                if (status != EFI_SUCCESS) {
                        text_cat(why, "cannot be read to its end (", fw_status(status), REPAIR, NULL);
                        return DISK_UNREAD;
                }
                if (size == 0)
                        return DISK_LISTED;
                if (ring_closes(&ring, (struct span) { (const uint8_t *) info, size }))
                        break;
                if (info->Attribute & EFI_FILE_DIRECTORY)
                        continue;
                if (!each(arg, name, ucs2_name(info->FileName, VOLUME_NAME_MAX, &text)))
                        return DISK_LISTED;
        }
        text_str(why, DISK_ENDLESS);
        return DISK_UNREAD;
}

/* What was opened must be the folder that was asked for. */
static bool is_folder_named(EFI_FILE_PROTOCOL *file, EFI_FILE_INFO *info, const char *dir, struct text *why) {
        EFI_STATUS status = get_info(file, info);
        char name[VOLUME_NAME_MAX];
        struct text text = TEXT_IN(name);

        if (status != EFI_SUCCESS) {
                text_cat(why, "cannot be read (", fw_status(status), REPAIR, NULL);
                return false;
        }
        if (!ucs2_name(info->FileName, VOLUME_NAME_MAX, &text))
                text_clear(&text);
        if (info->Attribute & EFI_FILE_DIRECTORY)
                return disk_own_name(name, dir, true, why);
        text_str(why, DISK_NOT_FOLDER);
        return false;
}

enum disk_listing volume_list(const struct volume *v, const char *dir, disk_each each, void *arg, struct text *why) {
        FW_POOL EFI_FILE_INFO *info = fw_alloc(VOLUME_INFO_BYTES);
        enum disk_listing result = DISK_UNREAD;
        EFI_STATUS status = EFI_OUT_OF_RESOURCES;
        EFI_FILE_PROTOCOL *file = info ? open_at(v, dir, EFI_FILE_MODE_READ, &status) : NULL;

        /* A path that is no valid one there, for its length, cannot be a folder's. */
        if (status == EFI_NOT_FOUND || status == EFI_INVALID_PARAMETER)
                return DISK_NO_FOLDER;
        if (!file)
                text_cat(why, "cannot be read (", fw_status(status), REPAIR, NULL);
        else if (is_folder_named(file, info, dir, why))
                result = list_open(file, info, each, arg, why);
        if (file)
                (void) file->Close(file);
        return result;
}

static EFI_STATUS rename_open(EFI_FILE_PROTOCOL *file, const char *new_name) {
        FW_POOL EFI_FILE_INFO *info = fw_alloc(VOLUME_INFO_BYTES);
        EFI_GUID guid = file_info_guid;
        EFI_STATUS status;

        if (!info)
                return EFI_OUT_OF_RESOURCES;
        status = get_info(file, info);
        if (status != EFI_SUCCESS)
                return status;
        if (!ucs2_from_utf8(new_name, info->FileName, VOLUME_NAME_MAX))
                return EFI_INVALID_PARAMETER;
        info->Size = SIZE_OF_EFI_FILE_INFO + (ucs2_len(info->FileName, VOLUME_NAME_MAX) + 1) * sizeof(CHAR16);
        status = file->SetInfo(file, &guid, (UINTN) info->Size, info);
        return status == EFI_SUCCESS ? file->Flush(file) : status;
}

EFI_STATUS volume_rename(const struct volume *v, const char *path, const char *new_name) {
        EFI_STATUS status;
        EFI_FILE_PROTOCOL *file = open_at(v, path, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, &status);

        if (!file)
                return status;
        status = rename_open(file, new_name);
        (void) file->Close(file);
        return status;
}
