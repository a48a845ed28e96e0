// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import sluice.bounds.Bounds;
import sluice.bounds.Claimant;

class CrowdTest {
    private static final int PLACES = 16;

    private final Crowd<Connection> crowd =
            new Crowd<>(new Bounds(Bounds.Listener.NONE).add("connections-waiting", PLACES));

    private record Connection(String share, int number) implements Claimant {}

    private String nextShares(int count) {
        var shares = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var next = crowd.next();
            shares.add(next == null ? "none" : next.share + next.number);
        }
        return String.join(" ", shares);
    }

    @Test
    void sharesTakeTurnsAndKeepTheOrderOfTheirOwn() {
        for (int i = 0; i < 5; i++) {
            assertThat(crowd.add(new Connection("flood", i))).isTrue();
        }
        crowd.add(new Connection("modest", 0));
        crowd.add(new Connection("other", 0));
        crowd.add(new Connection("modest", 1));
        assertThat(nextShares(9)).isEqualTo("flood0 modest0 other0 flood1 modest1 flood2 flood3 flood4 none");
        assertThat(crowd.isEmpty()).isTrue();
    }

    @Test
    void aFloodLeavesPlacesToOthersAndMayComeAgainWhenItsOwnAreServed() {
        int waiting = 0;
        while (crowd.add(new Connection("flood", waiting))) {
            waiting++;
        }
        assertThat(waiting).as("half of the places and an eighth").isEqualTo(PLACES / 2 + PLACES / 8);
        assertThat(crowd.add(new Connection("modest", 0))).isTrue();
        assertThat(nextShares(2)).isEqualTo("flood0 modest0");
        assertThat(crowd.add(new Connection("flood", waiting))).isTrue();
    }
}
