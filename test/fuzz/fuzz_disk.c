/* SPDX-License-Identifier: BSD-2-Clause */
/* The walk over volumes: trees of any names, with folders that break off, files that cannot be read or lie about their size,
 * and a tree that changes between two looks. Of a tree that keeps still, what is found is what a plain walk over all its files
 * finds, in order; of one that does not, no limit is passed and all memory is given back. */
#include <stdio.h>

#include "../unit/disk_in_memory.h"
#include "candidates.h"
#include "gather.h"
#include "must.h"
#include "pe_write.h"
#include "sidecars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OWN_DIR "\\EFI\\Linux\\a.efi.extra.d"

struct input {
        const uint8_t *p;
        size_t n;
};

static unsigned take(struct input *in, unsigned below) {
        unsigned value = in->n > 0 ? in->p[0] : 0;

        if (in->n > 0) {
                in->p++;
                in->n--;
        }
        return value % below;
}

/* ---- The tree ---- */

static struct mem_disk volumes[2];
static unsigned calls, change_at; /* change_at 0: it keeps still */
static struct mem_file *changes;

static struct span image(unsigned version) {
        static uint8_t images[4][4096];
        static size_t sizes[4];
        char osrel[64];
        struct pe_write_section s[2] = { { .name = ".linux", .data = { (const uint8_t *) "kernel", 6 } }, { .name = ".osrel" } };

        if (sizes[version] == 0) {
                snprintf(osrel, sizeof(osrel), "ID=x\nVERSION_ID=%u\n", version);
                s[1].data = span_of(osrel);
                MUST(pe_write(ARCH_NATIVE, s, version == 3 ? 1 : 2, images[version], sizeof(images[version]), &sizes[version]));
        }
        return (struct span) { images[version], sizes[version] };
}

static void put_name(struct input *in, char *path, size_t cap) {
        static const char *const stems[] = { "a", "A", "b", "k2", "k10", "k+3", "k+0-1", ".h", "\xc3\xa4", "a b", "~q", "" };
        static const char *const tails[] = { ".efi", ".EFI", ".addon.efi", ".Addon.efi", ".cred", ".raw", ".confext.raw",
                                             ".bak", "" };
        size_t at = strlen(path);

        snprintf(path + at, cap - at, "\\%s", stems[take(in, 12)]);
        if (take(in, 16) == 0)
                for (unsigned n = take(in, 250); n > 0 && strlen(path) + 1 < cap; n--)
                        strcat(path, "n");
        at = strlen(path);
        snprintf(path + at, cap - at, "%s", tails[take(in, 9)]);
}

static void put_file(struct input *in, struct mem_disk *m) {
        static const char *const dirs[] = {
                DIR_IMAGES, DIR_ADDONS, DIR_POOL, DIR_CREDENTIALS, DIR_EXTENSIONS, OWN_DIR, "\\EFI\\Linux\\a+3.efi.extra.d",
                "\\loader"
        };
        char path[600];
        struct mem_file *f;
        unsigned how;

        snprintf(path, sizeof(path), "%s", dirs[take(in, 8)]);
        put_name(in, path, sizeof(path));
        if (mem_find(m, path))
                return;
        f = mem_add(m, path, take(in, 3) ? image(take(in, 4)) : span_of("bytes of no image"));
        how = take(in, 16);
        f->shut = how == 1;
        f->bad_name = how == 2;
        f->torn = how == 3;
        f->size = how == 4 ? 0 : how == 5 ? (uint64_t) 1 << 33 : f->size;
}

static void put_many(struct input *in, struct mem_disk *m) {
        static const char *const forms[] = { DIR_ADDONS "\\%03u.addon.efi", DIR_IMAGES "\\%03u.efi", OWN_DIR "\\%03u.cred" };
        const char *form = forms[take(in, 3)];
        char path[64];

        for (unsigned n = 60 + take(in, 220); n > 0; n--) {
                snprintf(path, sizeof(path), form, n);
                mem_add(m, path, image(n % 4));
        }
}

