/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon: writes an addon that systemd-stub, shim and ukiload accept. */
#include <string.h>

#include "addon.h"
#include "arch.h"
#include "cmdline.h"
#include "host/signing.h"
#include "judge/plan_job.h"
#include "overlay.h"
#include "path.h"
#include "pe_write.h"
#include "verb/verb.h"

#define INITRDS_MAX 16
/* shim reads .sbat up to the raw size, so its padding has to be part of the section. */
#define SBAT_ALIGN 512u

static const char default_sbat[] =
        "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "uki-addon,1,UKI addon,addon,1,https://uapi-group.org/specifications/specs/unified_kernel_image/\n";

struct addon_job {
        struct call call;
        const char *cmdline, *uname, *sbat, *machine_name, *key, *cert, *out;
        struct option_list initrds;
        uint16_t machine;
        struct bytes sbat_bytes, initrd, image;
        struct pe pe;
};

/* What no policy can let through is not written. */
static bool check_words(const struct addon_job *job, struct text *why) {
        struct span rest = span_of(job->cmdline ? job->cmdline : "");
        char buf[512];
        struct text clause = TEXT_IN(buf);

        if (!cmdline_bytes_ok(rest, &clause)) {
                text_cat(why, "--cmdline ", buf, "; ukiload would refuse the addon", NULL);
                return false;
        }
        for (struct cmdline_word word; cmdline_next(&rest, &word);)
                if (!overlay_word_ok(&word, &clause)) {
                        text_str(why, "--cmdline: \"");
                        text_bytes(why, word.whole);
                        text_cat(why, "\": ", buf, "; ukiload would refuse the addon", NULL);
                        return false;
                }
        return true;
}

#define GIVE "give --cmdline or --initrd, and -o FILE"

/* The sentence for what is asked wrongly; NULL: nothing is. */
static const char *misuse(const struct addon_job *job) {
        if (!job->out || (!job->cmdline && job->initrds.n == 0))
                return GIVE "; see ukictl addon --help";
        if (job->initrds.n > INITRDS_MAX)
                return "more than " LIMIT_TEXT(INITRDS_MAX) " --initrd: join some";
        if ((job->cmdline && !*job->cmdline) || (job->uname && !*job->uname))
                return "an empty --cmdline or --uname says nothing: leave it out";
        return !job->key != !job->cert ? "--sign-key and --sign-cert belong together" : NULL;
}

static bool holds(const void *work, struct text *why) {
        const struct addon_job *job = work;
        const char *sentence = misuse(job);

        if (sentence)
                text_str(why, sentence);
        else if (job->machine_name && !plan_machine_named(job->machine_name))
                text_cat(why, "--machine \"", job->machine_name, "\"" PLAN_MACHINE_UNKNOWN, NULL);
        else if (!path_is_addon(span_of(job->out)))
                text_cat(why, job->out, ": this name does not end in .addon.efi, and no stub would look at it", NULL);
        return why->len == 0;
}

/* Several archives in one section: the kernel unpacks them one after the other if each begins at a multiple of four. */
static bool join_initrds(struct addon_job *job, struct text *why) {
        for (size_t i = 0; i < job->initrds.n; i++) {
                struct bytes one;

                if (!bytes_read(job->initrds.v[i], FILE_IMAGE_MAX, &one, why))
                        return false;
                size_t at = (job->initrd.n + 3) & ~(size_t) 3;
                uint8_t *p = need(at + one.n);
                memset(p, 0, at);
                if (job->initrd.n > 0)
                        memcpy(p, job->initrd.p, job->initrd.n);
                if (one.n > 0)
                        memcpy(p + at, one.p, one.n);
                bytes_free(&job->initrd);
                job->initrd = (struct bytes) { p, at + one.n };
                bytes_free(&one);
        }
        return true;
}

static bool read_sbat(struct addon_job *job, struct text *why) {
        struct bytes given = { NULL, 0 };
        struct span text = span_of(default_sbat);

        if (job->sbat) {
                if (!bytes_read(job->sbat, FILE_TEXT_MAX, &given, why))
                        return false;
                text = span_trim_nul(bytes_span(&given));
        }
        size_t n = (text.n + SBAT_ALIGN - 1) / SBAT_ALIGN * SBAT_ALIGN;
        job->sbat_bytes = (struct bytes) { need(n), n };
        memset(job->sbat_bytes.p, 0, n);
        if (text.n > 0)
                memcpy(job->sbat_bytes.p, text.p, text.n);
        bytes_free(&given);
        return true;
}

