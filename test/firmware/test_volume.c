/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume asked by itself: what there is, what there is not, and what cannot be told. */
#include "inside.h"

#include "volume.h"

#define FILE_A "\\a.txt"
#define FOLDER "\\folder"

static struct volume v;

/* A machine with a file of ten bytes and a folder, and its ESP as v; no call is counted. */
static struct machine *opened(void) {
        struct machine *m = machine_new();

        machine_file(m, ESP, FILE_A, span_of("0123456789"));
        machine_folder(m, ESP, FOLDER);
        machine_start(m);
        m->in->watching = false;
        assert_true(volume_open(m->in->volumes[ESP].handle, &v));
        memset(m->calls, 0, sizeof(m->calls));
        return m;
}

static struct machine *failing(enum call call, unsigned nth, EFI_STATUS status) {
        struct machine *m = opened();

        machine_fault(m, call, nth, 0, status);
        return m;
}

static struct machine *lying(enum call call, enum lie lie) {
        struct machine *m = opened();

        machine_lie(m, call, NULL, 1, ALWAYS, lie);
        return m;
}

/* Nothing stays open but the volume itself, and no memory is kept. */
static void over(struct machine *m) {
        m->n_faults = 0;
        assert_int_equal(m->in->n_files, 1);
        volume_close(&v);
        volume_close(&v);
        assert_int_equal(m->in->n_files, 0);
        assert_int_equal(m->in->n_blocks, 0);
        assert_string_equal(m->misuse, "");
        machine_free(m);
}

static void a_volume_has_files_and_a_path(void **state) {
        static const EFI_GUID fs_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
        struct machine *m = opened();
        struct handle *h = handle_new(m);
        struct volume other;

        (void) state;
        handle_add(h, &fs_guid, &m->in->volumes[ESP].fs);
        assert_false(volume_open(h, &other));
        handle_add(h, &path_guid, m->in->volumes[ESP].path);
        assert_true(volume_open(h, &other));
        assert_string_equal(volume_name(&other), "the ESP");
        volume_close(&other);
        machine_fault(m, CALL_OPEN_VOLUME, 1, ALWAYS, EFI_MEDIA_CHANGED);
        assert_false(volume_open(h, &other));
        assert_false(volume_open(m->in->volumes[XBOOTLDR].handle, &other)); /* there is none */
        over(m);
}

/* words: of the clause; NULL: it is read. */
static void reads(struct machine *m, const char *path, size_t max, const char *words) {
        struct volume_file file = { 0 };
        char why[256];
        struct text text = TEXT_IN(why);
        bool ok = volume_read(&v, path, max, &file, &text);

        if (ok != !words || (words && strcmp(why, words) != 0))
                fail_msg("\"%s\" is not \"%s\"", why, words ? words : "read");
        if (ok)
                assert_true(span_eq_str(file.bytes, "0123456789"));
        else
                assert_null(file.bytes.p);
        volume_file_free(&file);
        over(m);
}

