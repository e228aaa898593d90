/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_FILE_PROTOCOL over the trees. */
#include "inside.h"

struct open_file {
        EFI_FILE_PROTOCOL file; /* first */
        struct node *node;
        struct node *next; /* folder: what is listed next */
        UINT64 at;
        unsigned listed;
        UINT64 mode;
        struct open_file *older, **back; /* all that are open */
};

static EFI_FILE_PROTOCOL *opened(struct node *node, UINT64 mode);

static const char *name_of(const struct node *node) {
        static char name[256];

        narrow(node->name, name, sizeof(name));
        return name;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *path, UINT64 mode,
                                   UINT64 attributes) {
        struct open_file *o = (struct open_file *) this;
        char text[600];
        const struct fault *f;
        struct node *node;

        narrow(path, text, sizeof(text));
        f = fault_at(CALL_OPEN, text);
        if (fails(f))
                return f->status;
        node = node_find(o->node, path);
        if (!node && (mode & EFI_FILE_MODE_CREATE)) /* in a folder that is there, by an absolute path: what efi/ needs */
                node = attributes & EFI_FILE_DIRECTORY ? machine_folder(the_machine, ESP, text)
                                                       : machine_file(the_machine, ESP, text, (struct span) { 0 });
        if (!node)
                return EFI_NOT_FOUND;
        if (node->open_status)
                return node->open_status;
        *ret = opened(node, mode);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_PROTOCOL *this) {
        struct open_file *o = (struct open_file *) this;

        the_machine->in->n_files--;
        *o->back = o->older;
        if (o->older)
                o->older->back = o->back;
        free(o);
        return EFI_SUCCESS;
}

void files_close(struct machine *m) {
        while (m->in->files)
                (void) file_close(&m->in->files->file);
}

static EFI_STATUS EFIAPI file_delete(EFI_FILE_PROTOCOL *this) {
        (void) file_close(this);
        return EFI_WARN_DELETE_FAILURE;
}

static EFI_STATUS info_of(const struct node *node, const CHAR16 *name, const struct fault *f, UINTN *size, VOID *buffer) {
        EFI_FILE_INFO *info = buffer;
        UINTN chars = 0, need;

        if (lies(f, LIE_NAME))
                name = L"other.efi";
        while (name[chars])
                chars++;
        need = SIZE_OF_EFI_FILE_INFO + (chars + 1) * sizeof(CHAR16);
        if (*size < need) {
                *size = need;
                return EFI_BUFFER_TOO_SMALL;
        }
        *size = need;
        memset(info, 0, need);
        info->Size = need;
        info->FileSize = node->n;
        if (lies(f, LIE_LARGER))
                info->FileSize++;
        if (lies(f, LIE_SMALLER) && info->FileSize > 0)
                info->FileSize--;
        if (lies(f, LIE_ZERO))
                info->FileSize = 0;
        info->PhysicalSize = info->FileSize;
        info->Attribute = node->folder != lies(f, LIE_FOLDER) ? EFI_FILE_DIRECTORY : EFI_FILE_ARCHIVE;
        memcpy(info->FileName, name, (chars + 1) * sizeof(CHAR16));
        return EFI_SUCCESS;
}

