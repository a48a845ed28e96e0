// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes and reads {@code struct sockaddr_nl} (linux/netlink.h) and {@code struct sockaddr_un} (linux/un.h). */
final class SockAddr {
    static final int NL_BYTES = 12;
    static final int NL_PID = 4;
    static final int NL_GROUPS = 8;
    private static final int UN_PATH = 2;

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
            case UnixAddress(String name, boolean isAbstract) -> writeUnix(name, isAbstract, to);
        };
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
