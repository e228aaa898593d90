/* SPDX-License-Identifier: BSD-2-Clause */
/* What install and update have done, or would do. */
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "verb/install_inside.h"

static const char *done(const struct install_job *job, bool changed) {
        return !changed ? "as it should be already" : job->host.dry_run ? "would be written" : "written and read back";
}

/* "0.2", or "0.1 -> 0.2". */
static void versions(const struct install_job *job, struct text *ret) {
        char old_buf[64], new_buf[64];
        struct text old = TEXT_IN(old_buf), new = TEXT_IN(new_buf);

        install_version(bytes_span(&job->installed), &old);
        install_version(bytes_span(&job->image), &new);
        if (old.len > 0 && strcmp(old_buf, new_buf) != 0)
                text_cat(ret, old_buf, " -> ", NULL);
        text_str(ret, new_buf);
}

static void print_notes(const struct install_job *job) {
        for (size_t i = 0; i < job->notes.n; i++)
                out_field_span(i == 0 ? "note" : "", span_of(job->notes.v[i]));
}

static void print_text(const struct install_job *job) {
        char buf[PLAN_PATH_MAX + 64], version_buf[160];
        struct text t = TEXT_IN(buf), version = TEXT_IN(version_buf);

        versions(job, &version);
        out_field("version", version_buf);
        out_row("image", "%s: %s", job->target, done(job, job->image_written));
        out_row("addons", "%s%s: %s", job->host.esp, "/EFI/ukiload/addons", done(job, job->pool_made));
        text_cat(&t, job->through_shim ? ", through " : "", job->through_shim ? job->shim : "", NULL);
        if (job->menu)
                out_row("menu", "%s: %s", job->menu, done(job, job->menu_written));
        for (size_t i = 0; i < job->moved.n; i++)
                out_row("moved", "%s: its old place, %s", job->moved.v[i], job->host.dry_run ? "would go" : "is gone");
        for (size_t i = 0; i < job->n_numbers; i++)
                out_row("entry", "Boot%04X%s: %s", job->numbers[i], buf, done(job, job->entry_written));
        out_row("policy", "%s", job->policy_from);
        for (size_t i = 0; i < job->policy_changes.n; i++)
                out_field_span(i == 0 ? "changes" : "", span_of(job->policy_changes.v[i]));
        for (size_t i = 0; i < job->hidden.n; i++)
                out_field_span(i == 0 ? "hides" : "", span_of(job->hidden.v[i]));
        print_notes(job);
}

static void add_entries(const struct install_job *job, struct json_object *o) {
        struct names names = { NULL, 0 };

        for (size_t i = 0; i < job->n_numbers; i++) {
                char name[9];

                snprintf(name, sizeof(name), "Boot%04X", job->numbers[i]);
                names_add(&names, name);
        }
        if (names.n > 0)
                out_add(o, "entry", names.v[0]);
        json_object_object_add(o, "entries", out_list(&names));
        names_free(&names);
}

static void print_json(const struct install_job *job) {
        struct json_object *o = json_object_new_object();
        char buf[160];
        struct text version = TEXT_IN(buf);

        versions(job, &version);
        out_add(o, "version", buf);
        out_add_bool(o, "written", !job->host.dry_run);
        out_add(o, "image", job->target);
        out_add_bool(o, "image_changed", job->image_written);
        if (job->menu)
                out_add(o, "menu", job->menu);
        out_add_bool(o, "menu_changed", job->menu_written);
        json_object_object_add(o, "moved", out_list(&job->moved));
        out_add_bool(o, "addons_made", job->pool_made);
        add_entries(job, o);
        out_add_bool(o, "entry_changed", job->entry_written);
        out_add(o, "policy", job->policy_from);
        json_object_object_add(o, "policy_changes", out_list(&job->policy_changes));
        if (job->through_shim)
                out_add(o, "shim", job->shim);
        json_object_object_add(o, "hides", out_list(&job->hidden));
        json_object_object_add(o, "notes", out_list(&job->notes));
        out_json(o);
}

void install_print(const struct install_job *job) {
        if (job->host.json)
                print_json(job);
        else if (!job->host.quiet)
                print_text(job);
}

enum exit_code install_say_absent(const struct install_job *job) {
        if (job->host.json) {
                struct json_object *o = json_object_new_object();

                out_add_bool(o, "installed", false);
                if (job->notes.n > 0)
                        json_object_object_add(o, "notes", out_list(&job->notes));
                out_json(o);
        } else if (!job->host.quiet) {
                puts("ukiload is not installed, so there is nothing to update; ukictl install does that");
                print_notes(job);
        }
        return EXIT_OK;
}
