// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final int FREE = 6;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Backoff backoff = new Backoff(FREE, () -> now);

    @Test
    void aSingleRepairHardlyWaits() {
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(10));
        assertThat(backoff.isFight()).isFalse();
    }

    @Test
    void onlyMoreRepairsThanAreFreeAreAFight() {
        for (int i = 0; i < FREE; i++) {
            assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(10));
            assertThat(backoff.isFight()).isFalse();
        }
        assertThat(backoff.next()).isGreaterThan(Duration.ofMillis(10));
        assertThat(backoff.isFight()).isTrue();
    }

    @Test
    void repairsThatFollowEachOtherBecomeRarerUpToABound() {
        var previous = Duration.ZERO;
        for (int i = 0; i < 40; i++) {
            var delay = backoff.next();
            assertThat(delay).isGreaterThanOrEqualTo(previous).isLessThanOrEqualTo(Duration.ofSeconds(30));
            previous = delay;
        }
        assertThat(previous).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aFightIsToldOnce() {
        int told = 0;
        for (int i = 0; i < 40; i++) {
            backoff.next();
            told += backoff.isFight() ? 1 : 0;
        }
        assertThat(told).isEqualTo(1);
    }

    @Test
    void aQuietMinuteForgivesEverything() {
        for (int i = 0; i < 40; i++) {
            backoff.next();
        }
        now = now.plus(Duration.ofSeconds(61));
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(10));
    }
}
