// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Names, each with a dot in front where it stands for those below it: about seven bytes more for each than it has letters, and no object. They lie
 * one after the other in chunks of bytes, and a hash table that is made at last knows the places. Immutable; any thread.
 */
final class DomainTable {
    private static final int CHUNK_BITS = 18;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int LENGTH_BYTES = 1;

    /** A place has so many bits in a slot, and the others tell most wrong names apart without a look at their letters. */
    private static final int PLACE_BITS = 26;

    private static final int PLACE = (1 << PLACE_BITS) - 1;
    private static final int MAX_CHUNKS = 1 << (PLACE_BITS - CHUNK_BITS);
    private static final int SCATTER = 0x9e37_79b1;

    /** For each name its length and its bytes; a length of zero, or the chunk's end, ends a chunk. */
    private final byte[][] chunks;

    private final int size;

    /** Bits of a hash in the upper part, a place plus one in the lower; 0 is free. */
    private final int[] slots;

    private DomainTable(byte[][] chunks, int size) {
        this.chunks = chunks;
        this.size = size;
        // Three quarters of the slots are used.
        slots = new int[size + size / 3 + 1];
        forEachPlace(this::insert);
    }

    /** Collects names. */
    static final class Builder {
        private byte[][] chunks = {};
        private byte[] last = {};
        private int used;
        private int size;

        /** Whether there is room for a name more. */
        boolean hasRoom() {
            return chunks.length < MAX_CHUNKS || used + LENGTH_BYTES + 0xff < CHUNK;
        }

        void add(String key) {
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            add(bytes, 0, bytes.length);
        }

        /** Adds a name: at most 255 of these bytes. */
        void add(byte[] bytes, int from, int to) {
            int length = to - from;
            reserve(LENGTH_BYTES + length);
            last[used++] = (byte) length;
            System.arraycopy(bytes, from, last, used, length);
            used += length;
            size++;
        }

        /** The first chunk grows as far as it has to: most lists are short. */
        private void reserve(int count) {
            if (used + count <= last.length) {
                return;
            }
            if (used + count <= CHUNK && chunks.length <= 1) {
                last = Arrays.copyOf(last, Math.min(CHUNK, Math.max(64, 2 * (used + count))));
                chunks = new byte[][] {last};
            } else {
                last = new byte[CHUNK];
                used = 0;
                chunks = Arrays.copyOf(chunks, chunks.length + 1);
                chunks[chunks.length - 1] = last;
            }
        }

        int size() {
            return size;
        }

        /** The table; nothing may be added after that. */
        DomainTable build() {
            if (chunks.length > 0) {
                chunks[chunks.length - 1] = Arrays.copyOf(last, used);
            }
            return new DomainTable(chunks, size);
        }
    }

    /** What does something with the place of a name. */
    private interface PlaceAction {
        void at(int place);
    }

    private void forEachPlace(PlaceAction action) {
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            byte[] bytes = chunks[chunk];
            for (int at = 0; at < bytes.length && bytes[at] != 0; at += LENGTH_BYTES + (bytes[at] & 0xff)) {
                action.at(chunk << CHUNK_BITS | at);
            }
        }
    }

    /** The names in the order in which they were added, each with its dot in front if it has one. */
    void forEach(Consumer<String> action) {
        forEachPlace(place -> action.accept(name(place)));
    }

    private String name(int place) {
        byte[] bytes = chunks[place >>> CHUNK_BITS];
        int at = place & (CHUNK - 1);
        return new String(bytes, at + LENGTH_BYTES, bytes[at] & 0xff, StandardCharsets.US_ASCII);
    }

    private void insert(int place) {
        byte[] bytes = chunks[place >>> CHUNK_BITS];
        int start = (place & (CHUNK - 1)) + LENGTH_BYTES;
        int hash = 0;
        for (int i = start + (bytes[start - LENGTH_BYTES] & 0xff) - 1; i >= start; i--) {
            hash = next(hash, (char) bytes[i]);
        }
        int scattered = hash * SCATTER;
        int at = slot(scattered);
        while (slots[at] != 0) {
            if (hasFingerprint(slots[at], scattered) && isSame((slots[at] & PLACE) - 1, place)) {
                // Lists name some names twice.
                return;
            }
            at = next(at);
        }
        slots[at] = scattered << PLACE_BITS | (place + 1);
    }

    private boolean isSame(int place, int other) {
        byte[] bytes = chunks[place >>> CHUNK_BITS];
        byte[] others = chunks[other >>> CHUNK_BITS];
        int at = place & (CHUNK - 1);
        int otherAt = other & (CHUNK - 1);
        int length = LENGTH_BYTES + (bytes[at] & 0xff);
        return bytes[at] == others[otherAt] && Arrays.equals(bytes, at, at + length, others, otherAt, otherAt + length);
    }

    private static boolean hasFingerprint(int slot, int scattered) {
        return (slot ^ (scattered << PLACE_BITS)) >>> PLACE_BITS == 0;
    }

    private int slot(int scattered) {
        return (int) (((scattered & 0xffff_ffffL) * slots.length) >>> Integer.SIZE);
    }

    private int next(int at) {
        return at + 1 == slots.length ? 0 : at + 1;
    }

    /** From the last character to the first, so that one pass yields the hash of every end of a name. */
    static int next(int hash, char c) {
        return 31 * hash + c;
    }

    int size() {
        return size;
    }

    /**
     * Whether the end of a name is in the table.
     *
     * @param from where it begins
     * @param hash of it, by {@link #next}
     */
    boolean contains(String name, int from, int hash) {
        int scattered = hash * SCATTER;
        int length = name.length() - from;
        for (int at = slot(scattered); slots[at] != 0; at = next(at)) {
            if (hasFingerprint(slots[at], scattered) && matches((slots[at] & PLACE) - 1, name, from, length)) {
                return true;
            }
        }
        return false;
    }

    private boolean matches(int place, String name, int from, int length) {
        byte[] bytes = chunks[place >>> CHUNK_BITS];
        int at = place & (CHUNK - 1);
        if ((bytes[at] & 0xff) != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[at + LENGTH_BYTES + i] != name.charAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a whole name fits one of the names: it is one, or it is below one. */
    boolean matches(String name) {
        int hash = 0;
        for (int i = name.length() - 1; i >= 0; i--) {
            char c = name.charAt(i);
            hash = next(hash, c);
            if ((c == '.' || i == 0) && contains(name, i, hash)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DomainTable that && size == that.size && Arrays.deepEquals(chunks, that.chunks);
    }

    @Override
    public int hashCode() {
        return size == 0 ? 0 : 31 * size + Arrays.hashCode(chunks[0]);
    }
}
