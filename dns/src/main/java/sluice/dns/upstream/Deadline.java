// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A moment after which nobody waits any longer.
 *
 * @param nanos on the clock of {@link System#nanoTime}
 */
public record Deadline(long nanos) {
    /** The moment after this time from now. */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** This moment, or an earlier one after {@code time} from now. */
    Deadline within(Duration time) {
        var other = in(time);
        return other.nanos - nanos < 0 ? other : this;
    }

    boolean isOver() {
        return nanos - System.nanoTime() <= 0;
    }

    /** The time that is left, or zero. */
    Duration leftOrNone() {
        return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
    }

    /** The time that is left, more than zero. */
    public Duration left() throws SocketTimeoutException {
        long left = nanos - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return Duration.ofNanos(left);
    }
}
