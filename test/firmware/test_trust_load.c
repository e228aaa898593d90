/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading one image: who is asked about it, what an answer of firmware's comes to, and that nothing stays of a question. */
#include "inside.h"
#include "scenes.h"

#include "sha256.h"
#include "trust.h"

static uint8_t image_bytes[64]; /* what handles point at */
static EFI_HANDLE const child = image_bytes;
static const EFI_GUID security2_guid = SECURITY2_ARCH_GUID, loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID,
                      lock_guid = SHIM_LOCK_GUID;

/* What LoadImage asks about, and answers. */
static struct {
        EFI_STATUS status;
        EFI_HANDLE handle;
        struct {
                void *buffer;
                UINTN size;
                EFI_STATUS answer;
        } asks[8];
        size_t n_asks;
        unsigned firmware_asked, shim_asked, unloaded, loaded;
        EFI_STATUS shim_says;
        const void *source;
        bool overridden;
} f;

static EFI_STATUS EFIAPI no(const struct security2_arch *this, const EFI_DEVICE_PATH *path, void *buffer, UINTN size,
                            BOOLEAN boot_policy) {
        (void) this;
        (void) path;
        (void) buffer;
        (void) size;
        (void) boot_policy;
        f.firmware_asked++;
        return EFI_ACCESS_DENIED;
}

static EFI_STATUS SHIM_ABI verify(const void *buffer, UINT32 size) {
        (void) buffer;
        (void) size;
        f.shim_asked++;
        return f.shim_says;
}

static EFI_STATUS EFIAPI load(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, VOID *buffer, UINTN size,
                              EFI_HANDLE *ret) {
        const struct security2_arch *s = &the_machine->in->security2;

        (void) parent;
        (void) size;
        assert_false(policy);
        f.loaded++;
        f.source = buffer;
        f.overridden = s->check != no;
        for (size_t i = 0; i < f.n_asks; i++)
                f.asks[i].answer = s->check(s, path, f.asks[i].buffer, f.asks[i].size, FALSE);
        *ret = f.handle;
        return f.status;
}

static EFI_STATUS EFIAPI unload(EFI_HANDLE handle) {
        assert_ptr_equal(handle, child);
        f.unloaded++;
        return EFI_SUCCESS;
}

static struct machine *machine_of(enum shim shim, bool secure_boot) {
        struct machine *m = scene_over(shim, secure_boot);

        memset(&f, 0, sizeof(f));
        f.handle = child;
        m->in->bs.LoadImage = load;
        m->in->bs.UnloadImage = unload;
        m->in->lock.verify = verify;
        m->in->security2.check = no;
        if (shim == SHIM_16)
                m->in->loader.load_image = load;
        return m;
}

/* An image whose last section, of that name, has no bytes; NULL: one without such a section. */
static struct pe opened(struct machine *m, const char *empty_section) {
        struct pe_write_section s[2];
        size_t n = 0;
        struct span file;
        struct pe pe;
        char why[256];
        struct text text = TEXT_IN(why);

        machine_section(s, &n, ".sbat", "x,1\n");
        if (empty_section)
                machine_section(s, &n, empty_section, "x");
        file = machine_image(m, s, n, UNSIGNED);
        for (size_t i = 0; empty_section && i < 1024; i++)
                if (memcmp(file.p + i, empty_section, strlen(empty_section) + 1) == 0)
                        memset((uint8_t *) (uintptr_t) file.p + i + 8, 0, 4); /* its VirtualSize */
        assert_true(pe_open_file(file, &pe, &text));
        return pe;
}

static const struct trust firmware = { true, false, TRUST_FIRMWARE }, hooked = { true, false, TRUST_SHIM_HOOKED },
                          lock = { true, false, TRUST_SHIM_LOCK };

static bool by_path; /* as the overlay shows it */

/* Loads it; true with the child, false with the words. */
static bool loads(const struct trust *t, const struct pe *pe, const char *words) {
        static EFI_DEVICE_PATH end = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(end), 0 } };
        char why[512];
        struct text text = TEXT_IN(why);
        EFI_HANDLE image = NULL;
        bool ok = (by_path ? trust_load_shown : trust_load)(t, &end, pe, &image, &text);

        assert_ptr_equal(image, ok ? child : NULL);
        assert_ptr_equal(the_machine->in->security2.check, no);
        if (!strstr(why, words) || (ok && why[0]))
                fail_msg("\"%s\" is not \"%s\"", why, words);
        return ok;
}

