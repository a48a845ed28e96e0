// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Names as text: lower case, without a trailing dot; the root is the empty text. */
public final class Names {
    private static final String REVERSE4 = ".in-addr.arpa";
    private static final String REVERSE6 = ".ip6.arpa";
    private static final int NIBBLES = 32;

    private Names() {}

    /** The text of a name without pointers. Dots within labels, and what is not printable, is escaped (RFC 4343 section 2.1). */
    @SuppressWarnings("deprecation") // The quickest constructor there is, and all is ASCII.
    public static String text(byte[] bytes, int start) {
        int end = Wire.endOfName(bytes, start, bytes.length, false);
        var chars = new byte[Math.max(0, end - start - 2)];
        int next = start;
        for (int at = start; at < end - 1; at++) {
            byte b = Wire.lower(bytes[at]);
            if (at == next) {
                next += 1 + b;
                b = '.';
            } else if (!isPlain(b)) {
                return escaped(bytes, start, end - 1);
            }
            if (at > start) {
                chars[at - start - 1] = b;
            }
        }
        return new String(chars, 0, 0, chars.length);
    }

    private static boolean isPlain(byte b) {
        return b > ' ' && b < 0x7f && b != '.' && b != '\\';
    }

    private static String escaped(byte[] bytes, int start, int end) {
        var text = new StringBuilder();
        int next = start;
        for (int at = start; at < end; at++) {
            byte b = Wire.lower(bytes[at]);
            if (at == next) {
                next += 1 + b;
                text.append(at == start ? "" : ".");
            } else if (isPlain(b)) {
                text.append((char) b);
            } else {
                text.append(String.format("\\%03d", b & 0xff));
            }
        }
        return text.toString();
    }

    /**
     * A name as it is in a message.
     *
     * @throws IllegalArgumentException if no such name can be
     */
    public static byte[] wire(String name) {
        var out = new ByteArrayOutputStream();
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (!plain.isEmpty()) {
            for (String label : plain.split("\\.", -1)) {
                byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
                if (bytes.length == 0 || bytes.length > Wire.LONGEST_LABEL) {
                    throw new IllegalArgumentException("\"" + name + "\" is not a name: a part has 1 to 63 letters");
                }
                out.write(bytes.length);
                out.writeBytes(bytes);
            }
        }
        out.write(0);
        if (out.size() > Wire.LONGEST_NAME) {
            throw new IllegalArgumentException("a name has at most 253 letters, not " + plain.length());
        }
        return out.toByteArray();
    }

    /** Whether a name may be a host's: letters, digits, dashes, underscores. */
    public static boolean isHost(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_') {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /** Whether a name is another one or below it. */
    public static boolean isWithin(String name, String zone) {
        int dot = name.length() - zone.length() - 1;
        return name.endsWith(zone) && (dot < 0 || name.charAt(dot) == '.');
    }

    /** The address that a name in in-addr.arpa or ip6.arpa is for; null if it is not for a single one. */
    public static @Nullable InetAddress reversed(String name) {
        boolean ipv6 = name.endsWith(REVERSE6);
        if (!ipv6 && !name.endsWith(REVERSE4)) {
            return null;
        }
        String[] parts = name.substring(0, name.length() - (ipv6 ? REVERSE6 : REVERSE4).length())
                .split("\\.", -1);
        try {
            return ipv6 ? ipv6(parts) : ipv4(parts);
        } catch (UnknownHostException | IllegalArgumentException e) {
            return null;
        }
    }

    private static InetAddress ipv4(String[] parts) throws UnknownHostException {
        if (parts.length != 4) {
            throw new UnknownHostException();
        }
        return Inet4Address.ofLiteral(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0]);
    }

    private static InetAddress ipv6(String[] parts) throws UnknownHostException {
        if (parts.length != NIBBLES) {
            throw new UnknownHostException();
        }
        var digits = new StringBuilder(NIBBLES);
        for (int i = parts.length - 1; i >= 0; i--) {
            digits.append(parts[i].length() == 1 ? parts[i] : "-");
        }
        return InetAddress.getByAddress(HexFormat.of().parseHex(digits));
    }
}
