// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

@KernelTest
class PropagationKernelTest {
    @Test
    void theBareLoopMissesNothingAtFiveHundredPerSecond(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("yardstick")) {
            var result = Propagation.ofBareLoop(lab, cgroups.root(), 250, 500);
            assertThat(result.count()).isEqualTo(250);
            assertThat(result.missing()).isZero();
            assertThat(result.p50()).isPositive().isLessThanOrEqualTo(result.p99());
            assertThat(cgroups.root()).isDirectoryNotContaining(Files::isDirectory);
        }
    }

    @Test
    void elementsThatNobodyAddsAreMissing(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("nobody")) {
            var result = Propagation.measure(lab, cgroups.root(), 3, 500, "nowhere", "nothing");
            assertThat(result.missing()).isEqualTo(3);
        }
    }
}
