/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl addon: writes an addon that systemd-stub, shim and ukiload accept. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addon.h"
#include "cmdline.h"
#include "host/files.h"
#include "out.h"
#include "overlay.h"
#include "path.h"
#include "pe_write.h"

#define INITRDS_MAX 16u
/* shim reads .sbat up to the raw size, so its padding has to be part of the section. */
#define SBAT_ALIGN 512u

static const char default_sbat[] =
        "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
        "uki-addon,1,UKI addon,addon,1,https://uapi-group.org/specifications/specs/unified_kernel_image/\n";

struct addon_job {
        const char *cmdline, *uname, *sbat, *key, *cert, *out;
        const char *initrds[INITRDS_MAX];
        size_t n_initrds;
        uint16_t machine;
        bool json;
        struct bytes sbat_bytes, initrd, image;
        struct pe pe;
};

static void help(void) {
        puts("usage: ukictl addon [OPTION]... -o NAME.addon.efi\n\n"
             "Writes an addon: a signed file that adds kernel parameters to a UKI.\n\n"
             "  --cmdline TEXT          the kernel parameters\n"
             "  --uname VERSION         only for UKIs whose .uname is exactly this\n"
             "  --initrd FILE           an initrd to add (needs @allow-sections .initrd); may repeat\n"
             "  --sbat FILE             another .sbat than the default (component uki-addon, generation 1)\n"
             "  --machine x86_64|aarch64  default: what ukictl was built for\n"
             "  --sign-key KEY --sign-cert CERT   sign it, with the program sbsign\n"
             "  -o, --output FILE       its name must end in .addon.efi, or no stub looks at it\n"
             "  --json                  print JSON");
}

static int parse_options(struct addon_job *job, int argc, char **argv, bool *ret_help) {
        static const struct option options[] = {
                { "cmdline", required_argument, NULL, 'c' },
                { "uname", required_argument, NULL, 'u' },
                { "initrd", required_argument, NULL, 'i' },
                { "sbat", required_argument, NULL, 's' },
                { "machine", required_argument, NULL, 'm' },
                { "sign-key", required_argument, NULL, 'k' },
                { "sign-cert", required_argument, NULL, 'C' },
                { "output", required_argument, NULL, 'o' },
                { "json", no_argument, NULL, 'j' },
                { "help", no_argument, NULL, 'h' },
                { NULL, 0, NULL, 0 },
        };
        for (int c; (c = getopt_long(argc, argv, "ho:", options, NULL)) != -1;)
                switch (c) {
                case 'c': job->cmdline = optarg; break;
                case 'u': job->uname = optarg; break;
                case 's': job->sbat = optarg; break;
                case 'k': job->key = optarg; break;
                case 'C': job->cert = optarg; break;
                case 'o': job->out = optarg; break;
                case 'j': job->json = true; break;
                case 'h': *ret_help = true; return EXIT_OK;
                case 'i':
                        if (job->n_initrds == INITRDS_MAX)
                                return out_fail(job->json, EXIT_USAGE, "more than %u --initrd", INITRDS_MAX);
                        job->initrds[job->n_initrds++] = optarg;
                        break;
                case 'm':
                        job->machine = strcmp(optarg, "x86_64") == 0    ? PE_MACHINE_X86_64
                                       : strcmp(optarg, "aarch64") == 0 ? PE_MACHINE_AARCH64
                                                                        : 0;
                        break;
                default: return out_usage("ukictl addon");
                }
        return EXIT_OK;
}

/* What no policy can let through is not written. */
static int check_words(const struct addon_job *job) {
        struct span rest = span_of(job->cmdline ? job->cmdline : "");
        char buf[512];
        struct text why = TEXT_IN(buf);

        if (!cmdline_bytes_ok(rest, &why))
                return out_fail(job->json, EXIT_REFUSED, "--cmdline %s; ukiload would refuse the addon", buf);
        for (struct cmdline_word word; cmdline_next(&rest, &word);)
                if (!overlay_word_ok(&word, &why))
                        return out_fail(job->json, EXIT_REFUSED, "--cmdline: \"%.*s\": %s; ukiload would refuse the addon",
                                        (int) word.whole.n, (const char *) word.whole.p, buf);
        return EXIT_OK;
}

