// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.SERVER4;
import static sluice.testkit.Internet.SERVER6;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.Attribution;
import sluice.engine.Engine;
import sluice.engine.EngineConfiguration;
import sluice.engine.FlowListener;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Port 53 behind TPROXY rules, whatever address was asked. */
@KernelTest
class QueryKernelTest {
    private final TestNames names =
            new TestNames().host("example.org", "203.0.113.1").host("six.example.org", "2001:db8::6");
    private final ConcurrentLinkedQueue<Transport> attributed = new ConcurrentLinkedQueue<>();
    private Lab lab;
    private Engine engine;

    @BeforeEach
    void open(Lab made) throws Exception {
        lab = made;
        lab.internet();
        Attribution attribution = (transport, client, destination) -> {
            attributed.add(transport);
            return new Owner("/app", 0, -1, null);
        };
        engine = Engine.start(
                new EngineConfiguration(Set.of("direct"), Map.of(), List.of(), Marks.DEFAULT, EngineSettings.DEFAULT),
                Map.of(),
                new Engine.Surroundings(attribution, FlowListener.NONE, Optional.empty(), _ -> {}, _ -> names));
        int port = Objects.requireNonNull(engine.ports().get("direct"));
        lab.here().script("""
                    ip link set lo up
                    ip rule add fwmark 1 lookup 300
                    ip route add local default dev lo table 300
                    ip -6 rule add fwmark 1 lookup 300
                    ip -6 route add local default dev lo table 300
                    nft -f - <<'RULES'
                    table inet lab {
                        chain output {
                            type route hook output priority mangle
                            ct direction reply return
                            meta mark & %1$d != 0 return
                            meta l4proto { tcp, udp } th dport 53 meta mark set 1
                        }
                        chain prerouting {
                            type filter hook prerouting priority mangle
                            meta mark 1 meta l4proto { tcp, udp } meta nfproto ipv4 tproxy ip to 127.0.0.1:%2$d accept
                            meta mark 1 meta l4proto { tcp, udp } meta nfproto ipv6 tproxy ip6 to [::1]:%2$d accept
                        }
                    }
                    RULES
                    """.formatted(Marks.DEFAULT.guard(), port));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private String dig(String... words) throws Exception {
        var command = new ArrayList<>(List.of("dig", "+short", "+tries=1", "+time=20"));
        command.addAll(List.of(words));
        return lab.here().run(command.toArray(String[]::new)).out();
    }

    private long count(String counter) {
        return engine.queries().getOrDefault(counter, 0L);
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER4, SERVER6, "127.0.0.53", "127.0.0.1", "::1", "192.0.2.2"})
    void whoeverIsAskedAnswers(String server) throws Exception {
        var outside = lab.internet().namespace().count("th dport 53");
        // dig takes answers from the address that it asked only.
        assertThat(dig("@" + server, "example.org", "A", "six.example.org", "AAAA"))
                .isEqualTo("203.0.113.1\n2001:db8::6\n");
        assertThat(dig("+tcp", "+keepopen", "@" + server, "example.org", "A", "example.org", "A"))
                .isEqualTo("203.0.113.1\n203.0.113.1\n");
        assertThat(names.asked).hasSize(4).allSatisfy(asked -> {
            var asker = Objects.requireNonNull(asked.asker());
            assertThat(asker.server()).isEqualTo(new InetEndpoint(InetAddress.ofLiteral(server), 53));
            assertThat(asker.target()).isEqualTo("direct");
        });
        assertThat(names.asked)
                .extracting(asked -> Objects.requireNonNull(asked.asker()).overTcp())
                .containsExactly(false, false, true, true);
        assertThat(outside.packets()).isZero();
        assertThat(engine.flows()).isEmpty();
        assertThat(engine.counters().started()).isZero();
        assertThat(count("udp-queries")).isEqualTo(2);
        assertThat(count("tcp-queries")).isEqualTo(2);
        assertThat(count("answered-at-once")).isEqualTo(4);
    }

    @Test
    void whoAsksIsLookedUpOnlyWhereItMatters() throws Exception {
        dig("@" + SERVER4, "example.org", "A");
        assertThat(attributed).isEmpty();
        assertThat(Objects.requireNonNull(names.asked.element().asker()).cgroup())
                .isEqualTo("/app");
        assertThat(Objects.requireNonNull(names.asked.element().asker()).cgroup())
                .isEqualTo("/app");
        assertThat(attributed).containsExactly(Transport.UDP);
    }

