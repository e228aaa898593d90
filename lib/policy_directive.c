/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy_parse.h"

static bool once(struct policy_parser *ps, enum policy_seen which, struct span name) {
        if (ps->seen & which)
                return policy_fail(ps, "", name, " stands here once more; a policy has one");
        ps->seen |= which;
        return true;
}

/* The directive's only word, and nothing behind it. */
static bool one_word(const struct policy_parser *ps, struct span name, struct span rest, const char *wanted, struct span *ret) {
        struct span more;

        if (!policy_take_word(&rest, ret))
                return policy_fail(ps, "", name, wanted);
        if (policy_take_word(&rest, &more))
                return policy_fail(ps, "", more, " is too much; the directive takes one word");
        return true;
}

static bool parse_version(struct policy_parser *ps, struct span name, struct span rest) {
        struct span word;

        if (!once(ps, POLICY_SEEN_VERSION, name) || !one_word(ps, name, rest, " needs a number; write \"@version 1\"", &word))
                return false;
        if (!span_eq_str(word, "1"))
                return policy_fail(ps, "version ", word, " is not known to this ukiload, which knows version 1");
        return true;
}

static bool parse_violation(struct policy_parser *ps, struct span name, struct span rest) {
        struct span word;

        if (!once(ps, POLICY_SEEN_VIOLATION, name) ||
            !one_word(ps, name, rest, " has to be followed by one of the words \"skip\" and \"abort\"", &word))
                return false;
        ps->pol->abort_on_violation = span_eq_str(word, "abort");
        if (!ps->pol->abort_on_violation && !span_eq_str(word, "skip"))
                return policy_fail(ps, "", word, " is no way to meet a violation; write \"skip\" or \"abort\"");
        return true;
}

static bool parse_require(struct policy_parser *ps, struct span name, struct span rest) {
        struct policy *pol = ps->pol;
        struct span word, key, value;

        if (!one_word(ps, name, rest, " needs a word, such as \"audit=1\"", &word))
                return false;
        policy_split(word, &key, &value);
        if (!policy_name_ok(ps, key) || !policy_value_ok(ps, value, false))
                return false;
        for (size_t i = 0; i < pol->n_require; i++)
                if (span_eq(pol->require[i].word, word))
                        return policy_fail(ps, "", word, " is required twice; remove one");
        if (pol->n_require == POLICY_REQUIRE_MAX)
                return policy_fail(ps, "", word,
                                   " would be one requirement too many; a policy holds at most " LIMIT_TEXT(POLICY_REQUIRE_MAX));
        pol->require[pol->n_require].word = word;
        pol->require[pol->n_require++].line = ps->line;
        return true;
}

static unsigned section_named(struct span word) {
        if (span_eq_str(word, ".initrd"))
                return POLICY_INITRD;
        if (span_eq_str(word, ".ucode"))
                return POLICY_UCODE;
        if (span_eq_str(word, ".dtb"))
                return POLICY_DTB;
        return 0;
}

static bool parse_sections(struct policy_parser *ps, struct span name, struct span rest) {
        struct span word;

        if (!once(ps, POLICY_SEEN_SECTIONS, name))
                return false;
        while (policy_take_word(&rest, &word)) {
                const unsigned section = section_named(word);

                if (section == 0)
                        return policy_fail(ps, "", word, " cannot be allowed; write one or more of .initrd .ucode .dtb");
                if (ps->pol->sections & section)
                        return policy_fail(ps, "", word, " is allowed twice; remove one");
                ps->pol->sections |= section;
        }
        if (ps->pol->sections == 0)
                return policy_fail(ps, "", name, " needs one or more of .initrd .ucode .dtb");
        return true;
}

static bool parse_handoff(struct policy_parser *ps, struct span name, struct span rest) {
        struct span word;

        if (!once(ps, POLICY_SEEN_HANDOFF, name) ||
            !one_word(ps, name, rest, " has to be followed by the word \"kernel\"", &word))
                return false;
        if (!span_eq_str(word, "kernel"))
                return policy_fail(ps, "", word, " is no handoff that a policy can ask for; write \"kernel\"");
        ps->pol->handoff_kernel = true;
        return true;
}

static bool parse_requests(struct policy_parser *ps, struct span name, struct span rest) {
        struct span word;

        if (!once(ps, POLICY_SEEN_REQUESTS, name) || !one_word(ps, name, rest, " takes no value but the word \"off\"", &word))
                return false;
        if (!span_eq_str(word, "off"))
                return policy_fail(ps, "", word, ": requests can only be turned \"off\"; leave the line out to keep them");
        ps->pol->requests_off = true;
        return true;
}

static bool parse_measure(struct policy_parser *ps, struct span name, struct span rest) {
        struct span more;

        if (!once(ps, POLICY_SEEN_MEASURE, name))
                return false;
        if (policy_take_word(&rest, &more))
                return policy_fail(ps, "", more, " is too much; nothing stands behind \"@measure\"");
        ps->pol->measure = true;
        return true;
}

bool policy_directive(struct policy_parser *ps, struct span body) {
        struct span rest = body, name;

        policy_take_word(&rest, &name);
        if (span_eq_str(name, "@version"))
                return parse_version(ps, name, rest);
        if (!(ps->seen & POLICY_SEEN_VERSION))
                return policy_fail_version(ps, name);
        if (span_eq_str(name, "@on-violation"))
                return parse_violation(ps, name, rest);
        if (span_eq_str(name, "@require"))
                return parse_require(ps, name, rest);
        if (span_eq_str(name, "@allow-sections"))
                return parse_sections(ps, name, rest);
        if (span_eq_str(name, "@handoff"))
                return parse_handoff(ps, name, rest);
        if (span_eq_str(name, "@requests"))
                return parse_requests(ps, name, rest);
        if (span_eq_str(name, "@measure"))
                return parse_measure(ps, name, rest);
        return policy_fail(ps, "unknown directive ", name,
                           "; known are @version, @on-violation, @require, @allow-sections, @handoff, @requests and @measure");
}