static void a_file_is_read_whole_or_refused_with_the_cause(void **state) {
        struct machine *m = opened();

        (void) state;
        reads(m, FILE_A, 10, NULL);
        reads(opened(), "\\A.TXT", 11, NULL);
        reads(opened(), "\\b.txt", 10, "does not exist on the ESP");
        reads(opened(), "\\b\xff", 10, "does not exist on the ESP");
        reads(failing(CALL_OPEN, 1, EFI_DEVICE_ERROR), FILE_A, 10, "cannot be opened on the ESP (device error)");
        reads(failing(CALL_ALLOCATE_POOL, 1, EFI_OUT_OF_RESOURCES), FILE_A, 10,
              "has no readable name and size (out of memory or space)");
        reads(failing(CALL_GET_INFO, 1, EFI_NO_MEDIA), FILE_A, 10, "has no readable name and size (no medium)");
        reads(opened(), FOLDER, 10, "is a folder");
        reads(lying(CALL_GET_INFO, LIE_NAME), FILE_A, 10,
              "is not a file's own name, but the short name of another one, \"other.efi\": ask for it by that one");
        reads(failing(CALL_ALLOCATE_POOL, 2, EFI_OUT_OF_RESOURCES), FILE_A, 10, "does not fit into memory");
        reads(failing(CALL_READ, 1, EFI_CRC_ERROR), FILE_A, 10, "could not be read to its end (checksum error)");
        reads(lying(CALL_READ, LIE_ZERO), FILE_A, 10, "could not be read to its end (file system damaged)");
        reads(lying(CALL_READ, LIE_LARGER), FILE_A, 10, "could not be read to its end (file system damaged)");
        reads(lying(CALL_READ, LIE_HALF), FILE_A, 10, "could not be read to its end (file system damaged)"); /* 5, 2, 1, 1, 0 */
        m = opened();
        machine_find(m, ESP, FILE_A)->name[0] = 0x1f;
        machine_alias(machine_find(m, ESP, "\\\x1f.txt"), "A.TXT");
        reads(m, FILE_A, 10, DISK_NAME_FAULT);
}

static void gives_part(struct machine *m, const char *path, uint64_t off, size_t n, const char *bytes) {
        uint8_t to[16];
        size_t got = 99;

        assert_int_equal(volume_read_part(&v, path, off, to, n, &got), bytes != NULL);
        assert_int_equal(got, bytes ? strlen(bytes) : 99);
        if (bytes)
                assert_memory_equal(to, bytes, got);
        over(m);
}

static void a_part_is_as_much_as_there_is(void **state) {
        struct machine *m;

        (void) state;
        gives_part(opened(), FILE_A, 0, 4, "0123");
        gives_part(opened(), FILE_A, 7, 16, "789");
        gives_part(opened(), FILE_A, 10, 16, "");
        gives_part(opened(), "\\b.txt", 0, 4, NULL);
        gives_part(failing(CALL_SET_POSITION, 1, EFI_DEVICE_ERROR), FILE_A, 4, 4, NULL);
        gives_part(failing(CALL_READ, 1, EFI_DEVICE_ERROR), FILE_A, 4, 4, NULL);
        gives_part(lying(CALL_READ, LIE_LARGER), FILE_A, 4, 4, NULL);
        m = opened();
        machine_lie(m, CALL_READ, NULL, 1, 1, LIE_HALF);
        gives_part(m, FILE_A, 4, 4, "4567"); /* in pieces */
}

static void has_size(struct machine *m, const char *path, uint64_t size) {
        uint64_t got = 99;

        assert_int_equal(volume_file_size(&v, path, &got), size != 99);
        assert_int_equal(got, size);
        over(m);
}

static void only_a_file_that_can_tell_it_has_a_size(void **state) {
        (void) state;
        has_size(opened(), FILE_A, 10);
        has_size(opened(), FOLDER, 99);
        has_size(opened(), "\\b.txt", 99);
        has_size(failing(CALL_ALLOCATE_POOL, 1, EFI_OUT_OF_RESOURCES), FILE_A, 99);
        has_size(failing(CALL_GET_INFO, 1, EFI_DEVICE_ERROR), FILE_A, 99);
}

static void what_opens_is_there(void **state) {
        struct machine *m = opened();

        (void) state;
        assert_true(volume_exists(&v, FILE_A) && volume_exists(&v, FOLDER) && volume_writable(&v, FILE_A));
        assert_false(volume_exists(&v, "\\b.txt") || volume_writable(&v, "\\b.txt"));
        over(m);
}

static unsigned n_listed;
static char listed[256];

static bool note(void *arg, const char *name, bool usable) {
        strncat(listed, name, sizeof(listed) - strlen(listed) - 1);
        strncat(listed, usable ? ";" : "!", 2);
        return ++n_listed < *(const unsigned *) arg;
}

