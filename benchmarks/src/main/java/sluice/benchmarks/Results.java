// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Figures of several turns. One thread. */
public final class Results {
    private final Map<Measure, Map<Peer, List<Double>>> figures = new EnumMap<>(Measure.class);

    /** Adds one turn's figure. */
    public void add(Measure measure, Peer peer, double figure) {
        figures.computeIfAbsent(measure, m -> new EnumMap<>(Peer.class))
                .computeIfAbsent(peer, p -> new ArrayList<>())
                .add(figure);
    }

    /** The median of all turns, or nothing if it was never measured. */
    public OptionalDouble median(Measure measure, Peer peer) {
        return median(all(measure, peer).stream().mapToDouble(Double::doubleValue));
    }

    /**
     * The median of what each turn's figure is to another peer's of the same turn, or nothing if one of them was never measured. The machine is faster in some minutes than
     * in others: that concerns both.
     */
    public OptionalDouble ratio(Measure measure, Peer peer, Peer other) {
        var ours = all(measure, peer);
        var theirs = all(measure, other);
        if (ours.isEmpty() || theirs.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (ours.size() != theirs.size()) {
            throw new IllegalStateException("%s: %d figures of %s, %d of %s"
                    .formatted(measure.label(), ours.size(), peer.label(), theirs.size(), other.label()));
        }
        return median(IntStream.range(0, ours.size()).mapToDouble(i -> ours.get(i) / theirs.get(i)));
    }

    private List<Double> all(Measure measure, Peer peer) {
        return figures.getOrDefault(measure, Map.of()).getOrDefault(peer, List.of());
    }

    private static OptionalDouble median(DoubleStream figures) {
        var all = figures.sorted().toArray();
        return all.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(all[all.length / 2]);
    }

    /** A Markdown table: a row for each measure, a column for each peer. */
    public String table(Set<Peer> peers) {
        var text = new StringBuilder("| median |");
        peers.forEach(peer -> text.append(" %s |".formatted(peer.label())));
        text.append("\n| --- |").append(" ---: |".repeat(peers.size())).append('\n');
        for (var measure : figures.keySet()) {
            text.append("| %s |".formatted(measure.label()));
            for (var peer : peers) {
                var median = median(measure, peer);
                text.append(" %s |".formatted(median.isPresent() ? figure(median.getAsDouble()) : ""));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String figure(double value) {
        double size = Math.abs(value);
        return (size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f").formatted(value);
    }
}
