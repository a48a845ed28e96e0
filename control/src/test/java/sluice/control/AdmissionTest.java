// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Admission admission =
            new Admission(990, new ControlLimits(2, 3, 4, Duration.ofSeconds(1), Duration.ofSeconds(1)));

    @Test
    void oneUserCannotTakeAllPlaces() {
        assertThat(admission.enter(1000)).isTrue();
        assertThat(admission.enter(1000)).isTrue();
        assertThat(admission.enter(1000)).isFalse();
        assertThat(admission.enter(1001)).isTrue();
    }

    @Test
    void rootGetsInWhenUsersHaveTakenEveryPlace() {
        admission.enter(1000);
        admission.enter(1001);
        admission.enter(1002);
        assertThat(admission.enter(1003)).isFalse();
        assertThat(admission.enter(0)).isTrue();
        assertThat(admission.enter(990)).isTrue();
    }

    @Test
    void rootGetsMorePlacesThanOthersAndNotAnyNumber() {
        for (int i = 0; i < 4; i++) {
            assertThat(admission.enter(0)).isTrue();
        }
        assertThat(admission.enter(0)).isFalse();
    }

    @Test
    void leavingMakesRoom() {
        admission.enter(1000);
        admission.enter(1001);
        admission.enter(1002);
        admission.leave(1000);
        assertThat(admission.enter(1003)).isTrue();
        assertThat(admission.enter(1000)).isFalse();
    }
}
