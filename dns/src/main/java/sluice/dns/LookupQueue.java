// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Claimant;

/**
 * Questions that wait for a place among those that are under way. The questions of one share (see {@link Claimant}) keep their order, and the
 * shares take turns, so that one with thousands of questions holds up no other. A question that several shares wait for goes on when the
 * turn of the first of them comes. Not thread-safe. Queries that wait are bounded elsewhere, and so is this.
 *
 * @param <Q> a question, told apart by its identity or its equals
 * @param <P> a place
 */
final class LookupQueue<Q, P> {
    private final Map<String, Map<Q, Entry>> byShare = new LinkedHashMap<>();
    private final Map<Q, Set<String>> sharesOf = new HashMap<>();

    private record Entry(Claimant claimant, long since) {}

    /**
     * Puts a question behind the others of its share, where it does not wait among them already.
     *
     * @param share of the claimant
     * @param since the time, in seconds
     */
    void add(String share, Claimant claimant, Q question, long since) {
        byShare.computeIfAbsent(share, _ -> new LinkedHashMap<>()).putIfAbsent(question, new Entry(claimant, since));
        sharesOf.computeIfAbsent(question, _ -> new LinkedHashSet<>()).add(share);
    }

    /**
     * Removes the questions that may go on.
     *
     * @param places gives a claimant a place; null when there is none for it
     * @param start gets each question with its place
     */
    void release(Function<Claimant, @Nullable P> places, BiConsumer<Q, P> start) {
        for (var next = next(places); next != null; next = next(places)) {
            remove(next.question);
            // The next turn is another share's.
            var rest = byShare.remove(next.share);
            if (rest != null) {
                byShare.put(next.share, rest);
            }
            start.accept(next.question, next.place);
        }
    }

    private record Next<Q, P>(String share, Q question, P place) {}

    private @Nullable Next<Q, P> next(Function<Claimant, @Nullable P> places) {
        for (var shared : byShare.entrySet()) {
            var first = shared.getValue().entrySet().iterator().next();
            var place = places.apply(first.getValue().claimant);
            if (place != null) {
                return new Next<>(shared.getKey(), first.getKey(), place);
            }
        }
        return null;
    }

    /** Removes a question that waits no longer, whoever asked it. */
    void remove(Q question) {
        var shares = sharesOf.remove(question);
        if (shares != null) {
            shares.forEach(share -> removeOf(share, question));
        }
    }

    private void removeOf(String share, Q question) {
        byShare.computeIfPresent(share, (_, waiting) -> {
            waiting.remove(question);
            return waiting.isEmpty() ? null : waiting;
        });
    }

    /**
     * Removes the questions that every share has waited for since before that time, and returns them.
     *
     * @param time in seconds
     */
    List<Q> expire(long time) {
        var expired = new ArrayList<Q>();
        for (var share : List.copyOf(byShare.keySet())) {
            for (var question : begunBefore(time, byShare.getOrDefault(share, Map.of()))) {
                removeOf(share, question);
                var others = sharesOf.getOrDefault(question, Set.of());
                others.remove(share);
                if (others.isEmpty()) {
                    sharesOf.remove(question);
                    expired.add(question);
                }
            }
        }
        return expired;
    }

    private List<Q> begunBefore(long time, Map<Q, Entry> waiting) {
        return waiting.entrySet().stream()
                .takeWhile(entry -> entry.getValue().since < time)
                .map(Map.Entry::getKey)
                .toList();
    }
}
