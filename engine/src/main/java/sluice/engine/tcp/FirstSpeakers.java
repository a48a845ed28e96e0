// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import sluice.linux.InetEndpoint;

/**
 * Destinations whose server greeted a client that had said nothing: there is no use in waiting for a client's first bytes again. Bounded: the one
 * that was seen least recently goes first. Any thread.
 */
final class FirstSpeakers {
    static final int MOST = 1024;
    static final Duration KEPT = Duration.ofHours(1);
    /** A greeting comes at once; what comes later may be a server's complaint about a client that says nothing (RFC 9110, section 15.5.9). */
    static final Duration GREETING = Duration.ofSeconds(2);

    private final LongSupplier clock;
    private final Map<InetEndpoint, Long> seen = new LinkedHashMap<>();

    /** @param clock nanoseconds, as {@link System#nanoTime} has them */
    FirstSpeakers(LongSupplier clock) {
        this.clock = clock;
    }

    /** Whether the server there speaks first. */
    boolean contains(InetEndpoint destination) {
        synchronized (seen) {
            var at = seen.get(destination);
            return at != null && clock.getAsLong() - at < KEPT.toNanos();
        }
    }

    /** The server spoke first, so long after the connection was made. */
    void serverSpoke(InetEndpoint destination, long afterNanos) {
        if (afterNanos > GREETING.toNanos()) {
            return;
        }
        synchronized (seen) {
            seen.remove(destination);
            seen.put(destination, clock.getAsLong());
            if (seen.size() > MOST) {
                seen.remove(seen.keySet().iterator().next());
            }
        }
    }

    /** The client spoke first. */
    void clientSpoke(InetEndpoint destination) {
        synchronized (seen) {
            seen.remove(destination);
        }
    }
}
