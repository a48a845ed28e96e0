// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import sluice.engine.flow.Flow;

/** The flows that ended last, for those who follow. Any thread. */
final class FlowHistory {
    private static final int REMEMBERED = 1000;
    /** Those who follow ask more often. */
    private static final long FOLLOWING_NANOS = 10_000_000_000L;

    private final Deque<Flow> ended = new ArrayDeque<>();
    private long position;
    private volatile long lastAsked = System.nanoTime() - FOLLOWING_NANOS;

    /** Whether somebody may ask for flows that begin now, and end before that. */
    boolean isFollowed() {
        return System.nanoTime() - lastAsked < FOLLOWING_NANOS;
    }

    synchronized void add(Flow flow) {
        ended.addLast(flow);
        position++;
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
        lastAsked = System.nanoTime();
        long first = position - ended.size();
        var flows = from < 0 || from > position
                ? List.<Flow>of()
                : ended.stream().skip(Math.max(0, from - first)).toList();
        return new Since(flows, position);
    }
}
