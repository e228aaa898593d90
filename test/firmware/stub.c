/* SPDX-License-Identifier: BSD-2-Clause */
/* A systemd-stub: does with its image and its DeviceHandle what src/boot/stub.c of systemd 257 does (and others from 252 on, by
 * its own mark), and notes what comes of it. It knows nothing of lib/: it decodes, sorts and composes by itself. */
#include "../unit/oracle_stubline.h"
#include "inside.h"

#define NAMES_MAX 160u

struct stub {
        struct machine *m;
        struct image *image;
        EFI_FILE_PROTOCOL *root;
        struct oracle_line line, texts; /* texts: of addons, not yet joined */
        unsigned text_version;          /* a stub that is not systemd's: as if it were a new one */
        char uname[256];
};

struct names {
        size_t n;
        CHAR16 name[NAMES_MAX][256];
};

static void ignore(struct stub *s, const char *what, const char *name) {
        size_t at = strlen(s->m->child.ignored);

        snprintf(s->m->child.ignored + at, sizeof(s->m->child.ignored) - at, "%s %s; ", what, name);
}

/* ---- Text, as each version decodes and joins it: test/unit/oracle_stubline.h ---- */

static void add_text(struct stub *s, struct span text) {
        static struct oracle_line part;

        oracle_decode(text.p, text.n, &part);
        if (s->m->child.version >= 257)
                oracle_mangle(257, &part);
        oracle_append(&s->texts, &part);
}

static void end_of_texts(struct stub *s) {
        oracle_mangle(s->text_version, &s->texts);
        if (s->texts.n > 0)
                oracle_append(&s->line, &s->texts);
        s->texts.n = 0;
}

static void from_smbios(struct stub *s, const char *text) {
        static struct oracle_line part;

        oracle_decode((const uint8_t *) text, strlen(text), &part);
        oracle_append_smbios(s->text_version, &s->line, &part);
}

/* ---- Folders ---- */

static CHAR16 folded(CHAR16 c) {
        return c >= 'A' && c <= 'Z' ? (CHAR16) (c + 32) : c;
}

static bool is_addon_name(const CHAR16 *name) {
        static const CHAR16 suffix[] = L".addon.efi";
        size_t n = 0;

        for (; name[n]; n++)
                if (name[n] > 0x7f)
                        return false;
        if (name[0] == '.' || n < 10 || n > 255)
                return false;
        for (size_t i = 0; i < 10; i++)
                if (folded(name[n - 10 + i]) != suffix[i])
                        return false;
        return true;
}

static int compare(const CHAR16 *a, const CHAR16 *b) {
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return (int) *a - (int) *b;
}

static void insert(struct names *names, const CHAR16 *name) {
        size_t at = names->n++;

        for (; at > 0 && compare(name, names->name[at - 1]) < 0; at--)
                memcpy(names->name[at], names->name[at - 1], sizeof(names->name[at]));
        memset(names->name[at], 0, sizeof(names->name[at]));
        for (size_t i = 0; i < 255 && name[i]; i++)
                names->name[at][i] = name[i];
}

union file_info {
        EFI_FILE_INFO info;
        uint8_t bytes[sizeof(EFI_FILE_INFO) + 600];
};

static bool list(EFI_FILE_PROTOCOL *folder, struct names *names) {
        EFI_GUID guid = EFI_FILE_INFO_ID;
        union file_info u;
        UINTN size = sizeof(u);

        if (folder->GetInfo(folder, &guid, &size, &u) != EFI_SUCCESS || !(u.info.Attribute & EFI_FILE_DIRECTORY))
                return false;
        for (;;) {
                size = sizeof(u);
                if (folder->Read(folder, &size, &u) != EFI_SUCCESS)
                        return false;
                if (size == 0)
                        return true;
                if (!(u.info.Attribute & EFI_FILE_DIRECTORY) && is_addon_name(u.info.FileName) && names->n < NAMES_MAX)
                        insert(names, u.info.FileName);
        }
}

uint8_t *root_read(EFI_FILE_PROTOCOL *root, const CHAR16 *path, size_t *ret_n) {
        EFI_GUID guid = EFI_FILE_INFO_ID;
        union file_info u;
        UINTN size = sizeof(u);
        EFI_FILE_PROTOCOL *file;
        uint8_t *bytes = NULL;

        if (root->Open(root, &file, (CHAR16 *) (uintptr_t) path, EFI_FILE_MODE_READ, 0) != EFI_SUCCESS)
                return NULL;
        if (file->GetInfo(file, &guid, &size, &u) == EFI_SUCCESS && !(u.info.Attribute & EFI_FILE_DIRECTORY) &&
            u.info.FileSize < 512u << 20) {
                size = (UINTN) u.info.FileSize;
                bytes = malloc(size + 1);
                if (!bytes || file->Read(file, &size, bytes) != EFI_SUCCESS || size != u.info.FileSize) {
                        free(bytes);
                        bytes = NULL;
                }
                *ret_n = size;
        }
        (void) file->Close(file);
        return bytes;
}

/* ---- Addons ---- */

static bool wrong_uname(const struct stub *s, const struct image *addon) {
        struct span own;

        return s->uname[0] && find_section(addon->memory, (size_t) addon->loaded.ImageSize, ".uname", &own) &&
               strncmp(s->uname, (const char *) own.p, own.n) != 0;
}

static void take(struct stub *s, const char *path, uint8_t *bytes, size_t n) {
        struct seen_addon *seen = &s->m->child.addons[s->m->child.n_addons++];
        struct image *image;
        struct span text;

        *seen = (struct seen_addon) { .bytes = bytes, .n = n };
        snprintf(seen->path, sizeof(seen->path), "%s", path);
        if (image_load(s->m, s->image->handle, NULL, (struct span) { bytes, n }, &image) != EFI_SUCCESS ||
            wrong_uname(s, image)) {
                ignore(s, "addon", path);
                s->m->child.n_addons--;
                free(bytes);
        } else if (find_section(image->memory, (size_t) image->loaded.ImageSize, ".cmdline", &text))
                add_text(s, text);
        if (image)
                image_unload(s->m, image);
}

