/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy that a verb of ukictl policy is about. */
#include <sys/stat.h>

#include "judge/words.h"
#include "verb/policy_inside.h"

/* A kernel parameter may have slashes, too. */
bool policy_is_named(const struct policy_job *job) {
        const char *arg = job->call.n_args > 0 ? job->call.args[0] : "";
        struct stat st;

        return (stat(arg, &st) == 0 && !S_ISDIR(st.st_mode)) || span_ends_nocase(span_of(arg), ".policy") ||
               span_ends_nocase(span_of(arg), UKI_TAIL);
}

enum exit_code policy_open_installed(struct policy_job *job, struct text *why) {
        job->call.host.no_variables = true;
        enum exit_code code = host_open(&job->call.host, why);

        if (code != EXIT_OK || words_policy(&job->call.host, &job->file))
                return code;
        code = host_need_readable(&job->call.host, why);
        if (code != EXIT_OK)
                return code;
        text_str(why, "no ukiload with a policy is installed here: name a policy first, a text or an image");
        return EXIT_FAILED;
}

enum exit_code policy_open(struct policy_job *job, struct text *why) {
        if (job->call.n_args == 0)
                return policy_open_installed(job, why);
        const char *path = job->call.args[0];
        bool ok = policy_file_open(path, &job->file, why);

        if (ok && job->file.present)
                return EXIT_OK;
        if (ok)
                text_cat(why, path, ": " POLICY_FILE_NONE, NULL);
        return ok || job->file.file.p ? EXIT_FORMAT : EXIT_FAILED;
}
