// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

@KernelTest
class ElementCostKernelTest {
    /** Enough for the compiler to be done in the first, discarded, run. */
    private static final int COUNT = 4_000;

    @Test
    void addingOneCostsTheSameWithAHundredThousandPresent() throws Exception {
        ElementCost.measure(0, COUNT);
        var empty = ElementCost.measure(0, COUNT);
        var large = ElementCost.measure(100_000, COUNT);
        assertThat(large.p50()).as("%s beside %s", large, empty).isPositive().isLessThanOrEqualTo(2 * empty.p50());
    }
}