static void make_volume(struct input *in, struct mem_disk *m) {
        static const char *const folders[] = {
                NULL, NULL, NULL, DIR_IMAGES, DIR_ADDONS, OWN_DIR, DIR_CREDENTIALS, DIR_EXTENSIONS
        };
        unsigned most = take(in, 48);

        mem_begin(m);
        m->unread = folders[take(in, 8)];
        m->unread_after = take(in, 8);
        m->no_memory = take(in, 32) == 1;
        if (take(in, 6) == 1)
                put_many(in, m);
        while (in->n > 0 && most-- > 0)
                put_file(in, m);
}

/* ---- A tree that changes ---- */

static void look(void) {
        if (++calls != change_at || !changes)
                return;
        changes->shut = !changes->shut;
        changes->size = changes->size / 2 + 3;
        changes->bytes.n /= 2;
}

static enum disk_listing list(void *arg, const char *dir, disk_each each, void *each_arg, struct text *why) {
        look();
        return mem_list(arg, dir, each, each_arg, why);
}

static bool size_of(void *arg, const char *path, uint64_t *ret) {
        look();
        return mem_size(arg, path, ret);
}

static bool part(void *arg, const char *path, uint64_t off, uint8_t *to, size_t n, size_t *ret_n) {
        look();
        return mem_part(arg, path, off, to, n, ret_n);
}

static bool read_whole(void *arg, const char *path, size_t max, struct span *ret, struct text *why) {
        look();
        return mem_read(arg, path, max, ret, why);
}

/* ---- The plain walk ---- */

struct entry {
        const struct mem_file *file; /* NULL: a folder that cannot be read */
        unsigned origin;
        const char *base;
};

static struct entry entries[MEM_FILES + 2];
static size_t n_entries;

static bool tail_is(const char *name, const char *tail) {
        size_t n = strlen(name), m = strlen(tail);

        for (size_t i = 0; i < m; i++)
                if (n < m || ((name[n - m + i] ^ tail[i]) & ~(tail[i] >= 'a' && tail[i] <= 'z' ? 0x20 : 0)) != 0)
                        return false;
        return true;
}

static bool plain(const char *name) {
        for (size_t i = 0; name[i]; i++)
                if ((unsigned char) name[i] > 0x7e || i > 254)
                        return false;
        return name[0] != '.' && name[0] != 0;
}

static bool is_addon(const char *name) {
        return plain(name) && tail_is(name, ".addon.efi");
}

/* Those of a folder that take() takes, and the folder itself if it breaks off. */
static void collect(const struct mem_disk *m, const char *dir, unsigned origin, bool (*takes)(const char *name)) {
        bool breaks = m->unread && strcmp(m->unread, dir) == 0;
        size_t given = 0;

        for (size_t i = 0; i < m->n && !(breaks && given == m->unread_after); i++) {
                const char *name = mem_name_in(&m->files[i], dir);

                given += name != NULL;
                if (name && takes(name))
                        entries[n_entries++] = (struct entry) { &m->files[i], origin, name };
        }
        if (breaks)
                entries[n_entries++] = (struct entry) { NULL, origin, strrchr(dir, '\\') + 1 };
}

static void sort_entries(void) {
        for (size_t i = 1; i < n_entries; i++)
                for (size_t j = i; j > 0; j--) {
                        struct entry a = entries[j - 1], b = entries[j];

                        if (a.origin < b.origin || (a.origin == b.origin && strcmp(a.base, b.base) <= 0))
                                break;
                        entries[j - 1] = b;
                        entries[j] = a;
                }
}

/* ---- Addons ---- */

static struct plan_addon addons[PLAN_ADDONS_MAX];

static void check_addon(const struct mem_disk *m, const struct entry *e, const struct plan_addon *a) {
        const struct mem_file *f = e->file ? mem_find((struct mem_disk *) (uintptr_t) m, e->file->path) : NULL;
        bool readable = f && !e->file->bad_name && !f->shut && f->size > 0 && f->size <= ADDON_FILE_MAX && !m->no_memory;

        MUST(a->origin == (enum plan_origin) e->origin);
        if (e->file && strlen(e->file->path) < PLAN_PATH_MAX)
                MUST(strcmp(a->path, e->file->path) == 0);
        else if (e->file)
                readable = false;
        if (readable)
                MUST(a->unread[0] == 0 && span_eq(a->file, f->bytes));
        else
                MUST((a->unread[0] != 0 || m->no_memory) && a->file.n == 0);
}

