/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/verb_inside.h"

static bool is_being_built(const struct host *h) {
        return h->root[0] && !h->efivars_path && !host_has(h, EFIVARS_DIR);
}

static enum exit_code look(const struct verb *verb, struct call *call, struct text *why) {
        enum exit_code code = verb->writes ? host_need_root(&call->host, why) : EXIT_OK;

        if (verb->files_alone && is_being_built(&call->host))
                call->host.no_variables = true;
        if (code == EXIT_OK && verb->needs >= NEEDS_HOST)
                code = host_open(&call->host, why);
        if (code == EXIT_OK && verb->needs >= NEEDS_ESP)
                code = host_need_esp(&call->host, why);
        return code;
}

int verb_fail(bool json, enum exit_code code, struct text *why) {
        if (why->cut) {
                text_clear(why);
                text_str(why, "a name or word that was given is too long even to say what is wrong with it: shorten it");
        }
        return why->len > 0 ? out_fail(json, code, "%s", why->p) : (int) code;
}

int verb_work(const struct verb *verb, struct call *call) {
        char buf[VERB_WHY_MAX];
        struct text why = TEXT_IN(buf);
        enum exit_code code = look(verb, call, &why);

        if (code == EXIT_OK)
                code = verb->run(call, &why);
        return code != EXIT_OK ? verb_fail(call->host.json, code, &why) : (int) code;
}
