// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.reason;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.engine.udp.UdpWorld.send;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.OTHER6;
import static sluice.testkit.Internet.SERVER4;
import static sluice.testkit.Internet.SERVER6;

import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.Attribution;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.outbound.Way;
import sluice.linux.DatagramBatch;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.RawEndpoint;
import sluice.linux.SocketConstants;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

@KernelTest
class UdpKernelTest {
    private UdpWorld world;
    private Lab lab;

    @BeforeEach
    void open(Lab made) throws Exception {
        lab = made;
        world = UdpWorld.open(lab);
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Test
    void digIsAnswered() throws Exception {
        var names = Map.of("example.org", "203.0.113.99", "six.example.org", "2001:db8::99");
        var server = Dnsmasq.start(lab.internet().namespace(), List.of(SERVER4, SERVER6), 53, names, null);
        for (var address : List.of(SERVER4, SERVER6)) {
            var output = lab.here()
                    .run(
                            "dig",
                            "+short",
                            "+tries=1",
                            "+time=20",
                            "@" + address,
                            "example.org",
                            "A",
                            "example.org",
                            "A");
            assertThat(output.out()).isEqualTo("203.0.113.99\n203.0.113.99\n");
        }
        assertThat(server.queries()).hasSize(4);
        assertThat(world.started).hasSizeGreaterThanOrEqualTo(2).allSatisfy(flow -> {
            assertThat(flow.target()).isEqualTo("proxy");
            assertThat(flow.path().outbounds()).containsExactly("direct");
            assertThat(flow.destination().endpoint().port()).isEqualTo(53);
        });
        assertThat(world.ledger.flows()).allSatisfy(flow -> {
            assertThat(flow.sent()).isPositive();
            assertThat(flow.received()).isPositive();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void twoPeersOfOneSocketAnswerFromTheirOwnAddressesAndSeeOneSource(boolean ipv4) throws Exception {
        var first = world.peer(ipv4 ? SERVER4 : SERVER6, 4000);
        var second = world.peer(ipv4 ? OTHER4 : OTHER6, 443);
        var client = world.client(ipv4);
        for (int round = 0; round < 3; round++) {
            send(client, "to the first", at(ipv4 ? SERVER4 : SERVER6, 4000));
            send(client, "to the second", at(ipv4 ? OTHER4 : OTHER6, 443));
            var atFirst = receive(first);
            var atSecond = receive(second);
            assertThat(atFirst.text()).isEqualTo("to the first");
            assertThat(atSecond.text()).isEqualTo("to the second");
            assertThat(atFirst.from()).isEqualTo(atSecond.from());
            send(second, "from the second", atSecond.from());
            var answer = receive(client);
            assertThat(answer.text()).isEqualTo("from the second");
            assertThat(answer.from()).isEqualTo(at(ipv4 ? OTHER4 : OTHER6, 443));
            send(first, "from the first", atFirst.from());
            assertThat(receive(client).from()).isEqualTo(at(ipv4 ? SERVER4 : SERVER6, 4000));
        }
        assertThat(world.started).hasSize(2);
    }

    /** A socket that says which traffic class datagrams have. */
    static NativeSocket marked(String address, int port) throws Exception {
        var at = new InetEndpoint(java.net.InetAddress.ofLiteral(address), port);
        var socket = NativeSocket.open(at.family(), SocketConstants.SOCK_DGRAM, 0, "marked");
        if (at.isIpv4()) {
            socket.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_RECVTOS, 1);
        } else {
            socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_RECVTCLASS, 1);
        }
        socket.bind(at);
        return socket;
    }

    /** DSCP EF with ECN's ECT(0) one way, CS1 with CE the other. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void datagramsKeepTheirTrafficClassBothWays(boolean ipv4) throws Exception {
        var server = new InetEndpoint(java.net.InetAddress.ofLiteral(ipv4 ? SERVER4 : SERVER6), 4000);
        var batch = new DatagramBatch(1);
        var from = new RawEndpoint();
        try (var far = world.inside(() -> marked(ipv4 ? SERVER4 : SERVER6, 4000));
                var near = marked(ipv4 ? Internet.MACHINE4 : Internet.MACHINE6, 0)) {
            for (int round = 0; round < 2; round++) {
                batch.put(0, new byte[] {1}, 0xb8 | 2);
                batch.address(0, new RawEndpoint(server));
                assertThat(batch.send(near, 0, 1)).isEqualTo(1);
                Await.until("the datagram", SOON, () -> batch.receive(far) == 1);
                assertThat(batch.trafficClass(0)).isEqualTo(0xb8 | 2);
                batch.source(0, from);
                batch.put(0, new byte[] {2}, 0x20 | 3);
                batch.address(0, from);
                assertThat(batch.send(far, 0, 1)).isEqualTo(1);
                Await.until("the answer", SOON, () -> batch.receive(near) == 1);
                assertThat(batch.trafficClass(0)).isEqualTo(0x20 | 3);
            }
        }
    }

    /** Puts another loop guard in force, as a reload does. */
    private void guard(AtomicReference<SocketTraits> direct, int bits) throws Exception {
        world.engine.guard(UdpWorld.GUARD | bits);
        world.guardedBy(bits);
        direct.set(new SocketTraits(bits, null, null));
        world.engine.guard(bits);
    }

    /** A world whose way out has these traits at each moment. */
    private void reopen(AtomicReference<SocketTraits> direct) throws Exception {
        world.close();
        world.clear();
        world = UdpWorld.open(
                lab,
                (_, destination, _) -> new Way.Plain(List.of("direct"), destination.endpoint(), direct.get()),
                UdpWorld.LIMITS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherLoopGuardReachesSocketsThatCarryDatagramsAlready(boolean ipv4) throws Exception {
        var direct = new AtomicReference<>(UdpWorld.DIRECT);
        reopen(direct);
        var address = ipv4 ? SERVER4 : SERVER6;
        var server = world.peer(address, 4000);
        var client = world.client(ipv4);
        send(client, "before", at(address, 4000));
        var before = receive(server);
        send(server, "an answer", before.from());
        assertThat(receive(client).text()).isEqualTo("an answer");

        guard(direct, 0x0400_0000);
        send(client, "after", at(address, 4000));
        var after = receive(server);
        assertThat(after.text()).isEqualTo("after");
        assertThat(after.from()).isEqualTo(before.from());
        send(server, "another answer", after.from());
        assertThat(receive(client).text()).isEqualTo("another answer");
        // The next peer goes by the same socket.
        var other = world.peer(ipv4 ? OTHER4 : OTHER6, 4000);
        send(client, "to another", at(ipv4 ? OTHER4 : OTHER6, 4000));
        assertThat(receive(other).from()).isEqualTo(before.from());
        assertThat(lab.here().run("ss", "-Huane").out().lines().filter(line -> line.contains("fwmark:")))
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(line -> line.contains("fwmark:0x4000000"));
    }

    @Test
    void anotherLoopGuardReachesRefusals() throws Exception {
        var direct = new AtomicReference<>(UdpWorld.DIRECT);
        reopen(direct);
        guard(direct, 0x0400_0000);
        var client = world.client(true);
        client.connect(at(SERVER4, 4999));
        Await.until("the client is told that nobody listens", SOON, () -> {
            try {
                send(client, "anybody?", at(SERVER4, 4999));
                return false;
            } catch (PortUnreachableException _) {
                return true;
            }
        });
        assertThat(world.count(UdpCounter.REFUSALS_TOLD)).isPositive();
    }

    @Test
    void oneServerAnswersManyClientsEachTheirOwn() throws Exception {
        world.echo(SERVER4, 53);
        world.echo(SERVER6, 53);
        var clients = new ArrayList<DatagramChannel>();
        for (int i = 0; i < 200; i++) {
            boolean ipv4 = i % 2 == 0;
            var client = world.client(ipv4);
            client.connect(at(ipv4 ? SERVER4 : SERVER6, 53));
            clients.add(client);
        }
        int before = descriptors();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < clients.size(); i++) {
                send(clients.get(i), "client " + i + " round " + round, at(i % 2 == 0 ? SERVER4 : SERVER6, 53));
            }
            for (int i = 0; i < clients.size(); i++) {
                assertThat(receive(clients.get(i)).text()).isEqualTo("client " + i + " round " + round);
            }
        }
        // One for each client, and one for answers from port 53 for each family.
        assertThat(descriptors() - before).isLessThanOrEqualTo(202);
        assertThat(world.ledger.flows()).hasSize(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1400, 1473, 9000, 60_000, 65_507})
    void datagramsOfAllSizesAreIntact(int size) throws Exception {
        world.echo(SERVER4, 4000);
        world.echo(SERVER6, 4000);
        var bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        for (boolean ipv4 : new boolean[] {true, false}) {
            var client = world.client(ipv4);
            var server = at(ipv4 ? SERVER4 : SERVER6, 4000);
            client.send(ByteBuffer.wrap(bytes), server);
            var answer = receive(client);
            assertThat(answer.bytes()).isEqualTo(bytes);
            assertThat(answer.from()).isEqualTo(server);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void trainsArriveAsTheDatagramsThatTheyAre(boolean ipv4) throws Exception {
        var server = world.peer(ipv4 ? SERVER4 : SERVER6, 443);
        var client = world.client(ipv4);
        var address = at(ipv4 ? SERVER4 : SERVER6, 443);
        send(client, "hello", address);
        var source = receive(server).from();
        int from = source.getPort();
        var local = (java.net.InetSocketAddress) client.getLocalAddress();
        assertThat(local.getPort()).isPositive();
        var train = NativeSocket.open(
                ipv4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6, SocketConstants.SOCK_DGRAM, 0, "train");
        try (train) {
            train.option(SocketConstants.IPPROTO_UDP, SocketConstants.UDP_SEGMENT, 1200);
            train.connect(new sluice.linux.InetEndpoint(address.getAddress(), 443));
            var payload = ByteBuffer.allocateDirect(1200 * 40 + 7);
            for (int i = 0; i < payload.capacity(); i++) {
                payload.put(i, (byte) (i / 1200));
            }
            assertThat(train.send(payload)).isEqualTo(payload.capacity());
            for (int i = 0; i <= 40; i++) {
                var part = receive(server);
                assertThat(part.bytes()).hasSize(i < 40 ? 1200 : 7).containsOnly(i);
                assertThat(part.from().getPort()).isNotEqualTo(from);
            }
        }
        // They came as one through the listener.
        assertThat(world.count(UdpCounter.FROM_CLIENTS)).isEqualTo(42);
        assertThat(world.count(UdpCounter.RECEIVED_AT_ONCE)).isLessThan(10);
    }

    @Test
    void strangersReachTheClient() throws Exception {
        var known = world.peer(SERVER4, 4000);
        var stranger = world.peer(OTHER4, 5000);
        var client = world.client(true);
        send(client, "hello", at(SERVER4, 4000));
        var mapped = receive(known).from();
        send(stranger, "surprise", mapped);
        var answer = receive(client);
        assertThat(answer.text()).isEqualTo("surprise");
        assertThat(answer.from()).isEqualTo(at(OTHER4, 5000));
        send(client, "back", at(OTHER4, 5000));
        assertThat(receive(stranger).from()).isEqualTo(mapped);
    }

    @Test
    void aPortThatChangesHandsIsAskedForAgain() throws Exception {
        world.echo(SERVER4, 4000);
        world.echo(SERVER4, 4001);
        var client = world.client(true);
        for (int port = 4000; port <= 4001; port++) {
            world.attribution = Attribution.known(new Owner("/owner-" + port, 0, -1, null));
            send(client, "hello", at(SERVER4, port));
            assertThat(receive(client).text()).isEqualTo("hello");
        }
        assertThat(world.started)
                .extracting(flow -> flow.owner().cgroup())
                .containsExactly("/owner-4000", "/owner-4001");
    }

    @Test
    void aPeerThatRefusesLeavesTheOthersAlone() throws Exception {
        world = world.again(UdpWorld.LIMITS, Duration.ofMillis(600));
        world.echo(SERVER4, 4000);
        var client = world.client(true);
        for (int i = 0; i < 5; i++) {
            send(client, "anybody?", at(SERVER4, 4999));
            send(client, "hello", at(SERVER4, 4000));
            assertThat(receive(client).text()).isEqualTo("hello");
        }
        Await.until("ICMP errors seen", SOON, () -> world.count(UdpCounter.ICMP_ERRORS) > 0);
        Await.until("both flows ended", SOON, () -> world.ended.size() == 2);
        assertThat(world.ended)
                .anySatisfy(flow -> assertThat(reason(flow)).isEqualTo(FlowEnd.REFUSED))
                .anySatisfy(flow -> assertThat(reason(flow)).isEqualTo(FlowEnd.IDLE));
        assertThat(world.started).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER4, SERVER6})
    void aConnectedClientIsToldThatNobodyListens(String address) throws Exception {
        var leaked = lab.internet().namespace().count("udp dport 4999 udp length 8");
        var client = world.client(address.equals(SERVER4));
        client.connect(at(address, 4999));
        client.write(ByteBuffer.allocate(1));
        assertThatThrownBy(() -> receive(client)).isInstanceOf(PortUnreachableException.class);
        Await.until("it is counted", SOON, () -> world.count(UdpCounter.REFUSALS_TOLD) == 1);
        assertThat(leaked.packets()).isZero();
    }

    @Test
    void aClientThatIsNotConnectedIsNotTold() throws Exception {
        var client = world.client(true);
        send(client, "anybody?", at(SERVER4, 4999));
        Await.until("the refusal is seen", SOON, () -> world.count(UdpCounter.REFUSALS_UNTOLD) == 1);
        assertThat(world.count(UdpCounter.REFUSALS_TOLD)).isZero();
    }

    @Test
    void anErrorOfOursEndsItsFlowAndNoOthers() throws Exception {
        world.close();
        world.clear();
        world = UdpWorld.open(
                lab,
                (outbound, destination, transport) -> {
                    if (destination.endpoint().port() == 4999) {
                        throw new IllegalStateException("for the test");
                    }
                    return UdpWorld.direct().way(outbound, destination, transport);
                },
                UdpWorld.LIMITS);
        world.echo(SERVER4, 4000);
        var client = world.client(true);
        for (int i = 0; i < 3; i++) {
            send(client, "defect", at(SERVER4, 4999));
            send(client, "hello", at(SERVER4, 4000));
            assertThat(receive(client).text()).isEqualTo("hello");
        }
        assertThat(world.ended).singleElement().satisfies(flow -> {
            assertThat(reason(flow)).isEqualTo(FlowEnd.STOPPED);
            assertThat(Objects.requireNonNull(flow.ended()).detail()).contains("internal error", "for the test");
        });
    }

    @Test
    void noDatagramOfATrainLeavesTwice() throws Exception {
        var internet = lab.internet().namespace();
        internet.run("sysctl", "-qw", "net.ipv4.icmp_ratemask=0");
        var arrived = internet.count("udp dport 4999");
        // The engine's way is too narrow for the train's datagrams: they leave one by one, and each is refused.
        lab.here().script("""
                ip rule add fwmark %1$d/%1$d lookup 301
                ip route add default via 192.0.2.1 mtu lock 1000 table 301
                """.formatted(UdpWorld.GUARD));
        try (var train = NativeSocket.open(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM, 0, "train")) {
            train.option(SocketConstants.IPPROTO_UDP, SocketConstants.UDP_SEGMENT, 1200);
            train.connect(new InetEndpoint(at(SERVER4, 0).getAddress(), 4999));
            train.send(ByteBuffer.allocateDirect(1200 * 20));
        }
        Await.until(
                "each has left or is lost", SOON, () -> arrived.packets() + world.count(UdpCounter.SEND_FAILED) >= 20);
        assertThat(arrived.packets() + world.count(UdpCounter.SEND_FAILED)).isEqualTo(20);
    }

    @Test
    void aSmallerMtuIsNoReasonForAFlowsEnd() throws Exception {
        world = world.again(UdpWorld.LIMITS, Duration.ofMillis(600));
        UdpWorld.narrow(lab);
        var client = world.client(true);
        client.send(ByteBuffer.allocate(1200), at(UdpWorld.NARROW, 4000));
        Await.until("its ICMP error is there", SOON, () -> world.count(UdpCounter.ICMP_ERRORS) == 1);
        Await.until("the flow ended", SOON, () -> world.ended.size() == 1);
        assertThat(reason(world.ended.element())).isEqualTo(FlowEnd.IDLE);
    }

    @Test
    void aLocalServerOnThePeersPortKeepsItsDatagrams() throws Exception {
        var server = world.peer(SERVER4, 4000);
        var local = DatagramChannel.open(java.net.StandardProtocolFamily.INET);
        try (local) {
            local.setOption(java.net.StandardSocketOptions.SO_REUSEADDR, true);
            local.bind(at("0.0.0.0", 4000));
            var client = world.client(true);
            send(client, "out", at(SERVER4, 4000));
            send(server, "answer", receive(server).from());
            assertThat(receive(client).from()).isEqualTo(at(SERVER4, 4000));
            var neighbour = world.client(true);
            send(neighbour, "local", at("127.0.0.1", 4000));
            assertThat(receive(local).text()).isEqualTo("local");
        }
    }

    @Test
    void aPortThatALocalServerHasToItselfIsCountedAndTriedAgain() throws Exception {
        world.echo(SERVER4, 4000);
        var client = world.client(true);
        var local = DatagramChannel.open(java.net.StandardProtocolFamily.INET);
        local.bind(at("0.0.0.0", 4000));
        send(client, "one", at(SERVER4, 4000));
        Await.until("refused", SOON, () -> world.count(UdpCounter.NO_REPLY_SOCKET) == 1);
        local.close();
        Await.until("answered", SOON, () -> {
            send(client, "two", at(SERVER4, 4000));
            return receive(client, Duration.ofMillis(300)).text().equals("two");
        });
    }

    @Test
    void whatIsSentToTheEngineItselfIsCountedAndBeginsNoFlow() throws Exception {
        var client = world.client(true);
        for (int i = 0; i < 3; i++) {
            send(client, "hello", at("127.0.0.1", world.port));
        }
        Await.until("refused", SOON, () -> world.count(UdpCounter.UNREDIRECTED) == 3);
        assertThat(world.started).isEmpty();
    }

    private static int descriptors() throws Exception {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        }
    }
}
