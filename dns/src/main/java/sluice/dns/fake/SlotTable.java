// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Which slot has which name, when it was used last, and which slot the next name gets. A name is <em>pending</em> until it is remembered, and
 * nobody learns its slot before. Times are seconds that never run backwards. One thread at a time.
 */
final class SlotTable {
    /** Instead of a slot. */
    static final int NONE = NameIndex.NONE;

    /** Beyond half of all slots, a share gets more of them only until it has one in so many. */
    private static final int SHARE = 8;

    /** How many slots' times are remembered together. */
    static final int BLOCK = 256;

    private final NameIndex names = new NameIndex();
    private final SlotLists lists = new SlotLists();
    private final SlotOwners owners = new SlotOwners();
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

    /**
     * Gives a new name a slot, pending; {@link #NONE} when none may be taken.
     *
     * @param share of the application that asks; null where it has none and no limit
     */
    int assign(String name, @Nullable String share, int now) {
        int slot = vacate(share, now);
        if (slot != NONE) {
            put(slot, name, share);
            pending.set(slot);
            changed.set(slot);
        }
        return slot;
    }

    private void put(int slot, String name, @Nullable String share) {
        names.put(slot, name);
        owners.own(slot, share);
    }

    private void remove(int slot) {
        names.remove(slot);
        owners.leave(slot);
    }

    private int vacate(@Nullable String share, int now) {
        boolean mayGrow = mayGrow(share);
        int unused = mayGrow ? unused(now) : NONE;
        if (unused != NONE) {
            return unused;
        }
        int count = owners.count(share);
        int own = count == 0 ? NONE : recycle(owners.number(share), now);
        return own != NONE || !mayGrow ? own : recycle(larger(count, now), now);
    }

    private boolean mayGrow(@Nullable String share) {
        int all = limit - 1;
        return share == null || names.size() < all / 2 || owners.count(share) < Math.max(1, all / SHARE);
    }

    /** A slot without a name. */
    private int unused(int now) {
        int free = lists.first(SlotLists.FREE);
        if (free != NONE && isOver(free, now)) {
            lists.remove(free);
            return free;
        }
        if (fresh < limit) {
            makeRoom(fresh);
            return fresh++;
        }
        return NONE;
    }

    /** The least recently used slot of an owner, without its name. */
    private int recycle(int owner, int now) {
        int idle = lists.first(owner);
        if (idle == NONE || !isOver(idle, now)) {
            return NONE;
        }
        lists.remove(idle);
        remove(idle);
        recycled++;
        return idle;
    }

    /** The owner of the most slots, and of more than this many, that can do without one; {@link SlotOwners#NONE} where there is no such owner. */
    private int larger(int count, int now) {
        int most = count;
        int largest = SlotOwners.NONE;
        for (int owner = 0; owner < SlotOwners.MOST; owner++) {
            int idle = owners.count(owner) > most ? lists.first(owner) : NONE;
            if (idle != NONE && isOver(idle, now)) {
                most = owners.count(owner);
                largest = owner;
            }
        }
        return largest;
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
        lists.append(owners.of(slot), slot);
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
                lists.append(owners.of(slot), slot);
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
                lists.append(names.hasName(slot) ? owners.of(slot) : SlotLists.FREE, slot);
            }
        }
    }

    /** Takes the names from all given slots without a lease; returns how many. */
    int flush(int now) {
        int former = names.size();
        for (int owner = 0; owner < SlotOwners.MOST; owner++) {
            for (int slot; (slot = lists.first(owner)) != NONE; ) {
                lists.remove(slot);
                remove(slot);
                changed.set(slot);
            }
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
                remove(slot);
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
        put(slot, name, null);
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
            lists.append(names.hasName(slot) ? owners.of(slot) : SlotLists.FREE, slot);
        }
    }
}
