// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;
import sluice.testkit.Scale;

/** Ends of the daemon that it did not choose, at any moment, while cgroups come and go. */
@KernelTest
class CrashKernelTest {
    private static final long SEED = 20_261_121;
    private static final int PORT = 4_000;
    private static final List<String> KINDS = List.of("drop", "proxy", "direct", "other");
    private static final Duration IN_FORCE = Await.SOON;

    /** Cgroups that come and go by a seed. */
    private static final class Churn {
        private final Path root;
        private final Random random;
        private final List<Path> alive = new ArrayList<>();
        private int made;

        Churn(Path root, Random random) {
            this.root = root;
            this.random = random;
        }

        void turn() throws IOException {
            if (alive.size() < 200 && random.nextBoolean()) {
                var parent = alive.isEmpty() || random.nextInt(3) > 0 ? root : alive.get(random.nextInt(alive.size()));
                alive.add(Files.createDirectory(parent.resolve(KINDS.get(random.nextInt(KINDS.size())) + made++)));
            } else if (!alive.isEmpty()) {
                var victim = alive.get(random.nextInt(alive.size()));
                if (alive.stream().noneMatch(path -> !path.equals(victim) && path.startsWith(victim))) {
                    Files.delete(victim);
                    alive.remove(victim);
                }
            }
        }

        void turns(int most) throws IOException {
            for (int i = random.nextInt(most); i > 0; i--) {
                turn();
            }
        }
    }

    @Test
    @Timeout(1200)
    void afterEveryKillTheNextStartSucceedsAndNothingEscapesMeanwhile(Lab lab) throws Exception {
        var escaped = lab.internet().namespace().count("udp dport " + PORT);
        var connected = lab.internet().namespace().count("tcp dport " + PORT);
        var random = new Random(SEED);
        try (var cgroups = CgroupSandbox.create("kill")) {
            var dropped = cgroups.cgroup("drop-probe");
            var proxied = cgroups.cgroup("proxy-probe");
            var churn = new Churn(cgroups.cgroup("churn"), random);
            var configuration = "on-exit: keep\n" + NamePolicy.RULES;
            try (var first = SluiceDaemon.start(lab, cgroups, configuration)) {
                first.kill9();
            }
            var file = SluiceDaemon.write(lab, cgroups, configuration);
            // Each sends from new sockets all the time, and is started over when it has sent enough.
            var probes = List.of(
                    Probe.udp(lab.here(), 2, 100_000_000, Internet.SERVER4, "" + PORT, Internet.SERVER6, "" + PORT)
                            .bornIn(dropped)
                            .start(),
                    Probe.udp(lab.here(), 2, 100_000_000, Internet.SERVER4, "" + PORT, Internet.SERVER6, "" + PORT)
                            .bornIn(proxied)
                            .start());
            for (int i = 0; i < Scale.of(20, 200); i++) {
                try (var doomed = SluiceDaemon.launch(lab, file)) {
                    churn.turns(20_000);
                    connect(lab, dropped);
                    connect(lab, proxied);
                    doomed.kill9();
                }
                churn.turns(100);
                try (var next = SluiceDaemon.launch(lab, file)) {
                    next.awaitReady();
                    NamePolicy.awaitInForce(cgroups.root(), IN_FORCE);
                    churn.turns(1_000);
                    next.kill9();
                }
                assertThat(escaped.packets())
                        .as("datagrams escaped by kill %d of seed %d", i, SEED)
                        .isZero();
                assertThat(connected.packets())
                        .as("connections escaped by kill %d of seed %d", i, SEED)
                        .isZero();
            }
            for (var probe : probes) {
                assertThat(probe.alive()).as(probe.err()).isTrue();
                probe.close();
            }
        }
    }

    /** Starts connections that must not get anywhere; the program does not wait for them. */
    private static void connect(Lab lab, Path cgroup) throws IOException {
        for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
            lab.here()
                    .command(
                            "curl",
                            "-s",
                            "-m",
                            "0.01",
                            "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":" + PORT)
                    .bornIn(cgroup)
                    .attempt();
        }
    }

    @Test
    void aStartThatIsCalledOffAtAnyMomentLeavesNothing(Lab lab) throws Exception {
        var random = new Random(SEED);
        try (var cgroups = CgroupSandbox.create("term")) {
            var churn = new Churn(cgroups.cgroup("churn"), random);
            var file = SluiceDaemon.write(lab, cgroups, NamePolicy.RULES);
            var before = KernelState.of(lab);
            for (int i = 0; i < Scale.of(10, 100); i++) {
                String end;
                try (var daemon = SluiceDaemon.launch(lab, file)) {
                    churn.turns(20_000);
                    end = "exit status " + daemon.stop() + ", " + daemon.log();
                }
                assertThat(KernelState.of(lab))
                        .as("after stop %d of seed %d: %s", i, SEED, end)
                        .isEqualTo(before);
            }
        }
    }

    @Test
    void aDaemonThatIsKilledLeavesItsRulesToTheNext(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("adopt")) {
            cgroups.cgroup("drop-a");
            String before;
            try (var first = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                before = KernelState.of(lab);
                first.kill9();
            }
            assertThat(KernelState.of(lab)).isEqualTo(before);
            // Another mark and table, so that what was left has to be found by its owner's number.
            var other = NamePolicy.RULES.replace("3000", "4000") + "route-table: 301\n";
            try (var second = SluiceDaemon.start(lab, cgroups, other)) {
                Await.until(
                        "the first one's traces to go",
                        IN_FORCE,
                        () -> !KernelState.of(lab).contains("lookup 300"));
                assertThat(second.stop()).isZero();
            }
            KernelState.assertNothingLeft(lab);
            assertThat(KernelState.of(lab)).doesNotContain("301");
        }
    }
}
