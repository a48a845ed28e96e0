// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import sluice.linux.IpText;

/** IP addresses as text. Never asks a name server. */
final class IpLiteral {
    /** Longest text about which more can be said than that it is no address. */
    private static final int LONGEST = 100;

    private static final String ALLOWED = "an IPv4 or IPv6 address is expected";

    private IpLiteral() {}

    /** Whether a text can only be meant as an address. */
    static boolean looksLikeAddress(String text) {
        return text.indexOf(':') >= 0 || text.matches("[0-9.]+");
    }

    /**
     * Reads an address.
     *
     * @throws InvalidValueException if it is not one, or not one that means the same to everybody
     */
    static InetAddress parse(String text) {
        if (text.length() <= 45 && text.indexOf(':') >= 0) {
            return parseIpv6(text);
        }
        return ofBytes(parseIpv4(text));
    }

    private static byte[] parseIpv4(String text) {
        byte[] usual = usualIpv4(text);
        if (usual != null) {
            return usual;
        }
        String[] parts = text.length() > 45 ? new String[0] : text.split("\\.", -1);
        byte[] bytes = new byte[4];
        boolean valid = parts.length == 4;
        for (int i = 0; valid && i < 4; i++) {
            valid = parts[i].matches("[0-9]{1,3}") && Integer.parseInt(parts[i]) <= 255;
            if (valid && parts[i].length() > 1 && parts[i].startsWith("0")) {
                throw new InvalidValueException(
                        Words.quoted(text) + " has a number with leading zeros",
                        "some programs read those as octal",
                        "write it without the zeros");
            }
            if (valid) {
                bytes[i] = (byte) Integer.parseInt(parts[i]);
            }
        }
        if (!valid) {
            throw notAnAddress(text);
        }
        return bytes;
    }

    /** The bytes of an address without a mistake, as nearly all in long lists are; else null. */
    private static byte @Nullable [] usualIpv4(String text) {
        byte[] bytes = new byte[4];
        int part = 0;
        int digits = 0;
        int number = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : '.';
            if (c == '.') {
                if (digits == 0 || part == 4) {
                    return null;
                }
                bytes[part++] = (byte) number;
                digits = 0;
                number = 0;
                continue;
            }
            boolean zero = digits == 1 && number == 0;
            number = number * 10 + c - '0';
            if (c < '0' || c > '9' || zero || ++digits > 3 || number > 255) {
                return null;
            }
        }
        return part == 4 ? bytes : null;
    }

    private static Inet6Address parseIpv6(String text) {
        if (text.indexOf('%') >= 0) {
            throw new InvalidValueException(
                    Words.quoted(text) + " names an interface after the percent sign",
                    "addresses are matched on every interface",
                    "write the address alone");
        }
        if (!text.matches("[0-9a-fA-F:.]+")) {
            throw notAnAddress(text);
        }
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw notAnAddress(text);
        }
        if (address instanceof Inet4Address mapped) {
            throw new InvalidValueException(
                    Words.quoted(text) + " is an IPv4-mapped address",
                    "such addresses are never on the wire",
                    "write " + IpText.of(mapped));
        }
        return (Inet6Address) address;
    }

    /** The address with these 4 or 16 bytes; 16 bytes are an IPv6 address even where it is IPv4-mapped. */
    static InetAddress ofBytes(byte[] bytes) {
        try {
            return bytes.length == 4 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
        }
    }

    private static InvalidValueException notAnAddress(String text) {
        return new InvalidValueException(Words.quoted(text) + " is not an IP address", ALLOWED, remedy(text));
    }

    private static String remedy(String text) {
        if (text.length() > LONGEST) {
            return "";
        }
        if (text.equals("localhost")) {
            return "write 127.0.0.1 or \"::1\"";
        }
        if (text.matches(".*\\s.*")) {
            return "write a comma between several";
        }
        if (text.matches("[0-9.]+-[0-9.]+|[0-9.*]*\\*[0-9.*]*")) {
            return "write blocks, such as 192.0.2.0/24";
        }
        if (text.matches("[0-9.]+:[0-9]+|\\[.*]:[0-9]+")) {
            return "write it without the port";
        }
        return text.matches(".*[g-zG-Z].*") ? "write its addresses in place of the name" : "";
    }
}