static void what_firmware_answers_is_one_of_loaded_and_refused(void **state) {
        static const struct {
                EFI_STATUS status;
                EFI_HANDLE handle;
                const char *words;
                unsigned unloaded;
        } answers[] = {
                { EFI_SUCCESS, image_bytes, NULL, 0 },
                { EFI_SUCCESS, NULL, "is not accepted by LoadImage (load error)", 0 },
                { EFI_SECURITY_VIOLATION, image_bytes, "or is revoked (security violation)", 1 },
                { EFI_SECURITY_VIOLATION, NULL, "or is revoked (security violation)", 0 },
                { EFI_ACCESS_DENIED, NULL, "or is revoked (access denied)", 0 },
                { EFI_UNSUPPORTED, NULL, "is not accepted by LoadImage (unsupported)", 0 },
                { EFI_OUT_OF_RESOURCES, image_bytes, "is not accepted by LoadImage (out of memory or space)", 0 },
        };

        (void) state;
        for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
                struct machine *m = machine_of(NO_SHIM, true);
                const struct pe pe = opened(m, NULL);

                f.status = answers[i].status;
                f.handle = answers[i].handle;
                assert_int_equal(loads(&firmware, &pe, answers[i].words ? answers[i].words : ""), answers[i].words == NULL);
                assert_int_equal(f.unloaded, answers[i].unloaded);
                assert_int_equal(f.loaded, 1);
                assert_ptr_equal(f.source, pe.bytes.p);
                assert_false(f.overridden);
                machine_free(m);
        }
}

/* An image with a section of no bytes: firmware takes it, shim does not. */
static void what_shim_would_not_load_is_not_shown_to_it(void **state) {
        struct machine *m = machine_of(SHIM_16, true);
        const struct pe pe = opened(m, ".odd"), good = opened(m, NULL);
        char why[256];
        struct text text = TEXT_IN(why);

        (void) state;
        assert_false(loads(&hooked, &pe, "is refused by shim: its section \".odd\" has no bytes"));
        assert_int_equal(f.loaded, 0);
        assert_true(loads(&hooked, &good, ""));
        assert_ptr_equal(f.source, good.bytes.p);
        by_path = true;
        assert_false(loads(&hooked, &pe, "is refused by shim: its section \".odd\" has no bytes"));
        assert_true(loads(&hooked, &good, ""));
        assert_null(f.source);
        assert_int_equal(f.loaded, 2);
        by_path = false;
        assert_true(loads(&firmware, &pe, ""));
        assert_true(loads(&lock, &pe, ""));
        assert_true(trust_takes_kernel(&firmware, &pe, &text) && trust_takes_kernel(&lock, &pe, &text));
        assert_true(trust_takes_kernel(&hooked, &good, &text));
        assert_string_equal(why, "");
        assert_false(trust_takes_kernel(&hooked, &pe, &text));
        assert_non_null(strstr(why, ".odd"));
        machine_free(m);
}

static void a_refusal_blames_the_file_where_shim_and_the_key_where_only_firmware_was_asked(void **state) {
        struct machine *m = machine_of(SHIM_15, true);
        const struct pe pe = opened(m, ".odd"), good = opened(m, NULL);

        (void) state;
        f.status = EFI_ACCESS_DENIED;
        f.handle = NULL;
        assert_false(loads(&firmware, &pe, "is not signed by a key that this machine trusts"));
        assert_false(loads(&lock, &good, "is not signed by a key that this machine trusts"));
        assert_false(loads(&lock, &pe, "is refused by shim: its section \".odd\" has no bytes"));
        machine_free(m);
}

/* A signature of SHA-256 that fits the bytes, or does not, in the form that OpenSSL and NSS write: DigestInfo in DER. */
static struct pe signed_by(struct machine *m, bool fits) {
        static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                               0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
        const struct span plain = opened(m, NULL).bytes;
        const size_t begin = (plain.n + 7) & ~(size_t) 7, size = 64;
        uint8_t *file = keep_memory(m, begin + size);
        struct pe_hashed hashed;
        struct sha256 hash;
        struct pe pe;
        char why[256];
        struct text text = TEXT_IN(why);

        memcpy(file, plain.p, plain.n);
        memcpy(file + file[0x3c] + 24 + 144, &(const uint32_t[]) { (uint32_t) begin, (uint32_t) size }, 8); /* data directory 4 */
        file[begin] = (uint8_t) size;
        file[begin + 5] = file[begin + 6] = 2;
        memcpy(file + begin + 8, digest_info, sizeof(digest_info));
        assert_true(pe_open_file((struct span) { file, begin + size }, &pe, &text));
        pe_hashed_ranges(&pe, &hashed);
        sha256_init(&hash);
        for (size_t i = 0; i < hashed.n; i++)
                sha256_update(&hash, hashed.range[i]);
        sha256_final(&hash, file + begin + 8 + sizeof(digest_info));
        file[begin + 8 + sizeof(digest_info)] ^= !fits;
        return pe;
}

