// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

/** libc's socket calls, raw: a value, or {@code -errno}. */
final class SocketCalls {
    private static final Downcall SOCKET = link("socket");
    private static final Downcall BIND = link("bind");
    private static final Downcall CONNECT = link("connect");
    private static final Downcall GETSOCKNAME = link("getsockname");
    private static final Downcall SETSOCKOPT = link("setsockopt");
    private static final Downcall GETSOCKOPT = link("getsockopt");
    private static final Downcall SENDTO = link("sendto");
    private static final Downcall RECVFROM = link("recvfrom");
    private static final Downcall SENDMSG = link("sendmsg");
    private static final Downcall RECVMSG = link("recvmsg");

    private SocketCalls() {}

    static int socket(CallFrame frame, int domain, int type, int protocol) {
        return intResult(frame, SOCKET.call(frame, domain, type, protocol));
    }

    static int bind(CallFrame frame, int fd, long address, int length) {
        return intResult(frame, BIND.call(frame, fd, address, length));
    }

    static int connect(CallFrame frame, int fd, long address, int length) {
        return intResult(frame, CONNECT.call(frame, fd, address, length));
    }

    static int getsockname(CallFrame frame, int fd, long address, long length) {
        return intResult(frame, GETSOCKNAME.call(frame, fd, address, length));
    }

    static int setsockopt(CallFrame frame, int fd, int level, int name, long value, int length) {
        return intResult(frame, SETSOCKOPT.call(frame, fd, level, name, value, length));
    }

    static int getsockopt(CallFrame frame, int fd, int level, int name, long value, long length) {
        return intResult(frame, GETSOCKOPT.call(frame, fd, level, name, value, length));
    }

    static long sendto(CallFrame frame, int fd, long data, long count, int flags, long address, int length) {
        return longResult(frame, SENDTO.call(frame, fd, data, count, flags, address, length));
    }

    static long recvfrom(CallFrame frame, int fd, long data, long count, int flags, long address, long length) {
        return longResult(frame, RECVFROM.call(frame, fd, data, count, flags, address, length));
    }

    static long sendmsg(CallFrame frame, int fd, long message, int flags) {
        return longResult(frame, SENDMSG.call(frame, fd, message, flags));
    }

    static long recvmsg(CallFrame frame, int fd, long message, int flags) {
        return longResult(frame, RECVMSG.call(frame, fd, message, flags));
    }
}
