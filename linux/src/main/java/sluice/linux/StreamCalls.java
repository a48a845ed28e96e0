// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

/** libc's calls for stream sockets, raw: a value, or {@code -errno}. */
final class StreamCalls {
    private static final Downcall LISTEN = link("listen");
    private static final Downcall ACCEPT4 = link("accept4");
    private static final Downcall SHUTDOWN = link("shutdown");

    private StreamCalls() {}

    static int listen(CallFrame frame, int fd, int backlog) {
        return intResult(frame, LISTEN.call(frame, fd, backlog));
    }

    /** Without the peer's address. */
    static int accept4(CallFrame frame, int fd, int flags) {
        return intResult(frame, ACCEPT4.call(frame, fd, 0, 0, flags));
    }

    static int shutdown(CallFrame frame, int fd, int how) {
        return intResult(frame, SHUTDOWN.call(frame, fd, how));
    }
}
