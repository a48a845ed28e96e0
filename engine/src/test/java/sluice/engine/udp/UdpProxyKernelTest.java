// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.engine.udp.UdpWorld.send;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.SERVER4;
import static sluice.testkit.Internet.SERVER6;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Transport;
import sluice.engine.names.TestNames;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.outbound.UdpAssociation;
import sluice.engine.outbound.UdpDialer;
import sluice.engine.outbound.Way;
import sluice.engine.route.Router;
import sluice.linux.DatagramBatch;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Datagrams through associations, with a proxy of the test's own whose header is the peer's IPv4 address and port. */
@KernelTest
class UdpProxyKernelTest {
    private static final int HEADER = 6;
    private static final InetEndpoint RELAY = new InetEndpoint(at(OTHER4, 1080).getAddress(), 1080);

    private final Queue<Association> made = new ConcurrentLinkedQueue<>();
    private InetEndpoint relayAddress = RELAY;
    private @Nullable UdpWorld world;

    @AfterEach
    void close() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void datagramsTravelWithAHeaderAndComeBackWithout(Lab lab) throws Exception {
        var opened = open(lab, timeout -> associate());
        opened.echo(SERVER4, 4000);
        opened.echo(SERVER4, 4001);
        var client = opened.client(true);
        for (int size : new int[] {0, 1, 1400, 9000, 60_000}) {
            var bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            for (int port = 4000; port <= 4001; port++) {
                client.send(ByteBuffer.wrap(bytes), at(SERVER4, port));
                var answer = receive(client);
                assertThat(answer.bytes()).isEqualTo(bytes);
                assertThat(answer.from()).isEqualTo(at(SERVER4, port));
            }
        }
        assertThat(made).hasSize(1);
        assertThat(opened.started).hasSize(2).allSatisfy(flow -> {
            assertThat(flow.path().outbounds()).containsExactly("office");
            assertThat(flow.sent()).isEqualTo(70_401);
            assertThat(flow.received()).isEqualTo(70_401);
        });
    }

    @Test
    void datagramsWaitForTheAssociationInTheirOrderAndNotWithoutBound(Lab lab) throws Exception {
        var go = new CountDownLatch(1);
        var opened = open(lab, timeout -> {
            Await.ignoringFailure(go::await);
            return associate();
        });
        var server = opened.peer(SERVER4, 4000);
        var client = opened.client(true);
        for (int i = 0; i < 40; i++) {
            send(client, "number " + i, at(SERVER4, 4000));
        }
        Await.until("some are dropped", SOON, () -> opened.count(UdpCounter.OVER_WAITING) == 8);
        go.countDown();
        for (int i = 0; i < 32; i++) {
            assertThat(payload(receive(server).bytes())).isEqualTo("number " + i);
        }
        send(client, "next", at(SERVER4, 4000));
        assertThat(payload(receive(server).bytes())).isEqualTo("next");
    }

    @Test
    void anEndedAssociationIsMadeAnew(Lab lab) throws Exception {
        var opened = open(lab, timeout -> associate());
        opened.echo(SERVER4, 4000);
        var client = opened.client(true);
        send(client, "one", at(SERVER4, 4000));
        assertThat(receive(client).text()).isEqualTo("one");
        // Longer than what counts as one that never lasts.
        long until = System.nanoTime() + 1_200_000_000L;
        Await.until("it has lasted", SOON, () -> System.nanoTime() > until);
        made.element().end();
        Await.until("the flow ended", SOON, () -> opened.ended.size() == 1);
        assertThat(UdpWorld.reason(opened.ended.element())).isEqualTo(FlowEnd.PROXY_FAILED);
        send(client, "two", at(SERVER4, 4000));
        assertThat(receive(client).text()).isEqualTo("two");
        assertThat(made).hasSize(2);
    }

