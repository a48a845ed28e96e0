// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

/** libc's calls on file descriptors, raw: a value, or {@code -errno}. */
final class FileCalls {
    private static final Downcall CLOSE = link("close");
    private static final Downcall READ = link("read");
    private static final Downcall WRITE = link("write");
    private static final Downcall FCNTL = link("fcntl");
    private static final Downcall OPENAT = link("openat");
    private static final Downcall GETDENTS64 = link("getdents64");
    private static final Downcall STATX = link("statx");
    private static final Downcall STATFS = link("statfs");
    private static final Downcall DUP3 = link("dup3");
    private static final Downcall FACCESSAT = link("faccessat");
    private static final Downcall IOCTL = link("ioctl");

    private FileCalls() {}

    static int close(CallFrame frame, int fd) {
        return intResult(frame, CLOSE.call(frame, fd));
    }

    static long read(CallFrame frame, int fd, long data, long count) {
        return longResult(frame, READ.call(frame, fd, data, count));
    }

    static long write(CallFrame frame, int fd, long data, long count) {
        return longResult(frame, WRITE.call(frame, fd, data, count));
    }

    static int fcntl(CallFrame frame, int fd, int command, int argument) {
        return intResult(frame, FCNTL.call(frame, fd, command, argument));
    }

    static int ioctl(CallFrame frame, int fd, long request, long argument) {
        return intResult(frame, IOCTL.call(frame, fd, request, argument));
    }

    static int dup3(CallFrame frame, int from, int to, int flags) {
        return intResult(frame, DUP3.call(frame, from, to, flags));
    }

    static int faccessat(CallFrame frame, int directory, long path, int mode, int flags) {
        return intResult(frame, FACCESSAT.call(frame, directory, path, mode, flags));
    }

    static int openat(CallFrame frame, int directory, long path, int flags, int mode) {
        return intResult(frame, OPENAT.call(frame, directory, path, flags, mode));
    }

    static long getdents64(CallFrame frame, int fd, long data, long count) {
        return longResult(frame, GETDENTS64.call(frame, fd, data, count));
    }

    static int statx(CallFrame frame, int directory, long path, int flags, int mask, long status) {
        return intResult(frame, STATX.call(frame, directory, path, flags, mask, status));
    }

    static int statfs(CallFrame frame, long path, long status) {
        return intResult(frame, STATFS.call(frame, path, status));
    }
}
