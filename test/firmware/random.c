/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines chosen by bytes. What is random is what an attacker or bad luck has in hand; words are taken from a table, so that the
 * oracle knows which of them must never reach a kernel. */
#include "inside.h"

struct bytes {
        const uint8_t *p;
        size_t n;
};

static unsigned pick(struct bytes *b, unsigned below) {
        if (b->n == 0)
                return 0;
        b->n--;
        return *b->p++ % below;
}

static bool maybe(struct bytes *b) {
        return pick(b, 2) == 1;
}

static bool rarely(struct bytes *b) {
        return pick(b, 6) == 5;
}

static const char *const uki_names[] = { "a.efi", "a+3.efi", "b+1-2.efi", "k+1.5+bpo+3.efi", "c+0.efi", "D.EFI", "li+2.x.efi" };
static const char *const addon_names[] = { "q.addon.efi", "Q2.ADDON.EFI", "~z.addon.efi", "~~.addon.efi", ".dot.addon.efi",
                                           "a.efi",       "x.addon.efi.", "10.addon.efi", "9.addon.efi" };
static const char *const lines[] = { "root=/dev/vda ro",           "ro root=/dev/vda -- user", " root=/dev/vda\tro \n",
                                     "x=\"a b\" root=/dev/vda ro", "root=/dev/vda ro audit=1", "root=/dev/vda n=\xc3\xa4 ro",
                                     "root=/dev/vda \x7f ro",      "root=/dev/vda \xc0\xa2 ro" };
static const unsigned stubs[] = { 257, 252, 254, 255, 262, 0, 253, 300 };

/* Words: what the policy allows, what it never does. */
static const char *const allowed[] = { "quiet",          "loglevel=7", "console=ttyS0", "console=tty0",
                                       "crashkernel=1G", "audit=1",    "t=a",           "t=b" };
static const char *const denied[] = { "init=/bin/sh", "evil", "debug", "loglevel=77" };

static const char *words_of(struct machine *m, struct bytes *b, enum key key) {
        char *text = keep_memory(m, 200);
        unsigned n = 1 + pick(b, 3), bad = pick(b, 16);

        for (unsigned i = 0; i < n; i++) {
                const char *word = bad == i ? denied[pick(b, 4)] : allowed[pick(b, 8)];
                size_t at = strlen(text);

                snprintf(text + at, 200 - at, "%s%s", i ? " " : "", word);
        }
        if (key != DB) {
                size_t at = strlen(text);

                snprintf(text + at, 200 - at, " t=%s", key == MOK ? "mok" : key == STRANGER ? "stranger" : "unsigned");
        }
        return text;
}

static enum key key_of(struct bytes *b) {
        static const enum key keys[] = { DB, DB, DB, DB, DB, DB, DB, DB, DB, MOK, STRANGER, UNSIGNED };

        return keys[pick(b, 12)];
}

static void settings(struct machine *m, struct bytes *b) {
        static const char *const options[] = { NULL,
                                               "ukiload.uki=PARTUUID=02020202-0202-0202-0202-020202020202/EFI/Linux/a.efi",
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL,
                                               NULL,
                                               "",
                                               "u=1",
                                               "init=/bin/sh",
                                               "ukiload.uki=\\EFI\\Linux\\a.efi",
                                               "@1 ",
                                               "ukiload.oneshot" };
        static const char *const smbios[] = { NULL, NULL, "io.systemd.stub.kernel-cmdline-extra=smbios=1",
                                              "io.systemd.boot.kernel-cmdline-extra=u=2" };
        unsigned flags = pick(b, 256);

        m->secure_boot = !(flags & 1);
        m->tpm = !(flags & 2);
        m->cc = flags & 4;
        m->rng = flags & 8;
        m->xbootldr = flags & 16;
        m->other_disk = flags & 32;
        m->confidential = flags & 64;
        m->violation_with_handle = flags & 128;
        m->shim = (enum shim) pick(b, 4);
        m->options = options[pick(b, 14)];
        m->smbios = smbios[pick(b, 4)];
        m->child_returns = pick(b, 4) == 3 ? EFI_ABORTED : RUNS;
}

static void policy(struct machine *m, struct bytes *b) {
        char *text = keep_memory(m, 600);
        bool require = rarely(b), abort_too = rarely(b);

        snprintf(text, 600, "%s%s%s%s%s", BENCH_POLICY, require ? "@require audit=1\n" : "",
                 abort_too ? "@on-violation abort\n" : "", maybe(b) ? "@measure\n" : "",
                 maybe(b) ? "@allow-sections .initrd\n" : "");
        m->policy = text;
        if (require)
                m->required[0] = "audit=1";
}

/* A path that an addon may have; which UKI it is beside is luck. */
static void addon_path(struct bytes *b, char *ret, size_t cap) {
        const char *name = addon_names[pick(b, 9)], *uki = uki_names[pick(b, 7)];

        switch (pick(b, 5)) {
        case 0:
        case 1: snprintf(ret, cap, "\\loader\\addons\\%s", name); break;
        case 2: snprintf(ret, cap, "\\EFI\\ukiload\\addons\\%s", name); break;
        case 3: snprintf(ret, cap, "\\EFI\\Linux\\%s.extra.d\\%s", uki, name); break;
        default: snprintf(ret, cap, "\\EFI\\Linux\\%.*s.efi.extra.d\\%s", (int) strcspn(uki, "+."), uki, name); break;
        }
}

