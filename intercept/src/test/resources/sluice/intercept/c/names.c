// SPDX-License-Identifier: Apache-2.0
// names PORT GUARD  Answers every DNS query with 203.0.113.99, as the engine does: it listens transparently on
// 127.0.0.1 and ::1, over UDP and TCP, answers in the name of whatever server was asked from a socket that is bound
// elsewhere, so that nobody loses a datagram to it, and sets the mark GUARD. For each query it prints "udp ADDRESS
// PORT" or "tcp ADDRESS PORT": the server that was asked.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif
#ifndef IPV6_RECVORIGDSTADDR
#define IPV6_RECVORIGDSTADDR 74
#endif

enum { HEADER = 12, LONGEST = 2048 };

static uint32_t guard;

static int must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "names: %s: %s\n", what, strerror(errno));
        exit(1);
    }
    return result;
}

static void set(int fd, int level, int option, int value) {
    must(setsockopt(fd, level, option, &value, sizeof value), "setsockopt");
}

static struct sockaddr_in6 endpoint(int family, const char *host, int port) {
    struct sockaddr_in6 address = {.sin6_family = (sa_family_t)family, .sin6_port = htons((uint16_t)port)};
    void *raw = family == AF_INET ? (void *)&((struct sockaddr_in *)&address)->sin_addr : (void *)&address.sin6_addr;
    inet_pton(family, host, raw);
    return address;
}

static socklen_t length(int family) {
    return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int bound(int family, int type, const char *host, int port) {
    int fd = must(socket(family, type, 0), "socket");
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(fd, SOL_SOCKET, SO_MARK, (int)guard);
    set(fd, family == AF_INET ? SOL_IP : SOL_IPV6, family == AF_INET ? IP_TRANSPARENT : IPV6_TRANSPARENT, 1);
    struct sockaddr_in6 address = endpoint(family, host, port);
    must(bind(fd, (struct sockaddr *)&address, length(family)), host);
    return fd;
}

static void report(const char *protocol, const struct sockaddr_in6 *asked) {
    char host[INET6_ADDRSTRLEN];
    const void *raw = asked->sin6_family == AF_INET ? (const void *)&((const struct sockaddr_in *)asked)->sin_addr
                                                    : (const void *)&asked->sin6_addr;
    inet_ntop(asked->sin6_family, raw, host, sizeof host);
    printf("%s %s %d\n", protocol, host, ntohs(asked->sin6_port));
}

// Turns a query without additional records (RFC 1035, 4.1) into its answer and returns the new size.
static size_t answer(unsigned char *message, size_t size) {
    static const unsigned char record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 99};
    if (size < HEADER || size + sizeof record > LONGEST)
        return 0;
    message[2] |= 0x80; // a response
    message[3] = 0x80;  // recursion is available
    message[7] = 1;     // one answer
    memcpy(message + size, record, sizeof record);
    return size + sizeof record;
}

static void serve_datagram(int fd, int family, int reply) {
    unsigned char data[LONGEST];
    union {
        struct cmsghdr aligned;
        char bytes[256];
    } control;
    struct sockaddr_in6 from, asked = {0};
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
            (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVORIGDSTADDR))
            memcpy(&asked, CMSG_DATA(c), length(family));
    report("udp", &asked);
    part.iov_len = answer(data, (size_t)size);
    struct cmsghdr *source = CMSG_FIRSTHDR(&message);
    if (family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = ((struct sockaddr_in *)&asked)->sin_addr};
        *source = (struct cmsghdr){.cmsg_level = SOL_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(CMSG_DATA(source), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_addr = asked.sin6_addr};
        *source =
            (struct cmsghdr){.cmsg_level = SOL_IPV6, .cmsg_type = IPV6_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(CMSG_DATA(source), &info, sizeof info);
        message.msg_controllen = CMSG_SPACE(sizeof info);
    }
    if (sendmsg(reply, &message, 0) < 0)
        fprintf(stderr, "names: reply: %s\n", strerror(errno));
}

static void serve_connection(int listener) {
    struct sockaddr_in6 asked;
    socklen_t asked_length = sizeof asked;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    getsockname(fd, (struct sockaddr *)&asked, &asked_length);
    report("tcp", &asked);
    unsigned char framed[2 + LONGEST];
    ssize_t size = recv(fd, framed, 2, MSG_WAITALL);
    if (size == 2 && framed[0] < LONGEST / 256) {
        size = recv(fd, framed + 2, (size_t)(framed[0] << 8 | framed[1]), MSG_WAITALL);
        size_t answered = size < 0 ? 0 : answer(framed + 2, (size_t)size);
        framed[0] = (unsigned char)(answered >> 8);
        framed[1] = (unsigned char)answered;
        if (send(fd, framed, 2 + answered, MSG_NOSIGNAL) < 0)
            fprintf(stderr, "names: reply: %s\n", strerror(errno));
    }
    close(fd);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: names PORT GUARD\n");
        return 2;
    }
    int port = atoi(argv[1]);
    guard = (uint32_t)strtoul(argv[2], NULL, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    int udp4 = bound(AF_INET, SOCK_DGRAM, "127.0.0.1", port), udp6 = bound(AF_INET6, SOCK_DGRAM, "::1", port);
    int tcp4 = bound(AF_INET, SOCK_STREAM, "127.0.0.1", port), tcp6 = bound(AF_INET6, SOCK_STREAM, "::1", port);
    set(udp4, SOL_IP, IP_RECVORIGDSTADDR, 1);
    set(udp6, SOL_IPV6, IPV6_RECVORIGDSTADDR, 1);
    must(listen(tcp4, 128), "listen");
    must(listen(tcp6, 128), "listen");
    // Addresses that nobody uses (RFC 5737, RFC 3849).
    int reply4 = bound(AF_INET, SOCK_DGRAM, "192.0.2.254", 53),
        reply6 = bound(AF_INET6, SOCK_DGRAM, "2001:db8::254", 53);
    printf("ready\n");
    struct pollfd ports[] = {{udp4, POLLIN, 0}, {udp6, POLLIN, 0}, {tcp4, POLLIN, 0}, {tcp6, POLLIN, 0}};
    while (poll(ports, 4, -1) > 0) {
        if (ports[0].revents & POLLIN)
            serve_datagram(udp4, AF_INET, reply4);
        if (ports[1].revents & POLLIN)
            serve_datagram(udp6, AF_INET6, reply6);
        if (ports[2].revents & POLLIN)
            serve_connection(tcp4);
        if (ports[3].revents & POLLIN)
            serve_connection(tcp6);
    }
    return 1;
}
