/* SPDX-License-Identifier: BSD-2-Clause */
#include "init.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <linux/reboot.h>
#include <linux/utsname.h>

#define SCRIPT    "/sys/firmware/qemu_fw_cfg/by_name/opt/org.ukiload/script/raw"
#define LOCKDOWN  "/sys/kernel/security/lockdown"
#define SET_LEVEL 8 /* syslog(2), SYSLOG_ACTION_CONSOLE_LEVEL */

void init_main(void);

static void mount(const char *type, const char *where) {
        (void) linux_call(__NR_mount, (long) type, (long) where, (long) type, 0, 0);
}

static void load_module(const char *path) {
        int fd = linux_open(path, O_RDONLY);

        (void) linux_call(__NR_finit_module, fd, (long) "", 0, 0, 0);
        linux_close(fd);
}

/* The serial line in place of the kernel's console, with line ends as they are written. */
static void take_serial_line(void) {
        struct termios setting;
        int tty = linux_open("/dev/ttyAMA0", O_RDWR); /* arm64 */
        int null = linux_open("/dev/null", O_RDONLY);

        if (tty < 0)
                tty = linux_open("/dev/ttyS0", O_RDWR);
        if (linux_call(__NR_ioctl, tty, TCGETS, (long) &setting, 0, 0) == 0) {
                setting.c_oflag &= ~(tcflag_t) OPOST;
                (void) linux_call(__NR_ioctl, tty, TCSETS, (long) &setting, 0, 0);
        }
        (void) linux_call(__NR_dup3, null, 0, 0, 0, 0);
        (void) linux_call(__NR_dup3, tty, 1, 0, 0, 0);
        (void) linux_call(__NR_dup3, tty, 2, 0, 0, 0);
}

static void set_up(void) {
        mount("devtmpfs", "/dev");
        take_serial_line();
        mount("proc", "/proc");
        mount("sysfs", "/sys");
        (void) linux_call(__NR_syslog, SET_LEVEL, 0, 1, 0, 0);
        load_module("/lib/efivarfs.ko");
        mount("efivarfs", "/sys/firmware/efi/efivars");
        mount("securityfs", "/sys/kernel/security");
}

/* key, and a file of one line. */
static void report_text(const char *key, const char *path) {
        char text[4096];
        long n = linux_read(path, text, sizeof(text), false);

        if (n <= 0)
                return;
        say(key);
        say_bytes(text, (size_t) n);
}

static void report(uint64_t ticks) {
        struct new_utsname kernel = { 0 };

        ticks = __builtin_bswap64(ticks);
        report_text("booted: ", "/proc/cmdline");
        say("@@begin\n@@ticks ");
        say_hex(&ticks, sizeof(ticks));
        (void) linux_call(__NR_uname, (long) &kernel, 0, 0, 0, 0);
        say("\n@@uname ");
        say(kernel.release);
        say("\n");
        report_hex("@@cmdline ", "/proc/cmdline");
        report_text("@@lockdown ", LOCKDOWN);
        report_variables();
        report_extra();
        report_log();
        report_registers();
}

/* Each line that comes from there becomes part of the report. */
static void report_output(int from) {
        char bytes[4096];
        bool begins = true;
        long n;

        while ((n = linux_call(__NR_read, from, (long) bytes, sizeof(bytes), 0, 0)) > 0)
                for (long i = 0; i < n; i++) {
                        if (begins)
                                say("@@out ");
                        say_bytes(bytes + i, 1);
                        begins = bytes[i] == '\n';
                }
        if (!begins)
                say("\n");
}

/* A test may hand in a script (QEMU's fw_cfg), for busybox. */
static void run_script(void) {
        const char *const words[] = { "busybox", "sh", SCRIPT, NULL }, *const environment[] = { "PATH=/bin", "TERM=dumb", NULL };
        int ends[2];

        load_module("/lib/qemu_fw_cfg.ko");
        if (linux_call(__NR_faccessat, AT_FDCWD, (long) SCRIPT, 0, 0, 0) != 0 ||
            linux_call(__NR_pipe2, (long) ends, O_CLOEXEC, 0, 0, 0) != 0)
                return;
        if (linux_call(__NR_clone, SIGCHLD, 0, 0, 0, 0) == 0) {
                (void) linux_call(__NR_dup3, ends[1], 1, 0, 0, 0);
                (void) linux_call(__NR_dup3, ends[1], 2, 0, 0, 0);
                (void) linux_call(__NR_execve, (long) "/bin/busybox", (long) words, (long) environment, 0, 0);
                (void) linux_call(__NR_exit, 1, 0, 0, 0, 0);
        }
        linux_close(ends[1]);
        report_output(ends[0]);
}

/* When all is out on the line. A script asks for a reset by a file. */
static void end(void) {
        bool again = linux_call(__NR_faccessat, AT_FDCWD, (long) "/reboot", 0, 0, 0) == 0;

        (void) linux_call(__NR_ioctl, 1, TCSBRK, 1, 0, 0);
        (void) linux_call(__NR_sync, 0, 0, 0, 0, 0);
        (void) linux_call(__NR_reboot, (long) LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
                          again ? (long) LINUX_REBOOT_CMD_RESTART : (long) LINUX_REBOOT_CMD_POWER_OFF, 0, 0);
}

void init_main(void) {
        uint64_t ticks = linux_ticks();

        set_up();
        report(ticks);
        run_script();
        say("@@end\n");
        end();
}
