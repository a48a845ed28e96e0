// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Transport;

/** Policy rules that a VPN adds without a preference ({@code wg-quick up}): the kernel puts each before all others. */
@KernelTest
class VpnRulesKernelTest {
    private static final int PORT = 9000;
    private static final int FREE_MOVES = 16;
    private static final List<String> SERVERS = List.of(Internet.SERVER4, Internet.SERVER6);
    private static final List<String> FAMILIES = List.of("-4", "-6");
    private static final String POLICY = Machine.BYPASS + Machine.RELAY + """
            rules:
              - {match: '^/relay$', direct: true}
              - {match: '^/proxied$', tproxy: relay}
            """;

    private static final String UP = """
            for f in -4 -6; do
                ip $f route replace default dev wan table 51820
                ip $f rule add not fwmark 51820 table 51820
                ip $f rule add table main suppress_prefixlength 0
            done
            """;
    private static final String DOWN = """
            for f in -4 -6; do
                ip $f rule delete table 51820
                ip $f rule delete table main suppress_prefixlength 0
            done
            """;

    /** A machine with servers that answer in place of every destination, so that nothing has to leave. */
    private static Machine machine(Lab lab) throws IOException {
        var machine = Machine.with(lab, "relay", "proxied");
        for (var transport : Transport.values()) {
            Answer.transparent(lab.here(), "relay", transport, 7893, machine.cgroup("relay"));
        }
        return machine;
    }

    private static List<String> ours(Namespace here, String family) throws IOException {
        return here.run("ip", family, "rule")
                .out()
                .lines()
                .filter(line -> line.contains("proto 83"))
                .toList();
    }

    private static void awaitPlace(Lab lab, int priority) {
        for (var family : FAMILIES) {
            Await.until(
                    "the policy rule at " + priority,
                    Machine.SOON,
                    () -> ours(lab.here(), family)
                            .equals(List.of(priority + ":\tfrom all fwmark 0xbb8 lookup 300 proto 83")));
        }
    }

    private static void assertRedirected(Machine machine) throws Exception {
        for (var server : SERVERS) {
            assertThat(machine.datagrams("proxied", 100, 3, server, "" + PORT)
                            .run()
                            .out())
                    .contains("relay from")
                    .doesNotContain("send to");
            try (var connection = machine.download("proxied", server, PORT)) {
                connection.awaitProgress();
                assertThat(connection.greeting()).startsWith("relay from");
            }
        }
    }

    @Test
    void redirectedTrafficGoesOnWhileAVpnComesAndGoesAndNoneOfItLeaves(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(POLICY);
            // From now on: connections of the test before may still be ending, and no rules were there to stop their
            // resets.
            var leaked = machine.internet().count("meta l4proto { tcp, udp } th dport " + PORT);
            var running = new ArrayList<Machine.Download>();
            for (var server : SERVERS) {
                running.add(machine.download("proxied", server, PORT));
                running.add(machine.stream("proxied", server, PORT));
            }
            for (int round = 0; round < 3; round++) {
                lab.here().script(UP);
                awaitPlace(lab, 1997);
                for (var flow : running) {
                    flow.awaitProgress();
                }
                assertRedirected(machine);
                assertThat(daemon.cli("status").out()).doesNotContain("warning: policy rule");
                lab.here().script(DOWN);
                awaitPlace(lab, 2000);
            }
            for (var flow : running) {
                flow.awaitProgress();
                flow.close();
            }
            assertThat(leaked.packets()).isZero();
            assertThat(daemon.log())
                    .contains("moved to priority 1997 (ip rule show)", "moved to priority 1997 (ip -6 rule show)")
                    .contains("moved back to priority 2000 (ip rule show)")
                    .doesNotContain("everything is in force again");
            assertThat(daemon.stop()).isZero();
            KernelState.assertNothingLeft(lab);
        }
    }

    @Test
    void theNextStartTakesOverRulesThatMovedAndCleanupFindsThem(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            try (var killed = machine.apply(POLICY)) {
                lab.here().script(UP);
                awaitPlace(lab, 1997);
                killed.kill9();
                assertRedirected(machine);
                try (var next = SluiceDaemon.launch(lab, killed.file())) {
                    next.awaitReady();
                    awaitPlace(lab, 1997);
                    assertRedirected(machine);
                    next.kill9();
                }
            }
            SluiceDaemon.command(lab, "cleanup").run();
            KernelState.assertNothingLeft(lab);
        }
    }

    @Test
    void rulesThatWereThereBeforeTheStartAreOvertakenToo(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            for (var family : FAMILIES) {
                lab.here().run("ip", family, "rule", "add", "table", "51820", "preference", "100");
            }
            machine.apply(POLICY);
            awaitPlace(lab, 99);
            assertRedirected(machine);
        }
    }

    @Test
    void aProgramThatAlwaysWantsToBeFirstIsFollowedLessAndLessOften(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(POLICY);
            for (int i = 1; i <= FREE_MOVES + 2; i++) {
                int place = 2000 - 2 * i;
                lab.here().run("ip", "rule", "add", "table", "51820");
                Await.until(
                        "move " + i,
                        Machine.SOON,
                        () -> ours(lab.here(), "-4").getFirst().startsWith(place + ":"));
            }
            daemon.awaitLog("another program keeps adding policy rules", Machine.SOON);
            assertThat(daemon.log().split("another program keeps adding policy rules", -1))
                    .hasSize(2);
            assertRedirected(machine);
        }
    }
}
