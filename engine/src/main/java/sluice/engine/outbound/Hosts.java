// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.util.List;
import sluice.engine.park.Deadline;

/** Knows the addresses of hosts. For virtual threads. */
interface Hosts {
    /**
     * The addresses of a peer, the best first; its own where it has one.
     *
     * @param outbound for messages
     * @throws DialException there is none, or it did not come in time
     */
    List<InetAddress> addresses(Peer peer, String outbound, Deadline deadline) throws DialException;

    /** Whether the first address is the best whatever its family; otherwise families have no order yet. */
    default boolean isSorted() {
        return true;
    }

    /** Whether a second look may find addresses that were not known in time for the first one. */
    default boolean mayLearn() {
        return false;
    }

    /** The peer was reached at this address, which may be tried first the next time. */
    default void answered(Peer peer, InetAddress address) {}
}
