// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many of something there may be at once. Half of the places are taken at the cost of a counter, and no claimant is asked whose it is. Of the other
 * half, no share gets more than an eighth of all. Any thread.
 */
public final class Bound {
    private static final int EIGHTH = 8;

    private final String name;
    private final RefusalLog log;
    /** Places of the first half. */
    private final AtomicInteger free = new AtomicInteger();
    /** Places of the other half. */
    private final AtomicInteger shared = new AtomicInteger();
    /** The latter by share, without those of the daemon itself. Behind its own lock. */
    private final Map<String, Integer> shares = new HashMap<>();

    private final LongAdder refused = new LongAdder();
    private volatile int most;

    /** Made by {@link Bounds#add}. */
    Bound(String name, int most, RefusalLog log) {
        this.name = name;
        this.most = most;
        this.log = log;
    }

    /** Places that were taken together, to be given back together. Closing it again does nothing. */
    public static final class Place implements AutoCloseable {
        private final Bound bound;
        private final AtomicInteger half;
        private final @Nullable String share;
        private final int amount;
        private boolean closed;

        private Place(Bound bound, AtomicInteger half, @Nullable String share, int amount) {
            this.bound = bound;
            this.half = half;
            this.share = share;
            this.amount = amount;
        }

        @Override
        public void close() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            half.addAndGet(-amount);
            if (share != null) {
                bound.leave(share, amount);
            }
        }
    }

    /** What there may be so many of, in a few words; unique. */
    public String name() {
        return name;
    }

    /** How many there may be. */
    public int most() {
        return most;
    }

    /** Changes how many there may be from now on; what is taken stays taken. */
    public void most(int changed) {
        most = changed;
    }

    /** How many are taken. */
    public int taken() {
        return free.get() + shared.get();
    }

    /** How often a claimant was refused. */
    public long refused() {
        return refused.sum();
    }

    /** The share that was last named as refused; empty before the first one. */
    public String lastRefused() {
        return log.last();
    }

    /** Why a claimant is refused, in words for people. */
    public String refusal() {
        return "bound " + name + ": " + taken() + " of " + most()
                + " are taken, and beyond half of them each unit, user or container gets an eighth";
    }

    /** Whether a place could be taken now; where not, that counts as a refusal. For those who can do without, before they need it. */
    public boolean hasRoom(Claimant claimant) {
        if (free.get() < most / 2) {
            return true;
        }
        var place = take(claimant);
        if (place != null) {
            place.close();
        }
        return place != null;
    }

    /** One place; null if there is none for this claimant, which is counted. */
    public @Nullable Place take(Claimant claimant) {
        return take(claimant, 1);
    }

    /** Several places, or none of them. */
    public @Nullable Place take(Claimant claimant, int amount) {
        var place = find(claimant, amount);
        if (place == null) {
            refused.increment();
            log.refused(this, claimant);
        }
        return place;
    }

    /** One place; null if there is none now for this claimant, who is not refused and may try again. */
    public @Nullable Place tryTake(Claimant claimant) {
        return find(claimant, 1);
    }

    private @Nullable Place find(Claimant claimant, int amount) {
        int all = most;
        if (add(free, amount, all / 2)) {
            return new Place(this, free, null, amount);
        }
        int others = all - all / 2;
        boolean isSelf = claimant.equals(Claimant.SELF);
        if (isSelf && add(shared, amount, others)) {
            return new Place(this, shared, null, amount);
        }
        if (!isSelf && shared.get() + (long) amount <= others) {
            // Outside the lock: it may cost a system call.
            var share = claimant.share();
            if (enter(share, amount, all)) {
                return new Place(this, shared, share, amount);
            }
        }
        return null;
    }

    private static boolean add(AtomicInteger half, int amount, int limit) {
        for (int now = half.get(); now + (long) amount <= limit; now = half.get()) {
            if (half.compareAndSet(now, now + amount)) {
                return true;
            }
        }
        return false;
    }

    private boolean enter(String share, int amount, int all) {
        synchronized (shares) {
            int has = shares.getOrDefault(share, 0);
            if (has + (long) amount > Math.max(amount, all / EIGHTH) || !add(shared, amount, all - all / 2)) {
                return false;
            }
            shares.put(share, has + amount);
            return true;
        }
    }

    private void leave(String share, int amount) {
        synchronized (shares) {
            shares.computeIfPresent(share, (_, has) -> has == amount ? null : has - amount);
        }
    }
}
