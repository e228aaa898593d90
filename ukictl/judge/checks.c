/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/checks.h"

struct text check_add(struct verdict *v, const char *name, enum check_state state, enum exit_code code) {
        size_t at = v->n < CHECKS_MAX ? v->n++ : CHECKS_MAX - 1;
        struct check *check = &v->checks[at];

        check->name = name;
        check->state = state;
        check->code = state == CHECK_FAILED ? code : EXIT_OK;
        return TEXT_IN(check->text);
}

enum exit_code verdict_code(const struct verdict *v) {
        for (size_t i = 0; i < v->n; i++)
                if (v->checks[i].state == CHECK_FAILED)
                        return v->checks[i].code;
        return EXIT_OK;
}