static void check_gather(struct mem_disk *m, struct input *in) {
        static const char *const starts[] = { "\\EFI\\Linux\\a.efi", "\\EFI\\Linux\\a+3.efi" };
        static struct pe pe;
        char buf[PLAN_WHY_MAX];
        struct text why = TEXT_IN(buf);
        size_t n = 0;
        bool ok;

        MUST(pe_open_file(image(0), &pe, &why));
        ok = gather_addons(&m->disk, &pe, starts[take(in, 2)], NULL, addons, &n, &why);
        MUST(n <= PLAN_ADDONS_MAX && m->most <= ADDON_FILE_MAX && m->n_read <= PLAN_ADDONS_MAX);
        n_entries = 0;
        collect(m, DIR_ADDONS, PLAN_GLOBAL, is_addon);
        collect(m, OWN_DIR, PLAN_LOCAL, is_addon);
        sort_entries();
        if (change_at == 0) {
                MUST(ok == (n_entries <= PLAN_ADDONS_MAX) && ok == (why.len == 0));
                MUST(!ok || n == n_entries);
                for (size_t i = 0; ok && i < n; i++)
                        check_addon(m, &entries[i], &addons[i]);
        }
        gather_release(&m->disk, addons, n);
        MUST(m->out == 0);
}

/* ---- Images ---- */

static bool is_image(const char *name) {
        return name[0] != '.' && tail_is(name, ".efi") && !tail_is(name, ".addon.efi");
}

/* Whether the walk can see that it has a kernel. */
static bool has_kernel(struct mem_disk *m, const struct mem_file *listed) {
        const struct mem_file *f = mem_find(m, listed->path);

        return !listed->bad_name && f && !f->shut && !f->torn && f->bytes.n > 64 && strlen(f->path) < PLAN_PATH_MAX;
}

static void check_order(const struct candidates *c) {
        for (size_t i = 1; i < c->n; i++) {
                int order = bls_compare(&c->v[i - 1]->entry, &c->v[i]->entry);

                MUST(order < 0 || (order == 0 && c->v[i - 1]->disk <= c->v[i]->disk));
        }
}

static void check_candidates(struct input *in) {
        static struct candidate rooms[CANDIDATES_MAX + 1];
        static struct candidate *order[CANDIDATES_MAX + 1];
        static struct candidates c;
        const struct disk disks[2] = { volumes[0].disk, volumes[1].disk };
        size_t seen = 0, lied = 0;

        memset(&c, 0, sizeof(c));
        for (size_t i = 0; i <= CANDIDATES_MAX; i++)
                order[i] = &rooms[i];
        c.v = order;
        c.cap = 1 + take(in, CANDIDATES_MAX);
        candidates_find(disks, 2, &c);
        MUST(c.n <= c.cap && (c.left_out == 0 || c.n == c.cap));
        check_order(&c);
        for (size_t d = 0; d < 2; d++) {
                n_entries = 0;
                collect(&volumes[d], DIR_IMAGES, 0, is_image);
                for (size_t i = 0; i < n_entries; i++)
                        if (entries[i].file && has_kernel(&volumes[d], entries[i].file)) {
                                const struct mem_file *f = mem_find(&volumes[d], entries[i].file->path);

                                seen++;
                                lied += f->size != f->bytes.n; /* a head that is larger than its file may be none */
                        }
        }
        if (change_at == 0)
                MUST(c.n + c.left_out <= seen && c.n + c.left_out + lied >= seen);
        MUST(volumes[0].n_read == 0 && volumes[1].n_read == 0);
}

/* ---- Sidecars ---- */

