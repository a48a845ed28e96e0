// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.HttpsProxy;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/**
 * Measures flows through an HTTPS proxy beside programs that cipher with OpenSSL: curl, which talks to the proxy itself,
 * and HAProxy as a relay. In turns; prints medians and goals: {@code build/bench tls}. The numbers are explained in
 * docs/performance.md.
 */
public final class TlsBenchmark {
    private static final int PROXY_PORT = 8443;
    private static final int RELAY_PORT = 9000;
    private static final int SOURCE_PORT = 6000;
    private static final int ECHO_PORT = 6001;
    private static final String CGROUP = "application";
    private static final Duration START = Duration.ofSeconds(20);
    private static final double MEBIBYTE = 1 << 20;
    private static final double GIBIBYTE = 1 << 30;
    private static final double MOST_TIME = 2;

    /** Who ciphers. */
    enum Client {
        /** The application itself: curl. */
        CURL("curl"),
        /** HAProxy, one thread; the application asks the proxy for what it wants. */
        HAPROXY("HAProxy relay"),
        /** The engine, by an outbound of type http with tls. */
        SLUICE("Sluice");

        private final String label;

        Client(String label) {
            this.label = label;
        }
    }

    /** What is measured. */
    enum Figure {
        /** Download over one connection. */
        STREAM("1 stream, MiB/s"),
        /** Processor time of the relay for it. */
        COST("CPU s/GiB"),
        /** One byte to and fro on one connection. */
        P50("ping p50, µs"),
        /** The slowest percent of it. */
        P99("ping p99, µs");

        private final String label;

        Figure(String label) {
            this.label = label;
        }
    }

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final HttpsProxy proxy;
    private final Background relay;
    private final StartedDaemon daemon;
    private final double seconds;
    private final Map<Client, Map<Figure, List<Double>>> figures = new EnumMap<>(Client.class);

    private TlsBenchmark(Lab lab, CgroupSandbox cgroups, Path program, double seconds) throws IOException {
        this.lab = lab;
        this.cgroups = cgroups;
        this.seconds = seconds;
        cgroups.cgroup(CGROUP);
        proxy = HttpsProxy.start(lab.internet().namespace(), Internet.SERVER4, PROXY_PORT, List.of());
        relay = relay();
        daemon = StartedDaemon.start(lab, program, lab.file("tls.yaml", """
                version: 1
                cgroup-root: %s
                bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
                api: {socket: "%s"}
                outbounds: {office: {type: http, server: "%s:%d", tls: {ca: "%s", sni: %s}}}
                rules: [{match: '^/%s$', proxy: office}]
                """.formatted(
                        cgroups.root(),
                        lab.directory().resolve("control.sock"),
                        Internet.SERVER4,
                        PROXY_PORT,
                        proxy.authority(),
                        HttpsProxy.NAME,
                        CGROUP)));
    }

    private Background relay() throws IOException {
        var file = lab.file("tls-relay.cfg", """
                global
                    nbthread 1
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 300s
                    timeout server 300s
                listen relay
                    bind 127.0.0.1:%1$d
                    server proxy %2$s:%3$d ssl verify required ca-file %4$s sni str(%5$s) verifyhost %5$s
                """.formatted(
                        RELAY_PORT, Internet.SERVER4, PROXY_PORT, proxy.authority(), HttpsProxy.NAME));
        var process =
                lab.here().command("haproxy", "-db", "-f", file.toString()).start();
        lab.here().awaitListener(Transport.TCP, RELAY_PORT, START);
        return process;
    }

    /**
     * Runs everything.
     *
     * @param arguments the program, how many rounds (5), how many seconds each load of a round takes (2)
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 1) {
            System.err.println("usage: TlsBenchmark PROGRAM [ROUNDS [SECONDS]]");
            System.exit(2);
        }
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 2;
        run(Path.of(arguments[0]).toAbsolutePath(), rounds, seconds).forEach(System.out::println);
    }

    /** Measures, and returns what is to be printed. */
    static List<String> run(Path program, int rounds, double seconds) throws IOException {
        try (var lab = Lab.open("tls");
                var cgroups = CgroupSandbox.create("tls")) {
            var benchmark = new TlsBenchmark(lab, cgroups, program, seconds);
            try (var _ = benchmark.daemon) {
                // What ciphers is compiled when it has been used some hundred times.
                var _ = benchmark.load(Client.SLUICE, "bulk", 3 * seconds);
                for (int round = 0; round <= rounds; round++) {
                    benchmark.round(round);
                }
                return List.of(
                        "medians of %d rounds of %.1f s each\n".formatted(rounds, seconds),
                        benchmark.table(),
                        benchmark.goal(Client.CURL),
                        benchmark.goal(Client.HAPROXY));
            }
        }
    }

