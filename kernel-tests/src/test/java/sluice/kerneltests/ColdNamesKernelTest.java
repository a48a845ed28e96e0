// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Many names at once that nobody has asked for before. */
@KernelTest
class ColdNamesKernelTest {
    private static final int COUNT = 1_000;
    private static final Duration LONG = Await.SOON;
    private static final String CONFIGURATION = Machine.BYPASS + """
            rules: [{match: ^/proxied$, proxy: direct}]
            dns: {mode: real, servers: ["udp://%s"]}
            """.formatted(Internet.SERVER4);

    private static Background ask(Machine machine, String domain) throws IOException {
        try (var script = ColdNamesKernelTest.class.getResourceAsStream("burst-of-names.py")) {
            var text = new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
            return machine.in("proxied", "python3", "-c", text, NameWorld.STUB, domain, "" + COUNT)
                    .start();
        }
    }

    private static void assertAllAnswered(Background burst) throws IOException {
        assertThat(burst.await(LONG).out()).endsWith("answered " + COUNT + " failed 0\n");
    }

    @Test
    void aBurstRightAfterTheStartIsAnswered(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Dnsmasq.start(machine.internet(), List.of(Internet.SERVER4), 53, Map.of("example", "192.0.2.7"), null);
            machine.apply(CONFIGURATION);
            assertAllAnswered(ask(machine, "cold.example"));
        }
    }

    /** As on a machine that has no time for it. */
    @Test
    void aBurstThatComesWhileTheDaemonDoesNotRunIsAnsweredAfterwards(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Dnsmasq.start(machine.internet(), List.of(Internet.SERVER4), 53, Map.of("example", "192.0.2.7"), null);
            var daemon = machine.apply(CONFIGURATION);
            daemon.pause();
            var burst = ask(machine, "paused.example");
            burst.awaitOutput("asked\n", LONG);
            daemon.resume();
            assertAllAnswered(burst);
        }
    }
}
