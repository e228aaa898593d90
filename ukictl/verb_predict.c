/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl predict: the PCR values that a plan will produce on this machine. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "out.h"
#include "predict.h"

#define EVENTLOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define PCRS     "/sys/class/tpm/tpm0"
#define LOG_MAX  ((size_t)16 << 20)

static void help(void) {
        puts("usage: ukictl predict UKI [OPTION]...\n\n"
             "Prints the values that PCR 4, 7, 9, 11, 12 and 13 will have when the kernel starts, in each\n"
             "bank, if ukiload starts this UKI on this machine: what disks must be sealed to, and which of\n"
             "them differ from the running boot. PCR 11 to 13 are computed by the code that firmware runs;\n"
             "for 4, 7 and 9 the event log of the running boot tells what comes before.\n\n"
             "  --addon --profile --append --policy --esp-path --machine   as for ukictl plan\n"
             "  --ukiload FILE          the ukiload image that will be started (default: the installed one)\n"
             "  --via next|loader       started by BootNext (default), or by the boot loader\n"
             "  --eventlog FILE         default: " EVENTLOG "\n"
             "  --pcrs DIR              where the running boot's values are (default: " PCRS ")\n"
             "  --events                every measurement too\n"
             "  --json                  print JSON\n\n"
             "Exit codes as for ukictl plan; 0 also if a value cannot be known, which is said with it.");
}

/* ---- what the parts call ---- */

unsigned predict_number(enum predict_pcr pcr) {
        static const unsigned numbers[PREDICTED] = { [PCR_4] = 4, [PCR_7] = 7, [PCR_9] = 9, [PCR_11] = 11, [PCR_12] = 12, [PCR_13] = 13 };
        return numbers[pcr];
}

static struct measured *append(struct predict_job *job, enum predict_pcr pcr, const char *what) {
        struct measured *m;
        if (job->n_measured == MEASURED_MAX) {
                fputs("ukictl: more than 1024 measurements\n", stderr);
                exit(EXIT_FAILED);
        }
        m = &job->measured[job->n_measured++];
        memset(m, 0, sizeof(*m));
        m->pcr = pcr;
        snprintf(m->what, sizeof(m->what), "%s", what);
        return m;
}

void predict_hashed(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct span *parts, size_t n) {
        struct measured *m = append(job, pcr, what);
        for (unsigned b = 0; b < BANKS; b++) {
                bank_hash((enum bank)b, parts, n, m->digest[b]);
                m->has[b] = true;
        }
}

void predict_kept(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct tcg_event *e) {
        struct measured *m = append(job, pcr, what);
        m->kept = true;
        for (unsigned b = 0; b < BANKS; b++) {
                m->has[b] = e->digest[b].n > 0;
                if (m->has[b])
                        memcpy(m->digest[b], e->digest[b].p, e->digest[b].n);
        }
}

void predict_give_up(struct predict_job *job, enum predict_pcr pcr, const char *why) {
        if (job->known[pcr])
                snprintf(job->unknown[pcr], sizeof(job->unknown[pcr]), "%s", why);
        job->known[pcr] = false;
}

void predict_note(struct predict_job *job, const char *line) {
        size_t n = strlen(job->notes);
        snprintf(job->notes + n, sizeof(job->notes) - n, "%s%s", n ? "\n" : "", line);
}

/* ---- values ---- */

/* A bank that the log lacks tells nothing of the PCRs that need it. */
static bool bank_known(const struct predict_job *job, enum predict_pcr pcr, enum bank b) {
        return job->known[pcr] && (job->has_log ? job->log.has[b] : pcr >= PCR_11);
}

static void compute(struct predict_job *job) {
        for (size_t i = 0; i < job->n_measured; i++) {
                const struct measured *m = &job->measured[i];
                for (unsigned b = 0; b < BANKS; b++)
                        if (m->has[b])
                                bank_extend((enum bank)b, job->value[m->pcr][b], m->digest[b]);
        }
}

/* What the PCR held in the running boot when its kernel started. */
static bool running(const struct predict_job *job, enum predict_pcr pcr, enum bank b, uint8_t ret[DIGEST_MAX]) {
        if (!job->has_log || !job->log.has[b])
                return false;
        eventlog_replay(&job->log, b, predict_number(pcr), ret);
        return true;
}

