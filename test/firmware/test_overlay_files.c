/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay as a file system: files, served ones and those of the volume, by every call of EFI_FILE_PROTOCOL. */
#include <string.h>

#include "inside.h"
#include "look.h"
#include "scenes.h"

#define UKI   "\\EFI\\Linux\\a.efi"
#define OWN   UKI ".extra.d"
#define GLOB  "\\loader\\addons"
#define WRITE (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE)

static void look_without_a_name(struct machine *m) {
        EFI_FILE_PROTOCOL *file;

        (void) m;
        assert_int_equal(look_root->Open(look_root, &file, NULL, EFI_FILE_MODE_READ, 0), EFI_INVALID_PARAMETER);
        assert_int_equal(look_root->Open(look_root, NULL, (CHAR16 *) (uintptr_t) L"\\EFI", EFI_FILE_MODE_READ, 0),
                         EFI_INVALID_PARAMETER);
}

static void open_without_a_name_or_a_place_for_the_file_is_an_error(void **state) {
        (void) state;
        look_start(look_without_a_name);
}

static void look_with_many_open(struct machine *m) {
        EFI_FILE_PROTOCOL *open[100], *one_more;
        size_t n = 0;

        machine_fault(m, CALL_ALLOCATE_POOL, 1, ALWAYS, EFI_OUT_OF_RESOURCES);
        while (n < 100 && look_open(GLOB "\\q.addon.efi", EFI_FILE_MODE_READ, &open[n]) == EFI_SUCCESS)
                n++;
        assert_true(n >= 4 && n < 100); /* it has a few of its own */
        assert_int_equal(look_open("\\more", EFI_FILE_MODE_READ, &one_more), EFI_OUT_OF_RESOURCES);
        for (size_t i = 1; i < n; i++)
                assert_ptr_not_equal(open[i], open[i - 1]);
        m->n_faults = 0;
        one_more = look_open_for(GLOB "\\q.addon.efi", EFI_FILE_MODE_READ);
        (void) one_more->Close(one_more);
        while (n-- > 0)
                (void) open[n]->Close(open[n]);
}

static void files_beyond_the_overlays_own_take_memory_and_give_it_back(void **state) {
        (void) state;
        look_start(look_with_many_open);
}

static void look_at_a_served_file(struct machine *m) {
        EFI_FILE_PROTOCOL *file = look_open_for(GLOB "\\q.addon.efi", EFI_FILE_MODE_READ);
        const struct node *node = machine_find(m, ESP, GLOB "\\q.addon.efi");
        EFI_GUID other = EFI_FILE_SYSTEM_INFO_ID;
        uint8_t bytes[8];
        UINTN size = sizeof(look_info);
        UINT64 at = 0;

        assert_int_equal(file->GetInfo(file, &other, &size, &look_info), EFI_UNSUPPORTED);
        assert_int_equal(file->GetInfo(file, &look_info_guid, &size, &look_info), EFI_SUCCESS);
        assert_int_equal(look_info.info.FileSize, node->n);
        assert_int_equal(file->SetPosition(file, node->n - 3), EFI_SUCCESS);
        size = sizeof(bytes);
        assert_int_equal(file->Read(file, &size, bytes), EFI_SUCCESS);
        assert_int_equal(size, 3);
        assert_memory_equal(bytes, node->bytes + node->n - 3, 3);
        assert_int_equal(file->GetPosition(file, &at), EFI_SUCCESS);
        assert_int_equal(at, node->n);
        assert_int_equal(file->Read(file, &size, bytes), EFI_SUCCESS);
        assert_int_equal(size, 0);
        assert_int_equal(file->SetPosition(file, node->n + 1), EFI_SUCCESS);
        assert_int_equal(file->Read(file, &size, bytes), EFI_DEVICE_ERROR);
        assert_int_equal(file->SetPosition(file, UINT64_MAX), EFI_SUCCESS);
        assert_int_equal(file->GetPosition(file, &at), EFI_SUCCESS);
        assert_int_equal(at, node->n);
        assert_int_equal(file->Write(file, &size, bytes), EFI_WRITE_PROTECTED);
        assert_int_equal(file->SetInfo(file, &look_info_guid, size, &look_info), EFI_WRITE_PROTECTED);
        assert_int_equal(file->Flush(file), EFI_SUCCESS);
        assert_int_equal(file->Delete(file), EFI_WARN_DELETE_FAILURE);
}

static void a_served_file_has_a_size_a_position_and_an_end(void **state) {
        (void) state;
        look_start(look_at_a_served_file);
}

