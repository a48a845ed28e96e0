// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import sluice.linux.IpText;

/**
 * A block of IP addresses.
 *
 * @param network its first address: the bits after {@code length} are zero
 * @param length number of leading bits that all its addresses share: 0 to 32 or 0 to 128
 */
public record Prefix(InetAddress network, int length) {
    /** Checks that the length suits the family and that no host bit is set. */
    public Prefix {
        if (length < 0 || length > bits(network)) {
            throw new IllegalArgumentException("prefix length " + length + " of " + IpText.of(network));
        }
        if (!masked(network, length).equals(network)) {
            throw new IllegalArgumentException("host bits in " + IpText.of(network) + "/" + length);
        }
    }

    /**
     * Reads an address ({@code ::1}) or a block ({@code 10.0.0.0/8}). Host bits are refused in IPv4 and cleared in IPv6.
     *
     * @throws IllegalArgumentException if it is neither; the message says what to write instead
     */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        int bits = bits(address);
        if (slash < 0) {
            return new Prefix(address, bits);
        }
        String digits = text.substring(slash + 1);
        int length = length(digits);
        if (length < 0 || length > bits) {
            throw new InvalidValueException(
                    Words.quoted(text) + " has no valid prefix length",
                    "0 to " + bits + " is expected after the slash",
                    remedy(address, digits));
        }
        InetAddress network = masked(address, length);
        if (address instanceof Inet4Address && !network.equals(address)) {
            throw new InvalidValueException(
                    Words.quoted(text) + " has bits set after its first " + length,
                    "a network is expected",
                    "write " + new Prefix(network, length) + ", or " + IpText.of(address) + " for the one address");
        }
        return new Prefix(network, length);
    }

    private static String remedy(InetAddress address, String digits) {
        if (digits.matches("(?s).*\\s.*")) {
            return "write a comma between several";
        }
        return address instanceof Inet4Address && digits.contains(".") ? "count the leading one bits of the mask" : "";
    }

    /** The block of a length that an address lies in. */
    public static Prefix around(InetAddress address, int length) {
        return new Prefix(masked(address, length), length);
    }

    /** The number in the text: one to three digits without leading zeros; -1 if it is something else. */
    private static int length(String digits) {
        boolean valid = !digits.isEmpty() && digits.length() <= 3 && (digits.length() == 1 || digits.charAt(0) != '0');
        int length = 0;
        for (int i = 0; valid && i < digits.length(); i++) {
            char c = digits.charAt(i);
            valid = c >= '0' && c <= '9';
            length = length * 10 + c - '0';
        }
        return valid ? length : -1;
    }

    /** Whether its addresses are IPv4 addresses. */
    public boolean isIpv4() {
        return network instanceof Inet4Address;
    }

    /** Whether an address of the same family lies in it. */
    public boolean contains(InetAddress address) {
        return bits(address) == bits(network) && masked(address, length).equals(network);
    }

    /** Whether some address lies in both. */
    public boolean overlaps(Prefix other) {
        return contains(other.network) || other.contains(network);
    }

    /** Its last address. */
    public InetAddress last() {
        byte[] bytes = network.getAddress();
        for (int bit = length; bit < bits(network); bit++) {
            bytes[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        return IpLiteral.ofBytes(bytes);
    }

    /** As in the file: {@code 10.0.0.0/8}, {@code ::1/128}. */
    @Override
    public String toString() {
        return IpText.of(network) + "/" + length;
    }

    BigInteger firstNumber() {
        return new BigInteger(1, network.getAddress());
    }

    BigInteger lastNumber() {
        return new BigInteger(1, last().getAddress());
    }

    private static int bits(InetAddress address) {
        return address instanceof Inet4Address ? 32 : 128;
    }

    private static InetAddress masked(InetAddress address, int length) {
        byte[] bytes = address.getAddress();
        if (length < bytes.length * 8) {
            int at = length / 8;
            bytes[at] &= (byte) ~(0xff >> length % 8);
            Arrays.fill(bytes, at + 1, bytes.length, (byte) 0);
        }
        return IpLiteral.ofBytes(bytes);
    }
}
