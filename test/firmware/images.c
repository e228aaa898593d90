/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadImage, StartImage, UnloadImage. */
#include "inside.h"

#include <strings.h>

static const EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static const EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
static const EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

struct image *image_of(const struct machine *m, EFI_HANDLE handle) {
        for (struct image *i = m->in->images; i; i = i->next)
                if (i->handle == handle)
                        return i;
        return NULL;
}

static void fill(struct machine *m, struct image *i, EFI_HANDLE parent, EFI_DEVICE_PATH *path) {
        const EFI_DEVICE_PATH *rest = path;

        i->loaded.Revision = 0x1000;
        i->loaded.ParentHandle = parent;
        i->loaded.SystemTable = &m->in->st;
        i->loaded.DeviceHandle = path ? handle_nearest(m, &path_guid, &rest) : NULL;
        i->path = rest ? path_copy(rest) : NULL;
        i->loaded.FilePath = i->path;
        if (i->path)
                path_text(i->path, i->name, sizeof(i->name));
        i->loaded.LoadOptions = m->in->inherited;
        i->loaded.LoadOptionsSize = sizeof(m->in->inherited);
        i->handle = handle_new(m);
        handle_add(i->handle, &loaded_guid, &i->loaded);
        i->next = m->in->images;
        m->in->images = i;
}

static struct image *make_image(struct machine *m, const uint8_t *bytes, size_t n) {
        struct image *i = calloc(1, sizeof(*i));
        size_t size;

        if (!i || !(i->file = malloc(n ? n : 1)))
                abort();
        memcpy(i->file, bytes, n);
        i->file_n = n;
        i->memory = load_pe(i->file, n, &size);
        if (!i->memory) {
                free(i->file);
                free(i);
                return NULL;
        }
        i->loaded.ImageBase = i->memory;
        i->loaded.ImageSize = size;
        i->by_child = m->in->in_child;
        return i;
}

EFI_STATUS image_load(struct machine *m, EFI_HANDLE parent, EFI_DEVICE_PATH *path, struct span bytes, struct image **ret) {
        EFI_STATUS verdict = trust_verdict(m, parent, path, bytes.p, bytes.n);

        *ret = NULL;
        if (verdict != EFI_SUCCESS && verdict != EFI_SECURITY_VIOLATION)
                return verdict;
        *ret = make_image(m, bytes.p, bytes.n);
        if (!*ret)
                return EFI_UNSUPPORTED;
        fill(m, *ret, parent, path);
        return verdict;
}

static void note_accepted(struct machine *m, const uint8_t *bytes, size_t n) {
        struct accepted *a = calloc(1, sizeof(*a));

        if (!a || !(a->bytes = malloc(n ? n : 1)))
                abort();
        memcpy(a->bytes, bytes, n);
        a->n = n;
        a->next = m->in->accepted;
        m->in->accepted = a;
}

/* What was loaded of an addon is not what was given: one letter of its text. (Of a UKI what is loaded is what counts.) */
static void flip(struct image *i) {
        struct span text;

        if (!find_section(i->memory, (size_t) i->loaded.ImageSize, ".linux", &text) &&
            find_section(i->memory, (size_t) i->loaded.ImageSize, ".cmdline", &text))
                i->memory[(size_t) (text.p - i->memory)] ^= 4;
}

/* What a device path names, read through the file system that is nearest. */
static uint8_t *read_by_path(struct machine *m, const EFI_DEVICE_PATH *path, size_t *ret_n) {
        const EFI_DEVICE_PATH *rest = path;
        struct handle *handle = handle_nearest(m, &fs_guid, &rest);
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = handle ? handle_get(m, handle, &fs_guid) : NULL;
        CHAR16 name[600] = { 0 };
        EFI_FILE_PROTOCOL *root;
        uint8_t *bytes;

        for (size_t i = 0; i < VOLUMES; i++)
                if (handle && handle == m->in->volumes[i].handle)
                        misuse("LoadImage of what lies on the disk, where others write, and not in memory", "");
        if (!fs || path_bytes(rest) < 4 || path_bytes(rest) > sizeof(name) || fs->OpenVolume(fs, &root) != EFI_SUCCESS)
                return NULL;
        memcpy(name, (const uint8_t *) rest + 4, path_bytes(rest) - 4);
        bytes = root_read(root, name, ret_n);
        (void) root->Close(root);
        return bytes;
}

