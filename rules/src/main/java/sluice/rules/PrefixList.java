// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Entries of {@code cidr} and of the files of {@code cidr-file}, ready to be looked up: what they cover, as intervals in ascending order that neither
 * overlap nor touch. Immutable. An IPv4 interval takes 8 bytes, an IPv6 interval 32.
 */
public final class PrefixList {
    /** From so many entries on a list is long. */
    private static final int LONG_LIST = 256;

    /** First and last address of each interval. */
    private final int[] ipv4;

    /** High and low half of the first, and of the last, address of each interval. */
    private final long[] ipv6;

    private final int size;
    private final List<Prefix> blocks;

    private PrefixList(int[] ipv4, long[] ipv6, int size, List<Prefix> blocks) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.size = size;
        this.blocks = List.copyOf(blocks);
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
        private final Ipv4Intervals ipv4 = new Ipv4Intervals();
        private final Ipv6Intervals ipv6 = new Ipv6Intervals();
        private final List<Prefix> blocks = new ArrayList<>();
        private int size;

        void add(Prefix prefix) {
            byte[] bytes = prefix.network().getAddress();
            if (prefix.isIpv4()) {
                addIpv4(number(bytes, 0, Integer.BYTES), prefix.length());
            } else {
                addIpv6(number(bytes, 0, Long.BYTES), number(bytes, Long.BYTES, Long.BYTES), prefix.length());
            }
        }

        /** Adds an IPv4 block by its first address, an unsigned number. */
        void addIpv4(long first, int length) {
            ipv4.add((int) first, (int) (first | 0xffff_ffffL >>> length));
            if (size++ < LONG_LIST) {
                blocks.add(new Prefix(IpLiteral.ofBytes(bytes(first, Integer.BYTES)), length));
            }
        }

        /** Adds an IPv6 block by the halves of its first address. */
        void addIpv6(long high, long low, int length) {
            ipv6.add(high, low, high | PrefixParser.hostBits(length), low | PrefixParser.hostBits(length - Long.SIZE));
            if (size++ < LONG_LIST) {
                byte[] bytes = Arrays.copyOf(bytes(high, Long.BYTES), 2 * Long.BYTES);
                System.arraycopy(bytes(low, Long.BYTES), 0, bytes, Long.BYTES, Long.BYTES);
                blocks.add(new Prefix(IpLiteral.ofBytes(bytes), length));
            }
        }

        void add(PrefixList list) {
            for (int i = 0; i < list.ipv4.length; i += 2) {
                ipv4.add(list.ipv4[i], list.ipv4[i + 1]);
            }
            for (int i = 0; i < list.ipv6.length; i += 4) {
                ipv6.add(list.ipv6[i], list.ipv6[i + 1], list.ipv6[i + 2], list.ipv6[i + 3]);
            }
            size += list.size;
            blocks.addAll(list.blocks);
        }

        PrefixList build() {
            return new PrefixList(ipv4.merged(), ipv6.merged(), size, size < LONG_LIST ? blocks : List.of());
        }
    }

    private static long number(byte[] bytes, int start, int length) {
        long number = 0;
        for (int i = start; i < start + length; i++) {
            number = number << Byte.SIZE | (bytes[i] & 0xff);
        }
        return number;
    }

    private static byte[] bytes(long number, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (number >>> ((length - 1 - i) * Byte.SIZE));
        }
        return bytes;
    }

    /** Whether there are so many entries that they are better not copied. */
    public boolean isLong() {
        return size >= LONG_LIST;
    }

    /** The entries in the order of the configuration, unless the list is long. */
    public List<Prefix> blocks() {
        return blocks;
    }

    /** Number of entries. */
    public int size() {
        return size;
    }

    /** Whether an address lies in one of the blocks. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == Integer.BYTES
                ? containsIpv4((int) number(bytes, 0, Integer.BYTES))
                : containsIpv6(number(bytes, 0, Long.BYTES), number(bytes, Long.BYTES, Long.BYTES));
    }

    /** Whether an IPv4 address lies in one of the blocks. */
    public boolean containsIpv4(int address) {
        int below = 0;
        int above = ipv4.length / 2;
        while (below < above) {
            int middle = (below + above) >>> 1;
            if (Integer.compareUnsigned(ipv4[2 * middle + 1], address) < 0) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        return below < ipv4.length / 2 && Integer.compareUnsigned(ipv4[2 * below], address) <= 0;
    }

    /** Whether an IPv6 address lies in one of the blocks. */
    public boolean containsIpv6(long high, long low) {
        int below = 0;
        int above = ipv6.length / 4;
        while (below < above) {
            int middle = (below + above) >>> 1;
            if (Ipv6Intervals.compare(ipv6[4 * middle + 2], ipv6[4 * middle + 3], high, low) < 0) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        return below < ipv6.length / 4 && Ipv6Intervals.compare(ipv6[4 * below], ipv6[4 * below + 1], high, low) <= 0;
    }

    /** Whether both hold the same addresses. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PrefixList that && Arrays.equals(ipv4, that.ipv4) && Arrays.equals(ipv6, that.ipv6);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ipv4) + Arrays.hashCode(ipv6);
    }

    /** How many entries there are: there may be too many to show. */
    @Override
    public String toString() {
        return size + " blocks";
    }
}
