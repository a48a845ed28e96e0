// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

class Socks5Test {
    private static final String GRANTED = "05 00 00 01 7f000001 1234";
    private static final Destination NAMED = new Destination(World.ELSEWHERE).named("example.org", true);

    private static FakeServer echoing() throws Exception {
        return FakeServer.start(peer -> {
            peer.note(peer.socksRequest());
            peer.hex(GRANTED);
            peer.echo();
        });
    }

    private static String socks(FakeServer proxy, String more) {
        return "p: {type: socks5, server: " + proxy.server() + more + "}";
    }

    @Test
    void theProxyIsToldTheNameOrTheAddress() throws Exception {
        try (var proxy = echoing();
                var world =
                        World.of(socks(proxy, ""), "l: {type: socks5, server: " + proxy.server() + ", names: local}")) {
            assertThat(world.talk(world.dial("p", NAMED, Owner.UNKNOWN, World.LONG), "hello", 5))
                    .isEqualTo("hello");
            assertThat(world.talk(world.dial("l", NAMED, Owner.UNKNOWN, World.LONG), "hello", 5))
                    .isEqualTo("hello");
            var ipv6 = new Destination(new InetEndpoint(InetAddress.ofLiteral("2001:db8::1"), 443));
            world.dial("p", ipv6, Owner.UNKNOWN, World.LONG).close();
            assertThat(proxy.heard)
                    .containsExactly(
                            "connect example.org 80", "connect 192.0.2.80 80", "connect 2001:db8:0:0:0:0:0:1 443");
        }
    }

    @Test
    void aNameThatIsNoneIsNotTold() throws Exception {
        try (var proxy = echoing();
                var world = World.of(socks(proxy, ""))) {
            var evil = new Destination(World.ELSEWHERE).named("a\r\nx: y", true);
            world.dial("p", evil, Owner.UNKNOWN, World.LONG).close();
            var longest = new Destination(World.ELSEWHERE).named("a".repeat(300), true);
            world.dial("p", longest, Owner.UNKNOWN, World.LONG).close();
            assertThat(proxy.heard).containsOnly("connect 192.0.2.80 80");
        }
    }

