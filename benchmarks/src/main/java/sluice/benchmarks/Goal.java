// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What Sluice's engine is to reach beside another relay, or in itself.
 *
 * @param measure what counts
 * @param beside whose best figure it is compared with; none for an absolute bound
 * @param bound factor to that figure, or the figure itself
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
        var ours = results.median(measure, Peer.SLUICE);
        var theirs = beside.stream()
                .map(peer -> results.median(measure, peer))
                .flatMapToDouble(java.util.OptionalDouble::stream)
                .reduce(atLeast ? Math::max : Math::min);
        if (ours.isEmpty() || (theirs.isEmpty() && !beside.isEmpty())) {
            return Optional.empty();
        }
        double reached = beside.isEmpty() ? ours.getAsDouble() : ours.getAsDouble() / theirs.orElseThrow();
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
}
