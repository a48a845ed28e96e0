// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.HashMap;
import java.util.Map;
import sluice.linux.RawEndpoint;

/**
 * Says which clients have to wait while a listener gets more than the loop can look at. The kernel drops what does not fit the listener's queue,
 * whichever client sent it. Before that happens, each client gets few queries and new peers for a while, and the rest of what it sends costs next to
 * nothing, so that the queue empties. The loop's thread only.
 */
final class Overload {
    /** It begins when this part of the queue is full, and is over at the other one. */
    private static final int BEGINS = 4;

    private static final int ENDS = 16;

    private static final long PERIOD_NANOS = 10_000_000L;
    /** Queries and new peers of one client within one period. */
    private static final int MOST_IN_PERIOD = 32;
    /** Clients that are told apart within one period. */
    private static final int MOST_CLIENTS = 8192;

    private final Map<RawEndpoint, int[]> spent = new HashMap<>();
    private boolean on;
    private long periodEnds;

    /** Takes note of how much waits. */
    void observe(long waiting, long room, long now) {
        if (!on && waiting > room / BEGINS) {
            on = true;
            periodEnds = now + PERIOD_NANOS;
        } else if (on && waiting < room / ENDS) {
            on = false;
            spent.clear();
        }
    }

    /** Whether the loop is behind. */
    boolean isOn() {
        return on;
    }

    /** Whether to drop a datagram that costs more than most, such as a query. */
    boolean drops(RawEndpoint client, long now) {
        if (!on) {
            return false;
        }
        if (now - periodEnds >= 0 || spent.size() >= MOST_CLIENTS) {
            spent.clear();
            periodEnds = now + PERIOD_NANOS;
        }
        var known = spent.get(client);
        if (known == null) {
            known = new int[1];
            spent.put(client.copy(), known);
        }
        return ++known[0] > MOST_IN_PERIOD;
    }
}
