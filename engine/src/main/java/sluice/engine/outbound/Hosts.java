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

    /** The peer was reached at this address, which may be tried first the next time. */
    default void answered(Peer peer, InetAddress address) {}
}
