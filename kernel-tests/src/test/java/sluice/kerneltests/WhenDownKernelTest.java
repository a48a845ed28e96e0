// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What becomes of proxied traffic while nobody listens on the TPROXY server's port. */
@KernelTest
class WhenDownKernelTest {
    private static String policy(String whenDown) {
        return Machine.BYPASS + "tproxies: {relay: {mark: 3000, port: 7893, when-down: " + whenDown + "}}\n"
                + "rules: [{match: ^/relay$, direct: true}, {match: ^/app$, tproxy: relay}]\n";
    }

    /** A machine with a server of its own on the port that the application asks for elsewhere. */
    private static Machine machine(Lab lab) throws Exception {
        var machine = Machine.with(lab, "app", "relay");
        Haproxy.web(machine.internet(), "web", 80);
        Haproxy.web(lab.here(), "stranger", 80);
        return machine;
    }

    private static void comesAndGoes(Machine machine, int statusWhileDown) throws Exception {
        for (int round = 0; round < 2; round++) {
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                var failed = machine.curl("app", address, statusWhileDown == 28 ? "0.5" : "8")
                        .attempt();
                assertThat(failed.out()).isEmpty();
                assertThat(failed.status()).isEqualTo(statusWhileDown);
            }
            var relay = machine.relay();
            assertThat(machine.page("app", Internet.SERVER4)).startsWith("web from ");
            assertThat(machine.page("app", Internet.SERVER6)).startsWith("web from ");
            relay.process().close();
        }
    }

    @Test
    void droppedUntilSomebodyListens(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var escaped = machine.internet().count("tcp dport 80 tcp flags syn");
            machine.apply(policy("drop"));
            machine.curl("app", Internet.SERVER4, "0.5").attempt();
            machine.curl("app", Internet.SERVER6, "0.5").attempt();
            assertThat(escaped.packets()).isZero();
            comesAndGoes(machine, 28);
        }
    }

    @Test
    void rejectedUntilSomebodyListens(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.apply(policy("reject"));
            comesAndGoes(machine, 7);
        }
    }

    /** What a datagram to an address gets: the name of an error, an answer, or {@code silence}. */
    private static String answer(Machine machine, String address) throws Exception {
        return machine.in("app", "python3", "-c", """
                        import errno, socket, sys
                        client = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
                        client.settimeout(1)
                        client.connect((sys.argv[1], 4000))
                        try:
                            client.send(b"hello")
                        except PermissionError:
                            pass  # What is rejected on output is also dropped there, and the sender is told that too.
                        try:
                            print(client.recv(100).decode().split()[0])
                        except TimeoutError:
                            print("silence")
                        except OSError as e:
                            print(errno.errorcode[e.errno])
                        """, address).run().out().strip();
    }

    @Test
    void datagramsAreRejectedUntilSomebodyTakesThem(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.apply(policy("reject"));
            for (int round = 0; round < 2; round++) {
                for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                    Await.until("refused", Machine.SOON, () -> {
                        assertThat(answer(machine, address)).isEqualTo("ECONNREFUSED");
                        return true;
                    });
                }
                try (var _ = machine.datagramRelay().process()) {
                    for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                        Await.until(
                                "answered",
                                Machine.SOON,
                                () -> !answer(machine, address).matches("silence|E.*"));
                    }
                }
            }
        }
    }

    @Test
    void directUntilSomebodyListens(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(policy("direct"));
            for (int round = 0; round < 2; round++) {
                Await.until(
                        "a page without the relay",
                        Machine.SOON,
                        () -> machine.curl("app", Internet.SERVER4, "1")
                                .attempt()
                                .out()
                                .startsWith("web from "));
                assertThat(machine.page("app", Internet.SERVER6)).startsWith("web from ");
                assertThat(daemon.cli("explain", "/app").out()).contains("when-down: direct");
                var relay = machine.relay();
                Await.until("a page through the relay", Machine.SOON, () -> {
                    machine.page("app", Internet.SERVER4);
                    return !relay.arrivals().isEmpty();
                });
                relay.process().close();
            }
        }
    }

    @Test
    void aMomentInWhichNobodyCanLookChangesNothing(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.relay();
            var daemon = machine.apply(policy("direct"));
            var limit = "prlimit --pid " + daemon.pid() + " --nofile=";
            lab.here().script(limit + "3:1000");
            daemon.awaitLog("until that works they count as before", Machine.SOON);
            lab.here().script(limit + "1000:1000");
            Await.until(
                    "an answer", Machine.SOON, () -> daemon.cli("status").out().contains("7893"));
            assertThat(machine.page("app", Internet.SERVER4)).startsWith("web from ");
        }
    }
}
