// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Sets of the numbers of routes or rules, as linked lists that share their ends, each with its lowest number in front. Most keys of an index
 * belong to one route, and all keys of one route share one cell. One thread fills it, and completes it before others read.
 */
public final class NumberSets {
    /** The empty set. */
    public static final int EMPTY = -1;

    private final Map<Long, Integer> cells = new HashMap<>();
    private int[] numbers = new int[16];
    private int[] rest = new int[16];

    /** Without any set but the empty one. */
    public NumberSets() {}

    /**
     * A set with a number more.
     *
     * @param number not above any of the set
     */
    public int with(int number, int set) {
        if (set != EMPTY && numbers[set] == number) {
            return set;
        }
        return cells.computeIfAbsent((long) number << 32 | (set & 0xffff_ffffL), _ -> cell(number, set));
    }

    private int cell(int number, int set) {
        int cell = cells.size();
        if (cell == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * cell);
            rest = Arrays.copyOf(rest, 2 * cell);
        }
        numbers[cell] = number;
        rest[cell] = set;
        return cell;
    }

    /**
     * The lowest number of a set that fits.
     *
     * @param below numbers from here on are not looked at; returned if none below it fits
     */
    public int first(int set, int below, IntPredicate fits) {
        for (int at = set; at != EMPTY && numbers[at] < below; at = rest[at]) {
            if (fits.test(numbers[at])) {
                return numbers[at];
            }
        }
        return below;
    }

    /** After this, only reading is allowed, from any thread. */
    public NumberSets complete() {
        int count = cells.size();
        cells.clear();
        numbers = Arrays.copyOf(numbers, count);
        rest = Arrays.copyOf(rest, count);
        return this;
    }
}
