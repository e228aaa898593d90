/* SPDX-License-Identifier: BSD-2-Clause */
#include "verb/status_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "out.h"

#define REPORTED_FILE "/var/lib/ukiload/reported"

/* UkiloadLast stays until the next reload; what it says is news only once. Without the folder, which the unit makes, it is said
 * every time. */
static bool is_news(const struct host *h, const struct outcome *o) {
        char now_buf[160], before_buf[160], why_buf[512];
        struct text now = TEXT_IN(now_buf), before = TEXT_IN(before_buf), why = TEXT_IN(why_buf);

        text_cat(&now, o->id, " ", o->result, NULL);
        if (host_read(h, REPORTED_FILE, &before) && strcmp(before_buf, now_buf) == 0)
                return false;
        char *path = host_path(h, REPORTED_FILE);
        text_char(&now, '\n');
        if (!h->dry_run)
                (void) bytes_write(path, text_span(&now), &why);
        free(path);
        return true;
}

static bool went_wrong(const struct outcome *o) {
        return o->last == OUTCOME_REFUSED || o->last == OUTCOME_FAILED || o->last == OUTCOME_STALE || o->last == OUTCOME_HUNG;
}

/* With the journal's priorities in front (sd-daemon(3)). */
void status_report(const struct host *h, const struct arming *a, const struct outcome *o) {
        const char *id = o->id[0] ? o->id : "without an id";
        bool news = went_wrong(o) && is_news(h, o);

        if (news && o->last != OUTCOME_HUNG)
                out_say("<4>The last reload (%s) %s: %s", id,
                        o->last == OUTCOME_FAILED  ? "failed"
                        : o->last == OUTCOME_STALE ? "was stale and not executed"
                                                   : "was refused",
                        o->reason);
        else if (news)
                out_say("<4>The last reload (%s) was %s and never confirmed: it hung, or was reset", id, o->result);
        if (o->started_here && !o->applied)
                out_say("<3>ukiload started this boot, but /proc/cmdline lacks %s", o->missing);
        if (o->forged)
                puts("<3>" OUTCOME_FORGED ": not believed");
        if (a->state == ARMING_STALE || a->state == ARMING_INCOMPLETE || a->state == ARMING_BROKEN)
                out_say("<4>What is armed is %s: %s", arming_state_name(a->state), a->why);
}
