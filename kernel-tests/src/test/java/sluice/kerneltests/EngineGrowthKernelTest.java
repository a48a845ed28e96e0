// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.CProgram;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** The engine's memory and descriptors over its life: a million flows in {@code make soak}. */
@KernelTest
@Timeout(3600)
class EngineGrowthKernelTest {
    private static final long TOLERATED_KIB = 4_096;
    private static final long IDLE_KIB = 65 << 10;
    private static final Duration QUIET = Duration.ofSeconds(20);
    /** Flows come faster than the kernel's defaults let their ports and its memory of them go. */
    private static final String MANY_FLOWS = """
            sysctl -qw net.ipv4.ip_local_port_range="20000 65535" net.ipv4.tcp_tw_reuse=1
            for state in time_wait close close_wait last_ack fin_wait; do
                sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_$state=1
            done
            """;

    @Test
    void flowsThatHaveEndedLeaveNothing(Lab lab) throws Exception {
        int warm = Scale.of(5_000, 100_000);
        int count = Scale.of(5_000, 900_000);
        try (var machine = Machine.with(lab, "engine")) {
            lab.here().script(MANY_FLOWS);
            machine.internet().script(MANY_FLOWS);
            var daemon = machine.apply("""
                    bypass: [127.0.0.0/8, '::1']
                    engine: {access-log: false}
                    rules: [{match: ^/engine$, proxy: direct}]
                    """);
            var program = CProgram.of(Talk.class, "flows").executable().toString();
            try (var server =
                    machine.internet().command(program, "serve", "5000").start()) {
                server.awaitOutput("ready\n", Machine.SOON);
                run(machine, program, warm);
                var before = ProcessFacts.settled(daemon.pid(), Long.MAX_VALUE, QUIET);
                run(machine, program, count);
                var after = ProcessFacts.settled(daemon.pid(), before.residentKib() + TOLERATED_KIB, QUIET);
                assertThat(after.sockets()).isLessThanOrEqualTo(before.sockets());
                assertThat(after.pipes() + after.others().size())
                        .as("%s, before it %s", after, before)
                        .isLessThanOrEqualTo(before.pipes() + before.others().size());
                assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 2);
                var _ = ProcessFacts.settled(daemon.pid(), IDLE_KIB, QUIET);
            }
        }
    }

    private static void run(Machine machine, String program, int count) throws IOException {
        assertThat(machine.in("engine", program, "run", Internet.SERVER4, "5000", "" + count, "32", "2000", "7")
                        .within(Duration.ofMinutes(30))
                        .run()
                        .out())
                .isEqualTo("whole " + count + " broken 0\n");
    }
}
