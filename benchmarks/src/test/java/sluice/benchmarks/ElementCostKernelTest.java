// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

@KernelTest
class ElementCostKernelTest {
    @Test
    void addingOneIsMeasuredWhateverIsPresent() throws Exception {
        for (int present : new int[] {0, 100_000}) {
            var cost = ElementCost.measure(present, 100);
            assertThat(cost.p50()).isPositive().isLessThanOrEqualTo(cost.p99());
        }
    }
}
