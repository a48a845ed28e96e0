// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/**
 * The one place that sockets to the outside come from: with the loop guard's mark they cannot come back, whatever the rules say. Any thread.
 */
public final class OutsideSockets {
    private OutsideSockets() {}

    /** As {@link #bareTcp}, with TCP_NODELAY. */
    public static StreamSocket tcp(InetEndpoint to, SocketTraits traits) throws SystemCallException {
        var socket = bareTcp(to, traits);
        try {
            socket.noDelay();
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * An unconnected TCP socket without options of its own.
     *
     * @param to where it is going to be connected to
     * @throws sluice.linux.PermissionDeniedException the mark needs CAP_NET_ADMIN
     * @throws sluice.linux.NotFoundException there is no such interface
     * @throws sluice.linux.LimitReachedException too many open files
     */
    public static StreamSocket bareTcp(InetEndpoint to, SocketTraits traits) throws SystemCallException {
        var socket = StreamSocket.openPlain(to.family());
        try {
            if (traits.mark() != 0) {
                socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK, traits.mark());
            }
            if (traits.interfaceName() != null) {
                socket.bindToDevice(traits.interfaceName());
            }
            if (traits.source() != null) {
                // The port is chosen when the destination is known: otherwise 28,000 connections from one address would
                // be the limit (ip(7)).
                socket.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_BIND_ADDRESS_NO_PORT, 1);
                socket.bind(traits.source());
            }
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * An unconnected UDP socket; an IPv6 one speaks IPv6 only.
     *
     * @param family AF_INET or AF_INET6
     * @throws sluice.linux.PermissionDeniedException the mark needs CAP_NET_ADMIN
     * @throws sluice.linux.NotFoundException there is no such interface
     * @throws sluice.linux.LimitReachedException too many open files
     */
    public static NativeSocket udp(int family, SocketTraits traits) throws SystemCallException {
        var socket = NativeSocket.open(family, SocketConstants.SOCK_DGRAM, 0, "UDP socket to the outside");
        try {
            if (traits.mark() != 0) {
                socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK, traits.mark());
            }
            if (traits.interfaceName() != null) {
                socket.bindToDevice(traits.interfaceName());
            }
            if (family == SocketConstants.AF_INET6) {
                socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_V6ONLY, 1);
            }
            if (traits.source() != null) {
                socket.bind(traits.source());
            }
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }
}
