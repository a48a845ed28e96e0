// SPDX-License-Identifier: Apache-2.0
// born-in CGROUP-DIRECTORY COMMAND...  Runs a command whose process is created inside the cgroup (clone3,
// CLONE_INTO_CGROUP), so that it has never been anywhere else; exits with its status, or 128 plus the signal that ended
// it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void pass_on(int signal) {
    if (child > 0)
        kill(child, signal);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: born-in CGROUP-DIRECTORY COMMAND...\n");
        return 2;
    }
    int directory = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        fprintf(stderr, "born-in: open %s: %s\n", argv[1], strerror(errno));
        return 126;
    }
    struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)directory};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0) {
        fprintf(stderr, "born-in: clone3 into %s: %s\n", argv[1], strerror(errno));
        return 126;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[2], argv + 2);
        fprintf(stderr, "born-in: execute %s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }
    child = (sig_atomic_t)pid;
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    int status;
    while (waitpid((pid_t)pid, &status, 0) < 0)
        if (errno != EINTR)
            return 126;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
