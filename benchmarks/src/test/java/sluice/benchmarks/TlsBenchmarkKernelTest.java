// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

/** That everything the benchmark of TLS measures comes out, in a run of seconds. */
@KernelTest
class TlsBenchmarkKernelTest {
    private static final Path PROGRAM =
            Path.of(Objects.requireNonNull(System.getProperty("sluice.program"), "system property sluice.program"));

    @Test
    void everyClientDownloadsAndIsCompared() throws Exception {
        var lines = TlsBenchmark.run(PROGRAM, 1, 1);
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1))
                .containsPattern("\\| 1 stream, MiB/s \\|( [\\d.]+ \\|){3}")
                .containsPattern("\\| ping p99, µs \\|  \\|( [\\d.]+ \\|){2}");
        assertThat(lines.subList(2, 4)).allMatch(line -> line.startsWith("yes ") || line.startsWith("NO "));
    }
}
