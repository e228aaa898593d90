/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl policy: its verbs, and those of them that are short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pe_write.h"
#include "judge/words.h"
#include "verb/policy_inside.h"

struct answer {
        bool admitted;
        unsigned line;
        const char *sensitive; /* why it is among the sensitive ones; NULL: it is not */
        char why[512];
};

/* One argument is one word; what the tokenizer would cut in two is none. */
static void check_word(const struct policy *policy, const char *arg, bool is_unsigned, struct answer *ret) {
        struct text why = TEXT_IN(ret->why);
        struct policy_query q = { .unauthenticated = is_unsigned };
        struct span line = span_of(arg), rest = line;

        ret->admitted = false;
        ret->line = 0;
        ret->sensitive = NULL;
        bool one = cmdline_next(&rest, &q.word) && q.word.whole.n == line.n;
        if (one)
                ret->sensitive = policy_sensitive(&q.word);
        if (one && word_refused(&q.word, &why))
                return;
        if (!one) {
                text_quoted(&why, line);
                text_str(&why, " is not one word; give each word as an argument of its own");
                return;
        }
        ret->admitted = policy_admits(policy, false, &q, &why);
        const struct policy_rule *rule = policy_rule_of(policy, &q);
        if (ret->admitted && rule)
                ret->line = rule->line;
}

static struct json_object *answer_json(const char *word, const struct answer *answer) {
        struct json_object *o = json_object_new_object();

        out_add_span(o, "word", span_of(word));
        out_add(o, "verdict", answer->admitted ? "admitted" : "refused");
        if (answer->admitted)
                out_add_int(o, "line", answer->line);
        else
                out_add_span(o, "reason", span_of(answer->why));
        if (answer->sensitive)
                out_add(o, "sensitive", answer->sensitive);
        return o;
}

#define CHECK_WHAT "name the kernel parameters to check, each as an argument of its own"

static enum exit_code run_check(void *work, struct text *why) {
        struct policy_job *job = work;
        const size_t first = policy_is_named(job);
        enum exit_code code = first ? policy_open(job, why) : policy_open_installed(job, why);

        if (code != EXIT_OK)
                return code;
        if (first == job->call.n_args) {
                text_str(why, CHECK_WHAT);
                return EXIT_USAGE;
        }
        struct json_object *list = json_object_new_array();
        for (size_t i = first; i < job->call.n_args; i++) {
                const char *word = job->call.args[i];
                struct answer answer;

                check_word(&job->file.policy, word, job->is_unsigned, &answer);
                code = answer.admitted ? code : EXIT_REFUSED;
                json_object_array_add(list, answer_json(word, &answer));
                if (!job->call.host.json && answer.admitted)
                        out_say("\"%s\" admitted by line %u%s%s%s", word, answer.line, answer.sensitive ? ", sensitive (" : "",
                                answer.sensitive ? answer.sensitive : "", answer.sensitive ? ")" : "");
                else if (!job->call.host.json)
                        out_say("%s", answer.why);
        }
        if (job->call.host.json) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "words", list);
                out_json(o);
        } else
                json_object_put(list);
        return code;
}

struct lint {
        bool json;
        size_t n;
        struct json_object *list;
};

static void note(void *arg, unsigned line, const char *sentence) {
        struct lint *lint = arg;
        struct json_object *o = json_object_new_object();

        out_add_int(o, "line", line);
        out_add_span(o, "text", span_of(sentence));
        json_object_array_add(lint->list, o);
        lint->n++;
        if (!lint->json && line > 0)
                out_say("line %u: %s", line, sentence);
        else if (!lint->json)
                out_say("%s", sentence);
}

static enum exit_code run_lint(void *work, struct text *why) {
        struct policy_job *job = work;
        enum exit_code code = policy_open(job, why);

        if (code != EXIT_OK)
                return code;
        struct lint lint = { job->call.host.json, 0, json_object_new_array() };
        policy_lint(&job->file.policy, note, &lint);
        if (lint.json) {
                struct json_object *o = json_object_new_object();

                json_object_object_add(o, "findings", lint.list);
                out_json(o);
        } else {
                json_object_put(lint.list);
                if (lint.n == 0)
                        out_say("%s: valid, %zu rules, nothing to note", job->call.n_args > 0 ? job->call.args[0] : "installed",
                                job->file.policy.n_rules);
        }
        return lint.n == 0 ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code run_show(void *work, struct text *why) {
        struct policy_job *job = work;

        if (job->call.n_args == 0) {
                enum exit_code code = policy_open_installed(job, why);

                if (code != EXIT_OK)
                        return code;
        } else if (!policy_file_read(job->call.args[0], &job->file, why))
                return job->file.file.p ? EXIT_FORMAT : EXIT_FAILED;
        if (!job->file.present) {
                text_cat(why, job->call.args[0], ": " POLICY_FILE_NONE, NULL);
                return EXIT_FAILED;
        }
        struct span text = span_trim_nul(job->file.text);
        if (job->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_text(o, "policy", text);
                out_json(o);
        } else
                out_text("", text);
        return EXIT_OK;
}

/* The image with the policy in it. */
static enum exit_code embed(const struct policy_job *job, const char *image, struct text *why) {
        struct bytes in = { NULL, 0 };