    /** The first one only warms up. The order changes, so that none always comes after the same one. */
    private void round(int round) throws IOException {
        var order = new ArrayList<>(List.of(Client.values()));
        Collections.rotate(order, round);
        for (var client : order) {
            if (client == Client.CURL) {
                add(round, client, Figure.STREAM, curl());
                continue;
            }
            long pid = client == Client.SLUICE ? daemon.pid() : relay.process().pid();
            var before = ProcessUse.of(pid);
            var stream = load(client, "bulk", seconds);
            double used = ProcessUse.of(pid).secondsSince(before);
            var ping = load(client, "ping", seconds);
            add(round, client, Figure.STREAM, stream.value("bytes") / stream.value("seconds") / MEBIBYTE);
            add(round, client, Figure.COST, used / (stream.value("bytes") / GIBIBYTE));
            add(round, client, Figure.P50, ping.value("p50_us"));
            add(round, client, Figure.P99, ping.value("p99_us"));
        }
    }

    private Load load(Client client, String kind, double most) throws IOException {
        int port = kind.equals("bulk") ? SOURCE_PORT : ECHO_PORT;
        var words = new ArrayList<>(List.of(
                CProgram.of(TlsBenchmark.class, "load-client").executable().toString(), kind));
        if (client == Client.SLUICE) {
            // For "ping" it asks for the port above.
            words.addAll(List.of(Internet.SERVER4, "" + SOURCE_PORT, "1", "" + most));
        } else {
            words.addAll(List.of("127.0.0.1", "" + RELAY_PORT, "1", "" + most, Internet.SERVER4 + ":" + port));
        }
        var command = lab.here().command(words.toArray(String[]::new));
        return Load.of((client == Client.SLUICE ? command.in(cgroups.cgroup(CGROUP)) : command)
                .within(START.plusSeconds((long) most))
                .run()
                .out());
    }

    /** MiB/s of a download that ends when its time is up. */
    private double curl() throws IOException {
        var name = HttpsProxy.NAME + ":" + PROXY_PORT;
        var words = List.of(
                "curl",
                "-sS",
                "--http0.9",
                "-o",
                "/dev/null",
                "-m",
                "" + seconds,
                "--proxytunnel",
                "-x",
                "https://" + name,
                "--resolve",
                name + ":" + Internet.SERVER4,
                "--proxy-cacert",
                proxy.authority().toString(),
                "-w",
                "%{size_download} %{time_total} %{time_pretransfer}",
                "http://" + Internet.SERVER4 + ":" + SOURCE_PORT + "/");
        var ended =
                lab.here().command(words.toArray(String[]::new)).within(START).attempt();
        var values = ended.out().strip().split(" ");
        if (values.length != 3 || Double.parseDouble(values[0]) == 0) {
            throw new IOException("download through " + name + " by curl: " + ended);
        }
        double took = Double.parseDouble(values[1]) - Double.parseDouble(values[2]);
        return Double.parseDouble(values[0]) / took / MEBIBYTE;
    }

    private void add(int round, Client client, Figure figure, double value) {
        if (round > 0) {
            all(client, figure).add(value);
        }
    }

    private List<Double> all(Client client, Figure figure) {
        return figures.computeIfAbsent(client, c -> new EnumMap<>(Figure.class))
                .computeIfAbsent(figure, f -> new ArrayList<>());
    }

    private static OptionalDouble median(List<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(sorted[sorted.length / 2]);
    }

    private String table() {
        var text = new StringBuilder("| median |");
        for (var client : Client.values()) {
            text.append(" %s |".formatted(client.label));
        }
        text.append("\n| --- |")
                .append(" ---: |".repeat(Client.values().length))
                .append('\n');
        for (var figure : Figure.values()) {
            text.append("| %s |".formatted(figure.label));
            for (var client : Client.values()) {
                var value = median(all(client, figure));
                text.append(value.isEmpty() ? "  |" : " %.2f |".formatted(value.getAsDouble()));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** How many times as long as the other one Sluice takes for the same bytes: the median of the turns' ratios. */
    private String goal(Client other) {
        var theirs = all(other, Figure.STREAM);
        var ours = all(Client.SLUICE, Figure.STREAM);
        double times = median(IntStream.range(0, ours.size())
                        .mapToObj(i -> theirs.get(i) / ours.get(i))
                        .toList())
                .orElseThrow();
        return "%-6s %-34s %9.2f <= %.2f x %s"
                .formatted(times <= MOST_TIME ? "yes" : "NO", "time for 1 stream", times, MOST_TIME, other.label);
    }
}
