// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.time.Duration;

/** A moment after which nobody waits any longer, on the clock of {@link System#nanoTime}. Immutable. */
public final class Deadline {
    /** Longer than any machine runs; doubled it still fits the clock's arithmetic. */
    private static final long LONGEST = Long.MAX_VALUE / 4;

    private final long at;

    private Deadline(long at) {
        this.at = at;
    }

    /** The moment after this time from now. Zero and less have passed already. */
    public static Deadline in(Duration time) {
        long nanos = time.compareTo(Duration.ofNanos(LONGEST)) > 0 ? LONGEST : time.toNanos();
        return new Deadline(System.nanoTime() + nanos);
    }

    /** For those who wait without end. */
    public static Deadline never() {
        return new Deadline(System.nanoTime() + LONGEST);
    }

    /** Nanoseconds that are left, negative once it has passed. */
    public long nanosLeft() {
        return at - System.nanoTime();
    }

    /** The time that is left, at least zero. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, nanosLeft()));
    }

    /** This moment, or an earlier one after {@code time} from now. */
    public Deadline within(Duration time) {
        var other = in(time);
        return other.at - at < 0 ? other : this;
    }
}
