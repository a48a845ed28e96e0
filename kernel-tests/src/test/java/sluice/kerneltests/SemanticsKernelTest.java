// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;
import sluice.testkit.CProgram;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** Applications see through the engine what they see without it. */
@KernelTest
@Timeout(600)
class SemanticsKernelTest {
    private static final String DIRECT = "direct";
    private static final String ENGINE = "engine";
    private static final String POLICY = """
            bypass: [127.0.0.0/8, '::1']
            rules:
              - {match: ^/direct$, direct: true}
              - {match: ^/engine$, proxy: direct}
            """;
    private static final int MANY = Scale.of(32 << 20, 1 << 30);
    private static final int MOST_ON_THE_WAY = 64 << 20;
    private static final Pattern ACKNOWLEDGED = Pattern.compile("bytes_acked:(\\d+)");

    private static Machine machine;
    private static SluiceDaemon daemon;

    private static final List<Case> CASES = List.of(
            Case.of("server closes first", "receive:all close", "send:1000 close"),
            Case.of("server closes without a word", "receive:all close", "close"),
            Case.of("server speaks first", "receive:20 send:10 receive:all", "send:20 receive:10 close"),
            Case.of("client closes without a word", "close", "receive:all"),
            Case.of("client sends and closes", "send:10 close", "receive:all"),
            Case.of("client half-closes", "send:10 finish receive:all", "receive:all send:1048576 close"),
            Case.of("server half-closes", "receive:all send:1048576 close", "send:10 finish receive:all"),
            Case.of("server resets", "send:5 within:1000 receive:all", "receive:5 reset"),
            Case.of(
                    "server resets after sending",
                    "receive:100000 within:1000 receive:all",
                    "send:100000 pause:300 reset"),
            Case.of(
                    "server resets a client that has finished",
                    "send:5 finish within:1000 receive:all",
                    "receive:all reset"),
            Case.of("server closes without reading", "send:1000 within:1000 receive:all", "pause:300 close"),
            Case.of("client resets", "send:5 receive:5 reset", "receive:5 send:5 within:1000 receive:all"),
            Case.of(
                    "client resets a server that has finished",
                    "receive:all reset",
                    "send:5 finish within:1000 receive:all"),
            Case.of(
                    "both send at once",
                    "exchange:" + MANY + " finish receive:all",
                    "exchange:" + MANY + " finish receive:all"));

