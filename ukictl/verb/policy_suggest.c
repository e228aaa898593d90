/* SPDX-License-Identifier: BSD-2-Clause */
/* ukictl policy suggest: the narrowest rules that let given addons through. A person then widens them, or does not. */
#include <stdlib.h>
#include <string.h>

#include "addon.h"
#include "overlay.h"
#include "stubrole.h"
#include "judge/named.h"
#include "judge/words.h"
#include "verb/policy_inside.h"

#define WORDS_MAX 256

struct source {
        const char *path;
        struct bytes bytes;
        struct addon addon;
        char bad[512]; /* not empty: it is no addon, or cannot be read; the sentence */
};

struct wanted {
        struct cmdline_word word;
        const char *path;     /* of the addon */
        bool covered;         /* an equal word came before */
        char impossible[160]; /* not empty: no rule can let it through */
};

struct suggest {
        struct call call;
        const char *uki;
        struct named named;
        struct bytes uki_bytes;
        char signed_buf[CMDLINE_MAX + 1];
        struct text signed_line;
        struct source *sources;
        size_t n_sources, n_words;
        struct wanted words[WORDS_MAX];
        char text_buf[POLICY_SIZE_MAX];
        struct text text; /* the policy that is suggested */
        struct json_object *rules;
        struct pe pe;
        struct uki image;
        struct policy policy;
        struct overlay overlay;
};

static bool name_in(struct span line, struct span name) {
        for (struct cmdline_word w; cmdline_next(&line, &w);)
                if (cmdline_name_eq(w.name, name))
                        return true;
        return false;
}

static size_t times_named(const struct suggest *s, struct span name) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_words; i++)
                n += cmdline_name_eq(s->words[i].word.name, name);
        return n;
}

static void judge_possible(struct wanted *w) {
        struct text t = TEXT_IN(w->impossible);

        if (word_possible(&w->word, &t) && w->word.whole.n + 32 > POLICY_RULE_BYTES)
                text_str(&t, "longer than a rule may be; write one with `*` by hand");
}

static bool add_words(struct suggest *s, const struct source *source, struct text *why) {
        struct span rest = source->addon.cmdline;

        for (struct cmdline_word word; cmdline_next(&rest, &word);) {
                if (s->n_words == WORDS_MAX) {
                        text_str(why, "more than " LIMIT_TEXT(WORDS_MAX) " words in all; ask for fewer addons at once");
                        return false;
                }
                struct wanted *w = &s->words[s->n_words];
                *w = (struct wanted) { .word = word, .path = source->path };
                for (size_t i = 0; i < s->n_words; i++)
                        w->covered = w->covered || span_eq(s->words[i].word.whole, word.whole);
                judge_possible(w);
                s->n_words++;
        }
        return true;
}

static void write_reason(const struct suggest *s, const struct wanted *w, struct text *t) {
        text_shown(t, span_of(w->path), 80);
        if (w->impossible[0]) {
                text_str(t, ": cannot be allowed: ");
                text_quoted(t, w->word.whole);
                text_cat(t, " ", w->impossible, NULL);
                return;
        }
        const char *sensitive = policy_sensitive(&w->word);
        if (sensitive)
                text_cat(t, "; sensitive: ", sensitive, NULL);
        if (times_named(s, w->word.name) > 1)
                text_str(t, "; repeat: the name comes more than once");
        else if (name_in(text_span(&s->signed_line), w->word.name))
                text_str(t, "; override: the UKI's signed line has it");
}

static void write_word(struct suggest *s, const struct wanted *w) {
        char rule_buf[POLICY_RULE_BYTES + 1], reason_buf[400];
        struct text rule = TEXT_IN(rule_buf), reason = TEXT_IN(reason_buf);
        struct json_object *o = json_object_new_object();

        if (!w->impossible[0])
                word_rule(&w->word, times_named(s, w->word.name) > 1, name_in(text_span(&s->signed_line), w->word.name), &rule);
        write_reason(s, w, &reason);
        text_cat(&s->text, "# ", reason_buf, "\n", rule_buf, rule.len ? "\n" : "", NULL);
        out_add_span(o, "word", w->word.whole);
        out_add_span(o, "addon", span_of(w->path));
        if (rule.len)
                out_add_span(o, "rule", text_span(&rule));
        out_add_span(o, "reason", text_span(&reason));
        json_object_array_add(s->rules, o);
}

static void write_sections(struct suggest *s) {
        bool initrd = false, ucode = false, dtb = false;

        for (size_t i = 0; i < s->n_sources; i++) {
                initrd = initrd || s->sources[i].addon.initrd.n > 0;
                ucode = ucode || s->sources[i].addon.ucode.n > 0;
                dtb = dtb || s->sources[i].addon.dtb.n > 0;
        }
        if (initrd || ucode || dtb)
                text_cat(&s->text, "# code, not words: it runs with full rights\n@allow-sections", initrd ? " .initrd" : "",
                         ucode ? " .ucode" : "", dtb ? " .dtb" : "", "\n", NULL);
}

static void write_policy(struct suggest *s) {
        s->text = TEXT_IN(s->text_buf);
        text_str(&s->text, "@version 1\n");
        for (size_t i = 0; i < s->n_sources; i++)
                if (s->sources[i].bad[0]) {
                        text_str(&s->text, "# passed over: ");
                        text_shown(&s->text, span_of(s->sources[i].bad), sizeof(s->sources[i].bad));
                        text_str(&s->text, "\n");
                }
        write_sections(s);
        for (size_t i = 0; i < s->n_words; i++)
                if (!s->words[i].covered)
                        write_word(s, &s->words[i]);
}

