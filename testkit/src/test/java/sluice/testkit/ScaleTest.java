// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScaleTest {
    @Test
    void longRunsAreWholeOnlyWhenSoaking() {
        assertThat(Scale.of(20, 200)).isEqualTo(Scale.soak() ? 200 : 20);
        assertThat(Scale.soak()).isEqualTo("true".equals(System.getProperty("sluice.soak")));
    }
}
