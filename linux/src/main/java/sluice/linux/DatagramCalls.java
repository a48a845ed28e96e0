// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

/** libc's calls for many datagrams at once, raw: a value, or {@code -errno}. */
final class DatagramCalls {
    private static final Downcall RECVMMSG = link("recvmmsg");
    private static final Downcall SENDMMSG = link("sendmmsg");

    private DatagramCalls() {}

    /** Without a timeout: recvmmsg(2) looks at it only after each datagram. */
    static int recvmmsg(CallFrame frame, int fd, long messages, int count, int flags) {
        return intResult(frame, RECVMMSG.call(frame, fd, messages, count, flags));
    }

    static int sendmmsg(CallFrame frame, int fd, long messages, int count, int flags) {
        return intResult(frame, SENDMMSG.call(frame, fd, messages, count, flags));
    }
}
