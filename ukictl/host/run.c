/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Root's programs are found by root, too, who came by `su` and kept somebody's PATH. */
static void widen_path(void) {
        const char *path = getenv("PATH");
        char *wide;

        if (asprintf(&wide, "%s:/usr/sbin:/sbin", path && path[0] ? path : "/usr/bin:/bin") > 0)
                (void) setenv("PATH", wide, 1);
}

static void become(const char *const *words, const char *said) {
        int fd = said ? open(said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

        if (fd >= 0) {
                dup2(fd, STDOUT_FILENO);
                dup2(fd, STDERR_FILENO);
        }
        widen_path();
        execvp(words[0], (char *const *) (uintptr_t) words);
        _exit(errno == ENOENT ? RUN_ABSENT : 126);
}

/* What is typed meanwhile is the program's, as in system(3): whoever called it has to take its own files away. */
int run_program(const char *const *words, const char *said) {
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        struct sigaction interrupt, quit;
        int status = 0;

        fflush(stdout);
        sigaction(SIGINT, &ignore, &interrupt);
        sigaction(SIGQUIT, &ignore, &quit);
        pid_t pid = fork();
        if (pid == 0) {
                sigaction(SIGINT, &interrupt, NULL);
                sigaction(SIGQUIT, &quit, NULL);
                become(words, said);
        }
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int run_read(const char *const *words, struct text *ret) {
        char path[32], buf[4096];
        int fd = memfd_create("said", MFD_CLOEXEC);

        if (fd < 0)
                return -1;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* the child opens it as its own */
        int code = run_program(words, path);
        for (ssize_t n, at = 0; (n = pread(fd, buf, sizeof(buf), at)) > 0; at += n)
                text_bytes(ret, (struct span) { (const uint8_t *) buf, (size_t) n });
        close(fd);
        return code;
}
