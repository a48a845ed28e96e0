// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Policy;
import sluice.rules.Rule;

/** Which rule a new cgroup matches: what the daemon computes once per mkdir. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-XX:+UseSerialGC")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatchingBenchmark {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    /** How many rules come before the one that matches. */
    @Param({"5", "50", "500"})
    public int rules = 5;

    private List<Rule> before = List.of();
    private Policy policy = new Policy(List.of(), ROOT);
    private Policy shorthands = new Policy(List.of(), ROOT);

    /** Made by JMH. */
    public MatchingBenchmark() {}

    /** Reads configurations of {@link #rules} rules. */
    @Setup
    public void read() throws InvalidConfigurationException {
        before = rules("match: '\\/system\\.slice\\/service-%d\\.service'");
        policy = new Policy(before, ROOT);
        shorthands = new Policy(rules("app: org.example.Application%d"), ROOT);
    }

    private List<Rule> rules(String format) throws InvalidConfigurationException {
        var lines = new ArrayList<String>(List.of("version: 1", "rules:"));
        for (int i = 0; i < rules; i++) {
            lines.add("  - {" + format.formatted(i) + ", direct: true}");
        }
        lines.add("  - {match: '\\/.*', drop: true}");
        var bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        return new ConfigurationReader(name -> OptionalInt.empty())
                .read("benchmark", bytes)
                .configuration()
                .rules();
    }

    /** Regular expressions, of which the last matches. */
    @Benchmark
    public Optional<Rule> expressions() {
        return policy.match(
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal-4711.scope");
    }

    /** Desktop applications, of which none matches until the last rule. */
    @Benchmark
    public Optional<Rule> applications() {
        return shorthands.match(
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.gnome.Terminal-4711.scope");
    }
}
