// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

import java.lang.invoke.MethodHandle;

/** libc's calls for stream sockets, raw: a value, or {@code -errno}. */
final class StreamCalls {
    private static final MethodHandle LISTEN = link("listen", 2);
    private static final MethodHandle ACCEPT4 = link("accept4", 4);
    private static final MethodHandle SHUTDOWN = link("shutdown", 2);

    private StreamCalls() {}

    static int listen(CallFrame frame, int fd, int backlog) {
        try {
            return intResult(frame, (long) LISTEN.invokeExact(frame.state, (long) fd, (long) backlog));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Without the peer's address. */
    static int accept4(CallFrame frame, int fd, int flags) {
        try {
            return intResult(frame, (long) ACCEPT4.invokeExact(frame.state, (long) fd, 0L, 0L, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int shutdown(CallFrame frame, int fd, int how) {
        try {
            return intResult(frame, (long) SHUTDOWN.invokeExact(frame.state, (long) fd, (long) how));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
