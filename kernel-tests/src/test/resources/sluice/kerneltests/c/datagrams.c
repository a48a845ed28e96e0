// SPDX-License-Identifier: Apache-2.0
// datagrams serve PORT | datagrams ask SIZE ADDRESS PORT [ADDRESS PORT]...
// serve: sends every datagram back, IPv4 and IPv6, from the address it was sent to, with its first byte changed to that
// address's last byte. ask: sends one datagram of SIZE bytes to each destination from one unconnected socket (of the
// first one's family), waits for one answer from each, and prints "ADDRESS PORT answered SIZE as X", in the order of
// the destinations: X is the last byte of the address that the server saw. "ADDRESS PORT silent" after 3 seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, DESTINATIONS = 16, PATIENCE_MS = 3000 };

static char data[MOST], expected[MOST];

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "datagrams: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void serve(int port) {
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)}, from;
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), on = 1, off = 0;
    must(fd, "socket");
    must(setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &off, sizeof off), "IPV6_V6ONLY");
    must(setsockopt(fd, SOL_IPV6, IPV6_RECVPKTINFO, &on, sizeof on), "IPV6_RECVPKTINFO");
    must(bind(fd, (struct sockaddr *)&any, sizeof any), "bind");
    puts("ready");
    fflush(stdout);
    for (;;) {
        char control[256];
        struct iovec part = {data, sizeof data};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof from,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t size = recvmsg(fd, &message, 0);
        if (size <= 0)
            continue;
        struct cmsghdr *info = CMSG_FIRSTHDR(&message);
        if (info && info->cmsg_type == IPV6_PKTINFO)
            data[0] = (char)((struct in6_pktinfo *)CMSG_DATA(info))->ipi6_addr.s6_addr[15];
        part.iov_len = (size_t)size;
        if (sendmsg(fd, &message, 0) != size)
            fprintf(stderr, "datagrams: answer of %zd bytes: %s\n", size, strerror(errno));
    }
}

static bool same(const struct sockaddr_storage *left, const struct sockaddr_storage *right) {
    const struct sockaddr_in *a4 = (const struct sockaddr_in *)left, *b4 = (const struct sockaddr_in *)right;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)left, *b6 = (const struct sockaddr_in6 *)right;
    if (left->ss_family != right->ss_family || a4->sin_port != b4->sin_port)
        return false;
    return left->ss_family == AF_INET ? a4->sin_addr.s_addr == b4->sin_addr.s_addr
                                      : memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

static void ask(size_t size, int count, char **words) {
    struct sockaddr_storage to[DESTINATIONS];
    socklen_t length = 0;
    int seen[DESTINATIONS], open = count;
    memset(to, 0, sizeof to);
    memset(seen, -1, sizeof seen);
    for (int i = 0; i < count; i++) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&to[i];
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to[i];
        bool is_v6 = strchr(words[2 * i], ':') != NULL;
        to[i].ss_family = is_v6 ? AF_INET6 : AF_INET;
        length = is_v6 ? sizeof *v6 : sizeof *v4;
        v4->sin_port = htons((uint16_t)atoi(words[2 * i + 1]));
        must(inet_pton(to[i].ss_family, words[2 * i], is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) - 1,
             words[2 * i]);
    }
    int fd = socket(to[0].ss_family, SOCK_DGRAM, 0);
    must(fd, "socket");
    for (size_t at = 0; at < size; at++)
        expected[at] = (char)(at * 31 + (at >> 8));
    for (int i = 0; i < count; i++)
        if (sendto(fd, expected, size, 0, (struct sockaddr *)&to[i], length) < 0)
            printf("%s %s: %s\n", words[2 * i], words[2 * i + 1], strerror(errno));
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (open > 0 && poll(&ready, 1, PATIENCE_MS) == 1) {
        struct sockaddr_storage from = {0};
        socklen_t from_length = sizeof from;
        ssize_t got = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &from_length);
        bool whole = got == (ssize_t)size && memcmp(data + 1, expected + 1, size - 1) == 0;
        for (int i = 0; whole && i < count; i++)
            if (same(&from, &to[i]) && seen[i] < 0) {
                seen[i] = (unsigned char)data[0];
                open--;
            }
    }
    for (int i = 0; i < count; i++)
        if (seen[i] < 0)
            printf("%s %s silent\n", words[2 * i], words[2 * i + 1]);
        else
            printf("%s %s answered %zu as %d\n", words[2 * i], words[2 * i + 1], size, seen[i]);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        serve(atoi(argv[2]));
    int words = argc - 3;
    if (words < 2 || words % 2 != 0 || words > 2 * DESTINATIONS || strcmp(argv[1], "ask") != 0) {
        fprintf(stderr, "usage: datagrams serve PORT | datagrams ask SIZE ADDRESS PORT [ADDRESS PORT]...\n");
        return 2;
    }
    ask((size_t)atoi(argv[2]), words / 2, argv + 3);
    return 0;
}
