// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.io.IOException;
import sluice.linux.SocketConstants;

/** Has the kernel find out whether a connection's peer still exists (tcp(7)). */
final class KeepAlive {
    private static final int IDLE_SECONDS = 60;
    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 4;

    private KeepAlive() {}

    /** A socket's setsockopt(2). */
    interface Options {
        void set(int level, int name, int value) throws IOException;
    }

    /** From now on, when the connection has been silent for a while. */
    static void on(Options socket) {
        try {
            socket.set(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.set(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_KEEPINTVL, INTERVAL_SECONDS);
            socket.set(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_KEEPCNT, PROBES);
            socket.set(SocketConstants.SOL_SOCKET, SocketConstants.SO_KEEPALIVE, 1);
        } catch (IOException _) {
            // A connection that is gone; its next event tells.
        }
    }
}
