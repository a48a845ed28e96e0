// SPDX-License-Identifier: Apache-2.0
// talk serve PORT STEP... | talk connect ADDRESS PORT STEP...  One TCP connection that goes through the steps, and says
// what it sees, one line each. Each end sends a pattern of its own, and checks the other one's.
//      send:N          sends N bytes                                   "sent N" or "send: ERROR"
//      receive:N       reads until N bytes have come                   "received N", "received K, end" or "receive:
//      ERROR" receive:all     reads to the end                                the same exchange:N      sends and
//      receives N bytes at the same time     "exchanged N" or "exchange: ERROR" finish          sends FIN close closes
//      reset       closes with RST pause:MS        does nothing       within:MS    the next step says " late" if it
//      takes longer
// A connection that could not be made: "connect: ERROR". A server serves one connection and says "ready" first.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PERIOD = 65521, CHUNK = 128 << 10 };

static char patterns[2][PERIOD + CHUNK];
static char data[CHUNK];
static int own; // which pattern is this end's
static uint64_t sent, received;

static void fail(const char *what) {
    fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void fill_patterns(void) {
    uint32_t state = 1;
    for (int i = 0; i < 2; i++) {
        for (int at = 0; at < PERIOD; at++) {
            state = state * 1664525 + 1013904223;
            patterns[i][at] = (char)(state >> 24);
        }
        for (int at = PERIOD; at < PERIOD + CHUNK; at++)
            patterns[i][at] = patterns[i][at - PERIOD];
    }
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t least(uint64_t wanted) {
    return wanted < CHUNK ? (size_t)wanted : CHUNK;
}

static ssize_t send_some(int fd, uint64_t wanted, int flags) {
    ssize_t n = send(fd, patterns[own] + sent % PERIOD, least(wanted), MSG_NOSIGNAL | flags);
    sent += n > 0 ? (uint64_t)n : 0;
    return n;
}

static ssize_t receive_some(int fd, uint64_t wanted, int flags) {
    ssize_t n = recv(fd, data, least(wanted), flags);
    if (n > 0 && memcmp(data, patterns[1 - own] + received % PERIOD, (size_t)n) != 0) {
        printf("corrupt after %llu\n", (unsigned long long)received);
        exit(1);
    }
    received += n > 0 ? (uint64_t)n : 0;
    return n;
}

static void send_all(int fd, uint64_t count) {
    for (uint64_t left = count; left > 0;) {
        ssize_t n = send_some(fd, left, 0);
        if (n < 0) {
            printf("send: %s", strerror(errno));
            return;
        }
        left -= (uint64_t)n;
    }
    printf("sent %llu", (unsigned long long)count);
}

static void receive_all(int fd, uint64_t count) {
    uint64_t got = 0;
    while (got < count) {
        ssize_t n = receive_some(fd, count - got, 0);
        if (n < 0) {
            printf("receive: %s", strerror(errno));
            return;
        }
        if (n == 0)
            break;
        got += (uint64_t)n;
    }
    printf("received %llu%s", (unsigned long long)got, got < count ? ", end" : "");
}

static void exchange(int fd, uint64_t count) {
    uint64_t to_send = count, to_receive = count;
    while (to_send > 0 || to_receive > 0) {
        struct pollfd ready = {.fd = fd, .events = (short)((to_send ? POLLOUT : 0) | (to_receive ? POLLIN : 0))};
        poll(&ready, 1, -1);
        ssize_t out = to_send ? send_some(fd, to_send, MSG_DONTWAIT) : 0;
        if (out < 0 && errno != EAGAIN) {
            printf("exchange: send: %s", strerror(errno));
            return;
        }
        ssize_t in = to_receive ? receive_some(fd, to_receive, MSG_DONTWAIT) : 1;
        if (in == 0 || (in < 0 && errno != EAGAIN)) {
            printf("exchange: receive: %s", in == 0 ? "end" : strerror(errno));
            return;
        }
        to_send -= out > 0 ? (uint64_t)out : 0;
        to_receive -= to_receive && in > 0 ? (uint64_t)in : 0;
    }
    printf("exchanged %llu", (unsigned long long)count);
}

static bool is(const char *step, const char *name) {
    return strncmp(step, name, strlen(name)) == 0;
}

static void take_step(int fd, const char *step) {
    const char *colon = strchr(step, ':');
    uint64_t count = !colon ? 0 : strcmp(colon, ":all") == 0 ? UINT64_MAX : strtoull(colon + 1, NULL, 10);
    struct linger now = {1, 0};
    if (is(step, "send"))
        send_all(fd, count);
    else if (is(step, "receive"))
        receive_all(fd, count);
    else if (is(step, "exchange"))
        exchange(fd, count);
    else if (is(step, "pause"))
        poll(NULL, 0, (int)count);
    else if (is(step, "finish"))
        shutdown(fd, SHUT_WR);
    else if (is(step, "close"))
        close(fd);
    else if (is(step, "reset")) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
    } else {
        fprintf(stderr, "talk: no such step: %s\n", step);
        exit(2);
    }
}

static void talk(int fd, char **steps) {
    int64_t limit = INT64_MAX;
    for (; *steps; steps++) {
        if (is(*steps, "within")) {
            limit = atoll(strchr(*steps, ':') + 1);
            continue;
        }
        int64_t start = now_ms();
        take_step(fd, *steps);
        bool late = now_ms() - start > limit;
        if (late || is(*steps, "send") || is(*steps, "receive") || is(*steps, "exchange"))
            printf("%s\n", late ? " late" : "");
        limit = INT64_MAX;
    }
}

static int serve(const char *port) {
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
    int listener = socket(AF_INET6, SOCK_STREAM, 0), on = 1, off = 0;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, SOL_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof any) < 0 || listen(listener, 1) < 0)
        fail(port);
    puts("ready");
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        fail("accept");
    close(listener);
    return fd;
}

static int open_to(const char *host, const char *port) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    bool is_v6 = inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
    if (!is_v6 && inet_pton(AF_INET, host, &v4.sin_addr) != 1)
        fail(host);
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (fd < 0 ||
        connect(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4, is_v6 ? sizeof v6 : sizeof v4) < 0) {
        printf("connect: %s\n", strerror(errno));
        exit(0);
    }
    return fd;
}

int main(int argc, char **argv) {
    bool server = argc > 2 && strcmp(argv[1], "serve") == 0;
    if (!server && (argc < 4 || strcmp(argv[1], "connect") != 0)) {
        fprintf(stderr, "usage: talk serve PORT STEP... | talk connect ADDRESS PORT STEP...\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    fill_patterns();
    own = server;
    if (server)
        talk(serve(argv[2]), argv + 3);
    else
        talk(open_to(argv[2], argv[3]), argv + 4);
    return 0;
}
