// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Arrays;

/** Collects intervals of IPv4 addresses, and merges them. */
final class Ipv4Intervals {
    /** First address in the upper half, last one in the lower; the sign is turned, so that the usual order is that of unsigned numbers. */
    private long[] intervals = new long[8];

    private int count;

    void add(int first, int last) {
        if (count == intervals.length) {
            intervals = Arrays.copyOf(intervals, count + count / 2);
        }
        intervals[count++] = ((long) first << Integer.SIZE | Integer.toUnsignedLong(last)) ^ Long.MIN_VALUE;
    }

    /** The first and the last address of each interval, in ascending order; nothing may be added after that. */
    int[] merged() {
        Arrays.sort(intervals, 0, count);
        int[] merged = new int[2 * count];
        int used = 0;
        for (int i = 0; i < count; i++) {
            long interval = intervals[i] ^ Long.MIN_VALUE;
            long first = interval >>> Integer.SIZE;
            long last = interval & 0xffff_ffffL;
            long before = used == 0 ? -2 : Integer.toUnsignedLong(merged[used - 1]);
            if (first > before + 1) {
                merged[used] = (int) first;
                merged[used + 1] = (int) last;
                used += 2;
            } else if (last > before) {
                merged[used - 1] = (int) last;
            }
        }
        return Arrays.copyOf(merged, used);
    }
}
