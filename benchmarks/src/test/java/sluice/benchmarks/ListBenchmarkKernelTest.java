// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

@KernelTest
class ListBenchmarkKernelTest {
    @Test
    void theStartAndAReloadWithTheListAreMeasured(Lab lab) throws Exception {
        var program = lab.file("program", """
                #!/bin/sh
                if [ "$1" = reload ]; then
                    test "$2 $3" = "--socket ${0%/*}/control.sock" && sleep 0.1
                    exit
                fi
                test "$1 $2 $3" = "daemon -c ${0%/*}/config.yaml" || exit 2
                sleep 0.2
                systemd-notify --ready --no-block
                exec sleep 60
                """);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        try (var cgroups = CgroupSandbox.create("lists")) {
            var cost = new ListBenchmark(lab, cgroups, 300, Duration.ZERO).measure(program, 300);
            assertThat(cost.readyMillis()).isGreaterThanOrEqualTo(200.0);
            assertThat(cost.reloadMillis()).isGreaterThanOrEqualTo(100.0);
            assertThat(cost.mebibytes()).isPositive();
            assertThat(cost.mebibytesReloaded()).isPositive();
            assertThat(Files.readAllLines(lab.directory().resolve("names.txt")))
                    .hasSize(300)
                    .anyMatch(line -> line.startsWith("*."))
                    .allMatch(line -> line.matches("(\\*\\.)?[0-9a-z]{5,16}\\.[a-z.]+"));
        }
    }
}
