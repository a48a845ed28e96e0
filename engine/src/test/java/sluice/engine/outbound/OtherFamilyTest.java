// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.names.TestNames;
import sluice.linux.InetEndpoint;

/** Proxies that do not reach the address that an application dialled, of a host that has others. */
@Timeout(100)
class OtherFamilyTest {
    private static final String NAME = "www.example";
    private static final String IPV4 = "192.0.2.80";
    private static final String IPV6 = "2001:db8:0:0:0:0:0:80";
    private static final String GRANTED = "05 00 00 01 00000000 0000";

    private final TestNames names = new TestNames();

    private static InetEndpoint at(String address) {
        return new InetEndpoint(InetAddress.ofLiteral(address), 80);
    }

    /** A true address that the application was given for the name. */
    private Destination given(String address) {
        return new Destination(at(address)).hinted(NAME);
    }

    /** A SOCKS5 proxy that refuses hosts in which one of these is, with this reply; {@code drop}: it says nothing and closes. */
    private static FakeServer socks(String reply, String... refused) throws Exception {
        return FakeServer.start(peer -> {
            var request = peer.socksRequest();
            peer.note(request);
            if (Stream.of(refused).noneMatch(request::contains)) {
                peer.hex(GRANTED);
                peer.echo();
            } else if (!reply.equals("drop")) {
                peer.hex("05 " + reply + " 00 01 00000000 0000");
            }
        });
    }

    private World world(FakeServer proxy, String more) {
        names.hosts.put(NAME, List.of(InetAddress.ofLiteral(IPV4), InetAddress.ofLiteral(IPV6)));
        var world = World.of("p: {type: socks5, server: " + proxy.server() + more + "}");
        world.table.names(names);
        return world;
    }

    private static void talk(World world, Destination destination) throws Exception {
        assertThat(world.talk(world.dial("p", destination, Owner.UNKNOWN, World.LONG), "hello", 5))
                .isEqualTo("hello");
    }

    @Test
    void theProxyIsToldTheNameThatDnsGave() throws Exception {
        try (var proxy = socks("08", ":");
                var world = world(proxy, "")) {
            talk(world, given(IPV6));
            assertThat(proxy.heard).containsExactly("connect " + NAME + " 80");
            assertThat(names.resolved).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "03", "04", "06", "08", "drop"})
    void aProxyThatKnowsNoNamesAndHasNoIpv6IsToldTheIpv4Address(String reply) throws Exception {
        try (var proxy = socks(reply, ":", NAME);
                var world = world(proxy, "")) {
            talk(world, given(IPV6));
            assertThat(proxy.heard)
                    .containsExactly("connect " + NAME + " 80", "connect " + IPV6 + " 80", "connect " + IPV4 + " 80");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "03", "04", "05", "06", "08", "drop"})
    void withAddressesOnlyTheOtherFamilyIsToldAndRemembered(String reply) throws Exception {
        try (var proxy = socks(reply, ":");
                var world = world(proxy, ", names: local")) {
            talk(world, given(IPV6));
            assertThat(proxy.heard).containsExactly("connect " + IPV6 + " 80", "connect " + IPV4 + " 80");
            proxy.heard.clear();
            talk(world, given(IPV6));
            assertThat(proxy.heard).containsExactly("connect " + IPV4 + " 80");
        }
    }

    @Test
    void aProxyWithoutIpv4IsToldTheIpv6Address() throws Exception {
        try (var proxy = socks("03", IPV4);
                var world = world(proxy, ", names: local")) {
            talk(world, given(IPV4));
            assertThat(proxy.heard).containsExactly("connect " + IPV4 + " 80", "connect " + IPV6 + " 80");
        }
    }

    @Test
    void aFakeAddressOfWhichTrueOnesAreToldHasBothFamilies() throws Exception {
        try (var proxy = socks("04", IPV4);
                var world = world(proxy, ", names: local")) {
            talk(world, new Destination(at("198.18.0.7"), NAME, Destination.Naming.MADE_UP));
            assertThat(proxy.heard).containsExactly("connect " + IPV4 + " 80", "connect " + IPV6 + " 80");
        }
    }

