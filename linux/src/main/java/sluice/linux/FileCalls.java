// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.linkVariadic;
import static sluice.linux.Downcall.longResult;

import java.lang.invoke.MethodHandle;

/** libc's calls on file descriptors, raw: a value, or {@code -errno}. */
final class FileCalls {
    private static final MethodHandle CLOSE = link("close", 1);
    private static final MethodHandle READ = link("read", 3);
    private static final MethodHandle WRITE = link("write", 3);
    private static final MethodHandle FCNTL = linkVariadic("fcntl", 2, 3);
    private static final MethodHandle OPENAT = linkVariadic("openat", 3, 4);
    private static final MethodHandle GETDENTS64 = link("getdents64", 3);
    private static final MethodHandle STATX = link("statx", 5);
    private static final MethodHandle STATFS = link("statfs", 2);
    private static final MethodHandle DUP3 = link("dup3", 3);

    private FileCalls() {}

    static int close(CallFrame frame, int fd) {
        try {
            return intResult(frame, (long) CLOSE.invokeExact(frame.state, (long) fd));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long read(CallFrame frame, int fd, long data, long count) {
        try {
            return longResult(frame, (long) READ.invokeExact(frame.state, (long) fd, data, count));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(CallFrame frame, int fd, long data, long count) {
        try {
            return longResult(frame, (long) WRITE.invokeExact(frame.state, (long) fd, data, count));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fcntl(CallFrame frame, int fd, int command, int argument) {
        try {
            return intResult(frame, (long) FCNTL.invokeExact(frame.state, (long) fd, (long) command, (long) argument));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int dup3(CallFrame frame, int from, int to, int flags) {
        try {
            return intResult(frame, (long) DUP3.invokeExact(frame.state, (long) from, (long) to, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int openat(CallFrame frame, int directory, long path, int flags, int mode) {
        try {
            return intResult(
                    frame, (long) OPENAT.invokeExact(frame.state, (long) directory, path, (long) flags, (long) mode));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long getdents64(CallFrame frame, int fd, long data, long count) {
        try {
            return longResult(frame, (long) GETDENTS64.invokeExact(frame.state, (long) fd, data, count));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int statx(CallFrame frame, int directory, long path, int flags, int mask, long status) {
        try {
            return intResult(frame, (long)
                    STATX.invokeExact(frame.state, (long) directory, path, (long) flags, (long) mask, status));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int statfs(CallFrame frame, long path, long status) {
        try {
            return intResult(frame, (long) STATFS.invokeExact(frame.state, path, status));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