static void a_refusal_blames_damage_where_the_signature_does_not_fit(void **state) {
        struct machine *m = machine_of(NO_SHIM, true);
        const struct pe good = signed_by(m, true), changed = signed_by(m, false);

        (void) state;
        f.status = EFI_ACCESS_DENIED;
        f.handle = NULL;
        assert_false(loads(&firmware, &good, "is not signed by a key that this machine trusts"));
        assert_false(loads(&firmware, &changed, "was changed after it was signed, or is damaged"));
        f.status = EFI_UNSUPPORTED;
        assert_false(loads(&firmware, &changed, "is not accepted by LoadImage (unsupported)"));
        machine_free(m);
}

static void shim_is_asked_first_and_firmware_where_it_says_no_or_cannot_be_asked(void **state) {
        struct machine *m = machine_of(SHIM_15, true);
        const struct pe pe = opened(m, NULL);

        (void) state;
        f.n_asks = 1;
        f.asks[0].buffer = image_bytes;
        f.asks[0].size = sizeof(image_bytes);
        assert_true(loads(&lock, &pe, ""));
        assert_true(f.overridden);
        assert_int_equal(f.asks[0].answer, EFI_SUCCESS);
        assert_int_equal(f.shim_asked, 1);
        assert_int_equal(f.firmware_asked, 0);
        f.shim_says = EFI_SECURITY_VIOLATION;
        assert_true(loads(&lock, &pe, ""));
        assert_int_equal(f.asks[0].answer, EFI_ACCESS_DENIED);
        assert_int_equal(f.shim_asked, 2);
        assert_int_equal(f.firmware_asked, 1);
        f.shim_says = EFI_SUCCESS; /* of no bytes in memory, and of more than it can be told */
        f.n_asks = 2;
        f.asks[0].buffer = NULL;
        f.asks[1].buffer = image_bytes;
        f.asks[1].size = (UINTN) UINT32_MAX + 1 + sizeof(image_bytes);
        assert_true(loads(&lock, &pe, ""));
        assert_int_equal(f.asks[0].answer, EFI_ACCESS_DENIED);
        assert_int_equal(f.asks[1].answer, EFI_ACCESS_DENIED);
        assert_int_equal(f.shim_asked, 2);
        f.n_asks = 1; /* its protocol is gone */
        f.asks[0].buffer = image_bytes;
        for (size_t i = 0; i < m->in->trust_handle->n; i++)
                if (memcmp(&m->in->trust_handle->guid[i], &lock_guid, sizeof(lock_guid)) == 0)
                        m->in->trust_handle->guid[i].Data1++;
        assert_true(loads(&lock, &pe, ""));
        assert_int_equal(f.asks[0].answer, EFI_ACCESS_DENIED);
        machine_free(m);
}

static void firmware_without_a_security_protocol_is_not_overridden(void **state) {
        struct machine *m = machine_of(SHIM_15, true);
        const struct pe pe = opened(m, NULL);

        (void) state;
        for (size_t i = 0; i < m->in->trust_handle->n; i++)
                if (memcmp(&m->in->trust_handle->guid[i], &security2_guid, sizeof(security2_guid)) == 0)
                        m->in->trust_handle->guid[i].Data1++;
        assert_true(loads(&lock, &pe, ""));
        assert_false(f.overridden);
        machine_free(m);
}

/* Firmware is asked for what it can give only. */
static void an_image_that_memory_has_no_room_for_is_not_loaded(void **state) {
        struct machine *m = machine_of(NO_SHIM, true);
        const struct pe pe = opened(m, NULL);

        (void) state;
        m->free_pages = (pe.size_of_image + 4095) / 4096;
        assert_true(loads(&firmware, &pe, ""));
        m->free_pages--;
        assert_false(
                loads(&firmware, &pe, "has no room in memory beside its file: it takes 1 MB in one piece, and 0 MB are free"));
        assert_int_equal(f.loaded, 1);
        machine_fault(m, CALL_MEMORY_MAP, 1, ALWAYS, EFI_DEVICE_ERROR);
        assert_true(loads(&firmware, &pe, ""));
        machine_free(m);
}

