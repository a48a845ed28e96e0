// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Lab;

/**
 * Measures the engine beside other relays, in turns, in one namespaced lab and behind the same rules, and prints medians and goals:
 * {@code make bench}. The numbers are explained in docs/performance.md.
 */
public final class EngineBenchmark {
    private static final int STREAMS = 32;
    private static final int AT_ONCE = 32;
    private static final int IDLE = 9_000;
    /** Until Sluice has given back what its start and a load needed, which would count as less than nothing for what comes then. */
    private static final Duration GIVING_BACK = Duration.ofSeconds(45);

    private static final int STEADY_RATE = 20_000;
    private static final Set<Peer> RELAYS = EnumSet.complementOf(EnumSet.of(Peer.SLUICE_SOCKS));
    private static final Set<Peer> DATAGRAMS = EnumSet.of(Peer.DIRECT, Peer.SLUICE);

    private final RelayLab relays;
    private final Results results;
    private final double seconds;

    private EngineBenchmark(RelayLab relays, Results results, double seconds) {
        this.relays = relays;
        this.results = results;
        this.seconds = seconds;
    }

    /**
     * How much is measured.
     *
     * @param count rounds, after one that only warms up; {@link Part#turns} for each relay in each
     * @param seconds for each load
     */
    record Rounds(int count, double seconds) {}

    /**
     * Runs everything, or some parts.
     *
     * @param arguments the program, how many rounds (5), how many seconds each load takes (1.5), names of parts (all)
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 1) {
            System.err.println("usage: EngineBenchmark PROGRAM [ROUNDS [SECONDS [PART...]]]");
            System.exit(2);
        }
        var rounds = new Rounds(
                arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5,
                arguments.length > 2 ? Double.parseDouble(arguments[2]) : 1.5);
        var parts = EnumSet.noneOf(Part.class);
        Arrays.stream(arguments).skip(3).map(Part::named).forEach(parts::add);
        if (parts.isEmpty()) {
            parts = EnumSet.allOf(Part.class);
        }
        var program = Path.of(arguments[0]).toAbsolutePath();
        var peers = EnumSet.allOf(Peer.class);
        var results = new Results();
        rounds(program, peers, parts, results, rounds);
        if (parts.contains(Part.IDLE)) {
            idle(program, peers, results, IDLE, GIVING_BACK);
        }
        System.out.println("medians of %d rounds, loads of %.1f s, congestion control %s\n"
                .formatted(rounds.count, rounds.seconds, RelayLab.congestionControl()));
        System.out.println(results.table(peers));
        Goal.ALL.forEach(goal -> goal.verdict(results).ifPresent(System.out::println));
    }

    /** Loads in turns, after a round that only warms up. */
    static void rounds(Path program, Set<Peer> peers, Set<Part> parts, Results results, Rounds rounds)
            throws IOException {
        try (var lab = Lab.open("engine");
                var cgroups = CgroupSandbox.create("engine");
                var relays = RelayLab.open(lab, cgroups, program, peers)) {
            new EngineBenchmark(relays, new Results(), rounds.seconds / 3).round(peers, parts, 0);
            var benchmark = new EngineBenchmark(relays, results, rounds.seconds);
            for (int round = 0; round < rounds.count; round++) {
                benchmark.round(peers, parts, round);
            }
        }
    }

    /**
     * Connections that say nothing, on relays that have just been started.
     *
     * @param rest after a load that warms the relays up
     */
    static void idle(Path program, Set<Peer> peers, Results results, int count, Duration rest)
            throws IOException, InterruptedException {
        try (var lab = Lab.open("idle");
                var cgroups = CgroupSandbox.create("idle");
                var relays = RelayLab.open(lab, cgroups, program, peers)) {
            var benchmark = new EngineBenchmark(relays, results, 1);
            var measured = EnumSet.copyOf(RELAYS);
            measured.retainAll(peers);
            measured.remove(Peer.DIRECT);
            for (var peer : measured) {
                benchmark.load(peer, "connect", AT_ONCE);
            }
            relays.settle();
            Thread.sleep(rest);
            for (var peer : measured) {
                benchmark.idleConnections(peer, count);
            }
        }
    }

    /** The order changes from round to round, so that nobody always comes after the same one. */
    private void round(Set<Peer> peers, Set<Part> parts, int round) throws IOException {
        var order = new ArrayList<>(peers);
        Collections.rotate(order, round);
        for (var part : parts) {
            for (int turn = 0; turn < part.turns; turn++) {
                turn(order, part);
                Collections.rotate(order, 1);
            }
        }
    }

