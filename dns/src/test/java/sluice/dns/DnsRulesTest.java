// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.dns.NameService.Meaning;

/** Rules by name and by application, routes with sets, what is explained, and what addresses mean. */
class DnsRulesTest {
    private static final String FIREFOX =
            "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.mozilla.firefox-4711.scope";
    private static final World.Client BROWSER = new World.Client(FIREFOX, false);
    private static final World.Client OTHER = new World.Client("/system.slice/cron.service", false);
    private static final byte[] QUERY = Messages.query(7, 0x100, "www.example.org", "A", 1232, 0);

    @TempDir
    Path directory;

    private static String uri(TestServer server) {
        return "'" + server.settings("udp").uri() + "'";
    }

    @Test
    void twoApplicationsWithDifferentServersGetDifferentAnswersAtTheSameTime() throws Exception {
        try (var usual = TestServer.of(60, "192.0.2.1");
                var browsers = TestServer.of(60, "192.0.2.2");
                var world = new World(
                        directory,
                        "{mode: real, servers: [" + uri(usual) + "], rules: [{app: org.mozilla.firefox, servers: ["
                                + uri(browsers) + "]}]}")) {
            for (int i = 0; i < 2; i++) {
                assertThat(world.ask(BROWSER, QUERY).addresses()).containsExactly("192.0.2.2");
                assertThat(world.ask(OTHER, QUERY).addresses()).containsExactly("192.0.2.1");
                assertThat(world.ask(new World.Client(null, false), QUERY).addresses())
                        .containsExactly("192.0.2.1");
            }
            assertThat(usual.queries()).isOne();
            assertThat(browsers.queries()).isOne();
        }
    }

    @Test
    void theFirstRuleThatFitsDecides() throws Exception {
        try (var usual = TestServer.of(60, "192.0.2.1");
                var corp = TestServer.of(60, "10.0.0.1");
                var world = new World(
                        directory,
                        "{mode: fake-ip, servers: [" + uri(usual) + "], rules: ["
                                + "{domain: 'keyword:ads', answer: refuse},"
                                + "{domain: ['*.corp.example'], answer: real, servers: [" + uri(corp) + "]},"
                                + "{unit: cron.service, answer: real}]}")) {
            var refused = world.ask(OTHER, Messages.query(7, 0x100, "ads.corp.example", "A", 1232, 0));
            assertThat(refused.rcode()).isEqualTo(5);
            assertThat(refused.extendedError()).isEqualTo(15);
            assertThat(world.ask(BROWSER, Messages.query(7, "git.corp.example", "A"))
                            .addresses())
                    .containsExactly("10.0.0.1");
            assertThat(world.ask(OTHER, QUERY).addresses()).containsExactly("192.0.2.1");
            assertThat(world.ask(BROWSER, QUERY).addresses().getFirst()).startsWith("198.18.");
            assertThat(world.count(DnsCounter.REFUSED)).isOne();
        }
    }

    @Test
    void aRuleThatNamesServersKnowsSpecialNamesBetterButNotLocalhost() throws Exception {
        try (var usual = TestServer.of(60, "192.0.2.1");
                var world = new World(
                        directory,
                        "{mode: real, servers: [" + uri(usual)
                                + "], rules: [{domain: ['*.local', '*.168.192.in-addr.arpa',"
                                + " localhost], servers: [" + uri(usual) + "]}]}")) {
            assertThat(world.ask("dc.corp.local", "A").addresses()).containsExactly("192.0.2.1");
            assertThat(world.ask("localhost", "A").addresses()).containsExactly("127.0.0.1");
            world.ask("1.0.168.192.in-addr.arpa", "PTR");
            assertThat(usual.queries()).isEqualTo(2);
            assertThat(world.ask("x.test", "A").rcode()).isEqualTo(3);
        }
    }

