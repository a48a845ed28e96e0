// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.Arrays;

/**
 * Lists of slots, doubly linked through arrays; a slot is in one of them or in none. The list of a share, by its number in {@link SlotOwners}, has the
 * slots with a name that nothing uses, the least recently used first. One thread at a time.
 */
final class SlotLists {
    /** Slots that had a name once. */
    static final int FREE = SlotOwners.MOST;

    /** The lists are rings: these many elements stand for their ends. */
    private static final int ENDS = FREE + 1;

    private int[] next = new int[ENDS];
    private int[] previous = new int[ENDS];

    SlotLists() {
        clear();
    }

    /** The first slot, or 0. */
    int first(int list) {
        return next[list] == list ? 0 : next[list] - (ENDS - 1);
    }

    void append(int list, int slot) {
        int at = slot + (ENDS - 1);
        if (at >= next.length) {
            int length = Math.max(at + 1, next.length + next.length / 2);
            next = Arrays.copyOf(next, length);
            previous = Arrays.copyOf(previous, length);
        }
        int last = previous[list];
        next[last] = at;
        previous[at] = last;
        next[at] = list;
        previous[list] = at;
    }

    /** Takes a slot from the list that it is in. */
    void remove(int slot) {
        int at = slot + (ENDS - 1);
        next[previous[at]] = next[at];
        previous[next[at]] = previous[at];
    }

    void clear() {
        for (int list = 0; list < ENDS; list++) {
            next[list] = list;
            previous[list] = list;
        }
    }
}
