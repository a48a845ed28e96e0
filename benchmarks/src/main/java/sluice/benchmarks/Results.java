// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** Figures of several rounds. One thread. */
public final class Results {
    private final Map<Measure, Map<Peer, List<Double>>> figures = new EnumMap<>(Measure.class);

    /** Adds one round's figure. */
    public void add(Measure measure, Peer peer, double figure) {
        figures.computeIfAbsent(measure, m -> new EnumMap<>(Peer.class))
                .computeIfAbsent(peer, p -> new ArrayList<>())
                .add(figure);
    }

    /** The median of all rounds, or nothing if it was never measured. */
    public OptionalDouble median(Measure measure, Peer peer) {
        var all = figures.getOrDefault(measure, Map.of()).getOrDefault(peer, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
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
