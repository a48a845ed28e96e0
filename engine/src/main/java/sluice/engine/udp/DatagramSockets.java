// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static sluice.linux.SocketConstants.IPPROTO_IP;
import static sluice.linux.SocketConstants.IPPROTO_IPV6;
import static sluice.linux.SocketConstants.IPPROTO_UDP;
import static sluice.linux.SocketConstants.SOL_SOCKET;

import java.net.InetAddress;
import sluice.engine.outbound.OutsideSockets;
import sluice.engine.outbound.SocketTraits;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.RawEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.SystemCallException;

/** Opens the four kinds of socket that carry datagrams. Stateless. */
final class DatagramSockets {
    // Addresses that nobody can send to: a socket there receives nothing, whatever its port. RFC 7600 and RFC 6666.
    private static final InetAddress NOBODY4 = InetAddress.ofLiteral("192.0.0.8");
    private static final InetAddress NOBODY6 = InetAddress.ofLiteral("100::8");
    private static final int LISTENER_BUFFER_BYTES = 4 << 20;
    /** What a listener's queue holds: the kernel doubles what it is asked for. */
    static final long LISTENER_ROOM = 2L * LISTENER_BUFFER_BYTES;

    private static final int UPSTREAM_BUFFER_BYTES = 1 << 20;

    private DatagramSockets() {}

    /**
     * Makes a listener of a transparent, bound socket: TPROXY rules hand it datagrams whatever their destination, which comes along (ip(7):
     * IP_RECVORIGDSTADDR).
     */
    static NativeSocket listener(FileDescriptor bound) throws SystemCallException {
        var socket = NativeSocket.of(bound);
        boolean isIpv4 = ((InetEndpoint) socket.localAddress()).isIpv4();
        if (isIpv4) {
            socket.option(IPPROTO_IP, SocketConstants.IP_RECVORIGDSTADDR, 1);
        } else {
            socket.option(IPPROTO_IPV6, SocketConstants.IPV6_RECVORIGDSTADDR, 1);
        }
        receiveTrafficClass(socket, isIpv4);
        socket.option(IPPROTO_UDP, SocketConstants.UDP_GRO, 1);
        // All clients share it: a burst of one must not push out the others' datagrams.
        socket.receiveBuffer(LISTENER_BUFFER_BYTES);
        return socket;
    }

    /** Has DSCP and ECN come with each datagram, to be given on. */
    private static void receiveTrafficClass(NativeSocket socket, boolean isIpv4) throws SystemCallException {
        if (isIpv4) {
            socket.option(IPPROTO_IP, SocketConstants.IP_RECVTOS, 1);
        } else {
            socket.option(IPPROTO_IPV6, SocketConstants.IPV6_RECVTCLASS, 1);
        }
    }

    /**
     * One to the outside, which learns of ICMP errors (IP_RECVERR).
     *
     * @param trains whether datagrams of one sender may arrive joined (UDP_GRO)
     */
    static NativeSocket upstream(SocketTraits traits, int family, boolean trains) throws SystemCallException {
        var socket = OutsideSockets.udp(family, traits);
        try {
            if (family == SocketConstants.AF_INET) {
                socket.option(IPPROTO_IP, SocketConstants.IP_RECVERR, 1);
            } else {
                socket.option(IPPROTO_IPV6, SocketConstants.IPV6_RECVERR, 1);
            }
            receiveTrafficClass(socket, family == SocketConstants.AF_INET);
            if (trains) {
                socket.option(IPPROTO_UDP, SocketConstants.UDP_GRO, 1);
            }
            socket.receiveBuffer(UPSTREAM_BUFFER_BYTES);
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * One that sends from a port of any address. It has the port at an address that nobody sends to and names the address to send from with
     * each datagram: one bound to a peer's own address would need a descriptor for each peer and client, and would take what other
     * applications send to that peer until it is connected.
     */
    static NativeSocket reply(int family, int port, int mark) throws SystemCallException {
        var socket = transparent(family, port, mark, "UDP socket for answers from port " + port);
        try {
            socket.sendBuffer(UPSTREAM_BUFFER_BYTES);
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * One that sends in the name of a client, whose address goes with each datagram, to where nothing arrives: no farther than the first router
     * if there is no rule that rejects it.
     */
    static NativeSocket inNameOf(RawEndpoint client, int mark) throws SystemCallException {
        boolean isIpv4 = client.isIpv4();
        int family = isIpv4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6;
        var socket = transparent(family, client.port(), mark, "UDP socket in the name of port " + client.port());
        try {
            if (isIpv4) {
                socket.option(IPPROTO_IP, SocketConstants.IP_TTL, 1);
            } else {
                socket.option(IPPROTO_IPV6, SocketConstants.IPV6_UNICAST_HOPS, 1);
            }
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    private static NativeSocket transparent(int family, int port, int mark, String name) throws SystemCallException {
        var socket = NativeSocket.open(family, SocketConstants.SOCK_DGRAM, 0, name);
        try {
            if (mark != 0) {
                socket.option(SOL_SOCKET, SocketConstants.SO_MARK, mark);
            }
            // A local server that has the port at the wildcard address stays possible if it says the same.
            socket.option(SOL_SOCKET, SocketConstants.SO_REUSEADDR, 1);
            boolean isIpv4 = family == SocketConstants.AF_INET;
            if (isIpv4) {
                socket.option(IPPROTO_IP, SocketConstants.IP_TRANSPARENT, 1);
            } else {
                socket.option(IPPROTO_IPV6, SocketConstants.IPV6_V6ONLY, 1);
                socket.option(IPPROTO_IPV6, SocketConstants.IPV6_TRANSPARENT, 1);
            }
            socket.bind(new InetEndpoint(isIpv4 ? NOBODY4 : NOBODY6, port));
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }
}
