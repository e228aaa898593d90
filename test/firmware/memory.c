/* SPDX-License-Identifier: BSD-2-Clause */
/* Pool memory: filled with junk, and each block accounted for. */
#include "inside.h"

static struct block *block_of(const struct machine *m, const void *p) {
        for (struct block *b = m->in->blocks; b; b = b->next)
                if (b->bytes == p)
                        return b;
        return NULL;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, VOID **ret) {
        const struct fault *f = fault_at(CALL_ALLOCATE_POOL, NULL);
        struct inside *in = the_machine->in;
        struct block *b;

        (void) type;
        if (fails(f))
                return f->status;
        if (size > ((UINTN) 512 << 20)) /* more than any test means */
                return EFI_OUT_OF_RESOURCES;
        b = large_take(sizeof(*b) + size);
        if (!b)
                abort();
        memset(b->bytes, 0xaf, size);
        *b = (struct block) { .next = in->blocks, .back = &in->blocks, .n = size };
        if (b->next)
                b->next->back = &b->next;
        in->blocks = b;
        in->n_blocks++;
        *ret = b->bytes;
        return EFI_SUCCESS;
}

static UINT64 free_pages(void) {
        return the_machine->free_pages > 0 ? the_machine->free_pages : 1u << 20;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN n, EFI_PHYSICAL_ADDRESS *ret) {
        (void) type;
        if (how != AllocateAnyPages || n > free_pages())
                return EFI_OUT_OF_RESOURCES;
        the_machine->pages_given += n;
        *ret = EFI_PAGE_SIZE;
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_given(EFI_PHYSICAL_ADDRESS at, UINTN n) {
        if (at != EFI_PAGE_SIZE || n > the_machine->pages_given) {
                misuse("FreePages of pages that are not allocated", "");
                return EFI_NOT_FOUND;
        }
        the_machine->pages_given -= n;
        return EFI_SUCCESS;
}

/* Two pieces of free memory with a used one between them, in descriptors that are longer than today's. */
static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *stride, UINT32 *version) {
        const struct fault *f = fault_at(CALL_MEMORY_MAP, NULL);
        UINT64 pages = f && f->lie == LIE_SMALLER ? 2 : free_pages();
        const EFI_MEMORY_DESCRIPTOR items[] = { { .Type = EfiConventionalMemory, .NumberOfPages = pages / 2 },
                                                { .Type = EfiBootServicesData, .NumberOfPages = 2 * pages },
                                                { .Type = EfiConventionalMemory, .NumberOfPages = pages } };
        const UINTN step = sizeof(items[0]) + 8, all = 3 * step;
        bool enough = map && *size >= all;

        if (fails(f))
                return f->status;
        *stride = f && f->lie == LIE_ZERO ? 0 : step;
        *version = 1;
        *key = 1;
        *size = f && f->lie == LIE_LARGER ? (UINTN) 1 << 40 : all;
        for (size_t i = 0; enough && i < 3; i++)
                memcpy((uint8_t *) map + i * step, &items[i], sizeof(items[i]));
        return enough ? EFI_SUCCESS : EFI_BUFFER_TOO_SMALL;
}

void let_go(struct machine *m, void *p, void *begin, size_t n) {
        if (!m->keeps_freed || m->in->gone.n == sizeof(m->in->gone.p) / sizeof(m->in->gone.p[0])) {
                large_give(p);
                return;
        }
        memset(begin, 0xaf, n);
        m->in->gone.p[m->in->gone.n++] = p;
}

static void release(struct machine *m, struct block *b) {
        struct inside *in = m->in;

        *b->back = b->next;
        if (b->next)
                b->next->back = b->back;
        if (!b->kept)
                in->n_blocks--;
        let_go(m, b, b->bytes, b->n);
}

static EFI_STATUS EFIAPI free_pool(VOID *p) {
        struct block *b = block_of(the_machine, p);

        if (!b) {
                misuse("FreePool of memory that is not allocated", "");
                return EFI_INVALID_PARAMETER;
        }
        release(the_machine, b);
        return EFI_SUCCESS;
}

bool block_keep(void *p) {
        struct block *b = block_of(the_machine, p);

        if (!b || b->kept)
                return false;
        b->kept = true;
        the_machine->in->n_blocks--;
        return true;
}

void *keep_memory(struct machine *m, size_t n) {
        struct kept_memory *k = calloc(1, sizeof(*k) + n);

        if (!k)
                abort();
        k->next = m->in->kept;
        m->in->kept = k;
        return k->bytes;
}

void memory_services(EFI_BOOT_SERVICES *bs) {
        bs->AllocatePool = allocate_pool;
        bs->FreePool = free_pool;
        bs->GetMemoryMap = get_memory_map;
        bs->AllocatePages = allocate_pages;
        bs->FreePages = free_given;
}

void memory_free(struct machine *m) {
        while (m->in->blocks)
                release(m, m->in->blocks);
        m->in->n_blocks = 0;
        while (m->in->gone.n > 0)
                large_give(m->in->gone.p[--m->in->gone.n]);
}