    /** Steps of the two ends of a connection. */
    record Case(String name, List<String> client, List<String> server) {
        static Case of(String name, String client, String server) {
            return new Case(name, List.of(client.split(" ")), List.of(server.split(" ")));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void start(Lab lab) throws Exception {
        machine = Machine.with(lab, DIRECT, ENGINE);
        // Only a router says that something is unreachable, and usually once a second.
        machine.internet()
                .run(
                        "sysctl",
                        "-qw",
                        "net.ipv4.ip_forward=1",
                        "net.ipv6.conf.all.forwarding=1",
                        "net.ipv4.icmp_ratelimit=0",
                        "net.ipv6.icmp.ratelimit=0");
        machine.internet().run("ip", "route", "add", "unreachable", "203.0.113.99");
        machine.internet().run("ip", "route", "add", "unreachable", "2001:db8:2::99");
        daemon = machine.apply(POLICY);
    }

    @AfterAll
    static void stop() throws IOException {
        machine.close();
    }

    static Stream<Arguments> tcp() {
        return CASES.stream()
                .flatMap(each -> Stream.of(Internet.SERVER4, Internet.SERVER6).map(to -> Arguments.of(each, to)));
    }

    @ParameterizedTest
    @MethodSource("tcp")
    void bothEndsSeeTheSame(Case steps, String address) throws Exception {
        var direct = new Talk(machine, DIRECT, address).between(steps.client, steps.server);
        var engine = new Talk(machine, ENGINE, address).between(steps.client, steps.server);
        assertThat(direct.client().size() + direct.server().size()).isPositive();
        assertThat(engine).isEqualTo(direct);
        assertThat(engine.toString()).doesNotContain("late").doesNotContain("corrupt");
    }

    /**
     * TPROXY accepts before anybody has asked the server, so the client is mostly connected already when the refusal comes. What routers say
     * counts from the second SYN on, a second later: tcp_v4_err() and tcp_v6_err() just take a note of it while connect(2) holds the socket.
     */
    @ParameterizedTest
    @CsvSource({
        Internet.SERVER4 + ", 1000, Connection refused",
        Internet.SERVER6 + ", 1000, Connection refused",
        "203.0.113.99, 4000, No route to host",
        "2001:db8:2::99, 4000, Network is unreachable"
    })
    void whomNobodyAnswersIsReset(String address, int millis, String error) throws Exception {
        var steps = List.of("within:" + millis, "receive:all");
        assertThat(new Talk(machine, DIRECT, address).toNobody(steps).client()).containsExactly("connect: " + error);
        assertThat(new Talk(machine, ENGINE, address).toNobody(steps).client())
                .singleElement(STRING)
                .endsWith(": Connection reset by peer");
    }

    @ParameterizedTest
    @ValueSource(strings = {DIRECT, ENGINE})
    void aSleepingReaderHoldsTheSenderUp(String cgroup) throws Exception {
        int pause = Scale.of(2_000, 8_000);
        int bytes = Scale.of(256 << 20, 1 << 30);
        int port = Talk.freePort();
        var talk = new Talk(machine, cgroup, Internet.SERVER4);
        long before = residentKib();
        try (var server = talk.server(port, List.of("send:" + bytes, "close"));
                var client = talk.client(port, List.of("pause:" + pause, "receive:all"))
                        .start()) {
            // Its own buffers fill within the first second.
            Await.until("the sender stands still", Machine.SOON, () -> {
                long sent = acknowledged(port);
                machine.internet().run("sleep", "0.5");
                return sent > 0 && acknowledged(port) == sent;
            });
            assertThat(acknowledged(port)).isLessThan(MOST_ON_THE_WAY);
            assertThat(residentKib()).isLessThan(before + (16 << 10));
            assertThat(client.await(Duration.ofMinutes(2)).out()).isEqualTo("received " + bytes + ", end\n");
            assertThat(server.await(Machine.SOON).out()).endsWith("sent " + bytes + "\n");
        }
    }

    private static long acknowledged(int port) throws IOException {
        var found = ACKNOWLEDGED.matcher(
                machine.internet().run("ss", "-Htin", "sport = :" + port).out());
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private static long residentKib() throws IOException {
        var pages =
                Files.readString(Path.of("/proc/" + daemon.pid() + "/statm")).split(" ")[1];
        return Long.parseLong(pages) * 4;
    }

    /** The error comes for the datagram before; a socket that is not connected is told nothing on either way. */
    @ParameterizedTest
    @CsvSource({
        Internet.SERVER4 + ", connected, ECONNREFUSED",
        Internet.SERVER6 + ", connected, ECONNREFUSED",
        Internet.SERVER4 + ", unconnected, silence",
        Internet.SERVER6 + ", unconnected, silence"
    })
    void aPortWhereNobodyListensRefusesDatagrams(String address, String how, String told) throws Exception {
        var arrived = machine.internet().count("udp dport 4009 meta length < 50");
        for (var way : List.of(DIRECT, ENGINE)) {
            assertThat(machine.in(way, "python3", "-c", """
                            import errno, socket, sys
                            address, how = sys.argv[1:]
                            client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
                            client.settimeout(8 if how == "connected" else 0.5)
                            if how == "connected":
                                client.connect((address, 4009))
                            for _ in range(2):
                                try:
                                    if how == "connected":
                                        client.send(b"hello" * 10)
                                    else:
                                        client.sendto(b"hello" * 10, (address, 4009))
                                    client.recv(100)
                                except TimeoutError:
                                    print("silence")
                                except OSError as e:
                                    print(errno.errorcode[e.errno])
                            """, address, how).run().out())
                    .as(way)
                    .isEqualTo((told + "\n").repeat(2));
        }
        assertThat(arrived.packets())
                .as("datagrams that nobody's application sent")
                .isZero();
    }

    /** Two peers are asked from one socket. */
    @ParameterizedTest
    @CsvSource({
        "100, " + Internet.SERVER4 + " " + Internet.OTHER4,
        "100, " + Internet.SERVER6 + " " + Internet.OTHER6,
        "60000, " + Internet.SERVER4,
        "60000, " + Internet.SERVER6,
        "1, " + Internet.SERVER4
    })
    void datagramsAreAnsweredByWhoWasAsked(int size, String peers) throws Exception {
        var program = CProgram.of(Talk.class, "datagrams").executable().toString();
        int port = Talk.freePort();
        try (var server = machine.internet()
                .command(program, "serve", Integer.toString(port))
                .start()) {
            server.awaitOutput("ready\n", Machine.SOON);
            var words = new ArrayList<>(List.of(program, "ask", Integer.toString(size)));
            for (var peer : peers.split(" ")) {
                words.addAll(List.of(peer, Integer.toString(port)));
            }
            var direct = machine.in(DIRECT, words.toArray(String[]::new)).run().out();
            var engine = machine.in(ENGINE, words.toArray(String[]::new)).run().out();
            assertThat(direct).contains("answered " + size).doesNotContain("silent");
            assertThat(engine).isEqualTo(direct);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void shortFlowsAreWhole(String address) throws Exception {
        int count = Scale.of(1_000, 10_000);
        var program = CProgram.of(Talk.class, "flows").executable().toString();
        var port = Integer.toString(Talk.freePort());
        try (var server = machine.internet().command(program, "serve", port).start()) {
            server.awaitOutput("ready\n", Machine.SOON);
            assertThat(machine.in(ENGINE, program, "run", address, port, "" + count, "32", "65536", "1")
                            .within(Duration.ofMinutes(2))
                            .run()
                            .out())
                    .isEqualTo("whole " + count + " broken 0\n");
        }
    }
}
