/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay as a file system: its paths and its folders, on a volume that changes and lies. Its files: test_overlay_files.c. */
#include <string.h>

#include "inside.h"
#include "look.h"

#define UKI   "\\EFI\\Linux\\a.efi"
#define OWN   UKI ".extra.d"
#define GLOB  "\\loader\\addons"
#define WRITE (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)

static EFI_STATUS read_entry(EFI_FILE_PROTOCOL *folder, UINTN *size, char name[256]) {
        EFI_STATUS status;

        *size = sizeof(look_info);
        memset(&look_info, 0, sizeof(look_info));
        status = folder->Read(folder, size, &look_info);
        narrow(look_info.info.FileName, name, 256);
        return status;
}

/* Names, each with a blank in front. */
static void lists(EFI_FILE_PROTOCOL *folder, const char *expected) {
        char name[256], all[512] = "";
        UINTN size;

        for (;;) {
                assert_int_equal(read_entry(folder, &size, name), EFI_SUCCESS);
                if (size == 0)
                        break;
                strcat(strcat(all, " "), name);
        }
        assert_string_equal(all, expected);
}

static void is_folder_with(const char *path, const char *called, const char *expected) {
        EFI_FILE_PROTOCOL *folder = look_open_for(path, EFI_FILE_MODE_READ);
        UINTN size = sizeof(look_info);
        char name[256];

        assert_int_equal(folder->GetInfo(folder, &look_info_guid, &size, &look_info), EFI_SUCCESS);
        assert_true(look_info.info.Attribute & EFI_FILE_DIRECTORY);
        narrow(look_info.info.FileName, name, sizeof(name));
        assert_string_equal(name, called);
        lists(folder, expected);
        (void) folder->Close(folder);
}

/* ---- Paths ---- */

static void look_by_dots(struct machine *m) {
        static const char *const good[] = {
                GLOB "\\q.addon.efi",
                "loader/addons/q.addon.efi",
                "\\.\\loader\\.\\addons\\.\\q.addon.efi",
                "\\EFI\\..\\loader\\addons\\q.addon.efi",
                "\\none\\..\\\\loader\\\\ADDONS\\x\\..\\Q.addon.efi",
                ".\\EFI\\Linux\\..\\..\\loader\\addons\\q.addon.efi",
        };
        static const char *const bad[] = { "..",
                                           "\\..",
                                           "\\..\\loader\\addons\\q.addon.efi",
                                           "\\EFI\\..\\..\\loader",
                                           "\\loader\\addons\\...\\q.addon.efi",
                                           "\\loader\\addons\\x\\.y\\q.addon.efi",
                                           "\\loader\\addons\\x\\..y\\q.addon.efi",
                                           "\\loader\\addons\\.x\\q.addon.efi",
                                           "\\loader\\addons\\xy\\q.addon.efi",
                                           "\\loader\\addons\\x\\y.\\q.addon.efi",
                                           "\\loader\\addons\\x\\q.addon.efi" };
        EFI_FILE_PROTOCOL *file;

        (void) m;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                file = look_open_for(good[i], EFI_FILE_MODE_READ);
                (void) file->Close(file);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                if (look_open(bad[i], EFI_FILE_MODE_READ, &file) != EFI_NOT_FOUND)
                        fail_msg("%s opens", bad[i]);
}

static void a_path_with_dots_leads_to_what_is_served_and_never_above_the_root(void **state) {
        (void) state;
        look_start(look_by_dots);
}

