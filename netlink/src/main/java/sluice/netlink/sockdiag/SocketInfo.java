// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.sockdiag;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A socket.
 *
 * @param local address and port it is bound to
 * @param remote address and port it is connected to; all zero if it is not
 * @param state TCP_* of the kernel's net/tcp_states.h: 1 established, 7 closed (an unconnected UDP socket), 10 listening
 * @param user id of its owner
 * @param inode of the socket, as in {@code /proc/PID/fd}
 * @param cgroup id of the cgroup it was made in; 0 if the kernel did not say
 * @param ipv6Only whether an IPv6 socket refuses IPv4
 */
public record SocketInfo(
        InetSocketAddress local,
        InetSocketAddress remote,
        int state,
        int user,
        long inode,
        long cgroup,
        boolean ipv6Only) {
    static final int INET_DIAG_SKV6ONLY = 11;
    static final int INET_DIAG_CGROUP_ID = 21;

    private static final int AF_INET = 2;
    /** Offsets in struct inet_diag_msg. */
    private static final int SOURCE_PORT = 4;

    private static final int DESTINATION_PORT = 6;
    private static final int SOURCE = 8;
    private static final int DESTINATION = 24;
    private static final int UID = 64;
    private static final int INODE = 68;
    private static final int LENGTH = 72;

    /** Whether IPv4 packets to its port can reach it, as far as its address tells. */
    public boolean servesIpv4() {
        return local.getAddress() instanceof Inet4Address
                || (!ipv6Only && local.getAddress().isAnyLocalAddress());
    }

    /** Whether IPv6 packets to its port can reach it, as far as its address tells. */
    public boolean servesIpv6() {
        return !(local.getAddress() instanceof Inet4Address);
    }

    /** Whether packets to this address and its port can reach it, as far as its own address tells. */
    public boolean serves(InetAddress address) {
        boolean wildcard = local.getAddress().isAnyLocalAddress()
                && (address instanceof Inet4Address ? servesIpv4() : servesIpv6());
        return wildcard || local.getAddress().equals(address);
    }

    static SocketInfo decode(Messages message) throws NetlinkException.Malformed {
        boolean ipv4 = message.header8(0) == AF_INET;
        long cgroup = 0;
        boolean ipv6Only = false;
        var attributes = message.attributes(LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case INET_DIAG_CGROUP_ID -> cgroup = attributes.u64();
                case INET_DIAG_SKV6ONLY -> ipv6Only = attributes.u8() != 0;
                default -> {}
            }
        }
        return new SocketInfo(
                address(message, ipv4, SOURCE, SOURCE_PORT),
                address(message, ipv4, DESTINATION, DESTINATION_PORT),
                message.header8(1),
                message.header32(UID),
                Integer.toUnsignedLong(message.header32(INODE)),
                cgroup,
                ipv6Only);
    }

    private static InetSocketAddress address(Messages message, boolean ipv4, int at, int portAt)
            throws NetlinkException.Malformed {
        try {
            var address = InetAddress.getByAddress(message.headerBytes(at, ipv4 ? 4 : 16));
            return new InetSocketAddress(address, message.header16Big(portAt));
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }
}
