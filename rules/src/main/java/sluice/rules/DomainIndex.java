// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Names with the numbers of the routes or rules they belong to. Those of short lists are in one hash table; a long list is looked up where it is,
 * so that it is in memory once, and takes no time here. Patterns that are no names are searched for one by one. One thread fills it, and completes it
 * before others read.
 */
public final class DomainIndex {
    /** From so many names on a list is not copied. */
    private static final int LONG_LIST = 256;

    /** Names of a long list. */
    private record LongList(DomainTable table, int number) {}

    /** A pattern that is no name. */
    private record Searched(DomainPattern pattern, int number) {}

    private static final int SCATTER = 0x9e37_79b1;
    private static final int LENGTH_BYTES = 1;
    private static final int SET_BYTES = 4;

    /** Hash in the high half, place in {@link #pool} plus one in the low half; 0 is free. */
    private long[] slots = new long[16];

    /** For each key its length, its bytes and its set of numbers. */
    private byte[] pool = new byte[64];

    private int poolEnd;
    private int count;

    private final NumberSets sets;

    /** In descending order of their numbers until {@link #complete}. */
    private List<LongList> longLists = new ArrayList<>();

    /** In descending order of their numbers until {@link #complete}. */
    private List<Searched> searched = new ArrayList<>();

    /** An empty index whose sets are kept there. */
    public DomainIndex(NumberSets sets) {
        this.sets = sets;
    }

    /**
     * Adds the patterns of a route or rule.
     *
     * @param number lower than those that are there
     */
    public void add(DomainList list, int number) {
        for (var table : list.tables()) {
            if (table.size() >= LONG_LIST) {
                longLists.add(new LongList(table, number));
            } else {
                table.forEach(key -> add(key, number));
            }
        }
        list.searched().forEach(pattern -> searched.add(new Searched(pattern, number)));
    }

    /** A key that starts with a dot stands for all names that end with it. */
    private void add(String key, int number) {
        int hash = 0;
        for (int i = key.length() - 1; i >= 0; i--) {
            hash = DomainTable.next(hash, key.charAt(i));
        }
        int found = find(key, 0, hash);
        if (found >= 0) {
            setSet(found, sets.with(number, set(found)));
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
        setSet(poolEnd, sets.with(number, NumberSets.EMPTY));
        poolEnd = end;
    }

    /** After this, only reading is allowed, from any thread. */
    public DomainIndex complete() {
        pool = Arrays.copyOf(pool, poolEnd);
        longLists = List.copyOf(longLists.reversed());
        searched = List.copyOf(searched.reversed());
        return this;
    }

    /**
     * The lowest number that a name belongs to and that fits.
     *
     * @param name ASCII, lower case, without a trailing dot
     * @param below numbers from here on are not looked at; returned if none below it fits
     * @param fits asked for numbers whose patterns the name fits, hardly more often than needed
     */
    public int first(String name, int below, IntPredicate fits) {
        int best = below;
        int hash = 0;
        for (int i = name.length() - 1; i >= 0; i--) {
            char c = name.charAt(i);
            hash = DomainTable.next(hash, c);
            if (c == '.' || i == 0) {
                int found = find(name, i, hash);
                if (found >= 0) {
                    best = sets.first(set(found), best, fits);
                }
                best = firstLong(name, i, hash, best, fits);
            }
        }
        for (var candidate : searched) {
            if (candidate.number >= best) {
                return best;
            }
            if (candidate.pattern.matches(name) && fits.test(candidate.number)) {
                return candidate.number;
            }
        }
        return best;
    }

    private int firstLong(String name, int from, int hash, int below, IntPredicate fits) {
        for (var list : longLists) {
            if (list.number >= below) {
                return below;
            }
            if (list.table.contains(name, from, hash) && fits.test(list.number)) {
                return list.number;
            }
        }
        return below;
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
