// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.OutsideSockets;
import sluice.engine.outbound.Way;
import sluice.linux.Errno;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/** Connecting without waiting, and what its errors mean. */
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
