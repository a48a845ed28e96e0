// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Command;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What the daemon tells of the traffic that its rules see, and programs that are started with a target of their own. */
@KernelTest
class StatusKernelTest {
    private static final String POLICY = Machine.BYPASS + Machine.RELAY + """
            rules:
              - {match: ^/relay$, direct: true}
              - {match: ^/direct$, direct: true}
              - {match: ^/proxied$, tproxy: relay}
              - {match: ^/dropped$, drop: true}
              - {match: ^/nowhere$, drop: true}
            """;

    private static Map<?, ?> rule(SluiceDaemon daemon, int index) throws Exception {
        var rules = (List<?>) Objects.requireNonNull(daemon.json("status").get("rules"));
        return (Map<?, ?>) rules.get(index);
    }

    private static long number(Map<?, ?> rule, String key) {
        return ((Number) Objects.requireNonNull(rule.get(key))).longValue();
    }

    @Test
    void countsTheTrafficOfEachRule(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "relay", "direct", "proxied", "dropped")) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.relay();
            var daemon = machine.apply(POLICY);
            assertThat(number(rule(daemon, 1), "flows")).isZero();
            for (int i = 0; i < 3; i++) {
                machine.page("direct", Internet.SERVER4);
                machine.page("proxied", Internet.SERVER6);
            }
            machine.curl("dropped", Internet.SERVER4, "0.3").attempt();
            assertThat(number(rule(daemon, 1), "flows")).isEqualTo(3);
            assertThat(number(rule(daemon, 2), "flows")).isEqualTo(3);
            assertThat(number(rule(daemon, 3), "droppedPackets")).isPositive();
            assertThat(number(rule(daemon, 3), "droppedBytes")).isPositive();
            assertThat(number(rule(daemon, 3), "flows")).isZero();
            assertThat(number(rule(daemon, 1), "droppedPackets")).isZero();
            assertThat(number(rule(daemon, 4), "cgroups")).isZero();
            assertThat(String.valueOf(rule(daemon, 4).get("hint"))).contains("matches no cgroup");
            assertThat(rule(daemon, 1).get("hint")).isNull();
            assertThat(daemon.json("status").get("tproxies")).asString().contains("state=up");
        }
    }

    @Test
    void countersSurviveAReloadThatInsertsARule(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "direct")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(POLICY);
            machine.page("direct", Internet.SERVER4);
            machine.apply(POLICY.replace("rules:\n", "rules:\n  - {match: ^/new$, direct: true}\n"));
            machine.page("direct", Internet.SERVER4);
            assertThat(number(rule(daemon, 1), "flows")).isZero();
            assertThat(number(rule(daemon, 2), "flows")).isEqualTo(2);
            lab.here().run("nft", "flush", "chain", "inet", "sluice", "output");
            daemon.awaitLog("everything is in force again", Machine.SOON);
            assertThat(number(rule(daemon, 2), "flows")).isEqualTo(2);
        }
    }

    @Test
    void aRuleThatTakesACgroupOverCountsFromNothing(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "direct")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(POLICY);
            machine.page("direct", Internet.SERVER4);
            machine.page("direct", Internet.SERVER4);
            machine.apply(POLICY.replace("rules:\n", "rules:\n  - {match: ^/dir, direct: true}\n"));
            machine.page("direct", Internet.SERVER4);
            assertThat(number(rule(daemon, 0), "flows")).isEqualTo(1);
            assertThat(number(rule(daemon, 2), "flows")).isEqualTo(2);
        }
    }

    @Test
    void programsRunWithATargetOfTheirOwn(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "relay", "dropped")) {
            Haproxy.web(machine.internet(), "web", 80);
            var relay = machine.relay();
            machine.apply(POLICY);
            var url = "http://" + Internet.SERVER4 + "/";
            var curl = List.of("--", "curl", "-sS", "-m", "1", url);
            assertThat(run(lab, curl, "--direct").run().out()).startsWith("web from ");
            assertThat(relay.arrivals()).isEmpty();
            assertThat(run(lab, curl, "--tproxy", "relay").run().out()).startsWith("web from ");
            assertThat(relay.arrivals()).hasSize(1);
            assertThat(run(lab, curl, "--drop").attempt().status()).isEqualTo(28);
            var words = run(lab, List.of("--", "sh", "-c", "cat; echo \"$0\" >&2; exit 42", "a b"), "--direct")
                    .input("in put\n")
                    .attempt();
            assertThat(words.status()).isEqualTo(42);
            assertThat(words.out()).isEqualTo("in put\n");
            assertThat(words.err()).isEqualTo("a b\n");
        }
    }

    private static Command run(Lab lab, List<String> program, String... options) throws Exception {
        var words = new ArrayList<>(List.of("run"));
        words.addAll(List.of(options));
        words.addAll(program);
        return SluiceDaemon.command(lab, words.toArray(String[]::new));
    }
}
