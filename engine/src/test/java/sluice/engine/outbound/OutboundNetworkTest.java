// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.dns.Network;
import sluice.rules.Endpoint;
import sluice.testkit.Await;

@Timeout(200)
class OutboundNetworkTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @TempDir
    static Path directory;

    private static Endpoint at(int port) {
        return new Endpoint("127.0.0.1", port);
    }

    private static String socks(FakeServer proxy, String more) {
        return "p: {type: socks5, server: " + proxy.server() + more + "}";
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String echoed(Network.Stream stream, String text) throws IOException {
        stream.write(bytes(text), World.LONG);
        var heard = ByteBuffer.allocate(text.length());
        while (heard.hasRemaining() && stream.read(heard, World.LONG) > 0) {
            // On to the next piece.
        }
        return new String(heard.array(), StandardCharsets.US_ASCII);
    }

    private static String connected(World world, String outbound, Endpoint server) throws IOException {
        return world.await(() -> {
            try (var stream = world.table.network().connect(outbound, server, null, World.LONG)) {
                assertThat(stream.protocol()).isEmpty();
                return echoed(stream, "hello");
            }
        });
    }

    @Test
    void connectionsGoStraightAndThroughProxiesWhichAreToldNames() throws Exception {
        try (var server = FakeServer.start(FakeServer.Conversing::echo);
                var proxy = FakeServer.start(peer -> {
                    peer.note(peer.socksRequest());
                    peer.hex("05 00 00 01 00000000 0000");
                    peer.echo();
                });
                var world = World.of(socks(proxy, ""))) {
            int before = World.openSockets();
            assertThat(connected(world, "direct", at(server.port()))).isEqualTo("hello");
            assertThat(connected(world, "p", at(server.port()))).isEqualTo("hello");
            assertThat(connected(world, "p", new Endpoint("dns.example", 853))).isEqualTo("hello");
            assertThat(proxy.heard).containsExactly("connect 127.0.0.1 " + server.port(), "connect dns.example 853");
            world.hosts.put("dns.example", List.of(LOOPBACK));
            assertThat(connected(world, "direct", new Endpoint("dns.example", server.port())))
                    .isEqualTo("hello");
            World.awaitSockets(before);
        }
    }

    @Test
    void tlsIsVerifiedForTheNameAndChoosesAProtocol() throws Exception {
        var certificates = Certificates.make(directory);
        var listener = certificates.listener("TLSv1.3");
        var parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        listener.setSSLParameters(parameters);
        FakeServer.Script script = peer -> {
            ((SSLSocket) peer.socket()).getSession();
            peer.echo();
        };
        try (var server = FakeServer.start(listener, script);
                var world = World.of()) {
            var ca = Optional.of(certificates.authority());
            var network = world.table.network();
            var right = new Network.Tls("proxy.example", ca, List.of("h2", "http/1.1"));
            var answer = world.await(() -> {
                try (var stream = network.connect("direct", at(server.port()), right, World.LONG)) {
                    return stream.protocol() + " " + echoed(stream, "secret");
                }
            });
            assertThat(answer).isEqualTo("h2 secret");
            int before = World.openSockets();
            for (var wrong : List.of(
                    new Network.Tls("other.example", ca, List.of()),
                    new Network.Tls("proxy.example", Optional.empty(), List.of()))) {
                assertThatThrownBy(() ->
                                world.await(() -> network.connect("direct", at(server.port()), wrong, World.LONG)))
                        .hasMessageContaining("outbound direct: speak TLS with 127.0.0.1:" + server.port());
            }
            World.awaitSockets(before);
            var missing = new Network.Tls("a", Optional.of(directory.resolve("none.pem")), List.of());
            assertThatThrownBy(
                            () -> world.await(() -> network.connect("direct", at(server.port()), missing, World.LONG)))
                    .hasMessageContaining(
                            "the certificates of the name server a from " + directory.resolve("none.pem"));
        }
    }

    @Test
    void whatCannotBeReachedSaysWhy() throws Exception {
        try (var silent = FakeServer.start(FakeServer.Conversing::awaitEnd);
                var world = World.of(Optional.empty(), endpoint -> endpoint.port() == 7, "n: {type: block}")) {
            var network = world.table.network();
            int before = World.openSockets();
            assertThatThrownBy(() -> connected(world, "n", at(53))).hasMessage("outbound n lets nothing out");
            assertThatThrownBy(() -> connected(world, "gone", at(53))).hasMessage("there is no outbound gone any more");
            assertThatThrownBy(() -> connected(world, "direct", at(7)))
                    .hasMessage("outbound direct: 127.0.0.1:7 is this engine itself");
            assertThatThrownBy(() -> world.await(() -> network.datagrams("direct", at(7), World.LONG)))
                    .hasMessage("127.0.0.1:7 is this engine itself");
            assertThatThrownBy(() -> world.await(() -> {
                        try (var stream = network.connect("direct", at(silent.port()), null, World.LONG)) {
                            return stream.read(ByteBuffer.allocate(1), Duration.ofMillis(50));
                        }
                    }))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
            World.awaitSockets(before);
        }
    }

    @Test
    void datagramsGoToOneServerFromAPortOfTheirOwn() throws Exception {
        try (var server = new DatagramSocket(0, LOOPBACK);
                var stranger = new DatagramSocket(0, LOOPBACK);
                var world = World.of()) {
            server.setSoTimeout((int) World.LONG.toMillis());
            var ports = new HashSet<Integer>();
            int before = World.openSockets();
            for (int i = 0; i < 20; i++) {
                var answer = world.await(() -> {
                    try (var datagrams =
                            world.table.network().datagrams("direct", at(server.getLocalPort()), World.LONG)) {
                        datagrams.send(bytes("question"));
                        var packet = new DatagramPacket(new byte[100], 100);
                        server.receive(packet);
                        ports.add(packet.getPort());
                        stranger.send(new DatagramPacket(new byte[] {1}, 1, packet.getSocketAddress()));
                        packet.setData("the answer".getBytes(StandardCharsets.US_ASCII));
                        server.send(packet);
                        var into = ByteBuffer.allocate(6);
                        int count = datagrams.receive(into, World.LONG);
                        return count + new String(into.array(), StandardCharsets.US_ASCII);
                    }
                });
                // As far as there is room.
                assertThat(answer).isEqualTo("6the an");
            }
            assertThat(ports).hasSizeGreaterThan(15);
            World.awaitSockets(before);
        }
    }

    @Test
    void aServerThatIsNotThereIsKnownAtOnceAndSilenceWhenItsTimeIsUp() throws Exception {
        int port;
        try (var gone = new DatagramSocket(0, LOOPBACK)) {
            port = gone.getLocalPort();
        }
        try (var silent = new DatagramSocket(0, LOOPBACK);
                var world = World.of()) {
            var network = world.table.network();
            assertThatThrownBy(() -> asked(world, network.datagrams("direct", at(port), World.LONG), World.LONG))
                    .rootCause()
                    .hasMessageContaining("ECONNREFUSED");
            assertThatThrownBy(() -> asked(
                            world,
                            network.datagrams("direct", at(silent.getLocalPort()), World.LONG),
                            Duration.ofMillis(50)))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
            var open = network.datagrams("direct", at(silent.getLocalPort()), World.LONG);
            Thread.ofPlatform().start(() -> {
                Await.ignoringFailure(() -> silent.receive(new DatagramPacket(new byte[9], 9)));
                open.close();
            });
            assertThatThrownBy(() -> asked(world, open, World.LONG))
                    .hasRootCauseInstanceOf(ClosedChannelException.class);
        }
    }

    private static int asked(World world, Network.Datagrams datagrams, Duration patience) throws IOException {
        return world.await(() -> {
            try (datagrams) {
                datagrams.send(bytes("question"));
                return datagrams.receive(ByteBuffer.allocate(100), patience);
            }
        });
    }

    @Test
    void anAnswerThatIsThereIsReceivedAlthoughItsTimeIsUp() throws Exception {
        try (var server = new DatagramSocket(0, LOOPBACK);
                var world = World.of()) {
            var answer = world.await(() -> {
                try (var datagrams = world.table.network().datagrams("direct", at(server.getLocalPort()), World.LONG)) {
                    datagrams.send(bytes("question"));
                    var packet = new DatagramPacket(new byte[100], 100);
                    server.receive(packet);
                    // Delivered when it returns, as loopback does.
                    server.send(packet);
                    return datagrams.receive(ByteBuffer.allocate(100), Duration.ZERO);
                }
            });
            assertThat(answer).isEqualTo("question".length());
        }
    }

    @Test
    void datagramsTravelThroughAProxyAndStrangersAreNotHeard() throws Exception {
        var header = new byte[] {0, 0, 0, 1, (byte) 192, 0, 2, 53, 0, 53};
        var associations = new AtomicInteger();
        try (var relay = new DatagramSocket(0, LOOPBACK);
                var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 00000000 " + String.format("%04x", relay.getLocalPort()));
                    if (associations.getAndIncrement() == 0) {
                        peer.awaitEnd();
                    }
                });
                var world = World.of(socks(proxy, ", udp: true"))) {
            int before = World.openSockets();
            var answer = world.await(() -> {
                var server = new Endpoint("192.0.2.53", 53);
                try (var datagrams = world.table.network().datagrams("p", server, World.LONG)) {
                    datagrams.send(bytes("question"));
                    var packet = new DatagramPacket(new byte[100], 100);
                    relay.setSoTimeout((int) World.LONG.toMillis());
                    relay.receive(packet);
                    var framed = Arrays.copyOf(packet.getData(), packet.getLength());
                    assertThat(framed).startsWith(header).endsWith("question".getBytes(StandardCharsets.US_ASCII));
                    framed[7] = 54;
                    relay.send(new DatagramPacket(framed, framed.length, packet.getSocketAddress()));
                    framed[7] = 53;
                    framed[10] = 'Q';
                    relay.send(new DatagramPacket(framed, framed.length, packet.getSocketAddress()));
                    var into = ByteBuffer.allocate(100);
                    int count = datagrams.receive(into, World.LONG);
                    return new String(into.array(), 0, count, StandardCharsets.US_ASCII);
                }
            });
            assertThat(answer).isEqualTo("Question");
            World.awaitSockets(before);
            var ended = world.await(() -> {
                var server = new Endpoint("192.0.2.53", 53);
                try (var datagrams = world.table.network().datagrams("p", server, World.LONG)) {
                    return datagrams.receive(ByteBuffer.allocate(100), World.LONG);
                } catch (ClosedChannelException e) {
                    return -1;
                }
            });
            assertThat(ended).isEqualTo(-1);
        }
    }

    @Test
    void aRelayThatFloodsEndsWhenItsTimeIsUp() throws Exception {
        try (var relay = new DatagramSocket(0, LOOPBACK);
                var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 00000000 " + String.format("%04x", relay.getLocalPort()));
                    peer.awaitEnd();
                });
                var world = World.of(socks(proxy, ", udp: true"))) {
            assertThatThrownBy(() -> world.await(() -> {
                        var server = new Endpoint("192.0.2.53", 53);
                        try (var datagrams = world.table.network().datagrams("p", server, World.LONG)) {
                            datagrams.send(bytes("question"));
                            var packet = new DatagramPacket(new byte[100], 100);
                            relay.setSoTimeout((int) World.LONG.toMillis());
                            relay.receive(packet);
                            // Of another server.
                            packet.getData()[7]++;
                            for (int i = 0; i < 100; i++) {
                                relay.send(packet);
                            }
                            return datagrams.receive(ByteBuffer.allocate(100), Duration.ZERO);
                        }
                    }))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aConnectionThatSaysTooMuchEndsWhenItsTimeIsUp() throws Exception {
        try (var server = FakeServer.start(peer -> {
                    peer.text("more and more");
                    peer.awaitEnd();
                });
                var world = World.of()) {
            assertThatThrownBy(() -> world.await(() -> {
                        try (var stream =
                                world.table.network().connect("direct", at(server.port()), null, World.LONG)) {
                            assertThat(stream.read(ByteBuffer.allocate(4), World.LONG))
                                    .isEqualTo(4);
                            return stream.read(ByteBuffer.allocate(4), Duration.ZERO);
                        }
                    }))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void anEngineThatHasStoppedKeepsNoSocket() throws Exception {
        try (var server = new DatagramSocket(0, LOOPBACK);
                var world = World.of()) {
            int before = World.openSockets();
            world.parking.close();
            assertThatThrownBy(() -> world.table.network().datagrams("direct", at(server.getLocalPort()), World.LONG))
                    .hasMessageContaining("the engine has stopped");
            World.awaitSockets(before);
        }
    }

    @Test
    void onlyWhatCarriesUdpSaysSo() {
        try (var world = World.of(
                "tcp: {type: socks5, server: \"192.0.2.1:1080\"}",
                "web: {type: http, server: \"192.0.2.1:3128\"}",
                "udp: {type: socks5, server: \"192.0.2.1:1080\", udp: true}",
                "far: {type: socks5, server: \"192.0.2.2:1080\", udp: true, via: udp}",
                "no: {type: block}",
                "g: {type: select, outbounds: [udp, tcp]}")) {
            var network = world.table.network();
            assertThat(List.of("direct", "udp", "g")).allMatch(network::carriesUdp);
            assertThat(List.of("tcp", "web", "far", "no", "gone")).noneMatch(network::carriesUdp);
            assertThatThrownBy(() -> network.datagrams("web", at(53), World.LONG))
                    .hasMessage("outbound web is an HTTP proxy, which carries no UDP");
        }
    }
}
