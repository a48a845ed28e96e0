// SPDX-License-Identifier: Apache-2.0
// answer NAME udp|tcp PORT [transparent]  A server for IPv4 and IPv6 on one port.
// udp: answers each datagram with "NAME from ADDRESS PORT to ADDRESS PORT", from the address and port it was sent to.
// tcp: says the same once per connection and then "tick" every 10 ms until the client goes: a download that lasts.
// With transparent the sockets are those of a TPROXY server, and "to" is the original destination.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif
#ifndef IPV6_RECVORIGDSTADDR
#define IPV6_RECVORIGDSTADDR 74
#endif

enum { CLIENTS = 256 };

static const char *name;
static bool transparent;

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "answer %s: %s: %s\n", name, what, strerror(errno));
        exit(1);
    }
}

static void set(int fd, int level, int option, const char *what) {
    int on = 1;
    must(setsockopt(fd, level, option, &on, sizeof on), what);
}

static socklen_t length(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void words(const struct sockaddr_storage *address, char *text, size_t size) {
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *raw = address->ss_family == AF_INET ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;
    inet_ntop(address->ss_family, raw, host, sizeof host);
    snprintf(text, size, "%s %d", host, ntohs(v4->sin_port));
}

static int report(char *text, size_t size, const struct sockaddr_storage *from, const struct sockaddr_storage *to) {
    char left[64], right[64];
    words(from, left, sizeof left);
    words(to, right, sizeof right);
    return snprintf(text, size, "%s from %s to %s\n", name, left, right);
}

static void make_transparent(int fd, int family) {
    if (family == AF_INET)
        set(fd, SOL_IP, IP_TRANSPARENT, "IP_TRANSPARENT");
    else
        set(fd, SOL_IPV6, IPV6_TRANSPARENT, "IPV6_TRANSPARENT");
}

static int open_port(int family, int type, int port) {
    int fd = socket(family, type, 0);
    must(fd, "socket");
    set(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
    ((struct sockaddr_in *)&address)->sin_port = htons((uint16_t)port);
    if (family == AF_INET6)
        set(fd, SOL_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
    if (transparent)
        make_transparent(fd, family);
    if (type == SOCK_DGRAM) {
        if (family == AF_INET)
            set(fd, SOL_IP, IP_RECVORIGDSTADDR, "IP_RECVORIGDSTADDR");
        else
            set(fd, SOL_IPV6, IPV6_RECVORIGDSTADDR, "IPV6_RECVORIGDSTADDR");
    }
    must(bind(fd, (struct sockaddr *)&address, length(&address)), "bind");
    if (type == SOCK_STREAM)
        must(listen(fd, 128), "listen");
    return fd;
}

// The source has to be the address and port that the client wrote to, so each answer has a socket of its own;
// unconnected, because a connected one would take the client's next datagram away from the listening socket.
static void answer_datagram(int fd, int family) {
    char data[2048], control[256];
    struct sockaddr_storage from, to = {0};
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) < 0)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
        if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
            (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVORIGDSTADDR))
            memcpy(&to, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) < sizeof to ? c->cmsg_len - CMSG_LEN(0) : sizeof to);
    int size = report(data, sizeof data, &from, &to);
    printf("%s", data);
    int reply = socket(family, SOCK_DGRAM, 0);
    must(reply, "socket");
    set(reply, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (transparent)
        make_transparent(reply, family);
    if (bind(reply, (struct sockaddr *)&to, length(&to)) < 0 ||
        sendto(reply, data, (size_t)size, 0, (struct sockaddr *)&from, length(&from)) < 0)
        fprintf(stderr, "answer %s: reply: %s\n", name, strerror(errno));
    close(reply);
}

static int greet(int listener) {
    struct sockaddr_storage from, to;
    socklen_t from_length = sizeof from, to_length = sizeof to;
    int client = accept4(listener, (struct sockaddr *)&from, &from_length, SOCK_NONBLOCK);
    if (client < 0)
        return -1;
    char text[256];
    getsockname(client, (struct sockaddr *)&to, &to_length);
    int size = report(text, sizeof text, &from, &to);
    printf("%s", text);
    if (send(client, text, (size_t)size, MSG_NOSIGNAL) != size) {
        close(client);
        return -1;
    }
    return client;
}

// A client is gone when it says so (read to EOF) or cannot be written to; a slow one just misses ticks.
static bool ticked(int client) {
    char ignored[512];
    ssize_t got = recv(client, ignored, sizeof ignored, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        return false;
    return send(client, "tick\n", 5, MSG_NOSIGNAL | MSG_DONTWAIT) == 5 || errno == EAGAIN;
}

static void serve_tcp(struct pollfd *ports) {
    int clients[CLIENTS], count = 0;
    for (;;) {
        poll(ports, 2, 10);
        for (int i = 0; i < 2; i++) {
            if (!(ports[i].revents & POLLIN) || count == CLIENTS)
                continue;
            int client = greet(ports[i].fd);
            if (client >= 0)
                clients[count++] = client;
        }
        for (int i = 0; i < count;) {
            if (ticked(clients[i])) {
                i++;
                continue;
            }
            close(clients[i]);
            clients[i] = clients[--count];
        }
        // Arrivals must not make it tick faster.
        struct timespec pause = {0, 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: answer NAME udp|tcp PORT [transparent]\n");
        return 2;
    }
    name = argv[1];
    transparent = argc > 4 && strcmp(argv[4], "transparent") == 0;
    int type = strcmp(argv[2], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    struct pollfd ports[2] = {{.fd = open_port(AF_INET, type, atoi(argv[3])), .events = POLLIN},
                              {.fd = open_port(AF_INET6, type, atoi(argv[3])), .events = POLLIN}};
    printf("ready\n");
    if (type == SOCK_STREAM)
        serve_tcp(ports);
    for (;;) {
        poll(ports, 2, -1);
        if (ports[0].revents & POLLIN)
            answer_datagram(ports[0].fd, AF_INET);
        if (ports[1].revents & POLLIN)
            answer_datagram(ports[1].fd, AF_INET6);
    }
}
