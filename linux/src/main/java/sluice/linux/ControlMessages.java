// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.nio.ByteBuffer;

/** Reads and writes {@code struct cmsghdr} of datagrams (cmsg(3), ip(7), ipv6(7), udp(7)) for LP64. Stateless. */
final class ControlMessages {
    static final int NONE = -1;
    private static final int HEADER_BYTES = 16;
    private static final int LEVEL = 8;
    private static final int TYPE = 12;

    private ControlMessages() {}

    /** Where the first message of that kind has its data, or {@link #NONE}. */
    static int find(ByteBuffer control, int start, int length, int level, int type) {
        int end = start + length;
        for (int at = start; at + HEADER_BYTES <= end; ) {
            long bytes = control.getLong(at);
            if (bytes < HEADER_BYTES || bytes > end - at) {
                return NONE;
            }
            if (control.getInt(at + LEVEL) == level && control.getInt(at + TYPE) == type) {
                return at + HEADER_BYTES;
            }
            at += (int) (bytes + 7) & ~7;
        }
        return NONE;
    }

    /** Says from which address to send (struct in_pktinfo, in6_pktinfo); returns where the next message begins. */
    static int source(ByteBuffer control, int at, RawEndpoint source) {
        if (source.isIpv4()) {
            header(control, at, 12, SocketConstants.IPPROTO_IP, SocketConstants.IP_PKTINFO);
            // ipi_ifindex, ipi_spec_dst, ipi_addr
            control.putInt(at + HEADER_BYTES, 0);
            source.writeAddress(control, at + HEADER_BYTES + Integer.BYTES);
            control.putLong(at + HEADER_BYTES + 2 * Integer.BYTES, 0);
            return at + HEADER_BYTES + 16;
        }
        header(control, at, 20, SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_PKTINFO);
        source.writeAddress(control, at + HEADER_BYTES);
        control.putLong(at + HEADER_BYTES + 16, source.scope());
        return at + HEADER_BYTES + 24;
    }

    /** Has the payload cut into datagrams of that size by the kernel or the network card (UDP_SEGMENT). */
    static int segment(ByteBuffer control, int at, int bytes) {
        header(control, at, Short.BYTES, SocketConstants.IPPROTO_UDP, SocketConstants.UDP_SEGMENT);
        control.putLong(at + HEADER_BYTES, 0);
        control.putShort(at + HEADER_BYTES, (short) bytes);
        return at + HEADER_BYTES + Long.BYTES;
    }

    /** Says which traffic class the datagrams have, DSCP and ECN together (IP_TOS, IPV6_TCLASS). */
    static int trafficClass(ByteBuffer control, int at, boolean ipv4, int value) {
        header(
                control,
                at,
                Integer.BYTES,
                ipv4 ? SocketConstants.IPPROTO_IP : SocketConstants.IPPROTO_IPV6,
                ipv4 ? SocketConstants.IP_TOS : SocketConstants.IPV6_TCLASS);
        control.putLong(at + HEADER_BYTES, value);
        return at + HEADER_BYTES + Long.BYTES;
    }

    private static void header(ByteBuffer control, int at, int dataBytes, int level, int type) {
        control.putLong(at, HEADER_BYTES + dataBytes);
        control.putInt(at + LEVEL, level);
        control.putInt(at + TYPE, type);
    }
}
