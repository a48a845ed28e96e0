// SPDX-License-Identifier: Apache-2.0
// service-manager NOTIFY-PATH RUNS PROGRAM [ARGUMENT...]  Plays systemd for one service: runs the program RUNS times,
// one after another, tells it where to send notifications and that a watchdog of 400 ms waits, keeps the descriptors
// that it stores (FDSTORE=1) and passes them to the next run (LISTEN_FDS). Prints what happens, one line each: "start
// pid N descriptors K", each line of a notification as it is, "stored NAME", "end N".
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 32, FIRST = 3, ASIDE = 100 };
static struct {
    int fd;
    char name[64];
} stored[MOST];
static int count;

static void fail(const char *what) {
    fprintf(stderr, "service-manager: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void forget(const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(stored[i].name, name) == 0) {
            close(stored[i].fd);
            stored[i--] = stored[--count];
        }
}

static void receive(int notify) {
    char text[4096], control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(notify, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0)
        fail("recvmsg");
    text[length] = 0;
    int fd = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    char name[64] = "stored";
    int store = 0, removal = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        puts(line);
        store |= strcmp(line, "FDSTORE=1") == 0;
        removal |= strcmp(line, "FDSTOREREMOVE=1") == 0;
        if (strncmp(line, "FDNAME=", 7) == 0)
            snprintf(name, sizeof name, "%s", line + 7);
    }
    if (removal)
        forget(name);
    if (store && fd >= 0 && count < MOST) {
        stored[count].fd = fd;
        snprintf(stored[count++].name, sizeof name, "%s", name);
        printf("stored %s\n", name);
    }
    fflush(stdout);
}

static void become(char **program, const char *notify) {
    char names[MOST * 65] = "", number[16];
    for (int i = 0; i < count; i++) {
        // Out of the way first: a stored descriptor may have the number that another one is to get.
        if (dup2(stored[i].fd, ASIDE + i) < 0)
            fail("dup2");
        strcat(strcat(names, i ? ":" : ""), stored[i].name);
    }
    for (int i = 0; i < count; i++) {
        if (dup2(ASIDE + i, FIRST + i) < 0)
            fail("dup2");
        close(ASIDE + i);
    }
    setenv("NOTIFY_SOCKET", notify, 1);
    setenv("WATCHDOG_USEC", "400000", 1);
    snprintf(number, sizeof number, "%d", getpid());
    setenv("WATCHDOG_PID", number, 1);
    if (count > 0) {
        setenv("LISTEN_PID", number, 1);
        setenv("LISTEN_FDNAMES", names, 1);
        snprintf(number, sizeof number, "%d", count);
        setenv("LISTEN_FDS", number, 1);
    }
    execvp(program[0], program);
    fail(program[0]);
}

int main(int argc, char **argv) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc < 4 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: service-manager NOTIFY-PATH RUNS PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify < 0 || bind(notify, (struct sockaddr *)&address, sizeof address) < 0)
        fail(argv[1]);
    for (int run = atoi(argv[2]); run > 0; run--) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            become(argv + 3, argv[1]);
        int ended = (int)syscall(SYS_pidfd_open, pid, 0);
        if (ended < 0)
            fail("pidfd_open");
        printf("start pid %d descriptors %d\n", pid, count);
        fflush(stdout);
        struct pollfd both[] = {{.fd = notify, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
        do {
            if (poll(both, 2, -1) < 0)
                fail("poll");
            if (both[0].revents)
                receive(notify);
        } while (both[0].revents || !both[1].revents);
        int status;
        if (waitpid(pid, &status, 0) < 0)
            fail("waitpid");
        close(ended);
        printf("end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        fflush(stdout);
    }
    unlink(argv[1]);
    return 0;
}
