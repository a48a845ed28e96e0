// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.time.Duration;

/**
 * The first while of a table that was not there before. UDP flows that began without it are under way then: their answers make conntrack
 * see flows that the other side began.
 */
final class NewTable {
    /** As long as conntrack remembers a UDP flow that was answered once (nf_conntrack_udp_timeout), or longer. */
    private static final Duration WHILE = Duration.ofSeconds(30);

    private boolean begun;
    private long beginNanos;

    /** There is a table from now on, and there was none before. */
    void begin() {
        begun = true;
        beginNanos = System.nanoTime();
    }

    /** Whether flows that began without the table are to be expected. */
    boolean isNew() {
        return begun && System.nanoTime() - beginNanos < WHILE.toNanos();
    }
}