/* The register as Linux shows it now, if it does. */
static bool read_register(const struct predict_job *job, unsigned pcr, enum bank b, char ret[2 * DIGEST_MAX + 1]) {
        char path[512], line[160] = "";
        snprintf(path, sizeof(path), "%s/pcr-%s/%u", job->pcrs ? job->pcrs : PCRS, bank_name(b), pcr);
        FILE *f = fopen(path, "re");
        bool ok = f && fgets(line, sizeof(line), f);
        if (f)
                fclose(f);
        line[strcspn(line, "\r\n")] = '\0';
        ok = ok && strlen(line) == 2 * bank_size(b);
        for (size_t i = 0; ok && i <= strlen(line); i++)
                ret[i] = line[i] >= 'A' && line[i] <= 'F' ? (char)(line[i] + 32) : line[i];
        return ok;
}

static void hex_of(const uint8_t *p, size_t n, char ret[2 * DIGEST_MAX + 1]) {
        struct text t = text_in(ret, 2 * DIGEST_MAX + 1);
        text_hex(&t, (struct span){ p, n });
}

/* A log that does not lead to the register's value is not the whole story. */
static void check_registers(struct predict_job *job) {
        static const enum predict_pcr from_log[] = { PCR_4, PCR_7 };
        for (size_t i = 0; job->has_log && i < 2; i++)
                for (unsigned b = 0; b < BANKS; b++) {
                        uint8_t value[DIGEST_MAX];
                        char now[2 * DIGEST_MAX + 1], then[2 * DIGEST_MAX + 1], line[160];
                        if (!running(job, from_log[i], (enum bank)b, value) ||
                            !read_register(job, predict_number(from_log[i]), (enum bank)b, now))
                                continue;
                        hex_of(value, bank_size((enum bank)b), then);
                        if (strcmp(now, then) == 0)
                                continue;
                        snprintf(line, sizeof(line), "the event log does not lead to the %s value that PCR %u has now", bank_name((enum bank)b),
                                 predict_number(from_log[i]));
                        predict_give_up(job, from_log[i], line);
                }
}

enum comparison { NOT_COMPARED, SAME, DIFFERS };

static enum comparison compare(const struct predict_job *job, enum predict_pcr pcr) {
        uint8_t value[DIGEST_MAX];
        for (unsigned b = 0; b < BANKS; b++)
                if (bank_known(job, pcr, (enum bank)b) && running(job, pcr, (enum bank)b, value))
                        return memcmp(value, job->value[pcr][b], bank_size((enum bank)b)) == 0 ? SAME : DIFFERS;
        return NOT_COMPARED;
}

/* ---- output ---- */

static const char *comparison_words(enum comparison c) {
        return c == SAME ? "as in the running boot" : c == DIFFERS ? "differs from the running boot" : "";
}

static void print_text(const struct predict_job *job) {
        const struct plan *plan = &job->plan_job->plan;
        out_field("image", job->plan_job->uki_path);
        out_field("handoff", plan_handoff_name(plan->handoff));
        out_field_span("line", (struct span){ (const uint8_t *)plan->line, plan->line_len });
        for (unsigned i = 0; i < PREDICTED; i++) {
                const enum predict_pcr pcr = (enum predict_pcr)i;
                const char *words = comparison_words(compare(job, pcr));
                printf("PCR %u%s%s%s\n", predict_number(pcr), words[0] ? ": " : "", words, job->known[i] ? "" : ": not known");
                if (!job->known[i])
                        printf("        %s\n", job->unknown[i]);
                for (unsigned b = 0; b < BANKS; b++) {
                        char hex[2 * DIGEST_MAX + 1];
                        if (!bank_known(job, pcr, (enum bank)b))
                                continue;
                        hex_of(job->value[i][b], bank_size((enum bank)b), hex);
                        printf("        %-6s %s\n", bank_name((enum bank)b), hex);
                }
                for (size_t k = 0; job->wants_events && k < job->n_measured; k++)
                        if (job->measured[k].pcr == pcr)
                                printf("        %c %s\n", job->measured[k].kept ? '=' : '+', job->measured[k].what);
        }
        out_field("note", job->notes);
}

static struct json_object *events_of(const struct predict_job *job, enum predict_pcr pcr) {
        struct json_object *list = json_object_new_array();
        for (size_t i = 0; i < job->n_measured; i++) {
                const struct measured *m = &job->measured[i];
                if (m->pcr != pcr)
                        continue;
                struct json_object *o = json_object_new_object();
                out_add(o, "what", m->what);
                out_add_bool(o, "kept", m->kept);
                for (unsigned b = 0; b < BANKS; b++)
                        if (m->has[b])
                                out_add_hex(o, bank_name((enum bank)b), (struct span){ m->digest[b], bank_size((enum bank)b) });
                json_object_array_add(list, o);
        }
        return list;
}

