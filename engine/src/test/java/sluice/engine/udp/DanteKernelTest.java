// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.SERVER4;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.HostResolver;
import sluice.engine.outbound.OutboundTable;
import sluice.engine.park.Parking;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** UDP through a real SOCKS5 proxy. */
@KernelTest
class DanteKernelTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void dnsAndLargeDatagramsGoThroughDanteUntilItEnds(Lab lab) throws Exception {
        var configuration = lab.file("danted.conf", """
                logoutput: stderr
                internal: %s port = 1080
                external: %s
                clientmethod: none
                socksmethod: none
                user.privileged: root
                user.unprivileged: root
                client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpassociate }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpreply }
                """.formatted(OTHER4, OTHER4));
        var internet = lab.internet().namespace();
        var dante = internet.command("danted", "-f", configuration.toString(), "-p", lab.directory() + "/danted.pid")
                .start();
        internet.awaitListener(Transport.TCP, 1080, SOON);
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

    private static OutboundTable table(Parking parking) throws Exception {
        var yaml = """
                version: 1
                outbounds:
                  proxy: {type: socks5, server: "%s:1080", udp: true}
                """.formatted(OTHER4);
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
