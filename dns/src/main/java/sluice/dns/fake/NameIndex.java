// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Names by slot and slots by name, without an object for each: a hash table (open addressing, linear probing) of slots, whose names lie one
 * behind the other in one array. One thread at a time.
 */
final class NameIndex {
    /** Longest name; DNS has at most 255 bytes, of which each may be written as four characters (RFC 4343). */
    static final int LONGEST = 1024;

    /** Instead of a slot. */
    static final int NONE = 0;

    private static final int LENGTH_BYTES = 2;
    private static final int SMALLEST_ARENA = 1024;

    /** Odd, and nobody's to know: applications choose names, and must not choose ones that collide. */
    private final long factor = RandomGenerator.getDefault().nextLong() | 1;

    private int[] table = new int[64];

    /** Where each slot's name begins: its length, then its bytes. 0: it has none. */
    private int[] places = new int[64];

    private byte[] arena = new byte[SMALLEST_ARENA];
    private int end = 1;
    private int live;
    private int count;

    /** How many slots have a name. */
    int size() {
        return count;
    }

    boolean hasName(int slot) {
        return slot < places.length && places[slot] != 0;
    }

    /** The slot with this name, or {@link #NONE}. */
    int find(String name) {
        int mask = table.length - 1;
        for (int at = start(hash(name)); table[at] != NONE; at = at + 1 & mask) {
            if (isAt(places[table[at]], name)) {
                return table[at];
            }
        }
        return NONE;
    }

    /** The name of a slot that has one. */
    String name(int slot) {
        int place = places[slot];
        return new String(arena, place + LENGTH_BYTES, length(place), ISO_8859_1);
    }

    /** The name of a slot that has one, as bytes. */
    byte[] bytes(int slot) {
        int from = places[slot] + LENGTH_BYTES;
        return Arrays.copyOfRange(arena, from, from + length(places[slot]));
    }

    /** Names a slot that has no name; nor may another slot have this one. */
    void put(int slot, String name) {
        if (3 * (count + 1) > 2 * table.length) {
            enlargeTable();
        }
        if (slot >= places.length) {
            places = Arrays.copyOf(places, Math.max(slot + 1, places.length + places.length / 2));
        }
        int size = LENGTH_BYTES + name.length();
        if (end + size > arena.length) {
            moveNames(size);
        }
        places[slot] = end;
        arena[end] = (byte) (name.length() >>> 8);
        arena[end + 1] = (byte) name.length();
        for (int i = 0; i < name.length(); i++) {
            arena[end + LENGTH_BYTES + i] = (byte) name.charAt(i);
        }
        end += size;
        live += size;
        count++;
        insert(slot);
    }

    /** Takes the name from a slot that has one. */
    void remove(int slot) {
        int mask = table.length - 1;
        int hole = start(hashAt(places[slot]));
        while (table[hole] != slot) {
            hole = hole + 1 & mask;
        }
        // What follows without a gap moves up, as far as it may, so that it is still found.
        for (int at = hole + 1 & mask; table[at] != NONE; at = at + 1 & mask) {
            int home = start(hashAt(places[table[at]]));
            if ((at - home & mask) >= (at - hole & mask)) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole] = NONE;
        live -= LENGTH_BYTES + length(places[slot]);
        places[slot] = 0;
        count--;
    }

    private void insert(int slot) {
        int mask = table.length - 1;
        int at = start(hashAt(places[slot]));
        while (table[at] != NONE) {
            at = at + 1 & mask;
        }
        table[at] = slot;
    }

    private void enlargeTable() {
        int[] former = table;
        table = new int[2 * former.length];
        for (int slot : former) {
            if (slot != NONE) {
                insert(slot);
            }
        }
    }

    /** Moves what is still used to an array with room for more. */
    private void moveNames(int more) {
        byte[] former = arena;
        arena = new byte[Math.max(SMALLEST_ARENA, 1 + live + live / 4 + more)];
        end = 1;
        for (int slot = 1; slot < places.length; slot++) {
            int place = places[slot];
            if (place != 0) {
                int size = LENGTH_BYTES + length(former, place);
                System.arraycopy(former, place, arena, end, size);
                places[slot] = end;
                end += size;
            }
        }
    }

    private int length(int place) {
        return length(arena, place);
    }

    private static int length(byte[] names, int place) {
        return (names[place] & 0xff) << 8 | (names[place + 1] & 0xff);
    }

    private boolean isAt(int place, String name) {
        int length = length(place);
        if (length != name.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((arena[place + LENGTH_BYTES + i] & 0xff) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int hash(String name) {
        long hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = next(hash, name.charAt(i));
        }
        return (int) (hash >>> 32);
    }

    private int hashAt(int place) {
        long hash = 0;
        int end = place + LENGTH_BYTES + length(place);
        for (int i = place + LENGTH_BYTES; i < end; i++) {
            hash = next(hash, arena[i] & 0xff);
        }
        return (int) (hash >>> 32);
    }

    private long next(long hash, int character) {
        long mixed = (hash ^ character ^ factor) * factor;
        return mixed ^ mixed >>> 32;
    }

    private int start(int hash) {
        return hash >>> Integer.numberOfLeadingZeros(table.length - 1);
    }
}
