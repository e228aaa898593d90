/* SPDX-License-Identifier: BSD-2-Clause */
/* Device paths, each in memory that ends where it ends: firmware's are not trusted to. */
#include "inside.h"

#include "devpath.h"

#define END    0x7f, 0xff, 4, 0
#define DISK   2, 1, 12, 0, 0xd0, 0x41, 3, 10, 0, 0, 0, 0
#define OTHER  2, 1, 12, 0, 0xd0, 0x41, 3, 10, 1, 0, 0, 0
#define BLOCKS 0, 8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0
#define GUID   0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
/* Partition 1, from block 2048, without the type of its signature; and with it. */
#define CUT(type, subtype, length)                  type, subtype, length, 0, 1, 0, 0, 0, BLOCKS, GUID, 2
#define PARTITION(type, subtype, length, signature) CUT(type, subtype, length), signature
#define GPT                                         PARTITION(4, 1, 42, 2)

/* A path of these bytes; the test frees it. */
#define PATH(...) path_of((const uint8_t[]) { __VA_ARGS__ }, sizeof((const uint8_t[]) { __VA_ARGS__ }))

static EFI_DEVICE_PATH *path_of(const uint8_t *bytes, size_t n) {
        void *copy = malloc(n);

        assert_non_null(copy);
        return memcpy(copy, bytes, n);
}

static struct machine *running(void) {
        struct machine *m = machine_new();

        machine_start(m);
        return m;
}

static void has_size(EFI_DEVICE_PATH *path, size_t n) {
        assert_int_equal(devpath_size(path), n);
        free(path);
}

static void a_path_ends_at_its_end_or_where_a_node_makes_no_sense(void **state) {
        uint8_t endless[4096 + 4];

        (void) state;
        assert_int_equal(devpath_size(NULL), 0);
        has_size(PATH(END), 0);
        has_size(PATH(DISK, END), 12);
        has_size(PATH(DISK, GPT, END), 54);
        has_size(PATH(DISK, 0xff, 0xff, 4, 0), 12); /* as EFI 1.02 had the end */
        has_size(PATH(DISK, 1, 4, 3, 0, 1, 4, 4, 0, END), 12);
        has_size(PATH(DISK, 1, 4, 0, 0), 12);
        for (size_t i = 0; i < sizeof(endless); i += 4)
                memcpy(endless + i, (const uint8_t[]) { 1, 4, 4, 0 }, 4);
        has_size(path_of(endless, sizeof(endless)), 0);
        memcpy(endless + 4096, (const uint8_t[]) { END }, 4);
        has_size(path_of(endless, sizeof(endless)), 4096);
}

static void has_guid(EFI_DEVICE_PATH *path, bool has) {
        uint8_t guid[16] = { 0xee };

        assert_int_equal(devpath_partition_guid(path, guid), has);
        if (has)
                assert_memory_equal(guid, ((const uint8_t[]) { GUID }), 16);
        else
                assert_int_equal(guid[0], 0xee);
        free(path);
}

static void a_partition_is_a_whole_node_of_a_disk_with_a_guid(void **state) {
        (void) state;
        has_guid(PATH(DISK, GPT, END), true);
        has_guid(PATH(GPT, END), true);
        has_guid(PATH(DISK, PARTITION(4, 1, 43, 2), 0, END), true);
        has_guid(PATH(DISK, PARTITION(4, 1, 42, 1), END), false); /* of an MBR */
        has_guid(PATH(DISK, CUT(4, 1, 41), DISK, END), false);    /* the next node begins with a 2 */
        has_guid(PATH(DISK, PARTITION(3, 1, 42, 2), END), false);
        has_guid(PATH(DISK, PARTITION(4, 2, 42, 2), END), false); /* a CD */
        has_guid(PATH(DISK, END), false);
}

static void are_of_one_disk(EFI_DEVICE_PATH *a, EFI_DEVICE_PATH *b, bool same) {
        assert_int_equal(devpath_same_disk(a, b), same);
        assert_int_equal(devpath_same_disk(b, a), same);
        free(a);
        free(b);
}

