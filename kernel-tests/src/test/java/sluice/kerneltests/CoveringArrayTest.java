// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Transport;

/** What {@code make test} takes from the coexistence matrix. */
class CoveringArrayTest {
    private static final List<Cell> CHOSEN = CoveringArray.pairwise(Cell.all(), Cell::factors);

    /** Counted without the class under test. */
    @Test
    void everyTwoValuesOfTwoFactorsAreTriedTogether() {
        for (var neighbour : Neighbour.values()) {
            for (var order : Cell.Order.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.neighbour() == neighbour && cell.order() == order);
            }
            for (var target : Cell.Target.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.neighbour() == neighbour && cell.target() == target);
            }
            for (var version : Cell.Version.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.neighbour() == neighbour && cell.version() == version);
            }
            for (var transport : Transport.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.neighbour() == neighbour && cell.transport() == transport);
            }
        }
        for (var order : Cell.Order.values()) {
            for (var target : Cell.Target.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.order() == order && cell.target() == target);
            }
            for (var version : Cell.Version.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.order() == order && cell.version() == version);
            }
            for (var transport : Transport.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.order() == order && cell.transport() == transport);
            }
        }
        for (var target : Cell.Target.values()) {
            for (var version : Cell.Version.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.target() == target && cell.version() == version);
            }
            for (var transport : Transport.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.target() == target && cell.transport() == transport);
            }
        }
        for (var version : Cell.Version.values()) {
            for (var transport : Transport.values()) {
                assertThat(CHOSEN).anyMatch(cell -> cell.version() == version && cell.transport() == transport);
            }
        }
    }

    @Test
    void itIsAFractionOfAllCells() {
        assertThat(CHOSEN).doesNotHaveDuplicates();
        assertThat(CHOSEN.size() * 3).isLessThan(Cell.all().size());
        assertThat(Cell.all())
                .doesNotHaveDuplicates()
                .hasSize(Neighbour.values().length
                        * Cell.Order.values().length
                        * Cell.Target.values().length
                        * Cell.Version.values().length
                        * Transport.values().length);
    }
}
