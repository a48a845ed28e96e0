// SPDX-License-Identifier: Apache-2.0
// marked udp|tcp MARK ADDRESS PORT  An application that sets a packet mark of its own (SO_MARK): sends one datagram and
// prints the answer, or connects and prints what comes first. Exits with 1 where there is no answer within 5 s.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what) {
    fprintf(stderr, "marked: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: marked udp|tcp MARK ADDRESS PORT\n");
        return 2;
    }
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[4]))};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[4]))};
    int is_v6 = inet_pton(AF_INET6, argv[3], &v6.sin6_addr) == 1;
    if (!is_v6 && inet_pton(AF_INET, argv[3], &v4.sin_addr) != 1) {
        fprintf(stderr, "marked: not an address: %s\n", argv[3]);
        return 2;
    }
    const struct sockaddr *to = is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    socklen_t length = is_v6 ? sizeof v6 : sizeof v4;
    int fd = socket(to->sa_family, strcmp(argv[1], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, 0);
    uint32_t mark = (uint32_t)strtoul(argv[2], NULL, 0);
    struct timeval limit = {5, 0};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
        return fail("socket");
    char data[2048];
    if (connect(fd, to, length) < 0 || send(fd, "marked\n", 7, MSG_NOSIGNAL) < 0)
        return fail("connect or send");
    ssize_t size = recv(fd, data, sizeof data, 0);
    if (size <= 0)
        return fail("receive");
    fwrite(data, 1, (size_t)size, stdout);
    return 0;
}