static void two_partitions_are_of_one_disk_if_the_disk_before_them_is(void **state) {
        (void) state;
        are_of_one_disk(PATH(DISK, GPT, END), PATH(DISK, PARTITION(4, 1, 42, 1), END), true);
        are_of_one_disk(PATH(DISK, GPT, END), PATH(OTHER, GPT, END), false);
        are_of_one_disk(PATH(DISK, GPT, END), PATH(DISK, DISK, GPT, END), false);
        are_of_one_disk(PATH(DISK, GPT, END), PATH(DISK, END), false);
        are_of_one_disk(PATH(GPT, END), PATH(DISK, END), false);
        are_of_one_disk(PATH(DISK, END), PATH(DISK, END), false);
}

static void disk_is(EFI_DEVICE_PATH *partition, const uint8_t *bytes, size_t n) {
        EFI_DEVICE_PATH *disk = devpath_disk(partition);

        assert_int_equal(disk != NULL, bytes != NULL);
        if (disk)
                assert_memory_equal(disk, bytes, n);
        fw_free(disk);
        free(partition);
}

static void the_disk_under_a_partition_is_what_stands_before_it(void **state) {
        struct machine *m = running();

        (void) state;
        disk_is(PATH(DISK, GPT, END), (const uint8_t[]) { DISK, END }, 16);
        disk_is(PATH(GPT, END), (const uint8_t[]) { END }, 4);
        disk_is(PATH(DISK, END), NULL, 0);
        machine_free(m);
}

static void a_file_is_one_node_of_its_name_behind_the_volume(void **state) {
        static const uint8_t whole[] = { DISK, 4, 4, 12, 0, '\\', 0, 'a', 0, 0xfc, 0, 0, 0, END };
        struct machine *m = running();
        EFI_DEVICE_PATH *base = PATH(DISK, END), *path = devpath_file(base, "\\a\xc3\xbc");
        char *name = malloc(40001);

        (void) state;
        assert_non_null(path);
        assert_memory_equal(path, whole, sizeof(whole));
        fw_free(path);
        assert_null(devpath_file(base, "\\a\xff"));
        /* A node has at most 65535 bytes: four of its head, two a character and two of the NUL. */
        assert_non_null(name);
        memset(name, 'x', 40000);
        name[32764] = 0;
        path = devpath_file(base, name);
        assert_int_equal(devpath_size(path), 0); /* further than any walk goes */
        assert_int_equal(path->Length[0], 12);
        fw_free(path);
        name[32764] = 'x';
        name[32765] = 0;
        assert_null(devpath_file(base, name));
        free(name);
        free(base);
        machine_free(m);
}

static void is_file(EFI_DEVICE_PATH *path, const char *file, bool is) {
        assert_int_equal(devpath_is_file(path, file), is);
        free(path);
}

static void a_path_of_one_file_has_its_text_to_the_last_byte(void **state) {
        (void) state;
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\a", true);
        is_file(PATH(4, 4, 10, 0, 0xac, 0x20, 'a', 0, 0, 0, END),
                "\xe2\x82\xac"
                "a",
                true);
        is_file(PATH(4, 4, 6, 0, 0, 0, END), "", true);
        assert_false(devpath_is_file(NULL, "\\a"));
        is_file(PATH(END), "\\a", false);
        is_file(PATH(3, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 3, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, DISK, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, 4, 4, 6, 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'b', 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 1, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\aa", false);
        is_file(PATH(4, 4, 8, 0, '\\', 0, 'a', 0, END), "\\a", false);
        is_file(PATH(4, 4, 12, 0, '\\', 0, 'a', 0, 0, 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 11, 0, '\\', 0, 'a', 0, 0, 0, 0, END), "\\a", false);
        is_file(PATH(4, 4, 10, 0, '\\', 0, 'a', 0, 0, 0, END), "\\\xff", false);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_path_ends_at_its_end_or_where_a_node_makes_no_sense),
                T(a_partition_is_a_whole_node_of_a_disk_with_a_guid),
                T(two_partitions_are_of_one_disk_if_the_disk_before_them_is),
                T(the_disk_under_a_partition_is_what_stands_before_it),
                T(a_file_is_one_node_of_its_name_behind_the_volume),
                T(a_path_of_one_file_has_its_text_to_the_last_byte),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
