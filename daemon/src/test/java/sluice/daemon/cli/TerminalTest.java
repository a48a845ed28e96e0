// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TerminalTest {
    @Test
    void columnsOfTheEnvironmentComeBeforeTheTerminals() {
        assertThat(Terminal.width("40", () -> OptionalInt.of(80))).isEqualTo(40);
        assertThat(Terminal.width(null, () -> OptionalInt.of(80))).isEqualTo(80);
    }

    @Test
    void whatIsNoNumberOfColumnsIsIgnored() {
        for (var columns : new String[] {"", "0", "-1", "wide", "1000000"}) {
            assertThat(Terminal.width(columns, () -> OptionalInt.of(80)))
                    .as(columns)
                    .isEqualTo(80);
        }
    }

    @Test
    void whereThereIsNoTerminalLinesMayBeLong() {
        assertThat(Terminal.width(null, OptionalInt::empty)).isEqualTo(Terminal.ENDLESS);
    }
}
