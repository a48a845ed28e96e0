// SPDX-License-Identifier: Apache-2.0
// dns-load ADDRESS DOMAIN load NAMES SECONDS, dns-load ADDRESS DOMAIN rate NAMES SECONDS RATE, dns-load ADDRESS DOMAIN
// once NAMES SECONDS Asks a name server for n0.DOMAIN to nNAMES.DOMAIN, over UDP, type A, from 8 sockets, and tells
// what came of it, as one line "NAME VALUE NAME VALUE...". load: over and over for SECONDS, 64 questions at a time.
// rate: RATE a second, whatever the answers do. once: each name once, in at most SECONDS. An answer with another code
// than NOERROR, or without a record, counts as failed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 8, WINDOW = 8, IDS = 65536, BUCKETS = 200000, LONGEST = 512 };

static const double PATIENCE = 1.0;

// One question that waits for its answer; name is -1 while there is none.
struct question {
    double sent;
    int name;
};

struct asker {
    int fd;
    uint16_t next;
    int waiting;
    struct question questions[IDS];
};

static struct asker askers[SOCKETS];
static long buckets[BUCKETS + 1]; // of a microsecond
static long answered, failed, lost;
static uint8_t domain[LONGEST]; // as in a message, with type and class behind it
static int domain_length;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void open_sockets(const char *address) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        fprintf(stderr, "%s is no IPv4 address\n", address);
        exit(2);
    }
    for (int i = 0; i < SOCKETS; i++) {
        struct asker *asker = &askers[i];
        asker->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (asker->fd < 0 || connect(asker->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
            die("connect");
        for (int id = 0; id < IDS; id++)
            asker->questions[id].name = -1;
    }
}

static void set_domain(char *text) {
    for (char *label = strtok(text, "."); label; label = strtok(NULL, ".")) {
        domain[domain_length++] = strlen(label);
        memcpy(domain + domain_length, label, strlen(label));
        domain_length += strlen(label);
    }
    memcpy(domain + domain_length, "\0\0\1\0\1", 5);
    domain_length += 5;
}

static void ask(struct asker *asker, int name) {
    uint8_t message[LONGEST] = {0};
    char label[16];
    uint16_t id = asker->next++;
    message[0] = id >> 8;
    message[1] = id & 0xff;
    message[2] = 1; // recursion desired
    message[5] = 1; // one question
    int at = 12;
    message[at] = snprintf(label, sizeof(label), "n%d", name);
    memcpy(message + at + 1, label, message[at]);
    at += 1 + message[at];
    memcpy(message + at, domain, domain_length);
    at += domain_length;
    if (asker->questions[id].name >= 0) {
        asker->waiting--;
        lost++;
    }
    asker->questions[id] = (struct question){now(), name};
    asker->waiting++;
    if (send(asker->fd, message, at, 0) < 0 && errno != EAGAIN && errno != ECONNREFUSED)
        die("send");
}

static void read_answers(struct asker *asker) {
    uint8_t message[LONGEST];
    ssize_t length;
    while ((length = recv(asker->fd, message, sizeof(message), 0)) >= 0 || errno == ECONNREFUSED) {
        if (length < 12)
            continue;
        struct question *question = &asker->questions[message[0] << 8 | message[1]];
        if (question->name < 0)
            continue;
        long micros = (now() - question->sent) * 1e6;
        buckets[micros < BUCKETS ? micros : BUCKETS]++;
        if ((message[3] & 15) == 0 && (message[6] | message[7]) != 0)
            answered++;
        else
            failed++;
        question->name = -1;
        asker->waiting--;
    }
    if (errno != EAGAIN)
        die("recv");
}

static void await(double until) {
    struct pollfd fds[SOCKETS];
    double left = until - now();
    struct timespec timeout = {0, 0};
    if (left > 0) {
        timeout.tv_sec = (time_t)left;
        timeout.tv_nsec = (long)((left - (double)timeout.tv_sec) * 1e9);
    }
    for (int i = 0; i < SOCKETS; i++)
        fds[i] = (struct pollfd){askers[i].fd, POLLIN, 0};
    if (ppoll(fds, SOCKETS, &timeout, NULL) < 0 && errno != EINTR)
        die("ppoll");
    for (int i = 0; i < SOCKETS; i++)
        if (fds[i].revents)
            read_answers(&askers[i]);
}

// Gives up what has waited too long; the oldest questions come first.
static void give_up(struct asker *asker) {
    double then = now() - PATIENCE;
    for (int id = 0; id < IDS && asker->waiting > 0; id++) {
        struct question *question = &asker->questions[id];
        if (question->name >= 0 && question->sent < then) {
            question->name = -1;
            asker->waiting--;
            lost++;
        }
    }
}

static int waiting(void) {
    int all = 0;
    for (int i = 0; i < SOCKETS; i++)
        all += askers[i].waiting;
    return all;
}

// Keeps every socket's window full, with names from 0 on, as many as there are or over and over.
static void load(int names, double end, long most) {
    long asked = 0;
    double looked = now();
    while (now() < end && (asked < most || waiting() > 0)) {
        for (int i = 0; i < SOCKETS; i++)
            while (askers[i].waiting < WINDOW && asked < most)
                ask(&askers[i], asked++ % names);
        await(now() + 0.1);
        if (now() > looked + PATIENCE) {
            looked = now();
            for (int i = 0; i < SOCKETS; i++)
                give_up(&askers[i]);
        }
    }
}

static void steadily(int names, double end, double rate) {
    double start = now();
    for (long asked = 0; now() < end;) {
        for (long due = (now() - start) * rate; asked <= due; asked++)
            ask(&askers[asked % SOCKETS], asked % names);
        await(start + asked / rate);
    }
    await(now() + 0.2);
    lost += waiting();
}

static long percentile(double share) {
    long all = 0, seen = 0;
    for (int i = 0; i <= BUCKETS; i++)
        all += buckets[i];
    for (int i = 0; i <= BUCKETS; i++) {
        seen += buckets[i];
        if (seen >= all * share)
            return i;
    }
    return BUCKETS;
}

int main(int argc, char **argv) {
    if (argc < 6 || strlen(argv[2]) > 200) {
        fprintf(stderr, "usage: dns-load ADDRESS DOMAIN load|rate|once NAMES SECONDS [RATE]\n");
        return 2;
    }
    int names = atoi(argv[4]);
    double start, seconds = atof(argv[5]);
    set_domain(argv[2]);
    open_sockets(argv[1]);
    start = now();
    if (strcmp(argv[3], "rate") == 0)
        steadily(names, start + seconds, argc > 6 ? atof(argv[6]) : 1000);
    else
        load(names, start + seconds, strcmp(argv[3], "once") == 0 ? names : INT64_MAX);
    printf("seconds %.6f answered %ld failed %ld lost %ld p50_us %ld p99_us %ld\n", now() - start, answered, failed,
           lost, percentile(0.5), percentile(0.99));
    return 0;
}