    @Test
    void usernameAndPasswordAreGivenWhereTheProxyAsks() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.note(peer.next(4));
                    peer.hex("0502");
                    peer.note(peer.next(2 + 5 + 1 + 7));
                    peer.hex("0100");
                    peer.next(10);
                    peer.hex(GRANTED);
                    peer.echo();
                });
                var world = World.of(socks(proxy, ", username: alice, password: hunter2"))) {
            assertThat(world.talk(world.dial("p"), "hi", 2)).isEqualTo("hi");
            assertThat(proxy.heard).containsExactly("05020002", "0105" + "616c696365" + "07" + "68756e74657232");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "01, PROXY_FAILED, general failure",
        "02, PROXY_FAILED, its rules do not allow it",
        "03, UNREACHABLE, network unreachable",
        "04, UNREACHABLE, host unreachable",
        "05, REFUSED, connection refused",
        "06, UNREACHABLE, time to live expired",
        "07, PROXY_FAILED, it does not know this command",
        "08, PROXY_FAILED, it does not know this kind of address",
        "7f, PROXY_FAILED, 'reply 127, which does not exist'",
    })
    void whatTheProxySaysOfTheDestinationIsTheReason(String reply, FlowEnd reason, String words) throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 " + reply);
                    peer.awaitEnd();
                });
                var world = World.of(socks(proxy, ""))) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("p"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessage("outbound p: the proxy could not reach 192.0.2.80:80: " + words);
            World.awaitSockets(before);
        }
    }

    @Test
    void bytesThatFollowTheReplyReachTheClient() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    // In one segment with the reply: a server that speaks first.
                    peer.hex(GRANTED + "48656c6c6f");
                    peer.awaitEnd();
                });
                var world = World.of(socks(proxy, ""))) {
            assertThat(world.talk(world.dial("p"), "", 5)).isEqualTo("Hello");
        }
    }

    @Test
    void aReplyThatComesByteByByteIsTheSame() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.next(3);
                    peer.hex("05");
                    peer.hex("00");
                    peer.next(10);
                    for (var digits : "05 00 00 03 04 68 6f 73 74 12 34".split(" ")) {
                        peer.hex(digits);
                    }
                    peer.echo();
                });
                var world = World.of(socks(proxy, ""))) {
            assertThat(world.talk(world.dial("p"), "still", 5)).isEqualTo("still");
        }
    }

    @Test
    void aProxyOverIpv6AndOneByNameWork() throws Exception {
        try (var proxy = FakeServer.start("::1", peer -> {
                    peer.note(peer.socksRequest());
                    peer.hex(GRANTED);
                    peer.echo();
                });
                var world = World.of(
                        socks(proxy, ""), "n: {type: socks5, server: \"proxy.example:" + proxy.port() + "\"}")) {
            assertThat(world.talk(world.dial("p"), "six", 3)).isEqualTo("six");
            // Nobody listens at the first address: the second one is tried, and tried first from then on.
            world.hosts.put("proxy.example", List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1")));
            assertThat(world.talk(world.dial("n"), "name", 4)).isEqualTo("name");
            assertThat(world.talk(world.dial("n"), "name", 4)).isEqualTo("name");
            world.hosts.clear();
            assertThatThrownBy(() -> world.dial("n"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.UNREACHABLE))
                    .hasMessage("outbound n: look up proxy.example: no such host, or no name server");
        }
    }

    @Test
    void aLookupThatHangsEndsInTimeAndBlocksNobody() throws Exception {
        var hang = new CountDownLatch(1);
        try (var parking = sluice.engine.park.Parking.start();
                var lookup = new Lookup(name -> {
                    try {
                        hang.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of(InetAddress.getLoopbackAddress());
                })) {
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> lookup.addresses(
                                Peer.of("slow.example", 80),
                                "p",
                                sluice.engine.park.Deadline.in(Duration.ofMillis(10))))
                        .isInstanceOfSatisfying(
                                DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.CONNECT_TIMEOUT));
            }
            var ran = new CountDownLatch(1);
            parking.start("bystander", ran::countDown);
            assertThat(ran.await(45, TimeUnit.SECONDS)).isTrue();
        } finally {
            hang.countDown();
        }
    }

    @Test
    void anAssociationLivesAsLongAsItsControlConnection() throws Exception {
        var end = new CountDownLatch(1);
        try (var proxy = FakeServer.start(peer -> {
                    peer.note(peer.socksRequest());
                    peer.hex("05 00 00 01 00000000 1f90");
                    peer.text("chatter");
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                var world = World.of(socks(proxy, ", udp: true"))) {
            int before = World.openSockets();
            var association = world.associate("p");
            assertThat(proxy.heard).containsExactly("associate 0.0.0.0 0");
            assertThat(association.relay()).hasToString("127.0.0.1:8080");
            var ended = new CountDownLatch(1);
            association.onEnd(ended::countDown);
            assertThat(ended.getCount()).isEqualTo(1);
            end.countDown();
            assertThat(ended.await(45, TimeUnit.SECONDS)).isTrue();
            var atOnce = new CountDownLatch(1);
            association.onEnd(atOnce::countDown);
            assertThat(atOnce.getCount()).isZero();
            association.close();
            World.awaitSockets(before);
        }
    }

    @Test
    void datagramsCarryTheirDestinationAndTheirSender() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 00000000 1f90");
                    peer.awaitEnd();
                });
                var world = World.of(socks(proxy, ", udp: true"));
                var association = world.associate("p")) {
            var buffer = ByteBuffer.allocate(64);
            association.wrap(NAMED, buffer);
            assertThat(buffer.position()).isEqualTo(10).isLessThanOrEqualTo(association.headerBytes());
            buffer.put((byte) 'x').flip();
            assertThat(association.unwrap(buffer)).isEqualTo(World.ELSEWHERE);
            assertThat(buffer.remaining()).isEqualTo(1);
            var six = new InetEndpoint(InetAddress.ofLiteral("2001:db8::9"), 53);
            association.wrap(new Destination(six), buffer.clear());
            assertThat(buffer.position()).isEqualTo(22).isLessThanOrEqualTo(association.headerBytes());
            assertThat(association.unwrap(buffer.flip())).isEqualTo(six);
            for (var lie : List.of(
                    "", "000000", "00000001c0000250", "000001 01c00002500050", "000000 03 02 61 0050", "00000009")) {
                var bytes = java.util.HexFormat.of().parseHex(lie.replace(" ", ""));
                assertThat(association.unwrap(ByteBuffer.wrap(bytes))).as(lie).isNull();
            }
        }
    }

    /** What stands in the place of an address, as text or not at all. */
    @ParameterizedTest
    @CsvSource({
        "03 0a 3139322e302e322e3830 0050, 192.0.2.80:80",
        "03 0b 323030313a6462383a3a39 0035, [2001:db8::9]:53",
        "03 0d 5b323030313a6462383a3a395d 0035, [2001:db8::9]:53",
        "03 0b 6578616d706c652e6f7267 0050, 0.0.0.0:80",
        "03 00 0050, 0.0.0.0:80",
        "01 00000000 0000, 0.0.0.0:0",
    })
    void aDatagramsSenderMayBeAnAddressAsTextOrUnknown(String sender, String said) throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 00000000 1f90");
                    peer.awaitEnd();
                });
                var world = World.of(socks(proxy, ", udp: true"));
                var association = world.associate("p")) {
            var bytes = java.util.HexFormat.of().parseHex("000000" + sender.replace(" ", "") + "78");
            var datagram = ByteBuffer.wrap(bytes);
            assertThat(association.unwrap(datagram)).hasToString(said);
            assertThat(datagram.remaining()).isEqualTo(1);
        }
    }

    /** Of an association as of a connection. */
    @ParameterizedTest
    @CsvSource({
        "03 05 72656c6179 1f90, 127.0.0.2:8080",
        "03 07 6d697373696e67 1f90, 127.0.0.1:8080",
        "03 09 3132372e302e302e33 1f90, 127.0.0.3:8080",
        "03 00 1f90, 127.0.0.1:8080",
        "03 03 0d0a20 1f90, 127.0.0.1:8080",
        "04 00000000000000000000000000000000 1f90, 127.0.0.1:8080",
    })
    void aRelayMayBeNamedOrLeftOut(String bound, String relay) throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 " + bound);
                    peer.echo();
                });
                var world = World.of(socks(proxy, ", udp: true"))) {
            world.hosts.put("relay", List.of(InetAddress.ofLiteral("::1"), InetAddress.ofLiteral("127.0.0.2")));
            try (var association = world.associate("p")) {
                assertThat(association.relay()).hasToString(relay);
            }
            assertThat(world.talk(world.dial("p"), "hello", 5)).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "01 e0000001 1f90, PROXY_FAILED, the proxy's UDP relay cannot be 224.0.0.1:8080",
        "01 7f000001 0000, PROXY_FAILED, the proxy's UDP relay has no port",
        "01 7f000001 0007, LOOP, the proxy's UDP relay cannot be 127.0.0.1:7",
    })
    void aRelayThatCannotBeIsRefused(String bound, FlowEnd reason, String words) throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 " + bound);
                    peer.awaitEnd();
                });
                var world = World.of(
                        java.util.Optional.empty(), endpoint -> endpoint.port() == 7, socks(proxy, ", udp: true"))) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.associate("p"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessage("outbound p: " + words);
            World.awaitSockets(before);
        }
    }

    @Test
    void udpIsRefusedWhereItCannotPassAndTheReasonSaysWhy() {
        try (var world = World.of(
                "tcp: {type: socks5, server: \"192.0.2.1:1080\"}",
                "web: {type: http, server: \"192.0.2.1:3128\"}",
                "udp: {type: socks5, server: \"192.0.2.1:1080\", udp: true}",
                "far: {type: socks5, server: \"192.0.2.2:1080\", udp: true, via: udp}",
                "vpn: {type: direct, interface: lo}",
                "near: {type: socks5, server: \"192.0.2.2:1080\", udp: true, via: vpn}")) {
            var destination = new Destination(World.ELSEWHERE);
            assertThat(world.table.way("tcp", destination, Transport.UDP))
                    .isEqualTo(new Way.Refused(
                            List.of("tcp"), FlowEnd.UNREACHABLE, "outbound tcp carries no UDP: it has no udp: true"));
            assertThat(world.table.way("web", destination, Transport.UDP))
                    .isEqualTo(new Way.Refused(
                            List.of("web"),
                            FlowEnd.UNREACHABLE,
                            "outbound web is an HTTP proxy, which carries no UDP"));
            assertThat(world.table.way("far", destination, Transport.UDP))
                    .isEqualTo(new Way.Refused(
                            List.of("far", "udp"),
                            FlowEnd.UNREACHABLE,
                            "outbound far carries no UDP: it is reached through udp"));
            assertThat(world.table.way("udp", destination, Transport.UDP)).isInstanceOf(Way.Associated.class);
            assertThat(world.table.way("near", destination, Transport.UDP)).isInstanceOf(Way.Associated.class);
        }
    }
}
