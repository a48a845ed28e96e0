// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** Another program removes all tables, and something begins, or goes wrong, before the repair. */
@KernelTest
class ForeignFlushKernelTest {
    private static final int PORT = 9000;
    private static final int OLDER_PORT = 9001;
    private static final int LATER_PORT = 9002;
    /** As long as the back-off may take. */
    private static final Duration REPAIR = Duration.ofMinutes(2);

    private static final List<String> SERVERS = List.of(Internet.SERVER4, Internet.SERVER6);
    private static final List<String> STEERED = List.of("tproxied", "proxied", "dropped");

    /** Nothing that is redirected leaves: the TPROXY server answers itself, and the proxy of the engine is not there. */
    private static final String POLICY = Machine.BYPASS + Machine.RELAY + """
            outbounds: {nowhere: {type: socks5, server: '127.0.0.1:9', udp: true}}
            rules:
              - {match: ^/relay$, direct: true}
              - {match: ^/tproxied$, tproxy: relay}
              - {match: ^/proxied$, proxy: nowhere}
              - {match: ^/dropped$, drop: true}
            """;

    private static Machine machine(Lab lab) throws Exception {
        var machine = Machine.with(lab, "relay", "tproxied", "proxied", "dropped");
        for (var transport : Transport.values()) {
            Answer.start(machine.internet(), "server", transport, PORT);
            Answer.transparent(lab.here(), "relay", transport, 7893, machine.cgroup("relay"));
        }
        Answer.start(machine.internet(), "server", Transport.TCP, OLDER_PORT);
        return machine;
    }

    @Test
    void whatBeganBeforeTheRepairGoesDirectNoLonger(Lab lab) throws Exception {
        try (var machine = machine(lab);
                var older = machine.download("tproxied", Internet.SERVER4, OLDER_PORT)) {
            older.awaitProgress();
            var daemon = machine.apply(POLICY);
            var direct = machine.internet().count("meta l4proto { tcp, udp } th dport " + PORT);
            daemon.pause();
            lab.here().run("nft", "flush", "ruleset");
            var connections = new ArrayList<Machine.Download>();
            var streams = new ArrayList<Machine.Download>();
            for (var cgroup : STEERED) {
                for (var server : SERVERS) {
                    connections.add(machine.download(cgroup, server, PORT));
                    streams.add(machine.stream(cgroup, server, PORT));
                }
            }
            for (var flow : connections) {
                assertThat(flow.awaitProgress().greeting()).startsWith("server from");
            }
            for (var flow : streams) {
                flow.awaitProgress();
            }
            assertThat(direct.packets()).isPositive();

            daemon.resume();
            daemon.awaitLog("everything is in force again", REPAIR);
            // Those of the cgroup that is dropped learn nothing.
            for (var connection : connections.subList(0, 2 * SERVERS.size())) {
                Await.until(
                        "the connection to be reset",
                        Machine.SOON,
                        () -> !connection.process().alive());
            }
            assertNothingLeavesWhile(streams.subList(0, SERVERS.size()), direct::packets);
            older.awaitProgress();
            connections.forEach(Machine.Download::close);
            streams.forEach(Machine.Download::close);
        }
    }

    /** What was under way when the rules came has arrived by now. */
    private static void assertNothingLeavesWhile(List<Machine.Download> redirected, Count count) throws Exception {
        for (var stream : redirected) {
            stream.awaitProgress();
        }
        long before = count.packets();
        for (var stream : redirected) {
            stream.awaitProgress();
        }
        assertThat(count.packets()).isEqualTo(before);
    }

    /** Conntrack has not seen how the connection began, so to it the server began it. */
    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void aConnectionInWhichTheServerSpeaksFirstAfterTheRepairGoesDirectNoLonger(String address, Lab lab)
            throws Exception {
        try (var machine = machine(lab)) {
            var go = lab.directory().resolve("go");
            var port = Integer.toString(LATER_PORT);
            var script = Neighbour.resource("first_word.py").toString();
            var server = machine.internet()
                    .command("python3", script, "serve", address, port, go.toString())
                    .start()
                    .awaitOutput("ready\n", Machine.SOON);
            var daemon = machine.apply(POLICY);
            daemon.pause();
            lab.here().run("nft", "flush", "ruleset");
            var client = machine.in("proxied", "python3", script, "answer", address, port)
                    .start()
                    .awaitOutput("connected\n", Machine.SOON);
            server.awaitOutput("accepted\n", Machine.SOON);
            daemon.resume();
            daemon.awaitLog("everything is in force again", REPAIR);
            var direct = machine.internet().count("tcp dport " + LATER_PORT);
            Files.createFile(go);
            assertThat(client.await(Machine.SOON).out()).contains("ended: ");
            assertThat(direct.packets()).isZero();
            assertThat(server.out()).doesNotContain("secret");
        }
    }

    @FunctionalInterface
    private interface Count {
        long packets() throws Exception;
    }

    @Test
    void aRepairThatAnotherProgramHindersIsTriedUntilItSucceeds(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(NamePolicy.RULES);
            machine.cgroup("proxy-a");
            daemon.pause();
            lab.here().script("nft flush ruleset; nft add table inet sluice");
            daemon.resume();
            daemon.awaitLog("somebody else's table has that name", REPAIR);
            daemon.awaitLog("trying again", REPAIR);
            lab.here().run("nft", "delete", "table", "inet", "sluice");
            daemon.awaitLog("everything is in force again", REPAIR);
            NamePolicy.awaitInForce(machine.cgroups().root(), Machine.SOON);
        }
    }

    @Test
    void lostNotificationsDoNotHideAFlush(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(NamePolicy.RULES);
            machine.cgroup("proxy-a");
            NamePolicy.awaitInForce(machine.cgroups().root(), Machine.SOON);
            daemon.pause();
            // More than the socket for notifications holds; the flush comes last.
            var many = lab.file(
                    "many.nft",
                    IntStream.rangeClosed(1, 60_000)
                            .mapToObj(number -> number + " . " + number)
                            .collect(Collectors.joining(
                                    ",",
                                    "table ip other { set many { type inet_service . inet_service; elements = {",
                                    "}; }; }\n")));
            for (int i = 0; i < 6; i++) {
                lab.here().run("nft", "-f", many.toString());
                lab.here().run("nft", "delete", "table", "ip", "other");
            }
            lab.here().run("nft", "flush", "ruleset");
            daemon.resume();
            daemon.awaitLog("the kernel differs from the policy", REPAIR);
            daemon.awaitLog("everything is in force again", REPAIR);
            NamePolicy.awaitInForce(machine.cgroups().root(), Machine.SOON);
        }
    }
}
