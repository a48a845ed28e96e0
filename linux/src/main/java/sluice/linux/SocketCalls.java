// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

import java.lang.invoke.MethodHandle;

/** libc's socket calls, raw: a value, or {@code -errno}. */
final class SocketCalls {
    private static final MethodHandle SOCKET = link("socket", 3);
    private static final MethodHandle BIND = link("bind", 3);
    private static final MethodHandle CONNECT = link("connect", 3);
    private static final MethodHandle GETSOCKNAME = link("getsockname", 3);
    private static final MethodHandle SETSOCKOPT = link("setsockopt", 5);
    private static final MethodHandle GETSOCKOPT = link("getsockopt", 5);
    private static final MethodHandle SENDTO = link("sendto", 6);
    private static final MethodHandle RECVFROM = link("recvfrom", 6);
    private static final MethodHandle SENDMSG = link("sendmsg", 3);
    private static final MethodHandle RECVMSG = link("recvmsg", 3);

    private SocketCalls() {}

    static int socket(CallFrame frame, int domain, int type, int protocol) {
        try {
            return intResult(
                    frame, (long) SOCKET.invokeExact(frame.state, (long) domain, (long) type, (long) protocol));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int bind(CallFrame frame, int fd, long address, int length) {
        try {
            return intResult(frame, (long) BIND.invokeExact(frame.state, (long) fd, address, (long) length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int connect(CallFrame frame, int fd, long address, int length) {
        try {
            return intResult(frame, (long) CONNECT.invokeExact(frame.state, (long) fd, address, (long) length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int getsockname(CallFrame frame, int fd, long address, long length) {
        try {
            return intResult(frame, (long) GETSOCKNAME.invokeExact(frame.state, (long) fd, address, length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setsockopt(CallFrame frame, int fd, int level, int name, long value, int length) {
        try {
            return intResult(frame, (long)
                    SETSOCKOPT.invokeExact(frame.state, (long) fd, (long) level, (long) name, value, (long) length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int getsockopt(CallFrame frame, int fd, int level, int name, long value, long length) {
        try {
            return intResult(frame, (long)
                    GETSOCKOPT.invokeExact(frame.state, (long) fd, (long) level, (long) name, value, length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long sendto(CallFrame frame, int fd, long data, long count, int flags, long address, int length) {
        try {
            return longResult(frame, (long)
                    SENDTO.invokeExact(frame.state, (long) fd, data, count, (long) flags, address, (long) length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long recvfrom(CallFrame frame, int fd, long data, long count, int flags, long address, long length) {
        try {
            return longResult(frame, (long)
                    RECVFROM.invokeExact(frame.state, (long) fd, data, count, (long) flags, address, length));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long sendmsg(CallFrame frame, int fd, long message, int flags) {
        try {
            return longResult(frame, (long) SENDMSG.invokeExact(frame.state, (long) fd, message, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long recvmsg(CallFrame frame, int fd, long message, int flags) {
        try {
            return longResult(frame, (long) RECVMSG.invokeExact(frame.state, (long) fd, message, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
