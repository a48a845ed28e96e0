// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * How long to wait before the next repair: not at all at first, longer and longer when one follows the other, and not at all
 * again after a quiet minute.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration QUIET = Duration.ofMinutes(1);

    private final int free;
    private final InstantSource clock;
    private Instant last = Instant.EPOCH;
    private int inARow;

    /**
     * A back-off by the system's clock.
     *
     * @param free how many repairs may follow each other before it takes them for a fight
     */
    Backoff(int free) {
        this(free, InstantSource.system());
    }

    Backoff(int free, InstantSource clock) {
        this.free = free;
        this.clock = clock;
    }

    /** How long to wait before the repair that is due now. */
    Duration next() {
        var now = clock.instant();
        inARow = Duration.between(last, now).compareTo(QUIET) > 0 ? 1 : inARow + 1;
        last = now;
        return current();
    }

    /** What {@link #next()} said last. */
    Duration current() {
        if (inARow <= free) {
            return FIRST;
        }
        var delay = FIRST.multipliedBy(1L << Math.min(inARow - free, 20));
        return delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }

    /** Whether it has just become clear that somebody works against us. */
    boolean isFight() {
        return inARow == free + 1;
    }
}
