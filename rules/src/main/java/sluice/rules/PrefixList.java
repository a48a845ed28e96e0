// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * Entries of {@code cidr} and of the files of {@code cidr-file}, as numbers: IPv4 and IPv6 apart, each in the order of the configuration.
 * Immutable. An IPv4 block takes 5 bytes, an IPv6 block 17.
 */
public final class PrefixList {
    private final int[] ipv4;
    private final byte[] ipv4Lengths;

    /** High and low half of each address. */
    private final long[] ipv6;

    private final byte[] ipv6Lengths;

    private PrefixList(int[] ipv4, byte[] ipv4Lengths, long[] ipv6, byte[] ipv6Lengths) {
        this.ipv4 = ipv4;
        this.ipv4Lengths = ipv4Lengths;
        this.ipv6 = ipv6;
        this.ipv6Lengths = ipv6Lengths;
    }

    /** A list of some blocks. */
    public static PrefixList of(Prefix... prefixes) {
        var builder = new Builder();
        for (Prefix prefix : prefixes) {
            builder.add(prefix);
        }
        return builder.build();
    }

    /** Collects entries. */
    static final class Builder {
        private int[] ipv4 = new int[0];
        private byte[] ipv4Lengths = new byte[0];
        private int ipv4Count;
        private long[] ipv6 = new long[0];
        private byte[] ipv6Lengths = new byte[0];
        private int ipv6Count;

        void add(Prefix prefix) {
            InetAddress network = prefix.network();
            if (prefix.isIpv4()) {
                if (ipv4Count == ipv4.length) {
                    ipv4 = Arrays.copyOf(ipv4, grown(ipv4Count));
                    ipv4Lengths = Arrays.copyOf(ipv4Lengths, grown(ipv4Count));
                }
                ipv4[ipv4Count] = (int) number(network.getAddress(), 0, Integer.BYTES);
                ipv4Lengths[ipv4Count++] = (byte) prefix.length();
            } else {
                if (ipv6Count == ipv6Lengths.length) {
                    ipv6 = Arrays.copyOf(ipv6, 2 * grown(ipv6Count));
                    ipv6Lengths = Arrays.copyOf(ipv6Lengths, grown(ipv6Count));
                }
                ipv6[2 * ipv6Count] = number(network.getAddress(), 0, Long.BYTES);
                ipv6[2 * ipv6Count + 1] = number(network.getAddress(), Long.BYTES, Long.BYTES);
                ipv6Lengths[ipv6Count++] = (byte) prefix.length();
            }
        }

        private static int grown(int count) {
            return Math.max(4, count + count / 2);
        }

        private static long number(byte[] bytes, int start, int length) {
            long number = 0;
            for (int i = start; i < start + length; i++) {
                number = number << 8 | (bytes[i] & 0xff);
            }
            return number;
        }

        PrefixList build() {
            return new PrefixList(
                    Arrays.copyOf(ipv4, ipv4Count),
                    Arrays.copyOf(ipv4Lengths, ipv4Count),
                    Arrays.copyOf(ipv6, 2 * ipv6Count),
                    Arrays.copyOf(ipv6Lengths, ipv6Count));
        }
    }

    /** Whether an address lies in one of the blocks. Looks at one after the other. */
    public boolean contains(InetAddress address) {
        var bytes = address.getAddress();
        return bytes.length == Integer.BYTES ? containsIpv4(bytes) : containsIpv6(bytes);
    }

    private boolean containsIpv4(byte[] address) {
        int number = (int) Builder.number(address, 0, Integer.BYTES);
        for (int i = 0; i < ipv4.length; i++) {
            if ((Integer.toUnsignedLong(number ^ ipv4[i]) & mask(ipv4Lengths[i] + Integer.SIZE)) == 0) {
                return true;
            }
        }
        return false;
    }

    private boolean containsIpv6(byte[] address) {
        long high = Builder.number(address, 0, Long.BYTES);
        long low = Builder.number(address, Long.BYTES, Long.BYTES);
        for (int i = 0; i < ipv6Lengths.length; i++) {
            int length = Byte.toUnsignedInt(ipv6Lengths[i]);
            boolean fits = ((high ^ ipv6[2 * i]) & mask(length)) == 0;
            if (fits && ((low ^ ipv6[2 * i + 1]) & mask(length - Long.SIZE)) == 0) {
                return true;
            }
        }
        return false;
    }

    /** The upper bits of a {@code long}, so many of them: none if negative, all from 64 on. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= Long.SIZE ? -1 : -1L << (Long.SIZE - bits);
    }

    /** Number of IPv4 blocks. */
    public int ipv4Count() {
        return ipv4.length;
    }

    /** First address of an IPv4 block, as a number of unsigned 32 bits. */
    public int ipv4(int index) {
        return ipv4[index];
    }

    /** Prefix length of an IPv4 block, 0 to 32. */
    public int ipv4Length(int index) {
        return ipv4Lengths[index];
    }

    /** Number of IPv6 blocks. */
    public int ipv6Count() {
        return ipv6Lengths.length;
    }

    /** High half of an IPv6 block's first address, as a number of unsigned 64 bits. */
    public long ipv6High(int index) {
        return ipv6[2 * index];
    }

    /** Low half of an IPv6 block's first address. */
    public long ipv6Low(int index) {
        return ipv6[2 * index + 1];
    }

    /** Prefix length of an IPv6 block, 0 to 128. */
    public int ipv6Length(int index) {
        return ipv6Lengths[index] & 0xff;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PrefixList that
                && Arrays.equals(ipv4, that.ipv4)
                && Arrays.equals(ipv4Lengths, that.ipv4Lengths)
                && Arrays.equals(ipv6, that.ipv6)
                && Arrays.equals(ipv6Lengths, that.ipv6Lengths);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ipv4) + Arrays.hashCode(ipv6);
    }

    /** How many entries there are: there may be too many to show. */
    @Override
    public String toString() {
        return ipv4Count() + ipv6Count() + " blocks";
    }
}
