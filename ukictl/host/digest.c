/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include "need.h"
#include "out.h"
#include "sha256.h"

/* One of the list, and how far it is. */
struct stream {
        const struct digest_wanted *wanted;
        bool begun;
        struct sha256 lane; /* if by our own; else: */
        EVP_MD_CTX *ctx;
        size_t part;      /* which of the parts is the next */
        struct span rest; /* of the one before */
        size_t left;      /* bytes in all */
};

struct walk {
        const EVP_MD *md;
        bool two; /* at a time, by our own */
        struct stream *list;
        size_t n, left;
};

static void next_part(struct stream *s) {
        while (s->rest.n == 0 && s->part < s->wanted->n)
                s->rest = s->wanted->parts[s->part++];
}

static void passed(struct walk *w, struct stream *s, size_t n) {
        s->rest = span_from(s->rest, n);
        s->left -= n;
        w->left -= n;
        next_part(s);
}

/* What it begins with is done: that one's state is where this one goes on. */
static bool begin(const struct walk *w, struct stream *s) {
        const struct digest_wanted *after = s->wanted->after;
        const struct stream *before = after ? &w->list[after - w->list[0].wanted] : NULL;

        s->begun = true;
        if (w->two && before)
                s->lane = before->lane;
        else if (w->two)
                sha256_init(&s->lane);
        if (w->two)
                return true;
        s->ctx = EVP_MD_CTX_new();
        return s->ctx && (before ? EVP_MD_CTX_copy_ex(s->ctx, before->ctx) : EVP_DigestInit_ex(s->ctx, w->md, NULL)) == 1;
}

/* The one with most left, so that none is left over alone; NULL: none can go on beside the other. */
static struct stream *most_left(const struct walk *w, const struct stream *other) {
        struct stream *best = NULL;

        for (size_t i = 0; i < w->n; i++) {
                struct stream *s = &w->list[i];
                const struct digest_wanted *after = s->wanted->after;

                if (s->left > 0 && s != other && !(after && w->list[after - w->list[0].wanted].left > 0) &&
                    (!best || s->left > best->left))
                        best = s;
        }
        return best;
}

static size_t smaller(size_t a, size_t b) {
        return a < b ? a : b;
}

/* So far that who waits sees how far it is. */
static bool step(struct walk *w) {
        struct stream *a = most_left(w, NULL), *b = w->two ? most_left(w, a) : NULL;
        size_t n = smaller(a->rest.n, OUT_PROGRESS_STEP);

        n = b ? smaller(n, b->rest.n) : n;
        if ((!a->begun && !begin(w, a)) || (b && !b->begun && !begin(w, b)))
                return false;
        if (b)
                sha256_update_two(&a->lane, (struct span) { a->rest.p, n }, &b->lane, (struct span) { b->rest.p, n });
        else if (w->two)
                sha256_update(&a->lane, (struct span) { a->rest.p, n });
        else if (EVP_DigestUpdate(a->ctx, a->rest.p, n) != 1)
                return false;
        passed(w, a, n);
        if (b)
                passed(w, b, n);
        return true;
}

static bool end(const struct walk *w, struct stream *s) {
        if (!w->two)
                return EVP_DigestFinal_ex(s->ctx, s->wanted->ret, NULL) == 1;
        sha256_final(&s->lane, s->wanted->ret);
        return true;
}

/* Two at a time are worth more than libcrypto's other ways only by the processor's own instructions. */
static bool lanes_here(const EVP_MD *md, size_t n) {
        struct sha256 ctx;

        sha256_init(&ctx);
        return n > 1 && ctx.fast && EVP_MD_get_type(md) == NID_sha256;
}

static void open_walk(struct walk *w, const struct digest_wanted *list) {
        w->list = need((w->n + 1) * sizeof(*w->list));
        for (size_t i = 0; i < w->n; i++) {
                struct stream *s = &w->list[i];

                *s = (struct stream) { .wanted = &list[i] };
                for (size_t k = 0; k < list[i].n; k++)
                        s->left += list[i].parts[k].n;
                w->left += s->left;
                next_part(s);
        }
}

bool digest_all(const EVP_MD *md, const struct digest_wanted *list, size_t n) {
        struct walk w = { .md = md, .two = lanes_here(md, n), .n = n };
        bool ok = true;

        open_walk(&w, list);
        for (size_t i = 0; ok && i < n; i++)
                ok = list[i].after || begin(&w, &w.list[i]);
        for (const size_t all = w.left; ok && w.left > 0; out_progress("hashing", all - w.left, all))
                ok = step(&w);
        out_progress_end();
        for (size_t i = 0; ok && i < n; i++)
                ok = w.list[i].begun || begin(&w, &w.list[i]); /* those without a byte, before what they begin with ends */
        for (size_t i = 0; ok && i < n; i++)
                ok = end(&w, &w.list[i]);
        for (size_t i = 0; i < n; i++)
                EVP_MD_CTX_free(w.list[i].ctx);
        free(w.list);
        return ok;
}

bool digest_parts(const EVP_MD *md, const struct span *parts, size_t n, uint8_t *ret) {
        return digest_all(md, &(struct digest_wanted) { .parts = parts, .n = n, .ret = ret }, 1);
}

void digest_sha256_all(const struct digest_wanted *list, size_t n) {
        if (digest_all(EVP_sha256(), list, n))
                return;
        fputs("ukictl: libcrypto gives no SHA-256\n", stderr);
        exit(1);
}

void digest_sha256(struct span bytes, uint8_t ret[32]) {
        digest_sha256_all(&(struct digest_wanted) { .parts = &bytes, .n = 1, .ret = ret }, 1);
}
