// SPDX-License-Identifier: Apache-2.0
// load-client bulk|connect|ping|idle ADDRESS PORT COUNT SECONDS, load-client udp ADDRESS PORT SIZE SECONDS RATE
// load-client bulk|ping ADDRESS PORT COUNT SECONDS HOST:PORT, through an HTTP proxy on PORT that is asked for HOST:PORT
// Load for a load-server on PORT, and what came of it, as one line "NAME VALUE NAME VALUE...".
// bulk: COUNT streams receive for SECONDS, after a line "receiving". connect: COUNT at a time connect, send 100 bytes,
// receive them and close. ping: one byte to and fro on one connection; p50_us and p99_us. idle: opens COUNT
// connections, each with one byte to and fro, says "open N" and keeps them until it is told to end. udp: datagrams of
// SIZE bytes, RATE a second (0: as many as possible).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, EVENTS = 256, REQUEST = 100, BATCH = 32, SAMPLES = 1 << 20, PATIENCE_MS = 10000 };

struct datagram {
    uint64_t run;
    uint64_t count; // UINT64_MAX asks
};

static struct sockaddr_storage server;
static socklen_t server_length;
static const char *target;
static int poller;
static char chunk[CHUNK];
static float samples[SAMPLES];
static int sampled;

static void fail(const char *what) {
    fprintf(stderr, "load-client: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void address(const char *host, int port) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&server;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&server;
    server.ss_family = strchr(host, ':') ? AF_INET6 : AF_INET;
    server_length = server.ss_family == AF_INET ? sizeof *v4 : sizeof *v6;
    v4->sin_port = htons((uint16_t)port);
    void *raw = server.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr;
    if (inet_pton(server.ss_family, host, raw) != 1) {
        fprintf(stderr, "load-client: not an address: %s\n", host);
        exit(2);
    }
}

static int open_stream(int flags) {
    int fd = socket(server.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), on = 1;
    if (fd < 0)
        fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&server, server_length) < 0 && errno != EINPROGRESS)
        fail("connect");
    return fd;
}

static void watch(int fd, uint32_t events, int operation, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    if (epoll_ctl(poller, operation, fd, &event) < 0)
        fail("epoll_ctl");
}

static void sample(int64_t since) {
    samples[sampled++ % SAMPLES] = (float)(now() - since) / 1e3f;
}

