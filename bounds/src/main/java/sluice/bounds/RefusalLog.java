// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Says that a bound refuses, and whom, but rarely: the pauses double up to an hour, and begin anew after as long a quiet. Any thread. */
final class RefusalLog {
    private static final long SHORTEST = TimeUnit.MINUTES.toNanos(1);
    private static final long LONGEST = TimeUnit.HOURS.toNanos(1);

    private final Bounds.Listener listener;
    private final LongSupplier nanoTime;
    /** When the next refusal is said. */
    private final AtomicLong due;

    private volatile long pause = SHORTEST;
    private volatile String last = "";

    RefusalLog(Bounds.Listener listener, LongSupplier nanoTime) {
        this.listener = listener;
        this.nanoTime = nanoTime;
        due = new AtomicLong(nanoTime.getAsLong());
    }

    String last() {
        return last;
    }

    /** The claimant is asked for its share only if that is going to be said. */
    void refused(Bound bound, Claimant claimant) {
        long now = nanoTime.getAsLong();
        long since = due.get();
        if (now - since < 0) {
            return;
        }
        long next = now - since > LONGEST ? SHORTEST : pause;
        if (due.compareAndSet(since, now + next)) {
            pause = Math.min(2 * next, LONGEST);
            last = claimant.share();
            listener.refused(bound, last);
        }
    }
}
