// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

/** That everything the benchmark of DNS measures comes out, in a run of seconds. */
@KernelTest
class NameServerBenchmarkKernelTest {
    private static final Path PROGRAM =
            Path.of(Objects.requireNonNull(System.getProperty("sluice.program"), "system property sluice.program"));

    @Test
    void everyServerAnswersAndIsCompared() throws Exception {
        var lines = NameServerBenchmark.run(PROGRAM, 1, 0.2, 1_000);
        assertThat(lines).anyMatch(line -> line.contains("| queries/s | ")).hasSize(12);
        assertThat(lines.subList(2, 12)).allMatch(line -> line.startsWith("yes ") || line.startsWith("NO "));
    }
}
