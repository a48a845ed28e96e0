// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

import java.lang.invoke.MethodHandle;

/** libc's calls for stream sockets and pipes, raw: a value, or {@code -errno}. */
final class StreamCalls {
    private static final MethodHandle LISTEN = link("listen", 2);
    private static final MethodHandle ACCEPT4 = link("accept4", 4);
    private static final MethodHandle SHUTDOWN = link("shutdown", 2);
    private static final MethodHandle PIPE2 = link("pipe2", 2);
    private static final MethodHandle SPLICE = link("splice", 6);

    private StreamCalls() {}

    static int listen(CallFrame frame, int fd, int backlog) {
        try {
            return intResult(frame, (long) LISTEN.invokeExact(frame.state, (long) fd, (long) backlog));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int accept4(CallFrame frame, int fd, long address, long length, int flags) {
        try {
            return intResult(frame, (long) ACCEPT4.invokeExact(frame.state, (long) fd, address, length, (long) flags));
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

    static int pipe2(CallFrame frame, long descriptors, int flags) {
        try {
            return intResult(frame, (long) PIPE2.invokeExact(frame.state, descriptors, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** Without offsets: neither end is a file. */
    static long splice(CallFrame frame, int from, int to, long count, int flags) {
        try {
            return longResult(
                    frame, (long) SPLICE.invokeExact(frame.state, (long) from, 0L, (long) to, 0L, count, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
