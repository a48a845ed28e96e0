// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import java.util.ArrayDeque;
import java.util.List;

/**
 * The type of a set's keys or a map's data. The kernel only stores the number; nft(8) prints by it.
 *
 * @param number nft's number of the type; a concatenation packs six bits per field
 * @param length in bytes
 * @param byteOrder how nft interprets the bytes: 1 host, 2 network, 0 for a concatenation (stored as user data)
 */
public record DataType(int number, int length, int byteOrder) {
    private static final int TYPE_BITS = 6;
    private static final int HOST = 1;
    private static final int NETWORK = 2;
    private static final int NFT_DATA_VERDICT = 0xffffff00;

    public static final DataType IPV4_ADDRESS = simple(7, 4, NETWORK);
    public static final DataType IPV6_ADDRESS = simple(8, 16, NETWORK);
    public static final DataType INET_PROTOCOL = simple(12, 1, NETWORK);
    public static final DataType INET_SERVICE = simple(13, 2, NETWORK);
    public static final DataType MARK = simple(19, 4, HOST);
    public static final DataType INTERFACE_NAME = simple(41, 16, HOST);
    public static final DataType CGROUP = simple(46, 8, HOST);
    /** Data of a verdict map. */
    public static final DataType VERDICT = simple(NFT_DATA_VERDICT, 0, 0);

    private static final List<DataType> KNOWN =
            List.of(IPV4_ADDRESS, IPV6_ADDRESS, INET_PROTOCOL, INET_SERVICE, MARK, INTERFACE_NAME, CGROUP, VERDICT);

    private static DataType simple(int number, int length, int byteOrder) {
        return new DataType(number, length, byteOrder);
    }

    /** Several fields as one key, such as {@code ipv4_addr . inet_service}; see {@link Value#concatenation}. */
    public static DataType concatenation(DataType... fields) {
        int number = 0;
        int length = 0;
        for (var field : fields) {
            number = number << TYPE_BITS | field.number;
            length += field.length + 3 & ~3;
        }
        return new DataType(number, length, 0);
    }

    /** The type with this number, as found in a dump. */
    static DataType of(int number, int length, int byteOrder) {
        if (number == NFT_DATA_VERDICT) {
            // Its length is that of the kernel's own structure.
            return VERDICT;
        }
        for (var type : KNOWN) {
            if (type.number == number && type.length == length) {
                return type;
            }
        }
        var parts = concatenated(number);
        if (!parts.isEmpty()) {
            var type = concatenation(parts.toArray(DataType[]::new));
            if (type.length == length) {
                return type;
            }
        }
        return simple(number, length, byteOrder);
    }

    private static List<DataType> concatenated(int number) {
        var parts = new ArrayDeque<DataType>();
        for (int rest = number; rest != 0; rest >>>= TYPE_BITS) {
            int part = rest & (1 << TYPE_BITS) - 1;
            var type = KNOWN.stream().filter(known -> known.number == part).findFirst();
            if (type.isEmpty()) {
                return List.of();
            }
            parts.addFirst(type.get());
        }
        return List.copyOf(parts);
    }

    boolean isVerdict() {
        return number == NFT_DATA_VERDICT;
    }
}
