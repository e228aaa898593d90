/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl policy: its verbs, and those of them that are short. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "pe_write.h"
#include "judge/policy_file.h"

static void help(void) {
        puts("usage: ukictl policy check POLICY WORD...     is each word let through, and by which line\n"
             "       ukictl policy lint POLICY              what its author should look at\n"
             "       ukictl policy embed POLICY IMAGE -o OUT  put it into an image that is not signed yet\n"
             "       ukictl policy suggest ADDON...         the rules that these addons need\n"
             "       ukictl policy show IMAGE               the policy in an image\n\n"
             "POLICY is a text file, or an image with a .ukipol section.\n\n"
             "  --unsigned          check: the words come from a request, not from a signed addon\n"
             "  --uki UKI           suggest: the UKI whose signed line they meet\n"
             "  -o, --output FILE   embed: where to write\n"
             "  --json              print JSON\n\n"
             "Exit codes: 0 ok, 1 lint found something or a file cannot be read, 2 usage, 5 not a valid\n"
             "policy or image, 7 a word is refused.");
}

static const struct {
        const char *name;
        int (*run)(int, char **);
} verbs[] = {
        { "check", policy_check },     { "lint", policy_lint_verb }, { "embed", policy_embed },
        { "suggest", policy_suggest }, { "show", policy_show },
};

int verb_policy(int argc, char **argv) {
        if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                help();
                return EXIT_OK;
        }
        for (size_t i = 0; argc >= 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                if (strcmp(argv[1], verbs[i].name) != 0)
                        continue;
                for (int k = 2; k < argc && strcmp(argv[k], "--") != 0; k++)
                        if (strcmp(argv[k], "--help") == 0) {
                                help();
                                return EXIT_OK;
                        }
                char name[64];
                snprintf(name, sizeof(name), "ukictl policy %s", verbs[i].name);
                argv[1] = name;
                return verbs[i].run(argc - 1, argv + 1);
        }
        fputs("ukictl: say policy check, lint, embed, suggest or show; see ukictl policy --help\n", stderr);
        return EXIT_USAGE;
}

/* Options that these verbs share. EXIT_OK: go on at optind. */
struct options {
        bool json, is_unsigned;
        const char *out;
};
static int parse(int argc, char **argv, int least, struct options *ret) {
        static const struct option options[] = {
                { "json", no_argument, NULL, 'j' },
                { "unsigned", no_argument, NULL, 'u' },
                { "output", required_argument, NULL, 'o' },
                { NULL, 0, NULL, 0 },
        };
        memset(ret, 0, sizeof(*ret));
        for (int c; (c = getopt_long(argc, argv, "o:", options, NULL)) != -1;)
                switch (c) {
                case 'j': ret->json = true; break;
                case 'u': ret->is_unsigned = true; break;
                case 'o': ret->out = optarg; break;
                default: return out_usage("ukictl policy");
                }
        return argc - optind < least ? out_usage("ukictl policy") : EXIT_OK;
}

/* A policy that has to be there and be valid; NULL if not, and *ret_code is the code of what was said. */
static struct policy_file *open_policy(const char *path, bool json, int *ret_code) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct policy_file *file = need(sizeof(*file));
        bool ok = policy_file_open(path, file, &why);
        if (ok && file->present)
                return file;
        if (ok)
                *ret_code = out_fail(json, EXIT_FORMAT, "%s: has no .ukipol section", path);
        else
                *ret_code = out_fail(json, file->bytes.p ? EXIT_FORMAT : EXIT_FAILED, "%s", buf);
        bytes_free(&file->bytes);
        free(file);
        return NULL;
}

static void close_policy(struct policy_file *file) {
        bytes_free(&file->bytes);
        free(file);
}

struct answer {
        bool admitted;
        unsigned line;
        char why[512];
};

/* One argument is one word; what the tokenizer would cut in two is none. */
static void check_word(const struct policy *policy, const char *arg, bool is_unsigned, struct answer *ret) {
        struct text why = TEXT_IN(ret->why);
        struct policy_query q = { .unauthenticated = is_unsigned };
        struct span line = span_of(arg), rest = line;

        ret->admitted = false;
        ret->line = 0;
        if (!cmdline_bytes_ok(line, &why))
                return;
        if (!cmdline_next(&rest, &q.word) || q.word.whole.n != line.n) {
                text_quoted(&why, line);
                text_str(&why, " is not one word; give each word as an argument of its own");
                return;
        }
        ret->admitted = policy_admits(policy, "", &q, &why);
        const struct policy_rule *rule = policy_match(policy, &q.word);
        if (ret->admitted && rule)
                ret->line = rule->line;
}