        if (!bytes_read(image, FILE_IMAGE_MAX, &in, why))
                return EXIT_FAILED;
        struct pe_write_section section = { ".ukipol", span_trim_nul(job->file.text), 0 };
        size_t cap = in.n + section.data.n + 65536, size = 0;
        uint8_t *out = need(cap);
        enum exit_code code = EXIT_OK;

        text_cat(why, image, " ", NULL);
        if (!pe_append_section(bytes_span(&in), &section, out, cap, &size, why))
                code = EXIT_FORMAT;
        else {
                text_clear(why);
                if (!job->call.host.dry_run && !bytes_write(job->out, (struct span) { out, size }, why))
                        code = EXIT_FAILED;
        }
        free(out);
        bytes_free(&in);
        return code;
}

static bool embed_holds(const void *work, struct text *why) {
        if (!((const struct policy_job *) work)->out)
                text_str(why, "policy embed: say with -o where to write");
        return why->len == 0;
}

static enum exit_code run_embed(void *work, struct text *why) {
        struct policy_job *job = work;
        enum exit_code code = policy_open(job, why);

        if (code == EXIT_OK)
                code = embed(job, job->call.args[1], why);
        if (code == EXIT_OK && job->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_span(o, "file", span_of(job->out));
                out_add_bool(o, "written", !job->call.host.dry_run);
                out_add_int(o, "rules", (int64_t) job->file.policy.n_rules);
                out_json(o);
        } else if (code == EXIT_OK && !job->call.host.quiet)
                out_say("%s: %s with %zu rules; sign it now", job->out, job->call.host.dry_run ? "would be written" : "written",
                        job->file.policy.n_rules);
        return code;
}

static const struct option_row json_alone[] = { OPTION_JSON, OPTIONS_END };
static const struct option_row host_options[] = { OPTIONS_HOST, OPTIONS_END };
static const struct option_row check_options[] = {
        OPTION(FLAG, struct policy_job, is_unsigned, "unsigned", NULL, "the words come from a request, not from a signed addon"),
        OPTIONS_HOST,
        OPTIONS_END,
};
static const struct option_row embed_options[] = {
        OPTION_LETTER('o', TEXT, struct policy_job, out, "output", "FILE", "where to write"),
        OPTIONS_HOST,
        OPTIONS_END,
};

/* clang-format off */
#define POLICY_VERB_ALIKE                                                                                        \
        .end = POLICY_VERB_CODES, .arguments = "FILE", .size = sizeof(struct policy_job)
/* clang-format on */
static const struct verb verb_check = {
        .name = "policy check",
        .usage = "[POLICY] WORD...",
        .about = "Says of each word whether it is let through, and by which line.",
        .options = check_options,
        .least = 1,
        .most = SIZE_MAX,
        .miscounted = CHECK_WHAT,
        .run = run_check,
        POLICY_VERB_ALIKE,
};
static const struct verb verb_lint = {
        .name = "policy lint",
        .usage = "[POLICY]",
        .about = "Says what its author should look at.",
        .options = host_options,
        .most = 1,
        .miscounted = "policy lint: name one policy",
        .run = run_lint,
        POLICY_VERB_ALIKE,
};
static const struct verb verb_show = {
        .name = "policy show",
        .usage = "[IMAGE]",
        .about = "Prints the policy in an image.",
        .options = host_options,
        .most = 1,
        .miscounted = "policy show: name one image",
        .run = run_show,
        POLICY_VERB_ALIKE,
};
static const struct verb verb_embed = {
        .name = "policy embed",
        .usage = "POLICY IMAGE -o OUT",
        .about = "Puts a policy into an image that is not signed yet.",
        .options = embed_options,
        .least = 2,
        .most = 2,
        .miscounted = "policy embed: name a policy and the image that it goes into",
        .holds = embed_holds,
        .run = run_embed,
        POLICY_VERB_ALIKE,
};
static const struct verb *const verbs[] = { &verb_check, &verb_lint, &verb_embed, &policy_verb_suggest, &verb_show, NULL };

const struct verb verb_policy = {
        .name = "policy",
        .summary = "check, lint, embed, suggest or show a policy",
        .about = "POLICY is a text file, or an image with a .ukipol section. Where check, lint and show\n"
                 "are given none it is that of the installed ukiload.",
        .end = POLICY_VERB_CODES,
        .options = json_alone,
        .verbs = verbs,
};