static int ascending(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static void print_quantiles(void) {
    int count = sampled < SAMPLES ? sampled : SAMPLES;
    qsort(samples, (size_t)count, sizeof *samples, ascending);
    printf(" p50_us %.1f p99_us %.1f\n", samples[count / 2], samples[(int64_t)count * 99 / 100]);
}

// Has the proxy at the other end connect to what the last argument names, if there is one.
static int open_tunnel(void) {
    int fd = open_stream(0);
    size_t read = 0;
    if (!target)
        return fd;
    int length = snprintf(chunk, sizeof chunk, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target);
    if (send(fd, chunk, (size_t)length, MSG_NOSIGNAL) != length)
        fail("CONNECT");
    // Byte by byte: what follows the head is the stream's.
    while (read < 4 || memcmp(chunk + read - 4, "\r\n\r\n", 4) != 0)
        if (read == sizeof chunk || recv(fd, chunk + read++, 1, 0) != 1)
            fail("the answer to CONNECT");
    return fd;
}

static void bulk(int streams, double seconds) {
    for (int i = 0; i < streams; i++) {
        int fd = open_tunnel();
        watch(fd, EPOLLIN, EPOLL_CTL_ADD, (uint64_t)fd);
    }
    puts("receiving");
    fflush(stdout);
    uint64_t bytes = 0;
    int64_t start = now(), deadline = start + (int64_t)(seconds * 1e9);
    while (now() < deadline) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(poller, ready, EVENTS, 100);
        for (int i = 0; i < count; i++) {
            ssize_t got = recv((int)ready[i].data.u64, chunk, sizeof chunk, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                fail("a stream ended");
            bytes += got > 0 ? (uint64_t)got : 0;
        }
    }
    printf("bytes %llu seconds %.4f\n", (unsigned long long)bytes, (double)(now() - start) / 1e9);
}

struct exchange {
    int fd, received;
    int64_t start;
};

static void begin(struct exchange *exchange, uint64_t index) {
    exchange->start = now();
    exchange->received = -1;
    exchange->fd = open_stream(SOCK_NONBLOCK);
    watch(exchange->fd, EPOLLOUT, EPOLL_CTL_ADD, index);
}

// 1 when it has ended well, -1 when it has failed, 0 when it goes on.
static int advance(struct exchange *exchange, uint64_t index, uint32_t events) {
    if (exchange->received < 0) {
        if ((events & (EPOLLERR | EPOLLHUP)) || send(exchange->fd, chunk, REQUEST, MSG_NOSIGNAL) != REQUEST)
            return -1;
        exchange->received = 0;
        watch(exchange->fd, EPOLLIN, EPOLL_CTL_MOD, index);
        return 0;
    }
    ssize_t got = recv(exchange->fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && errno == EAGAIN ? 0 : -1;
    exchange->received += (int)got;
    return exchange->received >= REQUEST;
}

static void connections(int at_once, double seconds) {
    struct exchange *exchanges = calloc((size_t)at_once, sizeof *exchanges);
    if (!exchanges)
        fail("calloc");
    int64_t start = now(), deadline = start + (int64_t)(seconds * 1e9);
    uint64_t done = 0, failed = 0;
    for (int i = 0; i < at_once; i++)
        begin(&exchanges[i], (uint64_t)i);
    while (now() < deadline) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(poller, ready, EVENTS, 100);
        for (int i = 0; i < count; i++) {
            struct exchange *exchange = &exchanges[ready[i].data.u64];
            int outcome = advance(exchange, ready[i].data.u64, ready[i].events);
            if (outcome == 0)
                continue;
            close(exchange->fd);
            if (outcome > 0)
                sample(exchange->start);
            done += outcome > 0;
            failed += outcome < 0;
            begin(exchange, ready[i].data.u64);
        }
    }
    printf("connections %llu failed %llu seconds %.4f", (unsigned long long)done, (unsigned long long)failed,
           (double)(now() - start) / 1e9);
    print_quantiles();
}

static void ping(double seconds) {
    int fd = open_tunnel();
    int64_t start = now(), deadline = start + (int64_t)(seconds * 1e9);
    for (int i = 0; now() < deadline; i++) {
        int64_t sent = now();
        if (send(fd, "p", 1, MSG_NOSIGNAL) != 1 || recv(fd, chunk, 1, 0) != 1)
            fail("ping");
        if (i >= 10)
            sample(sent);
    }
    printf("pings %d", sampled);
    print_quantiles();
}

static void idle(int count) {
    for (int i = 0; i < count; i++) {
        int fd = open_stream(0);
        struct pollfd answer = {.fd = fd, .events = POLLIN};
        if (send(fd, "i", 1, MSG_NOSIGNAL) != 1 || poll(&answer, 1, PATIENCE_MS) != 1 || recv(fd, chunk, 1, 0) != 1) {
            fprintf(stderr, "load-client: connection %d has no answer: %s\n", i, strerror(errno));
            exit(1);
        }
    }
    printf("open %d\n", count);
    fflush(stdout);
    pause();
}

static uint64_t ask(int fd, uint64_t run) {
    struct datagram question = {run, UINT64_MAX}, answer;
    for (int attempt = 0; attempt < 50; attempt++) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        send(fd, &question, sizeof question, 0);
        if (poll(&ready, 1, 200) == 1 && recv(fd, &answer, sizeof answer, 0) == sizeof answer && answer.run == run)
            return answer.count;
    }
    errno = ETIMEDOUT;
    fail("the server's count");
    return 0;
}

static void datagrams(int size, double seconds, double rate) {
    int fd = socket(server.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, server_length) < 0)
        fail("connect");
    int64_t start = now(), deadline = start + (int64_t)(seconds * 1e9);
    uint64_t run = (uint64_t)start, sent = 0;
    ((struct datagram *)chunk)->run = run;
    struct iovec part = {chunk, (size_t)size};
    struct mmsghdr messages[BATCH];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
    for (int64_t at = now(); at < deadline; at = now()) {
        unsigned due = BATCH;
        if (rate > 0) {
            double behind = (double)(at - start) * rate / 1e9 - (double)sent;
            due = behind < BATCH ? (unsigned)behind : BATCH;
        }
        if (due == 0) {
            struct timespec pause = {0, 100000};
            nanosleep(&pause, NULL);
            continue;
        }
        int taken = sendmmsg(fd, messages, due, 0);
        sent += taken > 0 ? (uint64_t)taken : 0;
    }
    double took = (double)(now() - start) / 1e9;
    printf("sent %llu received %llu seconds %.4f\n", (unsigned long long)sent, (unsigned long long)ask(fd, run), took);
}

int main(int argc, char **argv) {
    bool udp = argc > 1 && strcmp(argv[1], "udp") == 0;
    if (argc != 6 + udp && (udp || argc != 7)) {
        fprintf(stderr, "usage: load-client bulk|connect|ping|idle ADDRESS PORT COUNT SECONDS\n"
                        "       load-client bulk|ping ADDRESS PORT COUNT SECONDS HOST:PORT\n"
                        "       load-client udp ADDRESS PORT SIZE SECONDS RATE\n");
        return 2;
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    int count = atoi(argv[4]);
    double seconds = atof(argv[5]);
    bool pouring = strcmp(argv[1], "bulk") == 0;
    target = udp ? NULL : argv[6];
    address(argv[2], atoi(argv[3]) + (pouring || target ? 0 : udp ? 2 : 1));
    if (pouring)
        bulk(count, seconds);
    else if (udp)
        datagrams(count, seconds, atof(argv[6]));
    else if (strcmp(argv[1], "connect") == 0)
        connections(count, seconds);
    else if (strcmp(argv[1], "ping") == 0)
        ping(seconds);
    else
        idle(count);
    return 0;
}
