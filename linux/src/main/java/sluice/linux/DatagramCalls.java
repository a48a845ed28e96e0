// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

import java.lang.invoke.MethodHandle;

/** libc's calls for many datagrams at once, raw: a value, or {@code -errno}. */
final class DatagramCalls {
    private static final MethodHandle RECVMMSG = link("recvmmsg", 5);
    private static final MethodHandle SENDMMSG = link("sendmmsg", 4);

    private DatagramCalls() {}

    /** Without a timeout: recvmmsg(2) looks at it only after each datagram. */
    static int recvmmsg(CallFrame frame, int fd, long messages, int count, int flags) {
        try {
            return intResult(frame, (long)
                    RECVMMSG.invokeExact(frame.state, (long) fd, messages, (long) count, (long) flags, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int sendmmsg(CallFrame frame, int fd, long messages, int count, int flags) {
        try {
            return intResult(
                    frame, (long) SENDMMSG.invokeExact(frame.state, (long) fd, messages, (long) count, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
