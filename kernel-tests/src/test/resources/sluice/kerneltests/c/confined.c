// SPDX-License-Identifier: Apache-2.0
// confined CALLS FAMILIES COMMAND...  Runs a command with the system call filters that systemd makes of a unit's
// SystemCallFilter= (all but these calls fail with EPERM), RestrictAddressFamilies= (all but these fail with
// EAFNOSUPPORT), RestrictNamespaces=yes and SystemCallArchitectures=native. Both lists are numbers with commas between.
// Wants no-new-privileges to be set.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif
#define NAMESPACES                                                                                                     \
    (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)
#define FIELD(name) offsetof(struct seccomp_data, name)

enum { MOST = BPF_MAXINSNS };
static struct sock_filter code[MOST];
static unsigned short length;

static void add(struct sock_filter instruction) {
    if (length == MOST) {
        fprintf(stderr, "confined: more than %d instructions\n", MOST);
        exit(126);
    }
    code[length++] = instruction;
}

static void load(unsigned offset) {
    add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void give(unsigned verdict) {
    add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

// Skips so many instructions unless what was loaded is the value.
static void unless(unsigned value, unsigned char skip) {
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void install(void) {
    struct sock_fprog program = {.len = length, .filter = code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        fprintf(stderr, "confined: install a filter: %s\n", strerror(errno));
        exit(126);
    }
    length = 0;
}

static void allow_each(char *numbers) {
    for (char *number = strtok(numbers, ","); number; number = strtok(NULL, ",")) {
        unless((unsigned)strtoul(number, NULL, 10), 1);
        give(SECCOMP_RET_ALLOW);
    }
}

static void restrict_namespaces(void) {
    load(FIELD(nr));
    // Its flags are in memory, where a filter cannot look; libc falls back to clone.
    unless(SYS_clone3, 1);
    give(SECCOMP_RET_ERRNO | ENOSYS);
    unless(SYS_setns, 1);
    give(SECCOMP_RET_ERRNO | EPERM);
    for (int i = 0; i < 2; i++) {
        unless(i ? SYS_unshare : SYS_clone, 3);
        load(FIELD(args[0]));
        add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1));
        give(SECCOMP_RET_ERRNO | EPERM);
        // What has been loaded is no call's number any more.
        load(FIELD(nr));
    }
    give(SECCOMP_RET_ALLOW);
    install();
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: confined CALLS FAMILIES COMMAND...\n");
        return 2;
    }
    restrict_namespaces();

    load(FIELD(nr));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0));
    give(SECCOMP_RET_ALLOW);
    load(FIELD(args[0]));
    allow_each(argv[2]);
    give(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    install();

    load(FIELD(arch));
    add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0));
    give(SECCOMP_RET_KILL_PROCESS);
    load(FIELD(nr));
    allow_each(argv[1]);
    give(SECCOMP_RET_ERRNO | EPERM);
    install();

    execvp(argv[3], argv + 3);
    fprintf(stderr, "confined: execute %s: %s\n", argv[3], strerror(errno));
    return 127;
}
