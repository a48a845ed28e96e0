// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * IP addresses as text, in the form of RFC 5952. Sluice writes addresses in no other way: in messages, logs, answers and
 * requests to proxies. Stateless; any thread.
 */
public final class IpText {
    private static final int GROUPS = 8;
    /** Of an IPv4-mapped address (RFC 4291, section 2.5.5.2). */
    private static final int MAPPED_BYTES = 12;

    private IpText() {}

    /** {@code 192.0.2.1}, {@code 2001:db8::1}; without the interface of a link-local address. */
    public static String of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? ipv4(bytes, 0) : ipv6(bytes);
    }

    /** {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}. */
    public static String of(InetAddress address, int port) {
        return (address instanceof Inet4Address ? of(address) : "[" + of(address) + "]") + ":" + port;
    }

    private static String ipv4(byte[] bytes, int from) {
        return (bytes[from] & 0xff) + "." + (bytes[from + 1] & 0xff) + "." + (bytes[from + 2] & 0xff) + "."
                + (bytes[from + 3] & 0xff);
    }

    private static String ipv6(byte[] bytes) {
        if (isMapped(bytes)) {
            return "::ffff:" + ipv4(bytes, MAPPED_BYTES);
        }
        // The longest run of zeros, the first one of equally long ones, if it is longer than one group.
        int longest = 1;
        int start = -1;
        for (int i = 0; i < GROUPS; i++) {
            int length = 0;
            while (i + length < GROUPS && group(bytes, i + length) == 0) {
                length++;
            }
            if (length > longest) {
                longest = length;
                start = i;
            }
        }
        var text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(group(bytes, i)));
            }
        }
        return text.toString();
    }

    private static boolean isMapped(byte[] bytes) {
        for (int i = 0; i < MAPPED_BYTES; i++) {
            if (bytes[i] != (i < MAPPED_BYTES - 2 ? 0 : (byte) 0xff)) {
                return false;
            }
        }
        return true;
    }

    private static int group(byte[] bytes, int i) {
        return (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
}
