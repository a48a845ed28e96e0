// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sluice.rules.NumberSets;

/** Collects blocks of one family and cuts the address space by them. */
final class PrefixIndexBuilder {
    private static final int IPV4_BITS = 32;

    private final int bits;
    private final NumberSets chains;

    // What was added.
    private long[] high = new long[8];
    private long[] low;
    private short[] lengths = new short[8];
    private int[] routes = new int[8];
    private int count;

    // What is being built: blocks, of which those on the path to the current one are open, and stretches.
    private int[] around = {};
    private int[] sets = {};
    private long[] endHigh = {};
    private long[] endLow = {};
    private int blocks;
    private long[] stretchHigh = {};
    private long[] stretchLow = {};
    private int[] stretchBlocks = {};
    private int stretches;

    PrefixIndexBuilder(int bits, NumberSets chains) {
        this.bits = bits;
        this.chains = chains;
        this.low = new long[bits == IPV4_BITS ? 0 : 8];
    }

    void add(long addressHigh, long addressLow, int length, int route) {
        if (count == high.length) {
            high = Arrays.copyOf(high, 2 * count);
            low = Arrays.copyOf(low, low.length * 2);
            lengths = Arrays.copyOf(lengths, 2 * count);
            routes = Arrays.copyOf(routes, 2 * count);
        }
        high[count] = addressHigh;
        if (bits != IPV4_BITS) {
            low[count] = addressLow;
        }
        lengths[count] = (short) length;
        routes[count++] = route;
    }

    PrefixIndex build() {
        around = new int[count];
        sets = new int[count];
        endHigh = new long[count];
        endLow = new long[count];
        stretchHigh = new long[2 * count + 1];
        stretchLow = new long[bits == IPV4_BITS ? 0 : 2 * count + 1];
        stretchBlocks = new int[2 * count + 1];
        stretch(0, 0, PrefixIndex.NONE);
        int[] order = IntStream.range(0, count)
                .boxed()
                .sorted(this::order)
                .mapToInt(Integer::intValue)
                .toArray();
        int open = PrefixIndex.NONE;
        for (int i = 0; i < count; ) {
            int entry = order[i];
            open = closeBefore(open, entry);
            int set = NumberSets.EMPTY;
            for (; i < count && isSameBlock(order[i], entry); i++) {
                set = chains.with(routes[order[i]], set);
            }
            // A block of the same routes as the one around it says nothing new.
            if (open == PrefixIndex.NONE || sets[open] != set) {
                open = open(entry, open, set);
            }
        }
        closeAll(open);
        long @Nullable [] keptLow = bits == IPV4_BITS ? null : Arrays.copyOf(stretchLow, stretches);
        return new PrefixIndex(
                Arrays.copyOf(stretchHigh, stretches),
                keptLow,
                Arrays.copyOf(stretchBlocks, stretches),
                Arrays.copyOf(around, blocks),
                Arrays.copyOf(sets, blocks));
    }

    /** By first address, larger blocks first, then routes in descending order, as chains want them. */
    private int order(int a, int b) {
        int order = compare(high[a], low(a), high[b], low(b));
        if (order == 0) {
            order = Integer.compare(lengths[a], lengths[b]);
        }
        return order != 0 ? order : Integer.compare(routes[b], routes[a]);
    }

    private boolean isSameBlock(int a, int b) {
        return high[a] == high[b] && low(a) == low(b) && lengths[a] == lengths[b];
    }

    private long low(int entry) {
        return bits == IPV4_BITS ? 0 : low[entry];
    }

    private static int compare(long aHigh, long aLow, long bHigh, long bLow) {
        int order = Long.compareUnsigned(aHigh, bHigh);
        return order != 0 ? order : Long.compareUnsigned(aLow, bLow);
    }

    private int open(int entry, int outer, int set) {
        int length = lengths[entry];
        int block = blocks++;
        around[block] = outer;
        sets[block] = set;
        if (bits == IPV4_BITS) {
            endHigh[block] = high[entry] | 0xffff_ffffL >>> length;
        } else {
            endHigh[block] = high[entry] | (length < Long.SIZE ? -1L >>> length : 0);
            endLow[block] = low[entry] | (length <= Long.SIZE ? -1L : length < bits ? -1L >>> (length - Long.SIZE) : 0);
        }
        stretch(high[entry], low(entry), block);
        return block;
    }

    private int closeBefore(int open, int entry) {
        int block = open;
        while (block != PrefixIndex.NONE && compare(endHigh[block], endLow[block], high[entry], low(entry)) < 0) {
            block = close(block);
        }
        return block;
    }

    private void closeAll(int open) {
        for (int block = open; block != PrefixIndex.NONE; ) {
            block = close(block);
        }
    }

    private int close(int block) {
        long afterLow = bits == IPV4_BITS ? 0 : endLow[block] + 1;
        long afterHigh = endHigh[block] + (afterLow == 0 ? 1 : 0);
        boolean top = bits == IPV4_BITS ? afterHigh > 0xffff_ffffL : afterHigh == 0 && afterLow == 0;
        if (!top) {
            stretch(afterHigh, afterLow, around[block]);
        }
        return around[block];
    }

    /** A stretch begins; where one began at the same address, this one counts. */
    private void stretch(long startHigh, long startLow, int block) {
        boolean same = stretches > 0
                && stretchHigh[stretches - 1] == startHigh
                && (bits == IPV4_BITS || stretchLow[stretches - 1] == startLow);
        if (same) {
            stretches--;
        }
        stretchHigh[stretches] = startHigh;
        if (bits != IPV4_BITS) {
            stretchLow[stretches] = startLow;
        }
        stretchBlocks[stretches++] = block;
    }
}