static EFI_FILE_PROTOCOL *deleted;

static EFI_STATUS EFIAPI note_delete(EFI_FILE_PROTOCOL *this) {
        deleted = this;
        (void) this->Close(this);
        return EFI_SUCCESS;
}

static void look_at_a_file_of_the_volume(struct machine *m) {
        EFI_FILE_PROTOCOL *file = look_open_for("\\more\\file", WRITE), *real = look_under(m);
        UINTN size = sizeof(look_info);
        UINT64 at = 0;
        uint8_t bytes[8];

        assert_int_equal(file->GetInfo(file, &look_info_guid, &size, &look_info), EFI_SUCCESS);
        assert_int_equal(look_info.info.FileSize, 10);
        assert_false(look_info.info.Attribute & EFI_FILE_DIRECTORY);
        assert_int_equal(file->SetPosition(file, 7), EFI_SUCCESS);
        size = sizeof(bytes);
        assert_int_equal(file->Read(file, &size, bytes), EFI_SUCCESS);
        assert_int_equal(size, 3);
        assert_memory_equal(bytes, "789", 3);
        assert_int_equal(file->GetPosition(file, &at), EFI_SUCCESS);
        assert_int_equal(at, 10);
        real->Delete = note_delete;
        assert_int_equal(file->Delete(file), EFI_SUCCESS);
        assert_ptr_equal(deleted, real);
}

static void a_file_of_the_volume_is_the_volumes_by_every_call(void **state) {
        (void) state;
        look_start(look_at_a_file_of_the_volume);
}

static void look_at_positions_of_folders(struct machine *m) {
        static const char *const folders[] = { "\\", "\\more", GLOB, OWN };
        UINT64 at;

        (void) m;
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
                EFI_FILE_PROTOCOL *folder = look_open_for(folders[i], EFI_FILE_MODE_READ);

                assert_int_equal(folder->GetPosition(folder, &at), EFI_UNSUPPORTED);
                (void) folder->Close(folder);
        }
}

static void a_folder_has_no_position(void **state) {
        (void) state;
        look_start(look_at_positions_of_folders);
}

/* Where ukiload serves nothing, the volume's own list ends as well, and once more from its begin. */
static void look_at_a_ring(struct machine *m) {
        EFI_FILE_PROTOCOL *folder = look_open_for("\\EFI", EFI_FILE_MODE_READ);

        machine_find(m, ESP, "\\EFI")->endless = true;
        for (unsigned twice = 0; twice < 2; twice++) {
                EFI_STATUS status = EFI_SUCCESS;
                UINTN size = 1;
                unsigned n = 0;

                while (status == EFI_SUCCESS && size > 0 && n < 100) {
                        size = sizeof(look_info);
                        status = folder->Read(folder, &size, &look_info);
                        n++;
                }
                assert_int_equal(status, EFI_VOLUME_CORRUPTED);
                assert_int_equal(folder->SetPosition(folder, 0), EFI_SUCCESS);
        }
        (void) folder->Close(folder);
}

static void a_folder_of_the_volume_that_never_ends_is_ended(void **state) {
        (void) state;
        look_start(look_at_a_ring);
}

/* Asked twice, by the overlay and by the stub, the volume says two things of a folder: nothing hidden is listed to either. */
static void a_folder_that_is_once_said_to_be_a_file_shows_nothing_hidden(void **state) {
        (void) state;
        for (unsigned n = 1; n <= 40; n++) {
                struct machine *m = scene_plain(257);

                machine_remove(m, ESP, GLOB "\\q.addon.efi");
                machine_addon(m, ESP, GLOB "\\evil.addon.efi", "init=/bin/sh", DB);
                machine_lie(m, CALL_GET_INFO, NULL, n, n, LIE_FOLDER);
                scene_start(m); /* the stub would say of what it sees and cannot open */
                machine_free(m);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(open_without_a_name_or_a_place_for_the_file_is_an_error),
                cmocka_unit_test(files_beyond_the_overlays_own_take_memory_and_give_it_back),
                cmocka_unit_test(a_served_file_has_a_size_a_position_and_an_end),
                cmocka_unit_test(a_file_of_the_volume_is_the_volumes_by_every_call),
                cmocka_unit_test(a_folder_has_no_position),
                cmocka_unit_test(a_folder_of_the_volume_that_never_ends_is_ended),
                cmocka_unit_test(a_folder_that_is_once_said_to_be_a_file_shows_nothing_hidden),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