static void lists(struct machine *m, const char *dir, unsigned most, enum disk_listing result, const char *names,
                  const char *words) {
        char why[256];
        struct text text = TEXT_IN(why);

        n_listed = 0;
        listed[0] = 0;
        assert_int_equal(volume_list(&v, dir, note, &most, &text), result);
        assert_string_equal(listed, names);
        assert_string_equal(why, words);
        over(m);
}

static struct machine *filled(void) {
        struct machine *m = opened();

        machine_file(m, ESP, FOLDER "\\a", span_of("1"));
        machine_folder(m, ESP, FOLDER "\\deeper");
        machine_file(m, ESP, FOLDER "\\b", span_of("2"));
        machine_find(m, ESP, FOLDER "\\b")->name[0] = 7;
        return m;
}

static struct machine *filled_failing(enum call call, unsigned nth, EFI_STATUS status) {
        struct machine *m = filled();

        machine_fault(m, call, nth, 0, status);
        return m;
}

#define REPAIR "): repair its file system, or remove it"

static void a_folder_is_listed_to_its_end_or_its_fault_is_told(void **state) {
        struct machine *m;

        (void) state;
        lists(filled(), FOLDER, 9, DISK_LISTED, "a;\\u0007!", "");
        lists(filled(), FOLDER, 1, DISK_LISTED, "a;", "");
        lists(filled(), "\\none", 9, DISK_NO_FOLDER, "", "");
        lists(filled_failing(CALL_OPEN, 1, EFI_INVALID_PARAMETER), FOLDER, 9, DISK_NO_FOLDER, "", "");
        lists(filled_failing(CALL_OPEN, 1, EFI_CRC_ERROR), FOLDER, 9, DISK_UNREAD, "", "cannot be read (checksum error" REPAIR);
        lists(filled_failing(CALL_ALLOCATE_POOL, 1, EFI_OUT_OF_RESOURCES), FOLDER, 9, DISK_UNREAD, "",
              "cannot be read (out of memory or space" REPAIR);
        lists(filled_failing(CALL_GET_INFO, 1, EFI_NO_MEDIA), FOLDER, 9, DISK_UNREAD, "", "cannot be read (no medium" REPAIR);
        lists(filled_failing(CALL_READ, 4, EFI_DEVICE_ERROR), FOLDER, 9, DISK_UNREAD, "a;",
              "cannot be read to its end (device error" REPAIR); /* behind `.`, `..` and a */
        lists(filled(), FILE_A, 9, DISK_UNREAD, "", DISK_NOT_FOLDER);
        m = filled();
        machine_lie(m, CALL_GET_INFO, NULL, 1, 1, LIE_NAME);
        lists(m, FOLDER, 9, DISK_UNREAD, "",
              "is not a folder's own name, but the short name of another one, \"other.efi\": give that one another name");
        m = filled();
        machine_find(m, ESP, FOLDER)->name[0] = 7;
        machine_alias(machine_find(m, ESP, "\\\x07older"), "FOLDER");
        lists(m, FOLDER, 9, DISK_UNREAD, "",
              "is not a folder's own name, but the short name of another one: give that one another name");
        m = filled();
        machine_find(m, ESP, FOLDER "\\a")->parent->endless = true;
        machine_remove(m, ESP, FOLDER "\\\x07");
        machine_remove(m, ESP, FOLDER "\\deeper");
        lists(m, FOLDER, 9, DISK_UNREAD, "a;", DISK_ENDLESS);
}

/* A folder whose one entry has any size that firmware likes. */
static UINTN entry_size;

