/* SPDX-License-Identifier: BSD-2-Clause */
/* XBOOTLDR: the partition of that type on the very disk that ukiload came from, or none. */
#include "inside.h"

#include "volume.h"

static const EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID,
                      block_guid = EFI_BLOCK_IO_PROTOCOL_GUID;

/* A machine that came up with an XBOOTLDR, and a clone of its disk in front of it. */
static struct machine *cloned(void) {
        struct machine *m = machine_new();

        m->xbootldr = m->other_disk = true;
        machine_start(m);
        memset(m->calls, 0, sizeof(m->calls));
        m->in->watching = false;
        return m;
}

static struct disk_of *disk(struct machine *m) {
        return &m->in->disks[0];
}

/* What is found from a volume: its handle, or NULL. */
static struct handle *found_from(struct machine *m, unsigned volume) {
        struct volume own, found = { 0 };

        assert_true(volume_open(m->in->volumes[volume].handle, &own));
        if (volume_open_xbootldr(&own, &found)) {
                assert_true(found.xbootldr);
                assert_string_equal(volume_name(&found), "XBOOTLDR");
                volume_close(&found);
        }
        volume_close(&own);
        assert_int_equal(m->in->n_files, 0);
        assert_int_equal(m->in->n_blocks, 0);
        return found.handle;
}

/* ... from the ESP. The machine is gone. */
static void is_found(struct machine *m, bool found) {
        assert_ptr_equal(found_from(m, ESP), found ? m->in->volumes[XBOOTLDR].handle : NULL);
        machine_free(m);
}

/* Moves the newest handle to the front of what firmware lists. */
static void to_front(struct machine *m) {
        struct handle *h = m->in->handles[m->in->n_handles - 1];

        memmove(m->in->handles + 1, m->in->handles, (m->in->n_handles - 1) * sizeof(h));
        m->in->handles[0] = h;
}

/* Another partition of the same disk with a file system, before and behind the one that is looked for. */
static uint8_t *add_partition(struct machine *m, unsigned like) {
        struct handle *h = handle_new(m);
        uint8_t *path = keep_memory(m, sizeof(m->in->volumes[like].path));

        memcpy(path, m->in->volumes[like].path, sizeof(m->in->volumes[like].path));
        handle_add(h, &path_guid, path);
        handle_add(h, &fs_guid, &m->in->volumes[like].fs);
        return path;
}

static void it_is_found_among_partitions_of_other_disks_and_other_guids(void **state) {
        struct machine *m = cloned();
        uint8_t *path;

        (void) state;
        path = add_partition(m, XBOOTLDR);
        path[18 + 24] ^= 1; /* its GUID; the node begins at 18 */
        to_front(m);
        path = add_partition(m, XBOOTLDR);
        path[18 + 24] ^= 2;
        assert_ptr_equal(found_from(m, ESP), m->in->volumes[XBOOTLDR].handle);
        path = add_partition(m, XBOOTLDR);
        path[18 + 41] = 1; /* of an MBR: what stands there is no GUID */
        to_front(m);
        is_found(m, true);
}

static void what_ukiload_came_from_is_not_looked_at_twice(void **state) {
        struct machine *m = cloned();

        (void) state;
        assert_null(found_from(m, XBOOTLDR));
        machine_free(m);
}

static void a_volume_that_does_not_open_is_passed_over(void **state) {
        struct machine *m = cloned();

        (void) state;
        machine_fault(m, CALL_OPEN_VOLUME, 3, ALWAYS, EFI_DEVICE_ERROR); /* of the clone: it is not even opened */
        is_found(m, true);
        m = cloned();
        machine_fault(m, CALL_OPEN_VOLUME, 2, ALWAYS, EFI_DEVICE_ERROR); /* the first is the ESP's */
        is_found(m, false);
        m = cloned();
        machine_fault(m, CALL_LOCATE_HANDLES, 1, 1, EFI_OUT_OF_RESOURCES);
        is_found(m, false);
}