static void load_addons(struct stub *s, const char *dir) {
        CHAR16 wide_path[600];
        char path[600], name[256];
        struct names *names = calloc(1, sizeof(*names));
        EFI_FILE_PROTOCOL *folder;
        EFI_STATUS status;
        bool ok;

        wide(dir, wide_path, 600);
        status = s->root->Open(s->root, &folder, wide_path, EFI_FILE_MODE_READ, 0);
        ok = status == EFI_SUCCESS && list(folder, names);
        if (status == EFI_SUCCESS)
                (void) folder->Close(folder);
        if (!ok && status != EFI_NOT_FOUND)
                ignore(s, "folder", dir);
        for (size_t i = 0; ok && i < names->n; i++) {
                size_t n = 0;
                uint8_t *bytes;

                narrow(names->name[i], name, sizeof(name));
                snprintf(path, sizeof(path), "%s\\%s", dir, name);
                wide(path, wide_path, 600);
                bytes = root_read(s->root, wide_path, &n);
                if (bytes)
                        take(s, path, bytes, n);
                else
                        ignore(s, "addon", path);
        }
        free(names);
}

/* Behind a `+`: digits, perhaps a `-` and digits, then a dot or the end. */
static size_t counter_length(const char *p) {
        size_t n = 1, digits = strspn(p + 1, "0123456789");

        n += digits;
        if (digits > 0 && p[n] == '-') {
                size_t more = strspn(p + n + 1, "0123456789");

                n = more > 0 ? n + 1 + more : 0;
        }
        return digits > 0 && n > 0 && (p[n] == '.' || p[n] == 0) ? n : 0;
}

/* Of the whole path only the first plus is looked at, as by the real stubs (test/qemu/journeys/test_places.py). */
static void extra_dir(const char *path, char *ret, size_t cap) {
        const char *plus = strchr(path, '+');
        size_t n = plus ? counter_length(plus) : 0;

        if (n > 0)
                snprintf(ret, cap, "%.*s%s.extra.d", (int) (plus - path), path, plus + n);
        else
                snprintf(ret, cap, "%s.extra.d", path);
}

/* ---- Its life ---- */

static unsigned version_of(const struct image *image) {
        static const char mark[] = "LoaderInfo: systemd-stub ";
        struct span text;

        if (!find_section(image->memory, (size_t) image->loaded.ImageSize, ".sdmagic", &text))
                return 0;
        for (size_t i = 0; i + sizeof(mark) <= text.n; i++)
                if (memcmp(text.p + i, mark, sizeof(mark) - 1) == 0)
                        return (unsigned) strtoul((const char *) text.p + i + sizeof(mark) - 1, NULL, 10);
        return 0;
}

/* Options replace the line where Secure Boot is off or the image has none. */
static void base_line(struct stub *s) {
        const EFI_LOADED_IMAGE *l = &s->image->loaded;
        char *options = s->m->child.options;
        struct span text;
        bool own = find_section(s->image->memory, (size_t) l->ImageSize, ".cmdline", &text);

        if (l->LoadOptions && l->LoadOptionsSize >= 2)
                narrow(l->LoadOptions, options, sizeof(s->m->child.options));
        if (options[0] == '@')
                options = strchr(options, ' ') ? strchr(options, ' ') + 1 : options + strlen(options);
        if (*options && (!s->m->secure_boot || !own))
                text = span_of(options);
        else if (!own)
                return;
        oracle_decode(text.p, text.n, &s->line);
        oracle_mangle(s->text_version, &s->line);
}

static void addons(struct stub *s) {
        static const EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
        EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs = handle_get(s->m, s->image->loaded.DeviceHandle, &fs_guid);
        char dir[400];

        if (!fs || fs->OpenVolume(fs, &s->root) != EFI_SUCCESS) {
                ignore(s, "volume", "");
                return;
        }
        if (s->m->visit)
                s->m->visit(s->m, s->root);
        load_addons(s, "\\loader\\addons");
        if (s->m->child.version == 254)
                end_of_texts(s);
        extra_dir(s->image->name, dir, sizeof(dir));
        load_addons(s, dir);
        end_of_texts(s);
        (void) s->root->Close(s->root);
}

void stub_runs(struct machine *m, struct image *image) {
        static struct stub s;
        const char *extra = "io.systemd.stub.kernel-cmdline-extra=";
        struct span uname;

        s.m = m;
        s.image = image;
        s.line.n = s.texts.n = 0;
        s.line.there = false;
        s.uname[0] = 0;
        child_begins(m, CHILD_STUB, image);
        m->child.version = version_of(image);
        s.text_version = m->child.version ? m->child.version : 257;
        if (find_section(image->memory, (size_t) image->loaded.ImageSize, ".uname", &uname))
                snprintf(s.uname, sizeof(s.uname), "%.*s", (int) uname.n, (const char *) uname.p);
        base_line(&s);
        if (m->child.version >= 254)
                addons(&s);
        if (m->child.version >= 254 && !m->confidential && m->smbios && strncmp(m->smbios, extra, strlen(extra)) == 0)
                from_smbios(&s, m->smbios + strlen(extra));
        (void) oracle_kernel(&s.line, false, (uint8_t *) m->child.line);
        if (s.line.n == 0) /* it gives its kernel no options, which then has what the loader left there */
                narrow(m->in->inherited, m->child.line, sizeof(m->child.line));
}
