// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** A daemon with {@code own-table: auto}, others who change the ruleset, and the end of the table. */
@KernelTest
class OwnTableKernelTest {
    private static final String OWNED = "own-table: auto\n" + NamePolicy.RULES;
    private static final Duration REPAIR = Duration.ofSeconds(20);

    /** Longer than cleanup waits for an answer and for the daemon's end. */
    private static final Duration CLEANUP = Duration.ofMinutes(2);

    private static CgroupSandbox cgroups() throws Exception {
        var cgroups = CgroupSandbox.create("own");
        cgroups.cgroup("drop-a/proxy-b");
        return cgroups;
    }

    @Test
    void othersCannotFlushOrChangeTheTableWhileTheDaemonRuns(Lab lab) throws Exception {
        try (var cgroups = cgroups();
                var daemon = SluiceDaemon.start(lab, cgroups, OWNED)) {
            var before = KernelState.of(lab);
            lab.here().run("nft", "flush", "ruleset");
            assertThat(lab.here()
                            .command("nft", "delete", "table", "inet", "sluice")
                            .attempt()
                            .err())
                    .contains("Operation not permitted");
            var saved = lab.file("saved.nft", """
                    flush ruleset
                    add table inet firewall
                    add table inet sluice
                    add chain inet sluice theirs
                    """);
            assertThat(lab.here()
                            .command("nft", "-f", saved.toString())
                            .attempt()
                            .err())
                    .contains("Operation not permitted");
            assertThat(KernelState.of(lab)).isEqualTo(before);
            cgroups.cgroup("proxy-later");
            NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            assertThat(daemon.json("status")).containsEntry("repairs", 0);
            assertThat(daemon.stop()).isZero();
            KernelState.assertNothingLeft(lab);
        }
    }

    @Test
    void theTableOfAKilledDaemonStaysUntilTheNextStartOrAFlush(Lab lab) throws Exception {
        try (var cgroups = cgroups()) {
            String before;
            try (var first = SluiceDaemon.start(lab, cgroups, OWNED)) {
                before = KernelState.of(lab);
                first.kill9();
                NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            }
            try (var second = SluiceDaemon.start(lab, cgroups, OWNED)) {
                assertThat(KernelState.of(lab)).isEqualTo(before);
                lab.here().run("nft", "flush", "ruleset");
                assertThat(KernelState.of(lab)).isEqualTo(before);
                second.kill9();
            }
            lab.here().run("nft", "flush", "ruleset");
            assertThat(KernelState.of(lab)).doesNotContain("table inet sluice");
            try (var _ = SluiceDaemon.start(lab, cgroups, OWNED)) {
                assertThat(KernelState.of(lab)).isEqualTo(before);
            }
        }
    }

    @Test
    void aReloadTakesTheOwnerAwayAndGivesItBack(Lab lab) throws Exception {
        try (var cgroups = cgroups();
                var daemon = SluiceDaemon.start(lab, cgroups, OWNED)) {
            daemon.reload(cgroups, NamePolicy.RULES);
            lab.here().run("nft", "flush", "ruleset");
            daemon.awaitLog("everything is in force again", REPAIR);
            NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            daemon.reload(cgroups, OWNED);
            lab.here().run("nft", "flush", "ruleset");
            NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            assertThat(daemon.json("status")).containsEntry("repairs", 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "killed", "hanging"})
    void cleanupGetsRidOfItHoweverTheDaemonIs(String daemonIs, Lab lab) throws Exception {
        try (var cgroups = cgroups()) {
            var before = KernelState.of(lab);
            try (var daemon = SluiceDaemon.start(lab, cgroups, "on-exit: keep\n" + OWNED)) {
                switch (daemonIs) {
                    case "killed" -> daemon.kill9();
                    case "hanging" -> daemon.pause();
                    default -> {}
                }
                var said = SluiceDaemon.command(
                                lab, "cleanup", "-c", daemon.file().toString())
                        .within(CLEANUP)
                        .run();
                switch (daemonIs) {
                    case "hanging" -> assertThat(said.out()).contains("killed the daemon, process " + daemon.pid());
                    case "running" -> assertThat(said.out()).contains("stopped the daemon, process " + daemon.pid());
                    default -> assertThat(said.out()).doesNotContain("daemon, process");
                }
                assertThat(KernelState.of(lab)).isEqualTo(before);
            }
        }
    }
}