/* One whose table names no such partition any more, or is none any more, after it was found once. */
static void a_table_that_does_not_name_it_or_is_damaged_has_none(void **state) {
        static const struct {
                unsigned block, byte;
        } damages[] = { { 1, 0 }, { 1, 72 }, { 1, 80 }, { 2, 128 }, { 2, 144 }, { 2, 500 } };

        (void) state;
        for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
                struct machine *m = cloned();

                assert_non_null(found_from(m, ESP));
                disk(m)->blocks[damages[i].block][damages[i].byte] ^= 1;
                is_found(m, false);
        }
}

static void a_disk_of_blocks_that_no_table_has_is_not_read(void **state) {
        static const UINT32 sizes[] = { 0, 1, 256, 511, 65537, 131072, 0xffffffff };

        (void) state;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct machine *m = cloned();

                disk(m)->media.BlockSize = sizes[i];
                assert_null(found_from(m, ESP));
                assert_int_equal(m->calls[CALL_READ_BLOCKS], 0);
                machine_free(m);
        }
}

static EFI_STATUS EFIAPI read_with_an_error(EFI_BLOCK_IO_PROTOCOL *this, UINT32 media, EFI_LBA lba, UINTN n, VOID *buffer) {
        struct disk_of *d = (void *) this;

        (void) media;
        memcpy(buffer, d->blocks[lba], n);
        return lba == (EFI_LBA) d->media.LastBlock ? EFI_CRC_ERROR : EFI_SUCCESS;
}

static void what_is_read_with_an_error_is_not_read(void **state) {
        (void) state;
        for (EFI_LBA bad = 1; bad <= 3; bad++) {
                struct machine *m = cloned();

                assert_non_null(found_from(m, ESP));
                disk(m)->io.ReadBlocks = read_with_an_error;
                disk(m)->media.LastBlock = bad; /* the header, the entries, none that is read */
                is_found(m, bad == 3);
        }
        for (unsigned nth = 1; nth <= 4; nth++) { /* the path of the disk, the header, the entries, the handles */
                struct machine *m = cloned();

                assert_non_null(found_from(m, ESP));
                memset(m->calls, 0, sizeof(m->calls));
                machine_fault(m, CALL_ALLOCATE_POOL, nth, nth, EFI_OUT_OF_RESOURCES);
                is_found(m, false);
        }
}

static void a_device_may_want_any_alignment_in_reason(void **state) {
        static const struct {
                UINT32 align;
                bool reads;
        } rows[] = { { 0, true }, { 1, true }, { 2, true }, { 65536, true }, { 1u << 20, true }, { 1u << 21, false } };

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = cloned();

                disk(m)->media.IoAlign = rows[i].align;
                is_found(m, rows[i].reads);
        }
}

/* What firmware knows nearest to it is not the disk. */
static void only_the_disk_itself_has_the_table(void **state) {
        static uint8_t controller[16];
        struct machine *m = cloned();
        struct handle *h;

        (void) state;
        memcpy(controller, disk(m)->path, 12);
        memcpy(controller + 12, (const uint8_t[]) { 0x7f, 0xff, 4, 0 }, 4);
        for (size_t i = 0; i < m->in->n_handles; i++)
                if (handle_get(m, m->in->handles[i], &block_guid) == &disk(m)->io)
                        handle_remove(m, m->in->handles[i]);
        assert_null(found_from(m, ESP));
        h = handle_new(m);
        handle_add(h, &path_guid, controller);
        handle_add(h, &block_guid, &disk(m)->io);
        is_found(m, false);
}

static void a_volume_that_is_no_partition_has_none_beside_it(void **state) {
        struct machine *m = cloned();

        (void) state;
        memcpy(m->in->volumes[ESP].path + 18, (const uint8_t[]) { 0x7f, 0xff, 4, 0 }, 4);
        is_found(m, false);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(it_is_found_among_partitions_of_other_disks_and_other_guids),
                T(what_ukiload_came_from_is_not_looked_at_twice),
                T(a_volume_that_does_not_open_is_passed_over),
                T(a_table_that_does_not_name_it_or_is_damaged_has_none),
                T(a_disk_of_blocks_that_no_table_has_is_not_read),
                T(what_is_read_with_an_error_is_not_read),
                T(a_device_may_want_any_alignment_in_reason),
                T(only_the_disk_itself_has_the_table),
                T(a_volume_that_is_no_partition_has_none_beside_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
