// SPDX-License-Identifier: Apache-2.0
// splice-relay PORT  The yardstick of the engine's relay: the least that carries TCP from transparent sockets to the
// original destinations, in one thread. Copies through one buffer; a read that fills it switches the direction to
// splice(2) through a pooled pipe of 1 MiB, a small one switches it back. FIN and RST are passed on. No routing, no
// attribution, no counters, no limits.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_TRANSPARENT
#define IPV6_TRANSPARENT 75
#endif

enum { BUFFER = 64 << 10, PIPE = 1 << 20, SMALL = 4096, TURNS = 8, EVENTS = 256, ACCEPTS = 32, POOL = 64 };
enum { CLIENT, UPSTREAM };

// One way through a flow: what is read from `from` and still has to be written to the other side.
struct direction {
    int pipe[2];
    int pending;
    bool bulk, ended, finished;
};

struct side {
    struct flow *flow;
    int fd;
    uint32_t armed;
};

struct flow {
    struct side sides[2];
    struct direction directions[2]; // by the side they read from
    bool connecting, dead;
    struct flow *next;
};

static int poller;
static char buffer[BUFFER];
static int pool[POOL][2], pooled;
static struct flow *graveyard;

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "splice-relay: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static bool take_pipe(struct direction *way) {
    if (way->pipe[0] >= 0)
        return true;
    if (pooled > 0) {
        memcpy(way->pipe, pool[--pooled], sizeof way->pipe);
        return true;
    }
    if (pipe2(way->pipe, O_NONBLOCK | O_CLOEXEC) < 0) {
        way->pipe[0] = -1;
        return false;
    }
    return fcntl(way->pipe[0], F_SETPIPE_SZ, PIPE) >= BUFFER;
}

// An empty pipe goes back to the pool, one with a rest in it is closed.
static void give_pipe(struct direction *way) {
    if (way->pipe[0] < 0)
        return;
    if (way->pending == 0 && pooled < POOL) {
        memcpy(pool[pooled++], way->pipe, sizeof way->pipe);
    } else {
        close(way->pipe[0]);
        close(way->pipe[1]);
    }
    way->pipe[0] = -1;
}

