// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Transport;
import sluice.engine.names.TestNames;
import sluice.linux.InetEndpoint;
import sluice.rules.Marks;
import sluice.testkit.Await;

class OutboundTableTest {
    private static final InetEndpoint IPV6 = new InetEndpoint(InetAddress.ofLiteral("2001:db8::80"), 80);

    private static Way tcp(World world, String outbound, InetEndpoint to) {
        return world.table.way(outbound, new Destination(to), Transport.TCP);
    }

    @Test
    void whatLeadsStraightOutIsPlainWithItsTraits() {
        int guard = Marks.DEFAULT.guard();
        try (var world = World.guarded(
                "vpn: {type: direct, interface: wg0, source: [192.0.2.7, \"2001:db8::7\"], mark: 5}",
                "group: {type: select, outbounds: [vpn]}")) {
            assertThat(tcp(world, "direct", World.ELSEWHERE))
                    .isEqualTo(new Way.Plain(List.of("direct"), World.ELSEWHERE, new SocketTraits(guard, null, null)));
            var four = new SocketTraits(guard | 5, "wg0", new InetEndpoint(InetAddress.ofLiteral("192.0.2.7"), 0));
            var six = new SocketTraits(guard | 5, "wg0", new InetEndpoint(InetAddress.ofLiteral("2001:db8::7"), 0));
            assertThat(tcp(world, "vpn", World.ELSEWHERE))
                    .isEqualTo(new Way.Plain(List.of("vpn"), World.ELSEWHERE, four));
            assertThat(tcp(world, "group", IPV6)).isEqualTo(new Way.Plain(List.of("group", "vpn"), IPV6, six));
            assertThat(world.table.way("vpn", new Destination(IPV6), Transport.UDP))
                    .isEqualTo(new Way.Plain(List.of("vpn"), IPV6, six));
        }
    }

    @Test
    void anotherLoopGuardReplacesTheFormerOneAndLeavesTheOutboundsOwnMark() {
        int former = Marks.DEFAULT.guard();
        int later = 0x0400_0000;
        try (var world = World.guarded("vpn: {type: direct, mark: 5}")) {
            for (int bits : new int[] {former | later, later}) {
                world.table.guard(bits);
                assertThat(tcp(world, "direct", World.ELSEWHERE))
                        .isEqualTo(
                                new Way.Plain(List.of("direct"), World.ELSEWHERE, new SocketTraits(bits, null, null)));
                assertThat(tcp(world, "vpn", World.ELSEWHERE))
                        .isEqualTo(
                                new Way.Plain(List.of("vpn"), World.ELSEWHERE, new SocketTraits(bits | 5, null, null)));
            }
        }
    }

    @Test
    void aFamilyWithoutSourceDoesNotLeave() {
        try (var world = World.of("old: {type: direct, source: 192.0.2.7}")) {
            assertThat(tcp(world, "old", IPV6))
                    .isEqualTo(new Way.Refused(
                            List.of("old"), FlowEnd.UNREACHABLE, "outbound old has no IPv6 address in source"));
        }
    }

    @Test
    void whatIsBlockedOrGoneIsRefused() {
        try (var world = World.of("ads: {type: block}", "group: {type: fallback, outbounds: [ads]}")) {
            assertThat(tcp(world, "block", World.ELSEWHERE))
                    .isEqualTo(new Way.Refused(List.of("block"), FlowEnd.BLOCKED, "outbound block lets nothing out"));
            assertThat(tcp(world, "group", World.ELSEWHERE))
                    .isEqualTo(
                            new Way.Refused(List.of("group", "ads"), FlowEnd.BLOCKED, "outbound ads lets nothing out"));
            assertThat(tcp(world, "gone", World.ELSEWHERE))
                    .isEqualTo(new Way.Refused(List.of("gone"), FlowEnd.BLOCKED, "there is no outbound gone any more"));
        }
    }

    @Test
    void whatWouldComeBackToTheEngineIsRefused() {
        var ours = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 7999);
        try (var world = World.of(
                Optional.empty(),
                ours::equals,
                "p: {type: socks5, server: \"127.0.0.1:7999\"}",
                "z: {type: http, server: \"0.0.0.0:7999\"}",
                "n: {type: http, server: \"proxy.example:7999\"}")) {
            for (var address : List.of("127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1")) {
                var to = new InetEndpoint(InetAddress.ofLiteral(address), 7999);
                assertThat(tcp(world, "direct", to))
                        .isEqualTo(new Way.Refused(List.of("direct"), FlowEnd.LOOP, to + " is this engine itself"));
                assertThat(tcp(world, "direct", to.withPort(80))).isInstanceOf(Way.Plain.class);
            }
            world.hosts.put("proxy.example", List.of(ours.address()));
            for (var name : List.of("p", "z", "n")) {
                assertThatThrownBy(() -> world.dial(name))
                        .isInstanceOfSatisfying(
                                DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.LOOP))
                        .hasMessageStartingWith("outbound " + name)
                        .hasMessageEndingWith(":7999 is this engine itself");
            }
        }
    }

    @Test
    void aConfigurationThatCannotBeUsedChangesNothing() {
        try (var world = World.of("p: {type: direct, mark: 3}")) {
            assertThatThrownBy(() -> world.with(
                            "p: {type: direct, mark: 4}",
                            "q: {type: http, server: \"192.0.2.1:1\", tls: {ca: /nonexistent/ca.pem}}"))
                    .hasMessageContaining("/nonexistent/ca.pem");
            assertThat(tcp(world, "p", World.ELSEWHERE))
                    .isEqualTo(new Way.Plain(List.of("p"), World.ELSEWHERE, new SocketTraits(3, null, null)));
        }
    }

    @Test
    void aProxyThatTheMachinesResolverGivesAMadeUpAddressIsLookedUpByOurOwnDns() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 00 00 01 00000000 0000");
                    peer.echo();
                });
                var world = World.of("p: {type: socks5, server: \"proxy.example:" + proxy.port() + "\"}")) {
            var names = new TestNames().fake("198.18.0.9", "proxy.example").host("proxy.example", "127.0.0.1");
            world.table.names(names);
            world.hosts.put("proxy.example", List.of(InetAddress.ofLiteral("198.18.0.9")));
            assertThat(world.talk(world.dial("p"), "hello", 5)).isEqualTo("hello");
            assertThat(names.resolved).containsExactly(new TestNames.Asked(null, "proxy.example"));
            assertThat(names.leases).hasValue(0);
            world.hosts.put("proxy.example", List.of(InetAddress.ofLiteral("127.0.0.1")));
            assertThat(world.talk(world.dial("p"), "again", 5)).isEqualTo("again");
            assertThat(names.resolved).hasSize(1);
        }
    }

    @Test
    void healthChecksLookNamesUpWithOurOwnDns() throws Exception {
        try (var server = FakeServer.start(peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 204 No Content\r\n\r\n");
                });
                var world = World.of()) {
            var names = new TestNames().host("probe.example", "127.0.0.1");
            world.table.names(names);
            var group = "g: {type: fallback, outbounds: [direct], url: \"http://probe.example:" + server.port()
                    + "/\", interval: 1h}";
            world.with(group);
            Await.until(
                    "it is tested",
                    World.LONG,
                    () -> world.table.groups().stream()
                            .anyMatch(view -> view.members().getFirst().delay().isPresent()));
            assertThat(names.resolved).containsExactly(new TestNames.Asked(null, "probe.example"));
        }
    }
}
