/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/bootentry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arch.h"
#include "host/bootorder.h"
#include "host/devicepath.h"
#include "host/esp.h"
#include "host/nvram.h"
#include "host/utf16.h"
#include "loadopt.h"

static void name_of(uint16_t number, char ret[9]) {
        snprintf(ret, 9, "Boot%04X", number);
}

static bool parse_number(const char *name, uint16_t *ret) {
        if (strncmp(name, "Boot", 4) != 0 || strlen(name) != 9 + 36 || name[8] != '-' || strcmp(name + 9, GUID_GLOBAL) != 0)
                return false;
        for (int i = 4; i < 8; i++)
                if (!isxdigit((unsigned char) name[i]) || islower((unsigned char) name[i]))
                        return false;
        *ret = (uint16_t) strtoul(name + 4, NULL, 16);
        return true;
}

static void read_file_node(const_efidp node, struct text *file) {
        ssize_t size = efidp_node_size(node);

        if (size < (ssize_t) sizeof(efidp_header))
                return;
        struct span name = { (const uint8_t *) node + sizeof(efidp_header), (size_t) size - sizeof(efidp_header) };
        char buf[PLAN_PATH_MAX];
        struct text t = TEXT_IN(buf);
        /* Several file nodes are one path, cut anywhere at a separator. */
        if (!utf16_read(name, &t))
                return;
        if (file->len > 0 && file->p[file->len - 1] != '\\' && buf[0] != '\\')
                text_char(file, '\\');
        text_str(file, file->len > 0 && file->p[file->len - 1] == '\\' && buf[0] == '\\' ? buf + 1 : buf);
}

static void read_partition_node(const_efidp node, char ret[37]) {
        efidp_hd hd;

        if (efidp_node_size(node) < (ssize_t) sizeof(hd))
                return;
        memcpy(&hd, node, sizeof(hd));
        if (hd.signature_type != EFIDP_HD_SIGNATURE_GUID)
                return;
        const uint8_t *s = hd.signature;
        snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", s[3], s[2], s[1], s[0], s[5],
                 s[4], s[7], s[6], s[8], s[9], s[10], s[11], s[12], s[13], s[14], s[15]);
}

static void read_path(const_efidp path, struct boot_entry *entry) {
        struct text file = TEXT_IN(entry->file);

        for (const_efidp node = path; node && efidp_type(node) != EFIDP_END_TYPE;) {
                if (efidp_type(node) == EFIDP_MEDIA_TYPE && efidp_subtype(node) == EFIDP_MEDIA_HD)
                        read_partition_node(node, entry->partition);
                if (efidp_type(node) == EFIDP_MEDIA_TYPE && efidp_subtype(node) == EFIDP_MEDIA_FILE)
                        read_file_node(node, &file);
                if (efidp_next_node(node, &node) <= 0)
                        break;
        }
        if (file.cut)
                entry->file[0] = '\0';
}

static bool names(const struct boot_entry *entry, const char *image) {
        size_t n = strlen(image);
        struct span options = span_of(entry->options);

        return span_eq_nocase(span_of(entry->file), span_of(image)) ||
               (span_eq_nocase(span_between(options, 0, n), span_of(image)) && (options.n == n || options.p[n] == ' '));
}

/* libefiboot reads on behind a path without an end. */
static bool is_load_option(struct span raw) {
        struct span paths, ignored;

        return loadopt_open(raw, &paths, &ignored) && loadopt_next_path(&paths);
}

static bool parse_entry(struct span raw, struct boot_entry *entry) {
        efi_load_option *opt = (efi_load_option *) (uintptr_t) raw.p;

        if (raw.n > 65536 || !is_load_option(raw) || !efi_loadopt_is_valid(opt, raw.n))
                return false;
        ssize_t limit = (ssize_t) raw.n;
        efidp path = efi_loadopt_path(opt, limit);
        uint16_t path_len = efi_loadopt_pathlen(opt, limit);
        if (!path || !efidp_is_valid(path, path_len))
                return false;
        entry->active = (efi_loadopt_attrs(opt) & 1) != 0;
        const unsigned char *title = efi_loadopt_desc(opt, limit);
        snprintf(entry->title, sizeof(entry->title), "%s", title ? (const char *) title : "");
        read_path(path, entry);
        unsigned char *data = NULL;
        size_t n = 0;
        if (efi_loadopt_optional_data(opt, raw.n, &data, &n) == 0 && data && n > 0) {
                struct text options = TEXT_IN(entry->options);

                entry->options_bytes = n;
                if (!utf16_read((struct span) { data, n }, &options))
                        entry->options[0] = '\0';
        }
        return true;
}

bool boot_entry_is_on(const struct host *h, const struct boot_entry *entry) {
        bool is = strcasecmp(h->esp_uuid[0], entry->partition) == 0;

        for (size_t i = 1; i < ESP_MEMBERS_MAX && !is && h->esp_uuid[i][0]; i++)
                is = strcasecmp(h->esp_uuid[i], entry->partition) == 0;
        return is;
}