static void lie_about(struct bytes *b, struct node *node) {
        switch (pick(b, 24)) {
        case 1: node->open_status = EFI_DEVICE_ERROR; return;
        case 2:
                node->read_status = EFI_DEVICE_ERROR;
                node->read_good = pick(b, 256);
                return;
        case 3:
                if (node->parent && node->parent->parent) {
                        node->parent->list_status = EFI_VOLUME_CORRUPTED;
                        node->parent->list_good = pick(b, 6);
                }
                return;
        case 4:
                if (node->n > 0)
                        node->bytes[(pick(b, 256) << 8 | pick(b, 256)) % node->n] ^= (uint8_t) (1u << pick(b, 8));
                return;
        case 5: machine_alias(node->parent, "ADDONS"); return;
        case 6: node->folder = true; return;
        default: return;
        }
}

/* Bent, and then signed: a stranger within the gates. */
static struct node *hostile_addon(struct machine *m, struct bytes *b, unsigned volume, const char *path, const char *words,
                                  enum key key) {
        struct pe_write_section sections[UKI_PARTS];
        size_t n = 0;
        struct span image;
        uint8_t *copy;

        machine_section(sections, &n, ".cmdline", words);
        image = machine_image(m, sections, n, UNSIGNED);
        copy = (uint8_t *) (uintptr_t) image.p;
        for (unsigned i = 1 + pick(b, 3); i > 0; i--)
                copy[(pick(b, 256) << 8 | pick(b, 256)) % (maybe(b) ? 512 : image.n)] = (uint8_t) pick(b, 256);
        return machine_file(m, volume, path, machine_sign(m, image, key));
}

static void images(struct machine *m, struct bytes *b) {
        for (unsigned n = 1 + pick(b, 3); n > 0; n--) {
                char path[64];

                snprintf(path, sizeof(path), "\\EFI\\Linux\\%s", uki_names[pick(b, 7)]);
                unsigned volume = pick(b, 6) % 4 % 3, stub = stubs[pick(b, 8)];
                lie_about(b, machine_uki(m, volume, path, stub, lines[pick(b, 8)], key_of(b)));
        }
        for (unsigned n = pick(b, 6); n > 0; n--) {
                char path[128];
                unsigned volume = pick(b, 4);
                enum key key = key_of(b);
                const char *words = words_of(m, b, key);

                addon_path(b, path, sizeof(path));
                lie_about(b, pick(b, 6) == 5 ? hostile_addon(m, b, volume == 3 ? 0 : volume, path, words, key)
                                             : machine_addon(m, volume == 3 ? 0 : volume, path, words, key));
        }
}

static void request(struct machine *m, struct bytes *b) {
        char text[400];
        static const char *const parts[] = { "",
                                             " ukiload.uki=\\EFI\\Linux\\a.efi",
                                             " ukiload.addon=q",
                                             " ukiload.addon=10",
                                             " u=1",
                                             " init=/bin/sh",
                                             " ukiload.handoff=stub",
                                             " ukiload.log=error" };
        unsigned shape = pick(b, 8);

        if (shape < 4)
                return;
        snprintf(text, sizeof(text), "ukiload.id=%s ukiload.via=%s%s%s%s", maybe(b) ? "t1" : "t2",
                 pick(b, 6) == 5 ? "0008" : "0007", parts[pick(b, 8)], parts[pick(b, 8)], parts[pick(b, 8)]);
        machine_set_text(m, "UkiloadRequest", &ukiload_vendor, shape == 7 ? 6 : 7, text);
        if (pick(b, 4) == 3)
                machine_set(m, "UkiloadLast", &ukiload_vendor, 7, "id=t1\nresult=started\n", 21);
}

static void disturb(struct machine *m, struct bytes *b) {
        static const EFI_STATUS statuses[] = { EFI_DEVICE_ERROR, EFI_OUT_OF_RESOURCES, EFI_NOT_FOUND, EFI_ACCESS_DENIED };

        for (unsigned n = maybe(b) ? 0 : pick(b, 4); n > 0; n--) {
                enum call call = (enum call) pick(b, CALLS);
                unsigned from = 1 + pick(b, 64);
                struct fault *f = machine_fault(m, call, from, maybe(b) ? ALWAYS : from, statuses[pick(b, 4)]);

                if (call == CALL_GET_VARIABLE && f->status == EFI_NOT_FOUND) /* nobody can tell that from the truth */
                        f->status = EFI_DEVICE_ERROR;
                f->lie = (enum lie)(pick(b, 4) ? 0 : pick(b, LIE_FOUND + 1));
                if (f->lie == LIE_HANDLE) /* the one status with which there is a handle */
                        f->status = EFI_SECURITY_VIOLATION;
        }
}

/* What no kernel may get, whatever the rest. */
static void forbid(struct machine *m) {
        size_t n = 0;

        for (; n < 4; n++)
                m->forbidden[n] = denied[n];
        if (!m->secure_boot)
                return;
        m->forbidden[n++] = "t=stranger";
        m->forbidden[n++] = "t=unsigned";
        if (m->shim == NO_SHIM)
                m->forbidden[n++] = "t=mok";
}

struct machine *machine_random(const uint8_t *bytes, size_t n) {
        struct bytes b = { bytes, n };
        struct machine *m = machine_new();

        settings(m, &b);
        policy(m, &b);
        request(m, &b);
        disturb(m, &b);
        images(m, &b);
        forbid(m);
        return m;
}
