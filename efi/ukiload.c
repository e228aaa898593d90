/* SPDX-License-Identifier: BSD-2-Clause */
/* ukiload: locate a UKI, validate it, overlay the allow-listed command line of signed addons, start it.
 *
 * What is not right is refused with its reason, and nothing is started. Then a consumed request ends in a reset, so that the
 * default boots with clean PCRs; a standing start returns EFI_LOAD_ERROR: systemd-boot would wait for a key on EFI_SUCCESS, and
 * shim starts MokManager or its default loader on other codes. */
#include "arming.h"
#include "boot.h"
#include "console.h"
#include "locate.h"
#include "measure.h"
#include "report.h"
#include "smbios_strings.h"

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

/* None, if ukiload came from a network: then a request can still name the partition of a UKI. */
static void open_volumes(struct boot *b) {
        static const EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
        const EFI_LOADED_IMAGE *self = fw_protocol(fw_image, &guid);

        if (!self || !volume_open(self->DeviceHandle, &b->volumes[0]))
                return;
        b->n_volumes = 1;
        if (volume_open_xbootldr(&b->volumes[0], &b->volumes[1]))
                b->n_volumes = 2;
}

static void close_volumes(struct boot *b) {
        volume_close(&b->named);
        while (b->n_volumes > 0)
                volume_close(&b->volumes[--b->n_volumes]);
}

/* The policy in our own image, which is signed with it. */
static bool read_policy(struct boot *b) {
        const struct pe_section *section;
        struct span self;

        if (!trust_image_bytes(fw_image, &self)) {
                text_str(&b->why, "ukiload cannot find its own image");
                return false;
        }
        text_str(&b->why, "ukiload itself ");
        if (!pe_open_image(self, &b->pe, &b->why))
                return false;
        section = pe_find(&b->pe, ".ukipol", 0);
        text_clear(&b->why);
        if (!section)
                return true;
        text_str(&b->why, "ukiload's policy is not valid: ");
        if (!policy_parse(pe_bytes(&b->pe, section), &b->policy, &b->why))
                return false;
        text_clear(&b->why);
        b->has_policy = true;
        return true;
}

static bool copy_stub_extra(struct boot *b) {
        struct span found = smbios_text(SMBIOS_STUB_EXTRA);
        uint8_t *copy;

        if (found.n == 0)
                return true;
        copy = fw_alloc(found.n);
        if (!copy) {
                text_str(&b->why, "out of memory");
                return false;
        }
        memcpy(copy, found.p, found.n);
        b->stub_extra = (struct span) { copy, found.n };
        return true;
}

static void look_around(struct boot *b) {
        b->why = TEXT_IN(b->why_buf);
        b->notes = TEXT_IN(b->notes_buf);
        measure_begin();
        report_earlier(b);
        trust_probe(&b->trust);
        b->confidential = fw_confidential_vm();
}

static void set_level(const struct request *r) {
        if (r && r->log != REQUEST_LOG_UNSET)
                console_level(r->log == REQUEST_LOG_ERROR ? 0 : r->log == REQUEST_LOG_INFO ? 1 : 2);
}

/* Comes back only if nothing runs. */
static enum reload_result run(struct boot *b) {
        look_around(b);
        /* first of all: whatever goes wrong, what was armed is armed no longer */
        if (!arming_take(b) || !arming_options(b) || !copy_stub_extra(b) || !read_policy(b))
                return RELOAD_STOP;
        open_volumes(b);
        set_level(b->request);
        return locate_and_try(b);
}

/* shim 15 hooks StartImage and takes an error of whatever a loader starts for its own cue to come back, which fails: it shows a
 * message, waits for a key and switches the machine off. A warning passes it, and neither systemd-boot nor firmware takes it for
 * EFI_SUCCESS. */
static EFI_STATUS nothing_started(void) {
        return trust_old_shim() ? EFI_WARN_WRITE_FAILURE : EFI_LOAD_ERROR;
}

/* So long a message is left on the screen. */
#define MESSAGE_MS 5000u

static EFI_STATUS reset(void) {
        console_line(CONSOLE_WARN, "ukiload starts nothing. The machine is reset in 5 seconds and boots its default.");
        fw_sleep_ms(MESSAGE_MS);
        fw_rt->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
        return nothing_started();
}

static EFI_STATUS return_to_caller(void) {
        console_line(CONSOLE_WARN, "ukiload starts nothing and returns to whoever started it.");
        fw_sleep_ms(MESSAGE_MS);
        fw_watchdog_off();
        return nothing_started();
}

static EFI_STATUS end(struct boot *b, enum reload_result result) {
        enum report_result reported = result == RELOAD_FAILED ? REPORT_FAILED : REPORT_REFUSED;

        close_volumes(b);
        console_warn(result == RELOAD_FAILED ? "failed" : "refused", b->why.p);
        if (!b->reported)
                report_status(b, reported);
        if (!b->consumed)
                return return_to_caller();
        if (!b->stale)
                (void) report_last(b->last_id, reported, b->why.p);
        return reset();
}

/* Not even room for what one run knows. */
static EFI_STATUS end_without_memory(void) {
        static const char why[] = "out of memory: ukiload cannot begin";

        console_warn("refused", why);
        if (!arming_drop())
                return return_to_caller();
        (void) report_last("", REPORT_REFUSED, why);
        return reset();
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st) {
        FW_POOL struct boot *b = NULL;
        EFI_STATUS status;

        fw_init(image, st);
        console_clear();
        console_line(CONSOLE_PLAIN,
                     "ukiload " UKILOAD_VERSION ": boots a Unified Kernel Image with the words that its policy allows");
        b = fw_alloc(sizeof(*b));
        if (!b)
                return end_without_memory();
        status = end(b, run(b));
        fw_free((void *) (uintptr_t) b->stub_extra.p);
        return status;
}
