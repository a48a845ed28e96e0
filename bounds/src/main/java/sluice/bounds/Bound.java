// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How many of something there may be at once. While less than half of the places are taken, taking one costs a counter and no claimant is asked
 * whose it is. Beyond half, no share gets more than an eighth of them in addition to what it took before. Any thread.
 */
public final class Bound {
    private static final int EIGHTH = 8;

    private final String name;
    private final RefusalLog log;
    private final AtomicInteger taken = new AtomicInteger();
    /** Places taken beyond half, by share. Behind its own lock. */
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
        private final @Nullable String share;
        private final int amount;
        private boolean closed;

        private Place(Bound bound, @Nullable String share, int amount) {
            this.bound = bound;
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
            bound.giveBack(share, amount);
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
        return taken.get();
    }

    /** How often a claimant was refused. */
    public long refused() {
        return refused.sum();
    }

    /** The share that was last named as refused; empty before the first one. */
    public String lastRefused() {
        return log.last();
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
        boolean isSelf = claimant.equals(Claimant.SELF);
        if (add(amount, isSelf ? most : most / 2)) {
            return new Place(this, null, amount);
        }
        if (!isSelf && taken.get() + (long) amount <= most) {
            // Outside the lock: it may cost a system call.
            var share = claimant.share();
            if (add(share, amount)) {
                return new Place(this, share, amount);
            }
        }
        return null;
    }

    private boolean add(int amount, int limit) {
        for (int now = taken.get(); now + (long) amount <= limit; now = taken.get()) {
            if (taken.compareAndSet(now, now + amount)) {
                return true;
            }
        }
        return false;
    }

    private boolean add(String share, int amount) {
        synchronized (shares) {
            int has = shares.getOrDefault(share, 0);
            if (has + (long) amount > Math.max(amount, most / EIGHTH) || !add(amount, most)) {
                return false;
            }
            shares.put(share, has + amount);
            return true;
        }
    }

    private void giveBack(@Nullable String share, int amount) {
        taken.addAndGet(-amount);
        if (share != null) {
            synchronized (shares) {
                shares.computeIfPresent(share, (_, has) -> has == amount ? null : has - amount);
            }
        }
    }
}
