// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import sluice.engine.flow.Flow;

/** The flows that ended last, kept as long as somebody follows. Any thread. */
final class FlowHistory {
    private static final int REMEMBERED = 1000;
    /** Who follows asks at least so often. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Deque<Flow> ended = new ArrayDeque<>();
    private long position;
    private final LongSupplier nanoTime;
    private volatile long lastAsked;

    /** With a clock such as {@link System#nanoTime}. */
    FlowHistory(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        lastAsked = nanoTime.getAsLong() - PATIENCE.toNanos();
    }

    /** Whether somebody may ask for flows that begin now, and end before that. */
    boolean isFollowed() {
        return nanoTime.getAsLong() - lastAsked < PATIENCE.toNanos();
    }

    synchronized void add(Flow flow) {
        position++;
        if (!isFollowed()) {
            ended.clear();
            return;
        }
        ended.addLast(flow);
        if (ended.size() > REMEMBERED) {
            ended.removeFirst();
        }
    }

    /**
     * What somebody has not heard of yet.
     *
     * @param flows in the order in which they ended
     * @param position to ask from the next time
     */
    record Since(List<Flow> flows, long position) {}

    /** Those that ended after a position, as far as they are remembered; none with a negative one. */
    synchronized Since since(long from) {
        lastAsked = nanoTime.getAsLong();
        long first = position - ended.size();
        var flows = from < 0 || from > position
                ? List.<Flow>of()
                : ended.stream().skip(Math.max(0, from - first)).toList();
        return new Since(flows, position);
    }
}
