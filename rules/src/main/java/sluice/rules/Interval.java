// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import sluice.linux.IpText;

/**
 * Consecutive addresses of one family, both ends included.
 *
 * @param first the lowest
 * @param last the highest
 */
public record Interval(InetAddress first, InetAddress last) {
    /** Checks that both ends are of one family and in order. */
    public Interval {
        byte[] low = first.getAddress();
        byte[] high = last.getAddress();
        if (low.length != high.length || Arrays.compareUnsigned(low, high) > 0) {
            throw new IllegalArgumentException("no interval from " + first + " to " + last);
        }
    }

    /**
     * The address after the last one, with which a half-open interval of an nftables set ends. Empty at the top of
     * the address space: there the set's element has no end.
     */
    public Optional<InetAddress> afterLast() {
        byte[] bytes = last.getAddress();
        for (int i = bytes.length - 1; i >= 0; i--) {
            bytes[i]++;
            if (bytes[i] != 0) {
                return Optional.of(IpLiteral.ofBytes(bytes));
            }
        }
        return Optional.empty();
    }

    /** Whether an address of the same family lies in it. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == first.getAddress().length
                && Arrays.compareUnsigned(first.getAddress(), bytes) <= 0
                && Arrays.compareUnsigned(bytes, last.getAddress()) <= 0;
    }

    /** Both ends with a dash between. */
    @Override
    public String toString() {
        return IpText.of(first) + "-" + IpText.of(last);
    }

    static Interval of(BigInteger first, BigInteger last, int bytes) {
        return new Interval(address(first, bytes), address(last, bytes));
    }

    private static InetAddress address(BigInteger number, int length) {
        byte[] digits = number.toByteArray();
        byte[] bytes = new byte[length];
        int count = Math.min(digits.length, length);
        System.arraycopy(digits, digits.length - count, bytes, length - count, count);
        return IpLiteral.ofBytes(bytes);
    }
}
