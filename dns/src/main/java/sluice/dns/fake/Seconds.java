// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Seconds since 2020, which fit in an int until 2088. They do not jump when somebody sets the clock. */
final class Seconds implements IntSupplier {
    private static final long START_OF_2020 = 1_577_836_800;

    private final long atStart = Instant.now().getEpochSecond() - START_OF_2020;
    private final long nanosAtStart = System.nanoTime();

    @Override
    public int getAsInt() {
        return (int) (atStart + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - nanosAtStart));
    }
}
