// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** All bounds of a daemon, for people to look at. Any thread. */
public final class Bounds {
    private final Listener listener;
    private final LongSupplier nanoTime;
    private final Map<String, Bound> byName = new LinkedHashMap<>();

    /** Without a bound yet. */
    public Bounds(Listener listener) {
        this(listener, System::nanoTime);
    }

    /** With another clock, such as {@link System#nanoTime}. */
    Bounds(Listener listener, LongSupplier nanoTime) {
        this.listener = listener;
        this.nanoTime = nanoTime;
    }

    /** Hears that a bound refuses. */
    @FunctionalInterface
    public interface Listener {
        /** Hears nothing. */
        Listener NONE = (bound, share) -> {};

        /**
         * At most once a minute for each bound; on the thread of the claimant, so it must neither block nor throw.
         *
         * @param share of the claimant that was refused
         */
        void refused(Bound bound, String share);
    }

    /** A new bound, in the place of an earlier one of that name. */
    public Bound add(String name, int most) {
        var bound = new Bound(name, most, new RefusalLog(listener, nanoTime));
        synchronized (byName) {
            byName.put(name, bound);
        }
        return bound;
    }

    /** All of them, in the order in which they were added first. */
    public List<Bound> all() {
        synchronized (byName) {
            return List.copyOf(byName.values());
        }
    }
}