static void end(struct flow *flow, bool reset) {
    if (flow->dead)
        return;
    flow->dead = true;
    for (int i = 0; i < 2; i++) {
        struct linger now = {1, 0};
        if (reset)
            setsockopt(flow->sides[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(flow->sides[i].fd);
        give_pipe(&flow->directions[i]);
    }
    // Events of the same batch may still point to it.
    flow->next = graveyard;
    graveyard = flow;
}

static void arm(struct side *side, uint32_t events) {
    if (side->armed == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = side};
    int operation = side->armed == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    must(epoll_ctl(poller, operation, side->fd, &event), "epoll_ctl");
    side->armed = events;
}

static void arm_both(struct flow *flow) {
    for (int i = 0; i < 2; i++) {
        struct direction *in = &flow->directions[i], *out = &flow->directions[1 - i];
        arm(&flow->sides[i], (in->pending == 0 && !in->ended ? EPOLLIN : 0u) | (out->pending > 0 ? EPOLLOUT : 0u));
    }
}

// Reads once; returns what read(2) would. With nothing pending only.
static ssize_t fill(struct direction *way, int from, int to) {
    if (way->bulk) {
        ssize_t got = splice(from, NULL, way->pipe[1], NULL, PIPE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        way->bulk = got >= SMALL || got < 0;
        way->pending = got > 0 ? (int)got : 0;
        return got;
    }
    ssize_t got = recv(from, buffer, BUFFER, MSG_DONTWAIT);
    if (got <= 0)
        return got;
    ssize_t sent = send(to, buffer, (size_t)got, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN)
        return -1;
    if (sent < 0)
        sent = 0;
    if (sent < got || got == BUFFER) {
        if (!take_pipe(way))
            return -1;
        way->bulk = got == BUFFER;
        way->pending = (int)(got - sent);
        if (way->pending > 0 && write(way->pipe[1], buffer + sent, (size_t)way->pending) != way->pending)
            return -1;
    }
    return got;
}

// Carries bytes one way until there is nothing to do, or for its share of turns; false when the flow has failed.
static bool carry(struct flow *flow, int side) {
    struct direction *way = &flow->directions[side];
    int from = flow->sides[side].fd, to = flow->sides[1 - side].fd;
    for (int turn = 0; turn < TURNS; turn++) {
        if (way->pending > 0) {
            ssize_t moved =
                splice(way->pipe[0], NULL, to, NULL, (size_t)way->pending, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
            if (moved < 0)
                return errno == EAGAIN;
            way->pending -= (int)moved;
            continue;
        }
        if (!way->bulk)
            give_pipe(way);
        if (way->ended) {
            // When the other way has ended too, close(2) says FIN.
            if (!way->finished && !flow->directions[1 - side].finished)
                shutdown(to, SHUT_WR);
            way->finished = true;
            return true;
        }
        ssize_t got = fill(way, from, to);
        if (got < 0)
            return errno == EAGAIN;
        way->ended = got == 0;
        if (got > 0 && got < BUFFER && way->pending == 0)
            return true;
    }
    return true;
}

static void serve(struct side *side, uint32_t events) {
    struct flow *flow = side->flow;
    if (flow->dead)
        return;
    if (flow->connecting) {
        if (events & (EPOLLERR | EPOLLHUP)) {
            end(flow, true);
            return;
        }
        flow->connecting = false;
    }
    bool fine = !(events & EPOLLERR) && carry(flow, CLIENT) && carry(flow, UPSTREAM);
    if (!fine || (flow->directions[CLIENT].finished && flow->directions[UPSTREAM].finished))
        end(flow, !fine);
    else
        arm_both(flow);
}

static bool accept_one(int listener) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return false;
    struct sockaddr_storage to;
    socklen_t length = sizeof to;
    int on = 1, upstream = -1;
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow && getsockname(client, (struct sockaddr *)&to, &length) == 0)
        upstream = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (upstream < 0) {
        free(flow);
        close(client);
        return true;
    }
    *flow = (struct flow){.sides = {{flow, client, 0}, {flow, upstream, 0}},
                          .directions = {{.pipe = {-1, -1}}, {.pipe = {-1, -1}}},
                          .connecting = true};
    setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(upstream, (struct sockaddr *)&to, length) < 0 && errno != EINPROGRESS)
        end(flow, true);
    else
        arm(&flow->sides[UPSTREAM], EPOLLOUT);
    return true;
}

static int listen_on(int family, int port) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    must(fd, "socket");
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    if (family == AF_INET6) {
        must(setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof on), "IPV6_V6ONLY");
        must(setsockopt(fd, SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof on), "IPV6_TRANSPARENT");
        must(bind(fd, (struct sockaddr *)&v6, sizeof v6), "bind");
    } else {
        must(setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof on), "IP_TRANSPARENT");
        must(bind(fd, (struct sockaddr *)&v4, sizeof v4), "bind");
    }
    must(listen(fd, 4096), "listen");
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: splice-relay PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(EPOLL_CLOEXEC);
    must(poller, "epoll_create1");
    struct side listeners[2] = {{NULL, listen_on(AF_INET, atoi(argv[1])), 0},
                                {NULL, listen_on(AF_INET6, atoi(argv[1])), 0}};
    arm(&listeners[0], EPOLLIN);
    arm(&listeners[1], EPOLLIN);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        bool arrivals[2] = {false, false};
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct side *side = events[i].data.ptr;
            if (side->flow)
                serve(side, events[i].events);
            else
                arrivals[side - listeners] = true;
        }
        for (int i = 0; i < 2; i++)
            for (int n = 0; arrivals[i] && n < ACCEPTS && accept_one(listeners[i].fd); n++)
                ;
        while (graveyard) {
            struct flow *flow = graveyard;
            graveyard = flow->next;
            free(flow);
        }
    }
}
