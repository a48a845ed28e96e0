// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** A heap that is too small: flows are refused before it is full, and a daemon that cannot go on leaves its place to the next run. */
@KernelTest
class OutOfMemoryKernelTest {
    private static final Map<String, String> SMALL_HEAP = Map.of("JDK_JAVA_OPTIONS", "-Xmx8m");
    private static final String RULES = Machine.BYPASS + """
            engine: {connect-timeout: 1m, access-log: false}
            rules: [{match: '^/(proxied|other)$', proxy: direct}]
            """;
    private static final String SILENT = "4444";
    private static final int CLIENTS = 12_000;
    private static final int MOST_CGROUPS = 40_000;
    private static final int CGROUPS_AT_ONCE = 500;
    private static final int LONG_NAME = 200;

    /** Flows have their bound, cgroups have none: root makes them. */
    @Test
    void aDaemonWithoutMemoryEndsAndTheNextRunServesOnTheSameListeners(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var file = SluiceDaemon.write(lab, machine.cgroups(), RULES);
            var manager = List.of(
                    CProgram.of("service-manager").executable().toString(),
                    lab.directory().resolve("notify").toString(),
                    "100");
            try (var daemon = SluiceDaemon.launch(lab, file, SMALL_HEAP, manager)) {
                daemon.awaitReady().awaitLog("stored engine.", Machine.SOON);
                makeCgroupsUntilItEnds(machine, daemon);
                Await.until(
                        "served by the next run",
                        Machine.SOON,
                        () -> machine.page("proxied", Internet.SERVER4).startsWith("web from "));
                assertThat(daemon.log())
                        .contains("the daemon ends and leaves its rules to the next run")
                        .containsPattern("(?s)end 1\n.*start pid [0-9]+ descriptors [1-9]");
            }
        }
    }

    @Test
    void aFloodOfConnectionsIsRefusedBeforeASmallHeapIsFullAndOthersAreServed(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
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
            var file = SluiceDaemon.write(lab, machine.cgroups(), RULES);
            try (var daemon = SluiceDaemon.launch(lab, file, SMALL_HEAP, List.of())
                            .awaitReady();
                    var flood = clients(machine)) {
                flood.awaitOutput("open " + CLIENTS, Machine.SOON);

                assertThat(machine.page("other", Internet.SERVER4)).startsWith("web from ");
                assertThat(flood.alive()).as("the flood goes on").isTrue();
                assertThat(daemon.log()).contains("bound memory-kib").doesNotContain("failed");
                assertThat(daemon.alive()).isTrue();
            }
        }
    }

    private static void makeCgroupsUntilItEnds(Machine machine, SluiceDaemon daemon) throws IOException {
        var many = machine.cgroup("many");
        var name = "c".repeat(LONG_NAME);
        int made = 0;
        while (!daemon.log().contains("\nend ") && made < MOST_CGROUPS) {
            for (int i = 0; i < CGROUPS_AT_ONCE; i++) {
                Files.createDirectory(many.resolve(name + made++));
            }
        }
        try {
            daemon.awaitLog("\nend 1\n", Machine.SOON);
        } finally {
            for (int i = 0; i < made; i++) {
                Files.delete(many.resolve(name + i));
            }
        }
    }

    private static Background clients(Machine machine) throws Exception {
        var script = Objects.requireNonNull(OutOfMemoryKernelTest.class.getResource("many-clients.py"));
        return machine.in(
                        "proxied",
                        "python3",
                        Path.of(script.toURI()).toString(),
                        Internet.SERVER4,
                        SILENT,
                        Integer.toString(CLIENTS),
                        "60")
                .start();
    }
}
