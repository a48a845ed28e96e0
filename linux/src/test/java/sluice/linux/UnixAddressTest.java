// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UnixAddressTest {
    @Test
    void anAtSignMeansAnAbstractName() {
        assertThat(UnixAddress.parse("@org/example")).isEqualTo(new UnixAddress("org/example", true));
        assertThat(UnixAddress.parse("/run/notify")).isEqualTo(new UnixAddress("/run/notify", false));
    }

    @Test
    void namesThatTheKernelWouldCutOffAreRefused() {
        assertThat(new UnixAddress("x".repeat(107), false).name()).hasSize(107);
        assertThatThrownBy(() -> new UnixAddress("x".repeat(108), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("108 bytes");
        assertThatThrownBy(() -> new UnixAddress("a\0b", false)).isInstanceOf(IllegalArgumentException.class);
    }
}
