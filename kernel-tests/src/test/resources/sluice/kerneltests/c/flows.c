// SPDX-License-Identifier: Apache-2.0
// flows serve PORT | flows run ADDRESS PORT COUNT AT-ONCE MOST SEED
// serve: echoes every connection until its client has finished, IPv4 and IPv6. run: makes COUNT connections, AT-ONCE of
// them at a time, sends 1 to MOST (at most 65536) bytes on each, finishes, and compares what comes back; what it sends
// follows from SEED. Prints "whole N broken M" and, for the first broken ones, why; the exit status is 1 if there are
// any.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, THREADS = 64, SHOWN = 5 };

static int listener, most;
static struct sockaddr_in6 server;
static socklen_t server_length;
static atomic_llong next_flow;
static atomic_int broken;

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "flows: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void *serve(void *ignored) {
    char *data = malloc(MOST);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        must(fd, "accept");
        ssize_t got;
        while ((got = recv(fd, data, MOST, 0)) > 0)
            if (send(fd, data, (size_t)got, MSG_NOSIGNAL) != got)
                break;
        close(fd);
    }
    return ignored;
}

static uint64_t scramble(uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

static const char *run_one(uint64_t seed, char *out, char *in) {
    uint64_t state = scramble(seed);
    size_t size = 1 + state % (uint64_t)most, got = 0;
    for (size_t at = 0; at < size; at += sizeof state) {
        state = scramble(state + at);
        memcpy(out + at, &state, sizeof state);
    }
    int fd = socket(server.sin6_family, SOCK_STREAM, 0);
    if (fd < 0)
        return "socket";
    struct timeval patience = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const char *failed = NULL;
    if (connect(fd, (struct sockaddr *)&server, server_length) < 0)
        failed = "connect";
    else if (send(fd, out, size, MSG_NOSIGNAL) != (ssize_t)size || shutdown(fd, SHUT_WR) < 0)
        failed = "send";
    while (!failed) {
        ssize_t n = recv(fd, in + got, MOST + 1 - got, 0);
        if (n == 0)
            break;
        if (n < 0)
            failed = "receive";
        else
            got += (size_t)n;
    }
    close(fd);
    if (!failed && (got != size || memcmp(in, out, size) != 0)) {
        errno = 0;
        return got != size ? "other size" : "other bytes";
    }
    return failed;
}

struct work {
    long long count;
    uint64_t seed;
};

static void *run(void *argument) {
    struct work *work = argument;
    char *out = malloc(MOST + 8), *in = malloc(MOST + 1);
    for (long long flow; (flow = next_flow++) < work->count;) {
        const char *failed = run_one(work->seed + (uint64_t)flow, out, in);
        if (failed && broken++ < SHOWN)
            printf("flow %lld: %s: %s\n", flow, failed, strerror(errno));
    }
    free(out);
    free(in);
    return NULL;
}

static void address(const char *host, int port) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&server;
    server.sin6_port = htons((uint16_t)port);
    server.sin6_family = strchr(host, ':') ? AF_INET6 : AF_INET;
    server_length = server.sin6_family == AF_INET6 ? sizeof server : sizeof *v4;
    must(inet_pton(server.sin6_family, host,
                   server.sin6_family == AF_INET6 ? (void *)&server.sin6_addr : (void *)&v4->sin_addr) -
             1,
         host);
}

int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    bool serving = argc == 3 && strcmp(argv[1], "serve") == 0;
    if (!serving && (argc != 8 || strcmp(argv[1], "run") != 0)) {
        fprintf(stderr, "usage: flows serve PORT | flows run ADDRESS PORT COUNT AT-ONCE MOST SEED\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (serving) {
        int on = 1, off = 0;
        server = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[2]))};
        listener = socket(AF_INET6, SOCK_STREAM, 0);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(listener, SOL_IPV6, IPV6_V6ONLY, &off, sizeof off);
        must(bind(listener, (struct sockaddr *)&server, sizeof server), "bind");
        must(listen(listener, 1024), "listen");
        for (int i = 0; i < THREADS; i++)
            must(-pthread_create(&threads[i], NULL, serve, NULL), "thread");
        puts("ready");
        fflush(stdout);
        pause();
        return 0;
    }
    address(argv[2], atoi(argv[3]));
    struct work work = {atoll(argv[4]), strtoull(argv[7], NULL, 10)};
    int at_once = atoi(argv[5]) < THREADS ? atoi(argv[5]) : THREADS;
    most = atoi(argv[6]) < MOST ? atoi(argv[6]) : MOST;
    for (int i = 0; i < at_once; i++)
        must(-pthread_create(&threads[i], NULL, run, &work), "thread");
    for (int i = 0; i < at_once; i++)
        pthread_join(threads[i], NULL);
    printf("whole %lld broken %d\n", work.count - broken, broken);
    return broken > 0;
}
