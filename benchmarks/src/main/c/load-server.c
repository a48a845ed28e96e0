// SPDX-License-Identifier: Apache-2.0
// load-server PORT  The far end of load-client, IPv4 and IPv6, one thread per service: TCP on PORT sends without end;
// TCP on PORT+1 echoes; UDP on PORT+2 counts the datagrams of each run and tells how many when asked.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, EVENTS = 256, BATCH = 64, DATAGRAM = 2048, RUNS = 256, RECEIVE_BUFFER = 4 << 20 };

struct datagram {
    uint64_t run;
    uint64_t count; // UINT64_MAX asks
};

static int port;

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "load-server: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static int open_port(int type, int offset) {
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)(port + offset))};
    int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), on = 1, off = 0;
    must(fd, "socket");
    must(setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &off, sizeof off), "IPV6_V6ONLY");
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    must(bind(fd, (struct sockaddr *)&any, sizeof any), "bind");
    if (type != SOCK_DGRAM) {
        must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        must(listen(fd, 4096), "listen");
    }
    return fd;
}

static void watch(int poller, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

// Whether the connection goes on.
static bool pour(int fd) {
    static char chunk[CHUNK];
    for (int i = 0; i < 4; i++) {
        ssize_t sent = send(fd, chunk, sizeof chunk, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return errno == EAGAIN;
    }
    return true;
}

static bool echo(int fd) {
    static char data[CHUNK];
    ssize_t got = recv(fd, data, sizeof data, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    return send(fd, data, (size_t)got, MSG_NOSIGNAL) == got;
}

static void serve(int listener, uint32_t events, bool (*turn)(int)) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    must(poller, "epoll_create1");
    watch(poller, listener, EPOLLIN);
    for (;;) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(poller, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (client >= 0)
                    watch(poller, client, events);
            } else if (!turn(fd)) {
                close(fd);
            }
        }
    }
}

static void *source(void *listener) {
    serve(*(int *)listener, EPOLLOUT, pour);
    return NULL;
}

static void *echoes(void *listener) {
    serve(*(int *)listener, EPOLLIN, echo);
    return NULL;
}

static uint64_t *counter(uint64_t run) {
    static struct { uint64_t run, count; } counts[RUNS];
    static unsigned next;
    for (int i = 0; i < RUNS; i++)
        if (counts[i].run == run)
            return &counts[i].count;
    unsigned at = next++ % RUNS;
    counts[at].run = run;
    counts[at].count = 0;
    return &counts[at].count;
}

// The answer leaves from the address that was asked.
static void tell(int fd, const struct msghdr *question, uint64_t run, uint64_t count) {
    struct datagram answer = {run, count};
    struct iovec part = {&answer, sizeof answer};
    struct msghdr message = *question;
    message.msg_iov = &part;
    sendmsg(fd, &message, 0);
}

static void count_datagrams(int fd) {
    static char data[BATCH][DATAGRAM], control[BATCH][64];
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_storage from[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){data[i], DATAGRAM};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i],
                                                  .msg_iovlen = 1,
                                                  .msg_name = &from[i],
                                                  .msg_namelen = sizeof from[i],
                                                  .msg_control = control[i],
                                                  .msg_controllen = sizeof control[i]};
        }
        int got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < got; i++) {
            struct datagram *seen = (struct datagram *)data[i];
            uint64_t *count = counter(seen->run);
            if (seen->count == UINT64_MAX)
                tell(fd, &messages[i].msg_hdr, seen->run, *count);
            else
                ++*count;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: load-server PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    port = atoi(argv[1]);
    int stream = open_port(SOCK_STREAM, 0), answering = open_port(SOCK_STREAM, 1), counting = open_port(SOCK_DGRAM, 2);
    int size = RECEIVE_BUFFER, on = 1;
    must(setsockopt(counting, SOL_IPV6, IPV6_RECVPKTINFO, &on, sizeof on), "IPV6_RECVPKTINFO");
    must(setsockopt(counting, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size), "SO_RCVBUFFORCE");
    pthread_t threads[2];
    if (pthread_create(&threads[0], NULL, source, &stream) != 0 ||
        pthread_create(&threads[1], NULL, echoes, &answering) != 0) {
        fprintf(stderr, "load-server: no thread\n");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    count_datagrams(counting);
}
