// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What Sluice's engine is to reach beside another relay, or in itself.
 *
 * @param measure what counts
 * @param beside whom it is compared with, turn by turn, and the best of whom counts; none for an absolute bound
 * @param bound factor to their figures, or the figure itself
 * @param atLeast whether more is better
 */
public record Goal(Measure measure, Set<Peer> beside, double bound, boolean atLeast) {
    private static final Set<Peer> AUTO = Set.of(Peer.HAPROXY_AUTO);
    private static final Set<Peer> SPLICE = Set.of(Peer.HAPROXY_SPLICE);
    private static final Set<Peer> ANY = Set.of(Peer.HAPROXY, Peer.HAPROXY_AUTO, Peer.HAPROXY_SPLICE);
    private static final Set<Peer> YARDSTICK = Set.of(Peer.YARDSTICK);

    /** All of them. */
    public static final List<Goal> ALL = List.of(
            new Goal(Measure.ONE_STREAM, AUTO, 1.4, true),
            new Goal(Measure.ONE_STREAM, SPLICE, 1.4, true),
            new Goal(Measure.ONE_STREAM, YARDSTICK, 0.95, true),
            new Goal(Measure.MANY_STREAMS, AUTO, 1.4, true),
            new Goal(Measure.MANY_STREAMS, SPLICE, 1.4, true),
            new Goal(Measure.MANY_STREAMS, YARDSTICK, 0.95, true),
            new Goal(Measure.ONE_STREAM_CPU, AUTO, 0.4, false),
            new Goal(Measure.ONE_STREAM_CPU, SPLICE, 0.4, false),
            new Goal(Measure.MANY_STREAMS_CPU, AUTO, 0.4, false),
            new Goal(Measure.MANY_STREAMS_CPU, SPLICE, 0.4, false),
            new Goal(Measure.CONNECTIONS, ANY, 1.05, true),
            new Goal(Measure.BUSY_CONNECTIONS, ANY, 0.7, true),
            new Goal(Measure.PING_P50, ANY, 1, false),
            new Goal(Measure.PING_P99, ANY, 1, false),
            new Goal(Measure.IDLE_MEMORY, Set.of(), 3, false),
            new Goal(Measure.IDLE_CONNECTIONS, Set.of(), 9_000, true));

    /** Keeps an unmodifiable set. */
    public Goal {
        beside = Set.copyOf(beside);
    }

    /** One line that says whether Sluice reaches it; nothing when something was not measured. */
    public Optional<String> verdict(Results results) {
        var figure = beside.isEmpty() ? results.median(measure, Peer.SLUICE) : besideTheBest(results);
        if (figure.isEmpty()) {
            return Optional.empty();
        }
        double reached = figure.getAsDouble();
        boolean met = atLeast ? reached >= bound : reached <= bound;
        var names = beside.stream().sorted().map(Peer::label).toList();
        return Optional.of("%-6s %-34s %9.2f %s %.2f%s"
                .formatted(
                        met ? "yes" : "NO",
                        measure.label(),
                        reached,
                        atLeast ? ">=" : "<=",
                        bound,
                        names.isEmpty() ? "" : " x " + (names.size() > 1 ? "the best HAProxy" : names.getFirst())));
    }

    private OptionalDouble besideTheBest(Results results) {
        return beside.stream()
                .map(peer -> results.ratio(measure, Peer.SLUICE, peer))
                .flatMapToDouble(OptionalDouble::stream)
                .reduce(atLeast ? Math::min : Math::max);
    }
}
