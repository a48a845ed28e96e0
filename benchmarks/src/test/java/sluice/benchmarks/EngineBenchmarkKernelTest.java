// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

/** That everything the benchmark of the engine measures comes out, in a run of seconds. */
@KernelTest
class EngineBenchmarkKernelTest {
    private static final Path PROGRAM =
            Path.of(Objects.requireNonNull(System.getProperty("sluice.program"), "system property sluice.program"));
    private static final Set<Measure> OF_RELAYS = EnumSet.range(Measure.ONE_STREAM, Measure.IDLE_CONNECTIONS);

    @Test
    void everyPeerHasEveryFigure() throws Exception {
        var peers = EnumSet.of(Peer.DIRECT, Peer.HAPROXY_SPLICE, Peer.YARDSTICK, Peer.SLUICE);
        var results = new Results();
        EngineBenchmark.rounds(PROGRAM, peers, EnumSet.allOf(Part.class), results, new EngineBenchmark.Rounds(1, 0.2));
        EngineBenchmark.idle(PROGRAM, peers, results, 100, Duration.ZERO);
        for (var measure : OF_RELAYS) {
            for (var relay : EnumSet.of(Peer.HAPROXY_SPLICE, Peer.YARDSTICK, Peer.SLUICE)) {
                // How much that is depends on the machine, which may be busy: a short run may see nothing.
                assertThat(results.median(measure, relay))
                        .as("%s of %s", measure, relay)
                        .isPresent();
            }
        }
        assertThat(results.median(Measure.SMALL_DATAGRAMS, Peer.DIRECT)).isPresent();
        assertThat(results.median(Measure.LARGE_LOSS, Peer.DIRECT).orElseThrow())
                .isBetween(0.0, 100.0);
        assertThat(results.table(peers)).contains("| " + Measure.PING_P99.label() + " |");
    }

    @Test
    void goalsSayWhetherTheyAreReached() {
        var results = new Results();
        results.add(Measure.PING_P50, Peer.SLUICE, 20);
        var goal = new Goal(Measure.PING_P50, Set.of(Peer.HAPROXY, Peer.HAPROXY_SPLICE), 1, false);
        assertThat(goal.verdict(results)).isEmpty();
        results.add(Measure.PING_P50, Peer.HAPROXY, 10);
        assertThat(goal.verdict(results).orElseThrow()).startsWith("NO ").contains("2.00 <= 1.00");
        for (var peer : EnumSet.of(Peer.HAPROXY, Peer.SLUICE)) {
            results.add(Measure.PING_P50, peer, peer == Peer.SLUICE ? 20 : 40);
            results.add(Measure.PING_P50, peer, peer == Peer.SLUICE ? 300 : 400);
        }
        assertThat(goal.verdict(results).orElseThrow())
                .as("the median of 2, 1/2 and 3/4")
                .startsWith("yes ")
                .contains("0.75 <= 1.00");
        for (int i = 0; i < 3; i++) {
            results.add(Measure.PING_P50, Peer.HAPROXY_SPLICE, 10);
        }
        assertThat(goal.verdict(results).orElseThrow())
                .as("the other one is better")
                .startsWith("NO ")
                .contains("2.00 <= 1.00");
    }
}