int policy_check(int argc, char **argv) {
        struct options options;
        int r = parse(argc, argv, 2, &options);
        struct policy_file *file = r == EXIT_OK ? open_policy(argv[optind], options.json, &r) : NULL;
        if (!file)
                return r;
        struct json_object *list = json_object_new_array();
        for (int i = optind + 1; i < argc; i++) {
                struct answer answer;
                check_word(&file->policy, argv[i], options.is_unsigned, &answer);
                if (!answer.admitted)
                        r = EXIT_REFUSED;
                struct json_object *o = json_object_new_object();
                out_add_span(o, "word", span_of(argv[i]));
                out_add_bool(o, "admitted", answer.admitted);
                if (answer.admitted)
                        out_add_int(o, "line", answer.line);
                else
                        out_add_span(o, "reason", span_of(answer.why));
                json_object_array_add(list, o);
                if (!options.json && answer.admitted)
                        out_say("\"%s\" admitted by line %u", argv[i], answer.line);
                else if (!options.json)
                        out_say("%s", answer.why);
        }
        if (options.json)
                out_json(list);
        else
                json_object_put(list);
        close_policy(file);
        return r;
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
        out_add_span(o, "note", span_of(sentence));
        json_object_array_add(lint->list, o);
        lint->n++;
        if (!lint->json && line > 0)
                out_say("line %u: %s", line, sentence);
        else if (!lint->json)
                out_say("%s", sentence);
}

int policy_lint_verb(int argc, char **argv) {
        struct options options;
        int r = parse(argc, argv, 1, &options);
        struct policy_file *file = r == EXIT_OK ? open_policy(argv[optind], options.json, &r) : NULL;
        if (!file)
                return r;
        struct lint lint = { options.json, 0, json_object_new_array() };
        policy_lint(&file->policy, note, &lint);
        if (options.json)
                out_json(lint.list);
        else {
                json_object_put(lint.list);
                if (lint.n == 0)
                        out_say("%s: valid, %zu rules, nothing to note", argv[optind], file->policy.n_rules);
        }
        close_policy(file);
        return lint.n == 0 ? EXIT_OK : EXIT_FAILED;
}

int policy_show(int argc, char **argv) {
        struct options options;
        char buf[1024];
        struct text why = TEXT_IN(buf);
        int r = parse(argc, argv, 1, &options);
        if (r != EXIT_OK)
                return r;
        struct policy_file *file = need(sizeof(*file));
        if (!policy_file_read(argv[optind], file, &why))
                r = out_fail(options.json, file->bytes.p ? EXIT_FORMAT : EXIT_FAILED, "%s", buf);
        else if (!file->present)
                r = out_fail(options.json, EXIT_FAILED, "%s: has no .ukipol section", argv[optind]);
        else {
                struct span text = span_trim_nul(file->text);
                if (options.json) {
                        struct json_object *o = json_object_new_object();
                        out_add_text(o, "policy", text);
                        out_json(o);
                } else
                        out_text("", text);
        }
        close_policy(file);
        return r;
}

/* The image with the policy in it; EXIT_OK, or the code of what was said. */
static int embed(const struct policy_file *policy, const char *image, const struct options *options) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        struct bytes in = { NULL, 0 };
        if (!bytes_read(image, FILE_IMAGE_MAX, &in, &why))
                return out_fail(options->json, EXIT_FAILED, "%s", buf);
        struct pe_write_section section = { ".ukipol", span_trim_nul(policy->text), 0 };
        size_t cap = in.n + section.data.n + 65536, size = 0;
        uint8_t *out = need(cap);
        int r = EXIT_OK;

        text_cat(&why, image, " ", NULL);
        if (!pe_append_section(bytes_span(&in), &section, out, cap, &size, &why))
                r = out_fail(options->json, EXIT_FORMAT, "%s", buf);
        else {
                text_clear(&why);
                if (!bytes_write(options->out, (struct span) { out, size }, &why))
                        r = out_fail(options->json, EXIT_FAILED, "%s", buf);
        }
        free(out);
        bytes_free(&in);
        return r;
}

int policy_embed(int argc, char **argv) {
        struct options options;
        int r = parse(argc, argv, 2, &options);
        if (r == EXIT_OK && !options.out)
                r = out_fail(options.json, EXIT_USAGE, "policy embed: say with -o where to write");
        struct policy_file *file = r == EXIT_OK ? open_policy(argv[optind], options.json, &r) : NULL;
        if (!file)
                return r;
        r = embed(file, argv[optind + 1], &options);
        if (r == EXIT_OK && options.json) {
                struct json_object *o = json_object_new_object();
                out_add_span(o, "file", span_of(options.out));
                out_add_int(o, "rules", (int64_t) file->policy.n_rules);
                out_json(o);
        } else if (r == EXIT_OK)
                out_say("%s: written with %zu rules; sign it now", options.out, file->policy.n_rules);
        close_policy(file);
        return r;
}
