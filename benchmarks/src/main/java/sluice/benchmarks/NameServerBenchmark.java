// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;

/**
 * Measures answers to queries beside dnsmasq: the same client asks the same address, and its cgroup decides who answers. In turns; prints medians
 * and goals: {@code build/bench dns}. The numbers are explained in docs/performance.md.
 */
public final class NameServerBenchmark {
    private static final int NAMES = 1_000;
    private static final int POOL = 100_000;
    private static final int STEADY_RATE = 5_000;
    private static final String ADDRESS = "127.0.0.53";
    private static final String POOL_DOMAIN = "pool.example";
    private static final Duration START = Duration.ofSeconds(20);
    private static final double LEAST_RATE = 0.8;
    private static final double MOST_LATENCY = 2;
    private static final double MOST_MEBIBYTES = 30;

    /** Who answers. */
    enum Server {
        /** From its cache. */
        DNSMASQ("dnsmasq", "bench.example"),
        /** True addresses from the cache. */
        REAL("Sluice, real", "bench.example"),
        /** Fake IPs. */
        FAKES("Sluice, fake-ip", "fake.example");

        private final String label;
        private final String domain;

        Server(String label, String domain) {
            this.label = label;
            this.domain = domain;
        }

        private String cgroup() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is measured. */
    enum Figure {
        /** Answers to 64 questions at a time. */
        RATE("queries/s"),
        /** Processor time of the server for each. */
        COST("CPU µs/query"),
        /** Half of them came earlier. */
        P50("p50, µs"),
        /** The slowest percent of them. */
        P99("p99, µs"),
        /** The same at a steady rate. */
        STEADY_P99("p99 at 5,000/s, µs");

        private final String label;

        Figure(String label) {
            this.label = label;
        }
    }

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final StartedDaemon daemon;
    private final long dnsmasq;
    private final double seconds;
    private final Map<Server, Map<Figure, List<Double>>> figures = new EnumMap<>(Server.class);
    private final Map<Server, Double> unanswered = new EnumMap<>(Server.class);

    private NameServerBenchmark(Lab lab, CgroupSandbox cgroups, Path program, double seconds) throws IOException {
        this.lab = lab;
        this.cgroups = cgroups;
        this.seconds = seconds;
        for (var server : Server.values()) {
            cgroups.cgroup(server.cgroup());
        }
        dnsmasq(lab.internet().namespace(), Internet.SERVER4, "--address=/example/192.0.2.7", "--local-ttl=3600");
        dnsmasq = dnsmasq(lab.here(), ADDRESS, "--server=" + Internet.SERVER4, "--cache-size=10000");
        daemon = StartedDaemon.start(lab, program, lab.file("dns.yaml", """
                version: 1
                cgroup-root: %s
                bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
                api: {socket: "%s"}
                rules: [{match: '^/(real|fakes)$', proxy: direct}]
                dns:
                  mode: fake-ip
                  file: "%s"
                  servers: ["udp://%s"]
                  rules: [{domain: ['*.bench.example'], answer: real}]
                """.formatted(
                        cgroups.root(),
                        lab.directory().resolve("control.sock"),
                        lab.directory().resolve("fakes"),
                        Internet.SERVER4)));
    }

    private static long dnsmasq(Namespace namespace, String address, String... options) throws IOException {
        var words = new ArrayList<>(List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--pid-file=" + namespace.lab().directory().resolve("dnsmasq-" + address + ".pid"),
                "--bind-interfaces",
                "--except-interface=none",
                "--log-facility=-",
                "--dns-forward-max=1000",
                "--listen-address=" + address));
        words.addAll(List.of(options));
        var process = namespace.command(words.toArray(String[]::new)).start();
        process.awaitOutput("started", START);
        return process.process().pid();
    }

