// SPDX-License-Identifier: Apache-2.0
// probe udp|flows|tcp EVERY-MS COUNT ADDRESS PORT [ADDRESS PORT]...  A client that keeps one socket and says what
// happens to it. udp: one unconnected socket sends a datagram every EVERY-MS milliseconds, COUNT times, to the
// destinations in turn, and prints
//      "reply from ADDRESS PORT: TEXT" or "send to ADDRESS PORT: ERROR".
// flows: as udp, but each datagram goes to the next port above the one before, so that it is a flow of its own.
// tcp: connects to the first destination, prints the lines it receives, and at the end of the connection "end: REASON";
// goes by itself
//      after EVERY-MS * COUNT milliseconds with "end: enough".
// The exit status is 1 if a TCP connection could not be made or ended before that.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DESTINATIONS = 16 };

static struct sockaddr_storage destinations[DESTINATIONS];
static int destination_count;

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static socklen_t length(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool parse(const char *host, const char *port, struct sockaddr_storage *address) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    v4->sin_port = htons((uint16_t)atoi(port));
    address->ss_family = strchr(host, ':') ? AF_INET6 : AF_INET;
    void *raw = address->ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr;
    return inet_pton(address->ss_family, host, raw) == 1;
}

static const char *words(const struct sockaddr_storage *address) {
    static char text[80];
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *raw = address->ss_family == AF_INET ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;
    inet_ntop(address->ss_family, raw, host, sizeof host);
    snprintf(text, sizeof text, "%s %d", host, ntohs(v4->sin_port));
    return text;
}

static void receive_until(int fd, long deadline) {
    char data[2048];
    for (;;) {
        long left = deadline - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, left > 0 ? (int)left : 0) <= 0)
            return;
        struct sockaddr_storage from;
        socklen_t from_length = sizeof from;
        ssize_t size = recvfrom(fd, data, sizeof data - 1, 0, (struct sockaddr *)&from, &from_length);
        if (size < 0) {
            printf("receive: %s\n", strerror(errno));
            continue;
        }
        data[size] = '\0';
        printf("reply from %s: %s%s", words(&from), data, size > 0 && data[size - 1] == '\n' ? "" : "\n");
    }
}

static void next_port(struct sockaddr_storage *address) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    v4->sin_port = htons((uint16_t)(ntohs(v4->sin_port) % 65535 + 1));
}

static int udp(long every, long count, bool each_a_flow) {
    int fd = socket(destinations[0].ss_family, SOCK_DGRAM, 0);
    if (fd < 0) {
        perror("probe: socket");
        return 1;
    }
    long start = now_ms();
    for (long i = 0; i < count; i++) {
        struct sockaddr_storage *to = &destinations[i % destination_count];
        if (sendto(fd, "probe\n", 6, 0, (const struct sockaddr *)to, length(to)) < 0)
            printf("send to %s: %s\n", words(to), strerror(errno));
        if (each_a_flow)
            next_port(to);
        receive_until(fd, start + (i + 1) * every);
    }
    return 0;
}

static int tcp(long every, long count) {
    int fd = socket(destinations[0].ss_family, SOCK_STREAM, 0);
    long end = now_ms() + every * count;
    if (fd < 0 || connect(fd, (struct sockaddr *)&destinations[0], length(&destinations[0])) < 0) {
        printf("end: connect: %s\n", strerror(errno));
        return 1;
    }
    printf("connected\n");
    for (;;) {
        long left = end - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&ready, 1, (int)left) <= 0) {
            printf("end: enough\n");
            return 0;
        }
        char data[2048];
        ssize_t size = recv(fd, data, sizeof data, 0);
        if (size <= 0) {
            printf("end: %s\n", size == 0 ? "eof" : strerror(errno));
            return 1;
        }
        fwrite(data, 1, (size_t)size, stdout);
    }
}

int main(int argc, char **argv) {
    if (argc < 6 || argc % 2 != 0 || argc > 4 + 2 * DESTINATIONS) {
        fprintf(stderr, "usage: probe udp|flows|tcp EVERY-MS COUNT ADDRESS PORT [ADDRESS PORT]...\n");
        return 2;
    }
    for (int i = 4; i < argc; i += 2)
        if (!parse(argv[i], argv[i + 1], &destinations[destination_count++])) {
            fprintf(stderr, "probe: not an address: %s\n", argv[i]);
            return 2;
        }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool each_a_flow = strcmp(argv[1], "flows") == 0;
    return each_a_flow || strcmp(argv[1], "udp") == 0 ? udp(atol(argv[2]), atol(argv[3]), each_a_flow)
                                                      : tcp(atol(argv[2]), atol(argv[3]));
}
