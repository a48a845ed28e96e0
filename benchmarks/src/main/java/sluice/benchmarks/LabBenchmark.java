// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Lab;

/**
 * Measures the built program in a namespaced lab, beside the bare C loop, and prints a table: {@code make bench}. The numbers are
 * explained in docs/performance.md.
 */
public final class LabBenchmark {
    private static final int PER_SECOND = 500;
    private static final int PROBES = 2_000;
    private static final int ROUNDS = 3;
    private static final Duration SETTLED = Duration.ofSeconds(30);

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final Path program;
    private final Path configuration;

    private LabBenchmark(Lab lab, CgroupSandbox cgroups, Path program) throws IOException {
        this.lab = lab;
        this.cgroups = cgroups;
        this.program = program;
        this.configuration = lab.file(
                "config.yaml", """
                version: 1
                cgroup-root: %s
                bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
                api: {socket: "%s"}
                tproxies:
                  relay: {mark: 3000, port: 7893}
                rules:
                  - {match: '^/relay\\.service$', direct: true}
                  - {match: '^/apps/', tproxy: relay}
                """.formatted(cgroups.root(), lab.directory().resolve("control.sock")));
    }

    private static final NftSet MARKS = Table.inet("sluice").map("marks", DataType.CGROUP, DataType.MARK);

    /**
     * Runs everything.
     *
     * @param arguments the program, and optionally how many cgroups are present in the largest case
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 1) {
            System.err.println("usage: LabBenchmark PROGRAM [CGROUPS]");
            System.exit(2);
        }
        int largest = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10_000;
        try (var lab = Lab.open("bench");
                var cgroups = CgroupSandbox.create("bench")) {
            elements();
            var benchmark = new LabBenchmark(lab, cgroups, Path.of(arguments[0]).toAbsolutePath());
            benchmark.idle();
            benchmark.propagation();
            benchmark.start(1_000);
            benchmark.start(10_000);
            benchmark.propagationWith(largest);
        }
    }

    private static void elements() throws IOException {
        print("one element added to a map, in a transaction of its own");
        ElementCost.measure(0, PROBES);
        for (int present : new int[] {0, 10_000, 100_000}) {
            var cost = ElementCost.measure(present, PROBES);
            print("  %,9d present            p50 %7.1f µs  p99 %7.1f µs".formatted(present, cost.p50(), cost.p99()));
        }
    }

    /** Half a minute after a start that made the table, flows older than it are settled, and the rules made anew. */
    private void idle() throws IOException, InterruptedException {
        try (var daemon = StartedDaemon.start(lab, program, configuration)) {
            daemon.awaitIdle();
            int slept = 0;
            for (int seconds : new int[] {1, 40}) {
                TimeUnit.SECONDS.sleep(seconds - slept);
                slept = seconds;
                print("resident when idle for %d s: %.1f MiB, anonymous %.1f MiB"
                        .formatted(seconds, daemon.memoryMebibytes("VmRSS"), daemon.memoryMebibytes("RssAnon")));
            }
        }
    }

    private void propagation() throws IOException {
        var directory = cgroups.cgroup("apps");
        var bare = new ArrayList<Propagation>();
        var justStarted = new ArrayList<Propagation>();
        var ours = new ArrayList<Propagation>();
        for (int round = 0; round < ROUNDS; round++) {
            bare.add(Propagation.ofBareLoop(lab, directory, PROBES, PER_SECOND));
            try (var _ = StartedDaemon.start(lab, program, configuration)) {
                justStarted.add(Propagation.measure(lab, directory, PROBES, PER_SECOND, "sluice", "marks"));
            }
            try (var daemon = StartedDaemon.start(lab, program, configuration)) {
                daemon.awaitIdle();
                ours.add(Propagation.measure(lab, directory, PROBES, PER_SECOND, "sluice", "marks"));
            }
        }
        print("mkdir to element at %d/s, %d cgroups, medians of %d rounds".formatted(PER_SECOND, PROBES, ROUNDS));
        row("bare C loop", bare);
        row("Sluice", ours);
        row("Sluice in its first seconds", justStarted);
    }

    private void propagationWith(int present) throws IOException {
        var directory = cgroups.cgroup("apps");
        try (var daemon = StartedDaemon.start(lab, program, configuration)) {
            fill(present);
            awaitElements(present);
            daemon.awaitIdle();
            var result = Propagation.measure(lab, directory, PROBES, PER_SECOND, "sluice", "marks");
            row("Sluice with %,d present".formatted(present), List.of(result));
            print("resident then: %.1f MiB".formatted(daemon.memoryMebibytes("VmRSS")));
        }
    }

    private void start(int present) throws IOException {
        fill(present);
        var millis = new ArrayList<Double>();
        for (int round = 0; round < ROUNDS; round++) {
            try (var daemon = StartedDaemon.start(lab, program, configuration)) {
                millis.add(daemon.readyMillis());
                awaitElements(present);
            }
        }
        millis.sort(Comparator.naturalOrder());
        print("start to all rules active with %,d cgroups: %.0f ms".formatted(present, millis.get(ROUNDS / 2)));
    }

    private void fill(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            cgroups.cgroup("apps/app-" + i);
        }
    }

    private static void awaitElements(int count) throws IOException {
        try (var nftables = Nftables.open()) {
            Await.until(
                    count + " elements", SETTLED, () -> nftables.elements(MARKS).size() >= count);
        }
    }

    private static void row(String who, List<Propagation> rounds) {
        print("  %-28s p50 %7.1f µs  p99 %7.1f µs  max %8.1f µs  missing %d"
                .formatted(
                        who,
                        median(rounds, Propagation::p50),
                        median(rounds, Propagation::p99),
                        median(rounds, Propagation::max),
                        rounds.stream().mapToInt(Propagation::missing).sum()));
    }

    private static double median(List<Propagation> rounds, ToDoubleFunction<Propagation> figure) {
        return rounds.stream().mapToDouble(figure).sorted().toArray()[rounds.size() / 2];
    }

    private static void print(String line) {
        System.out.println(line);
    }
}