/* FAT lists the folder itself and the one above first. */
static EFI_STATUS read_folder(struct open_file *o, const struct fault *f, UINTN *size, VOID *buffer) {
        const CHAR16 *dots = o->listed == 0 ? L"." : L"..";
        EFI_STATUS status;

        if (o->node->list_status && o->listed >= o->node->list_good)
                return o->node->list_status;
        if (o->listed < 2 && o->node->parent) {
                status = info_of(o->node, dots, NULL, size, buffer);
        } else if (!o->next || lies(f, LIE_ZERO)) {
                *size = 0;
                return EFI_SUCCESS;
        } else {
                status = info_of(o->next, o->next->name, f, size, buffer);
                if (status == EFI_SUCCESS && (o->next->next || !o->node->endless))
                        o->next = o->next->next;
        }
        if (status == EFI_SUCCESS)
                o->listed++;
        return status;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *buffer) {
        struct open_file *o = (struct open_file *) this;
        const struct fault *f = fault_at(CALL_READ, name_of(o->node));
        const struct node *n = o->node;

        if (fails(f))
                return f->status;
        if (n->folder)
                return read_folder(o, f, size, buffer);
        if (o->at > n->n)
                return EFI_DEVICE_ERROR;
        if (*size > n->n - o->at)
                *size = n->n - o->at;
        if (n->read_status && o->at + *size > n->read_good)
                return n->read_status;
        if (lies(f, LIE_ZERO))
                *size = 0;
        if (lies(f, LIE_HALF))
                *size /= 2;
        if (*size > 0)
                memcpy(buffer, n->bytes + o->at, *size);
        if (lies(f, LIE_FLIP) && *size > 0)
                ((uint8_t *) buffer)[*size / 2] ^= 1;
        o->at += *size;
        if (the_machine->kib_per_s)
                the_machine->in->now += *size * 10000000 / 1024 / the_machine->kib_per_s;
        if (lies(f, LIE_LARGER))
                (*size)++;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *buffer) {
        struct open_file *o = (struct open_file *) this;
        const struct fault *f = fault_at(CALL_WRITE, name_of(o->node));
        struct node *n = o->node;

        if (fails(f))
                return f->status;
        if (n->folder || !(o->mode & EFI_FILE_MODE_WRITE))
                return EFI_WRITE_PROTECTED;
        if (lies(f, LIE_HALF))
                *size /= 2;
        if (o->at + *size > n->n) {
                n->bytes = realloc(n->bytes, o->at + *size);
                if (!n->bytes)
                        abort();
                n->n = o->at + *size;
        }
        memcpy(n->bytes + o->at, buffer, *size);
        o->at += *size;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_get_position(EFI_FILE_PROTOCOL *this, UINT64 *ret) {
        struct open_file *o = (struct open_file *) this;

        if (o->node->folder)
                return EFI_UNSUPPORTED;
        *ret = o->at;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_PROTOCOL *this, UINT64 at) {
        struct open_file *o = (struct open_file *) this;
        const struct fault *f = fault_at(CALL_SET_POSITION, name_of(o->node));

        if (fails(f))
                return f->status;
        if (o->node->folder && at != 0)
                return EFI_UNSUPPORTED;
        o->next = o->node->child;
        o->listed = 0;
        o->at = at == UINT64_MAX ? o->node->n : at;
        return EFI_SUCCESS;
}

static bool is_file_info(const EFI_GUID *type) {
        static const EFI_GUID guid = EFI_FILE_INFO_ID;

        return memcmp(type, &guid, sizeof(guid)) == 0;
}

static EFI_STATUS EFIAPI file_get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, VOID *buffer) {
        struct open_file *o = (struct open_file *) this;
        const struct fault *f = fault_at(CALL_GET_INFO, name_of(o->node));

        if (fails(f))
                return f->status;
        return is_file_info(type) ? info_of(o->node, o->node->name, f, size, buffer) : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, VOID *buffer) {
        struct open_file *o = (struct open_file *) this;
        const struct fault *f = fault_at(CALL_SET_INFO, name_of(o->node));
        const EFI_FILE_INFO *info = buffer;
        size_t chars = (size - SIZE_OF_EFI_FILE_INFO) / sizeof(CHAR16);

        if (fails(f))
                return f->status;
        if (!is_file_info(type) || !(o->mode & EFI_FILE_MODE_WRITE) || chars == 0 || chars > 256)
                return EFI_INVALID_PARAMETER;
        if (info->FileName[chars - 1] != 0)
                misuse("SetInfo with a name that has no end", "");
        memset(o->node->name, 0, sizeof(o->node->name));
        memcpy(o->node->name, info->FileName, (chars - 1) * sizeof(CHAR16));
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_flush(EFI_FILE_PROTOCOL *this) {
        const struct fault *f = fault_at(CALL_FLUSH, name_of(((struct open_file *) this)->node));

        return fails(f) ? f->status : EFI_SUCCESS;
}

static EFI_FILE_PROTOCOL *opened(struct node *node, UINT64 mode) {
        struct open_file *o = calloc(1, sizeof(*o));

        if (!o)
                abort();
        the_machine->in->n_files++;
        o->older = the_machine->in->files;
        if (o->older)
                o->older->back = &o->older;
        o->back = &the_machine->in->files;
        the_machine->in->files = o;
        o->file = (EFI_FILE_PROTOCOL) {
                .Revision = 0x00010000,
                .Open = file_open,
                .Close = file_close,
                .Delete = file_delete,
                .Read = file_read,
                .Write = file_write,
                .GetPosition = file_get_position,
                .SetPosition = file_set_position,
                .GetInfo = file_get_info,
                .SetInfo = file_set_info,
                .Flush = file_flush,
        };
        o->node = node;
        o->next = node->child;
        o->mode = mode;
        return &o->file;
}

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret) {
        const struct fault *f = fault_at(CALL_OPEN_VOLUME, NULL);

        if (fails(f))
                return f->status;
        *ret = opened(((struct volume_of *) this)->root, EFI_FILE_MODE_READ);
        return EFI_SUCCESS;
}

void files_service(struct volume_of *v) {
        v->fs = (EFI_SIMPLE_FILE_SYSTEM_PROTOCOL) { .Revision = 0x00010000, .OpenVolume = open_volume };
}
