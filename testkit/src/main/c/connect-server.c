// SPDX-License-Identifier: Apache-2.0
// connect-server PORT  An HTTP proxy on PORT, IPv4, that is the far end of load-client at the same time: it connects to
// nothing, but answers a CONNECT itself, as load-server would. An even port that is asked for sends without end, an odd
// one echoes. One thread.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
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

enum { CHUNK = 256 << 10, HEAD = 2048, EVENTS = 64 };

struct client {
    int fd;
    bool connected, pours;
    size_t read;
    char head[HEAD + 1];
};

static int poller;
static char chunk[CHUNK];

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "connect-server: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void watch(int fd, int operation, uint32_t events, void *client) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    must(epoll_ctl(poller, operation, fd, &event), "epoll_ctl");
}

// Each of these: whether the connection goes on.
static bool answer(struct client *client) {
    static const char yes[] = "HTTP/1.1 200 OK\r\n\r\n";
    ssize_t got = recv(client->fd, client->head + client->read, HEAD - client->read, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    client->read += (size_t)got;
    client->head[client->read] = 0;
    if (!strstr(client->head, "\r\n\r\n"))
        return client->read < HEAD;
    int port;
    if (sscanf(client->head, "CONNECT %*[^ :]:%d ", &port) != 1)
        return false;
    client->connected = true;
    client->pours = port % 2 == 0;
    watch(client->fd, EPOLL_CTL_MOD, client->pours ? EPOLLOUT : EPOLLIN, client);
    return send(client->fd, yes, sizeof yes - 1, MSG_NOSIGNAL) == sizeof yes - 1;
}

static bool pour(int fd) {
    ssize_t sent = send(fd, chunk, sizeof chunk, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent >= 0 || errno == EAGAIN;
}

static bool echo(int fd) {
    ssize_t got = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    return send(fd, chunk, (size_t)got, MSG_NOSIGNAL) == got;
}

static bool turn(struct client *client) {
    if (!client->connected)
        return answer(client);
    return client->pours ? pour(client->fd) : echo(client->fd);
}

static void greet(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct client *client = fd < 0 ? NULL : calloc(1, sizeof *client);
    if (!client) {
        close(fd);
        return;
    }
    client->fd = fd;
    watch(fd, EPOLL_CTL_ADD, EPOLLIN, client);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: connect-server PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    must(listener, "socket");
    must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    must(setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    must(bind(listener, (struct sockaddr *)&any, sizeof any), "bind");
    must(listen(listener, 4096), "listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    must(poller, "epoll_create1");
    watch(listener, EPOLL_CTL_ADD, EPOLLIN, NULL);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(poller, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            struct client *client = ready[i].data.ptr;
            if (!client) {
                greet(listener);
            } else if (!turn(client)) {
                close(client->fd);
                free(client);
            }
        }
    }
}
