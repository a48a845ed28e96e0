// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** Fake IPs lead to the engine or nowhere; addresses of routes lead straight out. */
@KernelTest
class NamedDestinationsKernelTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final String AN_HOUR = " timeout \\S+ expires (59m|1h)";
    private static final String MOMENT = "192.0.2.77";
    private static final String FAKE4 = "198.18.0.5";
    private static final String FAKE6 = "fd00:5315::5";
    private static final Verdict PROXIED = new Verdict.Redirect(SteeredMachine.engine(false, true));
    private static final Blueprint.Names FAKES = names(List.of("198.18.0.0/15", "fd00:5315::/96"));

    private Lab lab;

    @BeforeEach
    void world(Lab world) {
        lab = world;
    }

    private static Blueprint.Names names(List<String> fakes, String... routes) {
        var pools = fakes.stream().map(Prefix::parse).toList();
        return new Blueprint.Names(PrefixSet.merge(pools), List.of(routes));
    }

    private static Blueprint blueprint(SteeredMachine machine, Blueprint.Names names) throws Exception {
        return machine.blueprint(false, names, SteeredMachine.engine(false, true), SteeredMachine.tproxy());
    }

    private static RoutedAddress address(String route, String address, Duration timeout) {
        return new RoutedAddress(route, InetAddress.ofLiteral(address), timeout);
    }

    private String nft(String... words) throws Exception {
        return lab.here()
                .command(Stream.concat(Stream.of("nft"), Stream.of(words)).toArray(String[]::new))
                .run()
                .out();
    }

    @Test
    void madeUpAddressesLeadNowhereButToTheEngine() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            var left4 = machine.internet().count("ip daddr 198.18.0.0/15");
            var left6 = machine.internet().count("ip6 daddr fd00:5315::/96");
            var engine = Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", PROXIED)
                    .cgroup("/direct", Verdict.DIRECT)
                    .cgroup("/untouched", null)
                    .cgroup("/dropped", new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS));
            machine.install(blueprint(machine, FAKES));
            for (var fake : List.of(FAKE4, FAKE6)) {
                for (var cgroup : List.of("/direct", "/untouched")) {
                    var refused = machine.connection(cgroup, 5_000, fake, 80).attempt();
                    assertThat(refused.out() + refused.err()).as(cgroup).contains("Connection refused");
                    machine.in(cgroup, "dig", "+tries=1", "+time=1", "-p", "5000", "@" + fake, "example.org")
                            .attempt();
                }
                for (var cgroup : List.of("/app", "/direct", "/untouched", "/dropped")) {
                    assertThat(machine.in(cgroup, "ping", "-c", "1", "-W", "1", fake)
                                    .attempt()
                                    .succeeded())
                            .as(cgroup)
                            .isFalse();
                }
                assertThat(machine.silent("/dropped", fake)).isTrue();
                machine.connection("/app", 100, fake, 80).run();
            }
            assertThat(engine.answers())
                    .hasSize(2)
                    .allMatch(line -> line.endsWith("to " + FAKE4 + " 80") || line.endsWith("to " + FAKE6 + " 80"));
            assertThat(left4.packets()).isZero();
            assertThat(left6.packets()).isZero();
        }
    }

    @Test
    void whatWentToAnAddressBeforeItWasMadeUpEnds() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.internet().address("lo", FAKE4 + "/32");
            Answer.start(machine.internet(), "server", Transport.TCP, 80);
            Answer.start(machine.internet(), "server", Transport.UDP, 9);
            machine.cgroup("/direct", Verdict.DIRECT);
            machine.install(blueprint(machine, Blueprint.Names.NONE));
            var connection = machine.connection("/direct", 100_000, FAKE4, 80).start();
            connection.awaitOutput("server from", SOON);
            var datagrams = machine.stream("/direct", FAKE4, 9).start();
            datagrams.awaitOutput("server from", SOON);

            machine.reload(blueprint(machine, FAKES));
            var left = machine.internet().count("ip daddr " + FAKE4);
            assertThat(connection.await(SOON).out()).contains("end: ").doesNotContain("end: enough");
            var refused = machine.connection("/direct", 5_000, FAKE4, 80).attempt();
            assertThat(refused.out() + refused.err()).contains("Connection refused");
            assertThat(datagrams.alive()).isTrue();
            assertThat(left.packets()).isZero();
        }
    }

    @Test
    void addressesOfARouteLeadStraightOutUntilTheirTimeIsOver() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.start(machine.internet(), "server", Transport.TCP, 80);
            Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
            Answer.transparent(lab.here(), "tproxy", Transport.TCP, SteeredMachine.TPROXY_PORT, null);
            machine.cgroup("/app", PROXIED)
                    .cgroup("/app/tproxied", new Verdict.Redirect(SteeredMachine.tproxy()))
                    .cgroup("/app/dropped", new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS));
            machine.install(blueprint(machine, names(List.of(), "home", "work")));
            for (var server : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertAnswers(machine, "/app", server, 80, "engine");
                machine.mechanism().admit(List.of(address("work", server, Duration.ofSeconds(3))));
                assertAnswers(machine, "/app", server, 80, "server");
                // Port 53 stays with the engine, drop stays drop, and a TPROXY server does not know the engine's
                // routes.
                assertAnswers(machine, "/app", server, 53, "engine");
                assertAnswers(machine, "/app/tproxied", server, 80, "tproxy");
                assertThat(machine.silent("/app/dropped", server)).isTrue();
                var lasting = machine.connection("/app", 100_000, server, 80).start();
                lasting.awaitOutput("server from", SOON);
                Await.until(
                        "the end of its time",
                        SOON,
                        () -> !nft("list", "set", "inet", "sluice", set(server)).contains("expires"));
                assertAnswers(machine, "/app", server, 80, "engine");
                int before = lasting.lines().size();
                Await.until(
                        "a flow goes on as it began",
                        SOON,
                        () -> lasting.lines().size() > before + 20);
                assertThat(machine.mechanism().disturbance()).isEqualTo(Mechanism.Disturbance.NONE);
            }
        }
    }

    private static String set(String server) {
        return server.contains(":") ? "route_work6" : "route_work4";
    }

    private static void assertAnswers(SteeredMachine machine, String cgroup, String server, int port, String name)
            throws Exception {
        assertThat(machine.connection(cgroup, 100, server, port).run().out()).contains("\n" + name + " from");
    }

    @Test
    void addressesOutliveReloadsAndRepairsWhileTheirRouteStays() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.cgroup("/app", PROXIED);
            machine.install(blueprint(machine, names(List.of("198.18.0.0/15"), "home", "work")));
            machine.mechanism()
                    .admit(List.of(
                            address("home", Internet.SERVER4, LONG),
                            address("home", Internet.SERVER6, LONG),
                            address("work", Internet.OTHER4, LONG),
                            address("gone", Internet.OTHER4, LONG),
                            address("home", FAKE4, LONG)));
            machine.reload(blueprint(machine, names(List.of("198.18.0.0/15"), "home")));
            assertHome();
            nft("delete", "table", "inet", "sluice");
            machine.repair();
            assertHome();
            assertThat(nft("list", "table", "inet", "sluice")).doesNotContain("route_work", FAKE4);
            machine.reload(blueprint(machine, names(List.of(), "home", "work")));
            assertThat(nft("list", "set", "inet", "sluice", "route_work4")).doesNotContain("expires");
        }
    }

    @Test
    void theFirstRouteOfAReloadIsForCgroupsThatWereProxiedBefore() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.start(machine.internet(), "server", Transport.TCP, 80);
            Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", PROXIED);
            machine.install(blueprint(machine, Blueprint.Names.NONE));
            machine.reload(blueprint(machine, names(List.of(), "home")));
            machine.mechanism().admit(List.of(address("home", Internet.SERVER4, LONG)));
            assertAnswers(machine, "/app", Internet.SERVER4, 80, "server");
            machine.reload(blueprint(machine, Blueprint.Names.NONE));
            assertAnswers(machine, "/app", Internet.SERVER4, 80, "engine");
            assertThat(machine.isIntact()).isTrue();
        }
    }

    private void assertHome() throws Exception {
        assertThat(nft("list", "set", "inet", "sluice", "route_home4")).containsPattern(Internet.SERVER4 + AN_HOUR);
        assertThat(nft("list", "set", "inet", "sluice", "route_home6")).contains(Internet.SERVER6);
    }

    @Test
    void aLaterAnswerExtendsTheTimeAndAnEarlierOneDoesNotShortenIt() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.cgroup("/app", PROXIED);
            machine.install(blueprint(machine, names(List.of(), "home")));
            for (var timeout : List.of(Duration.ofSeconds(1), Duration.ofSeconds(90), LONG, Duration.ofSeconds(90))) {
                machine.mechanism()
                        .admit(List.of(
                                address("home", Internet.SERVER4, timeout),
                                address("home", Internet.SERVER4, timeout),
                                address("home", Internet.OTHER4, LONG)));
            }
            // The kernel has let go of it, and whoever told it does not know yet.
            machine.mechanism().admit(List.of(address("home", MOMENT, Duration.ofSeconds(1))));
            Await.until(
                    "its end",
                    SOON,
                    () -> !nft("list", "set", "inet", "sluice", "route_home4").contains(MOMENT));
            machine.mechanism().admit(List.of(address("home", MOMENT, LONG)));
            assertThat(nft("list", "set", "inet", "sluice", "route_home4"))
                    .containsPattern(Internet.SERVER4 + AN_HOUR)
                    .containsPattern(Internet.OTHER4 + AN_HOUR)
                    .containsPattern(MOMENT + AN_HOUR);
        }
    }

    @Test
    void thereIsAnEndToWhatTheKernelIsTold() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.cgroup("/app", PROXIED);
            machine.install(blueprint(machine, names(List.of(), "home")));
            var many = new ArrayList<RoutedAddress>();
            for (int i = 0; i < RoutedAddresses.MOST + 10; i++) {
                byte[] bytes = {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i};
                many.add(new RoutedAddress("home", InetAddress.getByAddress(bytes), LONG));
            }
            assertThat(machine.mechanism().admit(many)).isEqualTo(10);
            assertThat(machine.mechanism().admit(many.subList(0, 100))).isZero();
            assertThat(machine.isIntact()).isTrue();
        }
    }

    @Test
    void nftPrintsWhatItReadsAgain() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.cgroup("/app", PROXIED)
                    .cgroup("/app/direct", Verdict.DIRECT)
                    .cgroup("/dropped", new Verdict.Drop(Verdict.Scope.REJECT));
            machine.install(machine.blueprint(
                    true,
                    names(List.of("198.18.0.0/15", "fd00:5315::/96"), "home", "a_1"),
                    SteeredMachine.engine(true, true)));
            machine.mechanism().admit(List.of(address("home", Internet.SERVER4, LONG)));
            var printed = nft("list", "ruleset");
            assertThat(printed)
                    .contains(
                            "set route_a_14",
                            "meta l4proto { tcp, udp } th dport 53 jump capture_dns",
                            "ip daddr @route_home4 jump routed",
                            "ip daddr @fake4 goto refuse",
                            "198.18.0.0/15")
                    .doesNotContain("[invalid");
            // Elements that are cgroups have names only where cgroup2 is at its usual place.
            lab.here()
                    .command("nft", "-c", "-f", "-")
                    .input(withoutCgroups(printed))
                    .run();
        }
    }

    private static String withoutCgroups(String ruleset) {
        return ruleset.replaceAll("(?s)(type cgroupsv2(?:(?!\\}).)*?)elements = \\{.*?\\}", "$1");
    }
}