/* Writes the image and asks the judge that firmware will ask. */
static bool build(struct addon_job *job, struct text *why) {
        struct pe_write_section sections[4];
        size_t n = 0;
        struct addon addon;

        sections[n++] = (struct pe_write_section) { ".sbat", bytes_span(&job->sbat_bytes), 0 };
        if (job->cmdline)
                sections[n++] = (struct pe_write_section) { ".cmdline", span_of(job->cmdline), 0 };
        if (job->uname)
                sections[n++] = (struct pe_write_section) { ".uname", span_of(job->uname), 0 };
        if (job->initrds.n > 0)
                sections[n++] = (struct pe_write_section) { ".initrd", bytes_span(&job->initrd), 0 };
        size_t size = pe_write_size(sections, n);
        if (size == 0) {
                text_str(why, "the addon would be too large for a PE image");
                return false;
        }
        job->image.p = need(size);
        if (!pe_write(job->machine, sections, n, job->image.p, size, &job->image.n)) {
                text_str(why, "the addon could not be written into a PE image");
                return false;
        }
        text_str(why, "the addon would be refused: ");
        if (!pe_open_file(bytes_span(&job->image), &job->pe, why) || addon_open(&job->pe, NULL, &addon, why) != ADDON_FITS)
                return false;
        text_clear(why);
        return true;
}

static bool write_signed(const struct addon_job *job, struct text *why) {
        struct bytes whole = { NULL, 0 };
        struct signing with;

        signing_with(job->key, job->cert, &with);
        bool ok = signing_sign(&with, bytes_span(&job->image), &whole, why) && bytes_write(job->out, bytes_span(&whole), why);

        signing_free(&with);
        bytes_free(&whole);
        return ok;
}

static void say(const struct addon_job *job) {
        if (job->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_span(o, "file", span_of(job->out));
                out_add_bool(o, "signed", job->key != NULL);
                out_json(o);
        } else
                out_say("%s: written, %s", job->out, job->key ? "signed" : "not signed");
}

static enum exit_code run(void *work, struct text *why) {
        struct addon_job *job = work;

        job->machine = job->machine_name ? plan_machine_named(job->machine_name) : ARCH_NATIVE;
        if (!check_words(job, why))
                return EXIT_REFUSED;
        if (!join_initrds(job, why) || !read_sbat(job, why))
                return EXIT_FAILED;
        if (!build(job, why))
                return EXIT_FORMAT;
        if (!(job->key ? write_signed(job, why) : bytes_write(job->out, bytes_span(&job->image), why)))
                return EXIT_FAILED;
        say(job);
        return EXIT_OK;
}

static void finish(void *work) {
        struct addon_job *job = work;

        bytes_free(&job->sbat_bytes);
        bytes_free(&job->initrd);
        bytes_free(&job->image);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct addon_job, cmdline, "cmdline", "TEXT", "the kernel parameters"),
        OPTION(TEXT, struct addon_job, uname, "uname", "VERSION", "only for UKIs whose .uname is exactly this"),
        OPTION(LIST, struct addon_job, initrds, "initrd", "FILE", "an initrd to add (needs @allow-sections .initrd); may repeat"),
        OPTION(TEXT, struct addon_job, sbat, "sbat", "FILE",
               "another .sbat than the default (component uki-addon, generation 1)"),
        OPTION(TEXT, struct addon_job, machine_name, "machine", "x86_64|aarch64", "default: what ukictl was built for"),
        OPTION(TEXT, struct addon_job, key, "sign-key", "FILE", "sign it with this key, with the program sbsign"),
        OPTION(TEXT, struct addon_job, cert, "sign-cert", "FILE", "and this certificate of it"),
        OPTION_LETTER('o', TEXT, struct addon_job, out, "output", "FILE",
                      "its name must end in .addon.efi, or no stub looks at it"),
        OPTION_JSON,
        OPTIONS_END,
};

const struct verb verb_addon = {
        .name = "addon",
        .summary = "write an addon, signed if a key is given",
        .usage = "[OPTION]... -o NAME.addon.efi",
        .about = "Writes an addon: a signed file that adds kernel parameters to a UKI.",
        .end = "Exit codes: 0 written, 1 failure, 2 usage, 5 it would be no addon, 7 ukiload would refuse its words.",
        .options = options,
        .miscounted = GIVE,
        .size = sizeof(struct addon_job),
        .holds = holds,
        .run = run,
        .finish = finish,
};
