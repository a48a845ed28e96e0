// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.CProgram;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** What a TPROXY server does not take goes direct, as if there were no Sluice: with the application's own packet mark. */
@KernelTest
class ExceptionsOfServersKernelTest {
    private static final String MARK = "0x777";
    private static final String POLICY = Machine.BYPASS + """
            tproxies:
              relay: {mark: 3000, port: 7893}
              no-udp: {mark: 3001, port: 7893, no-udp: true}
              no-ipv6: {mark: 3002, port: 7893, no-ipv6: true}
            rules:
              - {match: ^/relay$, direct: true}
              - {match: ^/proxied$, tproxy: relay}
              - {match: ^/no-udp$, tproxy: no-udp}
              - {match: ^/no-ipv6$, tproxy: no-ipv6}
            """;

    private static String answer(Machine machine, String cgroup, Transport transport, String address) throws Exception {
        var program = CProgram.of(ExceptionsOfServersKernelTest.class, "marked")
                .executable()
                .toString();
        return machine.in(cgroup, program, transport.label(), MARK, address, transport == Transport.UDP ? "7" : "8080")
                .run()
                .out();
    }

    @Test
    void whatTheServerDoesNotTakeGoesDirectWithItsOwnMark(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "relay", "proxied", "no-udp", "no-ipv6")) {
            Answer.start(machine.internet(), "net", Transport.TCP, 8080);
            Answer.start(machine.internet(), "net", Transport.UDP, 7);
            machine.datagramRelay();
            var arrivals = machine.relay();
            machine.apply(POLICY);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(answer(machine, "proxied", Transport.UDP, address)).startsWith("relay from ");
            }
            lab.here().command("nft", "-f", "-").input("""
                    table inet marked {
                        chain leaving {
                            type filter hook postrouting priority 0;
                            oifname "wan" meta mark %s counter
                        }
                    }
                    """.formatted(MARK)).run();
            long marked = leftMarked(lab);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(answer(machine, "no-udp", Transport.UDP, address)).startsWith("net from ");
                assertThat(leftMarked(lab)).isGreaterThan(marked);
                marked = leftMarked(lab);
            }
            assertThat(answer(machine, "no-ipv6", Transport.UDP, Internet.SERVER4))
                    .startsWith("relay from ");
            assertThat(leftMarked(lab)).isEqualTo(marked);
            assertThat(answer(machine, "no-ipv6", Transport.UDP, Internet.SERVER6))
                    .startsWith("net from ");
            assertThat(answer(machine, "no-ipv6", Transport.TCP, Internet.SERVER6))
                    .startsWith("net from " + Internet.MACHINE6);
            assertThat(leftMarked(lab)).isGreaterThan(marked);
            assertThat(arrivals.arrivals()).isEmpty();
            assertThat(answer(machine, "no-udp", Transport.TCP, Internet.SERVER6))
                    .startsWith("net from ");
            assertThat(arrivals.arrivals()).hasSize(1);
        }
    }

    private static long leftMarked(Lab lab) throws Exception {
        var words = lab.here().run("nft", "list", "table", "inet", "marked").out();
        return Long.parseLong(words.replaceAll("(?s).*packets (\\d+).*", "$1"));
    }
}
