// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.reason;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.engine.udp.UdpWorld.send;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.SERVER4;
import static sluice.testkit.Internet.SERVER6;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.names.TestNames;
import sluice.engine.outbound.HostResolver;
import sluice.engine.outbound.OutboundTable;
import sluice.engine.park.Parking;
import sluice.engine.route.Router;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Datagrams to addresses that stand for names, behind real TPROXY rules. */
@KernelTest
class FakePeersKernelTest {
    private static final String FIRST = "198.18.0.1";
    private static final String SECOND = "198.18.0.2";
    private static final String FIRST6 = "fd00:5315::1";
    private static final String DIRECT = "";

    private final TestNames names = new TestNames()
            .fake(FIRST, "first.example")
            .fake(FIRST6, "first.example")
            .fake(SECOND, "second.example")
            .host("first.example", SERVER4)
            .host("second.example", SERVER4);
    private final Parking parking;
    private Lab lab;
    private @Nullable OutboundTable table;
    private @Nullable UdpWorld world;

    FakePeersKernelTest() throws Exception {
        parking = Parking.start();
    }

    @BeforeEach
    void remember(Lab made) {
        lab = made;
    }

    @AfterEach
    void close() throws Exception {
        if (world != null) {
            world.close();
        }
        if (table != null) {
            table.close();
        }
        parking.close();
        assertThat(names.leases).hasValue(0);
    }

    /** With everything through one outbound that is called {@code proxy}. */
    private UdpWorld open(String outbound, UdpLimits limits) throws Exception {
        var yaml = outbound.isEmpty() ? "version: 1\n" : "version: 1\noutbounds: {proxy: " + outbound + "}\n";
        var outbounds = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration()
                .outbounds();
        var made = new OutboundTable(new OutboundTable.Surroundings(
                parking, HostResolver.SYSTEM, endpoint -> false, Optional.empty(), warning -> {}));
        table = made;
        made.apply(outbounds, Marks.DEFAULT, false);
        made.names(names);
        var opened = UdpWorld.open(
                lab,
                Router.EMPTY,
                (asked, destination, transport) ->
                        made.way(outbound.isEmpty() ? "direct" : asked, destination, transport),
                limits,
                names);
        world = opened;
        return opened;
    }

    private static UdpLimits brief(int named) {
        var idle = Duration.ofMillis(800);
        return new UdpLimits(100, 100, named, 100, 1 << 20, idle, idle, SOON);
    }

    private static void exchange(DatagramChannel client, String text, InetSocketAddress to) throws Exception {
        send(client, text, to);
        var answer = receive(client);
        assertThat(answer.text()).isEqualTo(text);
        assertThat(answer.from()).isEqualTo(to);
    }

    @Test
    void twoNamesOfOneSocketAreNotMixedUpThoughTheyLeadToOneAddress() throws Exception {
        var opened = open(DIRECT, UdpWorld.LIMITS);
        opened.echo(SERVER4, 4000);
        var fakes = lab.internet().namespace().count("ip daddr 198.18.0.0/15");
        var client = opened.client(true);
        for (int round = 0; round < 3; round++) {
            exchange(client, "first " + round, at(FIRST, 4000));
            exchange(client, "second " + round, at(SECOND, 4000));
            exchange(client, "itself " + round, at(SERVER4, 4000));
        }
        // The other way round: the address before the name.
        var other = opened.client(true);
        exchange(other, "itself", at(SERVER4, 4000));
        exchange(other, "first", at(FIRST, 4000));
        exchange(other, "itself again", at(SERVER4, 4000));
        assertThat(fakes.packets()).isZero();
        assertThat(opened.started).hasSize(5);
        assertThat(opened.ledger.flows())
                .filteredOn(flow -> flow.destination().isMadeUp())
                .hasSize(3)
                .allSatisfy(flow -> assertThat(flow.path().outbounds()).containsExactly("direct"));
        assertThat(names.leases).hasValue(3);
        assertThat(names.resolved)
                .allSatisfy(asked -> assertThat(
                                Objects.requireNonNull(asked.asker()).target())
                        .isEqualTo("proxy"));
    }

    @Test
    void serversBehindNamesSeeOneSource() throws Exception {
        names.host("second.example", OTHER4);
        var opened = open(DIRECT, UdpWorld.LIMITS);
        var first = opened.peer(SERVER4, 4000);
        var second = opened.peer(OTHER4, 4000);
        var client = opened.client(true);
        send(client, "one", at(FIRST, 4000));
        send(client, "two", at(SECOND, 4000));
        assertThat(receive(first).from()).isEqualTo(receive(second).from());
    }

    @ParameterizedTest
    @CsvSource({FIRST6 + ", " + SERVER4, FIRST + ", " + SERVER6, FIRST6 + ", " + SERVER6})
    void familiesOfTheMadeUpAndTheTrueAddressMayDiffer(String fake, String server) throws Exception {
        names.host("first.example", server);
        var opened = open(DIRECT, UdpWorld.LIMITS);
        opened.echo(server, 4000);
        exchange(opened.client(fake.equals(FIRST)), "across", at(fake, 4000));
    }