/* Bytes that ukiload has, or for an addon (as its stub will ask) the path of the file that the overlay shows. */
static EFI_STATUS load_asked(struct machine *m, EFI_HANDLE parent, EFI_DEVICE_PATH *path, struct span given, bool note,
                             struct image **ret) {
        uint8_t *read = given.p ? NULL : read_by_path(m, path, &given.n);
        struct span bytes = { read ? read : given.p, given.n };
        EFI_STATUS status = bytes.p ? image_load(m, parent, path, bytes, ret) : EFI_NOT_FOUND;

        if (status == EFI_SUCCESS && note)
                note_accepted(m, bytes.p, bytes.n);
        free(read);
        return status;
}

static bool is_addon(const char *name) {
        static const char suffix[] = ".addon.efi";
        size_t n = strlen(name);

        return n >= sizeof(suffix) && strcasecmp(name + n + 1 - sizeof(suffix), suffix) == 0;
}

/* Lies of other calls are none here. */
static bool is_honest(const struct fault *f) {
        return !lies(f, LIE_FLIP) && !lies(f, LIE_ZERO) && !lies(f, LIE_HANDLE);
}

static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, VOID *buffer, UINTN size,
                                    EFI_HANDLE *ret) {
        struct machine *m = the_machine;
        char name[320] = "";
        const struct fault *f;
        struct image *image = NULL;
        EFI_STATUS status;

        if (path)
                path_text(path, name, sizeof(name));
        f = fault_at(CALL_LOAD_IMAGE, name);
        if (policy || !buffer != is_addon(name))
                misuse("LoadImage with BootPolicy, or without the bytes that were judged, or of an addon not as its stub asks: ",
                       name);
        if (!path)
                misuse("LoadImage of an image that is nowhere", name);
        if (fails(f))
                return f->status;
        status = load_asked(m, parent, path, (struct span) { buffer, size }, is_honest(f), &image);
        *ret = image ? image->handle : NULL;
        if (lies(f, LIE_FLIP) && image)
                flip(image);
        if (lies(f, LIE_ZERO) && image) { /* success, and no image */
                image_unload(m, image);
                *ret = NULL;
        }
        return lies(f, LIE_HANDLE) ? f->status : status;
}

void image_unload(struct machine *m, struct image *image) {
        struct image **link = &m->in->images;

        while (*link != image)
                link = &(*link)->next;
        *link = image->next;
        if (image->handle)
                handle_remove(m, image->handle);
        free(image->path);
        let_go(m, image->memory, image->memory, (size_t) image->loaded.ImageSize);
        free(image->file);
        free(image);
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE handle) {
        const struct fault *f = fault_at(CALL_UNLOAD_IMAGE, NULL);
        struct image *i = image_of(the_machine, handle);

        if (fails(f))
                return f->status;
        if (!i) {
                misuse("UnloadImage of a handle that is none", "");
                return EFI_INVALID_PARAMETER;
        }
        if (!lies(f, LIE_NOTHING))
                image_unload(the_machine, i);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI start_image(EFI_HANDLE handle, UINTN *data_size, CHAR16 **data) {
        struct machine *m = the_machine;
        struct image *i = image_of(m, handle);
        const struct fault *f = fault_at(CALL_START_IMAGE, i ? i->name : NULL);
        struct span kernel;

        if (data_size || data)
                misuse("StartImage is asked for ExitData, which nobody needs and nobody frees", "");
        if (!i) {
                misuse("StartImage of a handle that is none", "");
                return EFI_INVALID_PARAMETER;
        }
        if (fails(f)) {
                /* as if it had come back at once: ukiload cannot tell the two apart, and must not touch the handle again */
                image_unload(m, i);
                return f->status;
        }
        m->n_started++;
        trust_started(m);
        m->in->in_child = true;
        if (find_section(i->memory, (size_t) i->loaded.ImageSize, ".linux", &kernel))
                stub_runs(m, i);
        else
                kernel_runs(m, i);
        if (m->child_returns == RUNS)
                longjmp(m->in->running, 1);
        m->in->in_child = false;
        image_unload(m, i); /* an application that came back */
        return m->child_returns;
}

void image_services(struct machine *m) {
        m->in->bs.LoadImage = load_image;
        m->in->bs.StartImage = start_image;
        m->in->bs.UnloadImage = unload_image;
}

void images_free(struct machine *m) {
        while (m->in->images)
                image_unload(m, m->in->images);
        while (m->in->accepted) {
                struct accepted *a = m->in->accepted;

                m->in->accepted = a->next;
                free(a->bytes);
                free(a);
        }
}
