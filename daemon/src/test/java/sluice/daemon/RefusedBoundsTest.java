// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;

class RefusedBoundsTest {
    private static Bound bound(Bounds.Listener listener) {
        var bound = new Bounds(listener).add("flows", 2);
        for (int i = 0; i < 3; i++) {
            var _ = bound.take(() -> "user 1000\n<6>forged");
        }
        return bound;
    }

    @Test
    void theLogNamesTheBoundAndTheShareInOneLine() {
        assertThat(RefusedBounds.message(bound(Bounds.Listener.NONE), "user 1000\n<6>forged"))
                .startsWith("user 1000\\x0a<6>forged is refused: bound flows: 2 of 2 are taken, ")
                .contains(" 1 refusals ")
                .doesNotContain("\n");
    }

    @Test
    void whatTheControlThreadHasNoRoomForIsOnlyCounted() {
        assertThatCode(() -> bound(new RefusedBounds(_ -> {
                    throw new RejectedExecutionException("busy");
                })))
                .doesNotThrowAnyException();
    }
}