    @Test
    void aProxyThatCannotBeReachedIsNotAskedForEachDatagram(Lab lab) throws Exception {
        var asked = new ConcurrentLinkedQueue<Duration>();
        var opened = open(lab, timeout -> {
            asked.add(timeout);
            throw new DialException(FlowEnd.REFUSED, "connect: refused");
        });
        var client = opened.client(true);
        for (int i = 0; i < 20; i++) {
            send(client, "hello", at(SERVER4, 4000));
        }
        Await.until("all dropped", SOON, () -> opened.count(UdpCounter.REFUSED) == 20);
        assertThat(asked).hasSize(1);
        assertThat(opened.ended)
                .singleElement()
                .satisfies(flow -> assertThat(UdpWorld.reason(flow)).isEqualTo(FlowEnd.REFUSED));
        Await.until("asked again", SOON, () -> {
            send(client, "hello", at(SERVER4, 4000));
            return asked.size() > 1;
        });
    }

    @Test
    void anOutboundThatDoesNotCarryUdpRefusesItOnce(Lab lab) throws Exception {
        world = UdpWorld.open(
                lab,
                (outbound, destination, transport) ->
                        new Way.Refused(List.of("corp"), FlowEnd.BLOCKED, "HTTP proxies do not carry UDP"),
                UdpWorld.LIMITS);
        var opened = world;
        for (boolean ipv4 : new boolean[] {true, false}) {
            var client = opened.client(ipv4);
            for (int i = 0; i < 3; i++) {
                send(client, "hello", at(ipv4 ? SERVER4 : SERVER6, 4000));
            }
        }
        Await.until("all dropped", SOON, () -> opened.count(UdpCounter.REFUSED) == 6);
        assertThat(opened.ended).hasSize(2);
    }

    /** Port 4000 through the proxy, 666 nowhere, all else straight out. */
    private Way byPort(String outbound, Destination destination, Transport transport) {
        return switch (destination.endpoint().port()) {
            case 4000 -> new Way.Associated(List.of("office"), timeout -> associate());
            case 666 -> new Way.Refused(List.of("block"), FlowEnd.BLOCKED, "");
            default -> UdpWorld.direct().way(outbound, destination, transport);
        };
    }

    @Test
    void aStrangerDoesNotDecideTheWayOfWhatTheClientSends(Lab lab) throws Exception {
        world = UdpWorld.open(lab, this::byPort, UdpWorld.LIMITS);
        var opened = world;
        var known = opened.peer(SERVER4, 5000);
        var proxied = opened.peer(SERVER4, 4000);
        var blocked = opened.peer(SERVER4, 666);
        var relay = opened.peer(OTHER4, RELAY.port());
        var client = opened.client(true);
        send(client, "hello", at(SERVER4, 5000));
        var mapped = receive(known).from();
        for (var stranger : List.of(proxied, blocked)) {
            send(stranger, "surprise", mapped);
            assertThat(receive(client).text()).isEqualTo("surprise");
        }
        send(client, "by the proxy", at(SERVER4, 4000));
        assertThat(payload(receive(relay).bytes())).endsWith("by the proxy");
        send(client, "nowhere", at(SERVER4, 666));
        Await.until("it is refused", SOON, () -> opened.count(UdpCounter.REFUSED) == 1);
        assertThat(opened.ended)
                .singleElement()
                .satisfies(flow -> assertThat(UdpWorld.reason(flow)).isEqualTo(FlowEnd.BLOCKED));
        send(proxied, "past the proxy", mapped);
        Await.until("it is dropped", SOON, () -> opened.count(UdpCounter.NOT_UNDERSTOOD) == 1);
    }

    @Test
    void aRelayCannotSpeakForWhomTheClientReachesOtherwiseNorForNobody(Lab lab) throws Exception {
        var names = new TestNames().fake("198.18.0.1", "made.up.example");
        world = UdpWorld.open(lab, Router.EMPTY, this::byPort, UdpWorld.LIMITS, names);
        var opened = world;
        opened.echo(SERVER4, 5000);
        var relay = opened.peer(OTHER4, RELAY.port());
        var client = opened.client(true);
        send(client, "straight", at(SERVER4, 5000));
        assertThat(receive(client).text()).isEqualTo("straight");
        send(client, "by the proxy", at(SERVER4, 4000));
        var engine = receive(relay).from();
        var forged = List.of(
                at(SERVER4, 5000),
                at("127.0.0.1", 631),
                at("0.0.0.0", 7),
                at("224.0.0.251", 5353),
                at(SERVER4, 0),
                at("198.18.0.1", 443));
        for (var sender : forged) {
            relay.send(wrapped(sender, "forged"), engine);
        }
        relay.send(wrapped(at(SERVER4, 4000), "true"), engine);
        assertThat(receive(client).text()).isEqualTo("true");
        assertThat(opened.count(UdpCounter.NOT_UNDERSTOOD)).isEqualTo(forged.size());
        assertThat(names.leases).hasValue(0);
    }