/* The suggestion has to hold before the judge that firmware asks. */
static bool prove(struct suggest *s, struct text *why) {
        if (s->text.cut) {
                text_str(why, "the rules would be longer than a policy may be; ask for fewer addons at once");
                return false;
        }
        if (!policy_parse(text_span(&s->text), &s->policy, why) ||
            !overlay_begin(&s->overlay, text_span(&s->signed_line), &s->policy, NULL, why))
                return false;
        for (size_t i = 0; i < s->n_sources; i++) {
                const struct source *source = &s->sources[i];
                struct span line = source->addon.text;

                if (source->bad[0]) {
                        text_str(why, source->bad);
                        return false;
                }
                if (line.n > 0 && !overlay_add(&s->overlay, line, false, why))
                        return false;
        }
        return true;
}

static enum exit_code read_uki(struct suggest *s, struct text *why) {
        s->signed_line = TEXT_IN(s->signed_buf);
        if (!s->uki)
                return EXIT_OK;
        s->call.host.no_variables = true;
        enum exit_code code = host_open(&s->call.host, why);
        if (code == EXIT_OK)
                code = named_find(&s->call.host, s->uki, &s->named, why);
        if (code != EXIT_OK)
                return code;
        s->uki = s->named.file;
        if (!bytes_read(s->uki, FILE_IMAGE_MAX, &s->uki_bytes, why))
                return EXIT_FAILED;
        text_cat(why, s->uki, " ", NULL);
        if (!pe_open_file(bytes_span(&s->uki_bytes), &s->pe, why) || !uki_open(&s->pe, 0, &s->image, why))
                return EXIT_FORMAT;
        text_clear(why);
        const struct stubline rules = stubline_rules(stubrole_version(&s->image), false);
        if (s->image.has[UKI_CMDLINE])
                stubline_section(&rules, s->image.section[UKI_CMDLINE], &s->signed_line);
        return EXIT_OK;
}

static enum exit_code read_addon(struct suggest *s, struct source *source, struct text *why) {
        if (!bytes_read(source->path, FILE_IMAGE_MAX, &source->bytes, why))
                return EXIT_FAILED;
        text_cat(why, source->path, " ", NULL);
        if (!pe_open_file(bytes_span(&source->bytes), &s->pe, why) || addon_open(&s->pe, NULL, &source->addon, why) != ADDON_FITS)
                return EXIT_FORMAT;
        text_clear(why);
        return EXIT_OK;
}

/* One that cannot be read among others is told, and the others are served. */
static enum exit_code read_addons(struct suggest *s, struct text *why) {
        size_t n_bad = 0;

        for (size_t i = 0; i < s->n_sources; i++) {
                struct source *source = &s->sources[i];
                struct text bad = TEXT_IN(source->bad);

                source->path = s->call.args[i];
                enum exit_code code = read_addon(s, source, &bad);
                n_bad += code != EXIT_OK;
                if (n_bad == s->n_sources) {
                        text_str(why, source->bad);
                        return code;
                }
                if (code == EXIT_OK && !add_words(s, source, why))
                        return EXIT_FAILED;
        }
        return EXIT_OK;
}

static enum exit_code print(struct suggest *s) {
        char buf[1024];
        struct text why = TEXT_IN(buf);
        bool holds = prove(s, &why);

        if (s->call.host.json) {
                struct json_object *o = json_object_new_object();

                out_add_bool(o, "complete", holds);
                if (!holds)
                        out_add_span(o, "reason", text_span(&why));
                json_object_object_add(o, "words", s->rules);
                out_add_text(o, "policy", text_span(&s->text));
                out_json(o);
                s->rules = NULL;
        } else {
                out_text("", text_span(&s->text));
                if (!holds)
                        out_say("# even so not all is let through: %s", buf);
        }
        return holds ? EXIT_OK : EXIT_REFUSED;
}

static enum exit_code run(void *work, struct text *why) {
        struct suggest *s = work;

        s->rules = json_object_new_array();
        s->n_sources = s->call.n_args;
        s->sources = need(s->n_sources * sizeof(*s->sources));
        memset(s->sources, 0, s->n_sources * sizeof(*s->sources));
        enum exit_code code = read_uki(s, why);
        if (code == EXIT_OK)
                code = read_addons(s, why);
        if (code != EXIT_OK)
                return code;
        write_policy(s);
        return print(s);
}

static void finish(void *work) {
        struct suggest *s = work;

        for (size_t i = 0; i < s->n_sources; i++)
                bytes_free(&s->sources[i].bytes);
        if (s->rules)
                json_object_put(s->rules);
        bytes_free(&s->uki_bytes);
        named_free(&s->named);
        free(s->sources);
}

static const struct option_row options[] = {
        OPTION(TEXT, struct suggest, uki, "uki", "UKI", "the UKI whose signed line they meet"),
        OPTIONS_HOST,
        OPTIONS_END,
};

const struct verb policy_verb_suggest = {
        .name = "policy suggest",
        .usage = "ADDON...",
        .about = "Prints the rules that these addons need.",
        .end = POLICY_VERB_CODES,
        .options = options,
        .arguments = "FILE",
        .least = 1,
        .most = SIZE_MAX,
        .miscounted = "policy suggest needs an addon",
        .size = sizeof(struct suggest),
        .run = run,
        .finish = finish,
};