    @Test
    void addressesOfARouteWithASetAreRealAndTold() throws Exception {
        String routes =
                "[{domain: vpn.example.org, outbound: block}, {domain: ['*.example.org'], outbound: direct, nft-set: home}]";
        try (var server = TestServer.of(60, "192.0.2.80", "2001:db8::80");
                var world = new World(directory, "{mode: fake-ip, servers: [" + uri(server) + "]}", routes)) {
            assertThat(world.ask(OTHER, QUERY).addresses()).containsExactly("192.0.2.80");
            assertThat(world.ears.sets).containsExactly("home www.example.org [192.0.2.80] 60");
            world.ask(OTHER, QUERY);
            assertThat(world.ears.sets).hasSize(1);
            world.ask("vpn.example.org", "A");
            world.ask("example.org", "A");
            assertThat(world.ears.sets).hasSize(1);
            // New sets may be empty.
            world.clock.addAndGet(20);
            world.apply("{mode: fake-ip, servers: [" + uri(server) + "]}", routes);
            world.ask(OTHER, QUERY);
            assertThat(world.ears.sets).last().isEqualTo("home www.example.org [192.0.2.80] 40");
        }
    }

    @Test
    void trueAddressesHaveANameForAWhile() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, servers: [" + uri(server) + "]}")) {
            world.ask(OTHER, QUERY);
            assertThat(hint(world, OTHER)).isEqualTo("www.example.org");
            world.clock.addAndGet(60 + 301);
            assertThat(hint(world, OTHER)).isNull();
        }
    }

    /** The name of the address that the servers of these tests give, to an application. */
    private static @Nullable String hint(World world, World.Client application) {
        return world.dns().meaning(InetAddress.ofLiteral("192.0.2.80")) instanceof Meaning.Hint hint
                ? hint.name(application.cgroup())
                : null;
    }

    @Test
    void aNameBelongsToTheApplicationThatWasGivenTheAddress() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, servers: [" + uri(server) + "]}")) {
            world.ask(OTHER, QUERY);
            assertThat(hint(world, BROWSER)).isNull();
            assertThat(hint(world, new World.Client(null, false))).isNull();
            // From the cache as well.
            world.ask(BROWSER, QUERY);
            assertThat(hint(world, BROWSER)).isEqualTo("www.example.org");
            assertThat(server.queries()).isOne();
        }
    }

    @Test
    void anApplicationThatIsNotKnownLeavesNoNameBehind() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, servers: [" + uri(server) + "]}")) {
            world.ask(new World.Client(null, false), QUERY);
            assertThat(world.dns().meaning(InetAddress.ofLiteral("192.0.2.80"))).isSameAs(Meaning.ADDRESS);
        }
    }

    @Test
    void theLastOfSeveralNamesOfAnAddressIsTheHintAndAllOfThemAreKnown() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, servers: [" + uri(server) + "]}")) {
            for (var name : List.of("a.example", "b.example", "a.example")) {
                world.ask(OTHER, Messages.query(1, name, "A"));
            }
            assertThat(hint(world, OTHER)).isEqualTo("a.example");
            var meaning = (Meaning.Hint) world.dns().meaning(InetAddress.ofLiteral("192.0.2.80"));
            assertThat(meaning.isFor("b.example", OTHER.cgroup())).isTrue();
            assertThat(meaning.isFor("c.example", OTHER.cgroup())).isFalse();
            assertThat(meaning.isFor("b.example", BROWSER.cgroup())).isFalse();
        }
    }

    @Test
    void whatTheEngineLooksUpIsNoHintForAnybody() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: fake-ip, servers: [" + uri(server) + "]}")) {
            assertThat(world.dns().resolve(OTHER, "www.example.org", World.LIMIT))
                    .isNotEmpty();
            assertThat(world.dns().meaning(InetAddress.ofLiteral("192.0.2.80"))).isSameAs(Meaning.ADDRESS);
        }
    }

    @Test
    void theEngineGetsTrueAddressesByTheApplicationsRules() throws Exception {
        try (var usual = TestServer.of(60, "2001:db8::1", "192.0.2.1");
                var browsers = TestServer.of(60, "192.0.2.2");
                var world = new World(
                        directory,
                        "{mode: fake-ip, servers: [" + uri(usual) + "], rules: [{app: org.mozilla.firefox, servers: ["
                                + uri(browsers) + "]}, {domain: ads.example, answer: refuse}]}")) {
            assertThat(world.dns().resolve(OTHER, "www.example.org", World.LIMIT))
                    .containsExactly(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("2001:db8::1"));
            assertThat(world.dns().resolve(BROWSER, "www.example.org", World.LIMIT))
                    .containsExactly(InetAddress.ofLiteral("192.0.2.2"));
            assertThat(world.dns().resolve(null, "localhost", World.LIMIT))
                    .contains(InetAddress.ofLiteral("127.0.0.1"));
            assertThatThrownBy(() -> world.dns().resolve(null, "ads.example", World.LIMIT))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("dns.rules[1]");
            assertThatThrownBy(() -> world.dns().resolve(null, "x".repeat(64) + ".example", World.LIMIT))
                    .isInstanceOf(UnknownHostException.class);
            usual.beSilent();
            assertThatThrownBy(() -> world.dns().resolve(OTHER, "silent.example", Duration.ofMillis(200)))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("silent.example");
        }
    }

    @Test
    void explainsWithoutAskingAnybody() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(
                        directory,
                        "{mode: fake-ip, servers: [" + uri(server)
                                + "], rules: [{app: org.mozilla.firefox, answer: real}]}")) {
            var fake = world.dns().explain("WWW.example.org", "A", null);
            assertThat(fake.kind()).isEqualTo(Explanation.Kind.FAKE);
            assertThat(fake.reason()).isEqualTo("dns.mode");
            assertThat(fake.addresses()).isEmpty();
            var given = world.ask(OTHER, QUERY).addresses();
            assertThat(world.dns().explain("www.example.org", "A", null).addresses())
                    .isEqualTo(given);
            var real = world.dns().explain("www.example.org", "A", FIREFOX);
            assertThat(real.kind()).isEqualTo(Explanation.Kind.REAL);
            assertThat(real.rule()).isZero();
            assertThat(real.servers())
                    .containsExactly(server.settings("udp").uri().toString());
            assertThat(real.cached()).isEmpty();
            assertThat(server.queries()).isZero();
            world.ask(BROWSER, QUERY);
            world.clock.addAndGet(20);
            var cached = world.dns().explain("www.example.org", "A", FIREFOX).cached();
            assertThat(cached).hasValueSatisfying(answer -> {
                assertThat(answer.left()).isEqualTo(Duration.ofSeconds(40));
                assertThat(answer.addresses()).containsExactly("192.0.2.80");
            });
            assertThat(world.dns().explain("x.onion", "A", null).reason()).contains("Tor");
            assertThatThrownBy(() -> world.dns().explain("x.example", "NONSENSE", null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("NONSENSE");
        }
    }

    @Test
    void theCacheCanBeSeenAndFlushed() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, servers: [" + uri(server) + "]}")) {
            world.ask(OTHER, QUERY);
            assertThat(world.dns().cache()).singleElement().satisfies(answer -> {
                assertThat(answer.name()).isEqualTo("www.example.org");
                assertThat(answer.type()).isEqualTo("A");
                assertThat(answer.rcode()).isEqualTo("NOERROR");
                assertThat(answer.servers())
                        .containsExactly(server.settings("udp").uri().toString());
            });
            assertThat(world.dns().flushCache()).isOne();
            assertThat(world.dns().cache()).isEmpty();
            assertThat(world.dns().meaning(InetAddress.ofLiteral("192.0.2.80"))).isSameAs(Meaning.ADDRESS);
        }
    }

    @Test
    void queriesAreLoggedOnlyWhereTheConfigurationSaysSo() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(directory, "{mode: real, log: true, servers: [" + uri(server) + "]}")) {
            world.ask(OTHER, QUERY);
            world.ask(OTHER, QUERY);
            assertThat(world.ears.queries)
                    .extracting(AnsweredQuery::source)
                    .containsExactly(AnsweredQuery.Source.SERVER, AnsweredQuery.Source.CACHE);
            assertThat(world.ears.queries.getFirst().server())
                    .isEqualTo(server.settings("udp").uri().toString());
            assertThat(world.ears.queries.getFirst().rcode()).isEqualTo("NOERROR");
            world.apply("{mode: real, servers: [" + uri(server) + "]}", "[]");
            world.ask(OTHER, QUERY);
            assertThat(world.ears.queries).hasSize(2);
            assertThat(List.of(world.ears.queries.getFirst().type())).containsExactly("A");
        }
    }
}