    @Test
    void aFakeNameThatTheProxyDoesNotFindIsNotLookedUpHere() throws Exception {
        try (var proxy = socks("04", NAME);
                var world = world(proxy, "")) {
            var fake = new Destination(at("198.18.0.7"), NAME, Destination.Naming.MADE_UP);
            assertThatThrownBy(() -> talk(world, fake)).hasMessageContaining("host unreachable");
            assertThat(proxy.heard).containsExactly("connect " + NAME + " 80");
            assertThat(names.resolved).isEmpty();
        }
    }

    @Test
    void anAddressWithoutANameHasNoOthers() throws Exception {
        try (var proxy = socks("08", ":");
                var world = world(proxy, "")) {
            assertThatThrownBy(() -> talk(world, new Destination(at(IPV6)))).hasMessageContaining("kind of address");
            assertThat(proxy.heard).containsExactly("connect " + IPV6 + " 80");
        }
    }

    @Test
    void aProxyWhoseRulesForbidTheHostIsNotAskedOnceMore() throws Exception {
        try (var proxy = socks("02", NAME);
                var world = world(proxy, "")) {
            assertThatThrownBy(() -> talk(world, given(IPV6))).hasMessageContaining("its rules do not allow it");
            assertThat(proxy.heard).containsExactly("connect " + NAME + " 80");
        }
    }

    @Test
    void whenNothingHelpsTheFirstFailureIsToldAndTheProxyIsAskedThreeTimesAtMost() throws Exception {
        try (var proxy = socks("04", "connect");
                var world = world(proxy, "")) {
            names.hosts.put(
                    NAME,
                    Stream.of("192.0.2.81", "192.0.2.82", "192.0.2.83", IPV6)
                            .map(InetAddress::ofLiteral)
                            .toList());
            assertThatThrownBy(() -> talk(world, given(IPV6)))
                    .hasMessage("outbound p: the proxy could not reach " + NAME + ":80: host unreachable");
            assertThat(proxy.heard).hasSize(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"400 Bad Request", "500 Unable to connect", "502 Bad Gateway", "503 No", "504 Timeout"})
    void anHttpProxyWithoutIpv6IsToldTheIpv4Address(String status) throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    var header = peer.header();
                    peer.note(header.substring(0, header.indexOf(" HTTP")));
                    if (header.contains("[")) {
                        peer.text("HTTP/1.1 " + status + "\r\n\r\n");
                    } else {
                        peer.text("HTTP/1.1 200 OK\r\n\r\n");
                        peer.echo();
                    }
                });
                var world = World.of("p: {type: http, server: " + proxy.server() + ", names: local}")) {
            names.hosts.put(NAME, List.of(InetAddress.ofLiteral(IPV4)));
            world.table.names(names);
            talk(world, given(IPV6));
            assertThat(proxy.heard).containsExactly("CONNECT [2001:db8::80]:80", "CONNECT 192.0.2.80:80");
        }
    }

    @Test
    void datagramsGoToAnAddressOfTheHostThatTheProxyReaches() throws Exception {
        try (var proxy = socks("08", ":");
                var world = world(proxy, ", names: local, udp: true")) {
            assertThat(world.table.way("p", given(IPV6), Transport.UDP)).isInstanceOf(Way.Associated.class);
            talk(world, given(IPV6));
            var way = (Way.Unresolved) world.table.way("p", given(IPV6), Transport.UDP);
            var flow = World.flow(given(IPV6), Owner.UNKNOWN);
            assertThat(world.<InetEndpoint>await(() -> way.lookUp().lookUp(flow, World.LONG)))
                    .isEqualTo(at(IPV4));
            assertThat(world.table.way("p", given(IPV4), Transport.UDP)).isInstanceOf(Way.Associated.class);
            assertThat(world.table.way("p", new Destination(at(IPV6)), Transport.UDP))
                    .isInstanceOf(Way.Associated.class);
        }
    }
}
