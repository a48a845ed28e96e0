// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.testkit.CProgram;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Output;
import sluice.testkit.Scale;

/** Processes that are born in a new cgroup and send with their first system calls, before anybody can have seen it. */
@KernelTest
class FirstPacketsKernelTest {
    private static final int COUNT = Scale.of(200, 5_000);
    private static final String ANY = "th dport 9";

    private static Output send(Machine machine, Lab lab, String cgroup, String transport, String address)
            throws Exception {
        var program = CProgram.of("first-packets").executable().toString();
        return lab.here()
                .command(program, machine.cgroup(cgroup).toString(), Integer.toString(COUNT), transport, address, "9")
                .within(Duration.ofSeconds(100))
                .run();
    }

    @ParameterizedTest
    @CsvSource({
        "drop: true, udp, " + Internet.SERVER4,
        "drop: true, tcp, " + Internet.SERVER6,
        "tproxy: relay, udp, " + Internet.SERVER6,
        "tproxy: relay, tcp, " + Internet.SERVER4
    })
    void nothingEscapesWhileHeld(String target, String transport, String address, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "apps", "relay")) {
            // Relaying would reach the far end: the server answers in its place.
            Haproxy.transparentWeb(lab.here(), "relay", 7893, machine.cgroup("relay"));
            machine.datagramRelay();
            var escaped = machine.internet().count(ANY);
            machine.apply(Machine.BYPASS + Machine.RELAY + "new-cgroups: hold\nrules:\n"
                    + "  - {match: ^/relay$, direct: true}\n  - {match: ^/apps/, " + target + "}\n");
            var sent = send(machine, lab, "apps", transport, address);
            assertThat(sent.out()).startsWith("sent ");
            assertThat(escaped.packets()).isZero();
        }
    }

    @Test
    void nothingOfAnUnknownCgroupLeavesWhateverItSends(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "direct")) {
            Haproxy.web(machine.internet(), "web", 80);
            var out4 = machine.internet().count("ip daddr " + Internet.SERVER4);
            var out6 = machine.internet().count("ip6 daddr " + Internet.SERVER6);
            var daemon = machine.apply(Machine.BYPASS + "new-cgroups: hold\nrules: [{match: ^/apps/, drop: true}]\n");
            // A flow that conntrack knows: unknown cgroups must not take it over.
            fromFixedPort(machine, "direct");
            long known = out4.packets();
            assertThat(known).isPositive();
            daemon.pause();
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                machine.curl("apps/new", address, "0.4").attempt();
                machine.datagrams("apps/new", 10, 2, address, "9").run();
                machine.in("apps/new", "ping", "-c", "1", "-W", "0.2", address).attempt();
            }
            fromFixedPort(machine, "apps/other");
            assertThat(out4.packets()).isEqualTo(known);
            assertThat(out6.packets()).isZero();
            assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
            daemon.resume();
        }
    }

    private static void fromFixedPort(Machine machine, String cgroup) throws Exception {
        machine.in(cgroup, "dig", "-b", "0.0.0.0#4000", "+tries=1", "+time=1", "@" + Internet.SERVER4, "example.org")
                .attempt();
    }

    @Test
    void heldProgramsGoOnOnceTheirCgroupIsKnown(Lab lab) throws Exception {
        try (var machine = Machine.with(lab)) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.apply(Machine.BYPASS + "new-cgroups: hold\nrules: [{match: ^/direct, direct: true}]\n");
            for (int i = 0; i < 5; i++) {
                assertThat(machine.page("direct" + i, Internet.SERVER4)).startsWith("web from ");
                assertThat(machine.page("unmatched" + i, Internet.SERVER6)).startsWith("web from ");
            }
        }
    }

    @Test
    void inheritingCgroupsFollowTheirParentFromTheFirstPacket(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "apps")) {
            var escaped = machine.internet().count(ANY);
            machine.apply(Machine.BYPASS + "rules: [{match: ^/apps$, drop: true}]\n");
            var sent = send(machine, lab, "apps", "udp", Internet.SERVER4);
            assertThat(sent.out()).isEqualTo("sent 0 refused " + COUNT + "\n");
            assertThat(escaped.packets()).isZero();
        }
    }

    @Test
    void inheritingCgroupsOfAnUntouchedParentSendUntilTheyAreKnown(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "apps")) {
            var out = machine.internet().count(ANY);
            machine.apply(Machine.BYPASS + "rules: [{match: ^/apps/, drop: true}]\n");
            var sent = send(machine, lab, "apps", "udp", Internet.SERVER4);
            // What the kernel took has left: nothing is lost between the two verdicts.
            assertThat(sent.out()).startsWith("sent " + out.packets() + " ");
        }
    }
}
