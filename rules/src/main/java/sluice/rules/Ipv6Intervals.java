// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Arrays;

/** Collects intervals of IPv6 addresses, and merges them. */
final class Ipv6Intervals {
    private static final int LONGS = 4;

    /** High and low half of the first address of each, then of the last one. */
    private long[] intervals = new long[8 * LONGS];

    private int count;

    void add(long firstHigh, long firstLow, long lastHigh, long lastLow) {
        int at = LONGS * count++;
        if (at == intervals.length) {
            intervals = Arrays.copyOf(intervals, at + at / (2 * LONGS) * LONGS);
        }
        intervals[at] = firstHigh;
        intervals[at + 1] = firstLow;
        intervals[at + 2] = lastHigh;
        intervals[at + 3] = lastLow;
    }

    /** As unsigned numbers. */
    static int compare(long high, long low, long otherHigh, long otherLow) {
        int order = Long.compareUnsigned(high, otherHigh);
        return order != 0 ? order : Long.compareUnsigned(low, otherLow);
    }

    /** As {@link #add} takes them, each interval in ascending order; nothing may be added after that. */
    long[] merged() {
        int[] order = order();
        long[] merged = new long[LONGS * count];
        int used = 0;
        for (int number : order) {
            int at = LONGS * number;
            if (used == 0 || isApart(merged, used, at)) {
                System.arraycopy(intervals, at, merged, used, LONGS);
                used += LONGS;
            } else if (compare(merged[used - 2], merged[used - 1], intervals[at + 2], intervals[at + 3]) < 0) {
                merged[used - 2] = intervals[at + 2];
                merged[used - 1] = intervals[at + 3];
            }
        }
        return Arrays.copyOf(merged, used);
    }

    /** Whether at least one address lies between the last merged interval and another one. */
    private boolean isApart(long[] merged, int used, int at) {
        long nextLow = merged[used - 1] + 1;
        long nextHigh = merged[used - 2] + (nextLow == 0 ? 1 : 0);
        boolean top = nextLow == 0 && nextHigh == 0;
        return !top && compare(nextHigh, nextLow, intervals[at], intervals[at + 1]) < 0;
    }

    private int[] order() {
        int[] order = new int[count];
        boolean sorted = true;
        for (int i = 0; i < count; i++) {
            order[i] = i;
            sorted &= i == 0 || !isAfter(i - 1, i);
        }
        return sorted ? order : sorted(order);
    }

    /** Runs of twice the length in each pass. */
    private int[] sorted(int[] order) {
        int[] from = order;
        int[] to = new int[count];
        for (int width = 1; width < count; width *= 2) {
            for (int start = 0; start < count; start += 2 * width) {
                join(from, to, start, Math.min(start + width, count), Math.min(start + 2 * width, count));
            }
            int[] joined = to;
            to = from;
            from = joined;
        }
        return from;
    }

    private void join(int[] from, int[] to, int start, int middle, int end) {
        int left = start;
        int right = middle;
        for (int at = start; at < end; at++) {
            boolean takesRight = left == middle || (right < end && isAfter(from[left], from[right]));
            to[at] = takesRight ? from[right++] : from[left++];
        }
    }

    /** Whether an interval begins after another one. */
    private boolean isAfter(int number, int other) {
        return compare(
                        intervals[LONGS * number],
                        intervals[LONGS * number + 1],
                        intervals[LONGS * other],
                        intervals[LONGS * other + 1])
                > 0;
    }
}
