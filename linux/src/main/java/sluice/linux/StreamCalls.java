// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

/** libc's calls for stream sockets and pipes, raw: a value, or {@code -errno}. */
final class StreamCalls {
    private static final Downcall LISTEN = link("listen");
    private static final Downcall ACCEPT4 = link("accept4");
    private static final Downcall SHUTDOWN = link("shutdown");
    private static final Downcall PIPE2 = link("pipe2");
    private static final Downcall SPLICE = link("splice");

    private StreamCalls() {}

    static int listen(CallFrame frame, int fd, int backlog) {
        return intResult(frame, LISTEN.call(frame, fd, backlog));
    }

    static int accept4(CallFrame frame, int fd, long address, long length, int flags) {
        return intResult(frame, ACCEPT4.call(frame, fd, address, length, flags));
    }

    static int shutdown(CallFrame frame, int fd, int how) {
        return intResult(frame, SHUTDOWN.call(frame, fd, how));
    }

    static int pipe2(CallFrame frame, long descriptors, int flags) {
        return intResult(frame, PIPE2.call(frame, descriptors, flags));
    }

    /** Without offsets: neither end is a file. */
    static long splice(CallFrame frame, int from, int to, long count, int flags) {
        return longResult(frame, SPLICE.call(frame, from, 0, to, 0, count, flags));
    }
}
