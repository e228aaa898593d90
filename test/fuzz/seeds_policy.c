/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds for command lines, policies and overlays. make_seeds calls this. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void seeds_policy(const char *dir);

#define POLICY                                                                            \
        "@version 1\nquiet\nloglevel=?\nconsole=ttyS?,* repeat\ncrashkernel=* override\n" \
        "root=UUID=* sensitive\nlog_buf_len=* unsigned\n!crashkernel=*,high\n!usbcore.*\na=*\nb=* repeat unsigned\n"
#define MORE                                                                                            \
        "@version 1\n@on-violation abort\n@require audit=1 # so\n@allow-sections .initrd .ucode .dtb\n" \
        "@handoff kernel\n@requests off\n@measure\n\n# comment\na-b.c=x*?y override unsigned\na-b.d\n!a_b.d\nab-c.d=*\n!ab_c.*=1*\n"

static void write_seed(const char *dir, const char *target, unsigned number, const char *p, size_t n) {
        char path[4096];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, target);
        (void) mkdir(path, 0777);
        (void) snprintf(path, sizeof(path), "%s/%s/policy-%u", dir, target, number);
        file = fopen(path, "wb");
        if (!file)
                return;
        (void) fwrite(p, 1, n, file);
        (void) fclose(file);
}

static void lines(const char *dir) {
        static const char texts[][72] = {
                "root=x quiet -- init args",
                "f=\"a b\" \"c d\"=e \"g=h\" i=\"j\"k",
                "console=\" lockdown=integrity",
                "a\xa0-- \"--\" x",
                "=x = a==b \"=y=z\" \"",
                "dyndbg=\"x nosmap y\"\t\x01mds=off",
                "a*b?c*\nabxcccc",
                "*a*a*a*b\naaaaaaaaaaaaaaaa",
        };

        for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                write_seed(dir, "fuzz_cmdline", i, texts[i], strlen(texts[i]));
}

void seeds_policy(const char *dir) {
        static const char judged[] =
                POLICY "\0quiet loglevel=7 root=UUID=1 crashkernel=1,high crashkernel=1 log-buf-len=1 init=x usbcore.x";
        static const char other[] = MORE "\0a-b.c=xzy a_b.c=x a-b.d a_b.d ab-c.d=12 ab-c.d=2 ab_c.d=1";
        static const char plain[] = "\x30" POLICY "\0\0root=x crashkernel=1M\0smbios=1\0quiet  b=1\0crashkernel=2M a=1\0b=2";
        static const char narrowed[] =
                "\x20" POLICY "\0@version 1\n@require a=1\na=*\nb=*\n!quiet\n\0root=x -- sh\0\0a=1\0quiet\0b=2 b=3";
        static const char quoted[] = "\x14" POLICY "\0\0f=\"x -- y\" a=1 \"--\" z\0g=\"h i\"\0b=1\0loglevel=3";
        static const char open[] = "\x10" POLICY "\0\0f=\"x\0\0a=1";

        lines(dir);
        write_seed(dir, "fuzz_policy", 0, judged, sizeof(judged) - 1);
        write_seed(dir, "fuzz_policy", 1, other, sizeof(other) - 1);
        write_seed(dir, "fuzz_overlay", 0, plain, sizeof(plain) - 1);
        write_seed(dir, "fuzz_overlay", 1, narrowed, sizeof(narrowed) - 1);
        write_seed(dir, "fuzz_overlay", 2, quoted, sizeof(quoted) - 1);
        write_seed(dir, "fuzz_overlay", 3, open, sizeof(open) - 1);
}
