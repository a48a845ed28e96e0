// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.netlink.NetlinkException;
import sluice.netlink.Subscription;
import sluice.testkit.KernelTest;

/** Rules and routes against the kernel, with ip(8) as the oracle. */
@KernelTest
class RoutesKernelTest {
    private static final int TABLE = 4711;
    private static final int PROTOCOL = 83;

    private Routes routes;

    @BeforeEach
    void open() throws Exception {
        routes = Routes.open();
    }

    @AfterEach
    void close() {
        routes.close();
    }

    private static String ip(IpFamily family, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.add("ip");
        command.add(family == IpFamily.IPV4 ? "-4" : "-6");
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + ": " + output).isZero();
        return output;
    }

    private static PolicyRule rule(IpFamily family) {
        return PolicyRule.ofMark(family, 0x0bb8, 0xffff, TABLE)
                .withPriority(1234)
                .withProtocol(PROTOCOL);
    }

    @ParameterizedTest
    @EnumSource
    void aRuleListsAsIpWouldHaveMadeIt(IpFamily family) throws Exception {
        var rule = rule(family);
        routes.add(rule);
        assertThat(ip(family, "-j", "-d", "rule", "show", "priority", "1234"))
                .contains("\"fwmark\":\"0xbb8\"", "\"fwmask\":\"0xffff\"", "\"table\":\"4711\"", "\"protocol\":\"83\"");
        assertThat(routes.rules(family)).contains(rule);
        assertThatExceptionOfType(NetlinkException.Exists.class).isThrownBy(() -> routes.add(rule));

        ip(family, "rule", "delete", "priority", "1234");
        assertThat(routes.rules(family)).doesNotContain(rule);
        assertThatExceptionOfType(NetlinkException.Absent.class)
                .isThrownBy(() -> routes.delete(rule))
                .withMessageContaining("delete rule 1234 fwmark 0xbb8/0xffff lookup 4711");

        ip(family, "rule", "add", "fwmark", "0xbb8/0xffff", "table", "4711", "priority", "1234", "protocol", "83");
        assertThat(routes.rules(family)).contains(rule);
        routes.delete(rule);
        assertThat(ip(family, "rule", "show", "priority", "1234")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void ofOtherRulesItIsKnownWhetherTheyApplyToWhatThisMachineSends(IpFamily family) throws Exception {
        assertThat(mayMatch(family, "not", "fwmark", "0xca6c")).isTrue();
        assertThat(mayMatch(family, "not", "fwmark", "0xbb8")).isTrue();
        assertThat(mayMatch(family, "not", "fwmark", "0xbb8/0xffff")).isFalse();
        assertThat(mayMatch(family, "fwmark", "0xca6c")).isFalse();
        assertThat(mayMatch(family, "fwmark", "0x8/0xf")).isTrue();
        assertThat(mayMatch(family, "uidrange", "1-2")).isTrue();
        assertThat(mayMatch(family, "iif", "lo")).isTrue();
        assertThat(mayMatch(family, "iif", "eth0")).isFalse();
        assertThat(mayMatch(family, "not", "iif", "eth0")).isTrue();
    }

    /** About packets with mark 0xbb8, the low half of which is known. */
    private boolean mayMatch(IpFamily family, String... conditions) throws Exception {
        var rule = Stream.concat(Stream.of(conditions), Stream.of("table", "4711", "priority", "1234"));
        ip(family, Stream.concat(Stream.of("rule", "add"), rule).toArray(String[]::new));
        var found = routes.rules(family).stream()
                .filter(one -> one.priority() == 1234)
                .findFirst()
                .orElseThrow();
        routes.delete(found);
        return found.mayMatchSent(0xbb8, 0xffff);
    }

    @ParameterizedTest
    @EnumSource
    void aLocalDefaultRouteListsAsIpWouldHaveMadeIt(IpFamily family) throws Exception {
        var route = Route.localDefault(family, TABLE, routes.link("lo").index()).withProtocol(PROTOCOL);
        assertThat(routes.routes(family, TABLE)).isEmpty();
        routes.add(route);
        var ours = ip(family, "-j", "-d", "route", "show", "table", "4711");
        assertThat(ours).contains("\"type\":\"local\"", "\"dst\":\"default\"", "\"dev\":\"lo\"", "\"protocol\":\"83\"");
        var dumped = routes.routes(family, TABLE);
        assertThat(dumped).containsExactly(family == IpFamily.IPV4 ? route : route.withMetric(1024));
        assertThatExceptionOfType(NetlinkException.Exists.class).isThrownBy(() -> routes.add(route));
        routes.replace(route);
        routes.delete(route);
        assertThat(routes.routes(family, TABLE)).isEmpty();
        assertThatExceptionOfType(NetlinkException.Absent.class).isThrownBy(() -> routes.delete(route));

        ip(family, "route", "add", "local", "default", "dev", "lo", "table", "4711", "protocol", "83");
        assertThat(ip(family, "-j", "-d", "route", "show", "table", "4711")).isEqualTo(ours);
        assertThat(routes.routes(family, TABLE)).isEqualTo(dumped);
        routes.delete(dumped.getFirst());
    }

    @Test
    void linksAreFoundByName() throws Exception {
        var lo = routes.link("lo");
        assertThat(lo).isEqualTo(new Link(1, "lo", true));
        routes.setUp(lo, false);
        assertThat(routes.link("lo").up()).isFalse();
        routes.setUp(lo, true);
        assertThat(routes.link("lo").up()).isTrue();
        assertThatExceptionOfType(NetlinkException.Absent.class)
                .isThrownBy(() -> routes.link("nowhere0"))
                .withMessageContaining("find interface nowhere0: ENODEV");
    }

    @Test
    void notificationsTellOnesOwnChangesFromOthers() throws Exception {
        try (var events = Routes.subscribe()) {
            var rule = rule(IpFamily.IPV6);
            var route = Route.localDefault(IpFamily.IPV4, TABLE, 1).withProtocol(PROTOCOL);
            routes.add(rule);
            routes.add(route);
            ip(IpFamily.IPV6, "rule", "delete", "priority", "1234");
            ip(IpFamily.IPV4, "route", "flush", "table", "4711");
            var seen = new ArrayList<RouteEvent>();
            events.drain(100, seen::add);
            assertThat(seen)
                    .startsWith(
                            new RouteEvent.RuleChanged(true, rule, routes.portId()),
                            new RouteEvent.RouteChanged(true, route, routes.portId()))
                    .hasSize(4);
            assertThat(seen.get(2)).isInstanceOfSatisfying(RouteEvent.RuleChanged.class, changed -> {
                assertThat(changed.added()).isFalse();
                assertThat(changed.rule()).isEqualTo(rule);
                assertThat(changed.portId()).isNotEqualTo(routes.portId());
            });
            assertThat(seen.get(3))
                    .isInstanceOfSatisfying(
                            RouteEvent.RouteChanged.class,
                            changed -> assertThat(changed.added()).isFalse());
        }
    }

    @ParameterizedTest
    @EnumSource
    void addressesAreListedAndTheirChangesAnnounced(IpFamily family) throws Exception {
        var own = family == IpFamily.IPV4 ? "192.0.2.7" : "2001:db8::7";
        int length = family == IpFamily.IPV4 ? 24 : 64;
        try (var changes = Routes.subscribeToAddresses()) {
            ip(family, "address", "add", own + "/" + length, "dev", "lo");
            try {
                assertThat(events(changes)).contains(AddressEvent.CHANGED);
                assertThat(routes.addresses(family))
                        .contains(new InterfaceAddress(InetAddress.ofLiteral(own), length, 1));
            } finally {
                ip(family, "address", "delete", own + "/" + length, "dev", "lo");
            }
            assertThat(events(changes)).contains(AddressEvent.CHANGED);
            assertThat(routes.addresses(family))
                    .extracting(InterfaceAddress::address)
                    .doesNotContain(InetAddress.ofLiteral(own));
        }
    }

    private static List<AddressEvent> events(Subscription<AddressEvent> changes) throws Exception {
        var events = new ArrayList<AddressEvent>();
        assertThat(changes.drain(16, events::add)).isFalse();
        return events;
    }
}
