// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which slot has which name, when it was used last, and which slot the next name gets. A name is <em>pending</em> until it is remembered, and
 * nobody learns its slot before. Times are seconds that never run backwards. One thread at a time.
 */
final class SlotTable {
    /** Instead of a slot. */
    static final int NONE = NameIndex.NONE;

    /** How many slots' times are remembered together. */
    static final int BLOCK = 256;

    private final NameIndex names = new NameIndex();
    private final SlotLists lists = new SlotLists();
    private final BitSet pending = new BitSet();
    private final BitSet changed = new BitSet();
    private final BitSet touchedBlocks = new BitSet();
    private int[] touched = new int[BLOCK];
    private int[] leases = new int[BLOCK];

    private int limit;
    private int ttl;
    private int nothingRecycledBefore;
    /** The first slot that never had a name. */
    private int fresh = 1;

    private int leased;
    private long recycled;

    /**
     * An empty table.
     *
     * @param limit slots are less than this
     * @param ttl for how many seconds after its last use a slot keeps its name
     */
    SlotTable(int limit, int ttl) {
        this.limit = limit;
        this.ttl = ttl;
    }

    /** An empty table for pools that have moved: whoever may remember a slot of this one is given the time to forget it. */
    SlotTable successor(int slots, int now) {
        var table = new SlotTable(slots, ttl);
        table.recycleNothingBefore(nothingRecycledBefore);
        table.leaveOut(fresh, now);
        return table;
    }

    int size() {
        return names.size();
    }

    /** How many slots have leases. */
    int leased() {
        return leased;
    }

    /** How often a slot was taken from one name for another one. */
    long recycled() {
        return recycled;
    }

    /** The slot with this name, pending or not, or {@link #NONE}. */
    int find(String name) {
        return names.find(name);
    }

    /** Whether the slot has a name that is not pending. */
    boolean isGiven(int slot) {
        return names.hasName(slot) && !pending.get(slot);
    }

    /** The name of a slot that has one. */
    String name(int slot) {
        return names.name(slot);
    }

    /** The name of a slot as bytes, empty when it has none. */
    byte[] bytes(int slot) {
        return names.hasName(slot) ? names.bytes(slot) : new byte[0];
    }

    /** Slots whose name is not remembered as it is here. For the caller to clear. */
    BitSet changed() {
        return changed;
    }

    /** Blocks of slots with times that are not remembered as they are here. For the caller to clear. */
    BitSet touchedBlocks() {
        return touchedBlocks;
    }

    /** When the slots of a block were used. */
    int[] times(int block) {
        return Arrays.copyOfRange(touched, block * BLOCK, (block + 1) * BLOCK);
    }

    /** Gives a new name a slot, pending; {@link #NONE} when none may be taken. */
    int assign(String name, int now) {
        int slot = vacate(now);
        if (slot != NONE) {
            names.put(slot, name);
            pending.set(slot);
            changed.set(slot);
        }
        return slot;
    }

    private int vacate(int now) {
        int free = lists.first(SlotLists.FREE);
        if (free != NONE && isOver(free, now)) {
            lists.remove(free);
            return free;
        }
        if (fresh < limit) {
            makeRoom(fresh);
            return fresh++;
        }
        int idle = lists.first(SlotLists.IDLE);
        if (idle != NONE && isOver(idle, now)) {
            lists.remove(idle);
            names.remove(idle);
            recycled++;
            return idle;
        }
        return NONE;
    }

    private boolean isOver(int slot, int now) {
        return now >= nothingRecycledBefore && now - touched[slot] > ttl;
    }

    private void makeRoom(int slot) {
        if (slot >= touched.length) {
            // Whole blocks.
            int length = Math.max(slot + 1, touched.length + touched.length / 2) + BLOCK - 1 & -BLOCK;
            touched = Arrays.copyOf(touched, length);
            leases = Arrays.copyOf(leases, length);
        }
    }

    /** A slot's name is remembered: if it was pending, it may be given out. */
    void confirm(int slot, int now) {
        if (pending.get(slot) && !changed.get(slot)) {
            give(slot, now);
        }
    }

    private void give(int slot, int now) {
        pending.clear(slot);
        setTouched(slot, now);
        lists.append(SlotLists.IDLE, slot);
    }

    /** Whether they are remembered or not, pending names may be given out. */
    void confirmAll(int now) {
        for (int slot = pending.nextSetBit(0); slot >= 0; slot = pending.nextSetBit(slot + 1)) {
            give(slot, now);
        }
    }

