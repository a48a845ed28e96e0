// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** Queries that a proxied cgroup sends to any name server are answered by another, in that one's name. */
@KernelTest
class DnsHijackKernelTest {
    /** Another server that is not in bypass. */
    private static final String GATEWAY4 = "192.0.2.1";

    private static final String GATEWAY6 = "2001:db8:1::1";

    private static String policy(String ip, String ip6, String options) {
        return Machine.BYPASS + "tproxies:\n  relay: {mark: 3000, port: 7893, dns-hijack: {ip: " + ip + ", ip6: '" + ip6
                + "', port: 5354, tcp: true}" + options + "}\nrules: [{match: ^/app$, tproxy: relay}]\n";
    }

    private static void answersComeFrom(Machine machine, String expected) throws Exception {
        for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
            for (var transport : List.of("+notcp", "+tcp")) {
                // dig refuses an answer from another address than the one it asked.
                assertThat(machine.in(
                                        "app",
                                        "dig",
                                        "+short",
                                        "+tries=1",
                                        "+time=20",
                                        transport,
                                        "@" + address,
                                        "example.org")
                                .run()
                                .out())
                        .as("%s %s", transport, address)
                        .isEqualTo(expected + "\n");
            }
        }
    }

    @Test
    void aServerOnThisMachineAnswers(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app")) {
            var names = Map.of("example.org", "203.0.113.77");
            var server = Dnsmasq.start(lab.here(), List.of("127.0.0.1", "::1"), 5354, names, null);
            var escaped = machine.internet().count("th dport 53");
            machine.apply(policy("127.0.0.1", "::1", ""));
            answersComeFrom(machine, "203.0.113.77");
            assertThat(server.queries()).hasSize(4);
            assertThat(escaped.packets()).isZero();
        }
    }

    @Test
    void aServerElsewhereAnswers(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app")) {
            var names = Map.of("example.org", "203.0.113.78");
            var server =
                    Dnsmasq.start(machine.internet(), List.of(Internet.OTHER4, Internet.OTHER6), 5354, names, null);
            machine.apply(policy(Internet.OTHER4, Internet.OTHER6, ""));
            answersComeFrom(machine, "203.0.113.78");
            assertThat(server.queries())
                    .hasSize(4)
                    .allMatch(query -> query.endsWith(Internet.MACHINE4) || query.endsWith(Internet.MACHINE6));
        }
    }

    @Test
    void whatSendsNoUdpOtherwiseHasItsDnsHijackedAllTheSame(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app")) {
            var names = Map.of("example.org", "203.0.113.79");
            Dnsmasq.start(lab.here(), List.of("127.0.0.1", "::1"), 5354, names, null);
            machine.apply(policy("127.0.0.1", "::1", ", no-udp: true"));
            assertThat(machine.in("app", "dig", "+short", "+tries=1", "+time=20", "@" + Internet.SERVER4, "example.org")
                            .run()
                            .out())
                    .isEqualTo("203.0.113.79\n");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void severalQueriesFromOneSocketAreAnsweredInTheNameOfEachServer(boolean onThisMachine, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "app")) {
            Answer.start(onThisMachine ? lab.here() : machine.internet(), "server", Transport.UDP, 5354);
            machine.apply(
                    onThisMachine ? policy("127.0.0.1", "::1", "") : policy(Internet.OTHER4, Internet.OTHER6, ""));
            var four = machine.datagrams("app", 100, 6, Internet.SERVER4, "53", GATEWAY4, "53");
            assertAnswered(four.run().out(), Internet.SERVER4, GATEWAY4);
            var six = machine.datagrams("app", 100, 6, Internet.SERVER6, "53", GATEWAY6, "53");
            assertAnswered(six.run().out(), Internet.SERVER6, GATEWAY6);
        }
    }

    private static void assertAnswered(String output, String one, String other) {
        for (var address : List.of(one, other)) {
            assertThat(output.lines().filter(line -> line.startsWith("reply from " + address + " 53: server from ")))
                    .as(output)
                    .hasSize(3);
        }
    }
}
