/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl predict --pcrlock: components of systemd-pcrlock(8) in a folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/root.h"
#include "verb/predict_inside.h"

#define COUNT_CHARS 3 /* of records, in front of a variant's name */

bool predict_folder(const char *dir, struct text *why) {
        struct stat st;

        if (root_stat(dir, &st) && S_ISDIR(st.st_mode))
                return true;
        text_cat(why, dir,
                 ": components go into a folder that is there; systemd-pcrlock reads /var/lib/pcrlock.d and /etc/pcrlock.d",
                 NULL);
        return false;
}

static enum exit_code refuse(const char *path, const char *clause, struct text *why) {
        const int error = errno;

        text_cat(why, path, ": ", clause, strerror(error), file_advice(error), NULL);
        return error == EACCES || error == EPERM ? EXIT_PRIVILEGE : EXIT_FAILED;
}

/* An earlier variant for the same plan that has more records, or fewer. */
static enum exit_code remove_earlier(const char *folder, const char *name, struct text *why) {
        struct names names;
        enum exit_code code = EXIT_OK;

        if (!names_read(folder, &names, why))
                return EXIT_FAILED;
        for (size_t i = 0; i < names.n && code == EXIT_OK; i++) {
                const char *other = names.v[i];

                if (strspn(other, "0123456789") != COUNT_CHARS || strcmp(other + COUNT_CHARS, name + COUNT_CHARS) != 0 ||
                    strcmp(other, name) == 0)
                        continue;
                char *path = file_join(folder, other, strlen(other));
                if (!root_unlink(path))
                        code = refuse(path, "cannot be removed: ", why);
                free(path);
        }
        names_free(&names);
        return code;
}

static enum exit_code put(const char *folder, const char *path, const struct pcrlock_file *file, struct text *why) {
        if (!root_mkdir(folder) && errno != EEXIST)
                return refuse(folder, "cannot become the folder of a component: ", why);
        enum exit_code code = file_put(path, (struct span) { (const uint8_t *) file->text, strlen(file->text) }, why);
        return code == EXIT_OK ? remove_earlier(folder, file->name, why) : code;
}

static void note_unknown(struct predict_job *job, const struct pcrlock_file *file) {
        char buf[512];
        struct text note = TEXT_IN(buf);

        text_cat(&note, file->component, ": ", file->name + COUNT_CHARS + 1,
                 " is not written, for what it would say cannot be known now; one of an earlier time stays", NULL);
        predict_note(job, buf);
}

enum exit_code predict_write(struct predict_job *job, const struct pcrlock_file file[PREDICT_OF], bool dry_run,
                             struct names *written, struct text *why) {
        enum exit_code code = EXIT_OK;

        for (unsigned i = 0; i < PREDICT_OF && code == EXIT_OK; i++) {
                char *folder = NULL, *path;

                if (file[i].component && !file[i].text)
                        note_unknown(job, &file[i]);
                if (!file[i].text)
                        continue;
                if (asprintf(&folder, "%s/%s.pcrlock.d", job->pcrlock, file[i].component) < 0) {
                        text_str(why, "out of memory");
                        return EXIT_FAILED;
                }
                path = file_join(folder, file[i].name, strlen(file[i].name));
                code = dry_run ? EXIT_OK : put(folder, path, &file[i], why);
                if (code == EXIT_OK)
                        names_add(written, path);
                free(path);
                free(folder);
        }
        return code;
}
