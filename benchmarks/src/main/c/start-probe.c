// SPDX-License-Identifier: Apache-2.0
// start-probe COMMAND...  Plays the service manager: starts a daemon with NOTIFY_SOCKET, measures from just before
// fork(2) until it says READY=1, and prints "pid N ready_ms X". Passes SIGTERM on and ends with the daemon's status;
// takes the daemon with it when killed.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000 };

static volatile sig_atomic_t child;

static void pass_on(int signal) {
    if (child > 0)
        kill(child, signal);
}

static void fail(const char *what) {
    fprintf(stderr, "start-probe: %s: %s\n", what, strerror(errno));
    exit(126);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int notify_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "start-probe-%d", getpid());
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address,
                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0)
        fail("bind the notification socket");
    char name[sizeof address.sun_path + 1];
    snprintf(name, sizeof name, "@start-probe-%d", getpid());
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void await_ready(int fd, int64_t start) {
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int status, got = poll(&ready, 1, 100);
        if (got > 0) {
            char text[4096];
            ssize_t size = recv(fd, text, sizeof text - 1, 0);
            int64_t at = now();
            text[size > 0 ? size : 0] = '\0';
            if (strstr(text, "READY=1")) {
                printf("pid %d ready_ms %.1f\n", (int)child, (double)(at - start) / 1e6);
                fflush(stdout);
                return;
            }
        }
        if (waitpid(child, &status, WNOHANG) == child) {
            fprintf(stderr, "start-probe: the daemon ended before it was ready\n");
            exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
        }
        if (now() - start > PATIENCE_MS * 1000000LL) {
            kill(child, SIGKILL);
            errno = ETIMEDOUT;
            fail("READY=1");
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: start-probe COMMAND...\n");
        return 2;
    }
    int fd = notify_socket();
    int64_t start = now();
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[1], argv + 1);
        fail(argv[1]);
    }
    child = pid;
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    await_ready(fd, start);
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("wait");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
