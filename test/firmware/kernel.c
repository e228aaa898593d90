/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux kernel with an EFI stub: notes its LoadOptions, and fetches the initrd by LoadFile2. */
#include "../unit/oracle_stubline.h"
#include "inside.h"

static struct load_file2 *initrd_source(struct machine *m) {
        static const EFI_GUID guid = LOAD_FILE2_GUID;
        static const VENDOR_DEVICE_PATH node = { { 4, 3, { sizeof(node), 0 } }, LINUX_INITRD_MEDIA_GUID };
        uint8_t path[sizeof(node) + 4] = { 0 };
        const EFI_DEVICE_PATH *rest = (const void *) path;

        memcpy(path, &node, sizeof(node));
        memcpy(path + sizeof(node), "\x7f\xff\x04", 4);
        return handle_get(m, handle_nearest(m, &guid, &rest), &guid);
}

static void fetch_initrd(struct machine *m) {
        struct load_file2 *source = initrd_source(m);
        UINTN size = 0;

        if (!source || source->load_file(source, NULL, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL)
                return;
        m->child.initrd = malloc(size + 1);
        if (m->child.initrd && source->load_file(source, NULL, FALSE, &size, m->child.initrd) == EFI_SUCCESS)
                m->child.initrd_n = size;
}

void kernel_runs(struct machine *m, struct image *image) {
        static struct oracle_line line;
        const CHAR16 *options = image->loaded.LoadOptions;

        child_begins(m, CHILD_KERNEL, image);
        line.n = 0;
        for (size_t i = 0; options && i < image->loaded.LoadOptionsSize / sizeof(CHAR16) && options[i] && i < ORACLE_CHARS; i++)
                line.c[line.n++] = options[i];
        (void) oracle_kernel(&line, false, (uint8_t *) m->child.line);
        fetch_initrd(m);
}

static void copy_variable(const struct machine *m, const char *name, char *ret, size_t cap) {
        struct span value;

        ret[0] = 0;
        if (!machine_get(m, name, &ukiload_vendor, &value, NULL))
                return;
        if (value.n > cap - 1)
                value.n = cap - 1;
        memcpy(ret, value.p, value.n);
        ret[value.n] = 0;
}

void child_begins(struct machine *m, enum child_kind kind, const struct image *image) {
        child_free(m);
        m->child.kind = kind;
        snprintf(m->child.path, sizeof(m->child.path), "%s", image->name);
        copy_variable(m, "UkiloadStatus", m->child.status, sizeof(m->child.status));
        copy_variable(m, "UkiloadLast", m->child.last, sizeof(m->child.last));
        m->child.armed = machine_armed(m);
        for (const struct image *i = m->in->images; i; i = i->next)
                m->child.n_loaded++;
        if (!trust_restored(m))
                misuse("the Security2 protocol is still overridden when something is started", "");
}

void child_free(struct machine *m) {
        for (size_t i = 0; i < m->child.n_addons; i++)
                free(m->child.addons[i].bytes);
        free(m->child.initrd);
        memset(&m->child, 0, sizeof(m->child));
}
