// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Names with the routes they belong to: a hash table without an object for each entry, about 45 bytes for a usual name. A key that starts with a
 * dot stands for all names that end with it.
 */
final class DomainIndex {
    private static final int SCATTER = 0x9e37_79b1;
    private static final int LENGTH_BYTES = 1;
    private static final int SET_BYTES = 4;

    /** Hash in the high half, place in {@link #pool} plus one in the low half; 0 is free. */
    private long[] slots = new long[16];

    /** For each key its length, its bytes and its set of routes. */
    private byte[] pool = new byte[64];

    private int poolEnd;
    private int count;

    /** Takes the sets that the last key belongs to, while looking up. */
    @FunctionalInterface
    interface Matches {
        /** One set of routes. */
        void matched(int set);
    }

    /** Adds a route to a key; routes must come in descending order. */
    void add(String key, int route, RouteChains chains) {
        int hash = 0;
        for (int i = key.length() - 1; i >= 0; i--) {
            hash = next(hash, key.charAt(i));
        }
        int found = find(key, 0, hash);
        if (found >= 0) {
            setSet(found, chains.with(route, set(found)));
            return;
        }
        if (3 * (count + 1) > 2 * slots.length) {
            grow();
        }
        insert((long) hash << 32 | (poolEnd + 1));
        count++;
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        int end = poolEnd + LENGTH_BYTES + bytes.length + SET_BYTES;
        if (end > pool.length) {
            pool = Arrays.copyOf(pool, Math.max(end, pool.length + pool.length / 2));
        }
        pool[poolEnd] = (byte) bytes.length;
        System.arraycopy(bytes, 0, pool, poolEnd + LENGTH_BYTES, bytes.length);
        setSet(poolEnd, chains.with(route, RouteChains.EMPTY));
        poolEnd = end;
    }

    /** After this, only reading is allowed, from any thread. */
    DomainIndex complete() {
        pool = Arrays.copyOf(pool, poolEnd);
        return this;
    }

    /** Finds the keys that fit a name: itself, and its ends that start with a dot. */
    void lookUp(String name, Matches matches) {
        int hash = 0;
        for (int i = name.length() - 1; i >= 0; i--) {
            char c = name.charAt(i);
            hash = next(hash, c);
            if (c == '.' || i == 0) {
                int found = find(name, i, hash);
                if (found >= 0) {
                    matches.matched(set(found));
                }
            }
        }
    }

    /** From the last character to the first, so that one pass yields the hash of every end of a name. */
    private static int next(int hash, char c) {
        return 31 * hash + c;
    }

    private int find(String name, int from, int hash) {
        int mask = slots.length - 1;
        for (int at = start(hash); ; at = at + 1 & mask) {
            long slot = slots[at];
            if (slot == 0) {
                return -1;
            }
            int place = (int) slot - 1;
            if ((int) (slot >>> 32) == hash && matches(place, name, from)) {
                return place;
            }
        }
    }

    private boolean matches(int place, String name, int from) {
        int length = pool[place] & 0xff;
        if (length != name.length() - from) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (pool[place + LENGTH_BYTES + i] != name.charAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    private int start(int hash) {
        return (hash * SCATTER) >>> Integer.numberOfLeadingZeros(slots.length - 1);
    }

    private void insert(long entry) {
        int mask = slots.length - 1;
        int at = start((int) (entry >>> 32));
        while (slots[at] != 0) {
            at = at + 1 & mask;
        }
        slots[at] = entry;
    }

    private void grow() {
        long[] former = slots;
        slots = new long[2 * former.length];
        for (long entry : former) {
            if (entry != 0) {
                insert(entry);
            }
        }
    }

    private int set(int place) {
        int at = place + LENGTH_BYTES + (pool[place] & 0xff);
        return (pool[at] & 0xff) << 24
                | (pool[at + 1] & 0xff) << 16
                | (pool[at + 2] & 0xff) << 8
                | (pool[at + 3] & 0xff);
    }

    private void setSet(int place, int set) {
        int at = place + LENGTH_BYTES + (pool[place] & 0xff);
        pool[at] = (byte) (set >>> 24);
        pool[at + 1] = (byte) (set >>> 16);
        pool[at + 2] = (byte) (set >>> 8);
        pool[at + 3] = (byte) set;
    }
}
