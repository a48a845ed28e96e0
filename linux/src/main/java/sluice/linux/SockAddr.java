// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes and reads {@code struct sockaddr_in} and {@code sockaddr_in6} (ip(7), ipv6(7)), {@code sockaddr_nl} (linux/netlink.h) and
 * {@code sockaddr_un} (linux/un.h).
 */
final class SockAddr {
    static final int NL_BYTES = 12;
    static final int NL_PID = 4;
    static final int NL_GROUPS = 8;
    private static final int UN_PATH = 2;
    private static final int IN_PORT = 2;
    private static final int IN_ADDRESS = 4;
    private static final int IN_BYTES = 16;
    private static final int IN6_FLOW = 4;
    private static final int IN6_ADDRESS = 8;
    private static final int IN6_SCOPE = 24;
    private static final int IN6_BYTES = 28;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    /** Room for the largest address, {@code struct sockaddr_storage}. */
    static final int STORAGE_BYTES = 128;

    private SockAddr() {}

    /** Writes at the segment's start and returns the length for the kernel. */
    static int write(Address address, ByteBuffer to) {
        return switch (address) {
            case NetlinkAddress(int portId, int groups) -> {
                to.putShort(0, (short) SocketConstants.AF_NETLINK);
                to.putShort(2, (short) 0);
                to.putInt(NL_PID, portId);
                to.putInt(NL_GROUPS, groups);
                yield NL_BYTES;
            }
            case InetEndpoint endpoint -> write(endpoint, to);
            case UnixAddress(String name, boolean isAbstract) -> writeUnix(name, isAbstract, to);
        };
    }

    /** As {@link #write(Address, ByteBuffer)}. */
    static int write(InetEndpoint endpoint, ByteBuffer to) {
        var bytes = endpoint.address().getAddress();
        boolean isIpv4 = bytes.length == IPV4_BYTES;
        to.putShort(0, (short) (isIpv4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6));
        putPort(to, endpoint.port());
        if (isIpv4) {
            to.put(IN_ADDRESS, bytes).putLong(IN_ADDRESS + IPV4_BYTES, 0);
            return IN_BYTES;
        }
        to.putInt(IN6_FLOW, 0).put(IN6_ADDRESS, bytes).putInt(IN6_SCOPE, endpoint.scope());
        return IN6_BYTES;
    }

    private static void putPort(ByteBuffer to, int port) {
        // Network order, whatever the buffer's.
        to.put(IN_PORT, (byte) (port >>> 8)).put(IN_PORT + 1, (byte) port);
    }

    private static int port(ByteBuffer from) {
        return Byte.toUnsignedInt(from.get(IN_PORT)) << 8 | Byte.toUnsignedInt(from.get(IN_PORT + 1));
    }

    private static InetEndpoint readInet(ByteBuffer from) {
        var bytes = new byte[IPV4_BYTES];
        from.get(IN_ADDRESS, bytes);
        return InetEndpoint.of(bytes, port(from), 0);
    }

    private static InetEndpoint readInet6(ByteBuffer from) {
        var bytes = new byte[IPV6_BYTES];
        from.get(IN6_ADDRESS, bytes);
        return InetEndpoint.of(bytes, port(from), from.getInt(IN6_SCOPE));
    }

    private static int writeUnix(String name, boolean isAbstract, ByteBuffer to) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        to.putShort(0, (short) SocketConstants.AF_UNIX);
        // An abstract name begins with a zero byte and ends with the length; a path ends with a zero byte.
        int start = UN_PATH + (isAbstract ? 1 : 0);
        to.put(UN_PATH, (byte) 0);
        to.put(start, bytes);
        if (isAbstract || bytes.length == 0) {
            return start + bytes.length;
        }
        to.put(start + bytes.length, (byte) 0);
        return start + bytes.length + 1;
    }

    static Address read(ByteBuffer from, int length) {
        // The kernel gives no address at all for an unnamed unix peer.
        int family = length < UN_PATH ? SocketConstants.AF_UNIX : from.getShort(0);
        return switch (family) {
            case SocketConstants.AF_NETLINK -> new NetlinkAddress(from.getInt(NL_PID), from.getInt(NL_GROUPS));
            case SocketConstants.AF_UNIX -> readUnix(from, length);
            case SocketConstants.AF_INET -> readInet(from);
            case SocketConstants.AF_INET6 -> readInet6(from);
            default ->
                throw new IllegalStateException("address of family " + family + ", which this module does not speak");
        };
    }

    private static UnixAddress readUnix(ByteBuffer from, int length) {
        if (length <= UN_PATH) {
            return new UnixAddress("", false);
        }
        boolean isAbstract = from.get(UN_PATH) == 0;
        var bytes = new byte[length - UN_PATH];
        from.get(UN_PATH, bytes);
        int start = isAbstract ? 1 : 0;
        int end = bytes.length;
        while (!isAbstract && end > start && bytes[end - 1] == 0) {
            end--;
        }
        return new UnixAddress(new String(bytes, start, end - start, StandardCharsets.UTF_8), isAbstract);
    }
}
