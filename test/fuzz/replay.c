/* SPDX-License-Identifier: BSD-2-Clause */
/* In libFuzzer's place where there is none: gives a target the files that it is called with. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
        FILE *f = fopen(path, "rb");
        uint8_t *bytes = NULL;
        size_t n = 0, got;

        if (!f)
                return 1;
        do {
                uint8_t *more = realloc(bytes, n + 65536);

                if (!more)
                        abort();
                bytes = more;
                got = fread(bytes + n, 1, 65536, f);
                n += got;
        } while (got > 0);
        (void) fclose(f);
        (void) LLVMFuzzerTestOneInput(bytes, n);
        free(bytes);
        return 0;
}

int main(int argc, char **argv) {
        int failed = 0;

        for (int i = 1; i < argc; i++)
                failed |= replay(argv[i]);
        (void) printf("%s: %d files\n", argv[0], argc - 1);
        return failed;
}
