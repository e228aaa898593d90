/* SPDX-License-Identifier: BSD-2-Clause */
/* Measurements become values, and values are held against the running boot's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/predict.h"

unsigned predict_number(enum predict_pcr pcr) {
        static const unsigned numbers[PREDICTED] = {
                [PCR_4] = 4, [PCR_7] = 7, [PCR_9] = 9, [PCR_11] = 11, [PCR_12] = 12, [PCR_13] = 13
        };

        return numbers[pcr];
}

static struct measured *append(struct predict_job *job, enum predict_pcr pcr, const char *what) {
        struct measured *m;

        if (job->n_measured == MEASURED_MAX) {
                fputs("ukictl: more than " LIMIT_TEXT(MEASURED_MAX) " measurements\n", stderr);
                exit(EXIT_FAILED);
        }
        m = &job->measured[job->n_measured++];
        memset(m, 0, sizeof(*m));
        m->pcr = pcr;
        m->of = job->of;
        snprintf(m->what, sizeof(m->what), "%s", what);
        return m;
}

void predict_begin(struct predict_job *job) {
        for (unsigned i = 0; i < PREDICTED; i++)
                job->known[i] = true;
        job->of = OF_OTHERS;
        job->n_measured = 0;
        job->notes[0] = '\0';
        job->has_shim = job->secure_boot = false;
        memset(job->value, 0, sizeof(job->value));
}

static bool counts(const struct predict_job *job) {
        return job->via != VIA_STOCK || job->of != OF_OTHERS;
}

void predict_hashed(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct span *parts, size_t n) {
        uint8_t digest[BANKS][PCR_DIGEST_MAX] = { { 0 } };

        for (unsigned b = 0; b < BANKS; b++)
                if (job->bank[b] && counts(job))
                        pcr_hash((enum bank) b, parts, n, digest[b]);
        predict_digested(job, pcr, what, digest);
}

void predict_digested(struct predict_job *job, enum predict_pcr pcr, const char *what,
                      const uint8_t digest[BANKS][PCR_DIGEST_MAX]) {
        struct measured *m = append(job, pcr, what);

        for (unsigned b = 0; b < BANKS; b++) {
                m->has[b] = job->bank[b] && counts(job);
                if (m->has[b])
                        memcpy(m->digest[b], digest[b], bank_size((enum bank) b));
        }
}

void predict_kept(struct predict_job *job, enum predict_pcr pcr, const char *what, const struct tcg_event *e) {
        struct measured *m = append(job, pcr, what);

        m->kept = true;
        for (unsigned b = 0; b < BANKS; b++) {
                m->has[b] = job->bank[b] && e->digest[b].n > 0;
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

/* A bank that the log lacks tells nothing of the PCRs that need it. */
bool predict_bank_known(const struct predict_job *job, enum predict_pcr pcr, enum bank b) {
        return job->bank[b] && job->known[pcr] && (job->has_log ? job->log.has[b] : pcr >= PCR_11);
}

void predict_compute(struct predict_job *job) {
        for (size_t i = 0; i < job->n_measured; i++) {
                const struct measured *m = &job->measured[i];

                for (unsigned b = 0; b < BANKS; b++)
                        if (m->has[b])
                                pcr_extend((enum bank) b, job->value[m->pcr][b], m->digest[b]);
        }
}

/* What the PCR held in the running boot when its kernel started. */
static bool running(const struct predict_job *job, enum predict_pcr pcr, enum bank b, uint8_t ret[PCR_DIGEST_MAX]) {
        if (!job->has_log || !job->log.has[b])
                return false;
        pcr_replay(&job->log, b, predict_number(pcr), ret);
        return true;
}

/* The register as Linux shows it now, if it does. */
static bool read_register(const struct predict_job *job, unsigned pcr, enum bank b, char ret[2 * PCR_DIGEST_MAX + 1]) {
        char path[512], line[160] = "";

        snprintf(path, sizeof(path), "%s/pcr-%s/%u", job->pcrs, bank_name(b), pcr);
        FILE *f = fopen(path, "re");
        bool ok = f && fgets(line, sizeof(line), f);
        if (f)
                fclose(f);
        line[strcspn(line, "\r\n")] = '\0';
        ok = ok && strlen(line) == 2 * bank_size(b);
        for (size_t i = 0; ok && i <= strlen(line); i++)
                ret[i] = line[i] >= 'A' && line[i] <= 'F' ? (char) (line[i] + 32) : line[i];
        return ok;
}

void predict_hex(const uint8_t *p, size_t n, char ret[2 * PCR_DIGEST_MAX + 1]) {
        struct text t = text_in(ret, 2 * PCR_DIGEST_MAX + 1);

        text_hex(&t, (struct span) { p, n });
}

/* A log that does not lead to the register's value is not the whole story. */
void predict_check_registers(struct predict_job *job) {
        static const enum predict_pcr from_log[] = { PCR_4, PCR_7 };

        for (size_t i = 0; job->has_log && i < 2; i++)
                for (unsigned b = 0; b < BANKS; b++) {
                        uint8_t value[PCR_DIGEST_MAX];
                        char now[2 * PCR_DIGEST_MAX + 1], then[2 * PCR_DIGEST_MAX + 1], line[160];

                        if (!running(job, from_log[i], (enum bank) b, value) ||
                            !read_register(job, predict_number(from_log[i]), (enum bank) b, now))
                                continue;
                        predict_hex(value, bank_size((enum bank) b), then);
                        if (strcmp(now, then) == 0)
                                continue;
                        snprintf(line, sizeof(line), "the event log does not lead to the %s value that PCR %u has now",
                                 bank_name((enum bank) b), predict_number(from_log[i]));
                        predict_give_up(job, from_log[i], line);
                }
}

enum comparison predict_compare(const struct predict_job *job, enum predict_pcr pcr) {
        uint8_t value[PCR_DIGEST_MAX];

        for (unsigned b = 0; b < BANKS; b++)
                if (predict_bank_known(job, pcr, (enum bank) b) && running(job, pcr, (enum bank) b, value))
                        return memcmp(value, job->value[pcr][b], bank_size((enum bank) b)) == 0 ? SAME : DIFFERS;
        return NOT_COMPARED;
}

bool predict_is_shims(const struct tcg_event *e) {
        return e->pcr == 14;
}
