// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.SERVER4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

/** UDP through a real SOCKS5 proxy. */
@KernelTest
class DanteKernelTest {
    private Lab lab;

    @BeforeEach
    void remember(Lab made) {
        lab = made;
    }

    @Test
    void dnsAndLargeDatagramsGoThroughDanteUntilItEnds() throws Exception {
        var dante = Dante.start(lab, "");
        try (var parking = Parking.start();
                var table = table(parking);
                var world = UdpWorld.open(lab, table, UdpWorld.LIMITS)) {
            world.echo(SERVER4, 4000);
            world.echo(SERVER4, 53);
            var client = world.client(true);
            for (int size : new int[] {0, 1, 1400, 9000, 60_000}) {
                var bytes = new byte[size];
                new Random(size).nextBytes(bytes);
                for (int port : new int[] {4000, 53}) {
                    client.send(ByteBuffer.wrap(bytes), at(SERVER4, port));
                    var answer = receive(client);
                    assertThat(answer.bytes()).isEqualTo(bytes);
                    assertThat(answer.from()).isEqualTo(at(SERVER4, port));
                }
            }
            assertThat(world.started)
                    .hasSize(2)
                    .allSatisfy(flow -> assertThat(flow.path().outbounds()).containsExactly("proxy"));
            dante.close();
            Await.until("the flows end with the proxy", SOON, () -> world.ended.size() == 2);
            assertThat(world.ended)
                    .allSatisfy(flow -> assertThat(UdpWorld.reason(flow)).isEqualTo(FlowEnd.PROXY_FAILED));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER4, "198.18.0.9", "fd00:5315::9"})
    void quicGoesThroughDanteToAddressesAndToNames(String address) throws Exception {
        var names = new TestNames().fake("198.18.0.9", "quic.example.org").fake("fd00:5315::9", "quic.example.org");
        Dante.start(lab, SERVER4 + " quic.example.org\n");
        var past = lab.internet().namespace().count("iifname machine udp dport 443");
        var bytes = new byte[1 << 20];
        new Random(3).nextBytes(bytes);
        try (var parking = Parking.start();
                var table = table(parking);
                var world = UdpWorld.open(lab, Router.EMPTY, table, UdpWorld.LIMITS, names);
                var _ = Quic.server(world, SERVER4)) {
            table.names(names);
            var client = Quic.connect("quic.example.org", address);
            assertThat(QuicEcho.exchange(client.createStream(true), bytes)).isEqualTo(bytes);
            client.closeAndWait();
            assertThat(world.started).singleElement().satisfies(flow -> {
                assertThat(flow.path().outbounds()).containsExactly("proxy");
                assertThat(flow.destination().isMadeUp()).isEqualTo(!address.equals(SERVER4));
                assertThat(flow.received()).isGreaterThan(bytes.length);
            });
        }
        assertThat(past.packets()).isZero();
    }

    private static OutboundTable table(Parking parking) throws Exception {
        var yaml = """
                version: 1
                outbounds:
                  proxy: {type: socks5, server: "%s", udp: true}
                """.formatted(Dante.SERVER);
        var outbounds = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration()
                .outbounds();
        var table = new OutboundTable(new OutboundTable.Surroundings(
                parking, HostResolver.SYSTEM, endpoint -> false, Optional.empty(), warning -> {}));
        table.apply(outbounds, Marks.DEFAULT, false);
        return table;
    }
}
