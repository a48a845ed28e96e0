// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.INT;
import static sluice.linux.Downcall.POINTER;
import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.result;

import java.lang.invoke.MethodHandle;

/** libc's calls for stream sockets, raw: a value, or {@code -errno}. */
final class StreamCalls {
    private static final MethodHandle LISTEN = link("listen", INT, INT, INT);
    private static final MethodHandle ACCEPT4 = link("accept4", INT, INT, POINTER, POINTER, INT);
    private static final MethodHandle SHUTDOWN = link("shutdown", INT, INT, INT);

    private StreamCalls() {}

    static int listen(CallFrame frame, int fd, int backlog) {
        try {
            return result((int) LISTEN.invokeExact(frame.state, fd, backlog), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Without the peer's address. */
    static int accept4(CallFrame frame, int fd, int flags) {
        try {
            return result((int) ACCEPT4.invokeExact(frame.state, fd, 0L, 0L, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int shutdown(CallFrame frame, int fd, int how) {
        try {
            return result((int) SHUTDOWN.invokeExact(frame.state, fd, how), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
