// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Claimant;

/**
 * Which share each slot with a name belongs to, as a small number. Slots that the file remembers from an earlier run belong to no share. One thread at
 * a time.
 */
final class SlotOwners {
    /** The number of slots that belong to no share. */
    static final int NONE = 0;

    /** How many numbers there are. Shares beyond that are counted as one, with applications of which nothing is known. */
    static final int MOST = 256;

    private static final int UNKNOWN = 1;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final @Nullable String[] shares = new @Nullable String[MOST];
    private final int[] counts = new int[MOST];
    private byte[] owners = new byte[SlotTable.BLOCK];

    SlotOwners() {
        name(UNKNOWN, Claimant.UNKNOWN);
    }

    private void name(int number, String share) {
        numbers.put(share, number);
        shares[number] = share;
    }

    /** The number of a share that owns slots, where null is none. */
    int number(@Nullable String share) {
        return share == null ? NONE : numbers.getOrDefault(share, UNKNOWN);
    }

    /** How many slots a share owns. */
    int count(@Nullable String share) {
        if (share == null) {
            return counts[NONE];
        }
        var number = numbers.get(share);
        return number != null ? counts[number] : isFull() ? counts[UNKNOWN] : 0;
    }

    private boolean isFull() {
        return numbers.size() == MOST - 1;
    }

    /** How many slots the share with this number owns. */
    int count(int number) {
        return counts[number];
    }

    /** The number of the share that owns a slot. */
    int of(int slot) {
        return slot < owners.length ? owners[slot] & 0xff : NONE;
    }

    /** The slot gets a name for a share. */
    void own(int slot, @Nullable String share) {
        if (slot >= owners.length) {
            owners = Arrays.copyOf(owners, Math.max(slot + 1, owners.length + owners.length / 2));
        }
        int number = share == null ? NONE : numbers.containsKey(share) || isFull() ? number(share) : add(share);
        owners[slot] = (byte) number;
        counts[number]++;
    }

    private int add(String share) {
        int number = UNKNOWN + 1;
        while (shares[number] != null) {
            number++;
        }
        name(number, share);
        return number;
    }

    /** The slot loses its name. */
    void leave(int slot) {
        int number = of(slot);
        owners[slot] = NONE;
        counts[number]--;
        var share = shares[number];
        if (counts[number] == 0 && number > UNKNOWN && share != null) {
            numbers.remove(share);
            shares[number] = null;
        }
    }
}
