// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;
import sluice.testkit.Transport;

/** What a daemon that is told to stop leaves behind, and what the next one makes of it. */
@KernelTest
class ExitKernelTest {
    private static final int PORT = 4_000;

    @Test
    void removeLeavesNothing(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("remove")) {
            cgroups.cgroup("drop-a/proxy-b");
            var before = KernelState.of(lab);
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                assertThat(KernelState.of(lab)).contains("table inet sluice").contains("lookup 300");
                assertThat(daemon.stop()).isZero();
            }
            assertThat(KernelState.of(lab)).isEqualTo(before);
            assertThat(SluiceDaemon.runDirectory(lab).resolve("control.sock")).doesNotExist();
            assertThat(SluiceDaemon.command(lab, "status").attempt().status()).isEqualTo(5);
        }
    }

    @Test
    void keepLeavesTheRulesToTheNextStartWithoutAMomentWithoutThem(Lab lab) throws Exception {
        var escaped = lab.internet().namespace().count("udp dport " + PORT);
        try (var cgroups = CgroupSandbox.create("keep")) {
            var dropped = cgroups.cgroup("drop-a");
            var proxied = cgroups.cgroup("proxy-b");
            var configuration = "on-exit: keep\n" + NamePolicy.RULES;
            String before;
            try (var first = SluiceDaemon.start(lab, cgroups, configuration)) {
                before = KernelState.of(lab);
                assertThat(first.stop()).isZero();
                assertThat(first.log()).contains("sluice cleanup");
            }
            assertThat(KernelState.of(lab)).isEqualTo(before);
            try (var one = Probe.udp(lab.here(), 1, 10_000_000, Internet.SERVER4, "" + PORT)
                            .bornIn(dropped)
                            .start();
                    var other = Probe.udp(lab.here(), 1, 10_000_000, Internet.SERVER6, "" + PORT)
                            .bornIn(proxied)
                            .start()) {
                for (int i = 0; i < 3; i++) {
                    try (var next = SluiceDaemon.start(lab, cgroups, configuration)) {
                        NamePolicy.awaitInForce(cgroups.root(), Await.SOON);
                        assertThat(next.stop()).isZero();
                    }
                }
                assertThat(one.alive() && other.alive()).isTrue();
            }
            assertThat(escaped.packets()).isZero();
            assertThat(KernelState.of(lab)).contains("table inet sluice");
        }
    }

    @Test
    void cleanupLeavesNothingWhetherADaemonRunsOrNot(Lab lab) throws Exception {
        var before = KernelState.of(lab);
        try (var cgroups = CgroupSandbox.create("cleanup")) {
            cgroups.cgroup("drop-a/proxy-b");
            var configuration = "on-exit: keep\n" + NamePolicy.RULES;
            try (var killed = SluiceDaemon.start(lab, cgroups, configuration)) {
                killed.cli("run", "--direct", "true");
                killed.kill9();
                assertThat(KernelState.of(lab)).isNotEqualTo(before);
                assertThat(cgroups.root().resolve("sluice-run")).exists();
                killed.cli("cleanup", "-c", killed.file().toString());
                assertThat(KernelState.of(lab)).isEqualTo(before);
                assertThat(cgroups.root().resolve("sluice-run")).doesNotExist();
            }
            try (var running = SluiceDaemon.start(lab, cgroups, configuration)) {
                running.cli("run", "--direct", "true");
                running.cli("cleanup");
                assertThat(running.await(Await.SOON).status()).isZero();
                assertThat(KernelState.of(lab)).isEqualTo(before);
                assertThat(cgroups.root().resolve("sluice-run")).doesNotExist();
            }
        }
    }

    @Test
    void programsOfRunKeepTheirCgroupsBeyondTheDaemonWhichTellsSo(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("exit-run")) {
            var runs = cgroups.root().resolve("sluice-run");
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES);
                    var _ = daemon.watch("run", "--direct", "sleep", "60")) {
                Await.until("its cgroup", Await.SOON, () -> Files.exists(runs.resolve("direct")));
                daemon.cli("run", "--drop", "true");
                assertThat(daemon.stop()).isZero();
                assertThat(daemon.log()).contains("nothing of Sluice any more but the cgroups of programs");
                assertThat(runs).isDirectoryContaining("glob:**/direct").isDirectoryNotContaining("glob:**/drop");
            }
        }
    }

    @Test
    void aHangUpWhileItStopsIsIgnored(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Answer.start(machine.internet(), "server", Transport.TCP, PORT);
            var daemon = machine.apply(Machine.BYPASS + "rules: [{match: ^/proxied$, proxy: direct}]\n");
            try (var download = machine.download("proxied", Internet.SERVER4, PORT)) {
                download.awaitProgress();
                daemon.signal("TERM");
                daemon.awaitLog("waiting at most", Machine.SOON);
                daemon.signal("HUP");
                daemon.awaitLog("reload at SIGHUP: the daemon is stopping, ignoring", Machine.SOON);
                assertThat(daemon.await(Machine.SOON).status()).isZero();
            }
            KernelState.assertNothingLeft(lab);
        }
    }

    @Test
    void aStaleControlSocketAndLockAreTakenOver(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("stale")) {
            try (var first = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                first.kill9();
            }
            assertThat(Files.exists(SluiceDaemon.runDirectory(lab).resolve("control.sock")))
                    .isTrue();
            try (var second = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                assertThat(second.cli("status").out()).contains("drop");
            }
        }
    }
}