    /**
     * Runs everything.
     *
     * @param arguments the program, how many rounds (5), how many seconds each load of a round takes (2)
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 1) {
            System.err.println("usage: NameServerBenchmark PROGRAM [ROUNDS [SECONDS]]");
            System.exit(2);
        }
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 2;
        run(Path.of(arguments[0]).toAbsolutePath(), rounds, seconds, POOL).forEach(System.out::println);
    }

    /** Measures, and returns what is to be printed. */
    static List<String> run(Path program, int rounds, double seconds, int pool)
            throws IOException, InterruptedException {
        try (var lab = Lab.open("dns");
                var cgroups = CgroupSandbox.create("dns")) {
            var benchmark = new NameServerBenchmark(lab, cgroups, program, seconds);
            try (var _ = benchmark.daemon) {
                var lines = new ArrayList<String>();
                double grown = benchmark.fillPool(pool);
                for (int round = 0; round <= rounds; round++) {
                    benchmark.round(round);
                }
                lines.add("medians of %d rounds of %.1f s each\n".formatted(rounds, seconds));
                lines.add(benchmark.table());
                for (var server : EnumSet.of(Server.REAL, Server.FAKES)) {
                    lines.add(benchmark.goal(server, Figure.RATE, LEAST_RATE, true));
                    lines.add(benchmark.goal(server, Figure.P99, MOST_LATENCY, false));
                    lines.add(benchmark.goal(server, Figure.STEADY_P99, MOST_LATENCY, false));
                }
                benchmark.unanswered.forEach((server, count) -> lines.add("%-6s %-40s %9.0f <= 0"
                        .formatted(
                                count == 0 ? "yes" : "NO",
                                "queries that failed or were lost, " + server.label,
                                count)));
                lines.add("%-6s %,d names in the pool, MiB resident %21.1f <= %.1f"
                        .formatted(grown <= MOST_MEBIBYTES ? "yes" : "NO", pool, grown, MOST_MEBIBYTES));
                return lines;
            }
        }
    }

    /** Asks for so many names once; returns by how many MiB the daemon grew. */
    private double fillPool(int pool) throws IOException, InterruptedException {
        daemon.awaitIdle();
        // What every query touches comes back with the first ones.
        load(Server.FAKES, "fake.example", "load", NAMES, 2, "");
        double before = daemon.memoryMebibytes("VmRSS");
        load(Server.FAKES, POOL_DOMAIN, "once", pool, 120, "");
        // It looks every half minute whether there is something to give back.
        TimeUnit.SECONDS.sleep(pool < POOL ? 1 : 35);
        return daemon.memoryMebibytes("VmRSS") - before;
    }

    /** The first one only warms up. The order changes, so that nobody always comes after the same one. */
    private void round(int round) throws IOException {
        var order = new ArrayList<>(List.of(Server.values()));
        Collections.rotate(order, round);
        for (var server : order) {
            long pid = server == Server.DNSMASQ ? dnsmasq : daemon.pid();
            var before = ProcessUse.of(pid);
            var load = load(server, server.domain, "load", NAMES, seconds, "");
            double used = ProcessUse.of(pid).secondsSince(before);
            var steady = load(server, server.domain, "rate", NAMES, seconds, Integer.toString(STEADY_RATE));
            if (round > 0) {
                add(server, Figure.RATE, load.perSecond("answered"));
                add(server, Figure.COST, used * 1e6 / load.value("answered"));
                add(server, Figure.P50, load.value("p50_us"));
                add(server, Figure.P99, load.value("p99_us"));
                add(server, Figure.STEADY_P99, steady.value("p99_us"));
            }
        }
    }

    private Load load(Server server, String domain, String kind, int names, double most, String rate)
            throws IOException {
        var program =
                CProgram.of(NameServerBenchmark.class, "dns-load").executable().toString();
        var load = Load.of(lab.here()
                .command(program, ADDRESS, domain, kind, Integer.toString(names), Double.toString(most), rate)
                .in(cgroups.cgroup(server.cgroup()))
                .within(START.plusSeconds((long) most))
                .run()
                .out());
        unanswered.merge(server, load.value("failed") + load.value("lost"), Double::sum);
        return load;
    }

    private void add(Server server, Figure figure, double value) {
        figures.computeIfAbsent(server, s -> new EnumMap<>(Figure.class))
                .computeIfAbsent(figure, f -> new ArrayList<>())
                .add(value);
    }

    private double median(Server server, Figure figure) {
        var all = figures.getOrDefault(server, Map.of()).getOrDefault(figure, List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return all[all.length / 2];
    }

    private String table() {
        var text = new StringBuilder("| median |");
        for (var server : Server.values()) {
            text.append(" %s |".formatted(server.label));
        }
        text.append("\n| --- |")
                .append(" ---: |".repeat(Server.values().length))
                .append('\n');
        for (var figure : Figure.values()) {
            text.append("| %s |".formatted(figure.label));
            for (var server : Server.values()) {
                double value = median(server, figure);
                text.append((value < 100 ? " %.1f |" : " %,.0f |").formatted(value));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private String goal(Server server, Figure figure, double bound, boolean atLeast) {
        double reached = median(server, figure) / median(Server.DNSMASQ, figure);
        boolean met = atLeast ? reached >= bound : reached <= bound;
        return "%-6s %-40s %9.2f %s %.2f x dnsmasq"
                .formatted(
                        met ? "yes" : "NO",
                        figure.label + " of " + server.label,
                        reached,
                        atLeast ? ">=" : "<=",
                        bound);
    }
}
