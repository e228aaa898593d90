/* SPDX-License-Identifier: BSD-2-Clause */
/* A start of ukiload over a folder of this host as the ESP, for tests that ask host and firmware the same question
 * (test/ukictl/test_agree.py):
 *
 *      ask FOLDER [policy=FILE] [request=TEXT] [current=HEX] [confidential]
 *
 * Secure Boot is off: the bench knows no real signatures. Prints the file that was started and its line, or "refused" and the
 * reason; then a line for each addon, and one for each image that was passed over. */
#include <dirent.h>
#include <sys/stat.h>

#include "inside.h"

struct asked {
        char path[4096], firmware[512];
        struct machine *m;
};

static uint8_t *read_whole(const char *path, size_t *ret_n) {
        FILE *f = fopen(path, "rb");
        struct stat st;
        uint8_t *bytes;

        if (!f || fstat(fileno(f), &st) < 0 || !(bytes = calloc(1, (size_t) st.st_size + 1)) ||
            fread(bytes, 1, (size_t) st.st_size, f) != (size_t) st.st_size) {
                perror(path);
                exit(2);
        }
        (void) fclose(f);
        *ret_n = (size_t) st.st_size;
        return bytes;
}

static void take_tree(struct asked *a);

static void take_entry(struct asked *a, const char *name) {
        size_t at = strlen(a->path), in = strlen(a->firmware), n;
        struct stat st;

        snprintf(a->path + at, sizeof(a->path) - at, "/%s", name);
        snprintf(a->firmware + in, sizeof(a->firmware) - in, "\\%s", name);
        if (stat(a->path, &st) < 0)
                exit(2);
        if (S_ISDIR(st.st_mode)) {
                (void) machine_folder(a->m, ESP, a->firmware);
                take_tree(a);
        } else {
                uint8_t *bytes = read_whole(a->path, &n);

                (void) machine_file(a->m, ESP, a->firmware, (struct span) { bytes, n });
                free(bytes);
        }
        a->path[at] = a->firmware[in] = 0;
}

static void take_tree(struct asked *a) {
        DIR *d = opendir(a->path);

        if (!d)
                exit(2);
        for (struct dirent *e; (e = readdir(d));)
                if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
                        take_entry(a, e->d_name);
        (void) closedir(d);
}

static void set_current(struct machine *m, const char *hex) {
        unsigned long current = strtoul(hex, NULL, 16);
        const uint8_t raw[2] = { (uint8_t) current, (uint8_t) (current >> 8) };

        machine_set(m, "BootCurrent", &global_vendor, 6, raw, 2);
}

static void set_policy(struct machine *m, const char *path) {
        size_t n;
        uint8_t *bytes = read_whole(path, &n);
        char *policy = keep_memory(m, n + 1);

        memcpy(policy, bytes, n);
        free(bytes);
        m->policy = policy;
}

static void take_word(struct machine *m, const char *word) {
        if (strncmp(word, "policy=", 7) == 0)
                set_policy(m, word + 7);
        else if (strncmp(word, "request=", 8) == 0)
                machine_set_text(m, "UkiloadRequest", &ukiload_vendor, 7, word + 8);
        else if (strncmp(word, "current=", 8) == 0)
                set_current(m, word + 8);
        else if (strcmp(word, "confidential") == 0)
                m->confidential = true;
        else
                exit(2);
}

/* What the started child could read, or what is left when nothing was started. */
static const char *field(const struct machine *m, const char *key, unsigned nth) {
        struct span status;

        if (m->n_started > 0)
                return machine_field(m->child.status, strlen(m->child.status), key, nth);
        return machine_get(m, "UkiloadStatus", &ukiload_vendor, &status, NULL)
                       ? machine_field((const char *) status.p, status.n, key, nth)
                       : "";
}

static void print_all(const struct machine *m, const char *key) {
        for (unsigned i = 0; field(m, key, i)[0]; i++)
                printf("%s %s\n", key, field(m, key, i));
}

int main(int argc, char **argv) {
        static struct asked a;

        if (argc < 2)
                return 2;
        a.m = machine_new();
        a.m->secure_boot = false;
        for (int i = 2; i < argc; i++)
                take_word(a.m, argv[i]);
        snprintf(a.path, sizeof(a.path), "%s", argv[1]);
        take_tree(&a);
        machine_start(a.m);
        if (machine_judge(a.m)) {
                printf("broken %s\n", machine_judge(a.m));
                return 3;
        }
        if (a.m->n_started > 0)
                printf("started %s\nline %s\n", field(a.m, "uki", 0), a.m->child.line);
        else
                printf("refused %s\n", field(a.m, "reason", 0));
        print_all(a.m, "addon");
        print_all(a.m, "skipped");
        machine_free(a.m);
        return 0;
}
