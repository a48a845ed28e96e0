// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Internet.SERVER4;
import static sluice.testkit.Internet.SERVER6;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
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
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** A real QUIC client and server, with the engine between them and a way out that only the name opens. */
@KernelTest
class QuicKernelTest {
    private static final int MEBIBYTE = 1 << 20;

    private final TestNames names = new TestNames()
            .fake("198.18.0.9", "quic.example.org")
            .fake("fd00:5315::9", "quic.example.org")
            .host("quic.example.org", SERVER4);
    private final Parking parking;
    private OutboundTable table;
    private UdpWorld world;
    private Lab lab;

    QuicKernelTest() throws Exception {
        parking = Parking.start();
    }

    @BeforeEach
    void open(Lab made) throws Exception {
        lab = made;
        var yaml = """
                version: 1
                routes:
                  - {domain: [nothing.example.org], outbound: block}
                  - {domain: ["*.example.org"], outbound: direct}
                """;
        var routes = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration()
                .routes();
        // Without an outbound for the target: only the name leads out.
        table = new OutboundTable(new OutboundTable.Surroundings(
                parking, HostResolver.SYSTEM, endpoint -> false, Optional.empty(), warning -> {}));
        table.apply(Map.of(), Marks.DEFAULT, false);
        table.names(names);
        world = UdpWorld.open(lab, new Router(routes), table, UdpWorld.LIMITS, names);
    }

    @AfterEach
    void close() throws Exception {
        world.close();
        table.close();
        parking.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER4, SERVER6})
    void bytesGoBothWaysAndTheNameDecidesTheWay(String address) throws Exception {
        var bytes = new byte[MEBIBYTE];
        new Random(1).nextBytes(bytes);
        try (var _ = Quic.server(world, address)) {
            var client = Quic.connect("quic.example.org", address);
            var stream = client.createStream(true);
            assertThat(QuicEcho.exchange(stream, bytes)).isEqualTo(bytes);
            client.closeAndWait();
        }
        assertThat(world.started).singleElement().satisfies(flow -> {
            assertThat(flow.destination().name()).isEqualTo("quic.example.org");
            assertThat(flow.path().route()).isEqualTo(1);
            assertThat(flow.sent()).isGreaterThan(MEBIBYTE);
            assertThat(flow.received()).isGreaterThan(MEBIBYTE);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.18.0.9", "fd00:5315::9"})
    void aMadeUpAddressLeadsToItsName(String fake) throws Exception {
        var bytes = new byte[MEBIBYTE / 8];
        new Random(2).nextBytes(bytes);
        try (var _ = Quic.server(world, SERVER4)) {
            // Another name in its first bytes changes nothing.
            var client = Quic.connect("any.example.org", fake);
            var stream = client.createStream(true);
            assertThat(QuicEcho.exchange(stream, bytes)).isEqualTo(bytes);
            client.closeAndWait();
        }
        assertThat(world.started).singleElement().satisfies(flow -> {
            assertThat(flow.destination().name()).isEqualTo("quic.example.org");
            assertThat(flow.path().route()).isEqualTo(1);
            assertThat(flow.received()).isGreaterThan(bytes.length);
        });
    }

    @Test
    void aNameThatIsBlockedDoesNotConnect() throws Exception {
        try (var _ = Quic.server(world, SERVER4)) {
            assertThatThrownBy(() -> Quic.connect("nothing.example.org", SERVER4))
                    .isInstanceOf(IOException.class);
        }
        assertThat(world.ended)
                .isNotEmpty()
                .allSatisfy(flow -> assertThat(UdpWorld.reason(flow)).isEqualTo(FlowEnd.BLOCKED));
        assertThat(world.ledger.flows()).isEmpty();
    }
}
