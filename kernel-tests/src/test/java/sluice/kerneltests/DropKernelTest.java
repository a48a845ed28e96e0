// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** What the three kinds of drop let through: seen from the far end. */
@KernelTest
class DropKernelTest {
    private static final String POLICY = Machine.BYPASS + Machine.RELAY + """
            rules:
              - {match: '^/relay$', direct: true}
              - {match: '^/dropped$', drop: true}
              - {match: '^/dropped/direct$', direct: true}
              - {match: '^/dropped/proxied$', tproxy: relay}
              - {match: '^/dropped/proxied/rejected$', drop: reject}
              - {match: '^/all$', drop: all}
              - {match: '^/all/direct$', direct: true}
              - {match: '^/rejected$', drop: reject}
              - {match: '^/rejected/proxied$', tproxy: relay}
            """;

    private static final String TO_SERVERS =
            "ip daddr { 203.0.113.0/24, 198.51.100.0/24 } meta l4proto { tcp, udp, icmp }";
    private static final String TO_SERVERS6 =
            "ip6 daddr { 2001:db8:2::/64, 2001:db8:3::/64 } meta l4proto { tcp, udp, icmpv6 }";

    /** TCP, UDP and ping to a destination, none of which may succeed. */
    private static void everythingFails(Machine machine, String cgroup, String... addresses) throws Exception {
        for (var address : addresses) {
            assertThat(machine.curl(cgroup, address, "0.4").attempt().succeeded())
                    .isFalse();
            assertThat(machine.datagrams(cgroup, 10, 2, address, "7").run().out())
                    .contains("send to " + address + " 7: ")
                    .doesNotContain("reply");
            assertThat(machine.in(cgroup, "ping", "-c", "1", "-W", "0.2", address)
                            .attempt()
                            .succeeded())
                    .isFalse();
        }
    }

    private static void pagesCome(Machine machine, String cgroup, String... addresses) throws Exception {
        for (var address : addresses) {
            assertThat(machine.page(cgroup, address)).contains(" from ");
        }
    }

    @Test
    void nothingOfADroppedCgroupLeavesExceptToBypass(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "dropped/below")) {
            Haproxy.web(machine.internet(), "web", 80);
            Haproxy.web(lab.here(), "local", 80);
            machine.apply(POLICY);
            var out4 = machine.internet().count(TO_SERVERS);
            var out6 = machine.internet().count(TO_SERVERS6);
            for (var cgroup : List.of("dropped", "dropped/below")) {
                everythingFails(machine, cgroup, Internet.SERVER4, Internet.SERVER6);
            }
            assertThat(out4.packets()).isZero();
            assertThat(out6.packets()).isZero();
            pagesCome(machine, "dropped", Internet.OTHER4, Internet.OTHER6, "127.0.0.1", "::1");
            assertThat(out4.packets()).isPositive();
            assertThat(out6.packets()).isPositive();
        }
    }

    @Test
    void dropAllLeavesOnlyLoopback(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "all")) {
            Haproxy.web(machine.internet(), "web", 80);
            Haproxy.web(lab.here(), "local", 80);
            machine.apply(POLICY);
            var out4 = machine.internet().count(TO_SERVERS);
            var out6 = machine.internet().count(TO_SERVERS6);
            everythingFails(machine, "all", Internet.SERVER4, Internet.SERVER6, Internet.OTHER4, Internet.OTHER6);
            assertThat(out4.packets()).isZero();
            assertThat(out6.packets()).isZero();
            pagesCome(machine, "all", "127.0.0.1", "::1");
        }
    }

    @Test
    void rejectTellsProgramsAtOnce(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "rejected")) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.apply(POLICY);
            var out4 = machine.internet().count(TO_SERVERS);
            var out6 = machine.internet().count(TO_SERVERS6);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                // 7: could not connect, which is not the 28 of a time-out.
                assertThat(machine.curl("rejected", address, "20").attempt().status())
                        .isEqualTo(7);
                assertThat(machine.datagrams("rejected", 10, 2, address, "7")
                                .run()
                                .out())
                        .contains("send to " + address + " 7: ");
            }
            assertThat(out4.packets()).isZero();
            assertThat(out6.packets()).isZero();
            pagesCome(machine, "rejected", Internet.OTHER4, Internet.OTHER6);
        }
    }

    @Test
    void theDeepestMatchedCgroupDecides(Lab lab) throws Exception {
        try (var machine = Machine.with(
                lab,
                "relay",
                "dropped/direct/x",
                "dropped/proxied/x",
                "dropped/proxied/rejected/x",
                "all/direct/x",
                "rejected/proxied/x")) {
            Haproxy.web(machine.internet(), "web", 80);
            var relay = machine.relay();
            machine.apply(POLICY);
            pagesCome(machine, "dropped/direct", Internet.SERVER4, Internet.SERVER6);
            pagesCome(machine, "dropped/direct/x", Internet.SERVER4, Internet.SERVER6);
            pagesCome(machine, "dropped/proxied", Internet.SERVER4);
            pagesCome(machine, "dropped/proxied/x", Internet.SERVER6);
            pagesCome(machine, "rejected/proxied/x", Internet.SERVER4);
            pagesCome(machine, "all/direct/x", Internet.SERVER4, Internet.OTHER6);
            Await.until("three arrivals", Machine.SOON, () -> relay.arrivals().size() == 3);
            var out = machine.internet().count(TO_SERVERS);
            everythingFails(machine, "dropped/proxied/rejected", Internet.SERVER4);
            everythingFails(machine, "dropped/proxied/rejected/x", Internet.SERVER4);
            assertThat(out.packets()).isZero();
            assertThat(machine.in("dropped/direct", "ping", "-c", "1", "-W", "5", Internet.SERVER4)
                            .attempt()
                            .succeeded())
                    .isTrue();
        }
    }

    @Test
    void dropEndsRunningFlowsAtOnce(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app", "witness")) {
            Answer.start(machine.internet(), "tcp", Transport.TCP, 8080);
            Answer.start(machine.internet(), "udp", Transport.UDP, 7);
            machine.apply("rules: []\n");
            var out = machine.internet().count("tcp dport 8080");
            try (var download = machine.download("app", Internet.SERVER4, 8080);
                    var stream = machine.stream("app", Internet.SERVER6, 7)) {
                download.awaitProgress();
                stream.awaitProgress();
                machine.apply("bypass: [127.0.0.0/8, '::1']\nrules: [{match: ^/app$, drop: true}]\n");
                var left = out.packets();
                stream.process()
                        .awaitOutput("send to " + Internet.SERVER6 + " 7: Operation not permitted", Machine.SOON);
                long answered = stream.progress();
                try (var witness = machine.stream("witness", Internet.SERVER4, 7)) {
                    witness.awaitProgress();
                }
                assertThat(out.packets()).isEqualTo(left);
                assertThat(stream.progress()).isEqualTo(answered);
            }
        }
    }
}
