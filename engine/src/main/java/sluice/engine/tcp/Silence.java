// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import sluice.rules.EngineSettings;

/** How long a relay has been silent, and what follows from that. Times are those of {@link Loop#now}. The owner's thread only. */
final class Silence {
    private final long probesAt;
    private long movedAt;
    private boolean probing;
    private boolean halfClosed;

    Silence(long now, Tuning tuning) {
        movedAt = now;
        probesAt = now + tuning.keepaliveAfter().toNanos();
    }

    /** Something moved. */
    void moved(long now) {
        movedAt = now;
    }

    /** For how many nanoseconds nothing has moved. */
    long lasted(long now) {
        return now - movedAt;
    }

    /** One side has finished: from now on the other one has less time. */
    void halfClose() {
        halfClosed = true;
    }

    boolean halfClosed() {
        return halfClosed;
    }

    /** Whether it is time to have the kernel probe the peers: true once. */
    boolean probesDue(long now) {
        boolean due = !probing && now >= probesAt;
        probing |= due;
        return due;
    }

    /** When it has lasted too long, or {@link Loop#NEVER}. */
    long tooLongAt(EngineSettings settings) {
        var patience = halfClosed ? settings.halfCloseTimeout() : settings.idleTimeout();
        return patience.isZero() ? Loop.NEVER : movedAt + patience.toNanos();
    }

    /** When to look again. */
    long lookAt(EngineSettings settings) {
        return Math.min(tooLongAt(settings), probing ? Loop.NEVER : probesAt);
    }
}
