/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include "console.h"

/* EDK2 follows the clusters of the last Read once more for each further one: a fast disk is asked three times at most. What comes
 * within QUICK_MS may grow by GROWTH and still takes less than a second. */
#define FIRST    (1u << 20)
#define GROWTH   16u
#define QUICK_MS 50u
#define LARGEST  (256u << 20)

/* A slow one is asked often enough for a second to end when it ends. */
#define PARTS_OF_SECOND 16u
#define SMALLEST        (64u << 10)

#define TEXT_WIDTH 29u /* "100 % of 1024 MB, 1024.5 MB/s": what is longer was there before, and is wiped out */

static void set_timer(struct progress *p, unsigned ms) {
        if (fw_bs->SetTimer(p->timer, TimerRelative, (UINT64) ms * 10000) == EFI_SUCCESS)
                return;
        (void) fw_bs->CloseEvent(p->timer);
        p->timer = NULL;
}

void progress_begin(struct progress *p, size_t total) {
        *p = (struct progress) { .total = total, .chunk = FIRST };
        if (total <= FIRST)
                return;
        if (fw_bs->CreateEvent(EVT_TIMER, 0, NULL, NULL, &p->timer) == EFI_SUCCESS)
                set_timer(p, QUICK_MS);
        else
                p->timer = NULL;
}

static void show(struct progress *p, size_t done) {
        char line[64];
        struct text text = TEXT_IN(line);

        text_dec(&text, (uint64_t) done * 100 / p->total);
        text_str(&text, " % of ");
        text_dec(&text, ((uint64_t) p->total + 500000) / 1000000);
        text_str(&text, " MB, ");
        text_dec(&text, p->rate / 1000000);
        text_char(&text, '.');
        text_dec(&text, p->rate / 100000 % 10);
        text_str(&text, " MB/s");
        while (text.len < TEXT_WIDTH)
                text_char(&text, ' ');
        console_in_place("reading", line);
        p->shown = true;
}

static void begin_second(struct progress *p, size_t done) {
        size_t chunk = p->rate / PARTS_OF_SECOND;

        p->chunk = chunk < SMALLEST ? SMALLEST : chunk < LARGEST ? chunk : LARGEST;
        p->second = done;
        set_timer(p, 1000);
}

static void quick(struct progress *p) {
        p->chunk = p->chunk < LARGEST / GROWTH ? p->chunk * GROWTH : LARGEST;
        if (p->timer)
                set_timer(p, QUICK_MS);
}

size_t progress_next(struct progress *p, size_t done) {
        bool over = p->timer && done > 0 && fw_bs->CheckEvent(p->timer) == EFI_SUCCESS;

        if (over && p->slow) {
                p->rate = done - p->second;
                show(p, done);
                begin_second(p, done);
        } else if (over) {
                p->slow = true;
                begin_second(p, done);
        } else if (!p->slow && done > 0)
                quick(p);
        return p->total - done < p->chunk ? p->total - done : p->chunk;
}

void progress_end(struct progress *p, size_t done) {
        if (p->timer)
                (void) fw_bs->CloseEvent(p->timer);
        if (!p->shown)
                return;
        if (done == p->total)
                show(p, done);
        console_end_line();
}
