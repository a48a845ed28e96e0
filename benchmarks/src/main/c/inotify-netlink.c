// SPDX-License-Identifier: Apache-2.0
// inotify-netlink DIRECTORY TABLE MAP MARK  The least that can keep a map equal to a directory of cgroups: one inotify
// watch, and for each new subdirectory one transaction "add element inet TABLE MAP { ID : MARK }" whose acknowledgement
// is awaited. No rules, no tree, no recovery. What a manager is measured against.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char batch[1024];
static size_t used;

static void fail(const char *what) {
    fprintf(stderr, "inotify-netlink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *append(size_t size) {
    void *at = batch + used;
    used += NLMSG_ALIGN(size);
    return at;
}

static struct nlmsghdr *begin(int type, int flags, int family, int resource, uint32_t sequence) {
    struct nlmsghdr *header = append(sizeof *header);
    *header = (struct nlmsghdr){
        .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = sequence};
    struct nfgenmsg *generic = append(sizeof *generic);
    *generic = (struct nfgenmsg){
        .nfgen_family = (uint8_t)family, .version = NFNETLINK_V0, .res_id = htons((uint16_t)resource)};
    return header;
}

static void end(struct nlmsghdr *header) {
    header->nlmsg_len = (uint32_t)(batch + used - (char *)header);
}

static void put(int type, const void *data, size_t size) {
    struct nlattr *attribute = append(sizeof *attribute + size);
    attribute->nla_type = (uint16_t)type;
    attribute->nla_len = (uint16_t)(sizeof *attribute + size);
    memcpy(attribute + 1, data, size);
}

static struct nlattr *nest(int type) {
    struct nlattr *attribute = append(sizeof *attribute);
    attribute->nla_type = (uint16_t)(type | NLA_F_NESTED);
    return attribute;
}

static void close_nest(struct nlattr *attribute) {
    attribute->nla_len = (uint16_t)(batch + used - (char *)attribute);
}

static void put_value(int type, const void *data, size_t size) {
    struct nlattr *value = nest(type);
    put(NFTA_DATA_VALUE, data, size);
    close_nest(value);
}

static void add_element(int netlink, const char *table, const char *map, uint64_t id, uint32_t mark) {
    static uint32_t sequence;
    memset(batch, 0, sizeof batch);
    used = 0;
    end(begin(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++sequence));
    struct nlmsghdr *message =
        begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_ACK, NFPROTO_INET, 0, ++sequence);
    put(NFTA_SET_ELEM_LIST_TABLE, table, strlen(table) + 1);
    put(NFTA_SET_ELEM_LIST_SET, map, strlen(map) + 1);
    struct nlattr *elements = nest(NFTA_SET_ELEM_LIST_ELEMENTS), *element = nest(NFTA_LIST_ELEM);
    put_value(NFTA_SET_ELEM_KEY, &id, sizeof id);
    put_value(NFTA_SET_ELEM_DATA, &mark, sizeof mark);
    close_nest(element);
    close_nest(elements);
    end(message);
    end(begin(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++sequence));
    if (send(netlink, batch, used, 0) < 0)
        fail("send");
    char answer[4096];
    ssize_t size = recv(netlink, answer, sizeof answer, 0);
    if (size < 0)
        fail("receive");
    struct nlmsghdr *header = (struct nlmsghdr *)answer;
    struct nlmsgerr *error = NLMSG_DATA(header);
    if (header->nlmsg_type != NLMSG_ERROR || error->error != 0) {
        errno = header->nlmsg_type == NLMSG_ERROR ? -error->error : EPROTO;
        fail("add element");
    }
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: inotify-netlink DIRECTORY TABLE MAP MARK\n");
        return 2;
    }
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    int watcher = inotify_init1(IN_CLOEXEC);
    if (netlink < 0 || watcher < 0 || inotify_add_watch(watcher, argv[1], IN_CREATE | IN_ONLYDIR) < 0)
        fail(argv[1]);
    printf("ready\n");
    fflush(stdout);
    static char events[1 << 20] __attribute__((aligned(8)));
    for (;;) {
        ssize_t size = read(watcher, events, sizeof events);
        if (size < 0)
            fail("read inotify");
        for (char *at = events; at < events + size;) {
            struct inotify_event *event = (struct inotify_event *)at;
            at += sizeof *event + event->len;
            if (event->mask & IN_Q_OVERFLOW) {
                errno = EOVERFLOW;
                fail("inotify");
            }
            char path[4096];
            struct stat status;
            snprintf(path, sizeof path, "%s/%s", argv[1], event->name);
            // Gone already, or a file: nothing to add.
            if ((event->mask & IN_ISDIR) && stat(path, &status) == 0)
                add_element(netlink, argv[2], argv[3], status.st_ino, (uint32_t)strtoul(argv[4], NULL, 0));
        }
    }
}
