// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.OutsideSockets;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Upstream;
import sluice.engine.outbound.Way;
import sluice.linux.Errno;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/** Ways to a connection: one that is begun without waiting, one that is negotiated on a virtual thread; and what errors mean. */
final class Dialling {
    private Dialling() {}

    /** A socket that connects to where the way leads. */
    static StreamSocket begin(Way.Plain way) throws SystemCallException {
        var socket = OutsideSockets.bareTcp(way.to(), way.traits());
        try {
            int result = socket.connect(way.to());
            if (result != 0 && result != -Errno.EINPROGRESS) {
                throw SystemCallException.of("connect to", way.to().toString(), -result);
            }
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /** What came of a negotiation. */
    sealed interface Outcome {}

    record Made(Upstream connection) implements Outcome {}

    record Failed(FlowEnd reason, String detail) implements Outcome {}

    /** Talks to a proxy; parks the calling virtual thread. */
    static Outcome negotiate(TcpDialer dialer, Flow flow, Duration timeout) {
        try {
            return new Made(dialer.dial(flow, timeout));
        } catch (DialException e) {
            return new Failed(e.reason(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            return new Failed(FlowEnd.PROXY_FAILED, "internal error: " + e);
        }
    }

    /** Why a flow ends whose upstream could not be connected to. */
    static FlowEnd reason(int errno) {
        return switch (errno) {
            case Errno.ECONNREFUSED -> FlowEnd.REFUSED;
            case Errno.ETIMEDOUT -> FlowEnd.CONNECT_TIMEOUT;
            case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM -> FlowEnd.LIMIT;
            default -> FlowEnd.UNREACHABLE;
        };
    }
}