static uint32_t hex(const uint8_t *p) {
        uint32_t value = 0;

        for (size_t i = 0; i < 8; i++)
                value = value * 16 + (uint32_t) (p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
        return value;
}

/* The next plain file of an archive of the new ASCII format. */
static bool next_file(struct span *rest, struct span *ret_path, struct span *ret_content) {
        while (rest->n > 0) {
                uint32_t mode = hex(rest->p + 14), content_n = hex(rest->p + 54), name_n = hex(rest->p + 94);
                size_t at = (110 + name_n + 3) & ~(size_t) 3, end = at + ((content_n + 3) & ~(size_t) 3);

                MUST(rest->n >= 110 && memcmp(rest->p, "070701", 6) == 0 && end <= rest->n);
                *ret_path = (struct span) { rest->p + 110, name_n - 1 };
                *ret_content = (struct span) { rest->p + at, content_n };
                *rest = (struct span) { rest->p + end, rest->n - end };
                if (span_eq_str(*ret_path, "TRAILER!!!"))
                        return false;
                if ((mode & 0170000) == 0100000)
                        return true;
        }
        return false;
}

static bool is_credential(const char *name) {
        return plain(name) && tail_is(name, ".cred");
}

static void check_archive(struct mem_disk *m, const char *dir, struct span archive) {
        struct span path, content;

        n_entries = 0;
        collect(m, dir, 0, is_credential);
        sort_entries();
        for (size_t i = 0; i < n_entries; i++) {
                const struct mem_file *f = entries[i].file;

                if (!f || f->bad_name || f->shut || f->size > UINT32_MAX || (f->torn && f->size > 0) || f->size > f->bytes.n)
                        continue;
                MUST(next_file(&archive, &path, &content) && span_ends(path, entries[i].base) && content.n == f->size);
                MUST(content.n == 0 || memcmp(content.p, f->bytes.p, content.n) == 0);
        }
        MUST(archive.n == 0 || !next_file(&archive, &path, &content));
}

static bool is_few(struct mem_disk *m, const char *dir) {
        size_t n = 0;

        n_entries = 0;
        collect(m, dir, 0, is_credential);
        for (size_t i = 0; i < n_entries; i++) {
                const struct mem_file *f = entries[i].file;

                n += f && !f->bad_name && !f->shut && f->size <= UINT32_MAX;
        }
        return n <= SIDECARS_MAX;
}

static void check_sidecars(struct mem_disk *m) {
        static struct sidecar_file files[SIDECARS_MAX];
        static const struct uki uki = { .stub = UKI_STUB_SYSTEMD, .stub_version = STUB_MODEL };
        struct sidecars s = { .files = files, .cap = SIDECARS_MAX };
        char why_buf[PLAN_WHY_MAX], left_buf[2 * PLAN_WHY_MAX];
        struct text why = TEXT_IN(why_buf), left_out = TEXT_IN(left_buf);
        bool fit = sidecars_fit(&m->disk, "\\EFI\\Linux\\a.efi", &uki, &s, &why), ok;

        MUST(fit == (why.len == 0));
        text_clear(&why);
        ok = sidecars_make(&m->disk, "\\EFI\\Linux\\a.efi", &uki, &s, &left_out, &why);
        MUST(ok == (why.len == 0) && s.n <= SIDECARS_MAX);
        if (change_at == 0) {
                MUST(fit == (is_few(m, OWN_DIR) && is_few(m, DIR_CREDENTIALS)));
                MUST(ok ? fit : !fit || m->no_memory);
        }
        if (change_at == 0 && ok) {
                check_archive(m, OWN_DIR, s.archive[STUBROLE_CREDENTIALS]);
                check_archive(m, DIR_CREDENTIALS, s.archive[STUBROLE_GLOBAL_CREDENTIALS]);
        }
        sidecars_release(&m->disk, &s);
        MUST(m->out == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct input in = { data, size };

        calls = 0;
        change_at = take(&in, 3) == 0 ? 1 + take(&in, 255) : 0;
        make_volume(&in, &volumes[0]);
        make_volume(&in, &volumes[1]);
        changes = volumes[0].n > 0 ? &volumes[0].files[take(&in, 255) % volumes[0].n] : NULL;
        for (size_t i = 0; i < 2; i++)
                volumes[i].disk = (struct disk) { "", &volumes[i], list, size_of, part, read_whole, mem_take, mem_give };
        check_candidates(&in);
        check_gather(&volumes[0], &in);
        check_sidecars(&volumes[0]);
        return 0;
}
