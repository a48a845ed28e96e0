// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

@KernelTest
class LegacyTablesKernelTest {
    private static void run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(List.of(command) + ": " + output).isZero();
    }

    @Test
    void chainsOfBothFamiliesAreRead() throws Exception {
        run("iptables-legacy", "-t", "nat", "-N", "DOCKER");
        run("iptables-legacy", "-t", "nat", "-A", "DOCKER", "-d", "192.0.2.1", "-p", "tcp", "-j", "ACCEPT");
        run("iptables-legacy", "-N", "ts-input");
        run("ip6tables-legacy", "-N", "ufw6-before-logging-forward2");
        assertThat(LegacyTables.chains())
                .contains("DOCKER", "ts-input", "ufw6-before-logging-forward2")
                .doesNotContain("INPUT");
    }

    @Test
    void noTableIsMadeByLooking() throws Exception {
        var names = Path.of("/proc/self/net/ip_tables_names");
        var before = Files.readString(names);
        assertThat(LegacyTables.chains()).isNotNull();
        assertThat(Files.readString(names)).isEqualTo(before);
    }
}
