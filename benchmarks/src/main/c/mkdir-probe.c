// SPDX-License-Identifier: Apache-2.0
// mkdir-probe DIRECTORY COUNT PER-SECOND TABLE SET  Makes COUNT directories at a steady rate and measures, for each,
// the time from just before mkdir(2) until the kernel announces (NFNLGRP_NFTABLES) that the new directory's inode
// number is an element of the set or map. It does not matter who adds it. Removes the directories and prints one line
// of JSON; exits with 1 if an element never came.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct sighting {
    uint64_t id;
    int64_t at;
};

static int netlink;
static const char *table, *set;
static struct sighting *made, *announced;
static int wanted;
// A daemon announces elements of its own too.
static int room;
static atomic_int announcements;

static void fail(const char *what) {
    fprintf(stderr, "mkdir-probe: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static const struct nlattr *find(const void *from, const void *to, int type) {
    for (const char *at = from; at + sizeof(struct nlattr) <= (const char *)to;) {
        const struct nlattr *attribute = (const struct nlattr *)at;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type)
            return attribute;
        at += NLA_ALIGN(attribute->nla_len);
    }
    return NULL;
}

static const struct nlattr *inside(const struct nlattr *nest, int type) {
    return nest ? find(nest + 1, (const char *)nest + nest->nla_len, type) : NULL;
}

static int named(const struct nlattr *attribute, const char *name) {
    return attribute && strcmp((const char *)(attribute + 1), name) == 0;
}

static void note(const struct nlmsghdr *message, int64_t at) {
    if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM))
        return;
    const char *from = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(struct nfgenmsg));
    const char *to = (const char *)message + message->nlmsg_len;
    if (!named(find(from, to, NFTA_SET_ELEM_LIST_TABLE), table) || !named(find(from, to, NFTA_SET_ELEM_LIST_SET), set))
        return;
    const struct nlattr *list = find(from, to, NFTA_SET_ELEM_LIST_ELEMENTS);
    if (!list)
        return;
    for (const char *e = (const char *)(list + 1); e < (const char *)list + list->nla_len;) {
        const struct nlattr *element = (const struct nlattr *)e;
        const struct nlattr *value = inside(inside(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
        int index = announcements;
        if (value && value->nla_len == sizeof *value + sizeof(uint64_t) && index < room) {
            memcpy(&announced[index].id, value + 1, sizeof(uint64_t));
            announced[index].at = at;
            announcements = index + 1;
        }
        e += NLA_ALIGN(element->nla_len);
    }
}

static void *listen_for_elements(void *unused) {
    static char data[1 << 20];
    for (;;) {
        ssize_t size = recv(netlink, data, sizeof data, 0);
        int64_t at = now();
        if (size < 0)
            fail("receive notifications");
        int left = (int)size;
        for (struct nlmsghdr *message = (struct nlmsghdr *)data; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left))
            note(message, at);
    }
    return unused;
}

static int by_id(const void *a, const void *b) {
    uint64_t left = ((const struct sighting *)a)->id, right = ((const struct sighting *)b)->id;
    return (left > right) - (left < right);
}

static int by_value(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void name(char *path, size_t size, const char *directory, int index) {
    snprintf(path, size, "%s/probe-%d-%d", directory, getpid(), index);
}

static int is_announced(uint64_t id) {
    for (int i = announcements; i-- > 0;)
        if (announced[i].id == id)
            return 1;
    return 0;
}

static void make_directories(const char *directory, double rate) {
    int64_t start = now() + 1000000;
    for (int i = 0; i < wanted; i++) {
        int64_t due = start + (int64_t)(i * 1e9 / rate);
        struct timespec when = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        char path[4096];
        struct stat status;
        name(path, sizeof path, directory, i);
        made[i].at = now();
        if (mkdir(path, 0755) < 0 || stat(path, &status) < 0)
            fail(path);
        made[i].id = status.st_ino;
    }
    // The slow may still come; five seconds is never.
    for (int i = 0; i < 5000 && !is_announced(made[wanted - 1].id); i++)
        usleep(1000);
}

static int print_result(void) {
    int seen = announcements, found = 0;
    int64_t *delays = calloc((size_t)wanted, sizeof *delays);
    qsort(announced, (size_t)seen, sizeof *announced, by_id);
    for (int i = 0; i < wanted; i++) {
        struct sighting *sighting = bsearch(&made[i], announced, (size_t)seen, sizeof *announced, by_id);
        if (!sighting)
            continue;
        // Announced more than once: the first counts.
        while (sighting > announced && sighting[-1].id == made[i].id)
            sighting--;
        int64_t first = sighting->at;
        for (; sighting < announced + seen && sighting->id == made[i].id; sighting++)
            first = sighting->at < first ? sighting->at : first;
        delays[found++] = first - made[i].at;
    }
    qsort(delays, (size_t)found, sizeof *delays, by_value);
#define PERCENTILE(p) (found ? (double)delays[(int)((found - 1) * (p))] / 1000 : 0.0)
    printf("{\"count\": %d, \"missing\": %d, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
           wanted, wanted - found, PERCENTILE(0.5), PERCENTILE(0.9), PERCENTILE(0.99), PERCENTILE(1));
    return found == wanted ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: mkdir-probe DIRECTORY COUNT PER-SECOND TABLE SET\n");
        return 2;
    }
    wanted = atoi(argv[2]);
    table = argv[4];
    set = argv[5];
    made = calloc((size_t)wanted, sizeof *made);
    room = wanted * 2 + 4096;
    announced = calloc((size_t)room, sizeof *announced);
    netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    int group = NFNLGRP_NFTABLES, buffer = 64 << 20;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (netlink < 0 || setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
        bind(netlink, (struct sockaddr *)&address, sizeof address) < 0 ||
        setsockopt(netlink, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        fail("subscribe to nftables notifications");
    pthread_t listener;
    if ((errno = pthread_create(&listener, NULL, listen_for_elements, NULL)) != 0)
        fail("start a thread");
    make_directories(argv[1], atof(argv[3]));
    int result = print_result();
    for (int i = 0; i < wanted; i++) {
        char path[4096];
        name(path, sizeof path, argv[1], i);
        rmdir(path);
    }
    return result;
}