    @Test
    void anAddressWithoutARouteIsPassedOver() throws Exception {
        lab.internet();
        lab.here().script("ip -6 route del default");
        names.hosts.put(
                "first.example", List.of(InetAddress.ofLiteral("2001:db8:9::1"), InetAddress.ofLiteral(SERVER4)));
        var opened = open(DIRECT, UdpWorld.LIMITS);
        opened.echo(SERVER4, 4000);
        exchange(opened.client(true), "hello", at(FIRST, 4000));
    }

    @Test
    void aForgottenAddressTakesNothingAndLeavesTheOthersAlone() throws Exception {
        names.forgotten.put(InetAddress.ofLiteral("198.18.9.9"), true);
        var opened = open(DIRECT, UdpWorld.LIMITS);
        opened.echo(SERVER4, 4000);
        var fakes = lab.internet().namespace().count("ip daddr 198.18.0.0/15");
        var client = opened.client(true);
        for (int i = 0; i < 5; i++) {
            send(client, "lost", at("198.18.9.9", 4000));
            exchange(client, "hello", at(FIRST, 4000));
        }
        assertThat(opened.count(UdpCounter.REFUSED)).isEqualTo(5);
        assertThat(opened.ended)
                .singleElement()
                .satisfies(flow -> assertThat(reason(flow)).isEqualTo(FlowEnd.FORGOTTEN));
        assertThat(fakes.packets()).isZero();
    }

    @Test
    void aNameWithoutAnAddressEndsTheFlowOnce() throws Exception {
        names.hosts.remove("first.example");
        var opened = open(DIRECT, UdpWorld.LIMITS);
        var client = opened.client(true);
        for (int i = 0; i < 5; i++) {
            send(client, "hello", at(FIRST, 4000));
        }
        Await.until("all are dropped", SOON, () -> opened.count(UdpCounter.REFUSED) == 5);
        assertThat(opened.ended).singleElement().satisfies(flow -> {
            assertThat(reason(flow)).isEqualTo(FlowEnd.UNREACHABLE);
            assertThat(Objects.requireNonNull(flow.ended()).detail()).contains("there is no first.example");
        });
        assertThat(names.resolved).hasSize(1);
    }

    @Test
    void leasesEndWithTheirFlowsAndSoDoTheSocketsOfSingleNames() throws Exception {
        var opened = open(DIRECT, brief(1));
        opened.echo(SERVER4, 4000);
        names.fake("198.18.0.3", "third.example").host("third.example", SERVER4);
        var client = opened.client(true);
        exchange(client, "first", at(FIRST, 4000));
        exchange(client, "second", at(SECOND, 4000));
        send(client, "third", at("198.18.0.3", 4000));
        Await.until(
                "the third is one too many",
                SOON,
                () -> opened.ended.stream().anyMatch(flow -> reason(flow) == FlowEnd.LIMIT));
        Await.until("all ended", SOON, () -> opened.ended.size() == 3);
        assertThat(names.leases).hasValue(0);
        Await.until("there is room again", SOON, () -> {
            exchange(client, "first", at(FIRST, 4000));
            exchange(client, "second", at(SECOND, 4000));
            return true;
        });
    }

    @Test
    void aSocketThatCannotBeOpenedDoesNotCount() throws Exception {
        lab.link(lab.here(), "spare", lab.namespace("nowhere"), "end");
        var opened =
                open("{type: direct, interface: spare}", new UdpLimits(100, 100, 1, 100, 1 << 20, SOON, SOON, SOON));
        var client = opened.client(true);
        send(client, "first", at(FIRST, 4000));
        Await.until("it has left", SOON, () -> opened.ledger.flows().stream().anyMatch(flow -> flow.sent() > 0));
        lab.here().run("ip", "link", "delete", "spare");
        for (int i = 3; i < 6; i++) {
            names.fake("198.18.0." + i, "second.example");
            send(client, "second", at("198.18.0." + i, 4000));
        }
        Await.until("all are refused", SOON, () -> opened.count(UdpCounter.REFUSED) == 3);
        assertThat(opened.ended).hasSize(3).allSatisfy(flow -> {
            assertThat(reason(flow)).isEqualTo(FlowEnd.UNREACHABLE);
            assertThat(Objects.requireNonNull(flow.ended()).detail()).contains("spare");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"remote", "local"})
    void proxiesCarryDatagramsToNamesAndAnswersComeFromTheMadeUpAddress(String told) throws Exception {
        Dante.start(lab, SERVER4 + " first.example second.example\n");
        if (told.equals("remote")) {
            names.hosts.clear();
        }
        var opened = open(
                "{type: socks5, server: \"" + Dante.SERVER + "\", udp: true, names: " + told + "}", UdpWorld.LIMITS);
        opened.echo(SERVER4, 4000);
        var client = opened.client(true);
        for (int round = 0; round < 3; round++) {
            exchange(client, "first " + round, at(FIRST, 4000));
            exchange(client, "second " + round, at(SECOND, 4000));
            exchange(client, "itself " + round, at(SERVER4, 4000));
        }
        exchange(opened.client(false), "six", at(FIRST6, 4000));
        assertThat(names.resolved).hasSize(told.equals("local") ? 3 : 0);
        assertThat(opened.ledger.flows())
                .filteredOn(flow -> flow.destination().isMadeUp())
                .extracting(Flow::path)
                .allSatisfy(path -> assertThat(path.outbounds()).containsExactly("proxy"));
    }
}
