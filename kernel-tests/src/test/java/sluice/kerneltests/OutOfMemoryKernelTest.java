// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CProgram;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** An error that the daemon cannot get over. */
@KernelTest
class OutOfMemoryKernelTest {
    private static final Duration SLOWLY = Await.SOON;
    private static final String SILENT = "4444";

    @Test
    void theDaemonEndsAndTheNextRunServesOnTheSameListeners(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.internet()
                    .command("nft", "-f", "-")
                    .input("""
                    table inet hole {
                        chain arriving {
                            type filter hook prerouting priority raw;
                            tcp dport %s drop
                        }
                    }
                    """.formatted(SILENT))
                    .run();
            var file = SluiceDaemon.write(lab, machine.cgroups(), Machine.BYPASS + """
                    engine: {connect-timeout: 1m, access-log: false}
                    rules: [{match: ^/proxied$, proxy: direct}]
                    """);
            var manager = List.of(
                    CProgram.of("service-manager").executable().toString(),
                    lab.directory().resolve("notify").toString(),
                    "2");
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of("JDK_JAVA_OPTIONS", "-Xmx8m"), manager)) {
                daemon.awaitReady().awaitLog("stored engine.", Machine.SOON);
                try (var _ = clients(machine, 12_000)) {
                    daemon.awaitLog("the daemon ends and leaves its rules to the next run", SLOWLY);
                    daemon.awaitLog("end 1\n", Machine.SOON);
                }
                Await.until(
                        "served by the next run",
                        SLOWLY,
                        () -> machine.page("proxied", Internet.SERVER4).startsWith("web from "));
                assertThat(daemon.log()).containsPattern("(?s)end 1\n.*start pid [0-9]+ descriptors [1-9]");
            }
        }
    }

    private static AutoCloseable clients(Machine machine, int count) throws Exception {
        var script = Objects.requireNonNull(OutOfMemoryKernelTest.class.getResource("many-clients.py"));
        return machine.in(
                        "proxied",
                        "python3",
                        Path.of(script.toURI()).toString(),
                        Internet.SERVER4,
                        SILENT,
                        Integer.toString(count),
                        "60")
                .start();
    }
}