    /** A given slot was given out once more. */
    void touch(int slot, int now) {
        // Once a second is enough.
        if (touched[slot] != now) {
            setTouched(slot, now);
            if (leases[slot] == 0) {
                lists.remove(slot);
                lists.append(SlotLists.IDLE, slot);
            }
        }
    }

    private void setTouched(int slot, int now) {
        touched[slot] = now;
        touchedBlocks.set(slot / BLOCK);
    }

    /** A flow uses a given slot: it keeps its name until each one has released it. */
    void hold(int slot) {
        if (leases[slot]++ == 0) {
            leased++;
            lists.remove(slot);
        }
    }

    /** A flow uses it no more. */
    void release(int slot, int now) {
        if (--leases[slot] == 0) {
            leased--;
            setTouched(slot, now);
            if (slot < limit) {
                lists.append(names.hasName(slot) ? SlotLists.IDLE : SlotLists.FREE, slot);
            }
        }
    }

    /** Takes the names from all given slots without a lease; returns how many. */
    int flush(int now) {
        int former = names.size();
        for (int slot; (slot = lists.first(SlotLists.IDLE)) != NONE; ) {
            lists.remove(slot);
            names.remove(slot);
            changed.set(slot);
        }
        arrange(now);
        return former - names.size();
    }

    /** Changes how long slots keep their names; what was given out before keeps its longer time. */
    void ttl(int seconds, int now) {
        if (seconds < ttl) {
            recycleNothingBefore(now + ttl + 1);
        }
        ttl = seconds;
    }

    void recycleNothingBefore(int time) {
        nothingRecycledBefore = Math.max(nothingRecycledBefore, time);
    }

    /** Changes how many slots there are; those that vanish lose their names. */
    void resize(int slots, int now) {
        for (int slot = Math.max(1, slots); slot < fresh; slot++) {
            if (names.hasName(slot)) {
                names.remove(slot);
                changed.set(slot);
                pending.clear(slot);
            }
        }
        limit = slots;
        arrange(now);
    }

    /** Takes over what was remembered, unless it does not fit what is known by now. To be followed by {@link #arrange}. */
    void adopt(int slot, String name) {
        int known = names.find(name);
        if (known == slot || changed.get(slot)) {
            return;
        }
        if (known != NONE || slot >= limit || names.hasName(slot)) {
            changed.set(slot);
            return;
        }
        makeRoom(slot);
        names.put(slot, name);
        fresh = Math.max(fresh, slot + 1);
    }

    /** Marks names that were not among what was remembered. */
    void changedBut(BitSet remembered) {
        for (int slot = 1; slot < fresh; slot++) {
            if (names.hasName(slot) && !remembered.get(slot)) {
                changed.set(slot);
            }
        }
    }

    /** Takes over when a block's slots were used, unless later times are known. To be followed by {@link #arrange}. */
    void adoptTimes(int block, IntBuffer times) {
        int first = block * BLOCK;
        if (first < limit) {
            makeRoom(first);
            for (int slot = first; slot < first + BLOCK; slot++) {
                int time = times.get(slot - first);
                if (time != 0) {
                    touched[slot] = Math.max(touched[slot], time);
                    // Given out once, though its name may be gone.
                    fresh = Math.max(fresh, slot + 1);
                }
            }
        }
    }

    /** Keeps slots below a number from being given out until whoever may remember them has forgotten them. */
    void leaveOut(int below, int now) {
        makeRoom(below - 1);
        fresh = Math.max(fresh, below);
        for (int slot = 1; slot < below; slot++) {
            setTouched(slot, now);
        }
        arrange(now);
    }

    /** Brings the slots into the order of their use. */
    void arrange(int now) {
        int end = Math.max(1, Math.min(fresh, limit));
        long[] order = new long[end];
        int count = 0;
        for (int slot = 1; slot < end; slot++) {
            if (touched[slot] == 0 || touched[slot] > now) {
                touched[slot] = now;
            }
            if (leases[slot] == 0 && !pending.get(slot)) {
                order[count++] = (long) touched[slot] << 32 | slot;
            }
        }
        Arrays.sort(order, 0, count);
        lists.clear();
        for (int i = 0; i < count; i++) {
            int slot = (int) order[i];
            lists.append(names.hasName(slot) ? SlotLists.IDLE : SlotLists.FREE, slot);
        }
    }
}
