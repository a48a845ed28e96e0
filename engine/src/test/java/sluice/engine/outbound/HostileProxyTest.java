// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.testkit.Await;

/** Proxies that lie, and proxies that do not care. */
class HostileProxyTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    /** One way of misbehaving, and what has to come of it. */
    record Lie(String type, String title, FlowEnd reason, String words, FakeServer.Script script) {
        @Override
        public String toString() {
            return type + " " + title;
        }
    }

    private static Lie socks(String title, FlowEnd reason, String words, FakeServer.Script script) {
        return new Lie("socks5", title, reason, words, script);
    }

    private static Lie http(String title, FlowEnd reason, String words, FakeServer.Script script) {
        return new Lie("http", title, reason, words, script);
    }

    private static final String CLOSED = "it closed the connection in the middle of the negotiation";
    private static final String SLOW = ": no answer in time";
    private static final String INTERIM = "the proxy gave more than 16 interim answers";
    private static final String LARGE = "its answer has more than 16384 bytes";

    static Stream<Lie> lies() {
        return Stream.of(
                socks("that closes at once", FlowEnd.PROXY_FAILED, "", peer -> {}),
                socks("that closes after the greeting", FlowEnd.PROXY_FAILED, CLOSED, peer -> peer.next(3)),
                socks("that closes in the reply", FlowEnd.PROXY_FAILED, CLOSED, peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 7f");
                }),
                socks("that is a web server", FlowEnd.PROXY_FAILED, "it answered with version 72", peer -> {
                    peer.text("HTTP/1.1 400 Bad Request\r\n\r\n");
                    peer.awaitEnd();
                }),
                socks("of version 4", FlowEnd.PROXY_FAILED, "it answered with version 0", peer -> {
                    peer.next(3);
                    peer.hex("00 5a 0000 00000000");
                    peer.awaitEnd();
                }),
                socks("that changes its version", FlowEnd.PROXY_FAILED, "it answered with version 4", peer -> {
                    peer.socksRequest();
                    peer.hex("04 00 00 01 7f000001 0050");
                    peer.awaitEnd();
                }),
                socks(
                        "that wants GSSAPI",
                        FlowEnd.PROXY_FAILED,
                        "authentication method 1, which was not offered",
                        peer -> {
                            peer.next(3);
                            peer.hex("0501");
                            peer.awaitEnd();
                        }),
                socks("that wants a password", FlowEnd.PROXY_FAILED, "authentication method 2, which was not", peer -> {
                    peer.next(3);
                    peer.hex("0502");
                    peer.awaitEnd();
                }),
                socks("that wants nothing on offer", FlowEnd.PROXY_FAILED, "set username and password", peer -> {
                    peer.next(3);
                    peer.hex("05ff");
                    peer.awaitEnd();
                }),
                socks("with an address type of its own", FlowEnd.PROXY_FAILED, "an address of type 9", peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 09 7f000001 0050");
                    peer.awaitEnd();
                }),
                socks("that says nothing", FlowEnd.CONNECT_TIMEOUT, SLOW, FakeServer.Conversing::awaitEnd),
                socks("that drips", FlowEnd.CONNECT_TIMEOUT, SLOW, peer -> {
                    peer.next(3);
                    peer.hex("05");
                    peer.awaitEnd();
                }),
                socks("that resets", FlowEnd.PROXY_FAILED, "", peer -> {
                    peer.next(3);
                    peer.socket().setSoLinger(true, 0);
                }),
                http("that closes at once", FlowEnd.PROXY_FAILED, "", peer -> {}),
                http("that closes in the header", FlowEnd.PROXY_FAILED, CLOSED, peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 200 OK\r\nX: y");
                }),
                http("that sends garbage", FlowEnd.PROXY_FAILED, "its answer has no status", peer -> {
                    peer.header();
                    peer.hex("00ff00ff 0d0a0d0a");
                    peer.awaitEnd();
                }),
                http("that sends garbage and waits", FlowEnd.PROXY_FAILED, "its answer has no status", peer -> {
                    peer.header();
                    peer.text("SSH-2.0-somebody else");
                    peer.awaitEnd();
                }),
                http("of version 2", FlowEnd.PROXY_FAILED, "its answer has no status", peer -> {
                    peer.header();
                    peer.text("HTTP/2 200\r\n\r\n");
                    peer.awaitEnd();
                }),
                http("with a status of its own", FlowEnd.PROXY_FAILED, "its answer has no status", peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 2000 OK\r\n\r\n");
                    peer.awaitEnd();
                }),
                http("with a header without end", FlowEnd.PROXY_FAILED, LARGE, peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 200 OK\r\n");
                    endless(peer, "X: y\r\n");
                }),
                http("with a line without end", FlowEnd.PROXY_FAILED, LARGE, peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 200 ");
                    endless(peer, "x");
                }),
                http("with noise without end", FlowEnd.PROXY_FAILED, "", peer -> {
                    var noise = new byte[4096];
                    var random = new Random(7);
                    while (true) {
                        random.nextBytes(noise);
                        peer.out().write(noise);
                    }
                }),
                http("with interim answers without end", FlowEnd.PROXY_FAILED, INTERIM, peer -> {
                    peer.header();
                    endless(peer, "HTTP/1.1 102 Processing\r\n\r\n");
                }),
                http("with many interim answers at once", FlowEnd.PROXY_FAILED, INTERIM, peer -> {
                    peer.header();
                    endless(peer, "HTTP/1.1 102 P\r\n\r\n".repeat(5000));
                }),
                http("that says nothing", FlowEnd.CONNECT_TIMEOUT, SLOW, FakeServer.Conversing::awaitEnd));
    }

    private static void endless(FakeServer.Conversing peer, String words) throws IOException {
        while (true) {
            peer.text(words);
        }
    }

    @ParameterizedTest
    @MethodSource("lies")
    void endsTheFlowWithItsReasonAndLeavesNothingOpen(Lie lie) throws Exception {
        try (var proxy = FakeServer.start(lie.script());
                var world = World.of("p: {type: " + lie.type() + ", server: " + proxy.server() + "}")) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("p", new Destination(World.ELSEWHERE), Owner.UNKNOWN, SHORT))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(lie.reason()))
                    .hasMessageStartingWith("outbound p: ")
                    .hasMessageContaining(lie.words());
            World.awaitSockets(before);
            assertThat(world.parking.size()).isZero();
        }
    }

    @Test
    void hundredsThatHangHinderNobody() throws Exception {
        try (var silent = FakeServer.start(FakeServer.Conversing::awaitEnd);
                var good = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 7f000001 1234");
                    peer.echo();
                });
                var world = World.of(
                        "s: {type: socks5, server: " + silent.server() + "}",
                        "g: {type: socks5, server: " + good.server() + "}")) {
            int before = World.openSockets();
            var destination = new Destination(World.ELSEWHERE);
            var dialer = ((Way.Negotiated) world.way("s")).dialer();
            var ends = new ConcurrentLinkedQueue<FlowEnd>();
            for (int i = 0; i < 400; i++) {
                world.parking.start("hung", () -> {
                    try {
                        dialer.dial(World.flow(destination, Owner.UNKNOWN), Duration.ofSeconds(3))
                                .close();
                        ends.add(FlowEnd.FINISHED);
                    } catch (DialException e) {
                        ends.add(e.reason());
                    }
                });
            }
            Await.until("all to hang", World.LONG, () -> world.parking.size() >= 400);
            assertThat(world.talk(world.dial("g"), "quick", 5)).isEqualTo("quick");
            assertThat(ends).isEmpty();
            Await.until("all to give up", World.LONG, () -> ends.size() == 400);
            assertThat(ends).containsOnly(FlowEnd.CONNECT_TIMEOUT);
            World.awaitSockets(before);
        }
    }

    @Test
    void aProxyThatIsNotThereIsRefused() throws Exception {
        int port;
        try (var gone = FakeServer.start(peer -> {})) {
            port = gone.port();
        }
        try (var world = World.of("p: {type: socks5, server: \"127.0.0.1:" + port + "\"}")) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("p"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.REFUSED))
                    .hasMessage("outbound p: connect to 127.0.0.1:" + port + ": ECONNREFUSED");
            World.awaitSockets(before);
        }
    }

    @Test
    void aPasswordIsInNoMessage() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.next(4);
                    peer.hex("0502");
                    peer.next(3);
                    peer.hex("0101");
                    peer.awaitEnd();
                });
                var world = World.of(
                        "p: {type: socks5, server: " + proxy.server() + ", username: alice, password: hunter2}")) {
            assertThatThrownBy(() -> world.dial("p"))
                    .hasMessage("outbound p: the proxy does not accept username and password");
            assertThat(world.way("p").toString()).contains("p").doesNotContain("hunter2");
        }
    }
}