static EFI_STATUS EFIAPI odd_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, VOID *buffer) {
        EFI_FILE_INFO *info = buffer;

        (void) this;
        (void) type;
        assert_true(*size >= VOLUME_INFO_BYTES);
        info->Attribute = EFI_FILE_DIRECTORY;
        memcpy(info->FileName, L"odd", 8);
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI odd_read(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *buffer) {
        (void) this;
        assert_true(*size >= VOLUME_INFO_BYTES);
        if (entry_size > 0)
                memcpy(((EFI_FILE_INFO *) buffer)->FileName, L"a", 4);
        *size = entry_size;
        entry_size = entry_size % 2 ? entry_size : 0; /* of an odd size there is no end */
        return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI odd_close(EFI_FILE_PROTOCOL *this) {
        (void) this;
        return EFI_SUCCESS;
}

static EFI_FILE_PROTOCOL odd_folder = { .Close = odd_close, .GetInfo = odd_info, .Read = odd_read };

static EFI_STATUS EFIAPI odd_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *path, UINT64 mode,
                                  UINT64 attributes) {
        (void) this;
        (void) path;
        (void) mode;
        (void) attributes;
        *ret = &odd_folder;
        return EFI_SUCCESS;
}

static void an_entry_that_cannot_hold_a_name_is_damage(void **state) {
        static const UINTN least = SIZE_OF_EFI_FILE_INFO + sizeof(CHAR16), most = VOLUME_INFO_BYTES;
        const struct {
                UINTN size;
                bool good;
        } rows[] = { { least, true }, { most, true }, { 1, false }, { least - 1, false }, { most + 1, false } };
        char why[256];

        (void) state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct machine *m = opened();
                EFI_FILE_PROTOCOL odd_root = { .Open = odd_open };
                struct volume odd = { .root = &odd_root };
                struct text text = TEXT_IN(why);
                unsigned most_names = 3;

                n_listed = 0;
                entry_size = rows[i].size;
                assert_int_equal(volume_list(&odd, "\\odd", note, &most_names, &text), rows[i].good ? DISK_LISTED : DISK_UNREAD);
                assert_int_equal(n_listed, rows[i].good);
                assert_string_equal(why, rows[i].good ? "" : "cannot be read to its end (file system damaged" REPAIR);
                over(m);
        }
}

static EFI_STATUS renames(struct machine *m, const char *path, const char *new_name, bool done) {
        EFI_STATUS status = volume_rename(&v, path, new_name);

        assert_int_equal(machine_find(m, ESP, FILE_A) == NULL, done);
        over(m);
        return status;
}

static void a_file_is_renamed_and_that_is_on_the_disk_or_an_error(void **state) {
        (void) state;
        assert_int_equal(renames(opened(), FILE_A, "b.txt", true), EFI_SUCCESS);
        assert_int_equal(renames(opened(), "\\b.txt", "c.txt", false), EFI_NOT_FOUND);
        assert_int_equal(renames(opened(), FILE_A, "b\xff", false), EFI_INVALID_PARAMETER);
        assert_int_equal(renames(failing(CALL_OPEN, 1, EFI_WRITE_PROTECTED), FILE_A, "b.txt", false), EFI_WRITE_PROTECTED);
        assert_int_equal(renames(failing(CALL_ALLOCATE_POOL, 1, EFI_ABORTED), FILE_A, "b.txt", false), EFI_OUT_OF_RESOURCES);
        assert_int_equal(renames(failing(CALL_GET_INFO, 1, EFI_DEVICE_ERROR), FILE_A, "b.txt", false), EFI_DEVICE_ERROR);
        assert_int_equal(renames(failing(CALL_SET_INFO, 1, EFI_ACCESS_DENIED), FILE_A, "b.txt", false), EFI_ACCESS_DENIED);
        assert_int_equal(renames(failing(CALL_FLUSH, 1, EFI_VOLUME_FULL), FILE_A, "b.txt", true), EFI_VOLUME_FULL);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(a_volume_has_files_and_a_path),
                T(a_file_is_read_whole_or_refused_with_the_cause),
                T(a_part_is_as_much_as_there_is),
                T(only_a_file_that_can_tell_it_has_a_size),
                T(what_opens_is_there),
                T(a_folder_is_listed_to_its_end_or_its_fault_is_told),
                T(an_entry_that_cannot_hold_a_name_is_damage),
                T(a_file_is_renamed_and_that_is_on_the_disk_or_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