    @Test
    void manyQueriesOfOneSocketAreAnsweredFromTheServersTheyWereFor() throws Exception {
        try (var client = DatagramChannel.open(java.net.StandardProtocolFamily.INET)) {
            int rounds = 200;
            for (int i = 0; i < rounds; i++) {
                client.send(query(i, "example.org"), at(i % 2 == 0 ? SERVER4 : "127.0.0.53"));
            }
            for (int i = 0; i < rounds; i++) {
                var packet = receive(client);
                int id = ByteBuffer.wrap(packet.getData()).getShort(0);
                assertThat(packet.getSocketAddress()).isEqualTo(at(id % 2 == 0 ? SERVER4 : "127.0.0.53"));
            }
        }
        assertThat(count("udp-queries")).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER4, "::1"})
    void answersThatComeLaterArrive(String server) throws Exception {
        try (var client = DatagramChannel.open(
                server.equals(SERVER4)
                        ? java.net.StandardProtocolFamily.INET
                        : java.net.StandardProtocolFamily.INET6)) {
            for (int i = 0; i < 100; i++) {
                client.send(query(i, i % 3 == 0 ? "example.org" : "later.org"), at(server));
            }
            Await.until("all are asked", SOON, () -> names.asked.size() == 100);
            assertThat(names.release()).isEqualTo(66);
            var ids = new java.util.TreeSet<Integer>();
            for (int i = 0; i < 100; i++) {
                var packet = receive(client);
                assertThat(packet.getSocketAddress()).isEqualTo(at(server));
                ids.add((int) ByteBuffer.wrap(packet.getData()).getShort(0));
            }
            assertThat(ids).hasSize(100);
        }
        assertThat(count("answered-later")).isEqualTo(66);
    }

    @Test
    void queriesThatTheKernelJoinedAreAnsweredOneByOne() throws Exception {
        try (var client = NativeSocket.open(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM, 0, "train")) {
            var one = query(0, "example.org");
            client.option(SocketConstants.IPPROTO_UDP, SocketConstants.UDP_SEGMENT, one.remaining());
            client.connect(new InetEndpoint(InetAddress.ofLiteral(SERVER4), 53));
            var train = ByteBuffer.allocateDirect(20 * one.remaining());
            for (int i = 0; i < 20; i++) {
                train.put(query(i, "example.org"));
            }
            client.send(train.flip());
            client.receiveTimeout(SOON);
            for (int i = 0; i < 20; i++) {
                var into = ByteBuffer.allocateDirect(512);
                assertThat(client.receive(into)).isGreaterThan(one.remaining());
                assertThat(into.getShort(0)).isEqualTo((short) i);
            }
        }
    }

    @Test
    void garbageAndOurOwnErrorsTakeNothingAlong() throws Exception {
        try (var client = DatagramChannel.open(java.net.StandardProtocolFamily.INET)) {
            client.send(ByteBuffer.allocate(0), at(SERVER4));
            client.send(ByteBuffer.allocate(5), at(SERVER4));
            client.send(query(1, "fails.org"), at(SERVER4));
            client.send(query(2, "example.org"), at(SERVER4));
            assertThat(ByteBuffer.wrap(receive(client).getData()).getShort(0)).isEqualTo((short) 2);
        }
        assertThat(count("failed")).isEqualTo(1);
        assertThat(count("udp-queries")).isEqualTo(4);
    }

    @Test
    void withoutDnsPortFiftyThreeIsAsAnyOtherAndBack() throws Exception {
        var server = Dnsmasq.start(
                lab.internet().namespace(), List.of(SERVER4), 53, Map.of("example.org", "203.0.113.99"), null);
        engine.names(null);
        assertThat(dig("@" + SERVER4, "example.org", "A")).isEqualTo("203.0.113.99\n");
        assertThat(dig("+tcp", "@" + SERVER4, "example.org", "A")).isEqualTo("203.0.113.99\n");
        assertThat(server.queries()).hasSize(2);
        assertThat(engine.counters().started()).isEqualTo(2);
        assertThat(names.asked).isEmpty();
        engine.names(names);
        assertThat(dig("@" + SERVER4, "example.org", "A")).isEqualTo("203.0.113.1\n");
        assertThat(server.queries()).hasSize(2);
    }

    private static ByteBuffer query(int id, String name) {
        var query = ByteBuffer.allocate(64);
        query.putShort((short) id)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0);
        for (var label : name.split("\\.")) {
            query.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        return query.put((byte) 0).putShort((short) 1).putShort((short) 1).flip();
    }

    private static InetSocketAddress at(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
    }

    private static DatagramPacket receive(DatagramChannel client) throws Exception {
        DatagramSocket socket = client.socket();
        socket.setSoTimeout((int) SOON.toMillis());
        var packet = new DatagramPacket(new byte[512], 512);
        socket.receive(packet);
        return packet;
    }
}
