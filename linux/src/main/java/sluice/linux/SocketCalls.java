// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.INT;
import static sluice.linux.Downcall.LONG;
import static sluice.linux.Downcall.POINTER;
import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.result;

import java.lang.invoke.MethodHandle;

/** libc's socket calls, raw: a value, or {@code -errno}. */
final class SocketCalls {
    private static final MethodHandle SOCKET = link("socket", INT, INT, INT, INT);
    private static final MethodHandle BIND = link("bind", INT, INT, POINTER, INT);
    private static final MethodHandle CONNECT = link("connect", INT, INT, POINTER, INT);
    private static final MethodHandle GETSOCKNAME = link("getsockname", INT, INT, POINTER, POINTER);
    private static final MethodHandle SETSOCKOPT = link("setsockopt", INT, INT, INT, INT, POINTER, INT);
    private static final MethodHandle GETSOCKOPT = link("getsockopt", INT, INT, INT, INT, POINTER, POINTER);
    private static final MethodHandle SENDTO = link("sendto", LONG, INT, POINTER, LONG, INT, POINTER, INT);
    private static final MethodHandle RECVFROM = link("recvfrom", LONG, INT, POINTER, LONG, INT, POINTER, POINTER);

    private SocketCalls() {}

    static int socket(CallFrame frame, int domain, int type, int protocol) {
        try {
            return result((int) SOCKET.invokeExact(frame.state, domain, type, protocol), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int bind(CallFrame frame, int fd, long address, int length) {
        try {
            return result((int) BIND.invokeExact(frame.state, fd, address, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int connect(CallFrame frame, int fd, long address, int length) {
        try {
            return result((int) CONNECT.invokeExact(frame.state, fd, address, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int getsockname(CallFrame frame, int fd, long address, long length) {
        try {
            return result((int) GETSOCKNAME.invokeExact(frame.state, fd, address, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setsockopt(CallFrame frame, int fd, int level, int name, long value, int length) {
        try {
            return result((int) SETSOCKOPT.invokeExact(frame.state, fd, level, name, value, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int getsockopt(CallFrame frame, int fd, int level, int name, long value, long length) {
        try {
            return result((int) GETSOCKOPT.invokeExact(frame.state, fd, level, name, value, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long sendto(CallFrame frame, int fd, long data, long count, int flags, long address, int length) {
        try {
            return result((long) SENDTO.invokeExact(frame.state, fd, data, count, flags, address, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long recvfrom(CallFrame frame, int fd, long data, long count, int flags, long address, long length) {
        try {
            return result(
                    (long) RECVFROM.invokeExact(frame.state, fd, data, count, flags, address, length), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
