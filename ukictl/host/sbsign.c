/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/sbsign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* By fork and exec: a file name must never meet a shell. */
static bool run(const char *key, const char *cert, const char *in, const char *out, struct text *why) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
                dup2(STDERR_FILENO, STDOUT_FILENO);
                execlp("sbsign", "sbsign", "--key", key, "--cert", cert, "--output", out, in, (char *) NULL);
                _exit(errno == ENOENT ? 127 : 126);
        }
        int status = 0;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return true;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
                text_str(why, "the program sbsign is not there: install sbsigntool, or sign the image yourself");
        else
                text_str(why, "sbsign could not sign the image; what it said stands above");
        return false;
}

bool sbsign(struct span image, const char *key, const char *cert, struct bytes *ret, struct text *why) {
        const char *tmp = getenv("TMPDIR");
        char *dir = NULL, *in = NULL, *out = NULL;

        if (asprintf(&dir, "%s/ukictl.XXXXXX", tmp && tmp[0] ? tmp : "/tmp") < 0 || !mkdtemp(dir)) {
                text_str(why, "no folder for temporary files can be made in /tmp or TMPDIR");
                free(dir);
                return false;
        }
        bool ok = asprintf(&in, "%s/unsigned.efi", dir) > 0 && asprintf(&out, "%s/signed.efi", dir) > 0 &&
                  bytes_write(in, image, why) && run(key, cert, in, out, why) && bytes_read(out, FILE_IMAGE_MAX, ret, why);
        if (in)
                unlink(in);
        if (out)
                unlink(out);
        rmdir(dir);
        free(in);
        free(out);
        free(dir);
        return ok;
}
