// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/**
 * Conntrack forgets a flow before its ends do: UDP after 30 seconds, TCP that is half closed after one minute. An answer that comes then begins a flow in conntrack's eyes, and what
 * the application says next is no reply to it for all that.
 */
@KernelTest
class ForgottenFlowKernelTest {
    private static final int PORT = 7000;
    private static final String CONTROL_PORT = "7001";
    /** Of the application, clear of what the kernel gives the engine. */
    private static final int OWN_PORT = 20_000;

    /** Of curl. */
    private static final int TIMED_OUT = 28;

    private static final String ENGINE = Machine.BYPASS + "rules: [{match: ^/app$, proxy: direct}]\n";
    private static final String RELAY = Machine.BYPASS + Machine.RELAY + "rules: [{match: ^/app$, tproxy: relay}]\n";

    private static String script(String name) {
        return Objects.requireNonNull(ForgottenFlowKernelTest.class.getResource(name))
                .getPath();
    }

    private static Background server(Machine machine, String transport, String address) throws IOException {
        return machine.internet()
                .command(
                        "python3",
                        script("pushing-server.py"),
                        transport,
                        address,
                        Integer.toString(PORT),
                        CONTROL_PORT)
                .start()
                .awaitOutput("ready\n", Machine.SOON);
    }

    private static void push(Machine machine) throws IOException {
        machine.internet().run("python3", "-c", """
                import socket
                socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"push", ("::1", %s))
                """.formatted(CONTROL_PORT));
    }

    private static Background client(Machine machine, String transport, String address) throws IOException {
        return machine.in(
                        "app",
                        "python3",
                        script("patient-client.py"),
                        transport,
                        address,
                        Integer.toString(PORT),
                        Integer.toString(OWN_PORT))
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void whatTheApplicationAnswersGoesToTheEngine(String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app");
                var server = server(machine, "udp", address)) {
            machine.apply(ENGINE);
            var escaped = machine.internet().count("udp sport " + OWN_PORT);
            try (var client = client(machine, "udp", address)) {
                server.awaitOutput("hello from port", Machine.SOON);
                lab.here().run("conntrack", "-F");
                for (int answers = 1; answers <= 3; answers++) {
                    push(machine);
                    int expected = answers;
                    Await.until("answer " + answers, Machine.SOON, () -> answers(server) == expected);
                }
                assertThat(client.out()).contains("got push");
            }
            var told = machine.internet().count("icmp type destination-unreachable");
            var told6 = machine.internet().count("icmpv6 type destination-unreachable");
            var pushes = lab.here().count("iifname lo udp dport " + OWN_PORT);
            lab.here().run("conntrack", "-F");
            push(machine);
            Await.until("the push", Machine.SOON, () -> pushes.packets() > 0);
            assertThat(escaped.packets() + told.packets() + told6.packets()).isZero();
        }
    }

    private static long answers(Background server) throws IOException {
        return server.lines().stream()
                .filter(line -> line.startsWith("answer from port"))
                .count();
    }

    @ParameterizedTest
    @CsvSource({
        "true, " + Internet.SERVER4,
        "true, " + Internet.SERVER6,
        "false, " + Internet.SERVER4,
        "false, " + Internet.SERVER6
    })
    void aHalfClosedConnectionGetsItsAnswer(boolean engine, String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app", "relay");
                var server = server(machine, "tcp", address)) {
            var _ = machine.relay();
            machine.apply(engine ? ENGINE : RELAY);
            var escaped = machine.internet().count("tcp sport " + OWN_PORT);
            try (var client = client(machine, "tcp", address)) {
                server.awaitOutput("hello from port", Machine.SOON);
                lab.here().run("conntrack", "-F");
                push(machine);
                client.awaitOutput("got 65536 bytes", Machine.SOON);
            }
            assertThat(escaped.packets()).isZero();
        }
    }

    /** A connection that is gone for the application, and not for its server: what the kernel says of it concerns the engine alone. */
    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void theEndOfAnApplicationIsNotToldPastTheEngine(String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app");
                var server = server(machine, "tcp", address)) {
            machine.apply(ENGINE);
            var escaped = machine.internet().count("tcp sport " + OWN_PORT);
            try (var _ = client(machine, "tcp", address)) {
                server.awaitOutput("hello from port", Machine.SOON);
            }
            lab.here().run("conntrack", "-F");
            var resets = lab.here().count("iifname lo tcp flags rst");
            push(machine);
            Await.until("a reset for the engine", Machine.SOON, () -> resets.packets() > 0);
            assertThat(escaped.packets()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void aFlowWhoseServerHasAnotherNameSinceARestartIsSteeredAnew(String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app", "relay")) {
            var _ = machine.datagramRelay();
            var escaped = machine.internet().count("udp dport 7");
            try (var first = SluiceDaemon.start(lab, machine.cgroups(), RELAY)) {
                var stream = machine.stream("app", address, 7);
                stream.awaitProgress();
                first.kill9();
                var renamed = RELAY.replace("relay: {", "other: {").replace("tproxy: relay", "tproxy: other");
                try (var _ = SluiceDaemon.start(lab, machine.cgroups(), renamed);
                        stream) {
                    stream.awaitProgress();
                    assertThat(stream.greeting()).contains(": relay from ");
                }
            }
            assertThat(escaped.packets()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void nothingIsLedPastTheServerBySomebodysPolicyRule(String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app", "relay")) {
            Haproxy.web(machine.internet(), "web", 80);
            var _ = machine.relay();
            machine.apply(RELAY);
            assertThat(machine.page("app", address)).startsWith("web from ");
            var family = address.contains(":") ? "-6" : "-4";
            lab.here().run("ip", family, "rule", "add", "not", "fwmark", "0xca6c", "lookup", "main", "pref", "1");
            var arrived = machine.internet().count("tcp dport 80");
            assertThat(machine.curl("app", address, "1").attempt().status()).isEqualTo(TIMED_OUT);
            assertThat(arrived.packets()).isZero();
            lab.here().run("ip", family, "rule", "del", "pref", "1");
            assertThat(machine.page("app", address)).startsWith("web from ");
        }
    }

    /** The kernel does not ask policy rules about these. */
    @ParameterizedTest
    @ValueSource(strings = {"255.255.255.255", "192.0.2.255", "ff02::1%wan"})
    void whatStaysOnTheLinkGoesOutAsEver(String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app", "relay")) {
            machine.apply(RELAY);
            var arrived = machine.internet().count("udp dport " + PORT);
            machine.in("app", "python3", "-c", """
                            import socket
                            family, _, _, _, address = socket.getaddrinfo("%s", %d, type=socket.SOCK_DGRAM)[0]
                            sender = socket.socket(family, socket.SOCK_DGRAM)
                            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                            sender.sendto(b"anybody", address)
                            """.formatted(address, PORT)).run();
            Await.until("the datagram", Machine.SOON, () -> arrived.packets() == 1);
        }
    }
}