    private void turn(List<Peer> order, Part part) throws IOException {
        for (var peer : order) {
            if (takesPart(peer, part)) {
                measure(part, peer);
            }
        }
    }

    private static boolean takesPart(Peer peer, Part part) {
        return switch (part) {
            case STREAM, STREAMS, PING, BUSY -> RELAYS.contains(peer);
            case CONNECTIONS -> true;
            case DATAGRAMS -> DATAGRAMS.contains(peer);
            // On relays of its own: see idle.
            case IDLE -> false;
        };
    }

    private void measure(Part part, Peer peer) throws IOException {
        switch (part) {
            case STREAM -> download(peer, 1, Measure.ONE_STREAM, Measure.ONE_STREAM_CPU);
            case STREAMS -> download(peer, STREAMS, Measure.MANY_STREAMS, Measure.MANY_STREAMS_CPU);
            case PING -> ping(peer);
            case CONNECTIONS -> connections(peer);
            case BUSY -> busyConnections(peer);
            case DATAGRAMS -> {
                datagrams(peer, 64, Measure.SMALL_DATAGRAMS, Measure.SMALL_LOSS);
                datagrams(peer, 1_400, Measure.LARGE_DATAGRAMS, Measure.LARGE_LOSS);
            }
            case IDLE -> throw new IllegalArgumentException("idle connections are no part of a round");
        }
    }

    private Load load(Peer peer, String kind, int count, String... rest) throws IOException {
        var words = new ArrayList<>(List.of(Integer.toString(count), Double.toString(seconds)));
        words.addAll(List.of(rest));
        return relays.load(peer, limit(), kind, words.toArray(String[]::new));
    }

    private Duration limit() {
        return Duration.ofSeconds(30 + (long) seconds);
    }

    private void download(Peer peer, int streams, Measure rate, Measure cost) throws IOException {
        var before = relays.use(peer);
        var load = load(peer, "bulk", streams);
        results.add(rate, peer, load.gigabits());
        if (peer != Peer.DIRECT) {
            results.add(cost, peer, relays.use(peer).secondsSince(before) / load.gibibytes());
        }
    }

    private void ping(Peer peer) throws IOException {
        var load = load(peer, "ping", 1);
        results.add(Measure.PING_P50, peer, load.value("p50_us"));
        results.add(Measure.PING_P99, peer, load.value("p99_us"));
    }

    private void connections(Peer peer) throws IOException {
        relays.settle();
        var before = relays.use(peer);
        var load = load(peer, "connect", AT_ONCE);
        requireAll(peer, load);
        results.add(Measure.CONNECTIONS, peer, load.perSecond("connections"));
        if (peer != Peer.DIRECT) {
            results.add(
                    Measure.CONNECTION_CPU,
                    peer,
                    relays.use(peer).secondsSince(before) * 1e6 / load.value("connections"));
        }
    }

    private void busyConnections(Peer peer) throws IOException {
        relays.settle();
        try (var streams = relays.begin(peer, "bulk", Integer.toString(STREAMS), Double.toString(seconds + 0.5))) {
            streams.awaitOutput("receiving\n", limit());
            var load = load(peer, "connect", AT_ONCE);
            requireAll(peer, load);
            results.add(Measure.BUSY_CONNECTIONS, peer, load.perSecond("connections"));
            results.add(
                    Measure.BUSY_STREAMS,
                    peer,
                    Load.of(streams.await(limit()).out()).gigabits());
        }
    }

    private static void requireAll(Peer peer, Load load) {
        if (load.value("failed") > 0) {
            throw new IllegalStateException(
                    "%s: %.0f connections failed beside %.0f that did not; the far end or the ports do not keep up"
                            .formatted(peer.label(), load.value("failed"), load.value("connections")));
        }
    }

    private void datagrams(Peer peer, int size, Measure rate, Measure loss) throws IOException {
        relays.settle();
        results.add(rate, peer, load(peer, "udp", size, "0").perSecond("received"));
        var steady = load(peer, "udp", size, Integer.toString(STEADY_RATE));
        results.add(loss, peer, 100 * (1 - steady.value("received") / steady.value("sent")));
    }

    private void idleConnections(Peer peer, int count) throws IOException {
        long before = relays.use(peer).residentKib();
        try (var idle = relays.begin(peer, "idle", Integer.toString(count), "0")) {
            idle.awaitOutput("open " + count + "\n", Duration.ofSeconds(60));
            long grown = relays.use(peer).residentKib() - before;
            results.add(Measure.IDLE_MEMORY, peer, grown * 1.024 / count);
            results.add(Measure.IDLE_CONNECTIONS, peer, count);
        }
    }
}
