// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;
import sluice.engine.flow.Flow;
import sluice.linux.InetEndpoint;

/** Finds where datagrams for a name go, in straight-line code. */
@FunctionalInterface
public interface UdpLookup {
    /**
     * Looks up the name of the flow's destination; parks the calling virtual thread meanwhile.
     *
     * @throws DialException why there is no address
     */
    InetEndpoint lookUp(Flow flow, Duration timeout) throws DialException;
}
