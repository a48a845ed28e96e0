// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;
import sluice.testkit.Transport;

/** HAProxy as the TPROXY server, curl as the application. */
@KernelTest
class TransparentProxyKernelTest {
    private static final String POLICY = Machine.BYPASS + Machine.RELAY + """
            rules:
              - {match: '^/(relay|direct)$', direct: true}
              - {match: '^/proxied$', tproxy: relay}
              - {match: '^/dropped$', drop: true}
              - {match: '^/rejected$', drop: reject}
            """;

    @Test
    void eachCgroupGoesWhereItsRuleSays(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "relay", "direct", "proxied", "dropped", "unmatched")) {
            Haproxy.web(machine.internet(), "web", 80);
            var relay = machine.relay();
            var daemon = machine.apply(POLICY);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                for (var name : List.of("direct", "proxied", "unmatched")) {
                    assertThat(machine.page(name, address)).startsWith("web from ");
                }
                assertThat(machine.curl("dropped", address, "0.5").attempt().status())
                        .isEqualTo(28);
            }
            Await.until("two arrivals", Machine.SOON, () -> relay.arrivals().size() == 2);
            assertThat(relay.arrivals().get(0)).endsWith(" to " + Internet.SERVER4 + " 80");
            assertThat(relay.arrivals().get(1)).endsWith(" to " + Internet.SERVER6 + " 80");
            assertThat(daemon.stop()).isZero();
            assertThat(lab.here().run("nft", "list", "ruleset").out()).isBlank();
            assertThat(lab.here().run("ip", "rule").out()).doesNotContain("fwmark");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxied", "dropped", "rejected"})
    void servicesKeepAnsweringWhateverTheirRule(String name, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "relay", name)) {
            machine.relay();
            machine.apply(POLICY);
            Haproxy.transparentWeb(lab.here(), "service", 8080, machine.cgroup(name));
            for (var host : List.of(Internet.MACHINE4, "[" + Internet.MACHINE6 + "]")) {
                assertThat(machine.internet()
                                .run("curl", "-gsS", "-m", "20", "http://" + host + ":8080/")
                                .out())
                        .startsWith("service from ");
            }
            Answer.transparent(lab.here(), "service", Transport.UDP, 9000, machine.cgroup(name));
            for (var address : List.of(Internet.MACHINE4, Internet.MACHINE6)) {
                assertThat(Probe.udp(machine.internet(), 100, 3, address, "9000")
                                .run()
                                .out())
                        .contains("reply from " + address + " 9000: service from ");
            }
        }
    }
}
