// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GracePeriodTest {
    @Test
    void theKernelWaitsForWhatIsUnderWay() {
        assertThat(GracePeriod.pass()).isTrue();
    }
}