static int check_options(const struct addon_job *job, int n_more) {
        if (n_more > 0 || !job->out || (!job->cmdline && job->n_initrds == 0))
                return out_fail(job->json, EXIT_USAGE, "give --cmdline or --initrd, and -o FILE; see ukictl addon --help");
        if (!path_is_addon(span_of(job->out)))
                return out_fail(job->json, EXIT_USAGE, "%s: its name must end in .addon.efi, or no stub looks at it", job->out);
        if ((job->cmdline && !*job->cmdline) || (job->uname && !*job->uname))
                return out_fail(job->json, EXIT_USAGE, "an empty --cmdline or --uname says nothing: leave it out");
        if (!job->machine)
                return out_fail(job->json, EXIT_USAGE, "--machine: say x86_64 or aarch64");
        if (!job->key != !job->cert)
                return out_fail(job->json, EXIT_USAGE, "--sign-key and --sign-cert belong together");
        return check_words(job);
}

/* Several archives in one section: the kernel unpacks them one after the other if each begins at a multiple of four. */
static bool join_initrds(struct addon_job *job, struct text *why) {
        for (size_t i = 0; i < job->n_initrds; i++) {
                struct bytes one;
                if (!bytes_read(job->initrds[i], FILE_IMAGE_MAX, &one, why))
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
        if (job->n_initrds > 0)
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

/* By fork and exec: a file name must never meet a shell. */
static bool run_sbsign(const struct addon_job *job, const char *unsigned_path, struct text *why) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
                dup2(STDERR_FILENO, STDOUT_FILENO);
                execlp("sbsign", "sbsign", "--key", job->key, "--cert", job->cert, "--output", job->out, unsigned_path,
                       (char *) NULL);
                _exit(errno == ENOENT ? 127 : 126);
        }
        int status = 0;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return true;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
                text_str(why, "the program sbsign is not there: install sbsigntool, or sign the addon yourself");
        else
                text_cat(why, job->out, ": sbsign could not sign it; what it said stands above", NULL);
        return false;
}

static bool write_signed(const struct addon_job *job, struct text *why) {
        char *temp = NULL;
        if (asprintf(&temp, "%s.unsigned", job->out) < 0)
                return false;
        bool ok = bytes_write(temp, bytes_span(&job->image), why) && run_sbsign(job, temp, why);
        unlink(temp);
        free(temp);
        return ok;
}

static int write_out(const struct addon_job *job) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        bool ok = job->key ? write_signed(job, &why) : bytes_write(job->out, bytes_span(&job->image), &why);
        if (!ok)
                return out_fail(job->json, EXIT_FAILED, "%s", buf);
        if (job->json) {
                struct json_object *o = json_object_new_object();
                out_add_span(o, "file", span_of(job->out));
                out_add_bool(o, "signed", job->key != NULL);
                out_json(o);
        } else
                out_say("%s: written, %s", job->out, job->key ? "signed" : "not signed");
        return EXIT_OK;
}

int verb_addon(int argc, char **argv) {
        struct addon_job *job = need(sizeof(*job));
        char buf[1024];
        struct text why = TEXT_IN(buf);
        bool wants_help = false;

        memset(job, 0, sizeof(*job));
#ifdef __aarch64__
        job->machine = PE_MACHINE_AARCH64;
#else
        job->machine = PE_MACHINE_X86_64;
#endif
        int r = parse_options(job, argc, argv, &wants_help);
        if (wants_help)
                help();
        else if (r == EXIT_OK && (r = check_options(job, argc - optind)) == EXIT_OK) {
                if (!join_initrds(job, &why) || !read_sbat(job, &why))
                        r = out_fail(job->json, EXIT_FAILED, "%s", buf);
                else if (!build(job, &why))
                        r = out_fail(job->json, EXIT_FORMAT, "%s", buf);
                else
                        r = write_out(job);
        }
        bytes_free(&job->sbat_bytes);
        bytes_free(&job->initrd);
        bytes_free(&job->image);
        free(job);
        return r;
}
