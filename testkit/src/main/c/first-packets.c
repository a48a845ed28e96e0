// SPDX-License-Identifier: Apache-2.0
// first-packets CGROUP-DIRECTORY COUNT udp|tcp ADDRESS PORT  Makes COUNT cgroups below the directory, one after
// another, and in each, by clone3 with CLONE_INTO_CGROUP, a process that sends one datagram or starts one connection
// with its first system calls. Prints "sent N refused M": how many sends the kernel took and how many it refused. The
// cgroups are removed again.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int send_first(int type, const struct sockaddr *to, socklen_t length) {
    int fd = socket(to->sa_family, type | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 2;
    if (type == SOCK_DGRAM)
        return sendto(fd, "first\n", 6, 0, to, length) == 6 ? 0 : 1;
    return connect(fd, to, length) == 0 || errno == EINPROGRESS ? 0 : 1;
}

static void fail(const char *what) {
    fprintf(stderr, "first-packets: %s: %s\n", what, strerror(errno));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: first-packets CGROUP-DIRECTORY COUNT udp|tcp ADDRESS PORT\n");
        return 2;
    }
    int type = strcmp(argv[3], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[5]))};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[5]))};
    int is_v6 = inet_pton(AF_INET6, argv[4], &v6.sin6_addr) == 1;
    if (!is_v6 && inet_pton(AF_INET, argv[4], &v4.sin_addr) != 1) {
        fprintf(stderr, "first-packets: not an address: %s\n", argv[4]);
        return 2;
    }
    const struct sockaddr *to = is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    socklen_t length = is_v6 ? sizeof v6 : sizeof v4;
    int sent = 0, refused = 0;
    for (int i = 0; i < atoi(argv[2]); i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/first-%d-%d", argv[1], getpid(), i);
        if (mkdir(path, 0755) < 0)
            fail(path);
        int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            fail(path);
        struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)directory};
        long pid = syscall(SYS_clone3, &args, sizeof args);
        if (pid < 0)
            fail("clone3");
        if (pid == 0)
            _exit(send_first(type, to, length));
        int status;
        if (waitpid((pid_t)pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
            fail("a sender did not get as far as sending");
        if (WEXITSTATUS(status) == 0)
            sent++;
        else
            refused++;
        close(directory);
        if (rmdir(path) < 0)
            fail(path);
    }
    printf("sent %d refused %d\n", sent, refused);
    return 0;
}
