// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.INT;
import static sluice.linux.Downcall.LONG;
import static sluice.linux.Downcall.POINTER;
import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.linkVariadic;
import static sluice.linux.Downcall.result;

import java.lang.invoke.MethodHandle;

/** libc's calls on file descriptors, raw: a value, or {@code -errno}. */
final class FileCalls {
    private static final MethodHandle CLOSE = link("close", INT, INT);
    private static final MethodHandle READ = link("read", LONG, INT, POINTER, LONG);
    private static final MethodHandle WRITE = link("write", LONG, INT, POINTER, LONG);
    private static final MethodHandle FCNTL = linkVariadic("fcntl", 2, INT, INT, INT, INT);
    private static final MethodHandle OPENAT = linkVariadic("openat", 3, INT, INT, POINTER, INT, INT);
    private static final MethodHandle GETDENTS64 = link("getdents64", LONG, INT, POINTER, LONG);
    private static final MethodHandle STATX = link("statx", INT, INT, POINTER, INT, INT, POINTER);
    private static final MethodHandle STATFS = link("statfs", INT, POINTER, POINTER);
    private static final MethodHandle DUP3 = link("dup3", INT, INT, INT, INT);

    private FileCalls() {}

    static int close(CallFrame frame, int fd) {
        try {
            return result((int) CLOSE.invokeExact(frame.state, fd), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long read(CallFrame frame, int fd, long data, long count) {
        try {
            return result((long) READ.invokeExact(frame.state, fd, data, count), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(CallFrame frame, int fd, long data, long count) {
        try {
            return result((long) WRITE.invokeExact(frame.state, fd, data, count), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int fcntl(CallFrame frame, int fd, int command, int argument) {
        try {
            return result((int) FCNTL.invokeExact(frame.state, fd, command, argument), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int dup3(CallFrame frame, int from, int to, int flags) {
        try {
            return result((int) DUP3.invokeExact(frame.state, from, to, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int openat(CallFrame frame, int directory, long path, int flags, int mode) {
        try {
            return result((int) OPENAT.invokeExact(frame.state, directory, path, flags, mode), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long getdents64(CallFrame frame, int fd, long data, long count) {
        try {
            return result((long) GETDENTS64.invokeExact(frame.state, fd, data, count), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int statx(CallFrame frame, int directory, long path, int flags, int mask, long status) {
        try {
            return result((int) STATX.invokeExact(frame.state, directory, path, flags, mask, status), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int statfs(CallFrame frame, long path, long status) {
        try {
            return result((int) STATFS.invokeExact(frame.state, path, status), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
