// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Destination.Naming;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.rules.Protocol;

class RouterTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final String FIREFOX =
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-4711.scope";

    private static Owner owner(String cgroup) {
        return new Owner(cgroup, 1000, -1, null);
    }

    private static @Nullable String named(Router router, String name) {
        return router.decide(Transport.TCP, Routes.to(ADDRESS, 443, name), null, Owner.UNKNOWN)
                .outbound();
    }

    private static @Nullable String addressed(Router router, String address) {
        return router.decide(Transport.TCP, Routes.to(address, 443, null), null, Owner.UNKNOWN)
                .outbound();
    }

    @Test
    void withoutAFittingRouteTheTargetItselfIsTaken() {
        assertThat(Router.EMPTY.decide(Transport.TCP, Routes.to(ADDRESS, 1, "a.example"), null, Owner.UNKNOWN))
                .isEqualTo(Decision.NONE);
        var router = new Router(Routes.of("{domain: a.example, outbound: o1}"));
        assertThat(router.decide(Transport.TCP, Routes.to(ADDRESS, 1, "b.example"), null, Owner.UNKNOWN))
                .isEqualTo(new Decision(-1, null));
        assertThat(router.decide(Transport.UDP, Routes.to(ADDRESS, 1, "a.example"), null, Owner.UNKNOWN))
                .isEqualTo(new Decision(0, "o1"));
    }

    @Test
    void namesMatchAsTheyAreWritten() {
        var router = new Router(Routes.of(
                "{domain: [Example.org, '*.example.net'], outbound: o1}",
                "{domain: 'keyword:Track', outbound: o2}",
                "{domain: ['regexp:^ads?[0-9]+\\.', bücher.example], outbound: o3}"));
        assertThat(named(router, "example.org")).isEqualTo("o1");
        assertThat(named(router, "www.example.org")).isNull();
        assertThat(named(router, "example.net")).isNull();
        assertThat(named(router, "a.example.net")).isEqualTo("o1");
        assertThat(named(router, "a.b.example.net")).isEqualTo("o1");
        assertThat(named(router, "anexample.net")).isNull();
        assertThat(named(router, "x.tracker.example")).isEqualTo("o2");
        assertThat(named(router, "ad7.example.com")).isEqualTo("o3");
        assertThat(named(router, "bad7.example.com")).isNull();
        assertThat(named(router, "xn--bcher-kva.example")).isEqualTo("o3");
        assertThat(addressed(router, ADDRESS)).isNull();
    }

    @Test
    void theFirstRouteThatFitsWinsWhateverKindItIs() {
        var router = new Router(Routes.of(
                "{domain: a.example.org, port: 22, outbound: o0}",
                "{cidr: 192.0.2.0/28, network: udp, outbound: o1}",
                "{domain: '*.example.org', outbound: o2}",
                "{cidr: 192.0.2.0/24, outbound: o3}",
                "{domain: a.example.org, outbound: o4}",
                "{port: 443, outbound: o5}",
                "{domain: 'keyword:example', outbound: o6}",
                "{network: tcp, outbound: o7}",
                "{cidr: 192.0.2.1, outbound: o8}"));
        assertThat(named(router, "a.example.org")).isEqualTo("o2");
        assertThat(named(router, "example.org")).isEqualTo("o3");
        assertThat(addressed(router, "192.0.2.1")).isEqualTo("o3");
        assertThat(addressed(router, "198.51.100.1")).isEqualTo("o5");
        assertThat(router.decide(Transport.TCP, Routes.to(ADDRESS, 22, "a.example.org"), null, Owner.UNKNOWN)
                        .route())
                .isZero();
        assertThat(router.decide(Transport.UDP, Routes.to(ADDRESS, 443, "a.example.org"), null, Owner.UNKNOWN)
                        .route())
                .isEqualTo(1);
        assertThat(router.decide(Transport.TCP, Routes.to("198.51.100.1", 80, "x.example"), null, Owner.UNKNOWN)
                        .outbound())
                .isEqualTo("o6");
        assertThat(router.decide(Transport.UDP, Routes.to("198.51.100.1", 80, null), null, Owner.UNKNOWN))
                .isEqualTo(Decision.NONE);
    }

    @Test
    void everyConditionOfARouteMustFit() {
        var router = new Router(Routes.of(
                "{domain: [a.example, 'regexp:^b'], cidr: [192.0.2.0/24, '2001:db8::/32'], port: [80, 8000-8080], network: tcp,"
                        + " outbound: o1}"));
        for (String name : new String[] {"a.example", "b.example"}) {
            for (String address : new String[] {ADDRESS, "2001:db8::1"}) {
                assertThat(router.decide(Transport.TCP, Routes.to(address, 8080, name), null, Owner.UNKNOWN)
                                .route())
                        .isZero();
            }
            assertThat(router.decide(Transport.UDP, Routes.to(ADDRESS, 80, name), null, Owner.UNKNOWN)
                            .route())
                    .isEqualTo(-1);
            assertThat(router.decide(Transport.TCP, Routes.to(ADDRESS, 81, name), null, Owner.UNKNOWN)
                            .route())
                    .isEqualTo(-1);
            assertThat(router.decide(Transport.TCP, Routes.to("198.51.100.1", 80, name), null, Owner.UNKNOWN)
                            .route())
                    .isEqualTo(-1);
        }
        assertThat(router.decide(Transport.TCP, Routes.to(ADDRESS, 80, "c.example"), null, Owner.UNKNOWN)
                        .route())
                .isEqualTo(-1);
    }

    @Test
    void addressesOfBothFamiliesMatchToTheLastBit() {
        var router = new Router(Routes.of(
                "{cidr: [0.0.0.0, 255.255.255.255, 10.0.0.0/8, '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], outbound: o1}",
                "{cidr: ['2001:db8:0:1::/64', '2001:db8:0:2:8000::/65', '2001:db8::/33'], outbound: o2}",
                "{cidr: '::/0', outbound: o3}"));
        assertThat(addressed(router, "0.0.0.0")).isEqualTo("o1");
        assertThat(addressed(router, "0.0.0.1")).isNull();
        assertThat(addressed(router, "255.255.255.254")).isNull();
        assertThat(addressed(router, "255.255.255.255")).isEqualTo("o1");
        assertThat(addressed(router, "9.255.255.255")).isNull();
        assertThat(addressed(router, "10.255.255.255")).isEqualTo("o1");
        assertThat(addressed(router, "11.0.0.0")).isNull();
        assertThat(addressed(router, "::1")).isEqualTo("o1");
        assertThat(addressed(router, "::")).isEqualTo("o3");
        assertThat(addressed(router, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).isEqualTo("o1");
        assertThat(addressed(router, "2001:db8:0:1:ffff:ffff:ffff:ffff")).isEqualTo("o2");
        assertThat(addressed(router, "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff")).isEqualTo("o2");
        assertThat(addressed(router, "2001:db8:8000::")).isEqualTo("o3");
    }

    @Test
    void protocolsAndOwnersAreAskedFor() {
        var router = new Router(Routes.of(
                "{protocol: quic, outbound: o0}",
                "{protocol: [tls, http], domain: a.example, outbound: o1}",
                "{app: firefox, outbound: o2}",
                "{unit: 'backup-*', outbound: o3}"));
        var to = Routes.to(ADDRESS, 443, "a.example");
        assertThat(router.decide(Transport.UDP, to, Protocol.QUIC, Owner.UNKNOWN)
                        .route())
                .isZero();
        assertThat(router.decide(Transport.TCP, to, Protocol.HTTP, Owner.UNKNOWN)
                        .route())
                .isEqualTo(1);
        assertThat(router.decide(Transport.TCP, to, null, Owner.UNKNOWN).route())
                .isEqualTo(-1);
        assertThat(router.decide(Transport.TCP, to, null, owner(FIREFOX)).route())
                .isEqualTo(2);
        assertThat(router.decide(Transport.TCP, to, null, owner("/system.slice/backup-a.service"))
                        .route())
                .isEqualTo(3);
        assertThat(router.decide(Transport.TCP, to, null, owner("/system.slice/other.service"))
                        .route())
                .isEqualTo(-1);
    }

    @Test
    void whoeverIsNotKnownIsNotLetPastARouteThatRefuses() {
        var router = new Router(
                Routes.of(
                        "{app: firefox, cidr: 198.51.100.0/24, outbound: o0}",
                        "{app: firefox, outbound: o1}",
                        "{unit: 'backup-*', port: 443, outbound: o0}",
                        "{network: tcp, outbound: o2}"),
                "o0"::equals);
        var to = Routes.to(ADDRESS, 443, null);
        assertThat(router.decide(Transport.TCP, to, null, Owner.UNKNOWN).route())
                .isEqualTo(2);
        assertThat(router.decide(Transport.TCP, to, null, owner("/system.slice/other.service"))
                        .route())
                .isEqualTo(3);
        assertThat(router.decide(Transport.TCP, Routes.to(ADDRESS, 80, null), null, Owner.UNKNOWN)
                        .route())
                .as("its other conditions do not fit")
                .isEqualTo(3);
    }

    @Test
    void firstBytesAreWantedOnlyWhereTheyCanChangeTheDecision() {
        var router = new Router(Routes.of(
                "{domain: a.example, cidr: 192.0.2.0/24, outbound: o0}",
                "{protocol: quic, port: 443, outbound: o1}",
                "{cidr: 198.51.100.0/24, outbound: o2}",
                "{domain: b.example, network: tcp, outbound: o3}",
                "{port: 22, outbound: o4}",
                "{domain: c.example, app: firefox, outbound: o5}"));
        assertThat(router.wantsName(Transport.TCP, Routes.to(ADDRESS, 22, null)))
                .isTrue();
        assertThat(router.wantsName(Transport.UDP, Routes.to(ADDRESS, 22, null)))
                .isTrue();
        assertThat(router.wantsName(Transport.TCP, Routes.to("198.51.100.1", 443, null)))
                .as("decided by its address; QUIC is not over TCP")
                .isFalse();
        assertThat(router.wantsName(Transport.UDP, Routes.to("198.51.100.1", 443, null)))
                .isTrue();
        assertThat(router.wantsName(Transport.TCP, Routes.to("203.0.113.1", 22, null)))
                .isTrue();
        assertThat(router.wantsName(Transport.UDP, Routes.to("203.0.113.1", 22, null)))
                .as("decided by its port")
                .isFalse();
        assertThat(router.wantsName(Transport.UDP, Routes.to("203.0.113.1", 80, null)))
                .as("for the application")
                .isTrue();
        assertThat(router.wantsName(Transport.TCP, Routes.to("203.0.113.1", 443, "x.example")))
                .as("the name is known, and no protocol is asked for")
                .isFalse();
        assertThat(router.wantsName(Transport.UDP, Routes.to("203.0.113.1", 443, "x.example")))
                .isTrue();
        assertThat(router.wantsName(Transport.TCP, named("x.example", Naming.MADE_UP)))
                .isFalse();
        assertThat(router.wantsName(Transport.TCP, named("b.example", Naming.HINT)))
                .as("the flow may say another name")
                .isTrue();
        assertThat(Router.EMPTY.wantsName(Transport.TCP, Routes.to(ADDRESS, 443, null)))
                .isFalse();
    }

    private static Destination named(String name, Naming naming) {
        return new Destination(Routes.to(ADDRESS, 443, null).endpoint(), name, naming);
    }

    @Test
    void aMadeUpAddressFitsNoBlockAndAHintDecidesLikeAnyName() {
        var router = new Router(Routes.of(
                "{cidr: 192.0.2.0/24, port: 443, outbound: o0}",
                "{domain: a.example, cidr: 192.0.2.0/24, outbound: o1}",
                "{domain: a.example, outbound: o2}",
                "{cidr: 192.0.2.0/24, protocol: tls, outbound: o3}"));
        var madeUp = named("a.example", Naming.MADE_UP);
        assertThat(router.decide(Transport.TCP, madeUp, null, Owner.UNKNOWN).route())
                .isEqualTo(2);
        var other = named("b.example", Naming.MADE_UP);
        assertThat(router.decide(Transport.TCP, other, Protocol.TLS, Owner.UNKNOWN))
                .isEqualTo(Decision.NONE);
        assertThat(router.decide(Transport.TCP, named("a.example", Naming.HINT), null, Owner.UNKNOWN)
                        .route())
                .isZero();
    }
}