/* 600 characters, with the NUL. */
static void look_by_long_paths(struct machine *m) {
        char path[700];
        EFI_FILE_PROTOCOL *file;

        (void) m;
        for (size_t n = 590; n < 640; n++) {
                memset(path, 'x', n);
                path[0] = '\\';
                path[n] = 0;
                assert_int_equal(look_open(path, EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
                path[n - 300] = '\\'; /* one character too many may be in the first part, the last, or the last but one */
                assert_int_equal(look_open(path, EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
        }
}

static void a_path_that_is_too_long_leads_nowhere(void **state) {
        (void) state;
        look_start(look_by_long_paths);
}

/* ---- Folders of the volume ---- */

static void look_at_a_folder_of_the_volume(struct machine *m) {
        (void) m;
        is_folder_with("\\more", "more", " . .. file");
}

static void an_addon_in_any_folder_of_the_volume_is_not_listed(void **state) {
        (void) state;
        look_start(look_at_a_folder_of_the_volume);
}

static UINTN says_size;

static EFI_STATUS EFIAPI read_says(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *buffer) {
        (void) this;
        memset(buffer, 0, *size);
        *size = says_size;
        return EFI_SUCCESS;
}

static void look_at_entries_of_a_wrong_size(struct machine *m) {
        static const UINTN sizes[] = { 1, SIZE_OF_EFI_FILE_INFO, SIZE_OF_EFI_FILE_INFO + 1, sizeof(look_info) + 1, 100000 };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                EFI_FILE_PROTOCOL *folder = look_open_for("\\more", EFI_FILE_MODE_READ);
                UINTN size;
                char name[256];

                says_size = sizes[i];
                look_under(m)->Read = read_says;
                assert_int_equal(read_entry(folder, &size, name), EFI_VOLUME_CORRUPTED);
                assert_int_equal(size, 0);
                (void) folder->Close(folder);
                folder = look_open_for(OWN, EFI_FILE_MODE_READ);
                look_under(m)->Read = read_says;
                lists(folder, " level.addon.efi"); /* and an end */
                (void) folder->Close(folder);
        }
}

static void an_entry_that_is_no_entry_ends_a_folder(void **state) {
        (void) state;
        look_start(look_at_entries_of_a_wrong_size);
}

static EFI_STATUS EFIAPI position_is_anywhere(EFI_FILE_PROTOCOL *this, UINT64 at) {
        (void) this;
        (void) at;
        return EFI_SUCCESS;
}

static void look_from_the_beginning(struct machine *m) {
        EFI_FILE_PROTOCOL *folder = look_open_for("\\more", EFI_FILE_MODE_READ);
        EFI_STATUS(EFIAPI * as_it_was)(EFI_FILE_PROTOCOL * this, UINT64 at) = look_under(m)->SetPosition;

        lists(folder, " . .. file");
        assert_int_equal(folder->SetPosition(folder, 0), EFI_SUCCESS);
        lists(folder, " . .. file");
        look_under(m)->SetPosition = position_is_anywhere;
        assert_int_equal(folder->SetPosition(folder, 3), EFI_UNSUPPORTED);
        look_under(m)->SetPosition = as_it_was;
        machine_fault(m, CALL_SET_POSITION, 1, ALWAYS, EFI_DEVICE_ERROR);
        assert_int_equal(folder->SetPosition(folder, 0), EFI_DEVICE_ERROR);
        (void) folder->Close(folder);
        folder = look_open_for(GLOB, EFI_FILE_MODE_READ); /* ours does not depend on the volume's */
        lists(folder, " q.addon.efi . ..");
        assert_int_equal(folder->SetPosition(folder, 0), EFI_SUCCESS);
        lists(folder, " q.addon.efi");
        (void) folder->Close(folder);
}

static void a_folder_can_be_listed_again_and_an_error_of_the_volume_is_its_own(void **state) {
        (void) state;
        look_start(look_from_the_beginning);
}

static void look_where_info_fails(struct machine *m) {
        struct fault *f = machine_fault(m, CALL_GET_INFO, 1, ALWAYS, EFI_DEVICE_ERROR);
        EFI_FILE_PROTOCOL *file;

        f->only = "file";
        assert_int_equal(look_open("\\more\\file", EFI_FILE_MODE_READ, &file), EFI_NOT_FOUND);
}

static void what_cannot_say_what_it_is_does_not_open(void **state) {
        (void) state;
        look_start(look_where_info_fails);
}

/* ---- Folders of ours ---- */

static void look_above_ours(struct machine *m) {
        static const uint8_t zeros[300];
        EFI_FILE_PROTOCOL *file;

        machine_remove(m, ESP, "\\loader");
        is_folder_with("\\loader", "loader", "");
        is_folder_with(GLOB, "addons", " q.addon.efi");
        file = look_open_for(GLOB, EFI_FILE_MODE_READ);
        lists(file, " q.addon.efi");
        assert_int_equal(file->SetPosition(file, 0), EFI_SUCCESS);
        lists(file, " q.addon.efi");
        (void) file->Close(file);
        assert_int_equal(look_open("\\loader", WRITE, &file), EFI_NOT_FOUND);
        machine_file(m, ESP, "\\loader", (struct span) { zeros, sizeof(zeros) });
        is_folder_with("\\loader", "loader", "");
        machine_remove(m, ESP, "\\loader");
        machine_folder(m, ESP, "\\x.addon.efi");
        machine_alias(machine_find(m, ESP, "\\x.addon.efi"), "loader");
        is_folder_with("\\loader", "loader", "");
        machine_remove(m, ESP, OWN);
        machine_file(m, ESP, OWN, (struct span) { zeros, sizeof(zeros) });
        is_folder_with(OWN, "a.efi.extra.d", " level.addon.efi");
}

static void a_folder_above_ours_opens_whatever_the_volume_has_there(void **state) {
        (void) state;
        look_start(look_above_ours);
}

static void look_into_no_buffer(struct machine *m) {
        static const char *const folders[] = { GLOB, OWN };
        EFI_FILE_PROTOCOL *file;
        UINTN size;
        char name[256];

        (void) m;
        for (size_t i = 0; i < 2; i++) {
                file = look_open_for(folders[i], EFI_FILE_MODE_READ);
                for (unsigned entry = 0; entry < 3; entry++) { /* ours, and two dots of the volume's */
                        size = 1000;
                        assert_int_equal(file->Read(file, &size, NULL), EFI_BUFFER_TOO_SMALL);
                        assert_true(size >= SIZE_OF_EFI_FILE_INFO + 2 * sizeof(CHAR16));
                        assert_int_equal(read_entry(file, &size, name), EFI_SUCCESS);
                }
                (void) file->Close(file);
        }
}

static void a_read_into_no_buffer_says_what_it_takes(void **state) {
        (void) state;
        look_start(look_into_no_buffer);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_path_with_dots_leads_to_what_is_served_and_never_above_the_root),
                cmocka_unit_test(a_path_that_is_too_long_leads_nowhere),
                cmocka_unit_test(an_addon_in_any_folder_of_the_volume_is_not_listed),
                cmocka_unit_test(an_entry_that_is_no_entry_ends_a_folder),
                cmocka_unit_test(a_folder_can_be_listed_again_and_an_error_of_the_volume_is_its_own),
                cmocka_unit_test(what_cannot_say_what_it_is_does_not_open),
                cmocka_unit_test(a_folder_above_ours_opens_whatever_the_volume_has_there),
                cmocka_unit_test(a_read_into_no_buffer_says_what_it_takes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
