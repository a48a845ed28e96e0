// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;

/**
 * Connections that were accepted and wait to become flows, because the listener's queue was about to be full: there the kernel drops what comes next,
 * whichever application it is of. The connections of one share keep their order, and the shares take turns. The loop's thread only.
 *
 * @param <A> a connection
 */
final class Crowd<A extends Claimant> {
    private final Bound places;
    private final LinkedHashMap<String, ArrayDeque<Waiting<A>>> byShare = new LinkedHashMap<>();

    private record Waiting<A>(A arrival, Bound.Place place) {}

    /** @param places how many may wait */
    Crowd(Bound places) {
        this.places = places;
    }

    boolean isEmpty() {
        return byShare.isEmpty();
    }

    /** Has it wait; false when there is no place for it, which is counted. */
    boolean add(A arrival) {
        var place = places.take(arrival);
        if (place == null) {
            return false;
        }
        byShare.computeIfAbsent(arrival.share(), _ -> new ArrayDeque<>()).add(new Waiting<>(arrival, place));
        return true;
    }

    /** The next one, which waits no more; null when none waits. */
    @Nullable
    A next() {
        var turn = byShare.pollFirstEntry();
        if (turn == null) {
            return null;
        }
        var waiting = turn.getValue();
        var next = waiting.remove();
        next.place.close();
        if (!waiting.isEmpty()) {
            // The next turn is another share's.
            byShare.put(turn.getKey(), waiting);
        }
        return next.arrival;
    }
}
