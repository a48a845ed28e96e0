// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;
import sluice.bounds.Claimant;

/** A moment after which nobody waits any longer, on the clock of {@link System#nanoTime}. Any thread. */
public final class Deadline {
    /** Longer than any machine runs; doubled it still fits the clock's arithmetic. */
    private static final long LONGEST = Long.MAX_VALUE / 4;

    /** For whom, where nobody says. */
    private static final Claimant UNKNOWN = () -> Claimant.UNKNOWN;

    private final LongSupplier nanosLeft;
    private final Claimant claimant;

    private Deadline(LongSupplier nanosLeft, Claimant claimant) {
        this.nanosLeft = nanosLeft;
        this.claimant = claimant;
    }

    /** The moment after this time from now. Zero and less have passed already. */
    public static Deadline in(Duration time) {
        long nanos = time.compareTo(Duration.ofNanos(LONGEST)) > 0 ? LONGEST : time.toNanos();
        long at = System.nanoTime() + nanos;
        return new Deadline(() -> at - System.nanoTime(), UNKNOWN);
    }

    /**
     * A moment that changes while somebody waits for it.
     *
     * @param claimant for whom it is waited
     * @param nanosLeft asked again each time that what it said has passed; any thread
     */
    public static Deadline moving(Claimant claimant, LongSupplier nanosLeft) {
        return new Deadline(nanosLeft, claimant);
    }

    /** For whom it is waited. */
    Claimant claimant() {
        return claimant;
    }

    /** For those who wait without end. */
    public static Deadline never() {
        return in(Duration.ofNanos(LONGEST));
    }

    /** Nanoseconds that are left, negative once it has passed. */
    public long nanosLeft() {
        return nanosLeft.getAsLong();
    }

    /**
     * Whether the current thread may go on. Whoever reads asks each time, and not only before he waits: a peer that always has something to say
     * would never let him wait.
     *
     * @throws SocketTimeoutException no: the moment has passed
     * @throws InterruptedIOException no: it is interrupted
     */
    public void check() throws InterruptedIOException {
        if (nanosLeft() <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
    }

    /** The time that is left, at least zero. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, nanosLeft()));
    }

    /** This moment, or an earlier one after {@code time} from now. */
    public Deadline within(Duration time) {
        var other = in(time);
        return other.nanosLeft() < nanosLeft() ? other : this;
    }
}
