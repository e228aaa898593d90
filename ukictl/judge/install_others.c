/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "host/esp.h"
#include "judge/install.h"

static void note_another(struct install_job *job, const char *path) {
        char old_buf[64], new_buf[64], line[1024], why_buf[256];
        struct text old = TEXT_IN(old_buf), new = TEXT_IN(new_buf), t = TEXT_IN(line), ignored = TEXT_IN(why_buf);
        struct bytes b;

        if (!bytes_read(path, FILE_IMAGE_MAX, &b, &ignored))
                return;
        bool is = install_is_ukiload(bytes_span(&b));
        install_version(bytes_span(&b), &old);
        bytes_free(&b);
        install_version(bytes_span(&job->image), &new);
        if (!is || strcmp(old_buf, new_buf) == 0)
                return;
        text_cat(&t, path, ": ukiload ", old_buf, " on another ESP of this machine stays; ukictl update --all-esps brings it to ",
                 new_buf, ", too", NULL);
        names_add(&job->notes, line);
}

void install_note_others(struct install_job *job) {
        struct names others = { NULL, 0 };

        if (!job->host.other_uuids)
                esp_others(&job->host, &others);
        for (size_t i = 0; i < others.n; i++)
                note_another(job, others.v[i]);
        names_free(&others);
}