/* What names ukiload's image is ours only if it names it on this ESP: another disk may have a system with a ukiload of its own.
 * On a plain folder neither has a partition. */
static void judge_owner(const struct host *h, struct boot_entry *entry) {
        entry->image = names(entry, IMAGE_FILE) ? IMAGE_FILE : names(entry, OLD_IMAGE_FILE) ? OLD_IMAGE_FILE : NULL;
        bool named = strcmp(entry->title, BOOTENTRY_TITLE) == 0 && entry->image;
        bool comparable = h->esp_uuid[0][0] || h->alien;

        entry->ours = named && comparable && boot_entry_is_on(h, entry);
        entry->alike = named && !entry->ours;
}

static void add_entry(const struct host *h, uint16_t number, struct boot_entries *all) {
        char name[9], buf[64];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        snprintf(name, sizeof(name), "Boot%04X", number);
        if (efivar_read(h->efivars, name, GUID_GLOBAL, &b, &ignored) != EFIVAR_READ)
                return;
        struct boot_entry *v = realloc(all->v, (all->n + 1) * sizeof(*v));
        if (!v) {
                fputs("ukictl: out of memory\n", stderr);
                exit(1);
        }
        all->v = v;
        memset(&v[all->n], 0, sizeof(*v));
        v[all->n].number = number;
        if (parse_entry(bytes_span(&b), &v[all->n]))
                judge_owner(h, &v[all->n++]);
        bytes_free(&b);
}

bool boot_entries_read(const struct host *h, struct boot_entries *ret, struct text *why) {
        struct names names;
        struct boot_entries all = { NULL, 0 };

        if (!names_read(h->efivars, &names, why))
                return false;
        uint16_t number;
        for (size_t i = 0; i < names.n; i++)
                if (parse_number(names.v[i], &number))
                        add_entry(h, number, &all);
        names_free(&names);
        *ret = all;
        return true;
}

const struct boot_entry *boot_entry_find(const struct boot_entries *all, uint16_t number) {
        for (size_t i = 0; i < all->n; i++)
                if (all->v[i].number == number)
                        return &all->v[i];
        return NULL;
}

const struct boot_entry *boot_entry_ours(const struct boot_entries *all) {
        for (size_t i = 0; i < all->n; i++)
                if (all->v[i].ours)
                        return &all->v[i];
        return NULL;
}

void boot_entry_say_alike(const struct host *h, const struct boot_entry *entry, struct text *ret) {
        char name[9];

        name_of(entry->number, name);
        text_cat(ret, name, " has ukiload's title and file", NULL);
        if (!h->esp_uuid[0][0] && !h->alien)
                text_str(
                        ret,
                        ", but whether it leads to this ESP cannot be seen: the ESP has to be mounted, of a GPT disk, and it takes root or udev");
        else
                text_cat(ret, entry->partition[0] ? ", but leads to partition " : ", but leads to no partition", entry->partition,
                         ", not to this ESP", h->esp_uuid[0][0] ? ", which is " : "", h->esp_uuid[0], NULL);
}

bool boot_entry_through_shim(const struct boot_entry *entry) {
        return !span_eq_nocase(span_of(entry->file), span_of(entry->image));
}

bool boot_number(const struct host *h, const char *name, uint16_t *ret) {
        char buf[256];
        struct text ignored = TEXT_IN(buf);
        struct bytes b;

        if (efivar_read(h->efivars, name, GUID_GLOBAL, &b, &ignored) != EFIVAR_READ)
                return false;
        bool ok = b.n == 2 && span_u16(bytes_span(&b), 0, ret);
        bytes_free(&b);
        return ok;
}

enum exit_code boot_entry_write(const struct host *h, uint16_t number, struct span data, struct text *why) {
        char name[9];

        name_of(number, name);
        return nvram_set(h, name, GUID_GLOBAL, NVRAM_NV_BS_RT, data, why);
}

enum exit_code boot_entry_delete(const struct host *h, uint16_t number, struct text *why) {
        char name[9];

        name_of(number, name);
        return nvram_delete(h, name, GUID_GLOBAL, why);
}

static bool variable_exists(const struct host *h, uint16_t number) {
        char name[9], buf[256];
        struct text ignored = TEXT_IN(buf);
        struct nvram_var v;

        name_of(number, name);
        enum efivar_state state = nvram_get(h, name, GUID_GLOBAL, &v, &ignored);
        if (state == EFIVAR_READ)
                bytes_free(&v.data);
        return state != EFIVAR_ABSENT;
}

uint16_t boot_entry_free_number(const struct host *h, const struct boot_entries *all, uint16_t least) {
        uint16_t next = 0, current = 0;
        bool has_next = boot_number(h, "BootNext", &next), has_current = boot_number(h, "BootCurrent", &current);

        for (uint16_t i = least; i < 0xffff; i++)
                if (!boot_entry_find(all, i) && !variable_exists(h, i) && !boot_order_has(h, i) && !(has_next && next == i) &&
                    !(has_current && current == i))
                        return i;
        return 0xffff;
}