    @Test
    void aRelayThatDoesNotSayWhoSentSpeaksForTheOnlyPeerThatItCanBe(Lab lab) throws Exception {
        world = UdpWorld.open(
                lab, (_, _, _) -> new Way.Associated(List.of("office"), _ -> associate()), UdpWorld.LIMITS);
        var opened = world;
        var relay = opened.peer(OTHER4, RELAY.port());
        var client = opened.client(true);
        send(client, "to the first", at(SERVER4, 4000));
        var engine = receive(relay).from();
        relay.send(wrapped(at("0.0.0.0", 0), "from the only one"), engine);
        assertThat(receive(client).from()).isEqualTo(at(SERVER4, 4000));
        send(client, "to the second", at(SERVER4, 4001));
        receive(relay);
        relay.send(wrapped(at("0.0.0.0", 0), "from one of two"), engine);
        relay.send(wrapped(at("0.0.0.0", 4001), "from the second"), engine);
        var answer = receive(client);
        assertThat(answer.text()).isEqualTo("from the second");
        assertThat(answer.from()).isEqualTo(at(SERVER4, 4001));
        assertThat(opened.count(UdpCounter.NOT_UNDERSTOOD)).isEqualTo(1);
    }

    @Test
    void datagramsKeepTheirTrafficClassAlsoWhereTheyWaitForTheAssociation(Lab lab) throws Exception {
        world = UdpWorld.open(lab, this::byPort, UdpWorld.LIMITS);
        var batch = new DatagramBatch(1);
        try (var relay = world.inside(() -> UdpKernelTest.marked(OTHER4, RELAY.port()));
                var client = NativeSocket.open(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM, 0, "client")) {
            client.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_TOS, 0xb8 | 1);
            client.connect(new InetEndpoint(at(SERVER4, 0).getAddress(), 4000));
            for (int i = 0; i < 2; i++) {
                client.send(ByteBuffer.allocateDirect(1));
                Await.until("the datagram", SOON, () -> batch.receive(relay) == 1);
                assertThat(batch.trafficClass(0)).isEqualTo(0xb8 | 1);
            }
        }
    }

    @Test
    void trainsDoNotOvertakeWhatCameBefore(Lab lab) throws Exception {
        world = UdpWorld.open(lab, this::byPort, UdpWorld.LIMITS);
        var opened = world;
        var relay = opened.peer(OTHER4, RELAY.port());
        try (var client = NativeSocket.open(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM, 0, "client")) {
            client.connect(new InetEndpoint(at(SERVER4, 0).getAddress(), 4000));
            client.send(ByteBuffer.allocateDirect(1));
            receive(relay);
            opened.atOnce(() -> {
                sendTrain(client, 0, 1, 2);
                sendTrain(client, 3);
                sendTrain(client, 4, 5, 6);
            });
            for (int i = 0; i < 7; i++) {
                assertThat(receive(relay).bytes()[HEADER]).isEqualTo((byte) i);
            }
        }
    }

    /** A datagram for each number, sent as one train. */
    private static void sendTrain(NativeSocket client, int... numbers) throws Exception {
        var payload = ByteBuffer.allocateDirect(100 * numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            payload.put(100 * i, (byte) numbers[i]);
        }
        client.option(SocketConstants.IPPROTO_UDP, SocketConstants.UDP_SEGMENT, numbers.length == 1 ? 0 : 100);
        client.send(payload);
    }

    @Test
    void aSmallerMtuOnTheWayToTheRelayEndsNothing(Lab lab) throws Exception {
        relayAddress = new InetEndpoint(at(UdpWorld.NARROW, 0).getAddress(), RELAY.port());
        world = UdpWorld.open(lab, this::byPort, UdpWorld.LIMITS);
        var opened = world;
        var arrived = UdpWorld.narrow(lab).count("udp dport " + RELAY.port());
        var client = opened.client(true);
        client.send(ByteBuffer.allocate(1200), at(SERVER4, 4000));
        Await.until("its ICMP error is there", SOON, () -> opened.count(UdpCounter.ICMP_ERRORS) == 1);
        client.send(ByteBuffer.allocate(1200), at(SERVER4, 4000));
        Await.until("the next one arrives in fragments", SOON, () -> arrived.packets() > 0);
        assertThat(opened.ended).isEmpty();
        assertThat(made).hasSize(1);
    }

    private static ByteBuffer wrapped(InetSocketAddress sender, String payload) {
        return ByteBuffer.allocate(HEADER + payload.length())
                .put(sender.getAddress().getAddress())
                .putShort((short) sender.getPort())
                .put(payload.getBytes(StandardCharsets.US_ASCII))
                .flip();
    }

    private UdpWorld open(Lab lab, UdpDialer dialer) throws Exception {
        var opened = UdpWorld.open(
                lab,
                (outbound, destination, transport) -> new Way.Associated(List.of("office"), dialer),
                UdpWorld.LIMITS);
        world = opened;
        var relay = opened.peer(OTHER4, RELAY.port());
        Thread.ofPlatform()
                .daemon()
                .start(() -> Await.ignoringFailure(() -> {
                    var buffer = ByteBuffer.allocate(1 << 16);
                    java.net.SocketAddress client = null;
                    while (relay.isOpen()) {
                        var from = (java.net.InetSocketAddress) relay.receive(buffer.clear());
                        buffer.flip();
                        if (from.getAddress().equals(at(SERVER4, 0).getAddress())) {
                            var wrapped = ByteBuffer.allocate(buffer.remaining() + HEADER);
                            wrapped.put(from.getAddress().getAddress()).putShort((short) from.getPort());
                            relay.send(wrapped.put(buffer).flip(), client);
                        } else {
                            client = from;
                            var address = new byte[4];
                            buffer.get(address);
                            int port = Short.toUnsignedInt(buffer.getShort());
                            var to = java.net.InetAddress.getByAddress(address);
                            relay.send(buffer, new java.net.InetSocketAddress(to, port));
                        }
                    }
                }));
        return opened;
    }

    private static String payload(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private UdpAssociation associate() {
        var association = new Association(relayAddress);
        made.add(association);
        return association;
    }

    private static final class Association implements UdpAssociation {
        private final InetEndpoint relay;
        private volatile @Nullable Runnable onEnd;

        private Association(InetEndpoint relay) {
            this.relay = relay;
        }

        void end() {
            var action = onEnd;
            if (action != null) {
                action.run();
            }
        }

        @Override
        public InetEndpoint relay() {
            return relay;
        }

        @Override
        public SocketTraits traits() {
            return UdpWorld.DIRECT;
        }

        @Override
        public int headerBytes() {
            return HEADER;
        }

        @Override
        public void wrap(Destination destination, ByteBuffer into) {
            into.put(destination.endpoint().address().getAddress());
            into.putShort((short) destination.endpoint().port());
        }

        @Override
        public @Nullable InetEndpoint unwrap(ByteBuffer datagram) {
            if (datagram.remaining() < HEADER) {
                return null;
            }
            var address = new byte[4];
            datagram.get(address);
            try {
                return new InetEndpoint(
                        java.net.InetAddress.getByAddress(address), Short.toUnsignedInt(datagram.getShort()));
            } catch (java.net.UnknownHostException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public int unwrapPort(ByteBuffer datagram) {
            var sender = unwrap(datagram);
            return sender == null ? -1 : sender.port();
        }

        @Override
        public void onEnd(Runnable action) {
            onEnd = action;
        }

        @Override
        public void close() {
            onEnd = null;
        }
    }
}