static void print_json(const struct predict_job *job) {
        const struct plan *plan = &job->plan_job->plan;
        struct json_object *top = json_object_new_object(), *pcrs = json_object_new_object();
        out_add(top, "image", job->plan_job->uki_path);
        out_add(top, "handoff", plan_handoff_name(plan->handoff));
        out_add_span(top, "line", (struct span){ (const uint8_t *)plan->line, plan->line_len });
        out_add_hex(top, "plan", (struct span){ plan->digest, SHA256_SIZE });
        for (unsigned i = 0; i < PREDICTED; i++) {
                struct json_object *o = json_object_new_object();
                enum comparison c = compare(job, (enum predict_pcr)i);
                char number[16];
                out_add_bool(o, "known", job->known[i]);
                if (!job->known[i])
                        out_add(o, "why", job->unknown[i]);
                if (c != NOT_COMPARED)
                        out_add_bool(o, "differs", c == DIFFERS);
                for (unsigned b = 0; b < BANKS; b++)
                        if (bank_known(job, (enum predict_pcr)i, (enum bank)b))
                                out_add_hex(o, bank_name((enum bank)b), (struct span){ job->value[i][b], bank_size((enum bank)b) });
                if (job->wants_events)
                        json_object_object_add(o, "events", events_of(job, (enum predict_pcr)i));
                snprintf(number, sizeof(number), "%u", predict_number((enum predict_pcr)i));
                json_object_object_add(pcrs, number, o);
        }
        json_object_object_add(top, "pcrs", pcrs);
        out_add(top, "notes", job->notes);
        out_json(top);
}

/* ---- input ---- */

static bool parse_machine(const char *name, uint16_t *ret) {
        *ret = strcmp(name, "aarch64") == 0 ? PE_MACHINE_AARCH64 : PE_MACHINE_X86_64;
        return strcmp(name, "aarch64") == 0 || strcmp(name, "x86_64") == 0;
}

static bool parse_via(const char *name, enum predict_via *ret) {
        *ret = strcmp(name, "loader") == 0 ? VIA_LOADER : VIA_NEXT;
        return strcmp(name, "loader") == 0 || strcmp(name, "next") == 0;
}

/* EXIT_OK: go on. */
static int parse_options(struct predict_job *job, int argc, char **argv, bool *ret_help) {
        static const struct option options[] = {
                { "addon", required_argument, NULL, 'a' },    { "profile", required_argument, NULL, 'p' },
                { "append", required_argument, NULL, 'w' },   { "policy", required_argument, NULL, 'y' },
                { "esp-path", required_argument, NULL, 'e' }, { "machine", required_argument, NULL, 'm' },
                { "ukiload", required_argument, NULL, 'u' },  { "via", required_argument, NULL, 'v' },
                { "eventlog", required_argument, NULL, 'l' }, { "pcrs", required_argument, NULL, 'r' },
                { "events", no_argument, NULL, 'E' },         { "json", no_argument, NULL, 'j' },
                { "help", no_argument, NULL, 'h' },           { NULL, 0, NULL, 0 },
        };
        struct plan_job *plan = job->plan_job;
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;)
                switch (c) {
                case 'a':
                        if (plan->n_addons >= REQUEST_ADDONS_MAX)
                                return out_fail(plan->json, EXIT_USAGE, "more than %u --addon: a request holds no more", REQUEST_ADDONS_MAX);
                        plan->addons[plan->n_addons++] = optarg;
                        break;
                case 'p': plan->profile = optarg; break;
                case 'w': plan->append = optarg; break;
                case 'y': plan->policy = optarg; break;
                case 'e': plan->esp = optarg; break;
                case 'm':
                        if (!parse_machine(optarg, &plan->machine))
                                return out_fail(plan->json, EXIT_USAGE, "--machine %s: say x86_64 or aarch64", optarg);
                        break;
                case 'u': job->ukiload = optarg; break;
                case 'v':
                        if (!parse_via(optarg, &job->via))
                                return out_fail(plan->json, EXIT_USAGE, "--via %s: say next or loader", optarg);
                        break;
                case 'l': job->eventlog_path = optarg; break;
                case 'r': job->pcrs = optarg; break;
                case 'E': job->wants_events = true; break;
                case 'j': plan->json = true; break;
                case 'h': *ret_help = true; return EXIT_OK;
                default: return out_usage("ukictl predict");
                }
        if (argc - optind != 1)
                return out_fail(plan->json, EXIT_USAGE, "name one UKI; see ukictl predict --help");
        plan->uki = argv[optind];
        return EXIT_OK;
}
