// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sluice.rules.EngineSettings;

class RoomTest {
    @Test
    void aQuarterOfFewDescriptorsIsTheControlPlanesAndOfManyAFixedNumber() {
        assertThat(new Room(400, 0, 1).freeDescriptors()).isEqualTo(300);
        assertThat(new Room(4096, 0, 1).freeDescriptors()).isEqualTo(3072);
        assertThat(new Room(524_288, 0, 1).freeDescriptors()).isEqualTo(524_288 - 2048);
        assertThat(new Room(Integer.MAX_VALUE, 0, 1).freeDescriptors()).isPositive();
    }

    @Test
    void halfOfTheHeapBeyondTheDaemonsOwnIsForFlows() {
        assertThat(new Room(1, 512L << 20, 1).freeKibibytes()).isEqualTo(244 << 10);
        assertThat(new Room(1, 8L << 20, 1).freeKibibytes()).isEqualTo(1 << 10);
        assertThat(new Room(1, Long.MAX_VALUE, 1).freeKibibytes()).isPositive();
    }

    @Test
    void thePortRangeIsReadAsTheKernelWritesIt() {
        assertThat(Room.ports("32768\t60999\n")).isEqualTo(28_232);
        assertThat(Room.ports("1024 1024")).isEqualTo(1);
        assertThat(Room.ports("")).isEqualTo(28_232);
        assertThat(Room.ports("9 99999999999")).isEqualTo(28_232);
        assertThat(Room.ports("60999 32768")).isEqualTo(1);
    }

    @Test
    void datagramFlowsAreCountedApartFromDescriptors() {
        var few = FlowLedger.Limits.within(EngineSettings.DEFAULT, new Room(400, 512L << 20, 28_232));
        assertThat(few.flows()).isEqualTo(150);
        assertThat(few.datagramFlows()).isEqualTo(65_536);
    }
}
