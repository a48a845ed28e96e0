// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import org.jspecify.annotations.Nullable;

/**
 * Blocks of addresses of one family with the routes they belong to. The address space is cut where blocks begin and end; each stretch knows its
 * innermost block, and each block the one around it. An address is found by binary search; at most 32 bytes for an IPv4 block, 48 for an
 * IPv6 block. Addresses are unsigned numbers: IPv4 ones in the high part alone.
 */
final class PrefixIndex {
    /** No block. */
    static final int NONE = -1;

    /** First address of each stretch, in ascending order; the first stretch starts at zero. */
    private final long[] high;

    private final long @Nullable [] low;
    private final int[] blockOfStretch;
    private final int[] around;
    private final int[] sets;

    PrefixIndex(long[] high, long @Nullable [] low, int[] blockOfStretch, int[] around, int[] sets) {
        this.high = high;
        this.low = low;
        this.blockOfStretch = blockOfStretch;
        this.around = around;
        this.sets = sets;
    }

    /** The innermost block that holds an address, or {@link #NONE}. */
    int block(long addressHigh, long addressLow) {
        int first = 0;
        int last = high.length - 1;
        while (first < last) {
            int middle = (first + last + 1) >>> 1;
            if (isAfter(middle, addressHigh, addressLow)) {
                last = middle - 1;
            } else {
                first = middle;
            }
        }
        return blockOfStretch[first];
    }

    private boolean isAfter(int stretch, long addressHigh, long addressLow) {
        int order = Long.compareUnsigned(high[stretch], addressHigh);
        return order > 0 || (order == 0 && low != null && Long.compareUnsigned(low[stretch], addressLow) > 0);
    }

    /** The next larger block around a block, or {@link #NONE}. */
    int around(int block) {
        return around[block];
    }

    /** The routes of a block. */
    int set(int block) {
        return sets[block];
    }
}