/* What works without ukiload is not refused for a map that shows less than firmware gives. */
static void a_map_that_shows_too_little_is_not_believed(void **state) {
        struct machine *m = machine_of(NO_SHIM, true);
        const struct pe pe = opened(m, NULL);

        (void) state;
        assert_true(pe.size_of_image > 2 * 4096);
        machine_lie(m, CALL_MEMORY_MAP, NULL, 1, ALWAYS, LIE_SMALLER);
        assert_true(loads(&firmware, &pe, ""));
        assert_int_equal(m->pages_given, 0);
        machine_free(m);
}

static bool loads_kernel(const struct trust *t, struct span kernel) {
        char why[512];
        struct text text = TEXT_IN(why);
        EFI_HANDLE image = NULL;
        bool ok = trust_load_kernel(t, child, kernel, &image, &text);

        assert_ptr_equal(image, ok ? child : NULL);
        assert_ptr_equal(the_machine->in->security2.check, no);
        assert_int_equal(why[0] == 0, ok);
        assert_true(ok || (strstr(why, "shim 16.0 takes only kernels") != NULL) == (t->way == TRUST_SHIM_HOOKED));
        return ok;
}

/* Nobody else's word is needed for a kernel whose UKI was validated; where Secure Boot is off, nobody is asked, and a hooking
 * shim knows it. */
static void the_kernel_of_a_validated_image_needs_no_signature_where_one_would_be_asked_for(void **state) {
        static const struct trust off = { false, false, TRUST_FIRMWARE };
        const struct span kernel = { image_bytes, sizeof(image_bytes) };
        struct machine *m = machine_of(SHIM_15, true);

        (void) state;
        f.n_asks = 4;
        f.asks[0].buffer = f.asks[1].buffer = image_bytes;
        f.asks[0].size = sizeof(image_bytes);
        f.asks[1].size = sizeof(image_bytes) - 1;
        f.asks[2].buffer = image_bytes + 1;
        f.asks[2].size = sizeof(image_bytes);
        assert_true(loads_kernel(&firmware, kernel) && loads_kernel(&lock, kernel));
        assert_true(f.overridden);
        assert_int_equal(f.asks[0].answer, EFI_SUCCESS);
        for (size_t i = 1; i < f.n_asks; i++)
                assert_int_equal(f.asks[i].answer, EFI_ACCESS_DENIED);
        assert_int_equal(f.shim_asked, 0);
        assert_true(loads_kernel(&off, kernel));
        assert_false(f.overridden);
        assert_true(loads_kernel(&hooked, kernel));
        assert_false(f.overridden);
        assert_true(loads_kernel(&firmware, (struct span) { 0 })); /* asks[3] has no buffer and no bytes either */
        assert_int_equal(f.asks[3].answer, EFI_ACCESS_DENIED);
        f.status = EFI_SECURITY_VIOLATION;
        f.handle = NULL;
        assert_false(loads_kernel(&firmware, kernel) || loads_kernel(&hooked, kernel));
        machine_free(m);
}

static void an_image_that_is_nowhere_has_no_bytes(void **state) {
        struct machine *m = machine_of(NO_SHIM, true);
        EFI_LOADED_IMAGE loaded = { .ImageBase = image_bytes, .ImageSize = sizeof(image_bytes) };
        struct handle *h = handle_new(m);
        struct span bytes = { 0 };

        (void) state;
        assert_false(trust_image_bytes(h, &bytes));
        handle_add(h, &loaded_guid, &loaded);
        assert_true(trust_image_bytes(h, &bytes));
        assert_ptr_equal(bytes.p, image_bytes);
        assert_int_equal(bytes.n, sizeof(image_bytes));
        loaded.ImageBase = NULL;
        assert_false(trust_image_bytes(h, &bytes));
        machine_free(m);
}

#define T(name) cmocka_unit_test(name)

int main(void) {
        const struct CMUnitTest tests[] = {
                T(what_firmware_answers_is_one_of_loaded_and_refused),
                T(what_shim_would_not_load_is_not_shown_to_it),
                T(a_refusal_blames_the_file_where_shim_and_the_key_where_only_firmware_was_asked),
                T(a_refusal_blames_damage_where_the_signature_does_not_fit),
                T(shim_is_asked_first_and_firmware_where_it_says_no_or_cannot_be_asked),
                T(firmware_without_a_security_protocol_is_not_overridden),
                T(the_kernel_of_a_validated_image_needs_no_signature_where_one_would_be_asked_for),
                T(an_image_that_memory_has_no_room_for_is_not_loaded),
                T(a_map_that_shows_too_little_is_not_believed),
                T(an_image_that_is_nowhere_has_no_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
